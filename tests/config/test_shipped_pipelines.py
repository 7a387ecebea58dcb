"""Every pipeline and bench that is shipped passes the checker and the editors' schema."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest

from leukcad.config import load_pipeline, pipeline_schema
from leukcad.config.nodes import to_plain
from leukcad.config.reading import load
from leukcad.host import discover

FOLDER = Path(__file__).parents[2] / "pipelines"
FILES = sorted(FOLDER.rglob("*.yaml"))
OUTSIDE = ("detect", "real", "related", "segment", "semireal")  # they need data or weights that are not shipped
#: Pipelines whose plugin is not installed with the others, because of its licence.
ASKED_FOR = {"detect/wbc_yolo.yaml": "leukcad_ultralytics"}


def needed(path: Path) -> None:
    """Skips a pipeline whose plugin is not here."""
    plugin = ASKED_FOR.get(name(path))
    if plugin and find_spec(plugin) is None:
        pytest.skip(f"{name(path)} needs {plugin}, which is not installed")


def name(path: Path) -> str:
    return str(path.relative_to(FOLDER))


def test_there_are_pipelines() -> None:
    assert len(FILES) >= 4


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_shipped_file_fits_the_schema_for_editors(path: Path) -> None:
    needed(path)
    jsonschema.Draft202012Validator(pipeline_schema(discover())).validate(to_plain(load(path)))


@pytest.mark.parametrize("path", [p for p in FILES if p.parent.name != "benches"], ids=name)
def test_a_shipped_pipeline_passes_the_check(
    path: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed(path)
    if path.parent.name not in OUTSIDE:  # the folders that users of ALL-IDB bring
        (tmp_path / "ALL_IDB1").mkdir()
        (tmp_path / "ALL_IDB2" / "masks").mkdir(parents=True)
        monkeypatch.setenv("LEUKCAD_DATA", str(tmp_path))
    else:
        monkeypatch.setenv("LEUKCAD_DATA", str(request.getfixturevalue("shared_data")))
    assert load_pipeline(path, discover()).steps
