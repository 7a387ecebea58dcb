"""Small drawn smears with exact truth, made in milliseconds: good enough to run a component, too plain to judge one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukcad.types import Cells, Crops, Field, Predictions, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

CLASSES = ("healthy", "ALL")
POSITIVE = "ALL"
CELL_CLASSES = ("lymphocyte", "lymphoblast")
POSITIVE_CELLS = ("lymphoblast",)
ACROSS, DOWN, GRID = 7, 6, 40  # cells in a row, rows, px between them
TOGETHER = 6  # cells that are cut out of one field
RED, PLASM, PLASMA = (214, 148, 160), (176, 170, 214), (236, 228, 232)
CHROMATIN = {"lymphocyte": (84, 44, 122), "lymphoblast": (128, 72, 150)}
RADII = {"lymphocyte": (9.0, 12.0), "lymphoblast": (13.0, 16.0)}  # of nucleus and cell, px; a red cell has 9


def draw_field(kinds: Sequence[str] = CELL_CLASSES, seed: int = 0, name: str = "") -> Field:
    """One field of 280 × 240 px with about 40 red cells and a WBC of each kind in `kinds` (of CELL_CLASSES).

    Truth with boxes, regions, nuclei and labels; the label of the field is ALL where a lymphoblast is.
    """
    import numpy as np

    rng = np.random.default_rng([20260, seed, len(kinds)])
    height, width = DOWN * GRID, ACROSS * GRID
    image = np.empty((height, width, 3), np.float32)
    image[:] = PLASMA
    spots = rng.permutation(ACROSS * DOWN)
    for spot in spots[len(kinds) :]:
        _disc(image, _centre(int(spot), rng), 9.0, RED)
    regions, nuclei = np.zeros((height, width), np.int32), np.zeros((height, width), np.int32)
    boxes = []
    for number, kind in enumerate(kinds, 1):
        (inner, outer), (x, y) = RADII[kind], _centre(int(spots[number - 1]), rng)
        regions[_disc(image, (x, y), outer, PLASM)] = number
        nuclei[_disc(image, (x, y), inner, CHROMATIN[kind])] = number
        boxes.append([x - outer, y - outer, x + outer, y + outer])
    pixels = np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
    labels = [CELL_CLASSES.index(kind) for kind in kinds]
    truth = Cells.of(boxes, labels=labels, classes=CELL_CLASSES, regions=regions, nuclei=nuclei)
    label = POSITIVE if "lymphoblast" in kinds else CLASSES[0]
    return Field.of(Record(name or f"drawn{seed:03d}", label=label), pixels, truth=truth, complete=_all())


def draw_fields() -> list[Field]:
    """Four fields: with two WBC, with none, with three, and an empty one where nothing at all lies."""
    import numpy as np

    two, three = CELL_CLASSES, (CELL_CLASSES[1], CELL_CLASSES[0], CELL_CLASSES[1])
    drawn = [draw_field(two, 1), draw_field((), 2), draw_field(three, 3)]
    plain = np.full((DOWN * GRID, ACROSS * GRID, 3), 236, np.uint8)
    blank = Field.of(Record("blank", label=CLASSES[0]), plain, truth=Cells.empty(CELL_CLASSES), complete=_all())
    return [*drawn, blank]


def draw_crops(n: int, size: int, seed: int = 0) -> Crops:
    """`n` single cells of both classes in turn, uint8 (n, 3, size, size), labels into CELL_CLASSES."""
    import torch

    from leukcad.regions import sample

    pixels, boxes, labels = [], [], []
    for number in range(-(-n // TOGETHER)):
        field = draw_field(CELL_CLASSES * (TOGETHER // 2), 100 * seed + number)
        assert field.truth is not None  # draw_field always tells
        pixels.append(sample(field.image, field.truth.boxes, size))
        boxes.append(field.truth.boxes)
        labels.append(field.truth.labels)
    if not n:
        return Crops.empty(size)
    none = torch.zeros(n, dtype=torch.int64)
    return Crops(torch.cat(pixels)[:n], torch.cat(boxes)[:n], none, torch.arange(n), torch.cat(labels)[:n])


def draw_units() -> list[tuple[Cells, Tensor]]:
    """Cells and their probabilities (n, 2) over CELL_CLASSES of four units: five cells, one, none, forty."""
    import numpy as np
    import torch

    rng = np.random.default_rng(20261)
    units = []
    for n in (5, 1, 0, 40):
        corner = rng.uniform(0, 200, (n, 2))
        blast = rng.uniform(0, 1, (n, 1))
        told = torch.from_numpy(np.concatenate([1 - blast, blast], axis=1).astype(np.float32))
        units.append((Cells.of(np.concatenate([corner, corner + 30], axis=1)), told))
    return units


@dataclass(eq=False)
class TinyModel:
    """A `leukcad.Model` for explainers: two convolutions with fixed weights over CELL_CLASSES."""

    network: Any
    cam_layer: Any
    input_size: int = 64
    classes: tuple[str, ...] = CELL_CLASSES
    name: str = "tiny"

    def prepare(self, pixels: Tensor) -> Tensor:
        """uint8 (N, 3, S, S) → float32 in [0, 1] on the network's device."""
        return pixels.to(next(self.network.parameters()).device).float() / 255

    def predict(self, crops: Crops) -> Predictions:
        """Probabilities of crops over CELL_CLASSES."""
        import torch

        with torch.inference_mode():
            told = self.network(self.prepare(crops.pixels)).softmax(dim=1).to(crops.pixels.device)
        return Predictions.of(told.clone(), self.classes)


def tiny_model(device: str = "cpu") -> TinyModel:
    """A classifier that an explainer can explain, its weights fixed."""
    import torch
    from torch import nn

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(20262)
        layers = [nn.Conv2d(3, 6, 5, stride=2), nn.ReLU(), nn.Conv2d(6, 8, 3), nn.ReLU()]
        network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))
    return TinyModel(network.eval().to(device), network[3])


def _all() -> frozenset[str]:
    return frozenset(CELL_CLASSES)


def _centre(spot: int, rng: np.random.Generator) -> tuple[float, float]:
    x, y = GRID * (0.5 + spot % ACROSS), GRID * (0.5 + spot // ACROSS)
    dx, dy = rng.uniform(-3, 3, 2)
    return x + float(dx), y + float(dy)


def _disc(
    image: NDArray[np.float32], centre: tuple[float, float], radius: float, colour: tuple[int, int, int]
) -> NDArray[np.bool_]:
    """Draw a disc with a soft edge; where it covers more than half, bool (H, W)."""
    import numpy as np

    reach = int(radius) + 2
    left, top = max(int(centre[0]) - reach, 0), max(int(centre[1]) - reach, 0)
    here = np.s_[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
    y, x = np.ogrid[here[0], here[1]]
    far = np.hypot(x + 0.5 - centre[0], y + 0.5 - centre[1])
    cover = np.clip(radius + 0.5 - far, 0, 1)[: image[here].shape[0], : image[here].shape[1], None].astype(np.float32)
    image[here] = image[here] * (1 - cover) + cover * np.asarray(colour, np.float32)
    inside = np.zeros(image.shape[:2], np.bool_)
    inside[here] = cover[..., 0] > 0.5
    return inside
