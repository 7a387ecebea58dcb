"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    return [
        Component("detect", "nuclei", "leukcad_skimage.nuclei:Nuclei", "WBC nuclei by stain, classical; no training")
    ]
