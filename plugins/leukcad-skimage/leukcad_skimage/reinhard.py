"""`preprocess: reinhard`: colours brought to a reference's mean and spread, as measured in what is stained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field as Option

from leukcad import Examples, Field, LeukcadError, Step, hookimpl

from .optics import F32, U8
from .repaint import Once, Small, repainted, small

if TYPE_CHECKING:
    from torch import Tensor

Triple = tuple[float, float, float]
GRID = 33  # colours along each side of the table
MOST = 3.0  # a spread is never stretched more than so many times, nor pressed together: a flat field stays flat


class Reinhard:
    """Colour transfer of Reinhard et al. 2001 (IEEE CG&A 21(5):34) in CIELab, by the statistics of what is stained.

    How much plasma a field shows does not count; it is changed along. The reference is the median field of those that
    train, unless `mean` and `std` are given.
    """

    def __init__(
        self,
        *,
        mean: Annotated[Triple | None, Option(description="L*, a*, b* of the reference's stained pixels")] = None,
        std: Annotated[Triple | None, Option(description="their standard deviations")] = None,
    ) -> None:
        if (mean is None) != (std is None):
            raise LeukcadError("expected mean and std together, got one", cure="give both, or neither to learn them")
        if std is not None and min(std) <= 0:
            raise LeukcadError(f"std: expected numbers above 0, got {', '.join(map(str, std))}")
        self._given = mean is not None
        self._target = np.array([mean, std], np.float32) if self._given else None  # (2, 3)
        self._once = Once()

    @hookimpl
    def leukcad_preprocess(self, fields: Sequence[Field], step: Step) -> list[Field]:
        """Each field in the reference's colours; one with next to nothing stained comes back as it was."""
        if self._target is None:
            raise LeukcadError(f"{step.title} has not learned yet", cure="train it, or give mean and std")
        return [self._one(field, self._target, step) for field in fields]

    @hookimpl
    def leukcad_fit(self, train: Examples, step: Step) -> None:
        """Take the median of the training fields' statistics; given ones stay."""
        if self._given:
            return
        told = [found for field in train.fields if (found := statistics(small(field.array()))) is not None]
        if not told:
            raise LeukcadError(f"{step.title}: nothing is stained in any training field", cure="give mean and std")
        self._target = np.median(np.stack(told), axis=0).astype(np.float32)

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """`target` (2, 3): mean and standard deviation of L*, a*, b*."""
        import torch

        if self._target is None:
            raise LeukcadError("reinhard has not learned yet", cure="train it, or give mean and std")
        return {"target": torch.from_numpy(self._target.copy())}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor]) -> None:
        """Take the reference back."""
        self._target = state["target"].cpu().numpy().astype(np.float32)

    def _one(self, field: Field, target: F32, step: Step) -> Field:
        image = field.array()
        own = statistics(small(image))
        if own is None:
            self._once.warn(step.log, "next to nothing is stained, its colours stay", field.record.id)
            return field
        return repainted(field, transferred(image, own, target))


def statistics(seen: Small) -> F32 | None:
    """Mean and standard deviation of L*, a*, b* over the stained pixels of a field, (2, 3); None where they are few."""
    if not seen.tells:
        return None
    pixels = _lab(seen.image.astype(np.float32) / np.float32(255))[seen.mask > 0]
    return np.stack([pixels.mean(axis=0), pixels.std(axis=0)]).astype(np.float32)


def transferred(image: U8, own: F32, target: F32) -> U8:
    """An (H, W, 3) uint8 field, its L*, a*, b* moved from the statistics `own` (2, 3) to `target`.

    x' = (x - mean) · std' / std + mean', channel by channel, read off a table of 33³ colours.
    """
    import cv2
    from PIL import Image, ImageFilter

    gain = np.clip(target[1] / np.maximum(own[1], 1e-3), 1 / MOST, MOST)
    steps = np.linspace(0, 1, GRID, dtype=np.float32)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red changes fastest, as Pillow wants it
    colours = np.stack([red, green, blue], axis=-1).reshape(1, -1, 3)
    moved = np.asarray((_lab(colours) - own[0]) * gain + target[0], np.float32)
    table = np.clip(cv2.cvtColor(moved, cv2.COLOR_Lab2RGB), 0, 1)
    made = Image.fromarray(image).filter(ImageFilter.Color3DLUT(GRID, table.reshape(-1)))
    return np.asarray(made, np.uint8)


def _lab(rgb: F32) -> F32:
    """CIELab of colours in 0..1."""
    import cv2

    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab), np.float32)
