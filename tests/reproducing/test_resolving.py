"""What a square leaves of a cell, and what a curve says between its points."""

from __future__ import annotations

import pytest

from leukcad.reproducing.resolving import at, left


def test_a_square_of_224_px_leaves_a_leukocyte_of_all_idb1_less_than_twelve_pixels() -> None:
    told = left(224)
    assert told["letterboxed"] == pytest.approx(115 * 224 / 2592)
    assert told["letterboxed"] < told["squashed"] < 12


def test_between_diameters_the_curve_is_straight_and_beyond_them_level() -> None:
    rows = [{"diameter": 8, "auroc": 0.6}, {"diameter": 16, "auroc": 0.8}, {"diameter": 24, "auroc": None}]
    assert at({"rows": rows}, 12) == pytest.approx(0.7)
    assert at({"rows": rows}, 6) == 0.6 and at({"rows": rows}, 96) == 0.8
