"""Occlusion (Zeiler & Fergus 2014, ECCV): what the answer loses when a window of the picture is covered.

Nothing but answers is asked of the classifier, so that it works for any: ONNX, a forest, a callable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field as Option

from leukcad import Crops, Heatmap, LeukcadError, Model, Step, hookimpl

if TYPE_CHECKING:
    from torch import Tensor

Corners = list[tuple[int, int]]
Share = Annotated[float, Option(gt=0, le=1)]
QUICK = 5  # windows side by side at most with --quick
LEAST = 1e-30  # probabilities below are not told from it
FILLS = {"grey": 128, "black": 0, "white": 255}


class Occlusion:
    """Covers one window after another and maps what the class loses by it."""

    def __init__(
        self,
        *,
        window: Annotated[Share, Option(description="side of the covered square, as a share of the crop's")] = 0.2,
        stride: Annotated[Share, Option(description="way to the next window, as a share of the window")] = 0.5,
        fill: Annotated[
            Literal["mean", "grey", "black", "white"],
            Option(description="what covers; mean: the crop's own mean colour"),
        ] = "mean",
        score: Annotated[
            Literal["probability", "log-odds"],
            Option(description="what is lost; log-odds tell differences where the probability is all but 1"),
        ] = "probability",
    ) -> None:
        self.window, self.stride, self.fill, self.score = window, stride, fill, score

    @hookimpl
    def leukcad_explain(self, crops: Crops, targets: Sequence[str], model: Model, step: Step) -> list[Heatmap]:
        """One (S, S) map per crop: the mean loss over the windows that cover a pixel, 0 where covering helps."""
        side = int(crops.pixels.shape[-1])
        wide, corners = windows(side, self.window, self.stride, quick=step.quick)
        heatmaps = []
        for i, target in enumerate(targets):
            losses = self._losses(crops.pixels[i], target, corners, wide, model, step)
            heatmaps.append(Heatmap(spread(losses, corners, wide, side), target, "occlusion"))
        return heatmaps

    def _losses(
        self, picture: Tensor, target: str, corners: Corners, wide: int, model: Model, step: Step
    ) -> Tensor:  # a loss per corner
        import torch

        from leukcad.training import inference_batch

        colour = picture.float().mean(dim=(1, 2)).round().to(picture.dtype) if self.fill == "mean" else None
        size = inference_batch(int(picture.shape[-1]))
        scores = [self._scores(picture[None], target, model, step)]
        for start in range(0, len(corners), size):
            part = corners[start : start + size]
            copies = picture.repeat(len(part), 1, 1, 1)
            for copy, (y, x) in zip(copies, part, strict=True):
                copy[:, y : y + wide, x : x + wide] = FILLS[self.fill] if colour is None else colour[:, None, None]
            scores.append(self._scores(copies, target, model, step))
        told = torch.cat(scores)
        return told[0] - told[1:]

    def _scores(self, pixels: Tensor, target: str, model: Model, step: Step) -> Tensor:
        import torch

        n = len(pixels)
        none = torch.zeros(n, dtype=torch.int64, device=pixels.device)
        told = model.predict(Crops(pixels, torch.zeros((n, 4), device=pixels.device), none, none, none - 1))
        if target not in told.classes:
            raise LeukcadError(f"{step.title}: no class {target!r} (known: {', '.join(told.classes)})")
        at = told.classes.index(target)
        chance = told.probabilities[:, at]
        if self.score == "probability":
            return chance
        others = told.probabilities[:, [i for i in range(len(told.classes)) if i != at]].sum(dim=1)
        return chance.clamp_min(LEAST).log() - others.clamp_min(LEAST).log()


def windows(side: int, window: float, stride: float, *, quick: bool = False) -> tuple[int, Corners]:
    """The side of the window in px, and the top left corners (y, x) of those that cover a square of `side` px."""
    wide = max(1, round(side * window))
    apart = max(1, round(wide * stride))
    if quick:
        apart = max(apart, min(wide, -(-(side - wide) // (QUICK - 1))))
    starts = [*range(0, side - wide, apart), side - wide]
    return wide, [(y, x) for y in starts for x in starts]


def spread(losses: Tensor, corners: Corners, wide: int, side: int) -> Tensor:
    """The mean over the windows that cover a pixel, (side, side) ≥ 0."""
    import torch

    total = torch.zeros((side, side), device=losses.device)
    number = torch.zeros_like(total)
    for loss, (y, x) in zip(losses, corners, strict=True):
        total[y : y + wide, x : x + wide] += loss
        number[y : y + wide, x : x + wide] += 1
    return (total / number).relu()
