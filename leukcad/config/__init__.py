"""YAML to a checked specification; every complaint carries file:line:column; no code in YAML.

Names are imported when they are used, since pydantic takes its time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leukcad.config.augment import Augment as Augment
    from leukcad.config.bench import Audit as Audit
    from leukcad.config.bench import Series as Series
    from leukcad.config.options import check_options as check_options
    from leukcad.config.options import json_schema as json_schema
    from leukcad.config.paths import FilePath as FilePath
    from leukcad.config.paths import FolderPath as FolderPath
    from leukcad.config.places import ConfigError as ConfigError
    from leukcad.config.places import Problem as Problem
    from leukcad.config.schema import pipeline_schema as pipeline_schema
    from leukcad.config.spec import PipelineSpec as PipelineSpec
    from leukcad.config.spec import load_bench as load_bench
    from leukcad.config.spec import load_pipeline as load_pipeline
    from leukcad.config.uses import Use as Use
    from leukcad.config.writing import dump as dump

_HOMES = {
    "leukcad.config.augment": ("Augment",),
    "leukcad.config.bench": ("Audit", "Series"),
    "leukcad.config.options": ("check_options", "json_schema"),
    "leukcad.config.paths": ("FilePath", "FolderPath"),
    "leukcad.config.places": ("ConfigError", "Problem"),
    "leukcad.config.schema": ("pipeline_schema",),
    "leukcad.config.spec": ("PipelineSpec", "load_bench", "load_pipeline"),
    "leukcad.config.uses": ("Use",),
    "leukcad.config.writing": ("dump",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'leukcad.config' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
