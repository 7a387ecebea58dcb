"""A verdict in sentences: what was found, by which arms, with which figures, and what that means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leukcad.report.words import Part, Sentence, percent

VERDICTS = {
    "right-reasons": "right, and for the right reasons",
    "wrong-reasons": "right on fields as they are, but for the wrong reasons",
    "wrong": "wrong on fields as they are",
    "undecided": "undecided",
}
CAUSES = {
    "too few groups": "too few fields: fewer than 14 can convict, but clear nothing",
    "between": "the failure rate is shown to be neither above nor below the margin",
    "instrument": "the editing itself changes answers, or is not shown to leave them alone, so it proves nothing",
    "arm unavailable": "an arm or a control could not be made",
    "seeds disagree": "its seeds got different verdicts",
    "too few seeds": "a recipe's verdict is the common one of at least three seeds",
}


def arm_said(name: str, told: Mapping[str, Any]) -> str:
    """What an arm is: 'M0, 10 healthy leukocytes added to negative fields'."""
    return f"{name}, {_edit(name, told)}"


def _edit(name: str, told: Mapping[str, Any]) -> str:
    k, positive = told["k"], told["positive"] or ""
    base, _, part = name.removesuffix("~paste").partition(".")
    if base == "x":
        return _explained(part, k)
    cells = {"lymphocytes": "lymphocytes", "natural": "healthy leukocytes as in normal blood"}.get(part)
    words = {
        "A": "fields as they are",
        "A+": f"{positive} fields as they are",
        "A-": "negative fields as they are",
        "M0": f"{k} {cells or 'healthy leukocytes'} added to negative fields",
        "M1": f"{k} blasts added to negative fields",
        "S": f"every blast of {positive} fields exchanged for a healthy leukocyte",
        "L": f"{positive} fields thinned to {told['thin_to'] or 'few'} cells, all of them blasts",
        "T": "the leukocyte of another type put in the place of the field's own",
        "sham-add": f"control: plasma pasted at {k} places of negative fields",
        "sham-swap-": "control: healthy leukocytes of negative fields exchanged for healthy ones",
        "sham-swap+": f"control: blasts of {positive} fields exchanged for blasts",
        "sham-thin": "control: plasma filled in at places without a cell",
        "sham-transplant": "control: a leukocyte of the same type put in its place",
    }
    return words.get(base, base)


def _explained(part: str, k: int) -> str:
    words = {
        "add-red-cells": f"{k} red cells added to negative fields",
        "erase-nuclei": "the blasts' nuclei erased",
        "recolour": "the other class's mean stain",
        "magnify": "another magnification",
        "background": "another background",
        "border": "a border around the field",
        "recompress": "stronger JPEG compression",
        "scale-bar": "a scale bar drawn in",
    }
    kind = part.removeprefix("add-").replace("_", " ")
    return words.get(part, f"{k} {kind}s added to negative fields" if part.startswith("add-") else part)


MEANS = {
    "A+": "It misses fields that it should find.",
    "A-": "It raises false alarms on plain fields.",
    "A": "It does not tell the types apart.",
    "M0": "Healthy cells alone raise the alarm: it goes by how many cells there are, not by what they are.",
    "M1": "Blasts that were added leave it calm: it goes by something else than blasts.",
    "S": "It calls the disease where not one blast is left: it goes by something that stays when blasts go.",
    "L": "It misses blasts as soon as few cells are there: it goes by how many cells there are.",
    "T": "The answer does not follow the cell: it reads something else in the field.",
}


def lead(name: str, verdict: Mapping[str, Any]) -> Sentence:
    """'two_step is right, and for the right reasons.'"""
    word, cause = verdict["verdict"], verdict["cause"]
    end = f": {CAUSES.get(cause, cause)}." if cause else "."
    verb = " stays " if word == "undecided" else " is "
    return [Part(name, "name"), Part(verb), Part(VERDICTS[word], "figure"), Part(end)]


def reasons(verdict: Mapping[str, Any], told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The deciding arms, each with its figures and what they mean."""
    rows = []
    for name in verdict["deciding_arms"]:
        row = verdict["arms"].get(name) or verdict["controls"][name]
        edit = row.get("edit", name)
        rows.append({"arm": arm_said(edit, told), "figure": figure(row), "means": _means(name, row)})
    return rows


def _means(name: str, row: Mapping[str, Any]) -> str:
    if row["unavailable"]:
        return f"Not made: {row['unavailable']}."
    if row["convicts"]:
        return MEANS.get(name, "The control fails, too: editing alone changes answers.")
    if row["clears"]:
        return ""
    return f"Not cleared: the rate may be as high as {percent(row['upper'])}."


def also(verdict: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """The edits without a vote that changed more right answers than the margin, most first; '' for none.

    They tell where an answer that does not follow the cells comes from: stain, background, magnification …
    """
    rows = [(name, row) for name, row in verdict["explains"].items() if (row["rate"] or 0) > verdict["margin"]]
    rows.sort(key=lambda item: -item[1]["rate"])
    edits = [f"{arm_said(name, told).partition(', ')[2]}, {_counted(row, '')}" for name, row in rows]
    return f"Without a vote, these changed right answers: {'; '.join(edits)}." if edits else ""


def figure(row: Mapping[str, Any]) -> str:
    """'58 of 60 fail (97 %, 88–100)'."""
    return _counted(row, "fail ") if row["n"] else "no group entered"


def _counted(row: Mapping[str, Any], verb: str) -> str:
    low, high = round(100 * row["low"]), round(100 * row["high"])
    return f"{row['failures']} of {row['n']} {verb}({percent(row['rate'])}, {low}–{high})"


def summary(name: str, verdict: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """The verdict in plain lines, for a terminal."""
    lines = ["".join(part.text for part in lead(name, verdict))]
    shown: Sequence[Mapping[str, Any]] = reasons(verdict, told)
    more = [f"  {line}" for line in [also(verdict, told)] if line]
    if verdict["verdict"] == "right-reasons":
        margin = percent(verdict["margin"])
        return [*lines, f"  Every arm and control is shown to fail in at most {margin} of the groups.", *more]
    return [*lines, *(f"  {r['arm']}: {r['figure']}. {r['means']}".rstrip() for r in shown), *more]
