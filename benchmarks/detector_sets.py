"""The real and simulated fields on which detectors are measured, with their true boxes."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
from leukcad_smears.presets import PRESETS, sample_scene
from leukcad_smears.render import render
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """One field's leukocytes: `boxes` counted, `ignored` neither hit nor miss nor false alarm; (N, 4) xyxy px each.

    mask: whole cells, bool (H, W) at its own size, or None.
    """

    name: str
    read: Callable[[], Pixels]
    boxes: Boxes
    ignored: Boxes
    mask: NDArray[np.bool_] | None = None


Verdicts = dict[str, list[tuple[str, list[float]]]]


def read(path: Path) -> Pixels:
    """RGB uint8 (H, W, 3)."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


def boxes_of(rows: list[list[float]]) -> Boxes:
    """(N, 4) xyxy, also where N = 0."""
    return np.array(rows, np.float64).reshape(-1, 4)


def verdicts(data: Path, dataset: str) -> Verdicts:
    """What a careful reader says of the published labels: by file, (verdict, box)."""
    found: Verdicts = defaultdict(list)
    with (data / "extra_wbc.csv").open() as lines:
        for row in csv.DictReader(lines):
            if row["dataset"] == dataset:
                found[row["file"]].append((row["verdict"], [float(row[key]) for key in ("x0", "y0", "x1", "y1")]))
    return found


def adjudicated(published: Boxes, extra: list[tuple[str, list[float]]]) -> tuple[Boxes, Boxes]:
    """Boxes that count and boxes that are ignored, after the verdicts; a dropped box is one that a verdict's meets."""
    dropped = boxes_of([box for verdict, box in extra if verdict == "published_not_wbc"])
    keep = [i for i, box in enumerate(published) if not any(_same(box, other) for other in dropped)]
    added = boxes_of([box for verdict, box in extra if verdict == "wbc"])
    return np.concatenate([published[keep], added]), boxes_of([box for verdict, box in extra if verdict == "unsure"])


def _same(first: Boxes, second: Boxes) -> bool:
    width, height = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    shared = max(width, 0.0) * max(height, 0.0)
    return bool(shared > 0.3 * (np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2]) - shared))


def bccd(data: Path, split: str) -> Iterator[tuple[str, Boxes, None]]:
    """File, published WBC boxes."""
    keys = ("xmin", "ymin", "xmax", "ymax")
    for name in (data / f"bccd/ImageSets/Main/{split}.txt").read_text().split():
        cells = ElementTree.parse(data / f"bccd/Annotations/{name}.xml").iter("object")
        rows = [
            [float(cell.findtext(f"bndbox/{key}") or 0) for key in keys]
            for cell in cells
            if cell.findtext("name") == "WBC"
        ]
        yield f"JPEGImages/{name}.jpg", boxes_of(rows), None


def bcisc(data: Path, groups: str) -> Iterator[tuple[str, Boxes, NDArray[np.bool_]]]:
    """File, boxes around the masks' cells, mask; `groups` are their digits."""
    with (data / "bcisc/index.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["group"] in groups]
    for row in rows:
        mask = read(data / "bcisc" / row["mask"])[..., 0] > 127
        with Image.open(data / "bcisc" / row["field"]) as image:
            scale = image.width / mask.shape[1]
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        cells = stats[1:][stats[1:, cv2.CC_STAT_AREA] > 200]
        yield (
            row["field"],
            boxes_of([[x * scale, y * scale, (x + w) * scale, (y + h) * scale] for x, y, w, h, _ in cells]),
            mask,
        )


def chula(data: Path, _: str) -> Iterator[tuple[str, Boxes, None]]:
    """File, published boxes."""
    for path in sorted((data / "chula_wbc/images").glob("*.jpg")):
        with Image.open(path) as image:
            width, height = image.size
        lines = (data / f"chula_wbc/labels/{path.stem}.txt").read_text().splitlines()
        rows = [[float(value) for value in line.split()[1:5]] for line in lines if line.strip()]
        corners = [
            [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height]
            for x, y, w, h in rows
        ]
        yield f"images/{path.name}", boxes_of(corners), None


READERS = {"bccd": bccd, "bcisc": bcisc, "chula_wbc": chula}


def real(data: Path, dataset: str, part: str, adjudicate: bool) -> list[Truth]:
    """The fields of one part of a data set: a BCCD split, digits of bcisc groups, or all of chula_wbc."""
    extra = verdicts(data, dataset) if adjudicate else {}
    fields = []
    for file, published, mask in READERS[dataset](data, part):
        boxes, ignored = adjudicated(published, extra.get(file, []))
        path = data / dataset / file
        fields.append(Truth(f"{dataset} {Path(file).stem}", lambda path=path: read(path), boxes, ignored, mask))
    return fields


def simulated(n: int) -> list[Truth]:
    """`n` fields, presets and classes in turn; smudge cells are ignored."""
    fields = []
    for i in range(n):
        preset = PRESETS[i % len(PRESETS)]
        label = "healthy" if preset == "leukocytosis" or (i // len(PRESETS)) % 2 else "ALL"
        drawn = render(sample_scene(preset, label, np.random.default_rng([4242, i])))
        smudge = np.array([kind == "smudge" for kind in drawn.kinds], bool)
        boxes = drawn.boxes.astype(np.float64).reshape(-1, 4)
        fields.append(
            Truth(
                f"{preset} {label}", lambda image=drawn.image: image, boxes[~smudge], boxes[smudge], drawn.regions > 0
            )
        )
    return fields
