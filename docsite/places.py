"""Which file of the repository becomes which page of the site, and links between them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Files outside docs/ that are pages, by their place in the repository.
PAGES = {"README.md": "index.md", "CHANGELOG.md": "changes.md"}
#: Files that are offered as they are.
FILES = {"leukcad/evaluation/verdict.schema.json": "files/verdict.schema.json", "LICENSE": "files/LICENSE.txt"}
#: Folders whose packages each bring a README.
SHELVES = ("plugins", "examples")
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")


def pages() -> dict[str, str]:
    """Repository file → site page, of all that are pages without lying in docs/."""
    shelved = {
        str(readme.relative_to(ROOT)): f"{shelf}/{readme.parent.name}.md"
        for shelf in SHELVES
        for readme in sorted((ROOT / shelf).glob("*/README.md"))
    }
    return {**PAGES, **shelved}


def home(page: str) -> str:
    """Where the text of a site page lies in the repository."""
    for source, known in pages().items():
        if known == page:
            return source
    return f"docs/{page}"


def targets() -> dict[str, str]:
    """Repository file or folder → the site's own."""
    shelves = dict.fromkeys(SHELVES, "plugins/index.md")
    return {**pages(), **FILES, **shelves}


def relink(markdown: str, page: str, known: Mapping[str, str]) -> str:
    """`markdown` of a site page with its links, written for the repository, leading to the site's pages.

    What is not part of the site keeps its link, so that a strict build names it.
    """
    folder, here = posixpath.dirname(home(page)), posixpath.dirname(page)

    def leading(match: re.Match[str]) -> str:
        before, link, after = match.groups()
        path, hash_, anchor = link.partition("#")
        if not path or "://" in path:
            return match[0]
        there = posixpath.normpath(posixpath.join(folder, path))
        to = known.get(there) or (there.removeprefix("docs/") if there.startswith("docs/") else None)
        return f"{before}{posixpath.relpath(to, here or '.')}{hash_}{anchor}{after}" if to else match[0]

    return _LINK.sub(leading, markdown)
