"""The simulator keeps to what was measured on the published masks of ALL-IDB1 and ALL-IDB2."""

from __future__ import annotations

import numpy as np
import pytest
from leukcad_smears.catalogue import Catalogue
from leukcad_smears.presets import sample_scene
from leukcad_smears.render import render


@pytest.fixture(scope="module")
def shares() -> dict[str, np.ndarray]:
    catalogue = Catalogue(single=True, healthy=130, leukaemic=130, seed=0)
    shares: dict[str, list[float]] = {"healthy": [], "ALL": []}
    for entry in catalogue.entries():
        rendered = render(catalogue.scene(entry))
        shares[entry.label].append((rendered.nuclei > 0).sum() / (rendered.regions > 0).sum())
    return {label: np.array(values) for label, values in shares.items()}


def test_nucleus_share_alone_separates_blasts_as_in_all_idb2(shares: dict[str, np.ndarray]) -> None:
    auc = (shares["ALL"][:, None] > shares["healthy"]).mean()
    assert 0.89 <= auc <= 0.95


def test_blasts_fill_most_of_their_cell_and_some_healthy_cells_do_too(shares: dict[str, np.ndarray]) -> None:
    assert 0.80 < np.median(shares["ALL"]) < 0.88
    assert 0.45 < np.median(shares["healthy"]) < 0.70
    assert (shares["healthy"] > np.percentile(shares["ALL"], 25)).mean() > 0.03


def test_cells_have_the_sizes_of_all_idb1_at_its_field_of_view() -> None:
    scenes = [sample_scene("count", "ALL", np.random.default_rng(s), count=8) for s in range(30)]
    to_allidb = 1712 / 800
    red = np.array([np.median([r.diameter for r in s.red_cells]) for s in scenes]) * to_allidb
    white = np.array([np.median([c.diameter for c in s.cells]) for s in scenes]) * to_allidb
    assert 68 < np.median(red) < 81
    assert 106 < np.median(white) < 124
    assert 1.4 < np.median(white / red) < 1.7


def test_cells_scale_with_the_picture() -> None:
    small = sample_scene("count", "ALL", np.random.default_rng(0), width=400, height=300)
    large = sample_scene("count", "ALL", np.random.default_rng(0), width=1600, height=1200)
    assert large.scale == pytest.approx(4 * small.scale, rel=1e-3)
    assert large.cells[0].diameter == pytest.approx(4 * small.cells[0].diameter, rel=1e-2)
