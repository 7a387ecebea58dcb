"""Progress bars, one look for everybody: on stderr, and silent where stderr is no terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn

T = TypeVar("T")


class Advance(Protocol):
    """Moves a bar on by `n`, and says beside it what `note` says."""

    def __call__(self, n: int = 1, note: str | None = None) -> None: ...


@cache
def console() -> Console:
    """The console on stderr; who logs to a terminal while bars are shown writes to this one."""
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def bar(text: str, total: int | None = None) -> Iterator[Advance]:
    """A bar while the block runs; call what it gives with the number of things done. Bars may stand in one another."""
    if not console().is_terminal:
        yield _silent
        return
    display = _enter()
    task = display.add_task(text, total=total, note="")

    def advance(n: int = 1, note: str | None = None) -> None:
        display.advance(task, n)
        if note is not None:
            display.update(task, note=note)

    try:
        yield advance
    finally:
        display.remove_task(task)
        _leave()


def track(iterable: Iterable[T], text: str, total: int | None = None) -> Iterator[T]:
    """The items of `iterable`, with a bar that counts them."""
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    with bar(text, total) as advance:
        for item in iterable:
            yield item
            advance()


def _silent(n: int = 1, note: str | None = None) -> None:
    """Nobody looks."""


_lock = threading.Lock()
_shown: Progress | None = None
_users = 0


def _enter() -> Progress:
    """The one live display, started by the first bar: a terminal holds one."""
    from rich import progress

    global _shown, _users
    with _lock:
        if _shown is None:
            columns = (
                progress.TextColumn("{task.description}"),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                _rate_column(),
                progress.TimeRemainingColumn(),
                progress.TextColumn("{task.fields[note]}", style="dim"),
            )
            _shown = progress.Progress(*columns, console=console(), transient=True)
            _shown.start()
        _users += 1
        return _shown


def _rate_column() -> ProgressColumn:
    """'12.5/s', or '8.0 s each' where it is slower than one a second."""
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            if not speed:
                return Text("")
            return Text(f"{speed:.1f}/s" if speed >= 1 else f"{1 / speed:.1f} s each", style="dim")

    return Rate()


def _leave() -> None:
    global _shown, _users
    with _lock:
        _users -= 1
        if _users == 0 and _shown is not None:
            _shown.stop()
            _shown = None
