"""What a learner of boxes or masks gets to see."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from leukcad.assembly import Setting, Source, make_pipeline, make_source
from leukcad.config import load_pipeline
from leukcad.errors import LeukcadError
from leukcad.host import discover
from leukcad.learning import Gather
from leukcad.types import Field, Record

PIPELINE = """
data: {use: simulated, healthy: 3, leukaemic: 3, width: 320, height: 240}
classes: [healthy, ALL]
positive: ALL
cell_classes: {healthy: [lymphocyte, neutrophil], lymphoblast: [lymphoblast]}
positive_cells: [lymphoblast]
split: {use: stratified}
steps:
  - preprocess: {use: coarsen, factor: 0.2}
  - segment: {use: smp, encoder: resnet18}
"""


class Counted(Source):
    """A source that counts what is read."""

    reads = 0

    def read(self, record: Record) -> Field | None:
        Counted.reads += 1
        return super().read(record)


@pytest.fixture
def gathered(tmp_path: Path) -> tuple[Gather, Counted]:
    (tmp_path / "p.yaml").write_text(PIPELINE)
    setting = Setting(discover())
    spec = load_pipeline(tmp_path / "p.yaml", setting.host)
    pipeline = make_pipeline(spec, setting)
    made = make_source(spec.data, setting)
    Counted.reads = 0
    return Gather(pipeline, pipeline.steps[1], spec, "previous", ""), Counted(made.step, made.records)


def test_a_learner_of_masks_sees_fields_as_the_preprocessing_before_it_leaves_them(gathered) -> None:
    gather, source = gathered
    examples = gather(source, source.records[:2])
    wanted = gather.pipeline.steps[0].preprocess([source.read(source.records[1])])[0]
    assert torch.equal(examples.fields[1].image, wanted.image)
    assert not torch.equal(examples.fields[1].image, source.read(source.records[1]).image)


def test_its_cells_are_the_annotated_ones_in_the_benchs_classes(gathered) -> None:
    gather, source = gathered
    examples = gather(source, source.records)
    assert all(cells.classes == ("healthy", "lymphoblast") for cells in examples.cells)
    assert any(len(cells) and cells.regions is not None for cells in examples.cells)


def test_fields_are_read_when_they_are_walked_over_and_each_once_a_walk(gathered) -> None:
    gather, source = gathered
    examples = gather(source, source.records)
    after = Counted.reads
    assert after == len(examples.fields) == len(source.records)
    for field, cells in zip(examples.fields, examples.cells, strict=True):
        assert field.truth is not None and len(cells) <= len(field.truth)
    assert Counted.reads == after + len(source.records)
    assert [f.record.id for f in examples.fields[1:3]] == [r.id for r in source.records[1:3]]
    assert examples.fields[-1].record.id == source.records[-1].id
    with pytest.raises(IndexError):
        examples.fields[len(source.records)]


def test_a_field_that_vanishes_while_it_is_learned_from_is_named(gathered, monkeypatch) -> None:
    gather, source = gathered
    examples = gather(source, source.records[:2])
    monkeypatch.setattr(Counted, "read", lambda self, record: None)
    with pytest.raises(LeukcadError, match=f"{source.records[1].id} could be read before"):
        _ = examples.fields[1]
