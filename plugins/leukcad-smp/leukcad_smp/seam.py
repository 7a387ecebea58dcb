"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    return [
        Component("segment", "smp", "leukcad_smp.segmenter:Smp", "U-Net, U-Net++, DeepLabV3+ or FPN, any smp encoder")
    ]
