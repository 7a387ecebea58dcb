"""What flows through a pipeline is right when it is made, or not made at all."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from leukcad.errors import LeukcadError
from leukcad.types import Cells, Crops, Examples, Field, Heatmap, Predictions, Record, TypeMismatch, concatenate

SIDE = 24
CLASSES = ("lymphocyte", "lymphoblast")


@st.composite
def some_cells(draw: st.DrawFn, least: int = 0) -> Cells:
    """Up to six cells, each with a region of its own in a map of SIDE × SIDE."""
    n = draw(st.integers(least, 6))
    corners = [sorted(draw(st.lists(st.integers(0, SIDE), min_size=2, max_size=2))) for _ in range(2 * n)]
    boxes = [[x[0], y[0], x[1], y[1]] for x, y in zip(corners[:n], corners[n:], strict=True)]
    regions = np.zeros((SIDE, SIDE), np.int32)
    for i in range(n):
        regions[i, : draw(st.integers(1, SIDE))] = i + 1
    labels = draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n))
    scores = draw(st.lists(st.floats(0, 1, width=32), min_size=n, max_size=n))
    return Cells.of(boxes, labels=labels, scores=scores, classes=CLASSES, regions=regions, nuclei=regions)


@given(some_cells(), st.data())
def test_selected_cells_keep_their_boxes_labels_and_regions_in_the_order_asked(cells: Cells, data: Any) -> None:
    index = data.draw(st.permutations(range(len(cells)))) if len(cells) else []
    index = index[: data.draw(st.integers(0, len(index)))]
    chosen = cells.select(index)
    assert chosen.boxes.tolist() == [cells.boxes[i].tolist() for i in index]
    assert chosen.names() == [cells.names()[i] for i in index]
    assert cells.regions is not None and chosen.regions is not None
    for new, old in enumerate(index):
        assert torch.equal(chosen.regions == new + 1, cells.regions == old + 1)
    assert int(chosen.regions.max()) <= len(index)


@given(some_cells(), st.data())
def test_a_mask_selects_what_its_positions_select(cells: Cells, data: Any) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells)))
    by_mask = cells.select(torch.tensor(kept, dtype=torch.bool))
    by_position = cells.select([i for i, keep in enumerate(kept) if keep])
    assert torch.equal(by_mask.boxes, by_position.boxes) and torch.equal(by_mask.labels, by_position.labels)
    assert by_mask.regions is not None and by_position.regions is not None
    assert torch.equal(by_mask.regions, by_position.regions)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_a_field_gives_back_the_pixels_it_was_made_of_in_channels_last(h: int, w: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (h, w, 3), np.uint8)
    field = Field.of(Record("Im001_1"), pixels)
    assert (field.height, field.width) == (h, w) and np.array_equal(field.array(), pixels)
    assert field.image.stride() == (1, 3 * w, 3)


def test_a_field_can_be_made_of_read_only_pixels_and_does_not_share_them_to_write() -> None:
    pixels = np.zeros((4, 5, 3), np.uint8)
    pixels.flags.writeable = False
    assert Field.of(Record("x"), pixels).image.shape == (3, 4, 5)


def test_no_cells_are_ordinary_cells() -> None:
    none = Cells.empty(CLASSES)
    assert len(none) == 0 and none.classes == CLASSES and len(none.select([])) == 0 and none.names() == []
    assert len(Crops.empty(16)) == 0


def test_a_point_is_a_box_of_zero_size() -> None:
    assert len(Cells.of([[3, 4, 3, 4]])) == 1


def test_cells_say_what_they_do_not_know() -> None:
    assert Cells.of([[0, 0, 1, 1], [0, 0, 2, 2]], labels=[1, -1], classes=CLASSES).names() == ["lymphoblast", ""]


def test_a_record_is_its_own_source_and_group_unless_it_says_otherwise() -> None:
    assert (Record("a").source, Record("a").group) == ("a", "a")
    made = Record("a+5", source="a")
    assert (made.source, made.group) == ("a", "a") and Record("a", group="patient 1").source == "a"
    assert hash(Record("a", extra={"seed": 1})) == hash(Record("a", extra={"seed": 2}))


def zeros(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.zeros(shape, dtype=dtype)


INT64 = torch.int64
U8 = torch.uint8
WRONG = {
    "an id": lambda: Record(""),
    "boxes of five numbers": lambda: Cells(zeros(1, 5), zeros(1), zeros(1, dtype=INT64)),
    "boxes in float64": lambda: Cells(zeros(1, 4).double(), zeros(1), zeros(1, dtype=INT64)),
    "too few scores": lambda: Cells(zeros(2, 4), zeros(1), zeros(2, dtype=INT64)),
    "labels as float": lambda: Cells(zeros(1, 4), zeros(1), zeros(1)),
    "an inside-out box": lambda: Cells.of([[5, 0, 1, 1]]),
    "a box at infinity": lambda: Cells.of([[0, 0, float("inf"), 1]]),
    "a label without a class": lambda: Cells.of([[0, 0, 1, 1]], labels=[2], classes=CLASSES),
    "a label below -1": lambda: Cells.of([[0, 0, 1, 1]], labels=[-2], classes=CLASSES),
    "regions with a channel": lambda: Cells.of([[0, 0, 1, 1]], regions=np.zeros((4, 4, 1), np.int32)),
    "a grey image": lambda: Field(Record("Im001_1"), zeros(4, 4, dtype=U8)),
    "an image of floats": lambda: Field(Record("Im001_1"), zeros(3, 4, 4)),
    "an image with alpha": lambda: Field.of(Record("Im001_1"), np.zeros((4, 4, 4), np.uint8)),
    "an image without pixels": lambda: Field(Record("Im001_1"), zeros(3, 0, 4, dtype=U8)),
    "an array, not a tensor": lambda: Field(Record("Im001_1"), np.zeros((3, 4, 4), np.uint8)),  # type: ignore[arg-type]
    "crops that are no squares": lambda: crops(1, pixels=zeros(1, 3, 4, 5, dtype=U8)),
    "crops in float": lambda: crops(1, pixels=zeros(1, 3, 4, 4)),
    "too few owners": lambda: crops(2, field_index=zeros(1, dtype=INT64)),
    "a probability above 1": lambda: Predictions.of(torch.tensor([[0.5, 1.5]]), CLASSES),
    "a probability below 0": lambda: Predictions.of(torch.tensor([[-0.5, 0.5]]), CLASSES),
    "a probability that is no number": lambda: Predictions.of(torch.tensor([[float("nan"), 0.5]]), CLASSES),
    "a column too many": lambda: Predictions.of(zeros(1, 3), CLASSES),
    "a reason too few": lambda: Predictions(zeros(2, 2), CLASSES, zeros(2, dtype=torch.bool), ("out of focus",)),
    "a heat map with channels": lambda: Heatmap(zeros(1, 4, 4), "ALL", "cam"),
    "a heat map with a hole": lambda: Heatmap(torch.tensor([[float("nan")]]), "ALL", "cam"),
    "an example of no class": lambda: Examples(("a",), crops=crops(1, labels=torch.tensor([1]))),
}


def crops(n: int, **changes: torch.Tensor) -> Crops:
    """`n` black crops of 4 px."""
    whole = {"pixels": zeros(n, 3, 4, 4, dtype=U8), "boxes": zeros(n, 4)}
    rows = {name: zeros(n, dtype=INT64) for name in ("field_index", "cell_index", "labels")}
    return Crops(**{**whole, **rows, **changes})


@pytest.mark.parametrize("made", WRONG.values(), ids=WRONG.keys())
def test_what_does_not_keep_its_promise_is_not_made(made: Any) -> None:
    with pytest.raises(TypeMismatch, match=r"expected .+, got "):
        made()


def test_a_wrong_image_names_its_field() -> None:
    with pytest.raises(
        LeukcadError, match=r"field Im042_0: image: expected uint8 \(3, \?, \?\), got float32 \(3, 4, 4\)"
    ):
        Field(Record("Im042_0"), zeros(3, 4, 4))


def test_answers_give_no_reason_unless_they_abstain() -> None:
    assert Predictions.of(zeros(2, 2), CLASSES).reasons == ("", "")


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4))
def test_crops_are_joined_in_order_and_nothing_is_lost(sizes: list[int]) -> None:
    parts = [crops(n, field_index=torch.full((n,), i)) for i, n in enumerate(sizes)]
    joined = concatenate(parts)
    assert joined.field_index.tolist() == [i for i, n in enumerate(sizes) for _ in range(n)]
    assert len(joined.select(joined.field_index == 0)) == sizes[0]


def test_types_are_defined_without_importing_torch() -> None:
    code = "import sys, leukcad.types; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_stray_number_in_a_label_map_becomes_no_cell() -> None:
    cells = Cells.of([[0, 0, 1, 1], [2, 0, 3, 1]], regions=np.array([[0, 1, 2, 5, -3]], np.int32))
    regions = cells.select([1]).regions
    assert regions is not None and regions.tolist() == [[0, 0, 1, 0, 0]]
