"""Fields worked on abreast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from leukcad import Field

T = TypeVar("T")


def each(work: Callable[[Field], T], fields: Sequence[Field]) -> list[T]:
    """What `work` makes of every field, in order, in as many threads as torch is told to use.

    OpenCV and NumPy let other threads run while they compute; what is made does not depend on how many there are.
    """
    import torch

    threads = min(len(fields), torch.get_num_threads())
    if threads < 2:
        return [work(field) for field in fields]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, fields))
