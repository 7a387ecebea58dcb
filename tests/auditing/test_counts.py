"""How many cells an audit adds: what the training fields tell, within limits; else ten."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from leukcad import Record
from leukcad.auditing.counts import count, leukocytes, number_of
from leukcad.types import Cells, Field

KINDS = ("lymphocyte", "lymphoblast", "RBC")


def field(name: str, label: str, cells: int, complete: bool = True) -> Field:
    truth = Cells.of(np.tile([1, 1, 3, 3], (cells + 2, 1)), labels=[0] * cells + [2, 2], classes=KINDS)
    kinds = frozenset(KINDS if complete else KINDS[1:2])
    return Field.of(Record(name, label=label), np.zeros((8, 8, 3), np.uint8), truth=truth, complete=kinds)


def bench(fields: list[Field], k: int | None = None) -> Any:
    """What `count` looks at in a bench."""
    by_id = {f.record.id: f for f in fields}
    spec = SimpleNamespace(positive="ALL", audit=SimpleNamespace(k=k))
    source = SimpleNamespace(read=lambda record: by_id[record.id])
    return SimpleNamespace(spec=spec, source=source, side=lambda name: [f.record for f in fields])


def two_classes(negative: list[int], positive: list[int], **more: bool) -> list[Field]:
    rows = [("healthy", n) for n in negative] + [("ALL", n) for n in positive]
    return [field(f"f{i}", label, n, **more) for i, (label, n) in enumerate(rows)]


@pytest.mark.parametrize(
    ("negative", "positive", "k"),
    [([1, 2, 9], [12, 13, 30], 11), ([5, 5], [6, 6], 5), ([5], [3], 5), ([0], [90], 20)],
)
def test_k_is_the_difference_of_the_medians_within_five_and_twenty(
    negative: list[int], positive: list[int], k: int
) -> None:
    found = count(bench(two_classes(negative, positive)), KINDS[:2])
    assert found.k == k and found.training == tuple(sorted([*negative, *positive]))
    assert found.few == round(float(np.median(negative)))


def test_k_is_ten_where_not_every_leukocyte_is_annotated_and_no_count_is_made_up() -> None:
    found = count(bench(two_classes([1], [9], complete=False)), KINDS[:2])
    assert (found.k, found.few, found.training) == (10, None, ())


def test_what_the_bench_says_goes_before_what_is_counted() -> None:
    found = count(bench(two_classes([1], [9]), k=3), KINDS[:2])
    assert (found.k, found.how, found.few) == (3, "as the bench says", 1)


def test_red_cells_are_no_leukocytes_and_an_unannotated_field_has_no_number() -> None:
    assert leukocytes(field("f", "ALL", 4)) == 4 and number_of(field("f", "ALL", 4), ["lymphocyte"]) == 4
    assert leukocytes(Field.of(Record("f"), np.zeros((8, 8, 3), np.uint8))) is None
