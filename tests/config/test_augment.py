"""The key `augment`: read, written down again, described in the schema, and its mistakes with their place."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from leukcad.config import ConfigError, PipelineSpec, dump, load_pipeline, pipeline_schema
from leukcad.config.nodes import to_plain
from leukcad.config.reading import parse
from leukcad.host import Host

FILE = """\
data: simulated
classes: [healthy, ALL]
steps: [{classify: net}]
"""


def load(folder: Path, host: Host, text: str = "") -> PipelineSpec:
    (folder / "p.yaml").write_text(FILE + text, encoding="utf-8")
    return load_pipeline(folder / "p.yaml", host)


def test_what_a_pipeline_learns_from_besides_is_read_and_is_its_own_not_the_benchs(tmp_path: Path, host: Host) -> None:
    text = "augment: {use: paste, doses: [1, 5], draws: 2, seed: 3, donors: cells}\n"
    told = load(tmp_path, host, text).augment
    assert told is not None and (told.doses, told.draws, told.seed) == ((1, 5), 2, 3)
    assert told.donors is not None and told.donors.name == "cells"
    assert load(tmp_path, host, text).bench() == load(tmp_path, host).bench()
    jsonschema.validate(to_plain(parse(FILE + text, "p.yaml")), pipeline_schema(host))


def test_a_pipeline_written_down_says_the_same_of_its_augmentation(tmp_path: Path, host: Host) -> None:
    spec = load(tmp_path, host, "augment: {use: paste, doses: [1]}\n")
    (tmp_path / "again.yaml").write_text(dump(spec.plain), encoding="utf-8")
    again = load_pipeline(tmp_path / "again.yaml", host).augment
    assert again is not None and spec.augment is not None and again.plain == spec.augment.plain
    assert load(tmp_path, host).augment is None and "augment" not in load(tmp_path, host).plain


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("augment: {use: pastr, doses: [1]}", "p.yaml:4:16: unknown synthesize component 'pastr'; did you mean"),
        ("augment: {use: paste}", "p.yaml:4:10: 'doses' is missing"),
        ("augment: {use: paste, doses: [5, 2]}", "p.yaml:4:30: expected rising doses, got [5, 2]"),
        ("augment: {use: paste, doses: [1], of: test}", "p.yaml:4:35: unknown"),
    ],
)
def test_a_mistake_in_it_is_told_with_its_place(tmp_path: Path, host: Host, line: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, host, line + "\n")
    assert message in str(error.value)
