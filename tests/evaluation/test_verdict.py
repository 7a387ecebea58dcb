from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad import LeukcadError
from leukcad.evaluation.arms import LEUKAEMIA, TYPES
from leukcad.evaluation.exact import least_n
from leukcad.evaluation.groups import ArmResult
from leukcad.evaluation.verdict import CAUSES, VERDICTS, Verdict, decide

ARMS = ("A+", "A-", "M0.natural", "M0.lymphocytes", "M1", "S", "L")
Counts = dict[str, tuple[int, int]]


def verdict(n: int = 60, margin: float = 0.2, without: tuple[str, ...] = (), **changed: Any) -> Verdict:
    """No failures of n groups anywhere but where told: `M0_natural=3` or `A_plus=(1, 20)`."""
    counts = counts_of(n, **changed)
    results = [ArmResult(name, *count) for name, count in counts.items() if name not in without]
    controls = [r for r in results if r.name in LEUKAEMIA.controls]
    return decide([r for r in results if r not in controls], controls, margin)


def counts_of(n: int, **changed: Any) -> Counts:
    counts: Counts = dict.fromkeys((*ARMS, *LEUKAEMIA.controls), (0, n))
    for key, value in changed.items():
        name = key.replace("_plus", "+").replace("_minus", "-")
        name = name.replace("M0_", "M0.").replace("_", "-")
        assert name in counts, name
        counts[name] = value if isinstance(value, tuple) else (value, n)
    return counts


def test_a_pipeline_that_never_fails_is_right_for_the_right_reasons():
    told = verdict()
    assert (told.verdict, told.cause) == ("right-reasons", "")
    assert set(told.deciding) == {*LEUKAEMIA.arms, *LEUKAEMIA.controls}


def test_with_60_groups_6_failures_clear_and_7_leave_it_open():
    assert verdict(S=6).verdict == "right-reasons"
    open_ = verdict(S=7)
    assert (open_.verdict, open_.cause, open_.deciding) == ("undecided", "between", ("S",))


def test_with_60_groups_20_failures_convict_at_the_strictest_step():
    assert verdict(M1=19).verdict == "undecided"
    told = verdict(M1=20)
    assert (told.verdict, told.deciding) == ("wrong-reasons", ("M1",))


def test_beside_convicted_arms_fewer_failures_convict_by_holms_steps():
    assert verdict(M0_natural=60, M1=60, S=60, L=18).deciding == ("M0", "M1", "S", "L")
    assert verdict(M0_natural=60, M1=60, S=60, L=17).deciding == ("M0", "M1", "S")


def test_wrong_untouched_fields_decide_before_anything_else():
    told = verdict(A_plus=19, M0_natural=60, sham_add=60)
    assert (told.verdict, told.deciding) == ("wrong", ("A+",))
    assert verdict(A_plus=18).verdict == "undecided"


def test_of_the_two_edits_of_m0_the_worse_counts():
    told = verdict(M0_natural=3, M0_lymphocytes=25)
    assert (told.verdict, told.deciding) == ("wrong-reasons", ("M0",))
    assert told.arms["M0"].result.name == "M0.lymphocytes"
    assert verdict(M0_natural=3, M0_lymphocytes=7).verdict == "undecided"


def test_m0_clears_only_if_both_edits_clear_whatever_their_groups():
    told = verdict(M0_natural=(6, 60), M0_lymphocytes=(0, 13))
    assert (told.verdict, told.cause) == ("undecided", "too few groups")


def test_m0_may_be_one_arm_where_donors_have_no_sub_types():
    plain = [ArmResult(name, 0, 60) for name in ("A+", "A-", "M0", "M1", "S", "L")]
    assert decide(plain, [ArmResult(c, 0, 60) for c in LEUKAEMIA.controls]).verdict == "right-reasons"


def test_a_control_that_convicts_stops_the_conviction_of_its_arm_only():
    told = verdict(M0_natural=40, sham_add=18)
    assert (told.verdict, told.cause) == ("undecided", "instrument")
    assert verdict(M0_natural=40, sham_thin=60).verdict == "wrong-reasons"
    both = verdict(M0_natural=40, L=40, sham_add=60)
    assert (both.verdict, both.deciding) == ("wrong-reasons", ("L",))


@pytest.mark.parametrize("control", ["sham_swap_minus", "sham_swap_plus"])
def test_swapping_has_two_controls(control):
    assert verdict(S=60, **{control: 60}).verdict == "undecided"


def test_a_control_that_does_not_clear_keeps_an_acquittal_back():
    told = verdict(sham_thin=7)
    assert (told.verdict, told.cause, told.deciding) == ("undecided", "instrument", ("sham-thin",))


def test_too_few_groups_are_named_and_six_can_convict_but_never_clear():
    few = verdict(n=6)
    assert (few.verdict, few.cause) == ("undecided", "too few groups")
    assert "S: 6 groups convict at 5 failures or more and can never clear" in few.notes
    assert verdict(n=6, S=5).verdict == "wrong-reasons"
    assert verdict(n=6, S=4).verdict == "undecided"
    assert verdict(n=14).verdict == "right-reasons"


def test_an_arm_that_could_not_be_made_keeps_its_place_in_the_family():
    told = verdict(n=6, without=("M1", "L"))
    assert (told.verdict, told.cause) == ("undecided", "arm unavailable")
    assert verdict(n=6, without=("M1", "L"), S=4).verdict == "undecided"  # it would convict in a family of two
    assert verdict(without=("M1",), S=20).verdict == "wrong-reasons"


def test_why_an_arm_is_missing_is_told():
    arms = [ArmResult(a, 0, 60) for a in ARMS if a != "M1"] + [ArmResult.missing("M1", "no blast donors")]
    told = decide(arms, [ArmResult(c, 0, 60) for c in LEUKAEMIA.controls])
    assert told.cause == "arm unavailable" and "M1: no blast donors" in told.notes


def test_a_conviction_without_any_control_says_so():
    told = verdict(without=("sham-thin",), L=60)
    assert told.verdict == "wrong-reasons"
    assert "L: convicts without a control (sham-thin could not be made)" in told.notes


def test_a_conviction_whose_control_is_neither_convicted_nor_cleared_says_so():
    told = verdict(S=60, sham_swap_plus=10)
    assert told.verdict == "wrong-reasons"
    (note,) = [note for note in told.notes if note.startswith("S convicts, but")]
    assert "its control sham-swap+ fails in 10 of 60" in note
    assert not any("convicts, but" in note for note in verdict(S=60, sham_swap_plus=1).notes)


def test_all_causes_are_named_the_gravest_first():
    told = verdict(without=("M1",), L=(0, 5), S=10, sham_add=10)
    assert told.causes == ("instrument", "arm unavailable", "too few groups", "between")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, "right-reasons"),
        ({"A": 18}, "wrong"),
        ({"T": 18}, "wrong-reasons"),
        ({"T": 18, "sham-transplant": 18}, "undecided"),
        ({"T": 7}, "undecided"),
        ({"sham-transplant": 7}, "undecided"),
    ],
)
def test_without_a_positive_class_the_answer_must_follow_the_transplanted_cell(counts, expected):
    arms = [ArmResult(name, counts.get(name, 0), 60) for name in ("A", "T")]
    told = decide(arms, [ArmResult("sham-transplant", counts.get("sham-transplant", 0), 60)], design=TYPES)
    assert told.verdict == expected


def test_what_is_not_of_the_design_is_refused_by_name():
    with pytest.raises(LeukcadError, match="no arm or control 'M2'"):
        decide([ArmResult("M2", 0, 60)])
    with pytest.raises(LeukcadError, match="got S twice"):
        decide([ArmResult("S", 0, 60), ArmResult("S", 1, 60)])
    with pytest.raises(LeukcadError, match="got both"):
        decide([ArmResult("M0", 0, 60), ArmResult("M0.natural", 1, 60)])
    with pytest.raises(LeukcadError, match="between 0 and 1, got 20"):
        decide([], margin=20)


arm_counts = st.integers(0, 70).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
all_counts = st.fixed_dictionaries(dict.fromkeys((*ARMS, *LEUKAEMIA.controls), arm_counts))
margins = st.sampled_from([0.1, 0.2, 0.3])


def of(counts: Counts, margin: float) -> Verdict:
    results = {name: ArmResult(name, *count) for name, count in counts.items()}
    return decide([results[a] for a in ARMS], [results[c] for c in LEUKAEMIA.controls], margin)


@settings(max_examples=300, deadline=None)
@given(all_counts, margins, st.sampled_from(ARMS))
def test_one_more_failure_in_an_arm_never_makes_a_verdict_milder(counts, margin, arm):
    failures, n = counts[arm]
    if failures == n:
        return
    before = VERDICTS.index(of(counts, margin).verdict)
    after = VERDICTS.index(of({**counts, arm: (failures + 1, n)}, margin).verdict)
    assert after >= before


@settings(max_examples=300, deadline=None)
@given(all_counts, margins, st.sampled_from(LEUKAEMIA.controls))
def test_one_more_failure_in_a_control_only_ever_leads_towards_undecided(counts, margin, control):
    failures, n = counts[control]
    if failures == n:
        return
    before = of(counts, margin).verdict
    after = of({**counts, control: (failures + 1, n)}, margin).verdict
    assert after in (before, "undecided")


@settings(max_examples=300, deadline=None)
@given(all_counts, margins)
def test_no_arm_both_convicts_and_clears_and_every_undecided_has_a_cause(counts, margin):
    told = of(counts, margin)
    assert not any(j.convicts and j.clears for j in [*told.arms.values(), *told.controls.values()])
    assert (told.verdict == "undecided") == bool(told.causes)
    assert set(told.causes) <= set(CAUSES)
    assert told.deciding
    if "too few groups" in told.causes:
        assert min(n for _, n in counts.values()) < least_n(margin)


@settings(max_examples=200, deadline=None)
@given(all_counts)
def test_a_wider_margin_never_makes_a_verdict_harsher_where_the_controls_are_clean(counts):
    clean = {name: (0, 100) if name in LEUKAEMIA.controls else count for name, count in counts.items()}
    severity = [VERDICTS.index(of(clean, margin).verdict) for margin in (0.1, 0.2, 0.3)]
    assert severity == sorted(severity, reverse=True)
