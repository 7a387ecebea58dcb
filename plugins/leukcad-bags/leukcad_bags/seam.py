"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    return [Component("classify", "bag", "leukcad_bags.classifier:Bag", "a field as a bag of tiles, pooled")]
