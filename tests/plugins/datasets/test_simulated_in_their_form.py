"""Simulated data written in ALL-IDB's form come back through the readers of the real data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from leukcad_datasets.allidb1 import AllIdb1
from leukcad_datasets.allidb2 import AllIdb2
from leukcad_smears.allidb import write_allidb
from leukcad_smears.simulated import Simulated

from leukcad import Step


def test_simulated_fields_and_cells_are_one_path_away(tmp_path: Path) -> None:
    write_allidb(tmp_path, healthy=2, leukaemic=2, cells=2, width=400, height=300, threads=1)
    drawn = Step("data", "simulated", Simulated(healthy=2, leukaemic=2, width=400, height=300))
    read = Step("data", "allidb1", AllIdb1(path=tmp_path, masks=tmp_path / "ALL_IDB1" / "masks"))
    both = list(zip(drawn.index(), read.index(), strict=True))
    assert [(a.id, a.label) for a, _ in both] == [(b.id, b.label) for _, b in both]
    for a, b in both:
        wanted, found = drawn.read(a), read.read(b)
        assert wanted.truth is not None and found.truth is not None
        assert found.truth.names().count("lymphoblast") == wanted.truth.names().count("lymphoblast")
        np.testing.assert_array_equal(found.array(), wanted.array())
        assert found.truth.regions is not None and wanted.truth.regions is not None
        both_there = (found.truth.regions > 0) & (wanted.truth.regions > 0)
        assert int(both_there.sum()) >= 0.98 * int((wanted.truth.regions > 0).sum())
    cells = Step("data", "allidb2", AllIdb2(path=tmp_path, masks=tmp_path / "ALL_IDB2" / "masks"))
    truths = [cells.read(r).truth for r in cells.index()]
    assert [t.names() for t in truths if t is not None] == [["lymphoblast"]] * 2 + [["WBC"]] * 2
