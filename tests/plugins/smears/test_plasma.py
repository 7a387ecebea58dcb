"""Candidate positions lie on plasma, apart from each other and from leukocytes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from leukcad_smears.plasma import Places, free_positions
from leukcad_smears.survey import survey
from numpy.typing import NDArray

from leukcad import Field
from leukcad.data.images import read_image

Image = NDArray[np.uint8]


def smear(seed: int, red_cells: int, size: tuple[int, int] = (400, 300)) -> tuple[Image, NDArray[np.bool_]]:
    """A plain drawing: plasma, round red cells of 30 px; and where they are."""
    rng = np.random.default_rng(seed)
    image = np.full((size[1], size[0], 3), (225, 220, 210), np.uint8)
    for _ in range(red_cells):
        at = (int(rng.integers(size[0])), int(rng.integers(size[1])))
        cv2.circle(image, at, 15, (200, 140, 150), -1)
    covered = image[..., 1] < 200
    return np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8), covered


@pytest.mark.parametrize("seed", range(4))
def test_positions_lie_on_plasma_while_there_is_any(seed: int) -> None:
    image, covered = smear(seed, 40)
    found = free_positions(survey(image), 400, 300, (40, 40), 5, np.random.default_rng(seed))
    assert len(found) == 5
    assert max(covered[y : y + 40, x : x + 40].mean() for x, y in found) < 0.12


def test_positions_do_not_overlap_and_lie_inside() -> None:
    image, _ = smear(1, 30)
    found = free_positions(survey(image), 400, 300, (37, 52), 12, np.random.default_rng(0))
    used = np.zeros((300, 400), int)
    for x, y in found:
        assert x >= 0 and y >= 0 and x + 37 <= 400 and y + 52 <= 300
        used[y : y + 52, x : x + 37] += 1
    assert used.max() == 1


def test_a_crowded_field_still_has_positions_unless_a_limit_is_set() -> None:
    image, _ = smear(2, 260)
    rng = np.random.default_rng(0)
    assert len(free_positions(survey(image), 400, 300, (50, 50), 4, rng)) == 4
    assert free_positions(survey(image), 400, 300, (50, 50), 4, rng, most=0.02) == []


def test_boxes_and_regions_to_avoid_are_kept_clear() -> None:
    image, _ = smear(3, 0)
    regions = np.zeros((300, 400), np.int32)
    regions[:, :150] = 1
    places = Places(survey(image), 400, 300, np.random.default_rng(0), avoid=[(250, 0, 400, 300)], regions=regions)
    corners = [places.next(40, 40) for _ in range(5)]
    assert all(c is not None and c[0] >= 150 and c[0] + 40 <= 250 for c in corners)


def test_nuclei_are_found_from_pixels_and_kept_clear() -> None:
    image, _ = smear(4, 20)
    cv2.circle(image, (200, 150), 22, (90, 60, 140), -1)
    places = Places(survey(image), 400, 300, np.random.default_rng(0))
    for _ in range(10):
        corner = places.next(40, 40)
        assert corner is not None
        x, y = corner
        assert abs(x + 20 - 200) >= 42 - 2 or abs(y + 20 - 150) >= 42 - 2


def test_no_position_where_the_box_exceeds_the_field() -> None:
    image, _ = smear(5, 5)
    assert Places(survey(image), 400, 300, np.random.default_rng(0)).next(401, 20) is None


def test_a_field_without_cells_or_of_one_colour_is_all_plasma() -> None:
    image = np.full((200, 300, 3), 210, np.uint8)
    seen = survey(image)
    assert seen.red_cell is None and not seen.covered.any()
    assert len(free_positions(seen, 300, 200, (50, 50), 3, np.random.default_rng(0))) == 3


def test_the_red_cells_size_and_the_plasmas_colour_are_measured() -> None:
    image, _ = smear(6, 40)
    seen = survey(image)
    assert seen.red_cell == pytest.approx(30, rel=0.2)
    assert np.abs(seen.white_at(200, 150) - np.array([225, 220, 210])).max() < 6


def test_the_survey_of_a_simulated_field_agrees_with_its_scene(host: Field) -> None:
    seen = survey(host.array())
    assert host.scene is not None
    drawn = np.median([row[2] for row in host.scene["red_cells"]])
    assert seen.red_cell == pytest.approx(drawn, rel=0.25)


def test_real_fields_offer_positions_on_plasma(shared_data: Path) -> None:
    for path in sorted((shared_data / "rbc_fields").glob("*.jpg"))[4::6]:
        image = read_image(path)
        found = free_positions(survey(image), image.shape[1], image.shape[0], (50, 50), 4, np.random.default_rng(0))
        assert len(found) == 4
        green = image[..., 1].astype(float)
        plasma = np.percentile(green, 80)
        for x, y in found[:2]:
            assert np.median(green[y : y + 50, x : x + 50]) > 0.88 * plasma, path.name
