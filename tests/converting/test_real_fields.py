"""Real annotations through every form of boxes and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leukcad import Step
from leukcad.assembly import Source
from leukcad.converting import ClassMap, convert
from leukcad.host import discover

FIELDS = 12


@pytest.mark.parametrize("to", ["coco", "csv", "voc", "yolo"])
def test_the_boxes_of_bccd_come_back_from_every_form(shared_data, tmp_path, to):
    step = Step("data", "voc", discover().load("data", "voc")(path=shared_data / "bccd", subset="test"))
    source = Source(step, step.index()[:FIELDS])
    done = convert(source, to, tmp_path / "out", discover(), ClassMap({"Platelets": "platelet"}))
    options = {key: Path(value) for key, value in done.use.items() if key != "use"}
    back = Step("data", to, discover().load("data", to)(**options))
    records = {record.id: record for record in back.index()}
    assert done.fields == FIELDS and set(records) == {r.id for r in source.records} and done.lost == []
    for record in source.records:
        old, new = source.read(record), back.read(records[record.id])
        assert new.truth.names() == [name.replace("Platelets", "platelet") for name in old.truth.names()]
        np.testing.assert_allclose(new.truth.boxes, old.truth.boxes, atol=1e-3)
        np.testing.assert_array_equal(new.array(), old.array())
