"""What ultralytics does to a process stays in its plugin's folder."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

#: Looks at the process before, and after each call; prints what differs. The network is cut off: looking for it raises.
WATCHED = """
import json, logging, os, socket, sys, warnings
import cv2, numpy as np, torch
from pathlib import Path
from leukcad import Examples, Step
from leukcad.testing import draw_field

def offline(*_, **__):
    raise AssertionError("it asked the network")
socket.getaddrinfo = socket.create_connection = socket.socket.connect = offline
torch.set_num_threads(2); cv2.setNumThreads(2)
logs = ("", "leukcad", "ultralytics", "sentry_sdk", "coremltools")

def state():
    loggers = [logging.getLogger(name) for name in logs]
    return {
        "torch threads": torch.get_num_threads(), "cv2 threads": cv2.getNumThreads(),
        "numpy": str(np.get_printoptions()), "torch printing": str(torch.full((60,), 1 / 3)),
        "save": torch.save.__module__, "environment": dict(os.environ), "filters": [str(f) for f in warnings.filters],
        "handlers": [str(log.handlers) + str(log.propagate) for log in loggers],
        "level": logging.getLogger().level, "home": sorted(map(str, Path.home().rglob("*"))), "here": os.listdir("."),
    }

import torchvision, scipy.optimize, pydantic  # what leukcad itself brings
logging.getLogger("leukcad").addHandler(logging.StreamHandler(sys.stderr))
before, told = state(), {}
def look(when):
    after = state()
    told[when] = {key: [before[key], after[key]] for key in before if before[key] != after[key]}

from leukcad_ultralytics.detector import Yolo
from leukcad_ultralytics.options import YoloTraining
classes = ("lymphocyte", "lymphoblast")
fields = [draw_field(classes, i) for i in range(2)]
some = Examples(classes, fields, [f.truth for f in fields])
yolo = Yolo(model="yolov8n", input_side=64, train=YoloTraining(epochs=1, batch=2))
step = Step("detect", "yolo", yolo, classes=classes)
look("made")
step.fit(some, some)
look("learned")
found = step.component.candidates(fields[0])
look("looked")
again = Step("detect", "yolo", Yolo(model="yolov8n", input_side=64), classes=classes)
again.restore(step.state())
again.detect(fields)
look("restored")
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """A process that taught, kept and asked a YOLO, in an empty home."""
    import os

    home = tmp_path_factory.mktemp("home")
    named = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "LEUKCAD_CACHE": str(home), "PYTHONWARNINGS": "default"}
    named["OMP_WAIT_POLICY"] = "PASSIVE"  # on a busy machine threads that spin take minutes
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("YOLO", "OMP"))}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], env={**kept, **named}, cwd=home, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.slow
def test_after_each_call_threads_printing_environment_and_logs_are_as_before_and_nobody_asked_the_network(watched):
    told = json.loads(watched.stdout)
    assert told == {when: {} for when in ("made", "learned", "looked", "restored")}


@pytest.mark.slow
def test_the_licence_is_told_once_a_process_on_stderr_and_nothing_else_is_said(watched):
    assert watched.stderr.count("AGPL-3.0") == 1
    assert [line for line in watched.stderr.splitlines() if "AGPL" not in line and "cells score" not in line] == []


def test_without_ultralytics_the_cure_names_how_to_install_it(monkeypatch, small):
    from leukcad_ultralytics import library

    from leukcad import LeukcadError

    monkeypatch.setattr(library.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        LeukcadError, match="it needs the package ultralytics, which is not installed; pip install --no-d"
    ):
        small.step_of()


def test_what_a_call_sets_is_put_back_even_if_it_fails():
    import os

    import cv2
    import numpy as np
    import torch
    from leukcad_ultralytics import library

    save, threads, printed = torch.save, cv2.getNumThreads(), np.get_printoptions()
    with pytest.raises(ZeroDivisionError), library.as_before():
        torch.save, os.environ["OMP_NUM_THREADS_NOT"] = None, "1"
        cv2.setNumThreads(threads + 1)
        np.set_printoptions(linewidth=7)
        torch.set_printoptions(linewidth=7)
        raise ZeroDivisionError
    assert torch.save is save and cv2.getNumThreads() == threads and np.get_printoptions() == printed
    assert "OMP_NUM_THREADS_NOT" not in os.environ and len(str(torch.ones(20))) > 60
