"""The page of a data audit: its findings, and the pictures of the pairs and places behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.files import atomic_write
from leukcad.report import pictures
from leukcad.report.page import put, render
from leukcad.report.tabular import to_csv
from leukcad.report.view import url

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from leukcad.assembly import Source
    from leukcad.screening.screen import Screen

BANNER = {
    "word": "Research use only",
    "says": "What a program found in a data set; what it did not look for may still be there.",
    "strong": False,
}
PAIRS, PLACES = 24, 24  # pictures of each on the page; all are in the JSON and the tables
TALL = 320  # px
LOCATED = ("id", "field", "x0", "y0", "x1", "y1", "score", "side")


def write_page(folder: Path, title: str, found: Screen, sources: Mapping[str, Source], quick: bool) -> Path:
    """Write `folder`/index.html, audit.json and pictures of pairs and places; returns the page's path.

    Raises LeukcadError where the folder cannot be written.
    """
    import json

    folder.mkdir(parents=True, exist_ok=True)
    read = {(name, r.id): (source, r) for name, source in sources.items() for r in source.records}

    def pixels(name: str, id_: str) -> NDArray[np.uint8]:
        source, record = read[name, id_]
        field = source.read(record)
        assert field is not None  # it was looked at a moment ago
        return field.array()

    shown = {
        "title": title,
        "banner": BANNER,
        "quick": quick,
        "told": found.told,
        "pairs": [_pair(folder, n, p, pixels) for n, p in enumerate(found.told["duplicates"][:PAIRS])],
        "places": [_place(folder, n, p, pixels) for n, p in enumerate(found.told["located"][:PLACES])],
        "most_pairs": PAIRS,
        "most_places": PLACES,
    }
    atomic_write(folder / "audit.json", (json.dumps(found.told, indent=1, ensure_ascii=False) + "\n").encode())
    return put(folder, render("data_audit.html.j2", shown))


def write_located(path: Path, located: Sequence[Mapping[str, Any]]) -> None:
    """The single cells of `cells` that were located, as CSV: what the data component's option `located` reads."""
    rows = [(p["id"], p["field"], *p["box"], p["score"], p["side"]) for p in located if p["source"] == "cells"]
    atomic_write(path, to_csv(LOCATED, rows))


def _pair(folder: Path, number: int, pair: Mapping[str, Any], pixels: Any) -> dict[str, Any]:
    both = [pixels(pair[end]["source"], pair[end]["id"]) for end in ("first", "second")]
    return {**pair, "picture": _save(folder, f"pair{number:02d}", both)}


def _place(folder: Path, number: int, place: Mapping[str, Any], pixels: Any) -> dict[str, Any]:
    """The cell beside the same window of its field."""
    x0, y0, x1, y1 = place["box"]
    window = pixels("data", place["field"])[y0:y1, x0:x1]
    return {**place, "picture": _save(folder, f"place{number:02d}", [pixels(place["source"], place["id"]), window])}


def _save(folder: Path, name: str, both: Sequence[NDArray[np.uint8]]) -> str:
    path = pictures.save(folder / "pictures" / f"{name}.jpg", pictures.montage([_low(p) for p in both], columns=2))
    return url(path.relative_to(folder).as_posix())


def _low(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image

    picture = Image.fromarray(array)
    return np.asarray(picture.resize((max(1, round(picture.width * TALL / picture.height)), TALL)), np.uint8)
