"""What mkdocs calls while it builds the site: pages out of the code, and links that fit repository and site."""

from __future__ import annotations

import api
import commands
import notebook
import places
import reference
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie elsewhere, and those that are made from the code."""
    made: dict[str, str | bytes] = {
        page: (places.ROOT / source).read_text(encoding="utf-8")
        for source, page in {**places.pages(), **places.FILES}.items()
    }
    made["plugins/index.md"] = reference.shelves()
    made["reference/commands.md"] = commands.page()
    made["reference/keys.md"] = reference.keys()
    made["reference/components.md"] = reference.components()
    made["files/pipeline.schema.json"] = reference.schema()
    made |= api.pages()
    for source in sorted((places.ROOT / "docs" / "notebooks").glob("*.ipynb")):
        made |= notebook.pages(source)
    for uri, content in made.items():
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead its links to the site's pages."""
    return places.relink(markdown, page.file.src_uri, places.targets())
