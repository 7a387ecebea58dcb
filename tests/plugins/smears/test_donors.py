"""Donors: cut out by their masks, or segmented where there are none; torn cells are left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from leukcad_smears.cutting import cut_out
from leukcad_smears.donors import Shelf, extract
from leukcad_smears.keeping import load_donors, save_donors
from leukcad_smears.survey import survey

from leukcad import Cells, Field, Record
from leukcad.data.images import read_image


def test_a_donor_is_the_cell_of_its_region(donors: list[Field]) -> None:
    for field in donors[:6]:
        (donor,) = extract(field)
        truth = field.truth
        assert truth is not None and truth.regions is not None
        assert donor.mask.sum() == (truth.regions.numpy() == 1).sum()
        x0, y0, x1, y1 = truth.boxes[0].tolist()
        assert donor.size == (y1 - y0, x1 - x0)
        assert donor.kind == truth.names()[0]
        assert donor.nucleus is not None and donor.nucleus.sum() < donor.mask.sum()
        assert (donor.id, donor.source) == (field.record.id, field.record.source)


def test_every_whole_leukocyte_of_a_field_is_a_donor_and_red_cells_are_not(ill: Field) -> None:
    truth = ill.truth
    assert truth is not None
    inside = [(b[:2] > 0).all() and b[2] < ill.width and b[3] < ill.height for b in truth.boxes]
    found = extract(ill)
    assert len(found) == sum(map(bool, inside))
    assert len({d.id for d in found}) == len(found)
    red = Cells.of(truth.boxes.numpy(), labels=[0] * len(truth), classes=("RBC",), regions=truth.regions.numpy())  # type: ignore[union-attr]
    assert extract(ill.replace(truth=red)) == []


def test_without_a_mask_the_cell_at_the_centre_is_found(donors: list[Field]) -> None:
    shares = []
    for field in donors:
        truth = field.truth
        assert truth is not None and truth.regions is not None
        masks = cut_out(field.array(), survey(field.array()))
        if masks is not None:
            true = truth.regions.numpy() > 0
            shares.append((masks[0] & true).sum() / (masks[0] | true).sum())
    assert len(shares) >= 0.6 * len(donors)
    assert np.median(shares) > 0.85


def test_a_picture_without_a_leukocyte_gives_no_donor() -> None:
    image = np.full((120, 120, 3), 220, np.uint8)
    assert extract(Field.of(Record("empty"), image)) == []


def test_the_same_list_and_the_same_fields_are_cut_only_once(
    donors: list[Field], monkeypatch: pytest.MonkeyPatch
) -> None:
    import leukcad_smears.donors as module

    calls = []

    def counted(field: Field) -> list[object]:
        calls.append(field.record.id)
        return []

    monkeypatch.setattr(module, "extract", counted)
    shelf = Shelf()
    for fields in (donors[:3], donors[:3], donors[:2]):
        shelf.donors(fields)
    assert calls == [f.record.id for f in donors[:3]]


def test_donors_come_back_from_disk_as_they_were(donors: list[Field], tmp_path: Path) -> None:
    cells = [d for field in donors[:4] for d in extract(field)]
    save_donors(tmp_path / "cells.npz", cells)
    back = load_donors(tmp_path / "cells.npz")
    assert back is not None
    for old, new in zip(cells, back, strict=True):
        assert (old.patch == new.patch).all() and (old.mask == new.mask).all()
        assert old.nucleus is not None and new.nucleus is not None and (old.nucleus == new.nucleus).all()
        assert (old.id, old.kind, old.density, old.red_cell) == (new.id, new.kind, new.density, new.red_cell)
    (tmp_path / "cells.npz").write_bytes(b"torn")
    assert load_donors(tmp_path / "cells.npz") is None


def test_most_real_single_cells_are_cut_out_whole(shared_data: Path) -> None:
    found, tried = 0, 0
    for kind in ("lymphocyte", "neutrophil", "eosinophil", "ig", "erythroblast"):
        for path in sorted((shared_data / "pbc_cells" / kind).glob("*.jpg"))[::20]:
            tried += 1
            for donor in extract(Field.of(Record(path.stem, label=kind), read_image(path))):
                found += 1
                assert donor.kind == kind
                assert donor.red_cell is None or 0.8 < donor.diameter / donor.red_cell < 3.2
    assert found >= 0.8 * tried
