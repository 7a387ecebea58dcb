"""Edited fields as pictures, a table of answers, and the verdict that asking directly gives."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import leukcad
from leukcad import LeukcadError
from leukcad.auditing.tables import score
from leukcad.audits import export_fields
from leukcad.data.images import read_image

BENCH = """
data: {use: simulated, healthy: 6, leukaemic: 6, width: 240, height: 180}
test: {use: simulated, healthy: 3, leukaemic: 3, width: 240, height: 180, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
cell_classes: {healthy: [lymphocyte, neutrophil, monocyte, eosinophil, basophil], lymphoblast: [lymphoblast]}
positive_cells: [lymphoblast]
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
audit: {draws: 1, k: 5, donors: {use: simulated-cells, healthy: 12, leukaemic: 6, width: 240, seed: 5}}
"""
Write = Callable[..., Path]


def violet(pictures: list[np.ndarray]) -> list[str]:
    """Goes by how much nucleus there is."""
    return ["ALL" if (p[..., 1].astype(int) < 110).mean() > 0.03 else "healthy" for p in pictures]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The edited fields of a small bench, as pictures."""
    folder = tmp_path_factory.mktemp("tables")
    (folder / "bench.yaml").write_text(BENCH, encoding="utf-8")
    table = export_fields(folder / "edited", bench=folder / "bench.yaml")
    assert table == folder / "edited" / "fields.csv"
    return folder


@pytest.fixture
def write(exported: Path, tmp_path: Path) -> Write:
    """Writes a table with an answer to every picture, changed as asked."""

    def write_(columns: str = "field,called", change: Callable[[list[list[str]]], Any] = lambda rows: None) -> Path:
        names = sorted(p.name for p in (exported / "edited/fields").iterdir())
        rows = [[name, "ALL", "0.9"] for name in names]
        change(rows)
        lines = [columns, *(",".join(row[: columns.count(",") + 1]) for row in rows)]
        (tmp_path / "answers.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path / "answers.csv"

    return write_


def test_a_picture_tells_nothing_by_its_name_and_all_of_them_stand_in_the_table(exported: Path) -> None:
    with (exported / "edited/fields.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pictures = {p.name for p in (exported / "edited/fields").iterdir()}
    assert {row["field"] for row in rows} == pictures and len(pictures) > 30
    assert not any(word in name for name in pictures for word in ("Fresh", "M0", "sham", "_1", "_0"))
    assert (exported / "edited/SIMULATED.txt").is_file()


def test_a_filled_table_gives_the_verdict_that_asking_directly_gives(exported: Path, write: Write) -> None:
    asked = leukcad.audit(violet, bench=exported / "bench.yaml", explain=False, out=exported / "runs")

    def answer(rows: list[list[str]]) -> None:
        for row in rows:
            (row[1],) = violet([read_image(exported / "edited/fields" / row[0])])

    told = score(write(change=answer), exported / "edited", name="violet")
    (direct,) = asked.verdicts.values()
    mine = told.verdicts["violet"]
    same = ("verdict", "cause", "deciding_arms", "arms", "controls", "fields", "k")
    assert {key: mine[key] for key in same} == {key: direct[key] for key in same}
    assert json.loads(told.files["violet"].read_text(encoding="utf-8")) == mine
    assert told.page.is_file() and list((told.page.parent / "pictures").iterdir())


def test_probabilities_are_called_from_the_threshold_on(exported: Path, write: Write) -> None:
    low, high = (score(write("field,called,probability", blank), exported / "edited", threshold=t) for t in (0.5, 0.95))
    assert low.verdicts["answers"]["arms"]["A+"]["failures"] == 0
    assert high.verdicts["answers"]["arms"]["A+"]["failures"] == 3


def blank(rows: list[list[str]]) -> None:
    for row in rows:
        row[1] = ""


def test_a_row_without_an_answer_is_an_abstention_and_never_right(exported: Path, write: Write) -> None:
    told = score(write(change=blank), exported / "edited").verdicts["answers"]
    assert told["arms"]["A+"]["failures"] == told["arms"]["A-"]["failures"] == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.pop(0), "1 are missing"),
        (lambda rows: rows.append(rows[0]), "was answered in line 2 already"),
        (lambda rows: rows.append(["x.jpg", "ALL", ""]), "no exported field 'x.jpg'"),
        (
            lambda rows: rows[0].__setitem__(1, "sick"),
            "answers.csv:2: called: expected one of healthy, ALL, got 'sick'",
        ),
        (
            lambda rows: rows[0].__setitem__(2, "2"),
            "answers.csv:2: probability: expected a number from 0 to 1, got '2'",
        ),
    ],
)
def test_a_mistake_in_the_table_is_named_by_its_line(
    exported: Path, write: Write, change: Callable[[list[list[str]]], Any], message: str
) -> None:
    with pytest.raises(LeukcadError) as caught:
        score(write("field,called,probability", change), exported / "edited")
    assert message in str(caught.value)


def test_a_table_beside_no_exported_fields_is_told_where_the_key_should_be(tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("field,called\na.jpg,ALL\n", encoding="utf-8")
    with pytest.raises(LeukcadError, match="expected the key of exported fields"):
        score(tmp_path / "answers.csv")
