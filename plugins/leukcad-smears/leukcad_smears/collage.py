"""A semi-real field: real cells on a real background, counted and confounded like the simulator's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukcad import Cells, Field, LeukcadError, Record
from leukcad_smears.canvas import Canvas
from leukcad_smears.donors import DIFFERENTIAL, Donor
from leukcad_smears.matching import Match
from leukcad_smears.material import KINDS, background
from leukcad_smears.paste import feathered
from leukcad_smears.plasma import Places
from leukcad_smears.presets import draw_counts
from leukcad_smears.survey import survey

#: Raised whenever the same material and options give other pixels.
COLLAGE = 1
LABELS = ("mature", "immature")
QUALITY = 95
#: A red cell's diameter, µm: by it the pixel size of a background is told, so that cells go from field to field true.
RED_CELL = 7.5
CURE = "give a larger width and height"


@dataclass(frozen=True)
class Look:
    """How a field is taken: zoom of the background, gains of R, G, B, strength of stain."""

    zoom: float = 1.0
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    stain: float = 1.0


#: `camera` and `both`: each class from its own laboratory.
CONFOUNDED = {"mature": Look(1.0, (0.95, 1.0, 1.04), 0.92), "immature": Look(1.13, (1.04, 0.97, 0.88), 1.12)}


@dataclass(frozen=True)
class Entry:
    """One field to make: its place in the data set, its class, and how many leukocytes it should hold."""

    id: str
    label: str
    number: int
    count: int


def entries(preset: str, mature: int, immature: int, seed: int, prefix: str) -> list[Entry]:
    """The fields of a data set, immature ones first, counts as in the simulator's preset."""
    rows: list[Entry] = []
    for label, n in (("immature", immature), ("mature", mature)):
        rng = np.random.default_rng([seed, 3, LABELS.index(label)])
        for count in draw_counts(preset, "healthy" if label == "mature" else "ALL", n, rng):
            number = len(rows) + 1
            rows.append(Entry(f"{prefix}{number:03d}_{LABELS.index(label)}", label, number, count))
    return rows


def ground(path: Path, look: Look, width: int, height: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A background cut to size, flipped at random, in a look of its own."""
    import cv2

    image = background(path)
    share = min(1.0, image.shape[1] * height / width / image.shape[0]) / look.zoom
    high, wide = round(image.shape[0] * share), round(image.shape[0] * share * width / height)
    y0, x0 = rng.integers(image.shape[0] - high + 1), rng.integers(max(1, image.shape[1] - wide + 1))
    image = image[y0 : y0 + high, x0 : x0 + wide]
    if rng.integers(2):
        image = image[:, ::-1]
    if rng.integers(2):
        image = image[::-1]
    how = cv2.INTER_AREA if image.shape[1] > width else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=how), np.uint8)


def look_of(preset: str, label: str, rng: np.random.Generator) -> Look:
    """The class's own look where the preset confounds it, else a mild one of the field's own."""
    if preset in ("camera", "both"):
        return CONFOUNDED[label]
    red, blue = 1 + rng.uniform(-0.05, 0.05, 2)
    return Look(float(rng.uniform(1.0, 1.1)), (float(red), 1.0, float(blue)), float(rng.uniform(0.92, 1.1)))


def kinds_of(label: str, n: int, rng: np.random.Generator, available: Sequence[str] = KINDS) -> list[str]:
    """Kinds of `n` leukocytes. immature: at least two immature cells and at least half of all. mature: none."""
    share = 0.5 + 0.5 * rng.beta(3.2, 1.3)
    young = min(n, max(2, -(-n // 2), round(share * n))) if label == "immature" else 0
    kinds = _some({"ig": 0.7, "erythroblast": 0.3}, young, available, rng)
    kinds += _some(DIFFERENTIAL, n - young, available, rng)
    rng.shuffle(kinds)
    return kinds


def _some(shares: Mapping[str, float], n: int, available: Sequence[str], rng: np.random.Generator) -> list[str]:
    kinds = [k for k in shares if k in available]
    weights = np.array([shares[k] for k in kinds])
    return [str(k) for k in rng.choice(kinds, size=n, p=weights / weights.sum())] if n else []


def compose(
    record: Record,
    image: NDArray[np.uint8],
    kinds: Sequence[str],
    cells: Mapping[str, Sequence[Donor]],
    look: Look,
    rng: np.random.Generator,
) -> Field:
    """Cells of these kinds set into a background, each once a field while there are enough; as many as fit."""
    seen = survey(image)
    pixel_size = RED_CELL / seen.red_cell if seen.red_cell else None
    bare = Field.of(record, image, truth=Cells.empty(KINDS), complete=frozenset(KINDS), pixel_size=pixel_size)
    every = [donor for kind in KINDS for donor in cells.get(kind, ())]
    match, places = Match.of(bare, seen, every), Places(seen, bare.width, bare.height, rng)
    canvas = Canvas(bare, ())
    shelves: dict[str, list[Donor]] = {}
    for kind in kinds:
        if not shelves.get(kind):
            shelves[kind] = [cells[kind][i] for i in rng.permutation(len(cells[kind]))]
        donor = shelves[kind].pop()
        done = feathered(canvas, places, donor, rng, match)
        if done is not None:
            canvas.note(kind, {**done, "donor": donor.id, "donor_source": donor.source, "kind": kind})
    canvas.image[:] = developed(canvas.image, look, seen.white.reshape(-1, 3).mean(axis=0))
    return canvas.original()


def single(
    record: Record, image: NDArray[np.uint8], donor: Donor, look: Look, rng: np.random.Generator, side: float
) -> Field:
    """One cell in the middle of a square piece of a background, `side` red cells wide."""
    seen = survey(image)
    whole = compose(record, image, [donor.kind], {donor.kind: [donor]}, look, rng)
    boxes = whole.truth.boxes.tolist() if whole.truth else []
    if not boxes:
        raise LeukcadError(
            f"{record.id}: no place in a background of {image.shape[1]} × {image.shape[0]} px", cure=CURE
        )
    least = max(boxes[0][2] - boxes[0][0], boxes[0][3] - boxes[0][1]) + 8
    across = min(round(max(side * (seen.red_cell or 40), least)), *image.shape[:2])
    x0 = min(max(0, round((boxes[0][0] + boxes[0][2] - across) / 2)), image.shape[1] - across)
    y0 = min(max(0, round((boxes[0][1] + boxes[0][3] - across) / 2)), image.shape[0] - across)
    return window(whole, x0, y0, across)


def window(field: Field, x0: int, y0: int, across: int) -> Field:
    """A square piece of a field that holds all of its cells."""
    truth, here = field.truth, np.s_[y0 : y0 + across, x0 : x0 + across]
    assert truth is not None and truth.regions is not None and truth.nuclei is not None
    moved = Cells.of(
        truth.boxes.numpy() - np.array([x0, y0, x0, y0], np.float32),
        labels=truth.labels.numpy(),
        classes=truth.classes,
        regions=truth.regions.numpy()[here].copy(),
        nuclei=truth.nuclei.numpy()[here].copy(),
    )
    return field.replace(image=field.image[:, here[0], here[1]].clone(), truth=moved)


def developed(image: NDArray[np.uint8], look: Look, white: NDArray[np.float32]) -> NDArray[np.uint8]:
    """An image in a look: stain strengthened against plasma, channels gained, through JPEG as a camera's is."""
    import cv2

    ratio = (np.arange(256, dtype=np.float32)[:, None] + 1) / (white + 1)
    table = (white + 1) * np.power(ratio, np.float32(look.stain)) * np.array(look.gain, np.float32) - 1
    table = np.clip(np.rint(table), 0, 255).astype(np.uint8)
    after = np.stack([table[:, c][image[..., c]] for c in range(3)], axis=-1)
    done, jpeg = cv2.imencode(".jpg", np.ascontiguousarray(after[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise RuntimeError("the JPEG encoder refused a field")
    return np.ascontiguousarray(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))[..., ::-1], np.uint8)


def digest(*parts: Any) -> str:
    """sha256 of what decides a field's pixels."""
    return hashlib.sha256("/".join(map(str, (COLLAGE, *parts))).encode()).hexdigest()
