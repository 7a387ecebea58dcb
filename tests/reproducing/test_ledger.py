"""Claims are decided from what was measured, and from the study's own figures where those suffice."""

from __future__ import annotations

from typing import Any

import pytest

from leukcad import LeukcadError
from leukcad.reproducing import states, studies
from leukcad.reproducing.facts import Facts
from leukcad.reproducing.ledger import RULES, ledger
from leukcad.reproducing.shown_claims import denominators

SPLITS = ["loddo2022-figures", "lexicographic"]
LOOKS = {"alone": 2.0, "crowded": 0.9, "red_cells": 1.2, "red_share": 0.4, "ignored": 0.7}
LOOKS |= {"same_places": 0.8, "same_number": 0.5, "fields": 11}


def rate(value: float, of: int, low: float | None = None, high: float = 1.0) -> dict[str, Any]:
    return {"value": value, "low": value - 0.3 if low is None else low, "high": high, "n": of, "of": of}


def table(value: float) -> dict[str, Any]:
    return dict(zip(studies.METRICS, (rate(value, n) for n in (11, 5, 5, 6, 11)), strict=True))


def share(right: int, n: int) -> dict[str, Any]:
    return {"right": right, "n": n, "value": right / n, "low": right / n - 0.1, "high": 1.0}


def measured(
    data: str = "real", seeds: int = 5, value: float = 1.0, first: int | None = 5, names: tuple[str, ...] = ()
) -> dict[str, Any]:
    """What a reproduction would have measured whose networks all come to the same."""
    told = names or tuple(n.name for n in studies.find("loddo2022").networks)
    runs = [
        {
            **{"split": split, "seed": seed, "network": name, "kinds": {}, "looks": dict(LOOKS)},
            **{"table": table(value), "full": table(0.7), "first_failing": {"all": first, "healthy": first}},
            "series": [{"dose": dose, "all": share(26, 33), "healthy": share(42, 66)} for dose in (0, 20)],
        }
        for split in SPLITS
        for seed in range(seeds)
        for name in (*told, "two_step")
    ]
    pooled = {split: {name: table(value) for name in told} for split in SPLITS}
    paired = [
        {"seed": seed, "pairs": 21, "better": 0, "groups": 11, "smallest_difference": 6 / 11} for seed in range(seeds)
    ]
    return {"data": data, "positive": "ALL", "splits": SPLITS, "runs": runs, "pooled": pooled, "paired": paired}


def entries(**more: Any) -> dict[tuple[str, str], states.Entry]:
    found = ledger(Facts(studies.find("loddo2022"), measured(**more)))
    return {(e.where, e.claim): e for e in found}


def one(found: dict[tuple[str, str], states.Entry], words: str) -> states.Entry:
    (entry,) = (e for (_, claim), e in found.items() if words in claim)
    return entry


def test_there_are_the_fifty_cells_ten_first_failures_and_every_claim_of_the_study() -> None:
    found = entries()
    assert sum(where == "Table 2" for where, _ in found) == 50
    assert sum("first failing" in claim for _, claim in found) == 10
    assert len(found) == 50 + 10 + len(studies.find("loddo2022").claims) + 1  # two shares
    assert {e.state for e in found.values()} <= set(states.STATES)


def test_where_no_number_of_cells_fitted_any_field_the_claims_about_it_are_not_decided() -> None:
    told = measured()
    for run in told["runs"]:
        run["full"] = {name: {**rate, "value": None} for name, rate in run["full"].items()}
    found = {(e.where, e.claim): e for e in ledger(Facts(studies.find("loddo2022"), told))}
    assert {one(found, words).state for words in ("a first step", "all networks degrade")} == {states.NOT_RUN}


def test_the_search_marks_alexnets_row_and_no_other_impossible() -> None:
    impossible = [e for e in entries().values() if e.state == states.IMPOSSIBLE]
    assert [e.claim for e in impossible] == [f"AlexNet: {m}" for m in studies.METRICS]
    assert "7 + 4" in impossible[0].why and "transposed" in impossible[0].why


def test_a_cell_is_reproduced_by_real_data_in_four_of_five_seeds() -> None:
    assert one(entries(), "VGG-16: accuracy").state == states.REPRODUCED


def test_three_seeds_reproduce_nothing_however_they_agree() -> None:
    assert one(entries(seeds=3), "VGG-16: accuracy").state == states.COMPATIBLE


def test_a_printed_value_within_our_interval_is_compatible_and_outside_not_reproduced() -> None:
    within = measured(value=0.8)
    assert one(
        {("", e.claim): e for e in ledger(Facts(studies.find("loddo2022"), within))}, "VGG-16: recall"
    ).state == (states.COMPATIBLE)
    for cells in within["pooled"][SPLITS[0]].values():
        cells["recall"] |= {"low": 0.6, "high": 0.9}
    outside = ledger(Facts(studies.find("loddo2022"), within))
    assert {e.state for e in outside if e.claim == "VGG-16: recall"} == {states.NOT_REPRODUCED}


def test_half_an_image_off_is_still_reproduced_and_more_is_not() -> None:
    for off, state in ((0.49, states.REPRODUCED), (0.6, states.NOT_REPRODUCED)):
        told = measured(value=1 - off / 11)
        for cells in told["pooled"][SPLITS[0]].values():
            cells["accuracy"] |= {"low": 0.5, "high": 0.9}
        found = [e for e in ledger(Facts(studies.find("loddo2022"), told)) if e.claim == "VGG-16: accuracy"]
        assert found[0].state == state


def test_drawn_data_show_patterns_and_reproduce_nothing() -> None:
    said = {e.state for e in entries(data="simulated").values()}
    assert states.SEEN in said
    assert not said & {states.REPRODUCED, states.COMPATIBLE, states.NOT_REPRODUCED}


def test_what_the_paper_contradicts_is_contradicted_whatever_was_measured() -> None:
    for data in ("real", "simulated"):
        found = entries(data=data, value=0.2)
        for words in ("ResNet-50 is the best", "5 healthy and 6 ALL", "three networks"):
            assert one(found, words).state == states.CONTRADICTED
    assert one(found, "ResNet-50 is the best").why.startswith("9 networks")


def test_a_first_failure_that_is_not_printed_is_not_stated() -> None:
    found = entries()
    unsaid = [e.claim for e in found.values() if e.state == states.NOT_STATED]
    assert unsaid == [f"{name}: first failing number of pasted WBC" for name in ("AlexNet", "ResNet-18")]
    assert one(found, "VGG-19: first failing").state == states.REPRODUCED
    assert one(found, "GoogLeNet: first failing").state == states.NOT_REPRODUCED
    assert one(entries(first=None), "ResNet-50: first failing").state == states.REPRODUCED


def test_the_two_shares_name_the_numbers_of_images_that_can_give_them() -> None:
    assert denominators([63.6, 78.8], 120) == [33, 66, 99, 118]
    shares = [
        e for e in ledger(Facts(studies.find("loddo2022"), measured())) if e.where == "Figure 7" and "%" in e.printed
    ]
    assert [e.state for e in shares] == [states.REPRODUCED] * 2  # 42 of 66, 26 of 33
    assert all("33, 66, 99, 118" in e.why for e in shares)


def test_heat_maps_decide_their_claims_by_most_of_the_networks() -> None:
    for words in ("only where they stand alone", "red cells weigh more", "most WBC of crowded", "maps follow"):
        assert one(entries(data="simulated"), words).state == states.SEEN
    told = measured(data="simulated")
    for run in told["runs"][: len(told["runs"]) // 2]:
        run["looks"] |= {"ignored": 0.2, "crowded": None}
    found = {("", e.claim): e for e in ledger(Facts(studies.find("loddo2022"), told))}
    assert one(found, "most WBC of crowded").state == states.NOT_SEEN
    assert one(found, "only where they stand alone").state == states.NOT_RUN


def test_residual_networks_are_better_only_if_every_pair_is_shown_to_be() -> None:
    entry = one(entries(), "residual networks")
    assert entry.state == states.NOT_REPRODUCED and "11 fields can show a difference of 54.55 %" in entry.why


def test_networks_that_were_not_run_are_said_to_be() -> None:
    found = entries(names=("shufflenet",))
    assert one(found, "VGG-16: accuracy").state == states.NOT_RUN
    assert one(found, "AlexNet: accuracy").state == states.IMPOSSIBLE


def test_resizing_loses_the_difference_where_small_cells_are_nearer_to_chance_than_to_large_ones() -> None:
    assert one(entries(), "resizing below").state == states.NOT_RUN
    for small, state in ((0.6, states.SEEN), (0.9, states.NOT_SEEN)):
        rows = [{"diameter": px, "auroc": value} for px, value in ((8, small), (48, small), (96, 1.0))]
        told = measured(data="simulated") | {"resolution": {"against": "lymphocytes", "rows": rows}}
        found = {("", e.claim): e for e in ledger(Facts(studies.find("loddo2022"), told))}
        assert one(found, "resizing below").state == state
        assert "at 16 px a WBC" in one(found, "resizing below").ours


def test_figure_1_is_out_of_scope() -> None:
    assert one(entries(), "Figure 1").state == states.OUT_OF_SCOPE


def test_a_claim_without_a_rule_is_refused_by_name() -> None:
    study = studies.find("loddo2022")
    odd = study.model_copy(update={"claims": (studies.Claim(rule="hearsay", where="", claim="x"),)})
    with pytest.raises(LeukcadError, match=r"no rule 'hearsay'; known: shares"):
        ledger(Facts(odd, measured()))
    assert {claim.rule for claim in study.claims} == set(RULES)
