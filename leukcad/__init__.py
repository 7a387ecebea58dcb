"""leukcad: computer-aided diagnosis of leukaemia in blood smears, and whether it is right for the right reason.

Research software, never a medical device. Names are imported when they are used: `import leukcad` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from leukcad.audits import audit as audit
    from leukcad.errors import LeukcadError as LeukcadError
    from leukcad.errors import PluginError as PluginError
    from leukcad.folds import Folds as Folds
    from leukcad.hookspecs import Component as Component
    from leukcad.hookspecs import hookimpl as hookimpl
    from leukcad.measures import measure as measure
    from leukcad.reproducing.again import reproduce as reproduce
    from leukcad.step import Model as Model
    from leukcad.step import Step as Step
    from leukcad.study import compare as compare
    from leukcad.study import cross_validate as cross_validate
    from leukcad.study import predict as predict
    from leukcad.study import run as run
    from leukcad.types import Cells as Cells
    from leukcad.types import Crops as Crops
    from leukcad.types import Examples as Examples
    from leukcad.types import Field as Field
    from leukcad.types import Heatmap as Heatmap
    from leukcad.types import Predictions as Predictions
    from leukcad.types import Record as Record

_HOMES = {
    "leukcad.audits": ("audit",),
    "leukcad.errors": ("LeukcadError", "PluginError"),
    "leukcad.hookspecs": ("Component", "hookimpl"),
    "leukcad.measures": ("measure",),
    "leukcad.reproducing.again": ("reproduce",),
    "leukcad.step": ("Model", "Step"),
    "leukcad.types": ("Cells", "Crops", "Examples", "Field", "Heatmap", "Predictions", "Record"),
    "leukcad.folds": ("Folds",),
    "leukcad.study": ("compare", "cross_validate", "predict", "run"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = [*_HOME, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'leukcad' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
