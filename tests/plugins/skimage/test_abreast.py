"""Fields worked on abreast."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import torch
from leukcad_skimage.abreast import each
from leukcad_skimage.nuclei import Nuclei

from leukcad import Step
from leukcad.testing import draw_fields


@pytest.fixture(params=[1, 2, 4])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """How many threads torch is told to use."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_what_is_made_of_fields_comes_in_their_order_however_many_threads_there_are(threads: int) -> None:
    fields = draw_fields()
    seen = set()

    def named(field: object) -> int:
        at = next(i for i, one in enumerate(fields) if one is field)
        time.sleep(0.02 * (len(fields) - at))  # the first takes longest
        seen.add(threading.get_ident())
        return at

    assert each(named, fields) == list(range(len(fields)))
    assert len(seen) == min(threads, len(fields))


def test_cells_are_the_same_however_many_threads_there_are(threads: int) -> None:
    fields = draw_fields()
    step = Step("detect", "nuclei", Nuclei())
    together = step.detect(fields)
    for field, found in zip(fields, together, strict=True):
        (alone,) = step.detect([field])
        assert torch.equal(found.boxes, alone.boxes) and torch.equal(found.scores, alone.scores)


def test_a_field_that_fails_fails_as_it_would_alone(threads: int) -> None:
    def broken(field: object) -> None:
        raise ValueError("unreadable")

    with pytest.raises(ValueError, match="unreadable"):
        each(broken, draw_fields())
