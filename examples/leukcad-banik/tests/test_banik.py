"""The published method, step by step, and the contract of its stage."""

from __future__ import annotations

import numpy as np
import pytest
from leukcad_banik import method

from leukcad.testing import Contract, Subject, draw_field


class TestContract(Contract):
    """The questions that every segment component is asked."""

    stage, name, options = "segment", "banik2020", {"radius": 3}


def test_each_nucleus_of_a_drawn_field_is_found_and_covered() -> None:
    field = draw_field(["lymphocyte", "lymphoblast", "lymphoblast"])
    (cells,) = Subject("segment", "banik2020", {"radius": 3, "erode": 3}).step().segment([field], None)
    assert field.truth is not None and field.truth.nuclei is not None and cells.nuclei is not None
    drawn, found = field.truth.nuclei > 0, cells.nuclei > 0
    assert len(cells) == 3 and 2 * (drawn & found).sum() / (drawn.sum() + found.sum()) > 0.9


def test_cells_that_a_detector_found_are_kept_as_they_are() -> None:
    field = draw_field()
    assert field.truth is not None
    (cells,) = Subject("segment", "banik2020", {"radius": 3}).step().segment([field], [field.truth])
    assert cells.boxes.equal(field.truth.boxes) and cells.names() == field.truth.names()


def test_the_two_clusters_are_those_of_a_library() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(20, 5, 900), rng.normal(90, 12, 100)]).astype(np.float32)
    split = method.upper_cluster(values)
    low, high = values[~split].mean(), values[split].mean()
    assert (split == (np.abs(values - high) < np.abs(values - low))).all()  # a fixed point of k-means
    assert split.sum() == pytest.approx(100, abs=2)


def test_the_disc_weighs_one_and_is_round() -> None:
    kernel = method.disc(5)
    assert kernel.sum() == pytest.approx(1, abs=1e-5) and (kernel == kernel.T).all() and kernel.shape == (11, 11)
    assert 1 / kernel.max() == pytest.approx(np.pi * 25, rel=0.01)  # the pixels that it covers


def test_a_field_of_one_colour_has_no_nuclei() -> None:
    assert not method.nuclei(np.full((40, 50, 3), 200, np.uint8), 5).any()


def test_a_large_field_is_worked_on_small_and_answered_at_its_own_size() -> None:
    image = np.kron(draw_field().array(), np.ones((4, 4, 1), np.uint8))
    small, large = method.nuclei(draw_field().array(), 3), method.nuclei(image, 3)
    assert large.shape == image.shape[:2]
    assert (large[2::4, 2::4] == small).mean() > 0.99


def test_a_nucleus_thinner_than_the_disc_is_no_cell_and_a_long_one_is_not_widened() -> None:
    mask = np.zeros((100, 200), np.bool_)
    mask[10:13, 10:60] = True  # too thin
    mask[40:60, 40:60] = True  # round enough: 1.5 × 20
    mask[40:60, 100:180] = True  # four times as long as wide: 80 as it is
    square, long = method.boxes(mask, 5, 1.5).tolist()
    assert square == [35, 35, 65, 65] and long == [100, 10, 180, 90]
