"""Whatever goes wrong: one clear message on stderr, an exit code, no traceback."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leukcad.errors import LeukcadError

Call = Callable[..., Any]
PIPELINES = Path(__file__).resolve().parents[2] / "pipelines"


def raising(error: BaseException) -> Callable[..., Any]:
    def raise_(*_: object, **__: object) -> Any:
        raise error

    return raise_


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (LeukcadError("the cup is empty", cure="fill it"), 2, "leukcad: the cup is empty; fill it\n"),
        (OSError(errno.ENOSPC, "No space left on device"), 2, "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "runs/x"), 2, "runs/x: no permission"),
        (MemoryError(), 2, "not enough memory"),
        (KeyboardInterrupt(), 130, "the same command goes on from there"),
    ],
    ids=lambda e: type(e).__name__ if isinstance(e, BaseException) else "",
)
def test_what_goes_wrong_is_one_line(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    monkeypatch.setattr("leukcad.study.run", raising(error))
    told = call("run", PIPELINES / "two_step.yaml")
    assert told.code == code and said in told.err
    assert len(told.err.splitlines()) == 1 and told.out == ""


def test_only_commands_that_go_on_say_that_they_go_on(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leukcad.study.predict", raising(KeyboardInterrupt()))
    told = call("predict", "two_step", "a.jpg")
    assert (told.code, told.err) == (130, "leukcad: interrupted\n")


def test_of_a_folder_without_pictures_the_first_one_below_that_has_some_is_named(call: Call, tmp_path: Path) -> None:
    told = call("predict", "two_step", tmp_path)
    assert told.code == 2 and "no images in this folder; known: .jpg" in told.err
    for inner in ("b/im", "a/im"):
        (tmp_path / inner).mkdir(parents=True)
        (tmp_path / inner / "Im001_1.JPG").touch()
    told = call("predict", "two_step", tmp_path)
    assert told.code == 2 and f"there are some in {tmp_path / 'a/im'}: name that" in told.err


def test_a_defect_names_the_file_to_report(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("leukcad.study.run", raising(ValueError("too blue")))
    told = call("run", PIPELINES / "two_step.yaml")
    (report,) = tmp_path.glob("leukcad-*.txt")
    assert told.code == 3 and str(report) in told.err and "ValueError: too blue" in told.err
    assert len(told.err.splitlines()) == 1 and "Traceback" in report.read_text()


def test_a_traceback_is_shown_where_it_is_asked_for(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEUKCAD_DEBUG", "1")
    monkeypatch.setattr("leukcad.study.run", raising(LeukcadError("too blue")))
    assert "Traceback" in call("run", PIPELINES / "two_step.yaml").err


@pytest.mark.parametrize(
    "arguments",
    [
        ["runn"],
        ["run"],
        ["run", "a.yaml", "--epochs", "3"],
        ["predict", "two_step"],
        ["data", "make", "x", "--healthy", "many"],
        ["compare", "--seed", "one"],
    ],
    ids=" ".join,
)
def test_a_wrong_call_leaves_with_2_and_says_how_it_is_called(call: Call, arguments: list[str]) -> None:
    told = call(*arguments)
    assert told.code == 2 and "Usage:" in told.err


def test_compare_without_the_shipped_pipelines_says_where_to_go(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = call("compare")
    assert told.code == 2 and str(tmp_path) in told.err and "A.yaml B.yaml" in told.err


def test_quiet_and_verbose_together_are_refused(call: Call) -> None:
    told = call("run", PIPELINES / "two_step.yaml", "--quiet", "--verbose")
    assert told.code == 2 and "--quiet or --verbose" in told.err


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = f"{sys.executable} -m leukcad schema | head -c 1"
    told = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (told.stdout, told.stderr) == ("{", "")


def test_ctrl_c_ends_a_run_with_130_and_a_run_folder_to_go_on_from(tmp_path: Path) -> None:
    pipeline = PIPELINES / "two_step.yaml"
    command = [sys.executable, "-m", "leukcad", "run", str(pipeline), "--quick", "--out", str(tmp_path)]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # what runs in the background ignores it
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("*/split.csv")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130, told
    assert told.splitlines()[-1].startswith("leukcad: interrupted") and "Traceback" not in told
    assert next(tmp_path.glob("two_step-*/provenance.json")).stat().st_size
