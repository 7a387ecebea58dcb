"""The arms are plain data, and are those that the verdict rests on."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from leukcad.auditing.arms import Arm, Kinds, explaining, leukaemia, placed, types
from leukcad.evaluation.arms import LEUKAEMIA, TYPES

KINDS = Kinds(("lymphocyte", "neutrophil", "smudge"), ("lymphoblast",))
UNKNOWN = Kinds(("WBC",), ("lymphoblast",))


def names(arms: list[Arm], role: str) -> list[str]:
    return [arm.name for arm in arms if arm.role == role]


@pytest.mark.parametrize("rendered", [True, False])
def test_every_arm_and_control_that_a_verdict_needs_is_made(rendered: bool) -> None:
    arms = leukaemia(KINDS, rendered)
    edits = {edit for of in LEUKAEMIA.edits.values() for edit in of}
    assert set(names(arms, "arm")) == {*LEUKAEMIA.arms, *edits} - set(LEUKAEMIA.edits)
    assert set(names(arms, "control")) == set(LEUKAEMIA.controls)
    assert set(names(types(), "arm")) == set(TYPES.arms) and set(names(types(), "control")) == set(TYPES.controls)


def test_rendered_arms_have_pasted_twins_and_pasted_arms_have_none() -> None:
    drawn = leukaemia(KINDS, rendered=True)
    how = {arm.name: arm.options.get("how") for arm in drawn}
    assert how["M0.natural"] == "render" and how["M0.natural~paste"] == "paste"
    assert names(leukaemia(KINDS, rendered=False), "twin") == []
    assert len(names(drawn, "twin")) == 7


def test_donors_without_known_types_make_one_edit_of_m0() -> None:
    arms = {arm.name: arm for arm in leukaemia(UNKNOWN, rendered=False)}
    assert "M0" in arms and "M0.natural" not in arms and arms["M0"].options["kinds"] == ["WBC"]
    assert {arm.name: arm for arm in leukaemia(KINDS, rendered=False)}["M0.natural"].options["kinds"] == "healthy"


def test_what_explains_has_no_vote_and_asks_each_field_once() -> None:
    for arms in (explaining(KINDS), explaining(None)):
        assert all(arm.role == "explains" and arm.single and arm.name.startswith("x.") for arm in arms)
    assert "x.add-neutrophil" in [a.name for a in explaining(KINDS)]
    assert not any("add" in a.name for a in explaining(None))


def test_arms_come_back_from_json_as_they_were() -> None:
    for arm in [*leukaemia(KINDS, True), *types(), *explaining(KINDS)]:
        assert Arm(**json.loads(json.dumps(asdict(arm)))) == arm


def test_where_a_person_chose_positions_every_arm_that_adds_cells_takes_them_and_no_other(tmp_path: Path) -> None:
    kinds = Kinds(("lymphocyte", "neutrophil"), ("lymphoblast",))
    plain = leukaemia(kinds, rendered=True)
    told = placed(plain, tmp_path / "p.json")
    assert placed(plain, None) == plain
    for before, after in zip(plain, told, strict=True):
        adds = before.use in ("add", "sham-add")
        assert ("positions" in after.options) is adds and (adds or after == before)
    assert any(arm.use == "sham-add" for arm in told)
