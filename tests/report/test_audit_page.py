"""The page of an audit: the verdict in words first, every figure after it, and nothing that data could smuggle in."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from rich.console import Console

from leukcad.evaluation.groups import ArmResult, to_dict
from leukcad.evaluation.verdict import decide
from leukcad.report import audit_words
from leukcad.report.audit_page import shown_of, write_audit
from leukcad.report.audit_tables import print_audit
from leukcad.report.page import render
from leukcad.report.pictures import save

if TYPE_CHECKING:
    from chromium import Tab

EVIL = "<script>alert(1)</script>"
ARMS = ("A+", "A-", "M0.natural", "M0.lymphocytes", "M1", "S", "L")
CONTROLS = ("sham-add", "sham-swap-", "sham-swap+", "sham-thin")


def arm(name: str, failures: int, n: int = 60) -> ArmResult:
    return ArmResult.of(name, {f"g{i}": i < failures for i in range(n)})


def verdict(name: str, n: int = 60, **failures: int) -> dict[str, Any]:
    """As verdict.json has it, with so many failing groups in the arms that are named."""
    told = {key.replace("_", "."): value for key, value in failures.items()}
    arms = [arm(a, told.get(a, 0), n) for a in ARMS]
    controls = [arm(c, told.get(c, 0), n) for c in CONTROLS]
    found = decide(arms, controls).to_dict()
    shares = [{"dose": d, "value": d / 20, "low": 0.0, "high": 1.0, "n": n} for d in (0, 5, 20)]
    added = {"said": "> 20", "positive_at_zero": 2}
    field = {"field": EVIL, "group": "g", "truth": "ALL", "called": None, "shows": "wrong", "failed": {"M0": [4, 5]}}
    return {
        **found,
        "pipeline": name,
        "explains": {"x.border": to_dict(arm("x.border", 3, n))},
        "kappa": {"S": {"kappa": None, "agree": 1.0, "n": n, "only_first": 0, "only_second": 0}},
        "numbers": {"dose": {"shares": shares, "added": added}, "sham_dose": {"shares": shares, "added": added}},
        "fields": [field],
        "fields_caveat": "no error rate",
        "notes": [*found["notes"], f"a note {EVIL}"],
    }


@pytest.fixture
def told() -> dict[str, Any]:
    """Two models, one right and one that counts cells, and a recipe; hostile names in all that comes from data."""
    verdicts = {"two_step": verdict("two_step"), "direct": verdict("direct", M0_natural=55, S=58)}
    comparison = {"first": "two_step", "second": "direct", "arm": "M0", "only_first": 0, "only_second": 55, "n": 60}
    row = {"arm": "M0.natural", "field": EVIL, "label": "healthy", "truth": "healthy", "cells": 10}
    answers = {"direct": {"plain": {"called": "healthy", "right": True}, "edited": {"called": None, "right": False}}}
    return {
        "title": "Audit of two_step, direct",
        "created": "2026-01-31T12:00:00+00:00",
        "command": f"leukcad audit two_step {EVIL}",
        "data": "simulated",
        "quick": False,
        "positive": "ALL",
        "arms": {},
        "thin_to": 3,
        "k": 10,
        "verdicts": verdicts,
        "recipes": {"direct": {"verdict": "undecided", "cause": "seeds disagree", "runs": ["a", "b", "c"]}},
        "comparisons": [{**comparison, "p": 0.0, "p_holm": 0.0, "note": ""}],
        "brief": {"set": EVIL, "margin": 0.2},
        "examples": [{**row, "plain": "pictures/a b.jpg", "edited": "https://evil.example/x.jpg", "answers": answers}],
        "provenance": {"two_step": {"seed": 0, "title": EVIL}, "direct": {}},
    }


def test_edits_without_a_vote_are_told_beside_the_verdict_where_they_changed_more_answers_than_the_margin(
    told: dict[str, Any],
) -> None:
    direct = told["verdicts"]["direct"]
    assert "Without a vote" not in "".join(audit_words.summary("direct", direct, told))
    direct["explains"] |= {
        "x.background": to_dict(arm("x.background", 30)),
        "x.recolour": to_dict(arm("x.recolour", 60)),
        "x.add-monocyte": to_dict(arm("x.add-monocyte", 0, 0)),
    }
    changed = "the other class's mean stain, 60 of 60 (100 %, 94–100); another background, 30 of 60 (50 %, 37–63)."
    assert f"Without a vote, these changed right answers: {changed}" in audit_words.summary("direct", direct, told)[-1]
    assert changed in unescape(render("audit.html.j2", shown_of(told)))


def text_of(page: str) -> str:
    bare = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def test_the_words_come_first_and_name_the_arms_that_decided_with_their_figures(
    told: dict[str, Any], tmp_path: Path
) -> None:
    text = text_of(write_audit(tmp_path, told).read_text(encoding="utf-8"))
    before = text.partition("Arms and controls")[0]
    assert "two_step is right, and for the right reasons" in before
    assert "direct is right on fields as they are, but for the wrong reasons" in before
    assert "55 of 60 fail (92 %, 82–97)" in before and "58 of 60 fail (97 %, 88–100)" in before
    assert "it goes by how many cells there are" in before
    assert "over 3 seeds: direct stays undecided : its seeds got different verdicts." in before


def test_every_arm_and_control_stands_in_the_table_with_what_it_says(told: dict[str, Any]) -> None:
    rows = {(row["model"], row["arm"]): row for row in shown_of(told)["arms"]}
    assert {a for _, a in rows} == {*ARMS, *CONTROLS, "M0", "x.border"}
    assert rows["direct", "M0"]["word"] == rows["direct", "M0.natural"]["word"] == "convicts"
    assert rows["direct", "M0.lymphocytes"]["word"] == rows["two_step", "sham-add"]["word"] == "clears"
    assert rows["direct", "x.border"]["word"] == "explains" and rows["direct", "x.border"]["p"] == ""


def test_what_few_groups_can_show_arm_by_arm_is_folded_away_and_other_notes_are_not(told: dict[str, Any]) -> None:
    told["verdicts"]["two_step"]["notes"] = ["the margin is 0.3, not the usual 0.2", "M0: 6 groups can never clear"]
    head = shown_of(told)["heads"][0]
    assert head["notes"] == ["the margin is 0.3, not the usual 0.2"] and head["powers"] == [
        "M0: 6 groups can never clear"
    ]


def test_the_curve_and_its_sham_share_a_panel(told: dict[str, Any]) -> None:
    (panel,) = shown_of(told)["plots"]["curves"]
    assert [line["name"] for line in panel["lines"]] == ["two_step", "two_step, sham", "direct", "direct, sham"]
    assert panel["ticks"] == [0, 5, 20]


def test_nothing_from_data_becomes_markup_or_an_address_elsewhere(told: dict[str, Any], tmp_path: Path) -> None:
    page = write_audit(tmp_path, told).read_text(encoding="utf-8")
    assert EVIL not in page and page.count("<script") == 3
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    browsed = page.partition("browser-data")[2].partition("</script>")[0]
    assert "./pictures/a%20b.jpg" in browsed and "https:" not in browsed
    assert all(address.startswith(("./", "#", "data:,", "plotly")) for address in addresses)


def test_both_pages_hand_the_script_the_same_keys(
    told: dict[str, Any], comparison: dict[str, Any], tmp_path: Path
) -> None:
    from leukcad.report.page import write_report

    found = []
    for page in (write_audit(tmp_path / "a", told), write_report(tmp_path / "r", comparison)):
        inside = re.search(r'id="plots">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
        assert inside is not None
        found.append(set(json.loads(inside[1])))
    assert found[0] == found[1]


def test_in_a_browser_it_shows_a_field_before_and_after_for_two_models_without_a_word_on_the_console(
    told: dict[str, Any], tmp_path: Path, tab: Tab
) -> None:
    outline = [10, 10, 30, 10, 30, 30]
    cell = {"outline": outline, "name": EVIL, "probability": 0.9, "alarm": True}
    for side in ("plain", "edited"):
        told["examples"][0][side] = f"pictures/{side}.webp"
        told["examples"][0][f"{side}_drawn"] = {
            "picture": f"pictures/{side}.webp", "size": [80, 60], "truth": [outline],
        }  # fmt: skip
        save(tmp_path / f"pictures/{side}.webp", np.full((60, 80, 3), 200, np.uint8))
        save(tmp_path / f"pictures/{side}-heat.webp", np.full((60, 80, 4), 120, np.uint8))
        answer = {"called": "ALL", "right": False, "probability": 0.8, "heat": f"pictures/{side}-heat.webp"}
        told["examples"][0]["answers"]["two_step"] = {
            **told["examples"][0]["answers"].get("two_step", {}), side: {**answer, "cells": [cell]},
        }  # fmt: skip
    tab.console.clear()
    tab.requests.clear()
    tab.media()
    tab.goto(write_audit(tmp_path, told).as_uri())
    tab.run("document.querySelector('[data-view=cells]').click()")
    captions = tab.run("[...document.querySelectorAll('.panes figcaption')].map((c) => c.innerText)")
    assert len(captions) == 4 and "as it is; truth: healthy" in captions[0] and "edited: 10 cells" in captions[1]
    assert tab.run("document.querySelectorAll('.panes polygon.alarm').length") == 2
    tab.run("document.querySelector('.panes polygon.alarm').closest('button').click()")
    assert EVIL in tab.run("document.querySelector('#zoom text').textContent")  # as a word
    assert tab.console == []
    assert all(r.startswith(("file:", "data:")) for r in tab.requests)


def test_a_comparison_shows_the_verdicts_on_its_first_screen_and_a_changed_margin_with_them(
    told: dict[str, Any], comparison: dict[str, Any], tmp_path: Path
) -> None:
    from leukcad.report.page import write_report

    comparison["audits"] = [{**told, "margin": 0.3, "quick": True, "page": "audit/index.html"}]
    text = text_of(write_report(tmp_path, comparison).read_text(encoding="utf-8"))
    first, _, later = text.partition("Right for the right reason?")
    assert "two_step is right, and for the right reasons . (a quick look) (margin 30 %)" in first
    assert "55 of 60 fail (92 %, 82–97)" in later and "The whole audit" in later
    comparison["audits"] = [{**told, "margin": 0.2, "quick": False}]
    first = text_of(write_report(tmp_path, comparison).read_text(encoding="utf-8")).partition("Right for")[0]
    assert "(margin" not in first and "(a quick look)" not in first


def test_an_audit_without_curves_examples_and_comparisons_is_a_page_as_well(told: dict[str, Any]) -> None:
    bare = {**told, "examples": [], "comparisons": [], "recipes": {}, "positive": None}
    bare["verdicts"] = {"x": {**told["verdicts"]["two_step"], "numbers": {}, "kappa": {}, "fields": []}}
    text = text_of(render("audit.html.j2", shown_of(bare)))
    assert "As cells are added" not in text and "Numbers that explain" not in text and "Make it again" in text


def test_what_could_not_be_made_is_said_in_the_verdict() -> None:
    found = decide([ArmResult.missing("S", "no donors"), *(arm(a, 0) for a in ARMS if a != "S")]).to_dict()
    told = {"k": 10, "positive": "ALL", "thin_to": 2}
    rows = {row["arm"].partition(",")[0]: row for row in audit_words.reasons(found, told)}
    assert rows["S"]["means"] == "Not made: no donors." and rows["S"]["figure"] == "no group entered"


def test_the_terminal_gets_the_verdict_the_arms_and_no_control_characters(told: dict[str, Any]) -> None:
    told["verdicts"]["two_step"]["notes"] = ["a \x1b[31mred note"]
    out = io.StringIO()
    print_audit(told, Console(file=out, width=100))
    text = out.getvalue()
    assert "\x1b" not in text and "two_step is right, and for the right reasons." in text
    assert "M0.lymphocytes" in text and "Recipe over 3 seeds" in text
