"""The JSON Schema of a whole pipeline file, for editors: what `load_pipeline` checks, as far as a schema can say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leukcad.config.keys import SPLITS, AuditKeys, AugmentKeys, Plain, SeriesKeys, Threshold
from leukcad.config.options import json_schema
from leukcad.config.steps import RANKS
from leukcad.errors import LeukcadError

if TYPE_CHECKING:
    from leukcad.host import Host

Schema = dict[str, Any]


def pipeline_schema(host: Host) -> Schema:
    """The JSON Schema (draft 2020-12) of pipeline and bench files, with the options of every component on offer.

    A component whose class cannot be imported is left out. Nothing is required at the top: a file may be half of
    another one (``extends``).
    """
    made = _Maker(host)
    data = made.choice("data")
    plain = made.defined("plain", json_schema(Plain))
    series = made.defined("series", json_schema(SeriesKeys))["properties"] | {"donors": data}
    augment = made.defined("augment", json_schema(AugmentKeys))["properties"] | {"donors": data}
    audit = made.defined("audit", json_schema(AuditKeys))
    extends = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    steps = [_object({stage: made.choice(stage)}, [stage]) for stage in RANKS]
    over = _object({stage: made.choice(stage) for stage in RANKS}, [])  # laid over the steps of another file
    properties = {
        "extends": {**extends, "description": "files that this one is laid over, later ones over earlier ones"},
        **plain["properties"],
        "data": data,
        "cells": data,
        "test": {"anyOf": [data, {"type": "null"}]},  # null: none, whatever the extended file says
        "tests": {"type": "object", "additionalProperties": data},
        "split": _uses({name: json_schema(cls) for name, cls in SPLITS.items()}, {}, made, "split"),
        "synthesize": made.choice("synthesize", series),
        "threshold": {key: value for key, value in json_schema(Threshold).items() if key != "title"},
        "audit": {"description": audit["description"], **_object(audit["properties"] | {"donors": data}, [])},
        "augment": made.choice("synthesize", augment, "augment"),
        "steps": {"anyOf": [{"type": "array", "items": {"anyOf": steps}, "minItems": 1}, over]},
        "observe": {"type": "array", "items": made.choice("observe")},
    }
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "leukcad pipeline"}
    return {**head, **_object(properties, []), "$defs": made.defs}


class _Maker:
    """Gathers definitions under names of their own, since every component's schema brings some."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.defs: Schema = {}

    def choice(self, stage: str, more: Schema | None = None, named: str = "") -> Schema:
        """A reference to: any component of `stage`, bare or with options; `more` keys are allowed beside.

        What takes other keys beside than the stage's first choice is `named`.
        """
        name = f"any-{named or stage}"
        if name not in self.defs:
            found = {}
            for component in self.host.names(stage):
                try:
                    found[component] = json_schema(self.host.load(stage, component))
                except LeukcadError:
                    continue
            self.defs[name] = _uses(found, more or {}, self, stage)
        return {"$ref": f"#/$defs/{name}"}

    def defined(self, owner: str, schema: Schema) -> Schema:
        """`schema` with its own definitions moved here, under `owner`'s name."""
        inner = schema.get("$defs", {})
        for name, part in inner.items():
            self.defs[f"{owner}-{name}"] = _renamed(part, owner)
        moved: Schema = _renamed({key: value for key, value in schema.items() if key != "$defs"}, owner)
        return moved


def _uses(found: dict[str, Schema], more: Schema, made: _Maker, stage: str) -> Schema:
    """One of `found`: its bare name, or ``use`` and its options; or options alone, for a file that extends another."""
    branches: list[Schema] = [{"enum": list(found)}] if found else []
    for name, schema in found.items():
        own = made.defined(f"{stage}-{name}", schema)
        properties = {"use": {"const": name}, **own.get("properties", {}), **more}
        branch = _object(properties, ["use", *own.get("required", [])])
        branches.append({**branch, **{key: own[key] for key in ("title", "description") if key in own}})
    branches.append({"type": "object", "not": {"required": ["use"]}})
    return {"anyOf": branches}


def _object(properties: Schema, required: list[str]) -> Schema:
    shape: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**shape, "required": required} if required else shape


def _renamed(part: Any, owner: str) -> Any:
    if isinstance(part, dict):
        return {
            key: f"#/$defs/{owner}-{value.rpartition('/')[2]}"
            if key == "$ref" and isinstance(value, str)
            else _renamed(value, owner)
            for key, value in part.items()
        }
    return [_renamed(item, owner) for item in part] if isinstance(part, list) else part
