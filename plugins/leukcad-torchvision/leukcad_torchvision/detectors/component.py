"""What the trained detectors have in common: their options, how they learn, and how they find cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field as Option

from leukcad import Cells, Examples, Field, LeukcadError, Step, hookimpl
from leukcad_torchvision.classifier import Weights
from leukcad_torchvision.detectors import options
from leukcad_torchvision.detectors.options import BoxTraining
from leukcad_torchvision.detectors.pictures import Framing

if TYPE_CHECKING:
    from torch import Tensor, nn

QUICK = 160  # px: the longest side at most with --quick
WBC = "WBC"  # what cells are called where all classes are one
THRESHOLD = "leukcad.threshold"  # among the weights; no layer has such a name


class Detector:
    """A detector of torchvision; subclasses say how it is put together.

    first_label: torchvision's number of the first class. square: whether its pictures are padded to squares. backbones:
    those that it takes, all if empty.
    """

    title: ClassVar[str]
    first_label: ClassVar[int]
    square: ClassVar[bool] = False
    backbones: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *,
        backbone: options.Backbone = "mobilenet_v2",
        weights: Weights = "none",
        frozen: options.Frozen = 2,
        input_side: options.Side = 416,
        microns: options.Microns = None,
        score: options.Score = "auto",
        nms: options.Nms = 0.5,
        most: options.Most = 200,
        tile: options.Tile = None,
        overlap: options.Overlap = 0.25,
        one_class: options.OneClass = False,
        train: Annotated[BoxTraining, Option(description="how it learns")] = BoxTraining(),  # noqa: B008 (frozen)
    ) -> None:
        if self.backbones and backbone not in self.backbones:
            known = ", ".join(self.backbones)
            raise LeukcadError(f"backbone of {self.title}: expected one of {known}, got {backbone}")
        self.backbone = backbone
        self.weights = weights if weights in ("none", "imagenet") else Path(weights)
        self.frozen, self.input_side, self.nms, self.most = frozen, input_side, nms, most
        self.one_class, self.train = one_class, train
        self.score = score
        self.min_score = options.FLOOR if score == "auto" else float(score)  # `leukcad measure` looks below it
        self.classes: tuple[str, ...] = ()
        self._framing = Framing(input_side, microns, tile, overlap, self.square)
        self._network: nn.Module | None = None
        self._told = False  # of a field without a pixel size

    def assemble(self, classifier: Any, classes: int) -> nn.Module:
        """torchvision's network over a classifier's lower part, for this number of cell classes."""
        raise NotImplementedError

    @property
    def network(self) -> nn.Module:
        """The network that has learned; raises `LeukcadError` before."""
        if self._network is None:
            raise LeukcadError(f"{self.title} has not learned yet", cure="train it, or restore its weights")
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

        from leukcad_torchvision.detectors import tiles

        views = self._framing.views(field)
        with torch.no_grad():
            parts = [self._look(field, view) for view in views]
        boxes, scores, labels = tiles.merged(parts, field.height, field.width, self.nms)
        return Cells(boxes, scores.clamp(0, 1), labels, self.classes)

    def _look(self, field: Field, view: tuple[int, int, int, int]) -> Any:
        from leukcad_torchvision.detectors.tiles import Found

        pixels, factor = self._framing.seen(field, view)
        device = next(self.network.parameters()).device
        told = self.network(self._framing.padded([pixels]).to(device))[0]
        boxes = told["boxes"].float().cpu() / factor
        boxes[:, 0::2] = boxes[:, 0::2].add(view[0]).clamp(view[0], view[2])
        boxes[:, 1::2] = boxes[:, 1::2].add(view[1]).clamp(view[1], view[3])
        seen = (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
        labels = told["labels"].cpu() - self.first_label
        return Found(boxes[seen], told["scores"].float().cpu()[seen], labels[seen], view)

    @hookimpl
    def leukcad_fit(self, train: Examples, validation: Examples, step: Step) -> None:
        """Learn from annotated boxes; the epoch and the threshold are picked on those of `validation`."""
        from leukcad import training
        from leukcad_torchvision.detectors import lesson

        self._see(step)
        names = self._names(train.classes)
        sides = (lesson.annotated(side) for side in (train, validation))
        more = (self._framing, self.first_label, self.one_class, step)
        views = [lesson.pictures(side, *more) for side in sides]
        lesson.check(views[0], names, self.first_label, step)
        with training.seeded(step, "network"):
            network = self._built(len(names), self.weights)
        self._take(network, names, step)
        learned, tested = (lesson.Boxes(some, self._framing, self.train.augment, step.device) for some in views)
        told: dict[str, Any] = {"prepare": lambda batch: batch, "head": _heads(network), "right": lesson.right}
        training.train(lesson.Taught(network), lesson.total, learned, tested, self.train, step, **told)
        if self.score == "auto":
            self._freeze(validation, step)

    def _freeze(self, validation: Examples, step: Step) -> None:
        from leukcad_torchvision.detectors import lesson, threshold

        pairs = [(self.candidates(field), self._called(cells)) for field, cells in lesson.annotated(validation)]
        best, f1 = threshold.best([found for found, _ in pairs], [truth for _, truth in pairs])
        self.min_score = max(options.FLOOR, best)
        told = "%s: cells score %.3f or more (F1 %.3f on %d validation fields)"
        step.log.info(told, step.title, self.min_score, f1, len(pairs))

    def _called(self, cells: Cells) -> Cells:
        """Annotated cells as this detector would name them."""
        labels = cells.labels * 0 if self.one_class else cells.labels
        return Cells(cells.boxes, cells.scores, labels, self.classes)

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """The weights by their names in torchvision, and the threshold."""
        import torch

        state = {name: t.detach().cpu().contiguous() for name, t in self.network.state_dict().items()}
        return {**state, THRESHOLD: torch.tensor([self.min_score], dtype=torch.float64)}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take back weights and threshold; raises `LeukcadError` if they are not this network's."""
        from leukcad import training
        from leukcad_torchvision import weights

        self._see(step)
        names = self._names(step.classes)
        with training.seeded(step, "network"):
            network = self._built(len(names), "none" if self.weights == "none" else "later")
        layers = {name: tensor for name, tensor in state.items() if name != THRESHOLD}
        weights.fill(network, self.title, layers, (), f"{step.title}: its weights")
        self._take(network, names, step)
        if self.score == "auto" and THRESHOLD in state:
            self.min_score = float(state[THRESHOLD][0])

    def _built(self, classes: int, origin: Path | str) -> nn.Module:
        from leukcad_torchvision.detectors import backbones
        from leukcad_torchvision.detectors.given import AsGiven

        network: Any = self.assemble(backbones.classifier(self.backbone, origin, self.frozen), classes)
        network.transform = AsGiven()
        made: nn.Module = network
        return made

    def _names(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        return (WBC,) if self.one_class else tuple(classes)

    def _see(self, step: Step) -> None:
        """Look more coarsely where a first look is wanted."""
        if step.quick:
            self._framing = replace(self._framing, side=min(self.input_side, QUICK))

    def _take(self, network: nn.Module, names: tuple[str, ...], step: Step) -> None:
        import torch

        self.classes = names
        self._network = network.to(step.device)
        self._network.to(memory_format=torch.channels_last)
        self._network.eval()


def _heads(network: nn.Module) -> list[nn.Parameter]:
    """All that is not the backbone's own: what begins with random weights."""
    own = ("backbone.body.", "backbone.features.")
    return [parameter for name, parameter in network.named_parameters() if not name.startswith(own)]
