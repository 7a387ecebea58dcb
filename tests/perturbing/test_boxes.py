"""Found cells with the errors of a worse detector: what each kind does, and what none does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from leukcad.perturbing import KINDS, perturbed
from leukcad.types import Cells, Field, Record

NAMES = [kind.name for kind in KINDS]
HEIGHT, WIDTH = 120, 160


def field(name="f"):
    """A grey field with one bright half."""
    pixels = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    pixels[:, WIDTH // 2 :] = 230
    return Field.of(Record(name), pixels, truth=Cells.of([[100, 100, 110, 110]]))


def cells(n, seed=0):
    """`n` cells of 16 px in rows, each with its pixels."""
    rng = np.random.default_rng(seed)
    corners = [(20 * (i % 4), 22 * (i // 4)) for i in range(n)]
    regions = np.zeros((HEIGHT, WIDTH), np.int32)
    for i, (x, y) in enumerate(corners, 1):
        regions[y : y + 16, x : x + 16] = i
    boxes = [[x, y, x + 16, y + 16] for x, y in corners]
    labels = rng.integers(0, 2, n)
    return Cells.of(
        np.reshape(boxes, (-1, 4)), labels=labels, scores=rng.random(n), classes=("a", "b"), regions=regions
    )


def same(first, second):
    return (
        torch.equal(first.boxes, second.boxes)
        and torch.equal(first.scores, second.scores)
        and torch.equal(first.labels, second.labels)
        and (first.regions is None) == (second.regions is None)
        and (first.regions is None or torch.equal(first.regions, second.regions))
    )


@pytest.mark.parametrize("kind", KINDS, ids=NAMES)
@pytest.mark.parametrize("n", [0, 1, 9])
def test_an_error_of_no_strength_changes_nothing(kind, n):
    found = cells(n)
    assert same(perturbed(kind.name, kind.none, field(), found), found)


@settings(max_examples=30)
@given(st.sampled_from(NAMES), st.integers(0, 12), st.integers(0, 3))
def test_the_same_field_always_gets_the_same_errors_and_empty_ones_are_ordinary(kind, n, at):
    strengths = next(k.strengths for k in KINDS if k.name == kind)
    strength = strengths[at % len(strengths)]
    found = cells(n)
    before = found.boxes.clone()
    first, second = (perturbed(kind, strength, field(), found) for _ in range(2))
    assert same(first, second) and torch.equal(found.boxes, before)
    assert first.classes == found.classes


def test_another_field_gets_other_errors():
    found = cells(9)
    assert not same(perturbed("shift", 0.4, field("a"), found), perturbed("shift", 0.4, field("b"), found))


def test_a_shift_moves_every_box_by_its_share_of_the_side_and_the_more_in_the_same_direction():
    found = cells(9)
    little, much = (perturbed("shift", s, field(), found).boxes - found.boxes for s in (0.1, 0.4))
    assert torch.allclose(little[:, :2].norm(dim=1), torch.full((9,), 1.6), atol=1e-4)
    assert torch.allclose(much, 4 * little, atol=1e-4)
    assert torch.equal(little[:, :2], little[:, 2:]) or torch.allclose(little[:, :2], little[:, 2:], atol=1e-5)


def test_a_scaled_box_keeps_its_centre():
    found = cells(4)
    large = perturbed("scale", 1.6, field(), found)
    assert torch.allclose(large.boxes[:, :2] + large.boxes[:, 2:], found.boxes[:, :2] + found.boxes[:, 2:])
    assert torch.allclose(large.boxes[:, 2:] - large.boxes[:, :2], torch.full((4, 2), 25.6))


def test_what_is_missed_at_a_low_rate_is_missed_at_a_higher_one_and_all_of_it_at_last():
    found, one = cells(12), field()
    kept = [{tuple(b) for b in perturbed("miss", s, one, found).boxes.tolist()} for s in (0.1, 0.25, 0.5, 1)]
    assert kept[3] == set() and kept[2] <= kept[1] <= kept[0]
    assert len(perturbed("miss", 0.5, one, cells(12)).regions.unique()) == len(kept[2]) + 1


def test_merged_cells_are_one_box_around_both_with_the_pixels_of_both():
    found = cells(2)
    merged = perturbed("merge", 1, field(), found)
    assert merged.boxes.tolist() == [[0, 0, 36, 16]] and set(merged.regions.unique().tolist()) == {0, 1}
    assert int((merged.regions == 1).sum()) == 2 * 16 * 16


def test_cells_far_apart_are_not_merged():
    apart = Cells.of([[0, 0, 16, 16], [120, 80, 136, 96]])
    assert len(perturbed("merge", 1, field(), apart)) == 2


def test_made_up_boxes_lie_on_the_brightest_places_and_meet_no_cell_nor_each_other():
    found, one = cells(9), field()
    two, five = (perturbed("spurious", n, one, found) for n in (2, 5))
    assert len(two) == 11 and len(five) == 14 and torch.equal(five.boxes[:11], two.boxes)
    new = five.boxes[9:]
    assert (new[:, 0] >= WIDTH / 2).all()
    everything = torch.cat([five.boxes, one.truth.boxes])
    for i, box in enumerate(new, 9):
        others = torch.cat([everything[:i], everything[i + 1 :]])
        assert not ((others[:, :2] <= box[2:]) & (others[:, 2:] >= box[:2])).all(dim=1).any()


def test_red_cells_all_over_a_field_leave_room_for_spurious_boxes_and_true_leukocytes_do_not():
    grid = [[x, y, x + 18, y + 18] for x in range(0, WIDTH, 20) for y in range(0, HEIGHT, 20)]
    for kind, added in (("RBC", 5), ("lymphocyte", 0)):
        full = field().replace(truth=Cells.of(grid, labels=[0] * len(grid), classes=(kind,)))
        assert len(perturbed("spurious", 5, full, cells(1))) == 1 + added


def test_a_field_in_which_nothing_was_found_gets_boxes_of_a_usual_size():
    made = perturbed("spurious", 2, field(), Cells.empty(("WBC",)))
    assert len(made) == 2 and made.names() == ["WBC", "WBC"]
    assert torch.allclose(made.boxes[:, 2:] - made.boxes[:, :2], torch.full((2, 2), WIDTH / 16), atol=1e-4)
