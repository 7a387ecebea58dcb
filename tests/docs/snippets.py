"""The code blocks of the documentation, and what is written beside those that are not run here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        ROOT / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("plugins/*/README.md"),
        *ROOT.glob("examples/*/*.md"),
    ]
)
#: Why a block may not be run; nothing else counts.
REASONS = ("installs software", "needs ALL-IDB", "needs a GPU", "serves until stopped", "takes long")
_NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
_ELSEWHERE = re.compile(r"<!-- run by (tests/\S+) -->")
_TOOLS = "leukcad|make|pip|python|pytest|source|export|tensorboard|mkdocs|[A-Z_]+=\\S+"
_COMMAND = re.compile(rf"(\$ )?({_TOOLS})( |$)")


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, its text, and the comment right above it ('' without one)."""

    page: Path
    line: int
    language: str
    text: str
    note: str

    @property
    def place(self) -> str:
        """page:line, as an editor opens it."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file(self) -> str | None:
        """The name of the file that the block is, if its first line is a comment that says so."""
        named = re.match(r"# ([\w./-]+\.(py|yaml|toml))$", self.text.partition("\n")[0])
        return named[1] if named else None

    @property
    def runs(self) -> bool:
        """Whether it is to be run here."""
        return not (_NOT_RUN.fullmatch(self.note) or _ELSEWHERE.fullmatch(self.note))

    @property
    def reason(self) -> str:
        """Why it is not run; '' if it is."""
        told = _NOT_RUN.fullmatch(self.note)
        return told[1] if told else ""

    @property
    def elsewhere(self) -> str:
        """The test that runs it instead; '' if there is none."""
        told = _ELSEWHERE.fullmatch(self.note)
        return told[1] if told else ""


@cache
def blocks(page: Path) -> list[Block]:
    """The blocks of a page, fenced and indented, in order."""
    found, note = [], ""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type in ("fence", "code_block"):
            language = (token.info.split() or [""])[0]
            first = token.map[0] + 1 if token.map else 0
            found.append(Block(page, first, _language(language, token.content), token.content, note))
        note = token.content.strip() if token.type == "html_block" else ""
    return found


def inline(page: Path) -> list[str]:
    """The commands that stand in the page's running text."""
    tokens = (child for token in MarkdownIt().parse(page.read_text(encoding="utf-8")) for child in token.children or ())
    return [one.content for one in tokens if one.type == "code_inline" and one.content.startswith("leukcad ")]


def commands(text: str) -> list[str]:
    """The lines of a block that are commands, continued ones joined."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if _COMMAND.match(line.strip())]


def _language(told: str, text: str) -> str:
    """A block that does not say its language is commands if a line of it is one."""
    if told in ("", "text"):
        return "bash" if commands(text) else "text"
    return {"sh": "bash", "shell": "bash", "py": "python", "yml": "yaml"}.get(told, told)
