"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    target = "leukcad_torchvision.classifier:Torchvision"
    return [Component("classify", "torchvision", target, "any classifier of torchvision, trained or fine-tuned")]
