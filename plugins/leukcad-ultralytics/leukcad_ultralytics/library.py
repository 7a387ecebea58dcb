"""ultralytics behind one door: what it does to the process when it is imported or called is undone here.

Its import sets the threads of OpenMP and OpenCV, the printing of numpy and torch, warning filters, a log handler on
stdout and five environment variables, and replaces `torch.save`; it looks for the network, writes a settings file, and
may install packages, download and report errors. Nothing else in this distribution imports it.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from leukcad import LeukcadError

#: Read by `ultralytics.utils` when it is imported: no DNS look-up nor report, no pip, no unpickling, no chatter.
QUIET = {
    "YOLO_OFFLINE": "true",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "true",
}
LOGGERS = ("ultralytics", "sentry_sdk", "coremltools")  # whose levels and handlers it sets


@cache
def notice() -> None:
    """Say the licence, once a process."""
    told = (
        "detect 'yolo': ultralytics is under the AGPL-3.0, and so is what runs with it: whoever gives it on, or lets"
        " others use it over a network, gives its source (or holds a licence of Ultralytics). leukcad is Apache-2.0."
    )
    logging.getLogger("leukcad.detect").warning(told)


def folder() -> Path:
    """Where ultralytics is installed, without importing it; raises `LeukcadError` where it is not."""
    spec = importlib.util.find_spec("ultralytics")
    if spec is None or not spec.submodule_search_locations:
        cure = "pip install --no-deps ultralytics (its licence is the AGPL-3.0; plugins/leukcad-ultralytics/README.md)"
        raise LeukcadError("it needs the package ultralytics, which is not installed", cure=cure)
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def part(name: str) -> Any:
    """The module `ultralytics.NAME`, imported with the process left as it was."""
    import torchvision  # type: ignore[import-untyped]  # noqa: F401  # its NMS is taken only where it is imported

    folder()
    with as_before(), warnings.catch_warnings(), tempfile.TemporaryDirectory() as settings:
        first = "ultralytics" not in sys.modules
        os.environ.update(QUIET, YOLO_CONFIG_DIR=settings)
        module = importlib.import_module(f"ultralytics.{name}")
        if first:  # into the temporary folder: the user's own settings are neither read nor written
            importlib.import_module("ultralytics.utils").SETTINGS.update({"sync": False})
    if first:
        logging.getLogger("ultralytics").setLevel(logging.ERROR)
    return module


@contextmanager
def as_before() -> Iterator[None]:
    """Threads, printing, `torch.save`, environment and logging are afterwards what they were."""
    import torch

    environment, kept, save = dict(os.environ), [(read(), write) for read, write in _settings()], torch.save
    printing, torch.set_printoptions = torch.set_printoptions, _nothing  # torch does not tell what it is set to
    logs = [(log, log.level, log.propagate, list(log.handlers)) for log in map(logging.getLogger, LOGGERS)]
    try:
        yield
    finally:
        torch.set_printoptions, torch.save = printing, save
        for (read, _), (value, write) in zip(_settings(), kept, strict=True):
            if read() != value:
                write(value)
        for log, level, propagate, handlers in logs:
            log.handlers[:], log.propagate = handlers, propagate
            log.setLevel(level)
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
        os.environ.update({name: told for name, told in environment.items() if os.environ.get(name) != told})


def _settings() -> list[tuple[Callable[[], Any], Callable[[Any], Any]]]:
    import cv2
    import numpy as np
    import torch

    return [
        (torch.get_num_threads, torch.set_num_threads),
        (cv2.getNumThreads, cv2.setNumThreads),
        (np.get_printoptions, lambda options: np.set_printoptions(**options)),
    ]


def _nothing(*_: Any, **__: Any) -> None:
    pass
