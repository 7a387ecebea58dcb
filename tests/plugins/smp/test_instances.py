"""From kinds of pixel to cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from leukcad_smp.instances import Painted, filled, found

SIZE = (120, 160)


def discs(*places: tuple[float, float, float]) -> np.ndarray:
    """A bool mask with a disc at each (x, y, radius)."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    mask = np.zeros(SIZE, bool)
    for cx, cy, radius in places:
        mask |= np.hypot(x - cx, y - cy) < radius
    return mask


def painted(mask: np.ndarray, nucleus: np.ndarray | None = None) -> Painted:
    return Painted(np.where(mask, 0.9, 0.1).astype(np.float32), nucleus)


def test_an_empty_field_has_no_cells() -> None:
    assert found(painted(discs()), 0).max() == 0


def test_a_field_that_is_all_cell_is_one() -> None:
    assert found(painted(np.ones(SIZE, bool)), 0).max() == 1


@given(st.floats(10, 22), st.floats(10, 22), st.floats(0.72, 0.98))
def test_two_discs_that_overlap_a_little_are_two_cells_and_nothing_is_lost(r1: float, r2: float, apart: float) -> None:
    if min(r1, r2) < 0.7 * max(r1, r2):
        r2 = r1
    mask = discs((50, 60, r1), (50 + (r1 + r2) * max(apart, 0.85), 60, r2))
    labels = found(painted(mask), 0)
    assert labels.max() == 2
    assert ((labels > 0) == mask).all()


@pytest.mark.parametrize("apart", [0.0, 4.0, 8.0])
def test_one_long_cell_is_not_cut(apart: float) -> None:
    assert found(painted(discs((60, 60, 20), (60 + apart, 60, 20))), 0).max() == 1


def test_specks_are_dropped_and_the_others_numbered_without_gaps() -> None:
    labels = found(painted(discs((20, 20, 3), (60, 60, 15), (120, 90, 15))), 100)
    assert sorted(np.unique(labels)) == [0, 1, 2]
    assert labels[20, 20] == 0


def test_a_part_without_nucleus_belongs_to_the_neighbour_that_it_touches() -> None:
    mask = discs((50, 60, 20), (84, 60, 16))
    assert found(painted(mask), 0).max() == 2
    assert found(painted(mask, discs((50, 60, 10))), 0).max() == 1


def test_a_cell_all_of_whose_parts_lack_a_nucleus_stays_one_cell() -> None:
    lonely = discs((120, 30, 14))
    labels = found(painted(discs((50, 60, 20)) | lonely, discs((50, 60, 10))), 0)
    assert labels.max() == 2
    assert len(np.unique(labels[lonely])) == 1


def test_the_lobes_of_one_nucleus_do_not_cut_its_cell() -> None:
    lobes = discs((44, 60, 6), (58, 60, 6))
    assert found(painted(discs((50, 60, 20)), lobes), 0).max() == 1


def boxes(*places: tuple[float, float, float]) -> np.ndarray:
    return np.array([[x - r, y - r, x + r, y + r] for x, y, r in places], np.float32).reshape(-1, 4)


@pytest.mark.parametrize("how", ["watershed", "detect"])
def test_given_boxes_share_a_field_and_a_box_on_plasma_gets_nothing(how) -> None:
    places = (50, 60, 20), (88, 60, 20)
    labels = filled(painted(discs(*places)), boxes(*places, (130, 20, 10)), None, how)
    assert set(np.unique(labels)) == {0, 1, 2}
    assert labels[60, 35] == 1 and labels[60, 100] == 2
    assert abs(int((labels == 1).sum()) - int((labels == 2).sum())) < 60


@pytest.mark.parametrize("how", ["watershed", "detect"])
def test_without_boxes_nothing_is_filled(how) -> None:
    assert filled(painted(discs((50, 60, 20))), boxes(), None, how).max() == 0


def test_a_box_too_small_by_a_fifth_is_filled_up_by_watershed_and_not_by_detect() -> None:
    mask, given_ = discs((50, 60, 20)), boxes((50, 60, 17))
    assert (filled(painted(mask), given_, None, "watershed") > 0).sum() == mask.sum()
    assert (filled(painted(mask), given_, None, "detect") > 0).sum() < mask.sum()


def test_a_watershed_does_not_flood_a_cell_that_no_box_was_given_for() -> None:
    labels = filled(painted(discs((50, 60, 20), (84, 60, 20))), boxes((50, 60, 20)), None, "watershed")
    assert labels[60, 100] == 0 and labels[60, 50] == 1


def test_nuclei_that_the_detector_tells_decide_where_touching_cells_part() -> None:
    mask = discs((50, 60, 20), (80, 60, 20))
    nuclei = np.where(discs((44, 60, 6)), 1, 0) + np.where(discs((60, 60, 5)), 2, 0)
    told = filled(painted(mask), boxes((55, 60, 30), (75, 60, 30)), nuclei.astype(np.int32), "watershed")
    assert told[60, 60] == 2 and told[60, 44] == 1
