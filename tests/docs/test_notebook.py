"""The notebook runs from its first cell to its last, and what is saved with it is what such a run gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from snippets import ROOT

NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))


def kinds(notebook: Any) -> list[list[str]]:
    """What kinds of output each cell has; lines of a log may come or not."""
    return [
        sorted({key for output in cell.get("outputs", ()) for key in output.get("data", {output.output_type: ""})})
        for cell in notebook.cells
    ]


def read(path: Path) -> Any:
    import nbformat

    return nbformat.read(path, as_version=4)


def test_there_is_a_notebook_saved_with_its_outputs() -> None:
    assert [path.name for path in NOTEBOOKS] == ["python-way.ipynb"]
    for cell in (cell for path in NOTEBOOKS for cell in read(path).cells if cell.cell_type == "code"):
        assert all(output.output_type != "error" for output in cell.outputs)
        assert "/tmp/" not in str(cell.outputs) and str(Path.home()) not in str(cell.outputs)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Proactor event loop", "ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_through_and_gives_what_it_was_saved_with(path: Path, tmp_path: Path) -> None:
    from nbclient import NotebookClient

    saved, notebook = read(path), read(path)
    NotebookClient(notebook, timeout=900, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert kinds(notebook) == kinds(saved)
    assert (tmp_path / "runs/compare/index.html").is_file()
