"""Fields as the page shows them: versions by the number of added cells, each with the card of every pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leukcad.report.view import set_name, url
from leukcad.report.words import hero_dose, percent

VIEWS = ("heat", "seen")  # what of a card is a picture


def examples(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The example fields, as `browser` and `hero` take them."""
    return [
        {
            "field": example["field"],
            "label": example["label"],
            "versions": [_version(comparison, example["label"], version) for version in example["versions"]],
        }
        for example in comparison["examples"]
        if example["versions"]
    ]


def browser(comparison: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What the page's script needs to show any field, version and two pipelines side by side; None without fields.

    The two that are shown first are those of the first screen.
    """
    if not shown:
        return None
    models = list(comparison["pipelines"])
    found = hero(comparison, shown)
    first = [card["pipeline"] for card in found["cards"]] if found else models[:2]
    rows = [{"name": e["field"], "note": e["label"], "versions": e["versions"]} for e in shown]
    return {"layout": "models", "models": models, "first": first, "rows": rows, "at": _most(comparison, rows)}


def _most(comparison: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> int:
    """The version that is shown first: the one nearest to the dose that the first sentence speaks of."""
    dose = hero_dose(comparison) or 0
    versions = rows[0]["versions"]
    return min(range(len(versions)), key=lambda i: abs(versions[i]["dose"] - dose))


def _version(comparison: Mapping[str, Any], label: str, version: Mapping[str, Any]) -> dict[str, Any]:
    dose = version["dose"]
    cards = [card_of(comparison, label, n, version["answers"].get(n)) for n in comparison["pipelines"]]
    added = {0: "as it is", 1: "1 healthy cell added"}.get(dose, f"{dose} healthy cells added")
    return {"dose": dose, "at": str(dose), "words": added, **ground(version), "cards": [c for c in cards if c]}


def ground(version: Mapping[str, Any]) -> dict[str, Any]:
    """A field's picture with its size and the outlines of its annotated white cells."""
    return {
        "picture": url(version["picture"]),
        "size": list(version["size"]),
        "truth": [points(outline) for outline in version["truth"]],
    }


def points(outline: Sequence[int]) -> str:
    """A polygon as SVG writes it: 'x,y x,y'."""
    return " ".join(f"{int(x)},{int(y)}" for x, y in zip(outline[::2], outline[1::2], strict=True))


def card_of(comparison: Mapping[str, Any], label: str, name: str, answer: Mapping[str, Any] | None) -> Any:
    """What one pipeline made of one field, in words and addresses; None where it was not asked."""
    if answer is None:
        return None
    called, p = answer["called"], answer.get("probability")
    cells = answer.get("cells")
    return {
        "pipeline": name,
        "called": called,
        "state": "abstained" if called is None else "right" if called == label else "wrong",
        "reason": answer.get("reason") or "",
        "of": answer.get("of") or comparison["positive"] or called or "",
        "probability": None if p is None else f"{p:.2f}",
        "share": 0 if p is None else round(100 * min(1.0, max(0.0, p)), 1),
        "threshold": comparison["pipelines"].get(name, {}).get("threshold"),
        "n_cells": None if cells is None else len(cells),
        "cells": None if cells is None else [_cell(cell) for cell in cells],
        "cold": bool(answer.get("cold")),
        "views": {view: url(answer[view]) for view in VIEWS if answer.get(view)},
    }


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    outline = cell["outline"]
    where = {"x": min(outline[::2], default=0), "y": min(outline[1::2], default=0)}
    told = {"name": cell["name"], "p": f"{cell['probability']:.2f}", "alarm": bool(cell["alarm"])}
    return {"points": points(outline), **where, **told}


def hero(comparison: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The field of the first screen: a negative one with cells added that pipelines answer differently, if any."""
    dose, positive = hero_dose(comparison), comparison["positive"]
    best: tuple[tuple[Any, ...], dict[str, Any]] | None = None
    for example in shown:
        for version in example["versions"]:
            states = {card["state"] for card in version["cards"]}
            told = (example["label"] != positive, len(states) > 1, -abs(version["dose"] - (dose or 0)))
            if version["cards"] and (best is None or told > best[0]):
                caption = f"{example['label']}, {version['words']}"
                best = (told, {"field": example["field"], "caption": caption, **version})
    if best is None:
        return None
    cards = sorted(best[1]["cards"], key=lambda card: card["state"] == "right")  # the one that errs first
    return {**best[1], "cards": cards[:1] + cards[-1:] if len(cards) > 1 else cards}


def mistakes(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The worst errors as rows of a table; `shown` is the field with its card where it could be drawn."""
    rows = []
    for row in comparison.get("mistakes", []):
        version = row["version"]
        shown = version and {
            "field": row["field"],
            **ground(version),
            "card": card_of(comparison, row["truth"], row["pipeline"], version["answers"].get(row["pipeline"])),
        }
        rows.append(
            {
                **{key: row[key] for key in ("pipeline", "field", "truth", "reason", "cells")},
                "set": set_name(comparison, row["set"]),
                "called": row["called"] if row["called"] is not None else "abstained",
                "p_truth": f"{row['p_truth']:.3f}",
                "share": percent(row["p_truth"]),
                "shown": shown,
            }
        )
    return rows
