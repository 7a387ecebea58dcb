"""What two-step owes to what is read off hand-made answers by rule, whatever they are."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad.evaluation.answers import Answer
from leukcad.reproducing import fair, fair_table, studies
from leukcad.reproducing.again import _order
from leukcad.reproducing.fighting import _spec, judged, shown_sets
from leukcad.reproducing.lead import Difference
from leukcad.reproducing.questions import Question, changes, planned

ROOT = Path(__file__).parents[2]
SPEC: Any = SimpleNamespace(classes=("healthy", "ALL"), positive="ALL")
WORDS = {"asks": "is it the pixels?", "owes": "pixels"}
GIVEN = Question(name="direct_448", kind="given", says="With four times the pixels the direct route", **WORDS)
TAKEN = Question(name="two_step_blind", kind="taken", says="Without labels of cells two-step", **WORDS)
SPARED = Question(name="two_step_annotated", kind="spared", says="With true boxes two-step", **WORDS)
BOTH = {GIVEN.kind: GIVEN, TAKEN.kind: TAKEN, SPARED.kind: SPARED}


def answers(right: int, n: int, of: str = "test") -> list[Answer]:
    """n fields, every second one of a patient; the first `right` of them answered rightly."""
    told = []
    for i in range(n):
        truth, other = ("ALL", "healthy") if i % 2 else ("healthy", "ALL")
        called = truth if i < right else other
        where = (of, f"F{i}", f"F{i}", f"F{i}")
        told.append(Answer(*where, truth, {called: 0.9, truth if called == other else other: 0.1}, called))
    return told


def fought(kind: str, direct: int, between: int, two_step: int, n: int = 60) -> dict[str, Any]:
    rights = {"direct": direct, BOTH[kind].name: between, "two_step": two_step}
    pools = {name: answers(right, n) for name, right in rights.items()}
    return judged(pools, ["test"], [BOTH[kind]], SPEC)


def verdict(kind: str, *rights: int, n: int = 60) -> fair.Verdict:
    (told,) = fair.verdicts(fought(kind, *rights, n=n), [BOTH[kind]])
    return told


CASES = [
    ("given", (30, 57, 58), fair.OWES),
    ("given", (30, 45, 58), fair.PART),
    ("given", (30, 31, 58), fair.NOT),
    ("given", (40, 45, 50), fair.UNCLEAR),
    ("given", (57, 30, 58), fair.NO_WIN),
    ("given", (58, 58, 30), fair.NO_WIN),
    ("taken", (30, 31, 58), fair.OWES),
    ("taken", (30, 45, 58), fair.PART),
    ("taken", (30, 57, 58), fair.NOT),
    ("taken", (40, 45, 50), fair.UNCLEAR),
    ("taken", (57, 30, 58), fair.NO_WIN),
    ("spared", (30, 58, 45), fair.COSTS),
    ("spared", (30, 46, 45), fair.FREE),
    ("spared", (30, 30, 45), fair.FREE),
]


@pytest.mark.parametrize(("kind", "rights", "outcome"), CASES)
def test_each_outcome_comes_of_the_answers_that_it_says(kind: str, rights: tuple[int, int, int], outcome: str) -> None:
    assert verdict(kind, *rights).outcome == outcome


def test_the_cases_cover_every_outcome() -> None:
    assert {outcome for _, _, outcome in CASES} == set(fair.OUTCOMES)


def test_what_is_owed_is_said_with_its_points_and_limits() -> None:
    told = verdict("taken", 30, 31, 58).sentence
    assert told.startswith("Without labels of cells two-step is right 45 points (")
    assert "less often than before and not distinguishable from the direct route at n = 60: " in told
    assert told.endswith("two-step's win is owed to pixels.")


def test_pixels_that_change_nothing_are_said_to_be_not_distinguishable_from_before() -> None:
    told = verdict("given", 30, 31, 58).sentence
    assert "the direct route is not distinguishable from before at n = 60 and right 45 points (" in told
    assert told.endswith("less often than two-step: no part of two-step's win is shown to be owed to pixels.")


def test_without_a_win_there_is_nothing_to_explain_and_the_first_sentence_says_how_they_stand() -> None:
    found = fought("given", 57, 57, 58)
    told = fair.sentences(found, [GIVEN])
    assert told[0] == (
        "Two-step has no win to explain: on plain fields it is not distinguishable from the direct route at n = 60."
    )
    assert told[1].endswith("is not distinguishable from two-step at n = 60: there is no win to explain.")
    assert "two-step is right 47 points (" in verdict("taken", 57, 30, 58).sentence
    assert verdict("taken", 57, 30, 58).sentence.endswith("less often than before: there is no win to explain.")


def test_the_win_is_that_of_the_set_where_it_is_largest() -> None:
    sets = ["test", "imgSynt10"]
    rights = {"direct": (48, 20), "direct_448": (58, 21), "two_step": (58, 58)}
    pools = {name: answers(a, 60) + answers(b, 60, "imgSynt10") for name, (a, b) in rights.items()}
    found = judged(pools, sets, [GIVEN], SPEC)
    (told,) = fair.verdicts(found, [GIVEN])
    assert (told.of, told.outcome) == ("imgSynt10", fair.NOT)  # on plain fields it would owe
    assert fair.win_says(found).startswith("With 10 WBC pasted in two-step is right 63 points (")


def test_eleven_fields_can_show_a_whole_reversal_and_not_six_of_eleven_after_holm() -> None:
    assert verdict("given", 0, 11, 11, n=11).outcome == fair.OWES
    assert verdict("given", 5, 5, 11, n=11).outcome == fair.NO_WIN


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 40).flatmap(lambda n: st.tuples(st.just(n), *[st.integers(0, n)] * 3)))
def test_what_is_owed_when_given_is_not_when_taken_and_the_other_way_round(told: tuple[int, int, int, int]) -> None:
    n, *rights = told
    given_, taken = (verdict(kind, *rights, n=n) for kind in ("given", "taken"))
    swapped = {fair.OWES: fair.NOT, fair.NOT: fair.OWES}
    assert taken.outcome == swapped.get(given_.outcome, given_.outcome)
    assert all(v.sentence.count(":") == 1 and v.sentence.endswith(".") for v in (given_, taken))


def test_a_difference_reads_the_same_from_both_sides() -> None:
    told = Difference(-41.2, -52.4, -29.6, 0.001, True, 60)
    assert told.words("two-step") == "right 41 points (30–52) less often than two-step"
    assert told.turned().words("it") == "right 41 points (30–52) more often than it"
    assert Difference(1.0, -1.0, 9.0, 0.04, True, 60).size() == "1 point (-1 to 9)"


def test_pairs_are_chosen_beforehand_each_with_two_step_and_those_between_with_direct() -> None:
    routes = ["direct", "direct_448", "two_step_annotated", "two_step"]
    assert planned([GIVEN, SPARED], routes) == [
        ("direct", "two_step"),
        ("direct_448", "two_step"),
        ("two_step_annotated", "two_step"),
        ("direct_448", "direct"),
    ]


def test_fewer_than_thirty_fields_have_limits_all_the_same() -> None:
    (pair, *_) = fought("given", 5, 6, 11, n=11)["paired"]["test"]["pairs"]
    assert -1 <= pair["low"] < pair["difference"] < pair["high"] <= 0.1


def test_the_fight_is_told_at_ten_pasted_wbc_else_at_the_most() -> None:
    assert shown_sets((1, 5, 10, 20)) == ["test", "imgSynt10"]
    assert shown_sets((1, 4)) == ["test", "imgSynt4"]
    assert shown_sets(()) == ["test"]


def test_changes_by_pattern_come_in_the_files_order() -> None:
    told = {"direct*": ("a=1", "b=1"), "direct_448": ("a=2",), "two_step": ("c=3",)}
    assert changes(told, "direct_448") == ["a=1", "b=1", "a=2"]
    assert changes(told, "two_step_annotated") == []


def test_the_table_for_spreadsheets_has_a_row_a_route_and_set_and_says_each_outcome_once() -> None:
    found = fought("given", 30, 45, 58)
    verdicts = [vars(v) for v in fair.verdicts(found, [GIVEN])]
    whole = {**found, "routes": ["direct", "direct_448", "two_step"], "verdicts": verdicts}
    rows = list(csv.DictReader(io.StringIO(fair_table.csv(whole))))
    assert [row["route"] for row in rows] == ["direct", "direct_448", "two_step"]
    assert [row["outcome"] for row in rows] == ["", fair.PART, ""]
    assert float(rows[1]["less_two_step"]) == pytest.approx(100 * (45 - 58) / 60)
    assert rows[2]["less_two_step"] == ""


def test_the_shipped_study_asks_twelve_questions_whose_pipelines_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    study = studies.find("loddo2022")
    assert len(study.fair) == len({q.name for q in study.fair}) == 12
    for place in (study.real, study.simulated):
        assert place.fair is not None
        names = {q.name for q in study.fair}
        assert set(place.fair.without) | set(place.fair.elsewhere) <= names
        assert all(Path(place.fair.file(name)).is_file() for name in names - set(place.fair.without))
    assert study.simulated.fair and not study.simulated.fair.without


def test_on_all_idb_every_route_that_is_not_left_out_finds_the_data_and_has_two_steps_own_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "ALL_IDB1").mkdir()
    (tmp_path / "ALL_IDB2" / "masks").mkdir(parents=True)
    study = studies.find("loddo2022")
    order = _order(study, tmp_path, (), None, ("steps.classify.train.epochs=3",), True, tmp_path / "runs", None)
    assert order.place.fair is not None
    benches = set()
    for name in ("direct", "two_step", *(q.name for q in study.fair if q.name not in order.place.fair.without)):
        spec = _spec(order, order.place.fair, name, 0)
        (classify,) = (use for use in spec.steps if use.stage == "classify")
        assert spec.data.options["path"] == tmp_path / "ALL_IDB1", name
        assert classify.options.get("name", "resnet18") == "resnet18" and "ResNet-50" not in spec.title
        assert classify.options["train"].learn_from == {"two_step": "cells", "two_step_nucleus": "cells"}.get(
            name, "field" if name == "two_step_inherited" else "previous"
        )
        benches.add(str(spec.bench()))
    assert len(benches) == 1


def test_the_fights_two_step_is_the_one_that_stands_beside_the_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    from leukcad.study import load_specs

    monkeypatch.chdir(ROOT)
    order = _order(studies.find("loddo2022"), None, (), None, (), True, Path("runs"), None)
    assert order.place.fair is not None and order.place.two_step is not None
    sets = [*order.bench_sets("loddo2022-figures"), *order.scale.two_step_sets]
    (beside,) = load_specs([order.place.two_step], sets=sets, seeds=[0])
    ours = _spec(order, order.place.fair, "two_step", 0)
    tested = ("test", "tests", "synthesize", "audit", "title", "explained")  # nothing of this is learned from
    assert ours.name == beside.name
    assert {k: v for k, v in ours.plain.items() if k not in tested} == {
        k: v for k, v in beside.plain.items() if k not in tested
    }
