"""Fields and their boxes as batches, and a detector as a network that answers them with losses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from leukcad import Cells, Examples, Field, LeukcadError, Step
from leukcad.training import steps, toned
from leukcad_torchvision.detectors.pictures import Framing
from leukcad_torchvision.detectors.threshold import UNKNOWN, hits
from leukcad_torchvision.detectors.turning import Picture, changed, within

if TYPE_CHECKING:
    from leukcad.options import Augment

Targets = list[dict[str, Tensor]]
Batch = tuple[tuple[Tensor, Targets], Targets]  # (pixels, targets) go into the network, targets are its measure
TESTED = 4  # pictures at once where nothing is learned


def annotated(examples: Examples) -> Iterator[tuple[Field, Cells]]:
    """Fields with their cells, one at a time; a field that nobody annotated is not an empty one, and is left out."""
    for field, cells in zip(examples.fields, examples.cells, strict=True):
        if field.truth is not None:
            yield field, cells


def pictures(
    pairs: Iterable[tuple[Field, Cells]], framing: Framing, first_label: int, one_class: bool, step: Step
) -> list[Picture]:
    """All views of the fields with the cells that are seen in them; labels count from `first_label`.

    Raises `LeukcadError` for cells that are annotated by points, and where no field has the pixel size that is needed.
    """
    found: list[Picture] = []
    known = fields = 0
    for field, cells in pairs:
        found += _of(field, cells, framing, first_label, one_class)
        known, fields = known + framing.knows(field), fields + 1
    if fields and not known:
        cure = "put `preprocess: red-cell-scale` before it, or use input_side"
        raise LeukcadError(f"{step.title}: microns are asked for, but no field has a pixel size", cure=cure)
    return found


def check(some: Sequence[Picture], names: Sequence[str], first_label: int, step: Step) -> None:
    """Raises `LeukcadError` where a class has no box to learn from."""
    labels = [label - first_label for picture in some for label in picture.labels.tolist()]
    counts = {name: labels.count(number) for number, name in enumerate(names)}
    if missing := [name for name, n in counts.items() if not n]:
        told = ", ".join(f"{name} {n}" for name, n in counts.items())
        came = f"{told} in {len(some)} annotated pictures"
        cure = "give the bench data with boxes or masks, and look at its split and its cell_classes"
        raise LeukcadError(f"{step.title}: expected boxes of {', '.join(missing)} to learn from, got {came}", cure=cure)


def _of(field: Field, cells: Cells, framing: Framing, first_label: int, one_class: bool) -> Iterator[Picture]:
    boxes, labels = cells.boxes.cpu(), cells.labels.cpu() + first_label
    if bool((boxes[:, 2:] <= boxes[:, :2]).any()):
        cure = "a detector learns from boxes or masks; `detect: nuclei` needs none"
        raise LeukcadError(f"{field.record.id}: its cells are annotated by points, not by boxes", cure=cure)
    for view in framing.views(field):
        pixels, factor = framing.seen(field, view)
        here = (boxes - boxes.new_tensor([*view[:2], *view[:2]])) * factor
        told = labels * 0 + first_label if one_class else labels
        yield within(Picture(pixels.cpu(), here, told))


@dataclass(eq=False)
class Boxes:
    """Pictures with boxes as `leukcad.training.train` takes them: the `Batches` of a detector."""

    pictures: Sequence[Picture]
    framing: Framing
    augment: Augment
    device: str

    def __len__(self) -> int:
        return len(self.pictures)

    def shuffled(self, size: int, order: torch.Generator, changes: torch.Generator) -> Iterator[Batch]:
        """One epoch of changed pictures."""
        places = torch.randperm(len(self), generator=order).tolist()
        tone = self.augment.brightness or self.augment.contrast or self.augment.stain
        for number in range(steps(len(self), size)):
            some = [self.pictures[i] for i in places[number * size : (number + 1) * size]]
            (pixels, targets), _ = self._batch(changed(some, self.augment, changes))
            yield (toned(pixels, self.augment, changes) if tone else pixels, targets), targets

    def in_order(self) -> Iterator[Batch]:
        """All pictures as they are."""
        for start in range(0, len(self), TESTED):
            yield self._batch(self.pictures[start : start + TESTED])

    def tensors(self) -> Iterator[Tensor]:
        """Pixels, boxes and labels."""
        for picture in self.pictures:
            yield from (picture.pixels, picture.boxes, picture.labels)

    def _batch(self, some: Sequence[Picture]) -> Batch:
        pixels = self.framing.padded([p.pixels for p in some]).to(self.device)
        targets = [{"boxes": p.boxes.to(self.device), "labels": p.labels.to(self.device)} for p in some]
        return (pixels, targets), targets


class Taught(nn.Module):
    """A detector of torchvision that also tells its losses while it is tested, the same ones each time."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: tuple[Tensor, Targets]) -> tuple[dict[str, Tensor], Targets]:
        """Losses by name; found boxes too, where it is tested."""
        if self.training:
            return self.network(*batch), []
        found: Targets = self.network(batch[0])
        return self._losses(*batch), found

    def _losses(self, pixels: Tensor, targets: Targets) -> dict[str, Tensor]:
        """As in training, which torchvision asks for, but norms learn nothing and drawn samples are always the same."""
        devices = [pixels.device.index or 0] if pixels.is_cuda else []
        self.network.train()
        for module in self.network.modules():
            if isinstance(module, _BatchNorm):
                module.eval()
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(0)
            losses: dict[str, Tensor] = self.network(pixels, targets)
        self.network.eval()
        return losses


def total(output: tuple[dict[str, Tensor], Targets], _: Targets) -> Tensor:
    """All losses of a batch as one, float32 and 0-dim."""
    return torch.stack([value.float() for value in output[0].values()]).sum()


def right(output: tuple[dict[str, Tensor], Targets], targets: Targets) -> Tensor:
    """F1 of the boxes found with a score of 0.5 or more, each picture by itself; 1 where nothing is nor is found."""
    told: list[float] = []
    for found, true in zip(output[1], targets, strict=True):
        sure = found["scores"] >= UNKNOWN
        both = [_cells(found["boxes"][sure], found["labels"][sure]), _cells(true["boxes"], true["labels"])]
        n = len(both[0]) + len(both[1])
        told.append(2 * sum(hit for _, hit in hits(*both)) / n if n else 1.0)
    return torch.tensor(told, device=targets[0]["labels"].device)


def _cells(boxes: Tensor, labels: Tensor) -> Cells:
    """Boxes whose labels are numbers; a found box of no area lies nowhere."""
    names = tuple(str(number) for number in range(int(labels.max()) + 1 if len(labels) else 0))
    return Cells(boxes.float().cpu(), torch.ones(len(boxes)), labels.cpu(), names)
