"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    return [Component("classify", "timm", "leukcad_timm.classifier:Timm", "any classifier of timm, by its name there")]
