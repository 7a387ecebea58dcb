"""What a report shows beside its own figures: verdicts of earlier audits, and what a screen of the data found."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leukcad.answering import Trained
from leukcad.experiment import Bench
from leukcad.files import atomic_write
from leukcad.screening.screen import screen
from leukcad.step import log

SCREEN = "data-audit.json"
FORMAT = 1  # of a verdict.json that can be shown


def earlier(models: Sequence[Trained], folder: Path) -> list[dict[str, Any]]:
    """The verdicts that lie in the runs' folders, as the page in `folder` takes an audit; one entry a model."""
    found = []
    for model in models:
        home = model.run.folder / "audit"
        verdict = _verdict(home / "verdict.json")
        if verdict is None:
            continue
        page = home / "index.html"
        k = verdict["k"]
        found.append(
            {
                **{key: verdict[key] for key in ("positive", "margin", "quick")},
                "k": k["k"] if isinstance(k, Mapping) else k,
                "thin_to": None,  # a verdict does not tell
                "verdicts": {model.name: verdict},
                "recipes": {},
                "page": Path(os.path.relpath(page, folder)).as_posix() if page.is_file() else "",
                "earlier": True,
            }
        )
    return found


def _verdict(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] == FORMAT:
            return told
        log.warning("%s is of another format and not shown: audit again", path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be read and is not shown: %s", path, error)
    return None


def screened(bench: Bench, folder: Path) -> dict[str, Any]:
    """What `leukcad data audit` finds in the bench's data and tests; kept in `folder`, and taken up from there.

    Single cells are not looked for in fields: that takes long.
    """
    digest, kept = bench.digest(), folder / SCREEN
    if kept.is_file():
        try:
            before = json.loads(kept.read_text(encoding="utf-8"))
            if before["digest"] == digest:
                told: dict[str, Any] = before["told"]
                return told
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("%s cannot be read: the data are screened again", kept)
    sources = {"data": bench.source, **{s.name: s.source for s in bench.sets if s.source is not bench.source}}
    told = screen(sources, bench.split.sides(), bench.spec.positive).told
    atomic_write(kept, json.dumps({"digest": digest, "told": told}, ensure_ascii=False, indent=1) + "\n")
    return told
