"""Files of positions: what is written is read again, and what is none is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leukcad.errors import LeukcadError
from leukcad.positions import Placed, Position, PositionFile, read_positions

corner, side = st.integers(0, 25000).map(lambda v: v / 10), st.integers(40, 5000).map(lambda v: v / 10)
positions = st.builds(Position, corner, corner, side, side, st.sampled_from(["drawn", "suggested"]), st.booleans())
names = st.text(min_size=1, max_size=12).filter(lambda t: t.strip() == t and t.isprintable())
fields = st.dictionaries(
    names,
    st.builds(
        Placed, st.lists(positions, max_size=4).map(tuple), st.booleans(), st.just("a.jpg"), st.integers(0, 9000)
    ),
    max_size=4,
)


@given(told=fields)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_what_is_saved_is_read_again_and_the_table_holds_what_was_accepted(
    told: dict[str, Placed], tmp_path: Path
) -> None:
    file = PositionFile(tmp_path / "p.json", told)
    file.save()
    assert PositionFile.open(file.path).fields == told
    accepted = {id: placed.accepted() for id, placed in told.items()}
    if any(accepted.values()):
        assert read_positions(file.path) == accepted
        assert read_positions(file.table) == {id: boxes for id, boxes in accepted.items() if boxes}


def test_a_new_file_is_empty_and_a_field_put_in_is_saved_in_both_files(tmp_path: Path) -> None:
    file = PositionFile.open(tmp_path / "deep" / "p.json")
    assert file.fields == {}
    file.put("a/Im1_0", Placed((Position(1, 2, 30, 40), Position(5, 5, 30, 30, rejected=True)), True, "Im1_0.jpg"))
    assert file.table.read_text() == "field,x,y,width,height,origin\na/Im1_0,1,2,30,40,drawn\n"
    told = json.loads(file.path.read_text())
    assert [c["name"] for c in told["categories"]] == ["position", "rejected"]
    assert [a["bbox"] for a in told["annotations"]] == [[1, 2, 30, 40], [5, 5, 30, 30]]
    assert not list(file.path.parent.glob(".*"))  # no temporary file is left


def test_a_file_that_somebody_else_has_written_since_is_left_alone(tmp_path: Path) -> None:
    here, there = (PositionFile.open(tmp_path / "p.json") for _ in range(2))
    there.put("a", Placed((Position(1, 2, 30, 40),)))
    with pytest.raises(LeukcadError, match="another program has changed this file; start leukcad place again"):
        here.put("b", Placed())
    there.put("b", Placed(done=True))
    assert set(PositionFile.open(tmp_path / "p.json").fields) == {"a", "b"}


def test_the_coco_file_of_another_program_names_fields_by_its_pictures(tmp_path: Path) -> None:
    told = {
        "images": [{"id": 7, "file_name": "slide/Im2_0.jpg", "width": 100, "height": 90}],
        "categories": [{"id": 3, "name": "position"}, {"id": 4, "name": "platelet"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 3, "bbox": [1, 2, 30, 40]},
            {"id": 2, "image_id": 7, "category_id": 4, "bbox": [1, 2, 3, 3]},
        ],
    }
    (tmp_path / "other.json").write_text(json.dumps(told))
    assert read_positions(tmp_path / "other.json") == {"slide/Im2_0": [Position(1, 2, 30, 40)]}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a,1,2,30,wide", ":3: could not convert"),
        ("a,1,2,30,2", ":3: expected a box of at least 4 × 4 px inside the field, got .1, 2. with 30 × 2"),
        ("a,-1,2,30,30", ":3: expected a box"),
        ("a,nan,2,30,30", ":3: expected a box"),
        ("a,1,2,30", ":3: expected 5 cells"),
    ],
)
def test_a_row_that_is_no_box_is_named_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "p.csv").write_text(f"field,x,y,width,height\nb,1,1,9,9\n{line}\n")
    with pytest.raises(LeukcadError, match=said):
        read_positions(tmp_path / "p.csv")


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"images": [], "categories": [], "annotations": [{"category_id": 1}]}', "[" * 100_000, "\x00"],
)
def test_a_json_file_of_another_kind_is_refused_and_never_written_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(LeukcadError, match="expected positions in COCO's form"):
        PositionFile.open(tmp_path / "p.json")


def test_a_file_without_a_position_says_how_to_make_one(tmp_path: Path) -> None:
    PositionFile(tmp_path / "p.json", {"a": Placed(done=True)}).save()
    with pytest.raises(LeukcadError, match=r"holds no positions; place some: leukcad place"):
        read_positions(tmp_path / "p.json")


def test_a_file_that_saving_would_rob_of_something_is_not_opened_to_be_written(tmp_path: Path) -> None:
    image = {"id": 1, "file_name": "a.jpg", "width": 90, "height": 90}
    other = tmp_path / "boxes.json"
    told = {"images": [image], "categories": [{"id": 1, "name": "WBC"}], "annotations": []}
    other.write_text(json.dumps(told))
    with pytest.raises(LeukcadError, match="other kinds, which would be lost: WBC"):
        PositionFile.open(other)
    twins = {**told, "images": [image, {**image, "id": 2, "file_name": "a.png"}], "categories": []}
    other.write_text(json.dumps(twins))
    with pytest.raises(LeukcadError, match="two pictures of one name"):
        PositionFile.open(other)
    (tmp_path / "mine.csv").write_text("field,x,y,width,height\na,1,1,9,9\n")
    with pytest.raises(LeukcadError, match=r"mine\.csv would be written over"):
        PositionFile.open(tmp_path / "mine.json")
