"""The cells that a run found, each with its picture, ready to be looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leukcad.errors import LeukcadError
from leukcad.laboratory import Rules, Seen, look, refused
from leukcad.progress import track
from leukcad.step import log
from leukcad.types import Field, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from leukcad.answering import Trained
    from leukcad.assembly import Setting

CLOSE, WIDE = 1.5, 4.0  # what is shown, in sides of the cell's box
THUMB, LARGE = 144, 400  # px of the pictures


@dataclass(frozen=True)
class Cell:
    """One cell. key: tells it from all others, in any field, by pixels and box, so that a log can be taken up again.

    close, around: JPEG of the cell, and of it among its neighbours.
    """

    key: str
    group: str
    field: str
    seen: Seen
    close: bytes
    around: bytes


def from_run(model: Trained, setting: Setting, rules: Rules) -> list[Cell]:
    """The cells of the run's own test fields, grouped as its data say."""
    from leukcad.experiment import make_bench

    test = make_bench(model.spec, setting).sets[0]
    fields = (field for batch in test.source.batches(test.records, 1) for field in batch)
    return _gather(model, ((f.record.group, f) for f in track(fields, "finding cells", len(test.records))), rules)


def from_files(model: Trained, groups: Mapping[str, Sequence[Path]], rules: Rules) -> list[Cell]:
    """The cells of pictures; one that cannot be read is left out, with a line in the log."""
    files = [(group, file) for group, files in groups.items() for file in files]
    return _gather(model, _read(track(files, "finding cells")), rules)


def _read(files: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, Field]]:
    from leukcad.data.images import read_image

    for group, file in files:
        try:
            yield group, Field.of(Record(file.stem, path=str(file)), read_image(file))
        except LeukcadError as error:
            log.warning("%s is left out: %s", file, error)


def _gather(model: Trained, fields: Iterable[tuple[str, Field]], rules: Rules) -> list[Cell]:
    """Raises `LeukcadError` where no cell is found at all."""
    cells: list[Cell] = []
    for group, field in fields:
        if reason := refused(field, rules):
            log.warning("%s is left out: %s", field.record.id, reason)
            continue
        image = field.array()
        pixels = hashlib.sha256(image.tobytes()).hexdigest()[:16]
        for seen in look(model, model.pipeline.run([field]), field):
            if seen.is_cell:
                cells.append(_cell(group, field.record.id, pixels, seen, image))
    if not cells:
        raise LeukcadError(f"{model.name}: no cell was found in these fields", cure="give other fields")
    return cells


def _cell(group: str, field: str, pixels: str, seen: Seen, image: NDArray[np.uint8]) -> Cell:
    key = f"{pixels}/" + ",".join(str(round(v)) for v in seen.box)
    return Cell(key, group, field, seen, _shown(image, seen, CLOSE, THUMB), _shown(image, seen, WIDE, LARGE))


def _shown(image: NDArray[np.uint8], seen: Seen, sides: float, px: int) -> bytes:
    """A square around a cell as JPEG, grey beyond the field."""
    import numpy as np
    from PIL import Image

    from leukcad.data.images import encode_jpeg

    x0, y0, x1, y1 = seen.box
    half = max(x1 - x0, y1 - y0, 8.0) * sides / 2
    corner = [round(v - half) for v in ((x0 + x1) / 2, (y0 + y1) / 2)]
    picture = Image.fromarray(image)
    square = Image.new("RGB", (round(2 * half), round(2 * half)), (128, 128, 128))
    inside = (max(corner[0], 0), max(corner[1], 0), corner[0] + square.width, corner[1] + square.height)
    part = picture.crop((*inside[:2], min(inside[2], picture.width), min(inside[3], picture.height)))
    square.paste(part, (inside[0] - corner[0], inside[1] - corner[1]))
    return encode_jpeg(np.asarray(square.resize((px, px), Image.Resampling.BICUBIC)), quality=88)
