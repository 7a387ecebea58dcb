"""A network that tells what every pixel is, as a segmenter of fields."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field as Option

from leukcad import Cells, Examples, Field, LeukcadError, Step, hookimpl
from leukcad.boxes import FLOOR, THRESHOLD, Score
from leukcad.config import FilePath
from leukcad.options import TrainOptions
from leukcad_smp.building import ARCHITECTURES, STRIDE, Architecture
from leukcad_smp.instances import Instances

if TYPE_CHECKING:
    from torch import Tensor, nn

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as nearly all encoders' weights want it
QUICK = 128  # px of a field's longest side, and of a tile, at most with --quick
AREA = "cell_area"  # the state's name for the median cell, px² at the network's scale

Weights = Annotated[
    Literal["none"] | FilePath,
    Option(union_mode="left_to_right", description="none: from scratch; or a file with the encoder's weights"),
]


class Smp:
    """U-Net, U-Net++, DeepLabV3+ or FPN on any encoder of segmentation_models_pytorch: cells and their nuclei."""

    def __init__(
        self,
        *,
        architecture: Annotated[Architecture, Option(description="the network around the encoder")] = "unet",
        encoder: Annotated[
            str, Option(min_length=1, max_length=200, description="as smp names it; tu-NAME is timm's")
        ] = "mobilenet_v2",
        weights: Weights = "none",
        side: Annotated[
            int | None,
            Option(ge=32, le=20_000, description="px that a field's longest side is brought to; null: as it is"),
        ] = 512,
        tile: Annotated[
            int, Option(ge=64, le=4096, multiple_of=STRIDE, description="side of the squares that the network sees, px")
        ] = 512,
        overlap: Annotated[int, Option(ge=0, le=1024, description="px that neighbouring tiles share")] = 64,
        instances: Annotated[
            Instances,
            Option(description="cells that touch: parted by watershed, or the boxes of the detect step pick (detect)"),
        ] = "watershed",
        min_area: Annotated[
            float, Option(ge=0, lt=1, description="smaller cells are dropped; of the median cell it learned from")
        ] = 0.15,
        score: Score = FLOOR,
        train: Annotated[TrainOptions, Option(description="how it learns")] = TrainOptions(),  # noqa: B008 (frozen)
    ) -> None:
        if architecture not in ARCHITECTURES:
            raise LeukcadError(f"architecture: expected one of {', '.join(ARCHITECTURES)}, got {architecture!r}")
        if 2 * overlap > tile:
            raise LeukcadError(f"overlap: expected at most half of the tile's {tile} px, got {overlap}")
        self.architecture, self.encoder = architecture, encoder
        self.weights = None if weights == "none" else Path(weights)
        self.side, self.tile, self.overlap = side, tile, overlap
        self.instances, self.min_area, self.train = instances, min_area, train
        self.score, self.min_score = score, FLOOR if score == "auto" else float(score)
        self._network: nn.Module | None = None
        self._area = 0.0

    @property
    def network(self) -> nn.Module:
        """The network that has learned; raises `LeukcadError` before."""
        if self._network is None:
            cure = "train it, or restore its weights"
            raise LeukcadError(f"{self.architecture} on {self.encoder} has not learned yet", cure=cure)
        return self._network

    def prepare(self, pixels: Tensor) -> Tensor:
        """uint8 (N, 3, S, S) → float32, normalised as ImageNet, on the network's device."""
        import torch

        device = next(self.network.parameters()).device
        told = pixels.to(device).contiguous(memory_format=torch.channels_last).float()
        mean, std = (torch.tensor(v, device=device).mul(255)[:, None, None] for v in (MEAN, STD))
        return told.sub_(mean).div_(std)

    @hookimpl
    def leukcad_segment(self, fields: Sequence[Field], cells: Sequence[Cells] | None, step: Step) -> list[Cells]:
        """The cells of each field with regions and, if it learned from nuclei, nuclei.

        Given cells keep number, boxes, scores and labels; without a detector all cells are found whose score, the mean
        probability of cell in them, reaches `min_score`, their class WBC.
        Raises `LeukcadError` where the boxes of a detector are to pick and there is none.
        """
        if cells is None and self.instances == "detect":
            cure = "put a detect step before it, or take instances: watershed"
            raise LeukcadError(f"{step.title}: instances: detect needs cells, and none were detected", cure=cure)
        if cells is not None:
            return [self._cells(field, given, step) for field, given in zip(fields, cells, strict=True)]
        found = (self._cells(field, None, step) for field in fields)
        return [some.select(some.scores >= self.min_score) for some in found]

    def _cells(self, field: Field, given: Cells | None, step: Step) -> Cells:
        from leukcad_smp.answering import cells_of

        return cells_of(field, self.probabilities(field, step), given, self.instances, self.min_area * self._area)

    def probabilities(self, field: Field, step: Step) -> Tensor:
        """Of each kind of pixel, float32 (C, h, w) at the network's scale: the field is asked tile by tile."""
        import torch

        from leukcad_smp import masks, tiles

        side, tile = self._sizes(step)
        image = masks.scaled(field.image, masks.size_at(field.height, field.width, side))
        network = self.network.eval()

        def ask(part: Tensor) -> Tensor:
            scores: Tensor = network(self.prepare(part))
            return scores.float().softmax(dim=1)

        with torch.inference_mode():
            told = tiles.blended(image, ask, tile, min(self.overlap, tile // 2))
        return told.clone()  # no inference tensor leaves

    @hookimpl
    def leukcad_fit(self, train: Examples, validation: Examples, step: Step) -> None:
        """Learn the kinds of pixel from the masks of `train`; those of `validation` pick epoch and threshold."""
        from leukcad import training
        from leukcad.boxes import frozen
        from leukcad_smp import building, learning, shown

        side, tile = self._sizes(step)
        fields, unseen = shown.shown(train, side), shown.shown(validation, side)
        names = shown.kinds([*fields, *unseen])
        fields, unseen = shown.told_in(fields, names), shown.told_in(unseen, names)
        self._area = shown.median_area(fields)
        with training.seeded(step, "network"):
            network = building.build(self.architecture, self.encoder, len(names))
        if self.weights is not None:
            building.fill_encoder(network, self.encoder, self.weights)
        self._take(network, step)
        data, other = (learning.Squares(some, tile, self.train.augment, step.device) for some in (fields, unseen))
        loss = learning.loss_of(self.train, fields, len(names))
        more: dict[str, Any] = {"prepare": self.prepare, "head": building.new_parts(network), "right": learning.right}
        training.train(network, loss, data, other, self.train, step, **more)
        if self.score == "auto":
            self.min_score = frozen(lambda field: self._cells(field, None, step), validation, True, step)

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """The weights by their names in smp, the area of the median cell, and the threshold."""
        import torch

        told = {name: t.detach().cpu().contiguous() for name, t in self.network.state_dict().items()}
        threshold = torch.tensor([self.min_score], dtype=torch.float64)
        return {**told, AREA: torch.tensor([self._area]), THRESHOLD: threshold}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor], step: Step) -> None:
        """Take back weights; raises `LeukcadError` if they are not this network's."""
        from leukcad import training
        from leukcad_smp import building

        told = dict(state)
        area, threshold = told.pop(AREA, None), told.pop(THRESHOLD, None)
        with training.seeded(step, "network"):
            network = building.build(self.architecture, self.encoder, building.kinds_in(told) or 2)
        try:
            network.load_state_dict(told)
        except RuntimeError as error:
            raise LeukcadError(f"{step.title}: its weights are of another network: {error}") from error
        self._area = 0.0 if area is None else float(area)
        if self.score == "auto" and threshold is not None:
            self.min_score = float(threshold)
        self._take(network, step)

    def _take(self, network: nn.Module, step: Step) -> None:
        import torch

        self._network = network.to(step.device)
        self._network.to(memory_format=torch.channels_last)
        self._network.eval()

    def _sizes(self, step: Step) -> tuple[int | None, int]:
        """Longest side of a field and side of a tile, px; smaller with --quick."""
        if not step.quick:
            return self.side, self.tile
        return min(self.side or QUICK, QUICK), min(self.tile, QUICK)
