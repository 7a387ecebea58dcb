"""The placement page as a person uses it, in Chromium."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leukcad.placing import Placement, site
from leukcad.positions import Placed, read_positions
from leukcad.serving import Server

READY = "typeof field !== 'undefined' && field && document.querySelector('.a9s-annotationlayer') && board.scale() > 0"
SAVED = "document.getElementById('say').textContent === 'saved'"


@pytest.fixture
def placed(placement_in: Callable[[Path], Placement], tmp_path: Path) -> Placement:
    return placement_in(tmp_path)


@pytest.fixture
def place(placed: Placement, page: Any) -> Iterator[Any]:
    """The page, opened at its first field, and its console silent at the end."""
    with Server(site(placed)) as server:
        page.goto(server.url)
        page.wait(READY)
        yield page
    assert page.console == []


def at(page: Any, x: float, y: float) -> tuple[float, float]:
    """Where a px of the field lies in the window."""
    left, top = page.run("(r => [r.x, r.y])(document.querySelector('img.field').getBoundingClientRect())")
    scale = page.run("board.scale()")
    return left + x * scale, top + y * scale


def draw(page: Any, x0: float, y0: float, x1: float, y1: float) -> None:
    before = page.run("past.length")
    page.drag(at(page, x0, y0), at(page, x1, y1))
    page.wait(f"past.length > {before} && {SAVED}")


def boxes(placed: Placement, index: int = 0) -> list[tuple[float, float, float, float]]:
    """The accepted boxes of a field, as they are on the disk."""
    known = type(placed.file).open(placed.file.path).fields.get(placed.fields.records[index].id, Placed())
    return [(p.x, p.y, p.width, p.height) for p in known.accepted()]


def test_a_box_is_drawn_moved_resized_and_deleted_and_each_change_is_on_the_disk(place: Any, placed: Placement) -> None:
    draw(place, 100, 100, 220, 200)
    ((x, y, w, h),) = boxes(placed)
    assert (x, y, w, h) == pytest.approx((100, 100, 120, 100), abs=2)
    draw(place, 160, 150, 200, 190)  # dragged inside, it moves
    assert boxes(placed)[0] == pytest.approx((140, 140, 120, 100), abs=3)
    draw(place, 260, 240, 280, 270)  # dragged at a corner, it changes its size
    assert boxes(placed)[0] == pytest.approx((140, 140, 140, 130), abs=3)
    place.key("Delete")
    place.wait("boxes.length === 0")
    place.wait(SAVED)
    assert boxes(placed) == []


SLOW = """(() => {
  const decode = HTMLImageElement.prototype.decode, late = () => new Promise((after) => setTimeout(after, 300));
  HTMLImageElement.prototype.decode = function () {
    return this.src.includes("/fields/0/") ? late().then(() => decode.call(this)) : decode.call(this);
  };
})()"""


def test_fields_that_are_gone_through_faster_than_their_pictures_come_lose_no_box(
    place: Any, placed: Placement
) -> None:
    draw(place, 100, 100, 220, 200)
    place.run("go(1)")
    place.wait(f"index === 1 && {READY}")
    draw(place, 300, 50, 420, 160)
    before = boxes(placed, 0), boxes(placed, 1)
    place.run(SLOW)
    place.run("Promise.all([go(0), go(1)]).then(() => new Promise((after) => setTimeout(after, 500)))")
    place.run("dispatchEvent(new PointerEvent('pointerup'))")
    place.run("new Promise((after) => setTimeout(after, 300))")
    assert (boxes(placed, 0), boxes(placed, 1)) == before and all(before)
    assert place.run("[index, board.boxes.size, document.querySelectorAll('img.field').length]") == [1, 1, 1]


def test_a_box_is_there_after_a_reload_and_the_address_holds_no_token(place: Any, placed: Placement) -> None:
    draw(place, 300, 50, 420, 160)
    assert "token" not in place.run("location.href")
    place.reload()
    place.wait(READY)
    assert place.run("boxes.length") == 1 and len(boxes(placed)) == 1
    assert place.run("document.querySelectorAll('g.a9s-annotation[data-id]').length") == 1


def test_undo_and_redo_go_back_and_forth_and_are_saved(place: Any, placed: Placement) -> None:
    draw(place, 100, 100, 220, 200)
    place.key("Escape")
    draw(place, 300, 250, 420, 360)
    both = boxes(placed)
    place.key("z", control=True)
    place.wait(f"boxes.length === 1 && {SAVED}")
    assert boxes(placed) == both[:1]
    place.key("z", control=True)
    place.wait(f"boxes.length === 0 && {SAVED}")
    place.key("y", control=True)
    place.key("y", control=True)
    place.wait(f"boxes.length === 2 && {SAVED}")
    assert boxes(placed) == both
    assert place.run("document.getElementById('redo').disabled")


def test_suggestions_are_accepted_and_rejected_by_keys_and_only_accepted_ones_are_positions(
    place: Any, placed: Placement
) -> None:
    place.run("document.getElementById('number').value = 3")
    place.key("s")
    place.wait("boxes.some(b => b.state === 'suggested') && board.key()")
    n = place.run("boxes.length")
    assert n >= 2 and not placed.file.path.exists()
    first = place.run("(b => [b.x, b.y, b.width, b.height])(boxes.find(b => b.key === board.key()))")
    place.key("a")
    place.wait(f"boxes.filter(b => b.state === 'accepted').length === 1 && {SAVED}")
    assert boxes(placed) == [tuple(first)]
    place.key("r")
    place.wait(f"boxes.filter(b => b.state === 'rejected').length === 1 && {SAVED}")
    place.key("R", shift=True)
    place.wait(f"!boxes.some(b => b.state === 'suggested') && {SAVED}")
    assert boxes(placed) == [tuple(first)]
    told = json.loads(placed.file.path.read_text())
    assert [a["category_id"] for a in told["annotations"]] == [1, *[2] * (n - 1)]
    place.key("s")  # what was decided is not suggested again
    place.wait("document.getElementById('say').textContent !== 'saved'")
    place.wait("!document.getElementById('say').textContent.includes('looking')")
    assert not place.run("boxes.some(b => b.state === 'suggested' && boxes.some(o => o !== b && overlap(o, b)))")


def test_the_preview_shows_a_pasted_cell_over_the_box_and_another_on_demand(place: Any, placed: Placement) -> None:
    draw(place, 60, 60, 220, 220)
    place.wait("!document.getElementById('pasted').hidden && document.querySelector('img.overlay')")
    assert " px, of " in place.run("document.getElementById('about').textContent")
    first = place.run("document.getElementById('pasted').src")
    size = place.run("(i => [i.naturalWidth, i.naturalHeight])(document.querySelector('img.overlay'))")
    assert min(size) > 160
    place.key("c")
    place.wait(f"!document.getElementById('pasted').hidden && document.getElementById('pasted').src !== {first!r}")
    place.key("Escape")
    draw(place, 400, 60, 560, 220)
    place.key("V", shift=True)
    place.wait("document.getElementById('about').textContent.startsWith('2 of 2 boxes hold a cell')")
    assert place.run("document.querySelectorAll('img.overlay').length") == 2
    place.key("v")
    place.wait("!document.querySelector('img.overlay') && document.getElementById('pasted').hidden")


def test_keys_add_and_move_boxes_finish_a_field_and_change_it(place: Any, placed: Placement) -> None:
    place.key("b")
    place.wait(f"boxes.length === 1 && {SAVED}")
    (before,) = boxes(placed)
    place.key("ArrowRight")
    place.key("ArrowRight", shift=True)
    place.wait(f"past.length === 3 && {SAVED}")
    place.wait(f"boxes[0].x === {round(before[0] + 11, 1)}")
    place.key("d")
    place.wait(f"index === 1 && {READY}")
    assert "1 of 3 fields done" in place.run("document.getElementById('far').textContent")
    place.key("n")
    place.wait(f"index === 2 && {READY}")
    place.key("p")
    place.wait(f"index === 1 && {READY}")
    place.key("p")
    place.wait(f"index === 0 && {READY} && boxes.length === 1")
    assert placed.file.fields[placed.fields.records[0].id].done


def test_tab_goes_from_box_to_box_and_then_on_to_the_buttons(place: Any) -> None:
    draw(place, 60, 60, 220, 220)
    place.key("Escape")
    draw(place, 400, 60, 560, 220)
    place.key("Escape")
    place.wait("board.key() === null")
    chosen = []
    for _ in range(2):
        place.key("Tab")
        place.wait(f"board.key() && board.key() !== {(chosen or [None])[-1]!r}".replace("None", "null"))
        chosen.append(place.run("board.key()"))
    assert chosen == place.run("boxes.map(b => b.key)")
    place.key("Tab")
    place.wait("board.key() === null && document.activeElement.closest('button, input, summary')")


def test_the_wheel_zooms_at_the_pointer_and_space_with_the_mouse_pans(place: Any) -> None:
    spot = at(place, 400, 300)
    before = place.run("board.scale()")
    for _ in range(4):
        place.mouse("mouseWheel", *spot, deltaX=0, deltaY=-200)
    place.wait(f"board.scale() > {before * 2}")
    assert at(place, 400, 300) == pytest.approx(spot, abs=3)  # the same px of the field is under the pointer
    draw(place, 390, 290, 420, 320)  # drawn at another zoom, it lies where it was drawn
    assert place.run("[boxes[0].x, boxes[0].y, boxes[0].width, boxes[0].height]") == pytest.approx(
        [390, 290, 30, 30], abs=2
    )
    left = place.run("document.getElementById('view').scrollLeft")
    place.call("Input.dispatchKeyEvent", type="keyDown", key=" ", windowsVirtualKeyCode=32)
    place.drag(spot, (spot[0] - 60, spot[1]))
    place.call("Input.dispatchKeyEvent", type="keyUp", key=" ", windowsVirtualKeyCode=32)
    assert place.run("document.getElementById('view').scrollLeft") == pytest.approx(left + 60, abs=2)
    assert place.run("boxes.length") == 1


def test_a_change_that_cannot_be_saved_is_said_and_not_shown_as_saved(place: Any, placed: Placement) -> None:
    draw(place, 100, 100, 220, 200)
    placed._revisions[0] += 1  # as another window would
    place.key("Delete")
    place.wait("document.getElementById('say').textContent.startsWith('not saved: another window')")
    place.console.clear()  # the browser notes the refusal
    assert len(boxes(placed)) == 1


@pytest.mark.slow
def test_a_box_is_there_after_the_server_was_killed_and_the_pipeline_pastes_into_it(page: Any, tmp_path: Path) -> None:
    small = ["--set", "healthy=2", "--set", "leukaemic=0", "--set", "width=640", "--set", "height=480"]
    command = [sys.executable, "-m", "leukcad", "place", "simulated", *small, "--donors", "simulated-cells", "--quick"]

    def start() -> subprocess.Popen[str]:
        heeding = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
        return subprocess.Popen(
            [*command, "--json"], cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **heeding
        )

    server = start()
    page.goto(json.loads(server.stdout.readline())["url"])  # type: ignore[union-attr]
    page.wait(READY)
    draw(page, 60, 60, 220, 220)
    os.kill(server.pid, signal.SIGKILL)
    server.communicate()
    before = read_positions(tmp_path / "positions.json")
    assert before == read_positions(tmp_path / "positions.csv")
    server = start()
    page.goto(json.loads(server.stdout.readline())["url"])  # type: ignore[union-attr]
    page.wait(f"{READY} && boxes.length === 1")
    page.wait("!document.getElementById('pasted').hidden || !board.key()")
    server.send_signal(signal.SIGINT)
    _, told = server.communicate(timeout=120)
    assert server.returncode == 0 and "positions: positions.json and positions.csv" in told and "Traceback" not in told
    assert read_positions(tmp_path / "positions.json") == before
