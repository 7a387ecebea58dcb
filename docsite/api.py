"""Reference pages of Python: mkdocstrings writes them from docstrings and annotations where these name an object."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Iterator

from commands import flat

#: What a plugin may lean on besides types and hooks; tests/test_layers.py keeps the same list.
KIT = (
    *("leukcad.training", "leukcad.boxes", "leukcad.features", "leukcad.options", "leukcad.labels", "leukcad.regions"),
    *(
        "leukcad.kinds",
        "leukcad.positions",
        "leukcad.data.images",
        "leukcad.data.tables",
        "leukcad.files",
        "leukcad.progress",
    ),
    *("leukcad.config", "leukcad.config.reading", "leukcad.config.nodes", "leukcad.testing"),
)
#: Of these modules, the names that plugins may use are fewer than they export.
FEW = {"leukcad.config": ("leukcad.config.paths.FilePath", "leukcad.config.paths.FolderPath")}
JOBS = ("run", "compare", "cross_validate", "Folds", "audit", "measure", "predict", "reproduce", "LeukcadError")
KINDS = ("Record", "Field", "Cells", "Crops", "Predictions", "Heatmap", "Examples", "Step", "Model")

PYTHON = """# Python

`import leukcad` costs nothing: what is named here is imported when it is used. A notebook shows it at work: [from
Python](../notebooks/python-way.md)."""

TYPES = """# Types

What flows through a pipeline. Tensors, checked when they are made: an error names the field, what was expected and what
came. No cells (N = 0) is an ordinary value everywhere."""

HOOKS = """# Hooks

What a component of each stage must answer. A hook may leave out arguments that it does not need, and never changes what
it is given. How a plugin is made: [write a plugin](../write-a-plugin.md)."""

PLUGINS = """# For plugins

What a plugin may import besides the [types](types.md) and the [hooks](hooks.md). All else is leukcad's own and may
change."""


def pages() -> dict[str, str]:
    """Site page → its text."""
    import leukcad
    from leukcad.hookspecs import EventSpecs, SeamSpecs, StageSpecs

    def public(names: Iterable[str]) -> list[str]:
        return _told(f"{getattr(leukcad, name).__module__}.{name}" for name in names)

    specs = (("What a seam answers", SeamSpecs), ("The stages", StageSpecs), ("The run's life", EventSpecs))
    hooks = [part for title, cls in specs for part in (f"## {title}", *_hooks(cls))]
    offer = ["## What an offer is", *public(["Component", "PluginError"]), "::: leukcad.hookspecs.hookimpl"]
    made = {
        "python": [PYTHON, *public(JOBS)],
        "types": [TYPES, *public(KINDS)],
        "hooks": [HOOKS, *hooks, *offer],
        "plugin-kit": [PLUGINS, *_kit(), "## The run that observers see", "::: leukcad.runs.Run"],
    }
    return {f"reference/{name}.md": "\n\n".join(parts) for name, parts in made.items()}


def _told(names: Iterable[str]) -> list[str]:
    return [f"::: {name}" for name in names]


def _hooks(cls: type) -> list[str]:
    return _told(f"leukcad.hookspecs.{cls.__name__}.{name}" for name in vars(cls) if name.startswith("leukcad_"))


def _kit() -> Iterator[str]:
    """What each public module exports: `__all__`, else its own functions and classes without an underscore."""
    for name in KIT:
        module = importlib.import_module(name)
        own = [key for key, value in vars(module).items() if getattr(value, "__module__", "") == name]
        exported = getattr(module, "__all__", None) or [key for key in own if not key.startswith("_")]
        summary = (inspect.getdoc(module) or "").partition("\n\n")[0]
        yield from (f"## {name}", flat(summary))
        if name in FEW:
            yield from _told(FEW[name])
            continue
        shown = {key: getattr(module, key) for key in exported}
        # an alias of annotations belongs to `typing`: mkdocstrings would look for it there
        ours = {key: value for key, value in shown.items() if getattr(value, "__module__", "").startswith("leukcad")}
        yield from _told(f"{value.__module__}.{key}" for key, value in ours.items() if callable(value))
