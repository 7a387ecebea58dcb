"""An audit as its page shows it: rows, panels and pictures, in plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leukcad.report import audit_words
from leukcad.report.view import flat
from leukcad.report.words import percent

FIELDS_SHOWN = 400  # rows of the table of single fields


def heads(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One block a model: the verdict, the deciding arms, what a reader must know."""
    return [
        {
            "name": name,
            "verdict": verdict["verdict"],
            "lead": audit_words.lead(name, verdict),
            "reasons": audit_words.reasons(verdict, told),
            "all": verdict["verdict"] == "right-reasons",
            "also": audit_words.also(verdict, told),
            **dict(zip(("notes", "powers"), _notes(verdict), strict=True)),
        }
        for name, verdict in told["verdicts"].items()
    ]


def _notes(verdict: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What a reader must know, and what so few groups can show in each arm."""
    notes = list(dict.fromkeys(verdict["notes"]))
    powers = [note for note in notes if note.partition(":")[0] in {**verdict["arms"], **verdict["controls"]}]
    return [note for note in notes if note not in powers], powers


def recipes(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The common verdict of each recipe's seeds."""
    return [
        {"lead": audit_words.lead(name, row), "verdict": row["verdict"], "runs": row["runs"]}
        for name, row in told["recipes"].items()
    ]


def arm_rows(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a model and arm: arms, then controls, then what only explains."""
    rows = []
    for name, verdict in told["verdicts"].items():
        for role, key in (("arm", "arms"), ("control", "controls"), ("explains", "explains")):
            for arm, row in verdict[key].items():
                for edit, part in {arm: row, **row.get("edits", {})}.items():
                    rows.append(_arm_row(name, role, edit, part, told))
    return rows


def _arm_row(model: str, role: str, arm: str, row: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    dropped = {**{k: v for k, v in row["dropped"].items() if v}, **row.get("left_out", {})}
    word = "explains" if role == "explains" else _word(row, role)
    rate = percent(row["rate"])
    return {
        "model": model,
        "role": role,
        "arm": arm,
        "edit": audit_words.arm_said(arm, told).partition(", ")[2],
        "failures": row["failures"],
        "n": row["n"],
        "rate": rate,
        "sort": -1 if row["rate"] is None else row["rate"],
        "limits": f"{round(100 * row['low'])}–{round(100 * row['high'])}" if row["n"] else "",
        "p": _p(row["p_holm"]) if "p_holm" in row else "",
        "upper": percent(row["upper"]) if "upper" in row and row["n"] else "",
        "word": word,
        "dropped": "; ".join(f"{n} {why}" for why, n in dropped.items()),
        "unavailable": row["unavailable"],
    }


def _word(row: Mapping[str, Any], role: str) -> str:
    if row["unavailable"]:
        return "unavailable"
    if row.get("convicts"):
        return "convicts" if role == "arm" else "fails"
    return "clears" if row.get("clears") else "open"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def curves(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The dose curve of each model, and its sham curve in the same panel."""
    lines = []
    for name, verdict in told["verdicts"].items():
        for key, word in (("dose", name), ("sham_dose", f"{name}, sham")):
            rows = verdict["numbers"].get(key, {}).get("shares", [])
            if len(rows) > 1:
                columns = {column: [row[column] for row in rows] for column in ("value", "low", "high", "n")}
                lines.append({"name": word, "x": [row["dose"] for row in rows], **columns})
    if not lines:
        return []
    ticks = sorted({x for line in lines for x in line["x"]})
    title = f"Share of negative fields called {told['positive']}"
    return [{"metric": "called positive", "title": title, "ticks": ticks, "lines": lines}]


def numbers(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Shortcut index, flip doses and evidence of each model, as pairs of a name and what to say."""
    return [{"model": name, "pairs": list(_numbers(v["numbers"]))} for name, v in told["verdicts"].items()]


def _numbers(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = []
    if told := found.get("shortcut"):
        interval = "" if told["low"] is None else f" (95 % {told['low']:.2f} to {told['high']:.2f})"
        said = told["note"] if told["index"] is None else f"{told['index']:.2f}{interval}"
        more = f"; {told['note']}" if told["note"] and told["index"] is not None else ""
        pairs.append(("Shortcut index: share of the alarm that healthy cells raise as well", said + more))
    for key, word in (("dose", "Healthy cells"), ("sham_dose", "Sham pastes")):
        if told := found.get(key):
            excluded = told["added"]["positive_at_zero"]
            more = f"; {excluded} groups were called positive before" if excluded else ""
            pairs.append((f"{word} that turn half of the groups (D50)", told["added"]["said"] + more))
            if "percentile" in told:
                pairs.append((f"{word}: D50 as percentile of the training counts", told["percentile"]["said"]))
    if told := found.get("evidence"):
        pairs += _evidence(told)
    known = ("shortcut", "dose", "sham_dose", "evidence")
    pairs += [(key.replace("_", " "), flat(value)) for key, value in found.items() if key not in known]
    return pairs


def _evidence(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where heat maps lie: medians over groups."""
    words = {
        "gain": "Heat maps: gain on leukocytes (0 as by chance, 1 all that the map's grid allows)",
        "energy": "Heat maps: share that lies on leukocytes",
        "coverage": "Heat maps: share of leukocytes hotter than their field",
    }
    pairs = [(words[name], _median(told[name])) for name in words]
    if (null := told["null_gain"]) is not None:
        low, high = null["range"]
        said = f"{null['median']:.2f} (95 % of heads {low:.2f} to {high:.2f})"
        pairs.append(("Heat maps: gain of heads that learned nothing", said))
    beyond = told["beyond_chance"]
    said = f"{beyond['p_at_most_0.05']} of {beyond['fields']} fields"
    return [*pairs, ("Heat maps: on leukocytes more than shifted maps (p ≤ 0.05)", said), *_study(told)]


def _study(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the study says of its maps, in this pipeline's numbers."""
    words = {
        "coverage_few": "Heat maps: share of leukocytes hotter than their field, where they are few",
        "coverage_crowded": "Heat maps: share of leukocytes hotter than their field, where they crowd",
    }
    pairs = [(words[name], _median(told[name])) for name in words]
    pairs += [
        (f"Heat maps: heat per area on {kind} (1: the field's mean)", _median(row))
        for kind, row in told["densities"].items()
    ]
    if (follows := told["following"]) is not None:
        pairs.append(("Heat maps: share that moves with added cells", _median(follows["position"])))
        pairs.append(("Heat maps: grow with the number of added cells (Spearman's ρ)", _median(follows["number"])))
    return pairs


def _median(told: Mapping[str, Any]) -> str:
    if told["value"] is None:
        return "undefined"
    interval = "" if told["low"] is None else f", 95 % {told['low']:.2f} to {told['high']:.2f}"
    return f"{told['value']:.2f} (median of {told['n']}{interval})"


def kappas(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How far re-rendered and pasted arms agree."""
    return [
        {
            "model": name,
            "arm": arm,
            "kappa": "undefined: all the same" if row["kappa"] is None else f"{row['kappa']:.2f}",
            "agree": percent(row["agree"]),
            "n": row["n"],
            "only": f"{row['only_first']} / {row['only_second']}",
        }
        for name, verdict in told["verdicts"].items()
        for arm, row in verdict["kappa"].items()
    ]


def comparisons(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Pairs of models on the same groups."""
    return [{**row, "p_holm": _p(row["p_holm"])} for row in told["comparisons"]]


def fields(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each field shows: a description."""
    tables = []
    for name, verdict in told["verdicts"].items():
        arms = list(dict.fromkeys(arm for row in verdict["fields"] for arm in row["failed"]))
        rows = [
            {
                **{key: row[key] if row[key] is not None else "–" for key in ("field", "truth", "called", "shows")},
                "cells": ["/".join(map(str, row["failed"][arm])) if arm in row["failed"] else "" for arm in arms],
            }
            for row in verdict["fields"]
        ]
        shown = {"model": name, "arms": arms, "rows": rows[:FIELDS_SHOWN], "all": len(rows)}
        tables.append({**shown, "caveat": verdict["fields_caveat"]})
    return tables
