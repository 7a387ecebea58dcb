"""Example fields of every arm: untouched and edited, and what each model called them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leukcad.answering import Answerer, Trained
from leukcad.auditing.arms import Arm
from leukcad.auditing.judging import Case
from leukcad.auditing.making import edited
from leukcad.auditing.plan import Plan
from leukcad.auditing.recoding import recoded
from leukcad.evaluation.answers import Answer
from leukcad.progress import track
from leukcad.report.layers import HeatAlbum
from leukcad.showcase.cards import card, ground

SHOWN = 2  # fields an arm


def examples(
    plan: Plan, cases: Mapping[str, Case], folder: Path, models: Sequence[Answerer] = ()
) -> list[dict[str, Any]]:
    """Draw example fields into `folder`/pictures: of each arm one that a model fails, and one that none does.

    What trained pipelines among `models` found and saw in them is drawn, too.
    """
    records = {r.source: r for r in reversed(plan.records)}
    trained = [model for model in models if isinstance(model, Trained)]
    shown, album = [], HeatAlbum()
    for arm in track([a for a in plan.arms if a.use and a.role != "twin"], "drawing example fields"):
        for answer in chosen(arm.name, cases):
            host = plan.base.source.read(records[answer.source]) if answer.source in records else None
            if host is None:
                continue
            new = next((e for e in edited(plan, arm, host) if arm.set in e.sets and e.draw == answer.draw), None)
            if new is None:
                continue
            name = host.record.id  # two draws of one field may be shown
            sides = {"plain": (recoded(host), name), "edited": (new.field, f"{name}--{arm.name}--{answer.draw}")}
            drawn = {side: ground(field, folder, _told(name)) for side, (field, name) in sides.items()}
            row = row_of(arm, answer, cases, [drawn["plain"]["picture"], drawn["edited"]["picture"]])
            for side, (field, name) in sides.items():
                row[f"{side}_drawn"] = drawn[side]
                for model in trained:
                    told = card(model, field, folder, _told(name), album)
                    row["answers"][model.name][side] = {**told, **(row["answers"][model.name][side] or {})}
            shown.append(row)
    album.draw()
    return shown


def chosen(arm: str, cases: Mapping[str, Case]) -> list[Answer]:
    """Answers to show: one that some model has wrong, one that all have right, as far as there are such."""
    told: dict[tuple[str, int], list[Answer]] = {}
    for case in cases.values():
        for answer in case.sets[arm]:
            told.setdefault((answer.source, answer.draw), []).append(answer)
    wrong = [rows[0] for rows in told.values() if not all(a.right for a in rows)]
    right = [rows[0] for rows in told.values() if all(a.right for a in rows)]
    first = [*wrong[:1], *right[:1]]
    more = [a for a in (*wrong, *right) if a.source not in {f.source for f in first}]
    return [*first, *more][:SHOWN]


def row_of(arm: Arm, answer: Answer, cases: Mapping[str, Case], drawn: Sequence[str]) -> dict[str, Any]:
    """One example as the page shows it; `drawn`: the pictures, untouched and edited."""
    answers = {}
    for name, case in cases.items():
        before = next((a for a in case.untouched(arm) if a.source == answer.source), None)
        after = next((a for a in case.sets[arm.name] if (a.source, a.draw) == (answer.source, answer.draw)), None)
        answers[name] = {"plain": before and _said(before), "edited": after and _said(after)}
    plain = next((a for case in cases.values() for a in case.untouched(arm) if a.source == answer.source), answer)
    return {
        "arm": arm.name,
        "field": answer.source,
        "label": plain.truth,
        "truth": answer.truth,
        "cells": answer.dose,
        "plain": drawn[0],
        "edited": drawn[1],
        "answers": answers,
    }


def _said(answer: Answer) -> dict[str, Any]:
    return {"called": answer.called, "right": answer.right, "reason": answer.reason}


def _told(name: str) -> str:
    """A+ and A- are two names, also among files."""
    return name.replace("+", "-pos")
