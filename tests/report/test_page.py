from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from leukcad.report.page import write_report

HOSTILE = '<script>alert("$1")</script>'
ADDRESSES = {"src", "href", "action", "data", "poster", "srcset", "formaction", "xlink:href"}


class Reader(HTMLParser):
    """What a browser would take for tags, addresses and words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.words = ""
        self.inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.inside.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ADDRESSES]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"script", "style"} & set(self.inside):
            self.words += data


def read(path: Path) -> Reader:
    return Reader(path.read_text(encoding="utf-8"))


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def renamed(told: dict, name: str) -> dict:
    """The comparison with `name` wherever data may name something."""
    told["title"] = told["command"] = name
    told["classes"] = [name, "ALL"]
    first = told["pipelines"].pop("direct_resnet50")
    first |= {"title": name, "yaml": name, "run": name, "split": {name: {name: 1}}, "history": {name: [{name: 1.0}]}}
    first["counts"][name] = {name: {name: 1}}
    first["sets"][name] = {f"sensitivity:{name}": {"value": 0.5, "low": 0.1, "high": 0.9, "n": 4}}
    told["pipelines"] = {name: first, **told["pipelines"]}
    for row in told["mistakes"]:
        row |= {"field": name, "truth": name, "reason": name, "group": name}
    told["screen"] = {**told["screen"], "findings": [name]}
    told["mistakes"][1]["pipeline"] = name
    for example in told["examples"]:
        example["field"] = example["label"] = name
        for version in example["versions"]:
            version["answers"][name] = {**version["answers"].pop("direct_resnet50"), "called": name, "reason": name}
            version["answers"][name]["cells"] = version["answers"]["two_step"]["cells"]
            version["answers"][name]["cells"][0]["name"] = name
            version["picture"] = name
    told["ledger"] = [{name: name, "donor": f"=cmd|{name}"}]
    told["provenance"] = {name: {name: [name]}}
    told["bench"] = {name: name, "positive_cells": [name]}
    return told


def test_the_page_says_the_finding_in_its_first_words(comparison, tmp_path):
    words = " ".join(read(write_report(tmp_path, comparison)).words.split())
    assert "When 10 healthy white cells were added to 60 fields without lymphoblasts, direct_resnet50" in words
    assert "58 of 60 (97 %, 88–100)" in words and "0 of 60 (0 %, 0–6)" in words


def test_nothing_on_the_page_is_fetched_from_elsewhere(comparison, tmp_path):
    page = write_report(tmp_path, comparison)
    for address in read(page).addresses:
        assert re.match(r"(\./|#|data:,|plotly\.min\.js$|rates\.csv$|ledger\.csv$)", address), address
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text and "@import" not in text and "url(" not in text


@pytest.mark.parametrize("name", [HOSTILE, '"><img src=x onerror=alert(1)>', "' onload='x", "{{ 7*7 }}", "a`b${c}$&"])
def test_hostile_names_are_words_and_nothing_else(comparison, tmp_path, name):
    plain = read(write_report(tmp_path / "plain", comparison))
    hostile = read(write_report(tmp_path / "hostile", renamed(comparison, name)))
    assert name in hostile.words
    assert not hostile.handlers
    assert hostile.tags.count("script") == plain.tags.count("script")
    assert set(hostile.tags) == set(plain.tags)


def test_a_picture_cannot_lie_at_another_place(comparison, tmp_path):
    for path in ("//evil.example/x.jpg", "https://evil.example/x.jpg", "javascript:alert(1)"):
        comparison["examples"][0]["versions"][0]["picture"] = path
        for address in read(write_report(tmp_path, comparison)).addresses:
            assert ":" not in address.removeprefix("data:") and not address.startswith("//")


def test_every_picture_that_the_page_shows_lies_beside_it(comparison, tmp_path, draw_pictures):
    draw_pictures(comparison, tmp_path)
    shown = set(re.findall(r"\./pictures/[^\"]+", write_report(tmp_path, comparison).read_text(encoding="utf-8")))
    assert len(shown) == 4 * 5 + 2  # versions of a field with two pipelines' layers, and an error with its heat map
    assert all((tmp_path / address).is_file() for address in shown)


def test_the_worst_errors_and_what_the_data_tell_stand_on_the_page(comparison, tmp_path):
    words = " ".join(read(write_report(tmp_path, comparison)).words.split())
    assert "Worst errors" in words and "Im031_1" in words and "no WBC" in words
    assert "Dark pixels alone tells ALL from the rest" in words and "data/Im108_0 (test, unlabelled)" in words


def test_the_page_is_small_and_plotly_lies_beside_it_once(comparison, tmp_path):
    page = write_report(tmp_path, comparison)
    assert page == tmp_path / "index.html"
    assert sum(f.stat().st_size for f in tmp_path.iterdir()) < 15e6
    before = (tmp_path / "plotly.min.js").stat().st_mtime_ns
    write_report(tmp_path, comparison)
    assert (tmp_path / "plotly.min.js").stat().st_mtime_ns == before


def test_one_pipeline_without_series_or_positive_class_has_a_page(several_classes, tmp_path):
    page = read(write_report(tmp_path, several_classes))
    assert "25 of 30 (83 %, 65–94)" in page.words
    assert "Quick look" in page.words and "Sensitivity, eosinophil" in page.words
    assert "As healthy white cells" not in page.words
    assert not (tmp_path / "plotly.min.js").exists() and not (tmp_path / "ledger.csv").exists()


@pytest.mark.parametrize(("data", "word"), [("simulated", "Simulated"), ("semi-real", "Semi-real")])
def test_a_banner_says_that_no_patient_stands_behind_it(comparison, tmp_path, data, word):
    comparison["data"] = data
    words = read(write_report(tmp_path, comparison)).words
    assert word in words and "Research use only" in words


def test_real_data_bear_no_such_banner_but_research_use_only(several_classes, tmp_path):
    words = read(write_report(tmp_path, several_classes)).words
    assert "Simulated" not in words and "Research use only" in words


def test_an_undefined_rate_is_a_dash(comparison, tmp_path):
    comparison["pipelines"]["two_step"]["sets"]["test"]["precision"] = {"value": None, "low": 0, "high": 1, "n": 0}
    assert "–" in read(write_report(tmp_path, comparison)).words


def test_the_rates_to_download_are_all_rates(comparison, tmp_path):
    write_report(tmp_path, comparison)
    rows = list(csv.DictReader(lines_of(tmp_path / "rates.csv")))
    assert len(rows) == 2 * 6 * 5
    found = next(r for r in rows if r["pipeline"] == "two_step" and r["set"] == "test" and r["metric"] == "accuracy")
    assert float(found["value"]) == pytest.approx(119 / 120) and found["n"] == "120"


def test_no_text_in_a_table_to_download_is_a_formula(comparison, tmp_path):
    comparison["ledger"] = [{"donor": "=1+1", "@kind": "+x", "x": -3.5, "note": " =HYPERLINK(1)", "tab": "\t=1"}]
    write_report(tmp_path, comparison)
    head, row = csv.reader(lines_of(tmp_path / "ledger.csv"))
    assert head[1] == "'@kind"
    assert row == ["'=1+1", "'+x", "-3.5", "' =HYPERLINK(1)", "'\t=1"]


def test_a_heat_map_in_which_nothing_speaks_for_the_class_is_said_to_be_so(comparison, tmp_path):
    version = next(v for v in comparison["examples"][0]["versions"] if v["dose"] == 10)
    assert "no positive evidence" not in read(write_report(tmp_path, comparison)).words
    version["answers"]["two_step"]["cold"] = True
    assert "no positive evidence" in read(write_report(tmp_path, comparison)).words


def perturbed(name: str, axis: str = "share of cells missed") -> dict:
    """What a comparison says of errors of detection: one pipeline with a curve, one that is not concerned."""
    lines = [
        {"name": name, "x": [], "value": [], "low": [], "high": [], "n": []},
        {"name": "two_step", "x": [0, 0.5], "value": [1, 0.5], "low": [0.9, 0.3], "high": [1, 0.7], "n": [8, 8]},
    ]
    point = {"accuracy": {"value": 1.0, "low": 0.9, "high": 1.0, "n": 8}}
    worse = {"accuracy": {"value": 0.5, "low": 0.3, "high": 0.7, "n": 8}}
    curve = [{"strength": 0, **point}, {"strength": 0.5, **worse}]
    return {
        "perturbed": {
            name: {"why": f"{name} looks at all", "as_found": {}, "curves": {}},
            "two_step": {"why": "", "as_found": point, "curves": {"miss": curve}},
        },
        "perturbed_panels": [{"metric": "m", "title": "Miss", "axis": axis, "ticks": [0, 0.5], "lines": lines}],
    }


def test_what_errors_of_detection_cost_stands_on_the_page_and_names_are_escaped(comparison, tmp_path):
    page = read(write_report(tmp_path, comparison | perturbed(HOSTILE, HOSTILE)))
    assert "As the detector errs" in page.words and f"{HOSTILE} looks at all" in page.words
    assert page.tags.count("script") == 3 and (tmp_path / "plotly.min.js").exists()


def test_a_page_without_errors_of_detection_does_not_speak_of_them(comparison, tmp_path):
    assert "As the detector errs" not in read(write_report(tmp_path, comparison)).words
