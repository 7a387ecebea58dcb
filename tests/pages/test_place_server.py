"""What the placement page's server answers, without a browser."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from leukcad.data.images import write_png
from leukcad.errors import LeukcadError
from leukcad.placing import Pictures, Placement, site
from leukcad.placing.finder import spread
from leukcad.positions import Position, PositionFile, read_positions
from leukcad.serving import Refused, Request, Site
from leukcad.types import Record

Make = Callable[..., Placement]
BOX = {"x": 30, "y": 40.26, "width": 150, "height": 140, "origin": "drawn", "rejected": False}


def ask(pages: Site, method: str, path: str, told: Any = None, **query: str) -> Any:
    body = b"" if told is None else json.dumps(told).encode()
    return json.loads(pages.answer(Request(method, path, query, body)).body)


@pytest.fixture
def placement(placement_in: Make, tmp_path: Path) -> Placement:
    return placement_in(tmp_path)


def test_a_field_put_in_is_on_the_disk_and_counts_in_the_overview(placement: Placement) -> None:
    pages = site(placement)
    before = ask(pages, "GET", "/api/fields/0")
    assert (before["width"], before["height"], before["boxes"], before["done"]) == (640, 480, [], False)
    ask(pages, "PUT", "/api/fields/0", {"boxes": [BOX, {**BOX, "rejected": True}], "done": True, "revision": 0})
    assert read_positions(placement.file.path) == {before["id"]: [Position(30, 40.3, 150, 140)]}
    told = ask(pages, "GET", "/api/fields")
    assert told["fields"][0] == {"id": before["id"], "positions": 1, "done": True} and told["done"] == 1


def test_a_window_that_does_not_know_the_last_change_is_refused(placement: Placement) -> None:
    pages = site(placement)
    ask(pages, "PUT", "/api/fields/1", {"boxes": [BOX], "done": False, "revision": 0})
    with pytest.raises(Refused, match="another window") as refused:
        ask(pages, "PUT", "/api/fields/1", {"boxes": [], "done": False, "revision": 0})
    assert refused.value.status == 409 and len(placement.file.fields[placement.fields.records[1].id].positions) == 1


@pytest.mark.parametrize(
    "box",
    [
        {"x": -1},
        {"x": 500},
        {"width": 2},
        {"y": "1"},
        {"y": True},
        {"height": None},
        {"x": 10**400},
        {"origin": "<b>"},
        {"rejected": 0},
    ],
)
def test_a_box_that_is_none_or_reaches_beyond_the_field_is_refused_and_nothing_is_saved(
    placement: Placement, box: dict[str, Any]
) -> None:
    with pytest.raises((Refused, LeukcadError)):
        ask(site(placement), "PUT", "/api/fields/0", {"boxes": [BOX, {**BOX, **box}], "done": False, "revision": 0})
    assert not placement.file.path.exists()


def test_a_box_into_which_nothing_fits_shows_no_cell_and_says_why(placement: Placement) -> None:
    told = ask(site(placement), "POST", "/api/fields/0/preview", {"boxes": [{**BOX, "width": 12, "height": 12}]})
    assert told["cells"] == [] and "no donor fits" in told["why"]


@pytest.mark.parametrize("path", ["/api/fields/3", "/api/fields/999999999", "/api/fields/-1", "/api/fields/0/../1"])
def test_there_are_no_fields_but_those_listed(placement: Placement, path: str) -> None:
    with pytest.raises(Refused) as refused:
        ask(site(placement), "GET", path)
    assert refused.value.status == 404


def test_a_preview_shows_the_pasted_cell_in_the_box_and_changes_nothing_on_the_disk(placement: Placement) -> None:
    pages = site(placement)
    (cell,) = ask(pages, "POST", "/api/fields/0/preview", {"boxes": [BOX], "draw": 0})["cells"]
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(cell["picture"].partition(",")[2]))))
    assert shown.shape == (cell["height"], cell["width"], 3)
    before = placement.field(0).array()[cell["y"] :, cell["x"] :][: cell["height"], : cell["width"]]
    ys, xs = np.nonzero((shown != before).any(axis=2))
    assert BOX["x"] - 3 < cell["x"] + xs.min() and cell["x"] + xs.max() < 183
    assert cell["y"] + ys.min() > 37 and cell["y"] + ys.max() < 184
    assert len(xs) > 1500 and cell["kind"] and cell["donor"]
    (other,) = ask(pages, "POST", "/api/fields/0/preview", {"boxes": [BOX], "draw": 3})["cells"]
    assert other["picture"] != cell["picture"]
    assert not placement.file.path.exists()


def test_suggestions_lie_in_the_field_and_are_not_saved(placement: Placement) -> None:
    found = ask(site(placement), "GET", "/api/fields/2/suggestions", count="3")
    assert 1 <= len(found) <= 3 and not placement.file.path.exists()
    assert all(box["x"] + box["width"] <= 640 and box["y"] + box["height"] <= 480 for box in found)


def test_without_a_component_that_offers_positions_the_page_says_so(placement_in: Make, tmp_path: Path) -> None:
    pages = site(placement_in(tmp_path, finding=False))
    assert ask(pages, "GET", "/api/fields")["by"] is None
    with pytest.raises(Refused, match="no installed component offers positions"):
        ask(pages, "GET", "/api/fields/0/suggestions")


def test_a_folder_of_pictures_has_the_ids_that_the_data_source_folder_gives(tmp_path: Path) -> None:
    image = np.full((40, 50, 3), 200, np.uint8)
    for name in ("healthy/b.png", "healthy/a.tif.png", "ALL/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_png(image, tmp_path / name)
    fields = Pictures(tmp_path)
    from leukcad.assembly import Setting, make_source
    from leukcad.cli.sources import sources
    from leukcad.host import discover

    source = make_source(sources("folder", [f"path={tmp_path}"])["data"], Setting(discover()))
    assert [r.id for r in fields.records] == sorted(r.id for r in source.records)
    assert fields.read(fields.records[0]).array().shape == (40, 50, 3)


def test_a_folder_without_pictures_and_two_pictures_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LeukcadError, match="no pictures in this folder"):
        Pictures(tmp_path)
    for name in ("a.png", "a.jpg"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(LeukcadError, match="have one name; rename one"):
        Pictures(tmp_path)


def test_a_picture_that_cannot_be_read_is_said_on_its_page_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    write_png(np.full((40, 50, 3), 200, np.uint8), tmp_path / "b.png")
    pages = site(Placement(Pictures(tmp_path), PositionFile.open(tmp_path / "p.json")))
    with pytest.raises(Refused, match="not an image"):
        ask(pages, "GET", "/api/fields/0")
    assert ask(pages, "GET", "/api/fields/1")["width"] == 50


def test_donors_are_taken_of_each_label_alike_and_from_all_over_the_list() -> None:
    records = [Record(f"b{i}", label="ALL") for i in range(90)] + [Record(f"h{i}", label="healthy") for i in range(3)]
    assert [r.id for r in spread(records, 8)] == ["b0", "b22", "b45", "b67", "h0", "h1", "h2"]
