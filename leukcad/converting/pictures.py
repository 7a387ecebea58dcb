"""The picture of a field beside its annotations: the very file it was read from, or its pixels as PNG."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path, PurePosixPath

from leukcad.data.images import SUFFIXES, read_image, write_png
from leukcad.errors import LeukcadError
from leukcad.files import disk_errors
from leukcad.types import Field


def put_picture(field: Field, stem: Path, copy: bool = False) -> Path:
    """The field's picture at `stem` with a suffix: its own file, hard-linked (or copied), where it holds these pixels.

    Else (drawn, pasted) they are written as PNG. Returns the path.
    """
    own = Path(field.record.path) if field.record.path else None
    if own is None or own.suffix.lower() not in SUFFIXES or not _holds(own, field):
        target = stem.with_name(f"{stem.name}.png")
        write_png(field.array(), target)
        return target
    target = stem.with_name(f"{stem.name}{own.suffix}")
    with disk_errors(target, "write"):
        target.parent.mkdir(parents=True, exist_ok=True)
        if not copy:
            with suppress(OSError):  # another disk, or a file system without links
                os.link(own.resolve(), target)
                return target
        shutil.copyfile(own, target)
    return target


def check_id(id_: str) -> None:
    """Raises LeukcadError for the id of a field that cannot be a path below a folder."""
    parts = PurePosixPath(id_).parts
    strange = ".." in parts or PurePosixPath(id_).is_absolute() or "\\" in id_ or not id_.isprintable()
    if strange or not parts or re.match(r"[A-Za-z]:", id_):
        raise LeukcadError(f"the field {id_[:100]!r} cannot be a file name")


def _holds(file: Path, field: Field) -> bool:
    """Whether a file holds the very pixels of a field: those of a pasted field are not its source's."""
    import numpy as np

    try:
        return bool(np.array_equal(read_image(file), field.array()))
    except LeukcadError:
        return False
