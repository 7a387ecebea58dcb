"""Paths in options: `FilePath` and `FolderPath` mark what must exist; relative ones are looked up by simple rules."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from leukcad.config.nodes import Node
from leukcad.config.places import Problem

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

DATA_VARIABLE = "LEUKCAD_DATA"


@dataclass(frozen=True)
class Pending:
    """A path as it was written, until `settle` knows in which file that was."""

    text: str
    kind: Literal["file", "folder"]


@dataclass(frozen=True)
class PathMarker:
    """Marks a `Path` option that must be an existing file or folder when a pipeline is checked."""

    kind: Literal["file", "folder"]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Takes text; what comes out is still to be looked up."""
        from pydantic_core import core_schema

        text = core_schema.str_schema(min_length=1)
        schema = core_schema.no_info_after_validator_function(lambda value: Pending(value, self.kind), text)
        schema["serialization"] = core_schema.to_string_ser_schema(when_used="json")
        return schema


FilePath = Annotated[Path, PathMarker("file")]
FolderPath = Annotated[Path, PathMarker("folder")]


def settle(value: Any, node: Node | None, problems: list[Problem]) -> Any:
    """`value` with its paths made absolute; `node` is where it was written, None for a default.

    `FilePath` and `FolderPath` count from the YAML file, then the working directory, then $LEUKCAD_DATA, and must be
    there; a plain `Path` counts from the YAML file.
    """
    from pydantic import BaseModel

    if isinstance(value, Pending):
        return _found(value, node or _here(), problems)
    if isinstance(value, Path) and node is not None:
        return _absolute(Path(node.folder, value.expanduser()))
    if isinstance(value, BaseModel):
        changes = {}
        for name, info in type(value).model_fields.items():
            old = getattr(value, name)
            child = node.mapping.get(info.alias or name) if node is not None else None
            new = settle(old, child, problems)
            if new is not old:
                changes[name] = new
        return value.model_copy(update=changes) if changes else value
    if isinstance(value, dict):
        inner = node.mapping if node is not None else {}
        return {key: settle(child, inner.get(str(key)), problems) for key, child in value.items()}
    if isinstance(value, list | tuple) and node is not None and len(node.items) == len(value):
        return type(value)([settle(child, at, problems) for child, at in zip(value, node.items, strict=True)])
    return value


def _here() -> Node:
    from leukcad.config.nodes import from_plain

    return from_plain(None, "the default")


def _absolute(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))


def _found(wanted: Pending, node: Node, problems: list[Problem]) -> Path:
    written = Path(wanted.text).expanduser() if "\0" not in wanted.text else Path("?")
    data = os.environ.get(DATA_VARIABLE)
    folders = [Path(node.folder), Path.cwd(), *([Path(data)] if data else [])]
    tried = list(dict.fromkeys(_absolute(folder / written) for folder in folders))
    other = None
    for path in tried:
        try:
            if path.is_file() if wanted.kind == "file" else path.is_dir():
                return path
            other = other or (path if path.exists() else None)
        except OSError:  # a name too long, or a folder that may not be entered: not there for us
            continue
    if other is not None:
        message = f"expected a {wanted.kind}; '{other}' is something else"
    else:
        places = ", ".join(f"'{path}'" for path in tried)
        message = f"there is no {wanted.kind} {wanted.text!r}; looked at {places}"
        if not data and not written.is_absolute():
            message += f" (${DATA_VARIABLE} can name a further folder)"
    problems.append(Problem.at(node.place, message))
    return tried[0]
