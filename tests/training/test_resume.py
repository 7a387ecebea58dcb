"""A fit that was cut off goes on to the bitwise same end."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

TOLD = {"epochs": 6, "schedule": "onecycle", "augment": {"flip": True, "rotate": True, "stain": 0.1, "scale": 0.2}}


class Cut(Exception):
    """What ends the process, for a test."""


def cut_after(tiny, batches: int):
    """A `prepare` that raises in the training batch number `batches`."""
    seen = [0]

    def prepare(pixels: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled():
            seen[0] += 1
            if seen[0] > batches:
                raise Cut
        return tiny.prepare(pixels)

    return prepare


@pytest.mark.parametrize("batches", [3, 5, 10, 22])  # four an epoch: in the first, in the second, in the last
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_cut_off_in_the_middle_of_an_epoch_and_started_again_the_end_is_the_same(tiny, tmp_path, batches, optimizer):
    told = {**TOLD, "optimizer": optimizer}
    whole, result = tiny.fit(tmp_path / "whole", **told)
    with pytest.raises(Cut):
        tiny.fit(tmp_path / "cut", prepare=cut_after(tiny, batches), **told)
    state, again = tiny.fit(tmp_path / "cut", **told)
    assert tiny.same(whole, state)
    assert again.best_epoch == result.best_epoch
    assert [(r.train_loss, r.validation_loss, r.lr) for r in again.history] == [
        (r.train_loss, r.validation_loss, r.lr) for r in result.history
    ]


def test_finished_epochs_are_not_trained_again(tiny, tmp_path):
    seen = []

    def counting(pixels: torch.Tensor) -> torch.Tensor:
        seen.append(torch.is_grad_enabled())
        return tiny.prepare(pixels)

    with pytest.raises(Cut):
        tiny.fit(tmp_path, prepare=cut_after(tiny, 10), **TOLD)
    tiny.fit(tmp_path, prepare=counting, **TOLD)
    assert sum(seen) < 6 * 4


def test_patience_counts_on_after_a_cut(tiny, tmp_path):
    unseen = tiny.crops(10, seed=1)
    told = {"epochs": 50, "patience": 2, "validation": unseen.replace(labels=1 - unseen.labels)}
    whole, result = tiny.fit(**told)
    with pytest.raises(Cut):
        tiny.fit(tmp_path, prepare=cut_after(tiny, 4 * (len(result.history) - 1) + 1), **told)
    state, again = tiny.fit(tmp_path, **told)
    assert tiny.same(whole, state)
    assert len(again.history) == len(result.history)


def test_the_checkpoint_is_gone_when_training_is_done(tiny, tmp_path):
    tiny.fit(tmp_path, **TOLD)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["history.csv"]


@pytest.mark.parametrize("change", [{"lr": 0.02}, {"seed": 1}, {"examples": "other"}, {"validation": "other"}])
def test_the_checkpoint_of_another_fit_is_not_taken(tiny, tmp_path, caplog, change):
    with pytest.raises(Cut):
        tiny.fit(tmp_path, prepare=cut_after(tiny, 10), **TOLD)
    change = {key: tiny.crops(17, seed=5) if value == "other" else value for key, value in change.items()}
    with caplog.at_level(logging.WARNING):
        state, _ = tiny.fit(tmp_path, **TOLD, **change)
    assert "of other data, options or weights" in caplog.text
    assert tiny.same(state, tiny.fit(**TOLD, **change)[0])


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint", None])
def test_a_damaged_checkpoint_is_told_of_and_training_starts_afresh(tiny, tmp_path, caplog, damage):
    with pytest.raises(Cut):
        tiny.fit(tmp_path, prepare=cut_after(tiny, 10), **TOLD)
    path = tmp_path / "checkpoint.pt"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if damage is None else damage)
    with caplog.at_level(logging.WARNING):
        state, _ = tiny.fit(tmp_path, **TOLD)
    assert "training starts afresh" in caplog.text
    assert tiny.same(state, tiny.fit(**TOLD)[0])


def test_a_checkpoint_that_would_run_code_is_not_run(tiny, tmp_path, caplog):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "owned",))

    torch.save({"fingerprint": Evil()}, tmp_path / "checkpoint.pt")
    tiny.fit(tmp_path, **TOLD)
    assert not (tmp_path / "owned").exists()
    assert "training starts afresh" in caplog.text


def test_a_disk_that_is_full_is_told_of_and_training_goes_on(tiny, tmp_path, caplog, monkeypatch):
    from leukcad.training import checkpoint

    def full(watched: checkpoint._Watched, data: object) -> int:
        watched.error = OSError(28, "No space left on device")
        raise watched.error

    monkeypatch.setattr(checkpoint._Watched, "write", full)
    state, _ = tiny.fit(tmp_path, **TOLD)
    assert caplog.text.count("the disk is full") == 1
    assert tiny.same(state, tiny.fit(**TOLD)[0])
    assert not list(tmp_path.glob("checkpoint*"))


CHILD = """
import importlib.util, pathlib, sys, time, torch
spec = importlib.util.spec_from_file_location("tiny", sys.argv[1])
tiny = importlib.util.module_from_spec(spec); spec.loader.exec_module(tiny)
def slow(pixels):
    time.sleep(0.05)
    return tiny.prepare(pixels)
tiny.fit(pathlib.Path(sys.argv[2]), prepare=slow, epochs=40, schedule="cosine")
"""


@pytest.mark.slow
def test_killed_without_warning_and_started_again_the_end_is_the_same(tiny, tmp_path):
    folder = tmp_path / "killed"
    conftest = str(Path(__file__).with_name("conftest.py"))
    child = subprocess.Popen([sys.executable, "-c", CHILD, conftest, str(folder)])
    try:
        deadline = time.monotonic() + 120
        while not (folder / "checkpoint.pt").exists():
            assert child.poll() is None and time.monotonic() < deadline, "no checkpoint was written"
            time.sleep(0.02)
        time.sleep(0.3)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    state, _ = tiny.fit(folder, epochs=40, schedule="cosine")
    whole, _ = tiny.fit(tmp_path / "whole", epochs=40, schedule="cosine")
    assert tiny.same(state, whole)
