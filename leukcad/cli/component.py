"""What a component is and which options it takes, out of its JSON Schema."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

import typer

Row = tuple[str, str, str, str]
MANY = 8  # more values than these are listed apart


def describe(name: str, *, as_json: bool = False) -> None:
    """Print every component called `name` with its options; as JSON, the schema of its options by stage.

    Raises `LeukcadError` if there is none.
    """
    from leukcad.cli import talk
    from leukcad.config import json_schema
    from leukcad.config.places import one_of
    from leukcad.errors import LeukcadError
    from leukcad.host import discover

    host = discover()
    found = [offer for (_, known), offer in sorted(host.offers.items()) if known == name]
    if not found:
        raise LeukcadError(one_of("component", name, {known for _, known in host.offers}))
    schemas = {offer.component.stage: json_schema(host.load(offer.component.stage, name)) for offer in found}
    if as_json:
        talk.print_json(schemas)
        return
    for offer in found:
        stage = offer.component.stage
        schema = schemas[stage]
        typer.echo(f"{stage} {name} ({offer.origin})")
        typer.echo(f"  {schema.get('description') or offer.component.summary}\n".replace("\n", "\n  ").rstrip())
        parts = schema.get("$defs", {})
        talk.print_table(list(options(schema, parts)), indent="  ")
        for option, told in schema.get("properties", {}).items():
            if len(names := _resolved(told, parts).get("enum", ())) > MANY:
                text = f"{option}: {', '.join(map(str, names))}"
                typer.echo(textwrap.fill(text, 100, initial_indent="  ", subsequent_indent="    "))


def options(schema: dict[str, Any], parts: dict[str, Any], before: str = "") -> Iterator[Row]:
    """(dotted name, type, default, what it means) of each option; those of nested mappings after their dot."""
    for name, told in schema.get("properties", {}).items():
        inner = _resolved(told, parts)
        if "properties" in inner:
            yield from options(inner, parts, f"{before}{name}.")
            continue
        needed = name in schema.get("required", ())
        default = "required" if needed else f"= {json.dumps(told.get('default'), ensure_ascii=False)}"
        yield f"{before}{name}", kind(told, parts), default, told.get("description", "")


def kind(told: dict[str, Any], parts: dict[str, Any]) -> str:
    """The type of an option in a word or two: `integer ≥ 1`, `adam | sgd`, `number or null`."""
    told = _resolved(told, parts)
    if "anyOf" in told:
        return " or ".join(dict.fromkeys(kind(one, parts) for one in told["anyOf"]))
    if "enum" in told:
        names = told["enum"]
        return " | ".join(map(str, names)) if len(names) <= MANY else f"one of {len(names)}"
    if "const" in told:
        return str(told["const"])
    if told.get("type") == "array" and isinstance(told.get("items"), dict):
        return f"list of {kind(told['items'], parts)}"
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {told[key]:g}" for key, sign in signs.items() if key in told]
    return " ".join([told.get("format") or told.get("type", "anything"), *limits])


def _resolved(told: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    reference = told.get("$ref")
    return parts[reference.rpartition("/")[2]] if reference else told
