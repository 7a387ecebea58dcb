"""The documentation as a site: it builds strictly, its reference is that of the code, and it fetches nothing."""

from __future__ import annotations

import inspect
import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup
from snippets import ROOT
from typer.main import get_command

import leukcad
from leukcad.cli.app import app
from leukcad.config import json_schema
from leukcad.evaluation.schema import verdict_schema
from leukcad.hookspecs import EventSpecs, SeamSpecs, StageSpecs
from leukcad.host import discover

if TYPE_CHECKING:
    from chromium import Chromium

SPECS = (SeamSpecs, StageSpecs, EventSpecs)
HOOKS = [(cls, name) for cls in SPECS for name in vars(cls) if name.startswith("leukcad_")]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@cache
def page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def bare(signature: str) -> str:
    """A signature without what only lays it out."""
    return re.sub(r"[\s'\"]", "", signature).replace(",)", ")")


@pytest.mark.parametrize(("cls", "name"), HOOKS, ids=[name for _, name in HOOKS])
def test_every_hook_is_documented_with_its_true_signature(site: Path, cls: type, name: str) -> None:
    heading = page(site, "reference/hooks").find(id=f"leukcad.hookspecs.{cls.__name__}.{name}")
    assert heading is not None
    function = getattr(cls, name)
    told = inspect.signature(function)
    own = told.replace(parameters=list(told.parameters.values())[1:])  # without self
    assert bare(heading.find_next("pre").get_text()) == bare(f"{name}{own}")
    body = heading.find_parent(class_="doc-object").get_text()
    assert bare((inspect.getdoc(function) or "").replace("`", "")) in bare(body)


def test_all_that_leukcad_exports_is_documented(site: Path) -> None:
    named = {
        tag["id"] for name in ("python", "types", "hooks") for tag in page(site, f"reference/{name}").select("[id]")
    }
    exported = set(leukcad.__all__) - {"__version__"}
    assert {name for name in exported if not any(one.endswith(f".{name}") for one in named)} == set()


def test_what_plugins_may_import_is_documented(site: Path) -> None:
    public = set(runpy.run_path(str(ROOT / "tests/test_layers.py"))["PUBLIC"])
    elsewhere = {"leukcad", "leukcad.errors", "leukcad.hookspecs", "leukcad.types"}  # on pages of their own
    told = {tag.get_text().removesuffix("¶") for tag in page(site, "reference/plugin-kit").find_all("h2")}
    assert public - elsewhere <= told


def walk(command: Any, path: str = "leukcad") -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, f"{path} {name}")


def test_every_command_is_documented_with_its_options(site: Path) -> None:
    text = page(site, "reference/commands").find("article")
    sections = {tag.get_text().removesuffix("¶"): tag for tag in text.find_all("h2")}
    for path, command in walk(get_command(app)):
        rows = sections[path].find_next("table").get_text()
        hidden = {"--help"}
        options = {one for part in command.params for one in part.opts if one.startswith("--")} - hidden
        assert {one for one in options if one not in rows} == set(), path


def test_every_component_of_this_repository_is_documented_with_its_options(site: Path) -> None:
    here = {path.parent.name for path in (ROOT / "plugins").glob("*/pyproject.toml")}
    text = page(site, "reference/components")
    told = {tag.get_text().removesuffix("¶"): tag.find_next("table") for tag in text.find_all("h3")}
    host = discover()
    offers = {key: offer for key, offer in host.offers.items() if offer.distribution in here}
    assert {f"{stage}: {name}" for stage, name in offers} == set(told)
    for stage, name in offers:
        options = json_schema(host.load(stage, name)).get("properties", {})
        rows = told[f"{stage}: {name}"].get_text() if options else ""
        assert [one for one in options if one not in rows] == [], name


def test_no_sign_of_markdown_is_left_on_a_page_that_was_made(site: Path) -> None:
    for path in [*(site / "reference").glob("*.html"), site / "plugins/index.html"]:
        article = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").find("article")
        assert re.findall(r"\\[_*<>]|&lt;|`", article.get_text()) == [], path.name


def test_the_schemas_can_be_had(site: Path) -> None:
    assert json.loads((site / "files/verdict.schema.json").read_text()) == verdict_schema()
    assert "steps" in json.loads((site / "files/pipeline.schema.json").read_text())["properties"]


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for path in pages:
        tags = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select("link[href], [src]")
        links = [tag.get("src") or tag.get("href") for tag in tags]
        assert [link for link in links if re.match(r"(https?:)?//", link)] == [], path.name
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//", styles) == []


def test_no_page_names_a_folder_of_the_machine_that_built_it(site: Path) -> None:
    named = [path for path in site.rglob("*.html") if str(ROOT) in path.read_text(encoding="utf-8")]
    assert named == []


def test_the_site_opens_from_disk_and_its_search_answers_without_a_network(site: Path, chromium: Chromium) -> None:
    tab = chromium.tab()
    tab.offline()
    tab.goto((site / "reference/hooks.html").as_uri())
    tab.run("document.querySelector('#__search').click()")
    tab.run(
        "(field => { field.value = 'occlusion'; field.dispatchEvent(new Event('keyup', {bubbles: true})); })"
        "(document.querySelector('.md-search__input'))"
    )
    tab.wait("/\\d+ matching documents/.test(document.querySelector('.md-search-result').innerText)")
    assert "explain.html" in tab.run("document.querySelector('.md-search-result').innerHTML")
    assert tab.console == []
    assert all(one.startswith(("file:", "data:", "blob:")) for one in tab.requests)
    tab.close()
