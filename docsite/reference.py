"""Reference pages that are made from the plugins and the checker: keys of pipeline files, components, packages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import places
from commands import cell, code, flat


def shelves() -> str:
    """The list of packages: those of this repository, and the examples from outside."""
    lines = [
        "# Plugins",
        "",
        "Each is a package of its own. What its components take: [components](../reference/components.md).",
    ]
    for shelf, title in (("plugins", "In this repository"), ("examples", "From outside, as examples")):
        lines += ["", f"## {title}", ""]
        for source, page in sorted(places.pages().items()):
            if page.startswith(f"{shelf}/"):
                first = (places.ROOT / source).read_text(encoding="utf-8").split("\n\n")[1]
                lines.append(f"- [{page.split('/')[1].removesuffix('.md')}](../{page}): {' '.join(first.split())}")
    return "\n".join(lines)


def keys() -> str:
    """The keys of a pipeline file that are no components."""
    from leukcad.config import json_schema
    from leukcad.config.keys import SPLITS, AuditKeys, Plain, SeriesKeys, Threshold

    lines = [
        "# Keys of pipeline files",
        "",
        "Made from the checker's own signatures; how files are written and laid over each other:",
        "[pipeline files](../pipeline-files.md). `data`, `test`, `tests`, `cells`, `steps` and `observe` name",
        "[components](components.md). The [JSON Schema](../files/pipeline.schema.json) of a whole file holds it all.",
    ]
    parts = [("Plain values", Plain), ("`synthesize`, beside its component's options", SeriesKeys)]
    parts += [("`threshold`", Threshold), ("`audit`", AuditKeys), *((f"`split: {n}`", c) for n, c in SPLITS.items())]
    for title, cls in parts:
        schema = json_schema(cls)
        lines += ["", f"## {title}", "", flat(schema.get("description", "")), "", *table(schema)]
    return "\n".join(lines)


def components() -> str:
    """Every component of this repository's plugins, by stage, with its options."""
    from leukcad.config import json_schema
    from leukcad.hookspecs import STAGES
    from leukcad.host import discover

    host = discover()
    known = {path.parent.name for path in (places.ROOT / "plugins").glob("*/pyproject.toml")}
    lines = [
        "# Components",
        "",
        "Those of this repository's plugins, with the options that their constructors take. What is installed where",
        "you are: `leukcad plugins`; one with its options: `leukcad plugins NAME`.",
    ]
    for stage in STAGES:
        lines += ["", f"## {stage}"]
        for name in host.names(stage):
            offer = host.offers[stage, name]
            if offer.distribution not in known:
                continue
            schema = json_schema(host.load(stage, name))
            lines += ["", f"### `{stage}: {name}`", "", flat(schema.get("description") or offer.component.summary)]
            page = f"../plugins/{offer.distribution}.md"
            lines += ["", f"Of [{offer.distribution}]({page}).", "", *table(schema)]
    return "\n".join(lines)


def table(schema: dict[str, Any]) -> Iterator[str]:
    """Options as a table, none without options."""
    from leukcad.cli.component import kind, options

    rows = list(options(schema, parts := schema.get("$defs", {})))
    if not rows:
        yield "It takes no options."
        return
    yield from ("| option | type | default | |", "| --- | --- | --- | --- |")
    for name, type_, default, meaning in rows:
        yield f"| {code(name)} | {cell(type_)} | {code(default.removeprefix('= '))} | {cell(meaning)} |"
    for name, told in schema.get("properties", {}).items():
        many = parts[told["$ref"].rpartition("/")[2]] if "$ref" in told else told
        if kind(told, parts).startswith("one of "):
            yield f"\n{code(name)}: {', '.join(map(code, map(str, many['enum'])))}"


def schema() -> str:
    """The JSON Schema of pipeline files, with every component that is installed."""
    from leukcad.config import pipeline_schema
    from leukcad.host import discover

    return json.dumps(pipeline_schema(discover()), indent=1, ensure_ascii=False)
