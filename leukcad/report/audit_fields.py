"""The example fields of an audit as its page shows them: each arm's, as they are and edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leukcad.report.audit_words import arm_said
from leukcad.report.shown_fields import card_of, ground

SIDES = (("plain", "as it is"), ("edited", "edited"))


def examples(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the field browser: an arm's field, its two versions, each with the card of every model."""
    return [
        {
            "arm": row["arm"],
            "name": row["arm"],
            "note": row["field"],
            "said": arm_said(row["arm"], told),
            "versions": [_version(told, row, side, words) for side, words in SIDES],
        }
        for row in told["examples"]
    ]


def browser(told: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What the page's script needs: a model's answers to a field as it is and edited, beside another model's."""
    if not shown:
        return None
    models = list(told["verdicts"])
    decided = {arm for verdict in told["verdicts"].values() for arm in verdict["deciding_arms"]}
    first = next((i for i, row in enumerate(shown) if row["arm"].partition(".")[0] in decided), 0)
    return {"layout": "versions", "models": models, "first": models[:2], "rows": list(shown), "at": 0, "row": first}


def _version(told: Mapping[str, Any], row: Mapping[str, Any], side: str, words: str) -> dict[str, Any]:
    truth = row["label"] if side == "plain" else row["truth"]
    cells = f": {row['cells']} {'cell' if row['cells'] == 1 else 'cells'}" if side == "edited" and row["cells"] else ""
    of = {"pipelines": {name: {"threshold": threshold_of(v)} for name, v in told["verdicts"].items()}}
    answers = {name: sides.get(side) for name, sides in row["answers"].items()}
    cards = [card_of({"positive": told["positive"], **of}, truth or "", name, one) for name, one in answers.items()]
    drawn = {"picture": row[side], "size": [4, 3], "truth": [], **row.get(f"{side}_drawn", {})}
    return {
        "at": words,
        "words": f"{words}{cells}; truth: {truth}",
        **ground(drawn),
        "cards": [card for card in cards if card],
    }


def threshold_of(verdict: Mapping[str, Any]) -> float | None:
    """The decision threshold that a model was judged with, if it has one."""
    found: float | None = verdict.get("thresholds", {}).get("decision")
    return found


def hero(told: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The edited field of the first screen: one that a model fails in an arm that decides, if there is any."""
    best: tuple[tuple[bool, ...], dict[str, Any]] | None = None
    decided = {arm for verdict in told["verdicts"].values() for arm in verdict["deciding_arms"]}
    for row in shown:
        version = row["versions"][1]
        states = [card["state"] for card in version["cards"]]
        found = (row["arm"].partition(".")[0] in decided, len(set(states)) > 1, "wrong" in states)
        if best is None or found > best[0]:
            best = (found, {"field": row["note"], "caption": row["said"], **version})
    if best is None:
        return None
    cards = sorted(best[1]["cards"], key=lambda card: card["state"] == "right")  # the one that errs first
    return {**best[1], "cards": cards[:1] + cards[-1:] if len(cards) > 1 else cards}
