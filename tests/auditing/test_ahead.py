"""Making ahead in threads: order, limits, errors, and an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukcad.auditing.ahead import made_ahead


def living() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("leukcad-making")]


@given(sizes=st.lists(st.integers(0, 5), max_size=8), workers=st.integers(1, 4), depth=st.integers(1, 4))
def test_everything_comes_once_and_things_of_one_job_in_their_order(sizes: list[int], workers: int, depth: int) -> None:
    jobs = list(enumerate(sizes))
    made = list(made_ahead(jobs, lambda job: ((job[0], i) for i in range(job[1])), workers, depth))
    for number, size in jobs:
        assert [i for job, i in made if job == number] == list(range(size))
    assert len(made) == sum(sizes) and not living()


def test_no_more_than_the_depth_is_made_ahead() -> None:
    made: list[int] = []

    def make(job: int) -> Iterator[int]:
        for i in range(20):
            made.append(i)
            yield i

    things = made_ahead([0], make, workers=1, depth=3)
    next(things)
    time.sleep(0.3)
    assert len(made) <= 1 + 3 + 1  # taken, waiting, and one in hand
    things.close()
    assert not living()


def test_what_goes_wrong_while_making_is_raised_where_things_are_taken() -> None:
    def make(job: int) -> Iterator[int]:
        yield job
        if job == 2:
            raise ValueError("spoilt")

    with pytest.raises(ValueError, match="spoilt"):
        list(made_ahead(range(9), make, workers=2, depth=2))
    assert not living()
