from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# a busy machine is no failure: nothing here asserts seconds
settings.register_profile("leukcad", deadline=None)
settings.load_profile("leukcad")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data: $LEUKCAD_DATA, else ../shared/data beside the checkout; absent, the test is skipped."""
    told = os.environ.get("LEUKCAD_DATA")
    folder = Path(told) if told else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not (folder / "bcisc").is_dir():
        pytest.skip(f"no real data at {folder}: set LEUKCAD_DATA")
    return folder
