"""`recolour` and `background`: the same cells in another stain, or on another ground."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Option

from leukcad.errors import LeukcadError
from leukcad_smears.editing.edit import How, Task
from leukcad_smears.editing.host import HOSTS
from leukcad_smears.editing.once import Once, Told, to_bytes
from leukcad_smears.editing.workpiece import Workpiece
from leukcad_smears.scene import RGB, Light, Scene, Stain

if TYPE_CHECKING:
    from leukcad import Field

Vector = NDArray[np.float64]

#: Fields that a mean stain is taken from; more change it little.
MOST = 24


class Recolour(Once):
    """A field brought to the mean stain and light of another class, its cells left as they are.

    Donors are fields or single cells; those of another class than the field's are the model (all, where no class
    differs). Drawn: the means of the dyes, of the light's colour and of the camera's. In pixels: density is mapped
    linearly so that red cells and nuclei get the model's densities, and clear plasma its colour.
    """

    def __init__(self, *, how: How = "auto") -> None:
        super().__init__(how)

    def scene(self, scene: Scene, task: Task) -> tuple[Scene, Told]:
        """Mean dyes, mean colour of the light and of the camera; its focus and noise stay."""
        models = [Scene.from_dict(f.scene) for f in _models(task) if f.scene is not None]
        if not models:
            raise LeukcadError(
                f"recolouring {task.host.field.record.id}: expected donors whose scene is known, got pixels only",
                cure="set `how: paste`, or give simulated donors",
            )
        stain = Stain(**{d.name: _mean([getattr(m.stain, d.name) for m in models]) for d in dataclasses.fields(Stain)})
        colour = _mean([m.light.colour for m in models])
        cameras = [m.camera for m in models]
        camera = dataclasses.replace(
            scene.camera,
            gain=_mean([c.gain for c in cameras]),
            gamma=float(np.mean([c.gamma for c in cameras])),
            mix=float(np.mean([c.mix for c in cameras])),
        )
        light = dataclasses.replace(scene.light, colour=colour)
        changed = scene.replace(stain=stain, light=light, camera=camera)
        return changed, {"donors": len(models)}

    def pixels(self, work: Workpiece, task: Task) -> Told:
        """By optical density."""
        host, seen = task.host, task.host.survey
        others = [HOSTS.glance(f) for f in _models(task)]
        pairs = []
        for own, theirs in (
            (seen.red_density, [o.red_density for o in others]),
            (seen.nucleus_density, [o.nucleus_density for o in others]),
        ):
            known = [t for t in theirs if t is not None]
            if own is not None and known:
                pairs.append((np.array(own), np.median(np.array(known), axis=0)))
        if not pairs:
            raise LeukcadError(
                f"recolouring {host.field.record.id}: expected red cells or nuclei in it and in the donors, found none",
                cure="give donors that show red cells and nuclei",
            )
        white = np.median([np.median(o.white.reshape(-1, 3), axis=0) for o in others], axis=0)
        own_white = np.median(seen.white.reshape(-1, 3), axis=0)
        matrix = _map(pairs).astype(np.float32)
        density = np.log((host.white + 1) / (work.image.astype(np.float32) + 1)) @ matrix.T
        ground = host.white * (white / own_white).astype(np.float32)
        work.image = to_bytes((ground + 1) * np.exp(-density) - 1)
        return {"donors": len(others)}


class Background(Once):
    """Another colour of the light, so of the ground and of all on it; cells and dyes as they are."""

    def __init__(
        self,
        *,
        tint: Annotated[
            tuple[float, float, float], Option(description="factors of red, green and blue light, 0.5 to 1.5")
        ] = (1.06, 1.0, 0.90),
        how: How = "auto",
    ) -> None:
        super().__init__(how)
        if not all(0.5 <= t <= 1.5 for t in tint):
            raise LeukcadError(f"background: expected three factors from 0.5 to 1.5 as `tint`, got {tint}")
        self.tint = tint

    def scene(self, scene: Scene, task: Task) -> tuple[Scene, Told]:
        """The light's colour."""
        colour = _rgb(np.array(scene.light.colour) * self.tint)
        light: Light = dataclasses.replace(scene.light, colour=colour)
        return scene.replace(light=light), {"tint": list(self.tint)}

    def pixels(self, work: Workpiece, task: Task) -> Told:
        """Every pixel by the same factors."""
        work.image = to_bytes(work.image.astype(np.float32) * np.array(self.tint, np.float32))
        return {"tint": list(self.tint)}


def _models(task: Task) -> Sequence[Field]:
    record = task.host.field.record
    strangers = [d for d in task.donors if d.record.source != record.source]
    others = [d for d in strangers if d.record.label != record.label] or strangers
    if not others:
        raise LeukcadError(
            f"recolouring {record.id}: expected donors whose stain it gets, got none",
            cure="give `donors`: fields or cells of the other class",
        )
    return others[:: -(-len(others) // MOST)]


def _map(pairs: Sequence[tuple[Vector, Vector]]) -> Vector:
    """3 × 3, taking each first vector to its second; across them densities change as much as on the average."""
    ratio = np.mean([np.linalg.norm(b) / max(float(np.linalg.norm(a)), 1e-3) for a, b in pairs])
    if len(pairs) == 1:
        own, wanted = pairs[0]
        return np.asarray(np.diag(np.clip(wanted / np.maximum(own, 0.02), 0.2, 5)))
    first, second = (np.stack([pair[k] for pair in pairs], axis=1) for k in (0, 1))
    first = np.column_stack([first, np.cross(first[:, 0], first[:, 1])])
    across = np.cross(second[:, 0], second[:, 1])
    length = float(np.linalg.norm(across))
    if abs(np.linalg.det(first)) < 1e-6 or length < 1e-6:
        return np.asarray(np.eye(3) * ratio)
    second = np.column_stack([second, across / length * ratio * np.linalg.norm(first[:, 2])])
    return np.asarray(second @ np.linalg.inv(first))


def _mean(colours: Sequence[RGB]) -> RGB:
    return _rgb(np.mean(np.array(colours), axis=0))


def _rgb(values: NDArray[np.floating]) -> RGB:
    r, g, b = (round(float(v), 4) for v in values)
    return r, g, b
