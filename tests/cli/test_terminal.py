"""What every command has in common, completion in the shell, and what Ctrl-C leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from leukcad.cli import talk
from leukcad.cli.app import app

Call = Callable[..., Any]
#: What they print is JSON, or a folder of pictures.
WITHOUT_JSON = {"schema", "audit export"}


def leaves(command: Any, name: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each command that does something, with its options."""
    inner = getattr(command, "commands", {})
    for key, one in inner.items():
        yield from leaves(one, f"{name} {key}".strip())
    if not inner:
        yield name, {option for parameter in command.params for option in parameter.opts}


COMMANDS = dict(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_quiet_and_verbose_and_tell_a_program(command: str) -> None:
    wanted = {"--quiet", "-q", "--verbose", "-v"} | ({"--json"} if command not in WITHOUT_JSON else set())
    assert wanted <= COMMANDS[command]


def test_quiet_and_verbose_at_once_are_refused(call: Call) -> None:
    told = call("runs", "list", "--quiet", "--verbose")
    assert told.code == 2 and "expected --quiet or --verbose, got both" in told.err


def test_check_as_json_tells_the_steps_or_the_mistakes_of_each_file(call: Call, tmp_path: Path) -> None:
    good = "data: simulated\nclasses: [healthy, ALL]\nsplit: {use: lexicographic}\nsteps: [{classify: torchvision}]\n"
    (tmp_path / "good.yaml").write_text(good)
    (tmp_path / "bad.yaml").write_text(good.replace("torchvision", "torchvisio"))
    told = call("check", tmp_path / "good.yaml", tmp_path / "bad.yaml", "--json")
    found = json.loads(told.out)
    assert told.code == 2 and told.err == ""
    assert found[str(tmp_path / "good.yaml")] == {"mistakes": [], "steps": ["classify torchvision"]}
    assert "did you mean 'torchvision'" in found[str(tmp_path / "bad.yaml")]["mistakes"][0]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=30,
    )
)
def test_json_that_is_laid_out_for_people_holds_the_same(value: Any) -> None:
    assert json.loads(talk.readable(value)) == value


def test_in_json_what_holds_single_values_takes_one_line() -> None:
    share = {"count": 3, "share": 0.75, "low": 0.19, "high": 0.99}
    lines = talk.readable([{"group": "S1", "differential": {"lymphoblast": share}, "notes": []}]).splitlines()
    assert f'   "lymphoblast": {json.dumps(share)}' in lines and len(lines) == 9
    assert len(talk.readable(["x" * 60] * 3).splitlines()) == 5  # what does not fit is laid out all the same


def test_where_a_schema_was_written_is_said_on_stderr_and_not_when_quiet(call: Call, tmp_path: Path) -> None:
    told = call("schema", "--out", tmp_path / "a.json")
    assert told.out == "" and told.err == f"schema: {tmp_path / 'a.json'}\n"
    assert call("schema", "--out", tmp_path / "b.json", "-q").err == ""


def test_new_and_make_tell_a_program_what_they_wrote(call: Call, tmp_path: Path) -> None:
    new = json.loads(call("plugins", "new", "mine", "--stage", "crop", "--into", tmp_path, "--json").out)
    assert Path(new["folder"]) == tmp_path / "leukcad-mine" and Path(new["method"]).is_file()
    few = ["--healthy", 1, "--leukaemic", 0, "--cells", 0]
    made = json.loads(call("data", "make", tmp_path / "sim", *few, "--json").out)
    assert Path(made["simulated"]) == tmp_path / "sim" / "ALL_IDB1"


@pytest.mark.parametrize(
    ("words", "wanted"), [("leukcad plu", "plugins"), ("leukcad plugins ch", "check"), ("leukcad run --qui", "--quick")]
)
def test_the_shell_completes_commands_and_options(words: str, wanted: str) -> None:
    told = {"_LEUKCAD_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    command = [sys.executable, "-c", "from leukcad.cli import main; main()"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **told}, check=False)
    assert wanted in done.stdout.split(), done.stderr


BENCH = """
data: {use: simulated, healthy: 12, leukaemic: 12, width: 400, height: 300}
test: {use: simulated, healthy: 8, leukaemic: 8, width: 400, height: 300, seed: 9, prefix: Fresh}
classes: [healthy, ALL]
positive: ALL
split: {use: lexicographic, train: 0.7, validation: 0.3, test: 0.0}
synthesize: {use: paste, doses: [1, 3], draws: 1, donors: {use: simulated-cells, width: 400, seed: 5}}
explained: 1
steps:
  - classify: {use: torchvision, name: shufflenet_v2_x0_5, input_size: 64}
"""


def wait_for(folder: Path, pattern: str, process: subprocess.Popen[str]) -> Path:
    """The first file of that name; fails where the process ends before."""
    while process.poll() is None:
        if found := next(folder.glob(pattern), None):
            return found
        time.sleep(0.01)
    raise AssertionError(f"ended before {pattern}: {process.communicate()}")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another signal there")
def test_ctrl_c_leaves_a_run_that_the_same_command_finishes_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(BENCH)
    command = [sys.executable, "-m", "leukcad", "run", "mine.yaml", "--quick"]
    # a shell that runs tests in the background lets them ignore interrupts
    heeding = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    process = subprocess.Popen(
        command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **heeding
    )
    learned = wait_for(tmp_path, "runs/mine-*/steps/*/learned.json", process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130 and out == "", err
    assert err.splitlines()[-1] == (
        "leukcad: interrupted; what was finished is kept: the same command goes on from there: "
        "leukcad run mine.yaml --quick"
    )
    assert "Traceback" not in err and not list(tmp_path.glob("runs/*/metrics.json"))
    before = learned.stat().st_mtime_ns
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and list(tmp_path.glob("runs/*/metrics.json")), done.stderr
    assert learned.stat().st_mtime_ns == before  # nothing was learned twice
