"""The bench key `audit`: defaults, mistakes with their place, and what it leaves as it was."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from leukcad.config import ConfigError, PipelineSpec, dump, load_bench, load_pipeline, pipeline_schema
from leukcad.config.nodes import to_plain
from leukcad.config.reading import parse
from leukcad.host import Host

BENCH = """\
data: simulated
classes: [healthy, ALL]
positive: ALL
tests: {far: simulated}
synthesize: {use: paste, doses: [1], of: far}
"""
STEPS = "steps: [{classify: net}]\n"


def load(folder: Path, host: Host, text: str = "") -> PipelineSpec:
    (folder / "p.yaml").write_text(BENCH + STEPS + text, encoding="utf-8")
    return load_pipeline(folder / "p.yaml", host)


def test_a_bench_that_says_nothing_of_the_audit_takes_the_defaults_and_keeps_its_keys(
    tmp_path: Path, host: Host
) -> None:
    spec = load(tmp_path, host)
    told = spec.audit
    assert (told.margin, told.draws, told.k, told.min_blasts, told.doses) == (0.2, 5, None, 1, (1, 2, 5, 10, 20))
    assert (told.of, told.donors) == ("far", None)  # the set that the series starts from
    assert "audit" not in spec.plain and "audit" not in spec.bench()


def test_what_is_said_of_the_audit_is_read_and_is_held_equal_by_a_comparison(tmp_path: Path, host: Host) -> None:
    spec = load(tmp_path, host, "audit: {margin: 0.1, draws: 2, k: 7, doses: [3], of: test, donors: cells}\n")
    assert (spec.audit.margin, spec.audit.draws, spec.audit.k, spec.audit.doses) == (0.1, 2, 7, (3,))
    assert spec.audit.of == "test" and spec.audit.donors is not None and spec.audit.donors.name == "cells"
    assert spec.bench() != load(tmp_path, host).bench()
    (tmp_path / "again.yaml").write_text(dump(spec.plain), encoding="utf-8")
    assert load_pipeline(tmp_path / "again.yaml", host).audit.plain == spec.audit.plain


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("audit: 5", "p.yaml:7:8: expected a mapping (margin, draws, k, min_blasts, doses, of, positions, donors)"),
        ("audit: {margin: 0.7}", "p.yaml:7:17: expected a number > 0 and < 0.5, got 0.7"),
        ("audit: {margn: 0.1}", "p.yaml:7:9: unknown key 'margn'; did you mean 'margin'?"),
        ("audit: {draws: 0}", "p.yaml:7:16: expected a whole number ≥ 1 and ≤ 100, got 0"),
        ("audit: {doses: [5, 2]}", "p.yaml:7:16: expected rising doses, got [5, 2]"),
        ("audit: {of: fra}", "p.yaml:7:13: unknown set 'fra'; did you mean 'far'?"),
        ("audit: {donors: cels}", "p.yaml:7:17: unknown data component 'cels'; did you mean 'cells'?"),
    ],
)
def test_a_mistake_in_the_audit_is_named_where_it_stands(tmp_path: Path, host: Host, line: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, host, line)
    assert message in str(caught.value)


def test_the_json_schema_knows_the_audit(host: Host) -> None:
    schema = jsonschema.Draft202012Validator(pipeline_schema(host))
    good = ["audit: {margin: 0.1, k: auto}", "audit: {k: 12, donors: {use: simulated, seed: 4}}", "audit: {}"]
    assert all(schema.is_valid(to_plain(parse(text, "t"))) for text in good)
    bad = ["audit: {k: often}", "audit: {margin: 2}", "audit: {margn: 0.1}", "audit: 3"]
    assert not any(schema.is_valid(to_plain(parse(text, "t"))) for text in bad)


def test_a_bench_is_read_without_steps_and_a_pipeline_for_its_bench(tmp_path: Path, host: Host) -> None:
    (tmp_path / "bench.yaml").write_text(BENCH, encoding="utf-8")
    (tmp_path / "p.yaml").write_text(BENCH + STEPS, encoding="utf-8")
    bench = load_bench(tmp_path / "bench.yaml", host, sets=["audit.k=6"])
    assert bench.steps == () and bench.audit.k == 6 and bench.classes == ("healthy", "ALL")
    assert load_bench(tmp_path / "p.yaml", host).bench() == load(tmp_path, host).bench()


def test_a_bench_with_mistakes_is_refused_with_all_of_them(tmp_path: Path, host: Host) -> None:
    (tmp_path / "bench.yaml").write_text("data: simulatd\nclases: [a, b]\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_bench(tmp_path / "bench.yaml", host)
    told = str(caught.value)
    assert "unknown key 'clases'" in told and "unknown data component 'simulatd'" in told and "'classes'" in told
