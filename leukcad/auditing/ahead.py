"""Making things in threads ahead of who needs them, a few at a time, so that making and answering overlap."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

J = TypeVar("J")
T = TypeVar("T")

WORKERS, DEPTH = 2, 16


def made_ahead(
    jobs: Iterable[J], make: Callable[[J], Iterable[T]], workers: int = WORKERS, depth: int = DEPTH
) -> Iterator[T]:
    """What `make` yields for each job, at most `depth` things ahead.

    Things of one job keep their order, those of several are mixed. What `make` raises is raised here, once.
    """
    ready: queue.Queue[tuple[str, Any]] = queue.Queue(depth)
    stop, lock, waiting = threading.Event(), threading.Lock(), iter(jobs)

    def hand_over(what: str, thing: Any = None) -> bool:
        while not stop.is_set():
            try:
                ready.put((what, thing), timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            while not stop.is_set():
                with lock:
                    job = next(waiting, _END)
                if job is _END:
                    break
                for thing in make(job):  # type: ignore[arg-type]  # not the end, so a job
                    if not hand_over("thing", thing):
                        return
        except BaseException as error:
            hand_over("error", error)
            return
        hand_over("end")

    threads = [threading.Thread(target=work, name=f"leukcad-making-{i}", daemon=True) for i in range(workers)]
    for thread in threads:
        thread.start()
    try:
        yield from _taken(ready, workers)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


_END = object()


def _taken(ready: queue.Queue[tuple[str, Any]], workers: int) -> Iterator[Any]:
    ended = 0
    while ended < workers:
        what, thing = ready.get()
        if what == "error":
            raise thing
        if what == "end":
            ended += 1
        else:
            yield thing
