"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The component of this distribution."""
    where = "leukcad_banik.component:Banik"
    return [Component("segment", "banik2020", where, "nuclei by HSV × Lab and 2-means; finds the cells itself")]
