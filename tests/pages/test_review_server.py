"""What a review counts, logs and answers, without a browser."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from leukcad.answering import Trained
from leukcad.assembly import Setting
from leukcad.evaluation.intervals import clopper_pearson
from leukcad.host import discover
from leukcad.laboratory import Rules
from leukcad.reviewing import OverrideLog, Review, from_run, site
from leukcad.serving import Refused, Request

Make = Callable[..., Review]


def index_of(review: Review, **wanted: Any) -> int:
    """The first cell of which all this is true."""
    return next(c["index"] for c in review.told()["cells"] if all(c[k] == v for k, v in wanted.items()))


def lines(review: Review) -> list[dict[str, Any]]:
    return [json.loads(line) for line in review.log.path.read_text().splitlines()]


def test_the_most_uncertain_cells_come_first_and_platelets_are_none(reviewed: Make) -> None:
    told = reviewed().told()
    sure = [cell["probability"] for cell in told["cells"]]
    assert len(sure) == 15 and sure == sorted(sure)
    assert {cell["called"] for cell in told["cells"]} == {"lymphocyte", "lymphoblast"}


def test_the_differential_leaves_out_border_cells_and_has_exact_intervals(reviewed: Make) -> None:
    groups = reviewed().told()["groups"]
    assert list(groups) == ["all groups", "slide 1", "slide 2"]
    low, high = clopper_pearson(4, 8)  # per field 2 blasts and 2 lymphocytes inside, one cell on the border
    assert groups["slide 1"]["blasts"] == {"count": 4, "share": 0.5, "low": low, "high": high}
    assert (groups["slide 1"]["wbc"], groups["slide 1"]["border"], groups["all groups"]["wbc"]) == (8, 2, 12)


def test_a_relabelled_cell_changes_its_groups_differential_and_the_log_says_who_and_when(reviewed: Make) -> None:
    review = reviewed()
    cell = index_of(review, group="slide 2", called="lymphoblast")
    told = review.decide(cell, "relabel", "lymphocyte")
    assert told["groups"]["slide 2"]["differential"]["lymphoblast"]["count"] == 1
    assert told["groups"]["slide 2"]["before"]["lymphoblast"]["count"] == 2
    assert told["groups"]["slide 1"] == reviewed().groups()["slide 1"]
    (entry,) = lines(review)
    assert (entry["reviewer"], entry["action"], entry["called"], entry["class"]) == (
        "C. Janssen",
        "relabel",
        "lymphoblast",
        "lymphocyte",
    )
    assert entry["time"].endswith("+00:00") and entry["group"] == "slide 2" and len(entry["box"]) == 4
    summary = json.loads(review.log.path.with_name("overrides-differential.json").read_text())
    assert summary["groups"] == told["groups"]


def test_a_cell_relabelled_as_what_it_was_called_is_accepted(reviewed: Make) -> None:
    review = reviewed()
    told = review.decide(index_of(review, called="lymphoblast"), "relabel", "lymphoblast")
    assert told["cell"]["said"]["action"] == "accept" == lines(review)[0]["action"]


@pytest.mark.parametrize(
    ("name", "wbc", "beside"),
    [("smudge cell", 3, "smudge"), ("unclassifiable", 3, "unclassifiable"), ("artefact", 3, None)],
)
def test_what_is_no_leukocyte_leaves_the_differential(reviewed: Make, name: str, wbc: int, beside: str | None) -> None:
    review = reviewed()
    group = review.decide(index_of(review, group="slide 2", border=False), "relabel", name)["groups"]["slide 2"]
    assert group["wbc"] == wbc
    assert [key for key in ("smudge", "unclassifiable") if group[key]] == ([beside] if beside else [])


def test_a_cell_too_uncertain_to_count_counts_once_it_is_accepted(reviewed: Make) -> None:
    review = reviewed(rules=Rules(sure=0.75))
    cell = index_of(review, group="slide 2", border=False)
    assert review.groups()["slide 2"]["unclassifiable"] == 1
    group = review.decide(cell, "accept", None)["groups"]["slide 2"]
    assert (group["unclassifiable"], group["wbc"]) == (0, 4)


def test_what_was_said_is_there_when_the_same_fields_are_reviewed_again_and_can_be_withdrawn(reviewed: Make) -> None:
    first = reviewed()
    cell = index_of(first, called="lymphoblast")
    first.decide(cell, "relabel", "lymphocyte")
    again = reviewed()
    assert again.groups() == first.groups() and again.told()["cells"][cell]["said"]["class"] == "lymphocyte"
    again.decide(cell, "withdraw", None)
    assert again.told()["cells"][cell]["said"] is None
    assert [entry["action"] for entry in lines(again)] == ["relabel", "withdraw"]  # nothing is ever erased
    assert reviewed().told()["cells"][cell]["said"] is None


def test_a_line_that_a_kill_tore_is_passed_over_and_the_next_stands_on_its_own(
    reviewed: Make, caplog: pytest.LogCaptureFixture
) -> None:
    review = reviewed()
    review.decide(0, "relabel", "lymphocyte")
    whole = review.log.path.read_bytes()
    review.log.path.write_bytes(whole + whole[: len(whole) // 2])
    again = reviewed()
    assert "overrides.jsonl:2: no line of a review" in caplog.text and len(again.log.standing) == 1
    again.decide(1, "relabel", "artefact")
    assert len(OverrideLog(review.log.path).standing) == 2
    assert review.log.path.read_bytes().startswith(whole)


def test_a_class_that_only_the_log_knows_is_in_the_differential(reviewed: Make) -> None:
    first = reviewed(manual={"slide 1": {"monocyte": 3, "lymphocyte": 5}})
    first.decide(index_of(first, called="lymphocyte", border=False, group="slide 1"), "relabel", "monocyte")
    again = reviewed().groups()["slide 1"]
    assert again["differential"]["monocyte"]["count"] == 1
    assert sum(row["count"] for row in again["differential"].values()) == again["wbc"]


@pytest.mark.parametrize(
    ("index", "action", "name"),
    [(0, "relabel", "dragon"), (0, "relabel", None), (0, "erase", None), (0, ["accept"], None), (15, "accept", None)],
)
def test_what_nobody_can_say_is_refused_and_not_logged(reviewed: Make, index: int, action: Any, name: Any) -> None:
    review = reviewed()
    with pytest.raises(Refused):
        review.decide(index, action, name)
    assert not review.log.path.exists()


def test_a_manual_count_brings_its_classes_and_its_limits(reviewed: Make) -> None:
    manual = {"slide 1": {"lymphocyte": 96, "lymphoblast": 4}, "slide 2": {"lymphocyte": 50, "monocyte": 50}}
    review = reviewed(manual=manual)
    groups = review.groups()
    assert "monocyte" in review.choices
    rows = {row["class"]: row for row in groups["slide 1"]["manual"]}
    assert rows["lymphoblast"]["within"] is False and rows["lymphoblast"]["high"] < 0.1
    assert sum(row["manual"] for row in groups["all groups"]["manual"]) == pytest.approx(1)
    only_one = reviewed(manual={"slide 1": manual["slide 1"]}).groups()
    assert "manual" not in only_one["all groups"] and "manual" not in only_one["slide 2"]


def test_a_cells_pictures_are_squares_and_grey_beyond_the_field(reviewed: Make) -> None:
    review = reviewed()
    pages = site(review)
    corner = index_of(review, border=True)
    for which, side in (("close", 144), ("around", 400)):
        reply = pages.answer(Request("GET", f"/api/cells/{corner}/{which}"))
        picture = Image.open(io.BytesIO(reply.body))
        assert picture.size == (side, side) and reply.kind == "image/jpeg"
        assert all(abs(v - 128) < 6 for v in picture.getpixel((side - 2, side - 2)))  # type: ignore[union-attr]
    with pytest.raises(Refused, match="no such cell"):
        pages.answer(Request("GET", "/api/cells/15/close"))


def test_the_runs_own_test_fields_are_reviewed_where_no_others_are_given(model: Trained) -> None:
    cells = from_run(model, Setting(discover()), Rules())
    fields = {cell.field for cell in cells}
    assert len(fields) == 2 and len(cells) == 10 and {cell.group for cell in cells} == fields
