"""What this plugin offers."""

from __future__ import annotations

from leukcad import Component, hookimpl


@hookimpl
def leukcad_components() -> list[Component]:
    """The components of this distribution."""
    target = "leukcad_onnx.classifier:Onnx"
    return [Component("classify", "onnx", target, "a network out of an ONNX file, as it is; it does not learn")]
