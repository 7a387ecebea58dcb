"""A scene becomes pixels with exact truth. The same scene gives the same bytes, whatever was rendered before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukcad_smears import optics
from leukcad_smears.leukocytes import draw_leukocyte
from leukcad_smears.particles import draw_particles
from leukcad_smears.red_cells import draw_red_cells
from leukcad_smears.scene import Scene
from leukcad_smears.shapes import overlap

#: Part of every cache key: raised whenever a scene's pixels change.
RENDERER = 4

Labels = NDArray[np.int32]


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
    density = np.empty((scene.height, scene.width, 3), np.float32)
    density[:] = np.array(scene.stain.plasma, np.float32)
    haemoglobin = draw_red_cells(scene.red_cells, scene.width, scene.height, scene.scale)
    density += haemoglobin[..., None] * np.array(scene.stain.haemoglobin, np.float32)
    draw_particles(density, [p for p in scene.particles if p.kind != "ghost"], scene.stain, scene.scale)
    regions, nuclei = _draw_leukocytes(density, scene)
    draw_particles(density, [p for p in scene.particles if p.kind == "ghost"], scene.stain, scene.scale)
    image = optics.add_noise(optics.expose(density, scene.light, scene.camera), scene.camera)
    jpeg = optics.encode(image, scene.camera.quality)
    boxes, seen = boxes_of(regions, len(scene.cells))
    regions, nuclei = _renumber(regions, seen), _renumber(nuclei, seen)
    kinds = tuple(scene.cells[i].kind for i in seen)
    return Rendered(optics.decode(jpeg), boxes, kinds, regions, nuclei, jpeg)


def _draw_leukocytes(density: NDArray[np.float32], scene: Scene) -> tuple[Labels, Labels]:
    regions = np.zeros((scene.height, scene.width), np.int32)
    nuclei = np.zeros_like(regions)
    for i, cell in enumerate(scene.cells, start=1):
        stamp = draw_leukocyte(cell, scene.stain, scene.scale)
        met = overlap(stamp.x0, stamp.y0, stamp.whole.shape, scene.width, scene.height)
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
