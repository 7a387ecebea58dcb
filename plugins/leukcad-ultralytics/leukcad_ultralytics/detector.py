"""`detect: yolo`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field as Option

from leukcad import Cells, Examples, Field, LeukcadError, Step, hookimpl
from leukcad_ultralytics import building, library, options
from leukcad_ultralytics.framing import Framing
from leukcad_ultralytics.options import YoloTraining

if TYPE_CHECKING:
    from torch import Tensor

    from leukcad_ultralytics.framing import View

QUICK = 160  # px: the longest side at most with --quick
WBC = "WBC"  # what cells are called where all classes are one
THRESHOLD = "leukcad.threshold"  # among the weights; no layer has such a name


class Yolo:
    """YOLO (Redmon et al. 2016) as ultralytics has it: v8, 11 and later, from scratch or from a file of weights.

    Network, loss and suppression are ultralytics' own; the training is leukcad's. The licence is told when it is made.
    Raises `LeukcadError` without the package ultralytics, or for a model that it does not have.
    """

    def __init__(
        self,
        *,
        model: options.Model = "yolo11n",
        weights: options.Weights = "none",
        input_side: options.Side = 416,
        microns: options.Microns = None,
        score: options.Score = "auto",
        nms: options.Nms = 0.5,
        most: options.Most = 200,
        tile: options.Tile = None,
        overlap: options.Overlap = 0.25,
        one_class: options.OneClass = False,
        train: Annotated[YoloTraining, Option(description="how it learns")] = YoloTraining(),  # noqa: B008 (frozen)
    ) -> None:
        building.architecture(model)
        library.notice()
        self.model, self.weights = model, None if weights == "none" else Path(weights)
        self.nms, self.most, self.one_class, self.train = nms, most, one_class, train
        self.score = score
        self.min_score = options.FLOOR if score == "auto" else float(score)  # `leukcad measure` looks below it
        self.classes: tuple[str, ...] = ()
        self._framing = Framing(input_side, tile, overlap, microns)
        self._network: Any = None
        self._told = False  # of a field without a pixel size

    @property
    def network(self) -> Any:
        """The network that has learned; raises `LeukcadError` before."""
        if self._network is None:
            raise LeukcadError("yolo has not learned yet", cure="train it, or restore its weights")
        return self._network

    @hookimpl
    def leukcad_detect(self, fields: Sequence[Field], step: Step) -> list[Cells]:
        """The cells whose score reaches `min_score`, best first, labelled with the classes that it learned."""
        if not self._told and (strange := [f.record.id for f in fields if not self._framing.knows(f)]):
            self._told = True
            step.log.warning("%s: the pixel size of %s is unknown: seen by input_side", step.title, strange[0])
        return [found.select(found.scores >= self.min_score) for found in map(self.candidates, fields)]

    def candidates(self, field: Field) -> Cells:
        """All boxes of a field down to the lowest score, best first; a field at a time, so none changes another."""
        import torch

        found = torch.cat([self._look(field, view) for view in self._framing.views(field)])  # (N, 6)
        found = found[found[:, 4].argsort(descending=True, stable=True)]
        if self._framing.tile is not None:
            from torchvision.ops import nms  # type: ignore[import-untyped]

            found = found[nms(found[:, :4], found[:, 4], self.nms)]
        return Cells(found[:, :4].contiguous(), found[:, 4].clamp(0, 1), found[:, 5].long(), self.classes)

    def _look(self, field: Field, view: View) -> Tensor:
        """Boxes in field px, score and label (N, 6) of the cells that a view answers for."""
        import torch

        from leukcad_ultralytics import framing

        pixels, factor = self._framing.seen(field, view)
        found = self.answers(framing.padded([pixels]))[0].cpu()
        boxes = found[:, :4] / factor + found.new_tensor([*view[:2], *view[:2]])
        boxes[:, 0::2] = boxes[:, 0::2].clamp(view[0], view[2])
        boxes[:, 1::2] = boxes[:, 1::2].clamp(view[1], view[3])
        left, top, right, bottom = self._framing.owned(field, view)
        x, y = (boxes[:, :2] + boxes[:, 2:]).T / 2
        ours = (x >= left) & (x <= right) & (y >= top) & (y <= bottom) & (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
        return torch.cat([boxes, found[:, 4:]], dim=1)[ours]

    def answers(self, pixels: Tensor) -> list[Tensor]:
        """Boxes in px of the picture, score and label (N, 6) for each picture of uint8 (B, 3, H, W)."""
        import torch

        from leukcad_ultralytics import lesson

        network = self.network
        inputs = pixels.to(next(network.parameters()).device).float() / 255
        with torch.inference_mode(), library.as_before():
            return lesson.suppressed(network(inputs), options.FLOOR, self.nms, network)

    @hookimpl
    def leukcad_fit(self, train: Examples, validation: Examples, step: Step) -> None:
        """Learn from annotated boxes; the threshold is picked on those of `validation`."""
        from leukcad import training
        from leukcad_ultralytics import lesson

        self._see(step)
        names = self._names(train.classes)
        some = [lesson.pictures(side, self._framing, self.one_class) for side in (train, validation)]
        lesson.check(some[0], names, step)
        network = self._built(len(names), step)
        if self.weights is not None:
            building.from_file(network, self.model, self.weights)
        self._take(network, names, step)
        learned, tested = (lesson.Boxes(pictures, self.train.augment, step.device) for pictures in some)
        told: dict[str, Any] = {"prepare": _as_it_is, "head": building.head(network), "right": lesson.right}
        training.train(lesson.Taught(network, self.nms), lesson.total, learned, tested, self.train, step, **told)
        if self.score == "auto":
            self._freeze(validation, step)

    def _freeze(self, validation: Examples, step: Step) -> None:
        from leukcad_ultralytics import lesson, threshold

        pairs = [(self.candidates(field), self._called(cells)) for field, cells in lesson.annotated(validation)]
        best, f1 = threshold.best([found for found, _ in pairs], [truth for _, truth in pairs])
        self.min_score = max(options.FLOOR, best)
        told = "%s: cells score %.3f or more (F1 %.3f on %d validation fields)"
        step.log.info(told, step.title, self.min_score, f1, len(pairs))

    def _called(self, cells: Cells) -> Cells:
        """Annotated cells as this detector would name them."""
        return Cells(cells.boxes, cells.scores, cells.labels * 0 if self.one_class else cells.labels, self.classes)

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """The weights by their names in ultralytics, and the threshold."""
        import torch

        state = {name: t.detach().cpu().contiguous() for name, t in self.network.state_dict().items()}
        return {**state, THRESHOLD: torch.tensor([self.min_score], dtype=torch.float64)}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take back weights and threshold; raises `LeukcadError` if they are not this network's."""
        self._see(step)
        names = self._names(step.classes)
        network = self._built(len(names), step)
        layers = {name: tensor for name, tensor in state.items() if name != THRESHOLD}
        building.fill(network, self.model, layers, f"{step.title}: its weights")
        self._take(network, names, step)
        if self.score == "auto" and THRESHOLD in state:
            self.min_score = float(state[THRESHOLD][0])

    def _built(self, classes: int, step: Step) -> Any:
        from leukcad import training

        with training.seeded(step, "network"):
            return building.build(self.model, classes, self.most, self.train.epochs)

    def _names(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        return (WBC,) if self.one_class else tuple(classes)

    def _see(self, step: Step) -> None:
        """Look more coarsely where a first look is wanted."""
        if step.quick:
            self._framing = replace(self._framing, side=min(self._framing.side, QUICK))

    def _take(self, network: Any, names: tuple[str, ...], step: Step) -> None:
        import torch

        self.classes = names
        self._network = network.to(step.device)
        self._network.to(memory_format=torch.channels_last)
        self._network.eval()


def _as_it_is(given: Any) -> Any:
    return given
