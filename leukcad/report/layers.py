"""Heat maps as layers that a page lays over the greyed field: small, clear where cold, on a scale that is shared."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukcad.report.colours import heat_colours
from leukcad.report.pictures import heat_scale, resized, save, values_of, weight_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from leukcad.types import Heatmap

KEPT = 512  # px of the longer side of a layer: heat maps are coarse


def heat_layer(values: NDArray[Any], vmax: float) -> NDArray[Any]:
    """Heat values (h, w), ≥ 0, as colours with opacity, uint8 (h, w, 4); `vmax` is the hottest colour.

    Laid over a greyed field it shows what `pictures.overlay_heat` draws.
    """
    import numpy as np

    share = np.clip(values / vmax, 0.0, 1.0)
    opacity = 255 * weight_of(share)
    return np.concatenate([heat_colours(share), opacity[..., None]], axis=-1).round().astype(np.uint8)


@dataclass(eq=False)
class HeatAlbum:
    """Heat maps that will be drawn on one scale a pipeline, once all of them are known; kept small until then."""

    waiting: dict[str, list[tuple[Path, NDArray[Any]]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, path: Path, heat: Heatmap | NDArray[Any]) -> None:
        """Keep one map of pipeline `name` for `path`, a .webp or .png file."""
        values = values_of(heat)
        shrink = min(1.0, KEPT / max(values.shape))
        small = resized(values, max(1, round(values.shape[1] * shrink)), max(1, round(values.shape[0] * shrink)))
        self.waiting[name].append((path, small))

    def draw(self) -> dict[str, float]:
        """Write all layers; returns the value of the hottest colour of each pipeline."""
        scales = {name: heat_scale([values for _, values in entries]) for name, entries in self.waiting.items()}
        for name, entries in self.waiting.items():
            for path, values in entries:
                save(path, heat_layer(values, scales[name]))
        self.waiting.clear()
        return scales
