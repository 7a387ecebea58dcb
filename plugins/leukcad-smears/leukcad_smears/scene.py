"""What a simulated field holds, as plain data: the same scene always renders to the same pixels.

Lengths are pixels of the rendered field, angles radians, stain vectors optical density per unit of dye for R, G, B.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RGB = tuple[float, float, float]

#: Leukocyte kinds that the simulator draws; `complete` in a simulated field.
WBC_KINDS = (
    "lymphoblast",
    "lymphocyte",
    "neutrophil",
    "monocyte",
    "eosinophil",
    "basophil",
    "reactive_lymphocyte",
    "smudge",
)
HEALTHY_KINDS = WBC_KINDS[1:]


@dataclass(frozen=True)
class Cell:
    """One leukocyte.

    share: intended nucleus share of the cell's area. chromatin: 0 fine and open … 1 coarse and dense. nucleoli, lobes:
    numbers. blueness: depth of the cytoplasm. depth: overall stain uptake. seed: texture and outline.
    """

    kind: str
    x: float
    y: float
    diameter: float
    angle: float = 0.0
    elongation: float = 1.0
    share: float = 0.5
    chromatin: float = 0.5
    nucleoli: int = 0
    lobes: int = 1
    blueness: float = 0.5
    depth: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class RedCell:
    """One erythrocyte. pallor: 0 none … 1 a pale centre; crenation: relative height of spikes; depth: haemoglobin."""

    x: float
    y: float
    diameter: float
    angle: float = 0.0
    elongation: float = 1.0
    pallor: float = 0.5
    crenation: float = 0.0
    depth: float = 1.0
    spot: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Particle:
    """A platelet, or debris: kind is platelet, precipitate, dust, fibre or ghost (a pale, out-of-focus mark)."""

    kind: str
    x: float
    y: float
    size: float
    angle: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Stain:
    """Colours of the dyes, as optical density (R, G, B) per unit: what a laboratory's stain makes of each substance."""

    haemoglobin: RGB = (0.20, 0.42, 0.29)
    chromatin: RGB = (1.05, 1.50, 0.45)
    basophilia: RGB = (0.55, 0.50, 0.12)
    lilac: RGB = (0.25, 0.42, 0.15)
    orange: RGB = (0.25, 0.75, 0.62)
    plasma: RGB = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Light:
    """Illumination: colour of clear glass (0–1), a slope and a vignette (share of full scale), one flare spot."""

    colour: RGB = (0.86, 0.84, 0.80)
    slope: float = 0.0
    slope_angle: float = 0.0
    vignette: float = 0.0
    flare: float = 0.0
    flare_x: float = 0.5
    flare_y: float = 0.5
    flare_size: float = 0.1
    flare_colour: RGB = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Camera:
    """Optics and sensor.

    blur: sigma px. mix: how much each channel leaks into the others. noise: read and shot, grey levels at mid scale.
    grain: its correlation, sigma px. sharpen: unsharp amount. quality: of the JPEG. seed: of the noise.
    """

    name: str = "a"
    gain: RGB = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    blur: float = 0.8
    mix: float = 0.0
    noise: float = 2.0
    grain: float = 0.6
    sharpen: float = 0.3
    quality: int = 92
    seed: int = 0


@dataclass(frozen=True)
class Scene:
    """A field of view. scale: pixels per µm."""

    width: int = 800
    height: int = 600
    scale: float = 4.75
    cells: tuple[Cell, ...] = ()
    red_cells: tuple[RedCell, ...] = ()
    particles: tuple[Particle, ...] = ()
    stain: Stain = Stain()
    light: Light = Light()
    camera: Camera = Camera()
    seed: int = 0

    def replace(self, **changes: Any) -> Scene:
        """A copy with `changes`."""
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, strings, numbers; `from_dict` is the way back. Red cells are rows of numbers."""
        return {
            "width": self.width,
            "height": self.height,
            "scale": self.scale,
            "seed": self.seed,
            "cells": [dataclasses.asdict(c) for c in self.cells],
            "red_cells": [list(dataclasses.astuple(r)) for r in self.red_cells],
            "particles": [dataclasses.asdict(p) for p in self.particles],
            "stain": {k: list(v) for k, v in dataclasses.asdict(self.stain).items()},
            "light": _listed(dataclasses.asdict(self.light)),
            "camera": _listed(dataclasses.asdict(self.camera)),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scene:
        """The scene that `to_dict` wrote. Raises TypeError for unknown or missing parts."""
        return cls(
            width=data["width"],
            height=data["height"],
            scale=data["scale"],
            seed=data["seed"],
            cells=tuple(Cell(**c) for c in data["cells"]),
            red_cells=tuple(RedCell(*row) for row in data["red_cells"]),
            particles=tuple(Particle(**p) for p in data["particles"]),
            stain=Stain(**_tupled(data["stain"])),
            light=Light(**_tupled(data["light"])),
            camera=Camera(**_tupled(data["camera"])),
        )

    def to_json(self) -> str:
        """Canonical JSON: equal scenes give equal text."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Scene:
        """The scene that `to_json` wrote."""
        return cls.from_dict(json.loads(text))

    def digest(self) -> str:
        """sha256 of the canonical JSON."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def _listed(data: dict[str, Any]) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in data.items()}


def _tupled(data: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
