"""The annotated leukocytes in place of found ones."""

from __future__ import annotations

import numpy as np
import pytest
from leukcad_cells.annotated import Annotated

from leukcad import Cells, Field, LeukcadError, Record, Step

STEP = Step("detect", "annotated", Annotated(), classes=("WBC",))


def field(truth: Cells | None) -> Field:
    return Field.of(Record("Im001_0"), np.zeros((40, 60, 3), np.uint8), truth=truth)


def test_leukocytes_are_given_by_place_and_not_by_kind_and_nothing_else_is() -> None:
    regions = np.zeros((40, 60), np.int32)
    regions[0:10, 0:10], regions[20:30, 20:30], regions[5:9, 40:44] = 1, 2, 3
    boxes = [[0, 0, 10, 10], [20, 20, 30, 30], [40, 5, 44, 9]]
    truth = Cells.of(boxes, labels=[0, 1, 2], classes=("lymphoblast", "RBCs", "neutrophil"), regions=regions)
    (found,) = STEP.detect([field(truth)])
    assert found.boxes.tolist() == [boxes[0], boxes[2]]
    assert found.names() == ["WBC", "WBC"] and found.scores.tolist() == [1, 1]
    assert found.regions is not None and set(found.regions.unique().tolist()) == {0, 1, 2}


def test_a_field_without_leukocytes_has_none() -> None:
    assert len(STEP.detect([field(Cells.empty(("WBC",)))])[0]) == 0


def test_a_field_without_annotation_is_refused_by_name() -> None:
    with pytest.raises(LeukcadError, match="Im001_0 has no annotated cells; detect: nuclei finds cells without it"):
        STEP.detect([field(None)])
