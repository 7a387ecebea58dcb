"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    return [
        Component("detect", "nuclei", "leukcad_skimage.nuclei:Nuclei", "WBC nuclei by stain, classical; no training"),
        Component(
            "segment", "nucleus-cytoplasm", "leukcad_skimage.segmenter:NucleusCytoplasm", "nucleus and cell by stain"
        ),
    ]
