"""Fields and their boxes as batches of pictures, and how right a network is about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leukcad.boxes.framing import Framing, annotated
from leukcad.boxes.threshold import UNKNOWN, hits
from leukcad.boxes.turning import Picture, Zoom, changed, within, zoomed
from leukcad.errors import LeukcadError
from leukcad.types import Cells

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from leukcad.options import Augment
    from leukcad.step import Step
    from leukcad.types import Examples, Field

#: Pixels uint8 (B, 3, H, W) and their pictures go into the network, the pictures are its measure.
Batch = tuple[tuple["Tensor", Sequence[Picture]], Sequence[Picture]]
#: What a network finds in a picture: boxes (N, 4) xyxy px of the picture, scores (N,) and labels (N,) from 0 on.
Told = tuple["Tensor", "Tensor", "Tensor"]
TESTED = 4  # pictures at once where nothing is learned


def pictures(examples: Examples, framing: Framing, one_class: bool, step: Step) -> list[Picture]:
    """All views of the annotated fields with the cells that are seen in them; one_class: all labels are 0.

    Raises `LeukcadError` for cells that are annotated by points, and where no field has the pixel size that is needed.
    """
    found: list[Picture] = []
    known = fields = 0
    for field, cells in annotated(examples):
        found += _of(field, cells, framing, one_class)
        known, fields = known + framing.knows(field), fields + 1
    if fields and not known:
        cure = "put `preprocess: red-cell-scale` before it, or use input_side"
        raise LeukcadError(f"{step.title}: microns are asked for, but no field has a pixel size", cure=cure)
    return found


def check(some: Sequence[Picture], names: Sequence[str], step: Step) -> None:
    """Raises `LeukcadError` where a class has no box to learn from."""
    labels = [label for picture in some for label in picture.labels.tolist()]
    counts = {name: labels.count(number) for number, name in enumerate(names)}
    if missing := [name for name, n in counts.items() if not n]:
        told = ", ".join(f"{name} {n}" for name, n in counts.items())
        came = f"{told} in {len(some)} annotated pictures"
        cure = "give the bench data with boxes or masks, and look at its split and its cell_classes"
        raise LeukcadError(f"{step.title}: expected boxes of {', '.join(missing)} to learn from, got {came}", cure=cure)


def _of(field: Field, cells: Cells, framing: Framing, one_class: bool) -> Iterator[Picture]:
    boxes, labels = cells.boxes.cpu(), cells.labels.cpu()
    if bool((boxes[:, 2:] <= boxes[:, :2]).any()):
        cure = "a detector learns from boxes or masks; `detect: nuclei` needs none"
        raise LeukcadError(f"{field.record.id}: its cells are annotated by points, not by boxes", cure=cure)
    for view in framing.views(field):
        pixels, factor = framing.seen(field, view)
        here = (boxes - boxes.new_tensor([*view[:2], *view[:2]])) * factor
        yield within(Picture(pixels.cpu(), here, labels * 0 if one_class else labels))


@dataclass(eq=False)
class BoxBatches:
    """Pictures with boxes as `leukcad.training.train` takes them.

    device: where the pixels of a batch go; boxes and labels stay on the CPU. zoom: as `zoomed`, where `augment` scales.
    """

    pictures: Sequence[Picture]
    framing: Framing
    augment: Augment
    device: str
    zoom: Zoom = zoomed

    def __len__(self) -> int:
        return len(self.pictures)

    def shuffled(self, size: int, order: torch.Generator, changes: torch.Generator) -> Iterator[Batch]:
        """One epoch of changed pictures."""
        import torch

        from leukcad.training import steps, toned

        places = torch.randperm(len(self), generator=order).tolist()
        tone = self.augment.brightness or self.augment.contrast or self.augment.stain
        for number in range(steps(len(self), size)):
            drawn = [self.pictures[i] for i in places[number * size : (number + 1) * size]]
            (pixels, some), _ = self._batch(changed(drawn, self.augment, changes, self.zoom))
            yield (toned(pixels, self.augment, changes) if tone else pixels, some), some

    def in_order(self) -> Iterator[Batch]:
        """All pictures as they are."""
        for start in range(0, len(self), TESTED):
            yield self._batch(self.pictures[start : start + TESTED])

    def tensors(self) -> Iterator[Tensor]:
        """Pixels, boxes and labels."""
        for picture in self.pictures:
            yield from (picture.pixels, picture.boxes, picture.labels)

    def _batch(self, some: Sequence[Picture]) -> Batch:
        return (self.framing.padded([p.pixels for p in some]).to(self.device), some), some


def total(output: tuple[Tensor, Sequence[Told]], _: Sequence[Picture]) -> Tensor:
    """The loss of a batch, 0-dim, which the network told itself."""
    return output[0]


def right(output: tuple[Tensor, Sequence[Told]], truth: Sequence[Picture]) -> Tensor:
    """F1 of the boxes found with a score of 0.5 or more, (B,), by picture; 1 where nothing is nor is found."""
    import torch

    told = []
    for (boxes, scores, labels), true in zip(output[1], truth, strict=True):
        sure = scores >= UNKNOWN
        found = _cells(boxes[sure], scores[sure], labels[sure])
        wanted = _cells(true.boxes, torch.ones(len(true.boxes)), true.labels)
        n = len(found) + len(wanted)
        told.append(2 * sum(hit for _, hit in hits(found, wanted)) / n if n else 1.0)
    return torch.tensor(told, device=output[0].device)


def _cells(boxes: Tensor, scores: Tensor, labels: Tensor) -> Cells:
    """Boxes as cells whose classes are numbers."""
    labels = labels.cpu().long()
    names = tuple(str(number) for number in range(int(labels.max()) + 1 if len(labels) else 0))
    return Cells(boxes.float().cpu(), scores.float().cpu(), labels, names)
