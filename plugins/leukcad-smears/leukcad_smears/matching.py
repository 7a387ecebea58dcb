"""Bringing a donor cell to its host: scale, stain, sharpness, noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from leukcad.kinds import is_leukocyte
from leukcad_smears.donors import Donor
from leukcad_smears.survey import Survey, density_of

if TYPE_CHECKING:
    from leukcad import Field

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)

#: A leukocyte's usual diameter in red cells (1.4–1.7 in ALL-IDB1), and what a match may make of one, by kind: the red
#: cells of a small picture are few, and their size is told roughly.
USUAL = 1.55
SIZES = {"lymphocyte": (0.95, 1.6), "erythroblast": (0.85, 1.8), "monocyte": (1.3, 2.4), "ig": (1.3, 2.6)}
OTHER = (1.15, 2.1)

#: Sigma of the grain that cameras' colour filters leave, px.
GRAIN = 0.6
#: Share of a donor's own depth of stain that a match keeps.
OWN = 0.25


@dataclass(frozen=True, eq=False)
class Stamp:
    """What of a patch is the cell. alpha: float32 (h, w), how much it covers; mask, nucleus: bool (h, w)."""

    alpha: Floats
    mask: Bools
    nucleus: Bools | None


@dataclass(frozen=True, eq=False)
class Match:
    """What a host asks of donors."""

    host: Survey
    pixel_size: float | None
    leukocyte: float | None
    usual: float
    chromatin: Floats | None
    red: Floats | None

    @classmethod
    def of(cls, field: Field, host: Survey, donors: Sequence[Donor]) -> Match:
        """Between a host and all donors it may get (their medians keep a single cell's own depth of stain)."""
        return cls(
            host,
            field.pixel_size,
            leukocyte_size(field),
            float(np.median([d.diameter for d in donors])),
            _usual([d.chromatin_density for d in donors]),
            _usual([d.red_density for d in donors]),
        )

    def scale(self, donor: Donor) -> float:
        """Host pixels per donor pixel: by pixel size, else by red cells, else by the host's leukocytes, else 1."""
        if self.pixel_size and donor.pixel_size:
            return donor.pixel_size / self.pixel_size
        if self.host.red_cell:
            own = self.host.red_cell / donor.red_cell if donor.red_cell else self.host.red_cell * USUAL / self.usual
            low, high = (self.host.red_cell * share / donor.diameter for share in SIZES.get(donor.kind, OTHER))
            return min(max(own, low), high)
        return self.leukocyte / self.usual if self.leukocyte else 1.0

    def stain(self, donor: Donor) -> Floats:
        """Factors of optical density, R, G, B: by the stain of nuclei where the host shows any, else by red cells.

        A part of a cell's own depth is kept (`OWN`): the kinds differ in it.
        """
        pairs = (
            (self.host.nucleus_density, donor.chromatin_density or self.chromatin, 1.0),
            (self.host.red_density, donor.red_density or self.red, 0.6),
        )
        for host, own, trust in pairs:
            if host is not None and own is not None:
                ratio = np.log(np.maximum(host, 0.05) / np.maximum(own, 0.05)).astype(np.float32)
                # Red cells tell the strength of a stain better than its colour on chromatin: channels pulled together.
                mean = ratio[:2].mean()
                drawn = (1 - OWN) * (mean + trust * (ratio - mean))
                factors: Floats = np.exp(np.clip(drawn, -1.2, 0.7)).astype(np.float32)
                return factors
        return np.ones(3, np.float32)

    def adapt(self, donor: Donor, turns: int, flip: bool, margin: int = 0) -> tuple[Floats, Stamp]:
        """Density (h, w, 3) at the host's scale, stain and sharpness, and the masks that go with it.

        margin: px around what shows, as far as the donor's patch has them.
        """
        import cv2

        scale = self.scale(donor)
        patch, mask, nucleus = turned(donor, turns, flip)
        size = (max(3, round(patch.shape[1] * scale)), max(3, round(patch.shape[0] * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        density = density_of(cv2.resize(patch, size, interpolation=how), donor.white) * self.stain(donor)
        soft = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        core = None
        if nucleus is not None:
            core = cv2.resize(nucleus.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5
        if sigma := self._softening(donor, size):
            density = np.asarray(cv2.GaussianBlur(density, (0, 0), sigma), np.float32)
        alpha = np.array(cv2.GaussianBlur(soft, (0, 0), 0.9), np.float32)
        whole = alpha > 0.5
        alpha[alpha < 0.03] = 0
        # No more of the patch than shows: what is left around it would only keep neighbours away.
        rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
        top, left = max(0, rows[0] - margin), max(0, columns[0] - margin)
        here = np.s_[top : rows[-1] + 1 + margin, left : columns[-1] + 1 + margin]
        return density[here], Stamp(alpha[here], whole[here], None if core is None else (core & whole)[here])

    def _softening(self, donor: Donor, size: tuple[int, int]) -> float:
        """Sigma px by which a donor, of `size` at the host's scale, is sharper than the host; 0 where it is not."""
        if not self.host.edge or not donor.edge:
            return 0.0
        # An edge's width adds in squares; 2.5 sigma is about its 10–90 % width.
        wider = self.host.edge**2 - (donor.edge * self.scale(donor)) ** 2
        return max(min(float(np.sqrt(wider)) / 2.5, 0.04 * min(size)), 0.1) if wider > 0 else 0.0

    def noise_kept(self, donor: Donor) -> float:
        """What is left of a donor's noise, as a share, once it is brought to the host's scale and sharpness."""
        import cv2

        scale = self.scale(donor)
        grain = np.random.default_rng(0).standard_normal((64, 64)).astype(np.float32)
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), GRAIN))
        side = max(8, round(64 * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        after = np.asarray(cv2.resize(grain, (side, side), interpolation=how))
        if sigma := self._softening(donor, (side, side)):
            after = np.asarray(cv2.GaussianBlur(after, (0, 0), sigma))
        fine = [float((g - np.asarray(cv2.blur(g, (3, 3)))).std()) for g in (grain, after)]
        return min(1.0, fine[1] / fine[0])

    def expose(self, density: Floats, white: Floats, donor: Donor, rng: np.random.Generator) -> Floats:
        """Density under the host's light, with what noise its own pixels lack."""
        missing = self.host.noise**2 - (donor.noise * min(1.0, self.scale(donor))) ** 2
        colour: Floats = (white + 1) * np.exp(-density) - 1
        if missing > 0.05:
            colour += rng.normal(0, np.sqrt(missing), colour.shape).astype(np.float32)
        return colour


def turned(donor: Donor, turns: int, flip: bool) -> tuple[NDArray[np.uint8], Bools, Bools | None]:
    """Patch, mask and nucleus after `turns` × 90° and a flip."""

    def turn(array: NDArray[T]) -> NDArray[T]:
        after = np.rot90(array, turns)
        return np.ascontiguousarray(after[:, ::-1] if flip else after)

    return turn(donor.patch), turn(donor.mask), None if donor.nucleus is None else turn(donor.nucleus)


def leukocyte_size(field: Field) -> float | None:
    """Median side of the annotated leukocytes' boxes, px; None without any."""
    if field.truth is None:
        return None
    boxes = field.truth.boxes.cpu().numpy()
    sides = [
        float(b[2] - b[0] + b[3] - b[1]) / 2
        for b, name in zip(boxes, field.truth.names(), strict=True)
        if is_leukocyte(name) and b[2] > b[0]
    ]
    return float(np.median(sides)) if sides else None


def _usual(densities: Sequence[tuple[float, float, float] | None]) -> Floats | None:
    known = [d for d in densities if d is not None]
    return np.median(np.array(known, np.float32), axis=0) if known else None
