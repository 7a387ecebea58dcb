"""Fields and their boxes as batches, and YOLO as a network that answers them with its loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from leukcad import Cells, Examples, Field, LeukcadError, Step
from leukcad.training import steps, toned
from leukcad_ultralytics import library, threshold
from leukcad_ultralytics.changing import Picture, changed, within
from leukcad_ultralytics.framing import Framing, padded

if TYPE_CHECKING:
    from leukcad.options import Augment

Targets = Sequence[Picture]
Batch = tuple[tuple[Tensor, Targets], Targets]  # (pixels, targets) go into the network, targets are its measure
TESTED = 4  # pictures at once where nothing is learned


def annotated(examples: Examples) -> Iterator[tuple[Field, Cells]]:
    """Fields with their cells, one at a time; a field that nobody annotated is not an empty one, and is left out."""
    for field, cells in zip(examples.fields, examples.cells, strict=True):
        if field.truth is not None:
            yield field, cells


def pictures(examples: Examples, framing: Framing, one_class: bool) -> list[Picture]:
    """All views of the annotated fields with the cells that are seen in them.

    Raises `LeukcadError` for cells that are annotated by points.
    """
    told = []
    for field, cells in annotated(examples):
        boxes, labels = cells.boxes.cpu(), cells.labels.cpu()
        if bool((boxes[:, 2:] <= boxes[:, :2]).any()):
            cure = "a detector learns from boxes or masks; `detect: nuclei` needs none"
            raise LeukcadError(f"{field.record.id}: its cells are annotated by points, not by boxes", cure=cure)
        for view in framing.views(field):
            pixels, factor = framing.seen(field, view)
            here = (boxes - boxes.new_tensor([*view[:2], *view[:2]])) * factor
            told.append(within(Picture(pixels.cpu(), here, labels * 0 if one_class else labels)))
    return told


def check(some: Sequence[Picture], names: Sequence[str], step: Step) -> None:
    """Raises `LeukcadError` where a class has no box to learn from."""
    labels = [label for picture in some for label in picture.labels.tolist()]
    counts = {name: labels.count(number) for number, name in enumerate(names)}
    if missing := [name for name, n in counts.items() if not n]:
        told = ", ".join(f"{name} {n}" for name, n in counts.items())
        came = f"{told} in {len(some)} annotated pictures"
        cure = "give the bench data with boxes or masks, and look at its split and its cell_classes"
        raise LeukcadError(f"{step.title}: expected boxes of {', '.join(missing)} to learn from, got {came}", cure=cure)


@dataclass(eq=False)
class Boxes:
    """Pictures with boxes as `leukcad.training.train` takes them: the `Batches` of a detector."""

    pictures: Sequence[Picture]
    augment: Augment
    device: str

    def __len__(self) -> int:
        return len(self.pictures)

    def shuffled(self, size: int, order: torch.Generator, changes: torch.Generator) -> Iterator[Batch]:
        """One epoch of changed pictures."""
        places = torch.randperm(len(self), generator=order).tolist()
        tone = self.augment.brightness or self.augment.contrast or self.augment.stain
        for number in range(steps(len(self), size)):
            some = changed(
                [self.pictures[i] for i in places[number * size : (number + 1) * size]], self.augment, changes
            )
            pixels = padded([p.pixels for p in some]).to(self.device)
            yield (toned(pixels, self.augment, changes) if tone else pixels, some), some

    def in_order(self) -> Iterator[Batch]:
        """All pictures as they are."""
        for start in range(0, len(self), TESTED):
            some = self.pictures[start : start + TESTED]
            yield (padded([p.pixels for p in some]).to(self.device), some), some

    def tensors(self) -> Iterator[Tensor]:
        """Pixels, boxes and labels."""
        for picture in self.pictures:
            yield from (picture.pixels, picture.boxes, picture.labels)


class Taught(nn.Module):
    """YOLO with ultralytics' own loss.

    v10 and 26 have two heads, whose weights in the loss shift from epoch to epoch. Which epoch it is goes with the
    weights, so that a fit that was cut off goes on as it would have.
    """

    epochs: Tensor  # that it is in, counted from 1; 0-dim

    def __init__(self, network: Any, nms: float) -> None:
        super().__init__()
        self.network, self.nms = network, nms
        self.register_buffer("epochs", torch.zeros((), dtype=torch.int64))
        self._criterion: Any = None

    def train(self, mode: bool = True) -> Taught:
        """As `Module.train`; the loop says so once an epoch."""
        super().train(mode)
        if mode:
            self.epochs += 1
        return self

    def forward(self, given: tuple[Tensor, Targets]) -> tuple[Tensor, list[Tensor]]:
        """The loss of a batch, 0-dim; what is found (N, 6) in each picture too, where it is tested."""
        pixels, targets = given
        inputs = pixels.float() / 255  # (B, 3, H, W)
        with library.as_before():
            told = self.network(inputs)
            loss = self._loss(told, _batch(targets, inputs))
            found = [] if self.training else suppressed(told, threshold.UNKNOWN, self.nms, self.network)
        return loss, found

    def _loss(self, told: Any, batch: dict[str, Tensor]) -> Tensor:
        if self._criterion is None:  # made late: it lies on the device of the network
            self._criterion = self.network.init_criterion()
        criterion = self._criterion
        if not hasattr(criterion, "decay"):
            parts = criterion(told, batch)[0]
        elif self.training:
            criterion.o2m = criterion.decay(int(self.epochs) - 1)
            criterion.o2o = max(criterion.total - criterion.o2m, 0)
            parts = criterion(told, batch)[0]
        else:  # by the head that answers, so that epochs compare
            parts = criterion.one2one.loss(told[1]["one2one"], batch)[0]
        mean: Tensor = parts.float().sum() / len(batch["img"])
        return mean


def _batch(targets: Targets, inputs: Tensor) -> dict[str, Tensor]:
    """Boxes as ultralytics' losses take them: shares of the picture's sides, by their middles and sides."""
    height, width = inputs.shape[2:]
    boxes = torch.cat([p.boxes for p in targets]) / torch.tensor([width, height, width, height])
    middles = torch.cat([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], dim=1)  # (M, 4)
    told = {
        "batch_idx": torch.cat([torch.full((len(p.boxes),), float(i)) for i, p in enumerate(targets)]),
        "cls": torch.cat([p.labels.float() for p in targets]),
        "bboxes": middles,
    }
    return {"img": inputs, **{name: tensor.to(inputs.device) for name, tensor in told.items()}}


def suppressed(told: Any, least: float, nms: float, network: Any) -> list[Tensor]:
    """Boxes, score and label (N, 6) of each picture, best first, by ultralytics' own suppression, whatever the class.

    It stops after seconds and leaves out the pictures that are still to come: give it one, or few.
    """
    most = int(network.model[-1].max_det)
    found: list[Tensor] = library.part("utils.nms").non_max_suppression(
        told, least, nms, agnostic=True, max_det=most, end2end=bool(network.end2end)
    )
    return found


def total(output: tuple[Tensor, list[Tensor]], _: Targets) -> Tensor:
    """The loss of a batch, which the network told itself."""
    return output[0]


def right(output: tuple[Tensor, list[Tensor]], targets: Targets) -> Tensor:
    """F1 of the boxes found with a score of 0.5 or more, each picture by itself; 1 where nothing is nor is found."""
    told = []
    for found, true in zip(output[1], targets, strict=True):
        cells = [
            _cells(found[:, :4], found[:, 4], found[:, 5]),
            _cells(true.boxes, torch.ones(len(true.boxes)), true.labels),
        ]
        n = len(cells[0]) + len(cells[1])
        told.append(2 * sum(hit for _, hit in threshold.hits(*cells)) / n if n else 1.0)
    return torch.tensor(told, device=output[0].device)


def _cells(boxes: Tensor, scores: Tensor, labels: Tensor) -> Cells:
    labels = labels.cpu().long()
    names = tuple(str(number) for number in range(int(labels.max()) + 1 if len(labels) else 0))
    return Cells(boxes.float().cpu(), scores.float().cpu(), labels, names)
