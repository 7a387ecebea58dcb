from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import jsonschema
import pytest

from leukcad.auditing.arms import Arm, Kinds, leukaemia, types
from leukcad.auditing.judging import judge
from leukcad.evaluation.answers import Answer
from leukcad.evaluation.schema import verdict_schema

VALIDATOR = jsonschema.Draft202012Validator(verdict_schema())
POSITIVE = {"ALL": 0.9, "healthy": 0.1}
Caller = Callable[[str, str], bool | None]  # (arm, truth) → called positive, None: abstains


def brief(arms: list[Arm], positive: str | None, unavailable: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "positive": positive,
        "classes": ["healthy", "ALL"],
        "arms": [asdict(arm) for arm in arms],
        "unavailable": unavailable or {},
        "margin": 0.2,
        "k": {"k": 10, "how": "as the bench says", "median_negative": 4, "training_fields": 3},
        "draws": 5,
        "quick": False,
        "thresholds": {"alpha": 0.05, "confidence": 0.95, "min_blasts": 1},
        "data": "simulated",
        "leukocytes": {f"f{i}": 4 for i in range(200)},
        "training": [2, 4, 12, 20],
        "notes": [],
    }


def answers(arms: list[Arm], n: int, called: Caller) -> list[Answer]:
    """n groups a class, two draws of each edit, and a dose series."""
    found = []
    for arm in arms:
        for i in range(2 * n):
            own = "ALL" if i < n else "healthy"
            if arm.hosts == ("negative" if own == "ALL" else "positive"):
                continue
            truth = {"positive": "ALL", "negative": "healthy"}.get(arm.truth, own)
            doses = [(arm.set, 10)] + ([("audit:" + arm.curve, d) for d in (2, 5, 10)] if arm.curve else [])
            for name, dose in doses if arm.use else [(arm.set, 0)]:
                for draw in range(2 if arm.use else 1):
                    says = called(arm.name, truth)
                    call = None if says is None else "ALL" if says else "healthy"
                    id_ = f"f{i}/{name}/{dose}/{draw}"
                    found.append(Answer(name, id_, f"f{i}", f"f{i}", truth, POSITIVE, call, "", dose, draw))
    return found


def counter(arm: str, truth: str) -> bool:
    return arm in ("A+", "S", "sham-swap+", "sham-thin") or arm.startswith(("M0", "M1"))


def reader(arm: str, truth: str) -> bool:
    return truth == "ALL"


TURNS = random.Random(0)


def guesser(arm: str, truth: str) -> bool | None:
    return TURNS.choice([True, False, None])


KINDS = Kinds(("neutrophil", "lymphocyte"), ("lymphoblast",))


@pytest.mark.parametrize("rendered", [True, False])
@pytest.mark.parametrize(
    ("called", "n", "expected"),
    [
        (counter, 40, "wrong-reasons"),
        (counter, 6, "wrong-reasons"),
        (reader, 40, "right-reasons"),
        (reader, 6, "undecided"),
        (guesser, 40, "wrong"),
    ],
)
def test_every_verdict_that_the_audit_gives_is_of_the_published_form(called, n, expected, rendered):
    arms = leukaemia(KINDS, rendered)
    told, _ = judge("pipeline", brief(arms, "ALL"), answers(arms, n, called))
    VALIDATOR.validate(json.loads(json.dumps(told, allow_nan=False)))
    assert told["verdict"] == expected


def test_a_verdict_with_arms_missing_is_of_the_published_form():
    arms = leukaemia(KINDS, True)
    some = [a for a in answers(arms, 20, reader) if a.set != "audit:M1"]
    told, _ = judge("pipeline", brief(arms, "ALL", {"M1": "no blast donors"}), some)
    VALIDATOR.validate(told)
    assert (told["verdict"], told["cause"]) == ("undecided", "arm unavailable")


def test_a_verdict_without_a_positive_class_is_of_the_published_form():
    arms = types()
    told, _ = judge("pipeline", brief(arms, None), answers(arms, 20, reader))
    VALIDATOR.validate(told)
    assert told["verdict"] == "right-reasons"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("verdict", "good"),
        ("cause", "between"),  # of a verdict that is not undecided
        ("format", 2),
        ("margin", 20),
        ("arms", {"S": {"failures": 1}}),
        ("deciding_arms", []),
    ],
)
def test_what_is_not_a_verdict_is_told_apart(key, value):
    arms = leukaemia(KINDS, True)
    told, _ = judge("pipeline", brief(arms, "ALL"), answers(arms, 20, reader))
    assert VALIDATOR.is_valid(told)
    assert not VALIDATOR.is_valid({**told, key: value})


def test_the_schema_is_itself_valid_and_installed():
    jsonschema.Draft202012Validator.check_schema(verdict_schema())
