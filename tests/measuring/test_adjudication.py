"""The table of what a careful reader says."""

from __future__ import annotations

import pytest

from leukcad import LeukcadError, Record
from leukcad.measuring import Adjudication

HEAD = "dataset,file,x0,y0,x1,y1,verdict,note\n"


def table(tmp_path, rows, head=HEAD):
    path = tmp_path / "extra.csv"
    path.write_text(head + rows)
    return path


def test_a_field_gets_what_is_said_of_the_file_whose_path_ends_so(tmp_path):
    told = Adjudication.read(
        table(
            tmp_path,
            "bccd,JPEGImages/1.jpg,0,0,9,9,wbc,x\nbccd,JPEGImages/1.jpg,5,5,9,9,unsure,\nother,1.jpg,0,0,2,2,wbc,\n",
        )
    )
    opinions = told.of(Record("1", path="/data/bccd/JPEGImages/1.jpg"))
    assert [o.word for o in opinions] == ["wbc", "unsure"] and opinions[0].box == (0, 0, 9, 9)
    assert told.used == {("bccd", "JPEGImages", "1.jpg")}
    assert told.of(Record("1", path="/data/mybccd/JPEGImages/1.jpg")) == []


def test_a_data_set_is_known_by_the_name_of_a_link_to_it_too(tmp_path):
    (tmp_path / "elsewhere/JPEGImages").mkdir(parents=True)
    (tmp_path / "bccd").symlink_to(tmp_path / "elsewhere")
    told = Adjudication.read(table(tmp_path, "bccd,JPEGImages/1.jpg,0,0,9,9,wbc,x\n"))
    assert len(told.of(Record("1", path=str(tmp_path / "bccd/JPEGImages/1.jpg")))) == 1


def test_without_a_column_dataset_the_file_alone_counts(tmp_path):
    told = Adjudication.read(table(tmp_path, "1.jpg,0,0,9,9,wbc\n", "file,x0,y0,x1,y1,verdict\n"))
    assert told.of(Record("1", path="/anywhere/1.jpg")) and not told.of(Record("2", path="/anywhere/11.jpg"))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,b,0,0,9,9,perhaps,", "expected a verdict out of wbc, unsure, published_not_wbc, got 'perhaps'"),
        ("a,b,0,0,x,9,wbc,", "expected four numbers"),
        ("a,b,9,0,3,9,wbc,", "expected a box x0 < x1"),
        ("a,b,nan,0,3,9,wbc,", "expected a box x0 < x1"),
        ("a,b,0,0,inf,9,wbc,", "expected a box x0 < x1"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path, row, reason):
    with pytest.raises(LeukcadError, match=rf"extra\.csv:2: {reason}"):
        Adjudication.read(table(tmp_path, row + "\n"))
