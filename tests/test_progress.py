"""Progress bars are for people at a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from leukcad import progress


@pytest.fixture
def terminal(monkeypatch):
    """A terminal instead of stderr; what was written to it."""
    screen = io.StringIO()
    shown = Console(file=screen, force_terminal=True, width=120)
    monkeypatch.setattr(progress, "console", lambda: shown)
    return screen


def test_without_a_terminal_nothing_is_written(capfd):
    progress.console.cache_clear()
    assert list(progress.track([1, 2], "counting")) == [1, 2]
    with progress.bar("waiting", 3) as advance:
        advance(3, note="done")
    assert capfd.readouterr() == ("", "")


def test_at_a_terminal_the_text_the_count_and_the_note_are_shown(terminal):
    with progress.bar("training", 3) as advance:
        advance(2, note="loss 0.5")
        progress._shown.refresh()  # else it is drawn ten times a second
    assert all(words in terminal.getvalue() for words in ("training", "2/3", "loss 0.5"))


@pytest.mark.parametrize(("seconds", "said"), [(0.1, "10.0/s"), (4.0, "4.0 s each")])
def test_the_rate_is_told_a_second_or_where_it_is_slow_each(seconds: float, said: str) -> None:
    now = [0.0]
    display = Progress(progress._rate_column(), console=Console(file=io.StringIO()), get_time=lambda: now[0])
    task = display.add_task("training", total=9)
    for _ in range(4):
        now[0] += seconds
        display.advance(task)
    (column,) = display.columns
    assert str(column.render(display.tasks[0])) == said


def test_bars_may_stand_in_one_another_and_the_display_ends_with_the_last(terminal):
    for _ in progress.track(range(2), "outer"):
        assert list(progress.track("ab", "inner")) == ["a", "b"]
    assert progress._shown is None
    assert progress._users == 0


def test_a_bar_is_taken_down_when_its_block_raises(terminal):
    with pytest.raises(ValueError), progress.bar("failing", 3):
        raise ValueError
    assert progress._shown is None
