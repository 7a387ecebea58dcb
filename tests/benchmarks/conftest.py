from __future__ import annotations

from collections.abc import Callable

import pytest

from leukcad import Field


def drawn(preset: str, n: int, *, trapped: bool = False, flat: bool = False, seed: int = 0) -> list[Field]:
    """`n` healthy and `n` ALL fields as the benches draw them."""
    from plants.laboratory import Laboratory

    from leukcad import Step

    source = Laboratory(preset=preset, healthy=n, leukaemic=n, seed=seed, trapped=trapped, flat=flat)
    step = Step("data", "laboratory", source)
    return [step.read(record) for record in step.index()]


@pytest.fixture
def draw() -> Callable[..., list[Field]]:
    """How fields are drawn."""
    return drawn


@pytest.fixture(scope="session")
def counted() -> list[Field]:
    """Fields whose class goes with the number of cells."""
    return drawn("count", 4)


@pytest.fixture(scope="session")
def trapped() -> list[Field]:
    """Flat fields in which everything goes with the class."""
    return drawn("both", 4, trapped=True, flat=True)
