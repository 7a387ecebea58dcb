"""Plasma where a cell was: the best-fitting cell-free part of the same field, set in under the place's own light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leukcad_smears.editing.blending import blend
from leukcad_smears.editing.host import Host
from leukcad_smears.masks import grown

if TYPE_CHECKING:
    from leukcad_smears.editing.workpiece import Workpiece

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

#: What is taken out around a cell: its halo of focus and sharpening, as a share of its diameter, at least 3 px.
HALO = 0.06
#: Width of the ring around it by which a part is judged to fit, px.
RING = 7
#: What a part wholly under red cells costs, as mean squared density: plasma is preferred to a fit by red cells.
COVERED = 0.1
#: JPEG codes blocks of 8 px: a part moved by whole blocks keeps its grain where the coder expects it.
BLOCK = 8
#: How much worse such a part may fit than the best of all.
WORSE = 1.6


def hole_of(work: Workpiece, i: int) -> Bools:
    """What goes with leukocyte `i`, bool (H, W): its region and its halo, but nothing of other leukocytes."""
    return with_halo(work, work.occupied == i + 1)


def with_halo(work: Workpiece, region: Bools) -> Bools:
    """A region of a cell's size and its halo, but nothing of leukocytes beyond it."""
    halo = max(3, round(HALO * float(np.sqrt(4 * region.sum() / np.pi))))
    hole: Bools = _grown_here(region, halo) & ((work.occupied == 0) | region)
    return hole


def fill(work: Workpiece, hole: Bools, rng: np.random.Generator) -> None:
    """Put plasma into `hole`, bool (H, W), in place."""
    import cv2

    if not hole.any():
        return
    y0, y1, x0, x1 = bounds(hole, RING + 2)
    box = np.s_[y0:y1, x0:x1]
    here, white = work.image[box].astype(np.float32), work.host.white[box]
    ring = grown(hole[box], RING) & ~hole[box] & (work.occupied[box] == 0)
    source = _source(work.host, hole[box], ring, here, white, (x0, y0), rng)
    if source is None:
        piece = _smooth_plasma(here, hole[box], white, work.host.survey.noise, rng)
    else:
        piece = _relit(work.host, source, white)
        piece = piece + low(here - piece, ring)
    others = (work.occupied[box] > 0) & ~hole[box]
    alpha = np.asarray(cv2.GaussianBlur(hole[box].astype(np.float32), (0, 0), 1.2), np.float32) * ~others
    mixed = blend(here, piece, hole[box], alpha, white, "grain")
    touched = (alpha > 0.02)[..., None]
    np.copyto(work.image[box], np.clip(np.rint(mixed), 0, 255).astype(np.uint8), where=touched)


def _source(
    host: Host,
    hole: Bools,
    ring: Bools,
    here: Floats,
    white: Floats,
    corner: tuple[int, int],
    rng: np.random.Generator,
) -> tuple[int, int] | None:
    """Corner (x, y) px of the part of the host, without a leukocyte, whose ring looks most like the hole's."""
    import cv2

    step = host.survey.step
    height, width = hole.shape
    size = (max(3, width // step), max(3, height // step))
    if size[0] >= host.density.shape[1] or size[1] >= host.density.shape[0]:
        return None
    density = np.log((white + 1) / (here + 1)).mean(axis=2)
    template = np.asarray(cv2.resize(density, size, interpolation=cv2.INTER_AREA), np.float32)
    around = (np.asarray(cv2.resize(ring.astype(np.float32), size, interpolation=cv2.INTER_AREA)) > 0.5).astype("f4")
    inside = (np.asarray(cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA)) > 0.2).astype("f4")
    forbidden = _forbidden(host)
    # a part of three pixels at least may reach beyond the map's edge, where a border cuts the cell
    most = (forbidden.shape[1] - size[0], forbidden.shape[0] - size[1])
    own = (min(corner[0] // step, most[0]), min(corner[1] // step, most[1]))
    forbidden[own[1] : own[1] + size[1], own[0] : own[0] + size[0]][inside > 0] = 1
    taken = np.asarray(cv2.matchTemplate(forbidden, np.maximum(inside, around), cv2.TM_CCORR)) > 0.5
    if taken.all():
        return None
    covered = np.asarray(cv2.matchTemplate(host.survey.covered.astype("f4"), inside, cv2.TM_CCORR)) / inside.sum()
    cost = COVERED * covered
    if around.any():
        unlike = cv2.matchTemplate(host.density, template, cv2.TM_SQDIFF, mask=around)
        cost = cost + np.asarray(unlike) / around.sum()
    cost[taken] = np.inf
    return _chosen(cost, own, corner, step, (host.field.width - width, host.field.height - height), rng)


def _chosen(
    cost: Floats,
    own: tuple[int, int],
    corner: tuple[int, int],
    step: int,
    most: tuple[int, int],
    rng: np.random.Generator,
) -> tuple[int, int]:
    """One of the three cheapest places that lie whole blocks away, or of all where none of those fits well."""
    if BLOCK % step == 0:
        every = BLOCK // step
        rows, columns = slice(own[1] % every, None, every), slice(own[0] % every, None, every)
        if np.isfinite(cost[rows, columns]).any():
            aligned = np.full_like(cost, np.inf)
            aligned[rows, columns] = cost[rows, columns]
            if aligned.min() < WORSE * cost.min():
                cost = aligned
    best = np.argsort(cost, axis=None)[:3]
    best = best[np.isfinite(cost.ravel()[best])]
    y, x = np.unravel_index(int(rng.choice(best)), cost.shape)
    left, top = corner[0] + (int(x) - own[0]) * step, corner[1] + (int(y) - own[1]) * step
    return min(max(left, 0), most[0]), min(max(top, 0), most[1])


def _forbidden(host: Host) -> Floats:
    """Where leukocytes and what is stained like nuclei are, at the survey's scale, float32 (h, w)."""
    import cv2

    seen = host.survey
    height, width = seen.covered.shape
    cells = cv2.resize((host.regions > 0).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return (grown(np.asarray(cells, bool), 3) | seen.dark).astype(np.float32)


def _relit(host: Host, source: tuple[int, int], white: Floats) -> Floats:
    """The host's pixels from `source` on, under the light of another place."""
    x, y = source
    there = np.s_[y : y + white.shape[0], x : x + white.shape[1]]
    lit: Floats = (host.image[there].astype(np.float32) + 1) * (white + 1) / (host.white[there] + 1) - 1
    return lit


def low(difference: Floats, ring: Bools) -> Floats:
    """The slow part of a difference that is known on a ring only, carried inwards."""
    import cv2

    weight = (ring & (np.abs(difference).max(axis=2) < 25)).astype(np.float32)
    if weight.sum() < 20:
        return np.zeros_like(difference)
    sigma = max(6.0, 0.15 * max(ring.shape))
    share = np.asarray(cv2.GaussianBlur(weight, (0, 0), sigma))[..., None]
    slow: Floats = np.asarray(cv2.GaussianBlur(difference * weight[..., None], (0, 0), sigma)) / np.maximum(share, 1e-3)
    return slow


def _smooth_plasma(here: Floats, hole: Bools, white: Floats, noise: float, rng: np.random.Generator) -> Floats:
    """Where a field has no part to spare: its plasma's colour, drawn in from the rim, with its noise."""
    piece = white + low(here - white, grown(hole, RING) & ~hole)
    return piece + rng.normal(0, noise, here.shape).astype(np.float32)


def bounds(mask: Bools, margin: int) -> tuple[int, int, int, int]:
    """y0, y1, x0, x1 of a mask with a margin, within the picture, px."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    y1, x1 = min(mask.shape[0], rows[-1] + 1 + margin), min(mask.shape[1], columns[-1] + 1 + margin)
    return max(0, rows[0] - margin), y1, max(0, columns[0] - margin), x1


def _grown_here(mask: Bools, radius: int) -> Bools:
    """As `grown`, in the part of the field that matters."""
    if not mask.any():
        return mask
    y0, y1, x0, x1 = bounds(mask, radius + 1)
    out = mask.copy()
    out[y0:y1, x0:x1] = grown(mask[y0:y1, x0:x1], radius)
    return out
