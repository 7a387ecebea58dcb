"""Pasting: nested doses, exact truth, complete ledger, donors never from the field itself."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from leukcad import Cells, Field, LeukcadError, Step

Pasting = Callable[..., Step]
both = pytest.mark.parametrize("name", ["paste", "paste-paper"])
DOSES = (1, 2, 5, 8)


def regions(field: Field) -> NDArray[np.int32]:
    assert field.truth is not None and field.truth.regions is not None
    return np.asarray(field.truth.regions.numpy())


def names(field: Field) -> list[str]:
    assert field.truth is not None
    return field.truth.names()


def pasted(field: Field, host: Field) -> NDArray[np.bool_]:
    return np.asarray(regions(field) > len(names(host)))


@both
def test_each_dose_adds_that_many_healthy_cells_and_changes_neither_label_nor_source(
    name: str, host: Field, donors: list[Field], pasting: Pasting
) -> None:
    made = list(pasting(name).synthesize(host, DOSES, donors))
    assert [f.record.id for f in made] == [f"{host.record.id}+{dose}@0" for dose in DOSES]
    for field, dose in zip(made, DOSES, strict=True):
        assert len(names(field)) == len(names(host)) + dose
        assert "lymphoblast" not in names(field)[-dose:]
        assert (field.record.source, field.record.group, field.record.label) == (
            host.record.source,
            host.record.group,
            "healthy",
        )


@both
def test_a_dose_holds_the_cells_of_the_smaller_ones_at_their_places(
    name: str, host: Field, donors: list[Field], pasting: Pasting
) -> None:
    small, large = list(pasting(name).synthesize(host, (3, 8), donors))
    assert large.ledger[:3] == small.ledger
    assert small.truth is not None and large.truth is not None
    n = len(names(small))
    assert (large.truth.boxes[:n] == small.truth.boxes).all()
    there = regions(small) > 0
    assert (regions(large)[there] == regions(small)[there]).all()
    assert (large.array()[there] == small.array()[there]).all()


@both
def test_the_doses_asked_for_do_not_move_the_cells(
    name: str, host: Field, donors: list[Field], pasting: Pasting
) -> None:
    alone = list(pasting(name).synthesize(host, (5,), donors))[-1]
    among = list(pasting(name).synthesize(host, (5, 1, 2), donors))[-1]
    assert alone.ledger == among.ledger
    assert (alone.array() == among.array()).all()


def test_the_papers_way_changes_nothing_beyond_one_pixel_around_its_regions(
    host: Field, donors: list[Field], pasting: Pasting
) -> None:
    field = list(pasting("paste-paper").synthesize(host, (8,), donors))[-1]
    changed = (field.array() != host.array()).any(axis=2)
    allowed = cv2.dilate(pasted(field, host).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert not (changed & ~allowed).any()
    assert changed[pasted(field, host)].mean() > 0.95


def test_matched_cells_change_little_beyond_their_regions(host: Field, donors: list[Field], pasting: Pasting) -> None:
    field = list(pasting("paste").synthesize(host, (8,), donors))[-1]
    changed = (field.array() != host.array()).any(axis=2)
    allowed = cv2.dilate(pasted(field, host).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert not (changed & ~allowed).any()
    assert changed[pasted(field, host)].mean() > 0.95


@both
def test_boxes_regions_and_nuclei_of_pasted_cells_agree(
    name: str, host: Field, donors: list[Field], pasting: Pasting
) -> None:
    field = list(pasting(name).synthesize(host, (8,), donors))[-1]
    assert field.truth is not None and field.truth.nuclei is not None
    for i in range(len(names(host)), len(names(field))):
        rows, columns = np.nonzero(regions(field) == i + 1)
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert field.truth.boxes[i].tolist() == list(box)
        nucleus = field.truth.nuclei.numpy() == i + 1
        assert nucleus.any()
        assert (regions(field)[nucleus] == i + 1).all()


@both
def test_the_fields_own_cells_are_left_alone(name: str, host: Field, donors: list[Field], pasting: Pasting) -> None:
    field = list(pasting(name).synthesize(host, (8,), donors))[-1]
    assert (regions(field)[regions(host) > 0] == regions(host)[regions(host) > 0]).all()


@both
def test_the_ledger_tells_all_of_every_cell(name: str, host: Field, donors: list[Field], pasting: Pasting) -> None:
    field = list(pasting(name, draw=2).synthesize(host, (5,), donors))[-1]
    sources = {d.record.source for d in donors}
    assert len(field.ledger) == 5
    for entry, kind in zip(field.ledger, names(field)[-5:], strict=True):
        wanted = {
            "donor",
            "donor_source",
            "kind",
            "x",
            "y",
            "diameter",
            "rotation",
            "flip",
            "scale",
            "draw",
            "blending",
        }
        assert wanted <= set(entry)
        assert entry["donor_source"] in sources
        assert entry["kind"] == kind
        assert entry["draw"] == 2
        assert regions(field)[int(entry["y"]), int(entry["x"])] == entry["cell"] + 1


@both
def test_a_draw_is_the_same_again_and_another_draw_differs(
    name: str, host: Field, donors: list[Field], pasting: Pasting
) -> None:
    first, again, other = (list(pasting(name, d).synthesize(host, (5,), donors))[-1] for d in (0, 0, 1))
    assert (first.array() == again.array()).all()
    assert first.ledger == again.ledger
    assert [e["x"] for e in first.ledger] != [e["x"] for e in other.ledger]


@both
def test_doses_that_do_not_fit_are_left_out(name: str, host: Field, donors: list[Field], pasting: Pasting) -> None:
    made = list(pasting(name).synthesize(host, (2, 400), donors))
    assert [f.record.extra["dose"] for f in made] == [2]


@both
def test_a_field_is_never_its_own_donor(name: str, host: Field, donors: list[Field], pasting: Pasting) -> None:
    with pytest.raises(LeukcadError, match="donor"):
        list(pasting(name).synthesize(host, (1,), [host]))
    made = list(pasting(name).synthesize(host, (5,), [host, *donors]))[-1]
    assert all(entry["donor_source"] != host.record.source for entry in made.ledger)


@both
def test_without_donors_of_the_kind_the_cure_is_named(
    name: str, host: Field, donors: list[Field], pasting: Pasting
) -> None:
    with pytest.raises(LeukcadError, match="give `donors`"):
        list(pasting(name).synthesize(host, (1,), []))
    with pytest.raises(LeukcadError, match="lymphoblast"):
        list(pasting(name, kinds=["erythroblast"]).synthesize(host, (1,), donors))


def test_where_no_donor_fits_the_papers_way_names_the_other(host: Field, donors: list[Field], pasting: Pasting) -> None:
    with pytest.raises(LeukcadError, match="use `paste`"):
        list(pasting("paste-paper", box=8.0).synthesize(host, (1,), donors))


@both
def test_kinds_may_be_named(name: str, host: Field, donors: list[Field], pasting: Pasting) -> None:
    field = list(pasting(name, kinds=["lymphoblast"]).synthesize(host, (4,), donors))[-1]
    assert names(field)[-4:] == ["lymphoblast"] * 4


def test_the_positive_fields_get_cells_too_and_stay_positive(ill: Field, donors: list[Field], pasting: Pasting) -> None:
    field = list(pasting("paste").synthesize(ill, (2,), donors))[-1]
    assert field.record.label == "ALL"
    assert names(field)[: len(names(ill))] == names(ill)


def test_matching_brings_donors_to_the_fields_scale(host: Field, donors: list[Field], pasting: Pasting) -> None:
    doubled = []
    for donor in donors:
        image = donor.array().repeat(2, 0).repeat(2, 1)
        truth = donor.truth
        assert truth is not None and truth.regions is not None
        big = truth.regions.numpy().repeat(2, 0).repeat(2, 1)
        labels = truth.labels.numpy()
        larger = Cells.of(truth.boxes.numpy() * 2, labels=labels, classes=truth.classes, regions=big)
        doubled.append(Field.of(donor.record, image, truth=larger, pixel_size=(donor.pixel_size or 0) / 2))
    plain = list(pasting("paste").synthesize(host, (5,), donors))[-1]
    shrunk = list(pasting("paste").synthesize(host, (5,), doubled))[-1]
    sizes = [np.median([entry["diameter"] for entry in field.ledger]) for field in (plain, shrunk)]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.08)
    assert np.median([entry["scale"] for entry in shrunk.ledger]) == pytest.approx(0.5, rel=0.1)


def test_matching_brings_donors_to_the_fields_stain(host: Field, donors: list[Field], pasting: Pasting) -> None:
    darker = [Field.of(d.record, (d.array() * 0.7).astype(np.uint8), truth=d.truth) for d in donors]
    made = {n: list(pasting(n).synthesize(host, (8,), darker))[-1] for n in ("paste", "paste-paper")}
    truth = host.truth
    assert truth is not None and truth.nuclei is not None
    own = host.array()[truth.nuclei.numpy() > 0].mean()
    gap = {}
    for name, field in made.items():
        assert field.truth is not None and field.truth.nuclei is not None
        gap[name] = abs(field.array()[field.truth.nuclei.numpy() > len(names(host))].mean() - own)
    assert gap["paste"] < gap["paste-paper"]
