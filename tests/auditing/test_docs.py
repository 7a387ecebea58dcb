"""The examples of docs/audit.md, each run as it stands there, on small data."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from leukcad.cli.app import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "audit.md"
BENCH = """
data: {use: simulated, healthy: 8, leukaemic: 8, width: 240, height: 180}
test: {use: simulated, healthy: 2, leukaemic: 2, width: 240, height: 180, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
cell_classes: {healthy: [lymphocyte, neutrophil, monocyte, eosinophil, basophil], lymphoblast: [lymphoblast]}
positive_cells: [lymphoblast]
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
threshold: {rule: fixed}
synthesize: {use: paste, doses: [1], donors: {use: simulated-cells, healthy: 12, leukaemic: 6, width: 240, seed: 5}}
audit: {draws: 1, k: 5, doses: [2]}
explained: 0
"""
NETWORK = "{use: torchvision, name: shufflenet_v2_x0_5, input_size: 64, train: {epochs: 1, batch: 8}}"
DIRECT = f"extends: benches/simulated.yaml\nsteps: [{{classify: {NETWORK}}}]\n"
TWO_STEP = (
    f"extends: benches/simulated.yaml\nsteps: [detect: nuclei, crop: square, classify: {NETWORK}, diagnose: excess]\n"
)


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as a checkout is, its bench and pipelines small."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "pipelines/benches").mkdir(parents=True)
    (folder / "pipelines/benches/simulated.yaml").write_text(BENCH.replace("explained: 0\n", ""), encoding="utf-8")
    (folder / "pipelines/two_step.yaml").write_text(TWO_STEP, encoding="utf-8")
    (folder / "pipelines/direct_resnet50.yaml").write_text(DIRECT, encoding="utf-8")
    return folder


def run(command: str) -> Any:
    words = shlex.split(command)
    assert words[0] == "leukcad"
    told = CliRunner().invoke(app, words[1:], prog_name="leukcad")
    assert told.exit_code == 0, (command, told.output, told.exception)
    return told


@pytest.mark.slow
def test_every_command_and_every_function_of_the_page_works(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)
    run("leukcad run pipelines/direct_resnet50.yaml --quiet")
    code = {block.partition("\n")[0].strip("# \n"): block for block in blocks("python")}
    (checkout / "colleague.py").write_text(code["colleague.py"], encoding="utf-8")
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) == 6
    for command in commands:
        if "score" in command:  # somebody answers
            table = checkout / "edited/fields.csv"
            table.write_text(table.read_text(encoding="utf-8").replace(".jpg,,", ".jpg,ALL,"), encoding="utf-8")
        told = run(command)
        assert "export" in command or re.search(r"(is|stays) (right|wrong|undecided)", " ".join(told.output.split()))
    (python,) = (block for block in blocks("python") if "leukcad.audit(" in block)
    exec(compile(python, str(PAGE), "exec"), {})
    assert list((checkout / "runs").glob("two_step-*/audit/verdict.json")) and (checkout / "runs/audit").is_dir()


def test_the_keys_of_a_bench_are_those_that_it_takes() -> None:
    (told,) = (yaml.safe_load(block)["audit"] for block in blocks("yaml"))
    from leukcad.config.bench import Audit

    defaults = Audit().plain
    assert {key: told[key] for key in defaults} == defaults and set(told) == {*defaults, "donors"}
