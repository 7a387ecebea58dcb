"""Notebooks as pages, with the outputs that they were saved with; nothing is executed."""

from __future__ import annotations

from pathlib import Path


def pages(source: Path) -> dict[str, str | bytes]:
    """Site file → content: the page of a notebook, and its pictures."""
    import nbformat
    from nbconvert import MarkdownExporter

    book = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]  # untyped library
    name = source.stem
    resources = {"output_files_dir": f"{name}-files", "unique_key": name}
    exporter = MarkdownExporter()  # type: ignore[no-untyped-call]  # untyped library
    text, made = exporter.from_notebook_node(book, resources)
    pictures = {f"notebooks/{path}": data for path, data in made["outputs"].items()}
    return {f"notebooks/{name}.md": text, **pictures}
