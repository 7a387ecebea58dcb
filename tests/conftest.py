from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from chromium import Chromium

# a busy machine is no failure: nothing here asserts seconds
settings.register_profile("leukcad", deadline=None)
settings.load_profile("leukcad")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The question of every component's contract that needs a GPU is among the tests marked so."""
    for item in items:
        if item.name == "test_cpu_and_gpu_agree":
            item.add_marker(pytest.mark.gpu)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What needs a GPU is skipped where there is none."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA device here")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data: $LEUKCAD_DATA, else ../shared/data beside the checkout; absent, the test is skipped."""
    told = os.environ.get("LEUKCAD_DATA")
    folder = Path(told) if told else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "bcisc").is_dir():
        pytest.skip(f"no real data at {folder}: set LEUKCAD_DATA")
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test reads or fills the user's cache."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("LEUKCAD_CACHE")
    os.environ["LEUKCAD_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["LEUKCAD_CACHE"]
    else:
        os.environ["LEUKCAD_CACHE"] = before


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One browser for all tests that look at pages; absent, they are skipped."""
    from chromium import Chromium, found

    if not found():
        pytest.skip("no Chromium installed (Debian: apt-get install chromium)")
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser
