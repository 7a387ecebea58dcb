"""Small simulated fields and donors, drawn once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from leukcad_smears.paste import Paste, PastePaper
from leukcad_smears.simulated import Simulated, SimulatedCells

from leukcad import Field, Step


@pytest.fixture(scope="session")
def host() -> Field:
    """A healthy field of 640 × 480 px with few leukocytes."""
    step = Step("data", "simulated", Simulated(healthy=3, leukaemic=0, width=640, height=480, seed=5))
    return min((step.read(record) for record in step.index()), key=lambda f: len(f.truth or ()))


@pytest.fixture(scope="session")
def ill() -> Field:
    """A field of ALL."""
    step = Step("data", "simulated", Simulated(healthy=0, leukaemic=1, width=640, height=480, seed=5))
    return step.read(step.index()[0])


@pytest.fixture(scope="session")
def donors() -> list[Field]:
    """Single-cell pictures, lymphoblasts among them, under names of their own."""
    step = Step("data", "simulated-cells", SimulatedCells(healthy=24, leukaemic=6, width=640, seed=77, prefix="Donor"))
    return [step.read(record) for record in step.index()]


@pytest.fixture
def pasting() -> Callable[..., Step]:
    """A synthesize step by name, with the draw and options given."""

    def make(name: str, draw: int = 0, **options: Any) -> Step:
        component = {"paste": Paste, "paste-paper": PastePaper}[name](**options)
        return Step("synthesize", name, component, draw=draw)

    return make
