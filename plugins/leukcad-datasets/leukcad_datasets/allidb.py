"""What ALL-IDB1 and ALL-IDB2 share: names that carry the label, `Im001_1` leukaemia and `Im001_0` not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from leukcad import LeukcadError
from leukcad.files import sha256_of
from leukcad_datasets import listing

_NAME = re.compile(r"(Im(\d{3,5}))_([01])", re.IGNORECASE)


def files(folder: Path) -> dict[str, tuple[str, Path]]:
    """Id → label ("ALL" or "healthy") and file, by number.

    Raises LeukcadError for a picture with another name, and for a number that stands twice.
    """
    found: dict[str, tuple[str, Path]] = {}
    numbers: dict[int, Path] = {}
    for file in listing.pictures(folder, deep=False):
        named = _NAME.fullmatch(file.stem)
        if named is None:
            cure = "rename it, or take it out of the folder"
            raise LeukcadError(f"{file}: expected a name such as Im001_1 (ALL) or Im034_0 (healthy)", cure=cure)
        first = numbers.setdefault(int(named[2]), file)
        if first != file:
            raise LeukcadError(f"{file}: the number stands twice, also in {first.name}", cure="take one of them out")
        found[f"Im{named[2]}_{named[3]}"] = ("ALL" if named[3] == "1" else "healthy", file)
    if not found:
        raise LeukcadError(f"{folder}: no pictures in it", cure="look at `path`")
    return dict(sorted(found.items(), key=lambda item: (int(item[0][2:-2]), item[0])))


def told(truth: Sequence[Path]) -> dict[str, str]:
    """What a record keeps of its annotation: a digest, so that a run notices when it changes."""
    return {"truth": " ".join(sha256_of(file)[:16] for file in truth)} if truth else {}
