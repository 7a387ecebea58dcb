"""Every code block of the documentation is run at --quick scale on small data, or says beside it why not."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shell
import yaml
from snippets import PAGES, REASONS, ROOT, Block, blocks, commands, inline

from leukcad.config import load_pipeline
from leukcad.config.steps import RANKS
from leukcad.host import discover

ALL = [block for page in PAGES for block in blocks(page)]
RUN = [page for page in PAGES if any(b.runs and b.language in ("bash", "console", "python") for b in blocks(page))]
BASE = {"detect": "nuclei", "crop": "square", "classify": {"use": "torchvision", "name": "resnet18"}}
BASE |= {"diagnose": "share", "explain": "gradcam"}


def place(block: Block) -> str:
    return block.place


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture
def here(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout as the working directory."""
    monkeypatch.chdir(checkout)
    monkeypatch.setenv("PWD", str(checkout))
    monkeypatch.syspath_prepend(str(checkout))
    return checkout


@pytest.fixture(scope="session")
def compared(checkout: Path) -> Path:
    """The checkout with the runs that pages speak of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(checkout)
        shell.run("leukcad compare --quiet", checkout, patch)
    return checkout


@pytest.fixture
def runs(compared: Path) -> Iterator[Path]:
    """Those runs and no others: what a page leaves is gone before the next one names a run."""
    folder = compared / "runs"
    known = set(folder.iterdir())
    yield folder
    for left in set(folder.iterdir()) - known:
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def test_there_are_blocks_of_each_kind_and_most_are_run() -> None:
    assert {"bash", "python", "yaml", "text"} <= {block.language for block in ALL}
    assert sum(not block.runs for block in ALL) < len(ALL) / 3


@pytest.mark.parametrize("block", ALL, ids=place)
def test_a_block_that_is_not_run_here_gives_a_known_reason_or_a_test_that_runs_it(block: Block) -> None:
    assert block.language in ("bash", "console", "python", "yaml", "toml", "text")
    assert not block.reason or block.reason in REASONS
    if block.elsewhere:
        told = (ROOT / block.elsewhere).read_text(encoding="utf-8")
        assert any(one in told for one in (name(block.page), block.page.name, block.page.parent.name))
    if "run" in block.note and block.runs:
        pytest.fail(f"{block.place}: no such note: {block.note}")


@pytest.mark.parametrize("block", [b for b in ALL if b.language == "toml"], ids=place)
def test_a_toml_block_can_be_read(block: Block) -> None:
    assert tomllib.loads(block.text)


def in_order(named: tuple[str, object]) -> int:
    return list(RANKS).index(named[0])


@pytest.mark.parametrize("block", [b for b in ALL if b.language == "yaml" and b.runs], ids=place)
def test_a_yaml_block_passes_the_check(block: Block, here: Path) -> None:
    told = yaml.safe_load(block.text)
    if isinstance(told, list):  # steps, each in the place of its stage
        for step in told:
            steps = [{stage: use} for stage, use in sorted({**BASE, **step}.items(), key=in_order)]
            check({"extends": "benches/simulated.yaml", "steps": steps}, here / "pipelines/steps.yaml")
    elif "steps" in told:
        file = here / (block.file or "pipelines/block.yaml")
        file.write_text(block.text)
        assert load_pipeline(file, discover()).steps
    else:  # half a file, laid over a whole one
        (here / "pipelines" / (block.file or "half.yaml")).write_text(block.text)
        half = {"extends": ["two_step.yaml", block.file or "half.yaml"]}
        check(half, here / "pipelines/whole.yaml")


def check(told: dict[str, Any], file: Path) -> None:
    file.write_text(yaml.safe_dump(told, sort_keys=False))
    assert load_pipeline(file, discover()).steps


@pytest.mark.parametrize("page", [page for page in PAGES if inline(page) or blocks(page)], ids=name)
def test_a_command_that_a_page_names_or_shows_exists_with_its_options(page: Path) -> None:
    shown = [line for block in blocks(page) for line in commands(block.text) if block.language in ("bash", "console")]
    for command in [*inline(page), *(line.removeprefix("$ ") for line in shown)]:
        words = shlex.split(re.sub(r"…|\.\.\.", "", command), comments=True)
        if words[0] == "leukcad":
            path, options = shell.described(words[1:])
            named = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
            assert path or named, command
            assert named <= options | {"-h", "--help"}, command


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=name)
def test_the_commands_and_the_code_of_a_page_work_in_their_order(
    page: Path, runs: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page):
        if block.file:
            (here / block.file).write_text(block.text)
        if not block.runs:
            continue
        if block.language == "python":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of torch's exporter about itself
                exec(compile(block.text, block.place, "exec"), names)
        if block.language == "bash":
            for line in commands(block.text):
                answer(line, here)
                shell.run(line, here, monkeypatch)
        if block.language == "console":
            for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                line, _, printed = part.partition("\n")
                assert shell.run(line, here, monkeypatch).split() == printed.split(), block.place


def answer(line: str, folder: Path) -> None:
    """Somebody fills the exported table before it is scored."""
    if line.startswith("leukcad audit score "):
        table = folder / shlex.split(line)[3]
        table.write_text(table.read_text(encoding="utf-8").replace(".jpg,,", ".jpg,ALL,"), encoding="utf-8")


def test_no_page_hides_a_command_in_a_block_that_says_text() -> None:
    hidden = [block.place for block in ALL if block.language == "text" and commands(block.text)]
    assert not hidden
