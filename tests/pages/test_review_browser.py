"""The review page as a person uses it, in Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leukcad.answering import Trained
from leukcad.data.images import write_png
from leukcad.laboratory import Rules
from leukcad.reviewing import OverrideLog, Review, from_files, site
from leukcad.serving import Server
from leukcad.testing import draw_field

READY = "typeof told !== 'undefined' && told && document.querySelector('.cell[aria-selected=true]')"
SAVED = "document.getElementById('say').textContent === 'saved'"
CLASSES = ("lymphocyte", "lymphoblast")
BLASTS = "told.groups['all groups'].differential.lymphoblast.count"


@pytest.fixture
def review(reviewed: Callable[..., Review]) -> Review:
    return reviewed(manual={"slide 1": {"lymphocyte": 96, "lymphoblast": 4}})


@pytest.fixture
def gallery(review: Review, page: Any) -> Iterator[Any]:
    """The page, opened, and its console silent at the end."""
    with Server(site(review)) as server:
        page.goto(server.url)
        page.wait(READY)
        yield page
    assert page.console == []


def choose(page: Any, menu: str, value: str) -> None:
    page.run(
        f"(m => {{ m.value = {value!r}; m.dispatchEvent(new Event('change')); }})(document.getElementById({menu!r}))"
    )


def test_a_key_relabels_the_cell_the_differential_changes_and_both_are_there_after_a_reload(
    gallery: Any, review: Review
) -> None:
    choose(gallery, "called", "lymphoblast")
    before = gallery.run(BLASTS)
    row = "[...document.querySelectorAll('#differential tr')].find(r => /^lymphoblast/.test(r.innerText)).innerText"
    shown = gallery.run(row)
    gallery.key("1")  # lymphocyte
    gallery.wait(f"{BLASTS} === {before - 1} && {SAVED}")
    assert gallery.run(row) != shown
    changed = gallery.run("told.cells.filter(c => c.said).map(c => c.index)")
    gallery.reload()
    gallery.wait(READY)
    assert gallery.run(BLASTS) == before - 1
    assert gallery.run("told.cells.filter(c => c.said).map(c => c.index)") == changed
    assert gallery.run(f"document.getElementById('cell-{changed[0]}').innerText").strip().endswith("→ lymphocyte")
    assert json.loads(review.log.path.read_text())["reviewer"] == "C. Janssen"


def test_enter_accepts_and_goes_on_as_fast_as_it_is_pressed_and_z_takes_it_back(gallery: Any, review: Review) -> None:
    for _ in range(3):
        gallery.key("Enter")
    gallery.wait(f"told.cells.filter(c => c.said).length === 3 && {SAVED}")
    assert gallery.run("told.cells.findIndex(c => !c.said)") == 3 == gallery.run("at")
    gallery.key("z")
    gallery.wait("told.cells.filter(c => c.said).length === 2 && at === 2")
    actions = [json.loads(line)["action"] for line in review.log.path.read_text().splitlines()]
    assert actions == ["accept", "accept", "accept", "withdraw"]
    assert "2 of 15 cells reviewed" in gallery.run("document.getElementById('far').textContent")


def test_z_brings_back_what_was_said_of_a_cell_before(gallery: Any, review: Review) -> None:
    for key in ("1", "2"):
        gallery.run("select(0)")
        gallery.key(key)
        gallery.wait(f"told.cells[0].said && told.cells[0].said.class === told.choices[{int(key) - 1}] && {SAVED}")
    gallery.key("z")
    gallery.wait("told.cells[0].said && told.cells[0].said.class === told.choices[0]")
    assert review.log.standing[review.cells[0].key]["class"] == review.choices[0]


def test_the_pictures_of_the_cells_are_loaded_and_the_chosen_one_is_shown_among_its_neighbours(gallery: Any) -> None:
    gallery.wait("[...document.querySelectorAll('.cell img')].every(i => i.complete && i.naturalWidth === 144)")
    gallery.key("ArrowRight")
    gallery.wait("(i => i.naturalWidth === 400 && i.src.includes('/1/'))(document.getElementById('around'))")
    assert gallery.run("document.getElementById('cell-1').getAttribute('aria-selected')") == "true"


def test_a_group_is_held_against_its_manual_count(gallery: Any) -> None:
    assert gallery.run("document.getElementById('agreement').hidden")  # slide 2 was not counted by hand
    choose(gallery, "group", "slide 1")
    gallery.wait("!document.getElementById('agreement').hidden")
    table = gallery.run("document.getElementById('manual').innerText")
    assert "OUTSIDE" in table and "4 %" in table
    assert gallery.run("document.querySelectorAll('.cell').length") == 10


def test_groups_called_by_numbers_stand_after_all_of_them_together(model: Trained, tmp_path: Path, page: Any) -> None:
    groups = {}
    for name in ("12", "7"):
        groups[name] = [tmp_path / f"{name}.png"]
        write_png(draw_field(seed=int(name)).array(), groups[name][0])
    log = OverrideLog(tmp_path / "log.jsonl")
    review = Review(from_files(model, groups, Rules()), log, CLASSES, positive=(), reviewer="C. Janssen", run="mine-0")
    with Server(site(review)) as server:
        page.goto(server.url)
        page.wait(READY)
        first, *others = page.run("[...document.getElementById('group').options].map(o => o.value)")
        assert first == "all groups" and sorted(others) == ["12", "7"]
        assert "of 10 cells reviewed" in page.run("document.getElementById('far').textContent")
        choose(page, "group", "7")
        assert page.run("document.querySelectorAll('.cell').length") == 5


def test_filters_show_what_is_open_and_what_was_changed(gallery: Any) -> None:
    gallery.key("Enter")
    gallery.key("4")  # artefact
    gallery.wait(f"told.cells.filter(c => c.said).length === 2 && {SAVED}")
    choose(gallery, "which", "changed")
    assert gallery.run("document.querySelectorAll('.cell').length") == 1
    choose(gallery, "which", "open")
    assert gallery.run("document.querySelectorAll('.cell').length") == 13
