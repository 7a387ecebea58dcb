"""The page of a measurement: its tables, and the pictures of the worst."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leukcad.files import atomic_write, disk_errors
from leukcad.measuring import words
from leukcad.measuring.worst import KINDS
from leukcad.report.page import banner, put, render
from leukcad.report.view import url

JSON = "measure.json"


def clear(folder: Path) -> None:
    """Make `folder`, and take away the pictures of the measurement before."""
    with disk_errors(folder, "write"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder / "pictures", ignore_errors=True)


def write(folder: Path, told: Mapping[str, Any]) -> Path:
    """Write measure.json and the page into `folder`; returns the page's path. The pictures lie there already."""
    atomic_write(folder / JSON, json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    return put(folder, render("measure.html.j2", shown_of(told)))


def shown_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """All that the template prints."""
    return {
        "told": told,
        "banner": banner(told["data"]),
        "head": words.HEAD,
        "sets": [_set(told, name) for name in told["sets"]],
        "galleries": [
            {"model": name, "set": of, "kinds": _gallery(rows)}
            for name, sets in told["worst"].items()
            for of, rows in sets.items()
        ],
    }


def _set(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    rows, sizes, classes = [], [], []
    asked: dict[str, str] = {}
    for model, sets in told["figures"].items():
        for view, found in sets[name].items():
            who = {"model": model, "view": view}
            rows.append({**who, "cells": words.cells_of(found), "found": found})
            asked[model] = words.asked(found)
            sizes += [{**who, **size, "words": _size(size)} for size in found["sizes"]]
            classes += [{**who, "class": c, "words": _class(one)} for c, one in _classes(found)]
    pairs = [
        {**pair, "view": view, "words": words.interval(pair), "p": words.p_value(pair["p_holm"])}
        for view, some in told["paired"].get(name, {}).items()
        for pair in some
    ]
    about = told["sets"][name]
    tables = {"rows": rows, "sizes": sizes, "classes": classes, "pairs": pairs}
    return {"name": name, "about": about, "asked": asked, **tables}


def _size(size: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [words.rate(size["recall"]), (words.number(size["ap50"]), ""), (words.number(size["ap"]), "")]


def _classes(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The shared classes, and their mean."""
    told = found["by_class"]
    if told is None:
        return []
    return [*told["classes"].items(), ("mean over classes", {"ap50": told["map50"], "ap": told["map"]})]


def _class(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    rates = [words.rate(one[key]) if key in one else ("", "") for key in ("recall", "precision")]
    return [*rates, (words.number(one["ap50"]), ""), (words.number(one["ap"]), "")]


def _gallery(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pictures by kind; kinds of which there are none are left out."""
    kinds = [
        {
            "title": title,
            "whole": kind in ("counts", "dice"),
            "rows": [{**row, "picture": url(row["picture"])} for row in rows if row["kind"] == kind],
        }
        for kind, title in KINDS.items()
    ]
    return [kind for kind in kinds if kind["rows"]]
