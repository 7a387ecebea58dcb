"""Occlusion maps what a classifier loses where a window is covered, whatever the classifier is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from leukcad_gradcam.occlusion import Occlusion, spread, windows

from leukcad import Crops, LeukcadError, Predictions


def purple(columns: tuple[str, str] = ("healthy", "ALL"), strength: float = 1.0) -> SimpleNamespace:
    """A classifier that calls ALL by the share of dark pixels; it has no network."""

    def predict(crops: Crops) -> Predictions:
        dark = (crops.pixels.float().mean(dim=1) < 100).float().mean(dim=(1, 2))
        sides = {"ALL": dark * 10 * strength, "healthy": torch.zeros_like(dark)}
        return Predictions.of(torch.stack([sides[c] for c in columns], dim=1).softmax(dim=1), columns)

    return SimpleNamespace(predict=predict, name="purple")


def smear(size: int = 40) -> Crops:
    """Light, with a dark cell at rows 4–12, columns 24–32."""
    pixels = torch.full((1, 3, size, size), 220, dtype=torch.uint8)
    pixels[:, :, 4:12, 24:32] = 30
    none = torch.zeros(1, dtype=torch.int64)
    return Crops(pixels, torch.zeros(1, 4), none, none, none)


@given(
    side=st.integers(1, 300),
    window=st.floats(0.01, 1.0),
    stride=st.floats(0.01, 1.0),
    quick=st.booleans(),
)
def test_windows_cover_every_pixel_and_none_outside(side, window, stride, quick):
    wide, corners = windows(side, max(window, 4 / side) if side >= 4 else 1.0, max(stride, 0.2), quick=quick)
    starts = sorted({y for y, _ in corners})
    covered = {y + i for y in starts for i in range(wide)}
    assert covered == set(range(side))
    assert len(corners) == len(starts) ** 2 == len(set(corners))
    assert not quick or len(starts) <= 5 or wide * 5 <= side


def test_the_map_lies_on_the_cell_that_the_answer_rests_on(explaining):
    heat = explaining(Occlusion()).explain(smear(), ["ALL"], purple())[0].values
    y, x = divmod(int(heat.argmax()), 40)
    assert 4 <= y < 12 and 24 <= x < 32
    assert heat[25:].max() == 0 and heat[:, :12].max() == 0


def test_covering_what_speaks_for_the_other_class_gives_no_evidence(explaining):
    heat = explaining(Occlusion()).explain(smear(), ["healthy"], purple())[0].values
    assert heat.max() == 0


def test_the_loss_is_that_of_the_probability(explaining):
    told = purple()
    heat = explaining(Occlusion(window=1.0, fill="white")).explain(smear(), ["ALL"], told)[0].values
    whole = told.predict(smear()).probabilities[0, 1]
    assert torch.allclose(heat, (whole - 0.5).expand(40, 40))  # nothing dark is left


def test_log_odds_still_tell_differences_where_the_probability_is_saturated(explaining):
    told = purple(strength=60)
    flat = explaining(Occlusion(window=0.1)).explain(smear(), ["ALL"], told)[0].values
    told_apart = explaining(Occlusion(window=0.1, score="log-odds")).explain(smear(), ["ALL"], told)[0].values
    assert flat.max() < 1e-3 < told_apart.max()


def test_columns_are_found_by_name(explaining):
    one = explaining(Occlusion()).explain(smear(), ["ALL"], purple())[0].values
    other = explaining(Occlusion()).explain(smear(), ["ALL"], purple(("ALL", "healthy")))[0].values
    assert torch.allclose(one, other)


def test_an_unknown_class_is_named(explaining):
    with pytest.raises(LeukcadError, match=r"no class 'blast' \(known: healthy, ALL\)"):
        explaining(Occlusion()).explain(smear(), ["blast"], purple())


def test_the_crops_stay_as_they_were(explaining):
    batch = smear()
    before = batch.pixels.clone()
    explaining(Occlusion()).explain(batch, ["ALL"], purple())
    assert torch.equal(batch.pixels, before)


def test_a_quick_look_takes_fewer_windows():
    assert len(windows(224, 0.2, 0.5)[1]) > 2 * len(windows(224, 0.2, 0.5, quick=True)[1])


def test_a_pixel_gets_the_mean_of_the_windows_over_it():
    heat = spread(torch.tensor([1.0, 3.0]), [(0, 0), (0, 1)], 2, 3)[:2]
    assert heat.tolist() == [[1, 2, 3], [1, 2, 3]]
