"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The component of this distribution."""
    where = "leukcad_tensorboard.tracker:Tensorboard"
    return [Component("observe", "tensorboard", where, "learning curves, times and results for TensorBoard")]
