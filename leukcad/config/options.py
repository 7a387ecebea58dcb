"""A component's options: its constructor's signature is their schema, checked by pydantic, with positions."""

from __future__ import annotations

import enum
import inspect
import json
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from leukcad.config.complaints import complain
from leukcad.config.nodes import Node, to_plain
from leukcad.config.paths import settle
from leukcad.config.places import Problem
from leukcad.errors import PluginError

_PREFIX = "option_"  # an option may be called `copy` or `schema`, which a model's attributes may not


@cache
def options_model(cls: type) -> type[BaseModel]:
    """The pydantic model of the keyword arguments of `cls`; anything else is forbidden.

    A constructor that ends in `**more` takes what that of its base class takes, too. Raises PluginError where the
    signature is no schema: an argument without a type, `**more` of nobody above, an unknown type.
    """
    try:
        fields = {_PREFIX + name: definition for name, definition in _arguments(cls).items()}
        config = ConfigDict(extra="forbid", allow_inf_nan=False, title=cls.__name__)
        model: type[BaseModel] = create_model(f"{cls.__name__}Options", __config__=config, **fields)
    except PluginError:
        raise
    except Exception as error:  # annotations are a stranger's code
        reason = " ".join(str(error).split())[:200]
        raise PluginError(f"{cls.__qualname__}: its constructor is no schema for options: {reason}") from error
    model.__doc__ = inspect.getdoc(cls) or ""
    return model


def _arguments(cls: type) -> dict[str, Any]:
    """The definition (type, field) of each argument, by name; for `**more` those of the class above come last."""
    constructors = [vars(owner)["__init__"] for owner in cls.__mro__[:-1] if "__init__" in vars(owner)]
    read: list[dict[str, Any]] = []
    for constructor in constructors:
        own, more = _own_arguments(cls, constructor)
        read.append(own)
        if more is None:
            break
        if len(read) == len(constructors):
            raise PluginError(f"{cls.__qualname__}: expected named arguments in its constructor, got {more}")
    arguments: dict[str, Any] = {}
    for own in reversed(read):
        new = {name: told for name, told in own.items() if name not in arguments}
        arguments = {**new, **arguments, **own}
    return arguments


def _own_arguments(cls: type, constructor: Any) -> tuple[dict[str, Any], inspect.Parameter | None]:
    """The definitions of a constructor's own arguments, and its `**more` if it has one."""
    hints = get_type_hints(constructor, include_extras=True)
    arguments: dict[str, Any] = {}
    more = None
    for name, parameter in list(inspect.signature(constructor).parameters.items())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            more = parameter
            continue
        if parameter.kind not in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            raise PluginError(f"{cls.__qualname__}: expected named arguments in its constructor, got {parameter}")
        if name not in hints:
            raise PluginError(f"{cls.__qualname__}: the argument '{name}' of its constructor has no type")
        default = ... if parameter.default is parameter.empty else parameter.default
        arguments[name] = (hints[name], Field(default, alias=name))
    return arguments, more


@cache
def _schema_text(cls: type) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a default that JSON cannot hold is left out, which is all we want
        try:
            schema = options_model(cls).model_json_schema(by_alias=True)
        except PluginError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise PluginError(f"{cls.__qualname__}: its options have no JSON Schema: {reason}") from error
    for part in (schema, *schema.get("$defs", {}).values()):
        if "properties" in part or part is schema:
            part.setdefault("additionalProperties", False)
    return json.dumps(schema)


def json_schema(cls: type) -> dict[str, Any]:
    """The JSON Schema of the options of `cls`."""
    schema: dict[str, Any] = json.loads(_schema_text(cls))
    return schema


def check_options(cls: type, node: Node, problems: list[Problem], must_exist: bool = True) -> dict[str, Any] | None:
    """The keyword arguments for `cls` out of a mapping (``use`` is not among them), defaults filled in.

    Adds every mistake to `problems`, at its place, and answers None then. Text is no number, true no number and 1.5
    no whole number. Files and folders may be missing if not `must_exist`.
    """
    if node.value is not None and not isinstance(node.value, Mapping):
        problems.append(Problem.at(node.place, f"expected a mapping of options, got {node.kind}"))
        return None
    entries = {key: child for key, child in node.mapping.items() if key != "use"}
    node = Node(entries, node.place, node.key, node.folder)
    model = options_model(cls)
    try:
        # JSON's strict mode: lists may become tuples and text paths, and nothing else becomes what it is not.
        checked = model.model_validate_json(json.dumps(to_plain(node)), strict=True, extra="forbid")
    except ValidationError as error:
        complain(error.errors(include_url=False), node, json_schema(cls), problems)
        return None
    missing: list[Problem] = []
    settled = {}
    for name in model.model_fields:
        option = name.removeprefix(_PREFIX)
        settled[option] = settle(getattr(checked, name), node.mapping.get(option), missing)
    if missing and must_exist:
        problems.extend(missing)
        return None
    return settled


def plain_options(value: Any) -> Any:
    """Checked options as YAML can hold them: models and mappings as dicts, tuples as lists, paths as text."""
    if isinstance(value, BaseModel):
        return {
            info.alias or name: plain_options(getattr(value, name)) for name, info in type(value).model_fields.items()
        }
    if isinstance(value, Mapping):
        return {str(key): plain_options(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [plain_options(child) for child in value]
    if isinstance(value, set | frozenset):
        return sorted((plain_options(child) for child in value), key=repr)
    if isinstance(value, enum.Enum):
        return plain_options(value.value)
    return str(value) if isinstance(value, Path) else value
