"""`preprocess: macenko`: the two stains of a field, brought to a reference's colours and amounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field as Option

from leukcad import Examples, Field, LeukcadError, Step, hookimpl

from .optics import F32, U8
from .repaint import Once, Small, repainted, small

if TYPE_CHECKING:
    from torch import Tensor

Triple = tuple[float, float, float]
EXTREME = 1.0  # per cent of the angles on either side that are passed over (α of the paper)
STRONG = 99.0  # percentile of a stain's amounts that is made equal
BAND = 128  # rows at once: large fields need no more memory than small ones
DARKEST = 2.0  # added to grey values before their logarithm, as in `optics`
# Blue density in green: chromatin lies below in 241 of 254 fields with leukocytes (BCCD, bcisc, chula_wbc), and the
# second stain above in 34 of 40 without any (Chula RBC-12), where it is but the noise of the red cells.
PURPLE = 0.47


@dataclass(frozen=True)
class Stains:
    """What a field is stained with.

    vectors: float32 (2, 3), unit optical densities of red, green, blue: red cells first, then chromatin. strength:
    float32 (2,), 99th percentile of their amounts. light: float32 (3,), grey values of the plasma.
    """

    vectors: F32
    strength: F32
    light: F32


class Macenko:
    """Stain normalisation of Macenko et al. 2009 (ISBI, 1107): stain vectors by SVD in optical density.

    The reference is the median of the training fields' stains, unless all of `red_cells`, `chromatin`, `strength` and
    `light` are given. Light is measured against the field's own plasma, and becomes the reference's.
    """

    def __init__(
        self,
        *,
        red_cells: Annotated[Triple | None, Option(description="optical density (R, G, B) of red cells")] = None,
        chromatin: Annotated[Triple | None, Option(description="optical density (R, G, B) of chromatin")] = None,
        strength: Annotated[
            tuple[float, float] | None, Option(description="99th percentiles of the amounts of the two")
        ] = None,
        light: Annotated[Triple | None, Option(description="grey values (R, G, B) of the plasma")] = None,
    ) -> None:
        given = [red_cells, chromatin, strength, light]
        if any(part is None for part in given) and any(part is not None for part in given):
            raise LeukcadError(
                "expected red_cells, chromatin, strength and light together, got some of them",
                cure="give all four, or none to learn them",
            )
        self._given = red_cells is not None
        self._target = _stains(np.array([red_cells, chromatin]), strength, light) if self._given else None
        self._once = Once()

    @hookimpl
    def leukcad_preprocess(self, fields: Sequence[Field], step: Step) -> list[Field]:
        """Each field in the reference's stains; one that does not show two stains comes back as it was."""
        if self._target is None:
            raise LeukcadError(f"{step.title} has not learned yet", cure="train it, or give the reference")
        return [self._one(field, self._target, step) for field in fields]

    @hookimpl
    def leukcad_fit(self, train: Examples, step: Step) -> None:
        """Take the median of the training fields' stains; a given reference stays."""
        if self._given:
            return
        told = [found for field in train.fields if (found := measured(small(field.array()))) is not None]
        if not told:
            cure = "give red_cells, chromatin, strength and light"
            raise LeukcadError(f"{step.title}: no training field shows two stains", cure=cure)
        self._target = _stains(*(np.median([getattr(one, part) for one in told], axis=0) for part in _PARTS))

    @hookimpl
    def leukcad_state(self) -> dict[str, Tensor]:
        """`vectors` (2, 3), `strength` (2,) and `light` (3,) of the reference."""
        import torch

        if self._target is None:
            raise LeukcadError("macenko has not learned yet", cure="train it, or give the reference")
        return {part: torch.from_numpy(getattr(self._target, part).copy()) for part in _PARTS}

    @hookimpl
    def leukcad_restore(self, state: dict[str, Tensor]) -> None:
        """Take the reference back."""
        self._target = Stains(*(state[part].cpu().numpy().astype(np.float32) for part in _PARTS))

    def _one(self, field: Field, target: Stains, step: Step) -> Field:
        image = field.array()
        seen = small(image)
        own = measured(seen)
        if own is None:
            self._once.warn(step.log, "it does not show two stains, its colours stay", field.record.id)
            return field
        return repainted(field, restained(image, seen, own, target))


_PARTS = ("vectors", "strength", "light")


def measured(seen: Small) -> Stains | None:
    """The two stains of a field; None where too little is stained, or by one stain only."""
    if not seen.tells:
        return None
    density = seen.density[seen.mask > 0]
    vectors = stain_vectors(density)
    if vectors is None:
        return None
    strength = np.percentile(density @ np.linalg.pinv(vectors), STRONG, axis=0)
    if strength.min() <= 1e-3:
        return None
    return _stains(vectors, strength, seen.plasma)


def stain_vectors(density: F32) -> F32 | None:
    """Unit vectors (2, 3) of the two stains in densities (n, 3), red cells first; None where there is but one.

    Steps 3 to 8 of the paper's algorithm: the plane of the two largest singular vectors, the angles of the pixels in
    it, their robust extremes.
    """
    _, axes = np.linalg.eigh(density.T.astype(np.float64) @ density)  # the right singular vectors, largest last
    first, second = axes[:, 2], axes[:, 1]
    first = first if first.sum() > 0 else -first
    angles = np.arctan2(density @ second, density @ first)
    low, high = np.percentile(angles, [EXTREME, 100 - EXTREME])
    found = np.stack([np.cos(angle) * first + np.sin(angle) * second for angle in (low, high)])
    blue = found[:, 2] / np.maximum(found[:, 1], 1e-6)  # red cells absorb far more blue, measured against green
    red, purple = np.argmax(blue), np.argmin(blue)
    return np.asarray(found[[red, purple]], np.float32) if blue[purple] < PURPLE < blue[red] else None


def restained(image: U8, seen: Small, own: Stains, target: Stains) -> U8:
    """An (H, W, 3) field with the amounts of its own stains shown in the target's colours, strength and light.

    What lies outside the plane of the two stains (dirt, the camera's noise) stays as it is, and light that falls
    unevenly falls so still. seen: of the same field.
    """
    import cv2

    light = np.asarray(cv2.resize(seen.light, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    logs = np.log(np.arange(256, dtype=np.float32) + DARKEST)
    change = (target.strength / own.strength)[:, None] * target.vectors - own.vectors  # (2, 3)
    mixed = np.asarray(np.linalg.pinv(own.vectors) @ change, np.float32)  # densities to what they change by, (3, 3)
    gain = np.asarray((target.light + DARKEST) / (own.light + DARKEST), np.float32)
    out = np.empty_like(image)
    for top in range(0, len(image), BAND):
        rows = np.s_[top : top + BAND]
        density = logs[light[rows]] - logs[image[rows]]
        shown = np.exp(logs[image[rows]] - density @ mixed) * gain - np.float32(DARKEST)
        out[rows] = np.clip(np.rint(shown), 0, 255)
    return out


def _stains(vectors: object, strength: object, light: object) -> Stains:
    lengths = np.array(vectors, np.float32)
    lengths /= np.maximum(np.linalg.norm(lengths, axis=1, keepdims=True), 1e-6)
    return Stains(lengths, np.array(strength, np.float32), np.array(light, np.float32))
