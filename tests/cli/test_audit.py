"""`leukcad audit`: what is asked reaches the audit, what is found is printed, and the exit code can gate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leukcad.auditing.audit import Audit

Call = Callable[..., Any]


def found(recipes: dict[str, Any] | None = None, **verdicts: str) -> Audit:
    told = {name: {"verdict": verdict} for name, verdict in verdicts.items()}
    files = {name: Path(f"runs/{name}/audit/verdict.json") for name in verdicts}
    return Audit(told, recipes or {}, Path("runs/audit/index.html"), files, {})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stands in for the audit: keeps what it was asked, and finds what it is told to."""
    kept: dict[str, Any] = {"found": found(x="wrong-reasons")}

    def audit(what: Any, **more: Any) -> Audit:
        kept.update(what=what, **more)
        told: Audit = kept["found"]
        return told

    def score(answers: Path, of: Path | None, **more: Any) -> Audit:
        kept.update(answers=answers, of=of, **more)
        told: Audit = kept["found"]
        return told

    def export_fields(folder: Path, **more: Any) -> Path:
        kept.update(folder=folder, **more)
        return folder / "fields.csv"

    monkeypatch.setattr("leukcad.audits.audit", audit)
    monkeypatch.setattr("leukcad.audits.export_fields", export_fields)
    monkeypatch.setattr("leukcad.auditing.tables.score", score)
    monkeypatch.setattr("leukcad.report.audit_tables.print_audit", lambda told: print("a verdict"))
    return kept


@pytest.mark.parametrize("before", [[], ["judge"]])
def test_pipelines_runs_and_functions_are_judged_without_a_further_word(
    call: Call, asked: dict[str, Any], before: list[str]
) -> None:
    more = ["--seed", 0, "--seed", 3, "--set", "audit.k=7", "--groups", 20, "--device", "cpu", "--out", "there"]
    told = call("audit", *before, "x.yaml", "two_step", "mine:f", "--bench", "b.yaml", *more)
    assert told.code == 0 and asked["what"] == ["x.yaml", "two_step", "mine:f"] and asked["seeds"] == [0, 3]
    assert (asked["bench"], asked["sets"], asked["groups"]) == (Path("b.yaml"), ["audit.k=7"], 20)
    assert (asked["device"], asked["out"], asked["quick"]) == ("cpu", Path("there"), False)


def test_options_may_come_before_what_is_judged(call: Call, asked: dict[str, Any]) -> None:
    assert call("audit", "--quick", "x.yaml").code == 0
    assert asked["quick"] is True and asked["what"] == ["x.yaml"]


def test_the_verdict_is_printed_with_where_everything_lies(call: Call, asked: dict[str, Any]) -> None:
    lines = call("audit", "x").out.splitlines()
    assert lines == ["a verdict", "verdict x: runs/x/audit/verdict.json", "report: runs/audit/index.html"]


def test_json_is_all_that_is_printed_if_it_is_asked_for(call: Call, asked: dict[str, Any]) -> None:
    told = json.loads(call("audit", "x", "--json").out)
    assert told == {"verdicts": {"x": {"verdict": "wrong-reasons"}}, "recipes": {}}


@pytest.mark.parametrize(
    ("verdict", "fails"),
    [
        ("right-reasons", []),
        ("undecided", ["undecided"]),
        ("wrong-reasons", ["undecided", "wrong-reasons"]),
        ("wrong", ["undecided", "wrong-reasons", "wrong"]),
    ],
)
def test_fail_on_sets_the_exit_code_at_a_verdict_and_at_worse_ones(
    call: Call, asked: dict[str, Any], verdict: str, fails: list[str]
) -> None:
    asked["found"] = found(good="right-reasons", x=verdict)
    for word in ("undecided", "wrong-reasons", "wrong"):
        assert call("audit", "x", "--fail-on", word).code == (4 if word in fails else 0)
    assert call("audit", "x").code == 0


def test_a_recipes_verdict_stands_for_its_seeds(call: Call, asked: dict[str, Any]) -> None:
    seeds = {"a-seed0": "right-reasons", "a-seed1": "wrong", "a-seed2": "right-reasons"}
    recipe = {"a": {"verdict": "undecided", "cause": "seeds disagree", "runs": list(seeds)}}
    asked["found"] = found(recipe, **seeds)
    assert call("audit", "a.yaml", "--fail-on", "wrong").code == 0
    assert call("audit", "a.yaml", "--fail-on", "undecided").code == 4


def test_fields_are_exported_and_a_table_is_scored(call: Call, asked: dict[str, Any]) -> None:
    told = call("audit", "export", "edited", "--bench", "b.yaml", "--groups", 4)
    assert told.code == 0 and "to be filled: edited/fields.csv" in told.out
    assert (asked["folder"], asked["bench"], asked["groups"]) == (Path("edited"), Path("b.yaml"), 4)
    assert call("audit", "score", "a.csv", "--of", "edited", "--threshold", 0.3, "--name", "she").code == 0
    assert (asked["answers"], asked["of"]) == (Path("a.csv"), Path("edited"))
    assert (asked["threshold"], asked["name"]) == (0.3, "she")


def test_nothing_to_judge_is_a_mistake_and_help_teaches_by_example(call: Call, asked: dict[str, Any]) -> None:
    assert call("audit").code == 2
    told = call("audit", "--help")
    assert told.code == 0 and "leukcad audit export" in told.out and "--fail-on" in told.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mine:f"], "a function is judged on a bench, and none is given"),
        (["no_such_run"], "no run 'no_such_run'"),
        (["no_such_file.yaml"], "no_such_file.yaml: cannot be read"),
        (["score", "no_such_table.csv"], "expected the key of exported fields"),
    ],
)
def test_a_mistake_is_one_line_with_its_cure(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    told = call("audit", *arguments)
    assert told.code == 2 and message in told.err and "Traceback" not in told.err
