"""A scene becomes pixels with exact truth. The same scene gives the same bytes, whatever was rendered before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from leukcad_smears import optics
from leukcad_smears.leukocytes import Stamp, draw_leukocyte
from leukcad_smears.particles import draw_particles
from leukcad_smears.red_cells import draw_red_cells
from leukcad_smears.scene import Cell, Scene, Stain
from leukcad_smears.shapes import overlap

#: Part of every cache key: raised whenever a scene's pixels change.
RENDERER = 4

Labels = NDArray[np.int32]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Rendered:
    """A rendered field. image: uint8 (H, W, 3) RGB; boxes: float32 (N, 4) xyxy px of the visible part; kinds: N names;
    regions, nuclei: int32 (H, W), i + 1 for cell i; jpeg: the file whose decoded pixels `image` holds."""

    image: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    kinds: tuple[str, ...]
    regions: Labels
    nuclei: Labels
    jpeg: bytes


def render(scene: Scene) -> Rendered:
    """Draw a scene: light, dyes, optics, sensor, JPEG. A cell of which nothing is visible keeps no box."""
    return Backdrop.of(scene).render(scene.cells, draw_leukocyte)[0]


def render_edited(scene: Scene) -> tuple[Rendered, list[int]]:
    """As `render`, much faster where only the leukocytes differ from a scene drawn before: the same bytes.

    Also tells which of the scene's cells are visible, in their order. Safe in several threads.
    """
    return _backdrop(scene.replace(cells=())).render(scene.cells, _stamp)


@dataclass(frozen=True, eq=False)
class Backdrop:
    """A scene but for its leukocytes, drawn once. density: float32 (H, W, 3), dyes on the glass so far; glass: its
    light; noise: the camera's. Nobody writes into them."""

    scene: Scene
    density: Floats
    glass: Floats
    noise: Floats

    @classmethod
    def of(cls, scene: Scene) -> Backdrop:
        """Red cells, particles, light and grain of `scene`."""
        density = np.empty((scene.height, scene.width, 3), np.float32)
        density[:] = np.array(scene.stain.plasma, np.float32)
        haemoglobin = draw_red_cells(scene.red_cells, scene.width, scene.height, scene.scale)
        density += haemoglobin[..., None] * np.array(scene.stain.haemoglobin, np.float32)
        draw_particles(density, [p for p in scene.particles if p.kind != "ghost"], scene.stain, scene.scale)
        glass = optics.illumination(scene.light, scene.width, scene.height)
        return cls(scene, density, glass, optics.grains(scene.camera, scene.width, scene.height))

    def render(self, cells: Sequence[Cell], stamp: Callable[[Cell, Stain, float], Stamp]) -> tuple[Rendered, list[int]]:
        """The picture with these leukocytes, and which of them are visible."""
        scene, density = self.scene, self.density.copy()
        regions, nuclei = _draw_leukocytes(density, [stamp(c, scene.stain, scene.scale) for c in cells])
        draw_particles(density, [p for p in scene.particles if p.kind == "ghost"], scene.stain, scene.scale)
        image = optics.add_noise(optics.expose(density, self.glass, scene.camera), self.noise, scene.camera)
        jpeg = optics.encode(image, scene.camera.quality)
        boxes, seen = boxes_of(regions, len(cells))
        regions, nuclei = _renumber(regions, seen), _renumber(nuclei, seen)
        kinds = tuple(cells[i].kind for i in seen)
        return Rendered(optics.decode(jpeg), boxes, kinds, regions, nuclei, jpeg), seen


#: A backdrop holds 17 MB at 800 × 600 px, a stamp about 100 kB.
_backdrop = lru_cache(maxsize=4)(Backdrop.of)
_stamp = lru_cache(maxsize=192)(draw_leukocyte)


def _draw_leukocytes(density: Floats, stamps: Sequence[Stamp]) -> tuple[Labels, Labels]:
    height, width = density.shape[:2]
    regions = np.zeros((height, width), np.int32)
    nuclei = np.zeros_like(regions)
    for i, stamp in enumerate(stamps, start=1):
        met = overlap(stamp.x0, stamp.y0, stamp.whole.shape, width, height)
        if met is None:
            continue
        there, here = met
        # A leukocyte lies on the glass: what it covers shows through only a little.
        density[there] *= (1 - np.float32(0.93) * stamp.cover[here])[..., None]
        density[there] += stamp.density[here]
        whole = stamp.whole[here]
        regions[there][whole] = i
        nuclei[there][whole] = np.where(stamp.nucleus[here][whole], i, 0)
    return regions, nuclei


def boxes_of(regions: Labels, n: int) -> tuple[NDArray[np.float32], list[int]]:
    """Boxes of the labels 1 … n that are present, float32 (M, 4), and which they are (label − 1)."""
    boxes, seen = [], []
    rows, columns = np.nonzero(regions)
    labels = regions[rows, columns]
    for i in range(n):
        mine = labels == i + 1
        if mine.any():
            x, y = columns[mine], rows[mine]
            boxes.append((x.min(), y.min(), x.max() + 1, y.max() + 1))
            seen.append(i)
    return np.array(boxes, np.float32).reshape(-1, 4), seen


def _renumber(labels: Labels, seen: list[int]) -> Labels:
    if seen == list(range(len(seen))) and labels.max(initial=0) <= len(seen):
        return labels
    number = np.zeros(int(labels.max(initial=0)) + 1, np.int32)
    for new, old in enumerate(seen, start=1):
        number[old + 1] = new
    return number[labels]
