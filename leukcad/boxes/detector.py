"""A detector that learns from boxes: what its subclasses share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field as Option

from leukcad.boxes import lesson, options, threshold, tiles
from leukcad.boxes.framing import Framing
from leukcad.boxes.options import BoxTraining
from leukcad.boxes.turning import zoomed
from leukcad.errors import LeukcadError
from leukcad.hookspecs import hookimpl
from leukcad.types import Cells, Examples, Field

if TYPE_CHECKING:
    from torch import Tensor, nn

    from leukcad.step import Step

QUICK = 160  # px: the longest side at most with --quick
WBC = "WBC"  # what cells are called where all classes are one


class Detector:
    """Cells of fields found by a network that learned boxes; a subclass brings the network, its lesson and its answers.

    title: what messages call it. square: whether its pictures are padded to squares. alone: whether its network itself
    leaves one box a cell, whatever the class. zoom: how a training picture is made larger or smaller.
    """

    title: ClassVar[str]
    square: ClassVar[bool] = False
    alone: ClassVar[bool] = False
    zoom = staticmethod(zoomed)

    def __init__(
        self,
        *,
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
        self.input_side, self.nms, self.most = input_side, nms, most
        self.one_class, self.train = one_class, train
        self.score = score
        self.min_score = options.FLOOR if score == "auto" else float(score)  # `leukcad measure` looks below it
        self.classes: tuple[str, ...] = ()
        self._framing = Framing(input_side, tile, overlap, microns, self.square)
        self._network: Any = None
        self._told = False  # of a field without a pixel size

    def built(self, classes: int, fresh: bool) -> nn.Module:
        """The network for this number of classes; fresh: as it is before it learns, else its weights are put in later.

        Random numbers come from torch's global generator, which is seeded.
        """
        raise NotImplementedError

    def head(self, network: nn.Module) -> Iterable[nn.Parameter]:
        """What of the network learns `head_lr_factor` times as fast."""
        raise NotImplementedError

    def taught(self, network: nn.Module) -> nn.Module:
        """The network as `leukcad.training.train` takes it: it answers (pixels, pictures) of a `Batch`.

        With the loss, 0-dim, and while it is tested with what it finds (`Told`) in each picture, too.
        """
        raise NotImplementedError

    def look(self, pixels: Tensor) -> lesson.Told:
        """What the network finds in a picture, uint8 (1, 3, H, W), down to the score FLOOR."""
        raise NotImplementedError

    @property
    def called(self) -> str:
        """What messages call the network."""
        return self.title

    @property
    def network(self) -> Any:
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
        parts = [self._found(field, view) for view in self._framing.views(field)]
        nms = None if self.alone else self.nms
        boxes, scores, labels = tiles.merged(parts, field.height, field.width, nms)
        return Cells(boxes, scores.clamp(0, 1), labels, self.classes)

    def _found(self, field: Field, view: tiles.View) -> tiles.Found:
        pixels, factor = self._framing.seen(field, view)
        told, scores, labels = (part.cpu() for part in self.look(self._framing.padded([pixels])))
        boxes = told.float() / factor
        boxes[:, 0::2] = boxes[:, 0::2].add(view[0]).clamp(view[0], view[2])
        boxes[:, 1::2] = boxes[:, 1::2].add(view[1]).clamp(view[1], view[3])
        seen = (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
        return tiles.Found(boxes[seen], scores.float()[seen], labels.long()[seen], view)

    @hookimpl
    def leukcad_fit(self, train: Examples, validation: Examples, step: Step) -> None:
        """Learn from annotated boxes; the epoch and the threshold are picked on those of `validation`."""
        from leukcad import training

        self._see(step)
        names = self._names(train.classes)
        views = [lesson.pictures(side, self._framing, self.one_class, step) for side in (train, validation)]
        lesson.check(views[0], names, step)
        if not any(len(picture.labels) for picture in views[1]):
            views[1] = []  # where no cell is, the best of all is a network that finds none
            told = "%s: no cell in validation fields: the last epoch is kept, and cells score %.2f or more"
            step.log.warning(told, step.title, threshold.UNKNOWN if self.score == "auto" else self.min_score)
        with training.seeded(step, "network"):
            network = self.built(len(names), fresh=True)
        self._take(network, names, step)
        more = (self._framing, self.train.augment, step.device, self.zoom)
        learned, tested = (lesson.BoxBatches(some, *more) for some in views)
        how: dict[str, Any] = {"prepare": lambda batch: batch, "head": self.head(network)}
        how |= {"right": lesson.right, "best": "right"}  # by loss, a network that proposes nothing looks good
        training.train(self.taught(network), lesson.total, learned, tested, self.train, step, **how)
        if self.score == "auto":
            self.min_score = threshold.frozen(self.candidates, validation, self.one_class, step)

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """The weights by their names in the network's own library, and the threshold."""
        import torch

        state = {name: t.detach().cpu().contiguous() for name, t in self.network.state_dict().items()}
        return {**state, threshold.THRESHOLD: torch.tensor([self.min_score], dtype=torch.float64)}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take back weights and threshold; raises `LeukcadError` if they are not this network's."""
        from leukcad import training

        self._see(step)
        names = self._names(step.classes)
        with training.seeded(step, "network"):
            network = self.built(len(names), fresh=False)
        layers = {name: tensor for name, tensor in state.items() if name != threshold.THRESHOLD}
        training.fill(network, self.called, layers, f"{step.title}: its weights")
        self._take(network, names, step)
        if self.score == "auto" and threshold.THRESHOLD in state:
            self.min_score = float(state[threshold.THRESHOLD][0])

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
