"""What pydantic found wrong, in our words and at the place where it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leukcad.config.nodes import Node
from leukcad.config.places import Place, Problem, nearest, one_of

Schema = Mapping[str, Any]

_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "string": "text",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
_BOUNDS = (("exclusiveMinimum", ">"), ("minimum", "≥"), ("exclusiveMaximum", "<"), ("maximum", "≤"))
# Complaints that the schema says better than pydantic: the kind of value and its bounds.
_BY_SCHEMA: tuple[str, ...] = (
    "_type",
    "_parsing",
    "_from_float",
    "greater_than",
    "less_than",
    "literal_error",
    "enum",
    "too_short",
)
_BY_SCHEMA += ("greater_than_equal", "less_than_equal", "too_long", "pattern_mismatch", "none_required")


def expected(schema: Schema, root: Schema) -> str:
    """What a JSON Schema allows, in words: "a whole number ≥ 1 or 'auto'"."""
    schema = _followed(schema, root)
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(expected(branch, root) for branch in branches))
    if "const" in schema or "enum" in schema:
        values = [_literal(value) for value in schema.get("enum", [schema.get("const")])]
        return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"
    text = _TYPES.get(str(schema.get("type")), "a value")
    bounds = [f"{sign} {schema[key]:g}" for key, sign in _BOUNDS if isinstance(schema.get(key), int | float)]
    if schema.get("type") == "array":
        text += _items(schema, root)
    elif "pattern" in schema:
        text += f" of the form {schema['pattern']}"
    elif schema.get("minLength"):
        text += f" of at least {schema['minLength']} character(s)"
    return f"{text} {' and '.join(bounds)}" if bounds else text


def complain(errors: Iterable[Mapping[str, Any]], node: Node, schema: Schema, problems: list[Problem]) -> None:
    """Add a problem for each of pydantic's `errors` about `node`, at its place; branches of a union make one."""
    said: set[Place | None] = set()
    for error in errors:
        at, part, rest = _locate(error["loc"], node, schema)
        kind = str(error["type"])
        if kind == "extra_forbidden":
            key = str(error["loc"][-1])
            parent, around, _ = _locate(error["loc"][:-1], node, schema)
            place = parent.mapping[key].key if key in parent.mapping else None
            problems.append(Problem.at(place or parent.place, one_of("key", key, _known(around, schema))))
        elif kind == "missing" and rest and isinstance(rest[-1], str):
            option = _child(part, rest[-1], schema)
            about = f": {option['description']}" if option.get("description") else ""
            problems.append(Problem.at(at.place, f"'{rest[-1]}' is missing{about}"))
        elif at.place not in said:
            said.add(at.place)
            problems.append(Problem.at(at.place, _message(kind, error, at, _followed(part, schema), schema)))


def _message(kind: str, error: Mapping[str, Any], at: Node, part: Schema, root: Schema) -> str:
    if kind == "finite_number":
        return f"expected a finite number, got {at.kind}"
    if kind in ("value_error", "assertion_error"):
        return str(error.get("ctx", {}).get("error", error["msg"]))
    if not (kind.endswith(_BY_SCHEMA) or kind == "missing"):
        return f"{error['msg'][:1].lower()}{error['msg'][1:]}, got {at.kind}"
    choices = part.get("enum")
    if choices and isinstance(at.value, str):
        return f"unknown value {at.kind}; {nearest(at.value, map(str, choices))}"
    came = f"a list of {len(at.items)}" if at.items and kind in ("too_short", "too_long", "missing") else at.kind
    return f"expected {expected(part, root)}, got {came}"


def _locate(loc: Sequence[str | int], node: Node, schema: Schema) -> tuple[Node, Schema, list[str | int]]:
    """The node and the schema at the end of `loc`, and what of `loc` names neither: a union's branch, a missing key."""
    part: Schema = schema
    rest: list[str | int] = []
    for name in loc:
        if isinstance(name, str) and name in node.mapping:
            node, part = node.mapping[name], _child(part, name, schema)
        elif isinstance(name, int) and 0 <= name < len(node.items):
            node, part = node.items[name], _child(part, name, schema)
        else:
            rest.append(name)
    return node, part, rest


def _followed(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root.get("$defs", {}).get(str(schema["$ref"]).rpartition("/")[2], {})
    return schema


def _child(schema: Schema, name: str | int, root: Schema) -> Schema:
    schema = _followed(schema, root)
    branches = schema.get("anyOf", schema.get("oneOf", ()))
    found = [part for branch in branches if (part := _child(branch, name, root))]
    if len(found) > 1:
        return {"anyOf": found}
    if found:
        return found[0]
    prefix = schema.get("prefixItems", ())
    child: Any
    if isinstance(name, int):
        child = prefix[name] if name < len(prefix) else schema.get("items")
    else:
        child = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
    return child if isinstance(child, Mapping) else {}


def _known(schema: Schema, root: Schema) -> set[str]:
    schema = _followed(schema, root)
    names = set(schema.get("properties", ()))
    for branch in schema.get("anyOf", schema.get("oneOf", ())):
        names |= _known(branch, root)
    return names


def _items(schema: Schema, root: Schema) -> str:
    prefix = schema.get("prefixItems")
    if prefix:
        return f" of {len(prefix)}: {', '.join(expected(item, root) for item in prefix)}"
    least, most = schema.get("minItems"), schema.get("maxItems")
    span = f" of {least or 0} to {most}" if most else f" of at least {least}" if least else ""
    inner = schema.get("items")
    return f"{span}, each {expected(inner, root)}" if isinstance(inner, Mapping) and inner else span


def _literal(value: object) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
