"""Pages in a real Chromium, driven over its debugging pipe with keys and mouse, and what is served to them."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from leukcad_cells.rules import Number

from leukcad import Cells, Field, Step, hookimpl
from leukcad.answering import Trained
from leukcad.assembly import Setting, make_source
from leukcad.cli.sources import pasting, sources
from leukcad.config import load_pipeline
from leukcad.data.images import write_png
from leukcad.host import discover
from leukcad.laboratory import Rules
from leukcad.pipeline import Pipeline
from leukcad.placing import Finder, Placement
from leukcad.placing.finder import spread
from leukcad.positions import PositionFile
from leukcad.reviewing import OverrideLog, Review, from_files
from leukcad.runs import Run
from leukcad.testing import draw_field

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-quic"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
    "--window-size=1300,900",
]
CODES = {"Delete": 46, "Escape": 27, "Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39, "ArrowUp": 38, " ": 32}
PATIENCE = float(os.environ.get("PATIENCE", 90))  # seconds; a busy machine is no failure


class Page:
    """One tab. `console` gathers what the page complains of."""

    def __init__(self, profile: Path) -> None:
        out, self._write = os.pipe()
        self._read, back = os.pipe()
        command = [CHROMIUM, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]

        def hand_over() -> None:  # Chromium reads from 3 and writes to 4
            first, second = os.dup(out), os.dup(back)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(3, 4, out, back),
            preexec_fn=hand_over,
        )
        os.close(out)
        os.close(back)
        self._rest, self._number, self._session = b"", 0, ""
        self.console: list[str] = []
        targets = self.send("Target.getTargets")["targetInfos"]
        page = next(t for t in targets if t["type"] == "page")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its answer."""
        self._number += 1
        told: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            told["sessionId"] = self._session
        os.write(self._write, json.dumps(told).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer)
                result: dict[str, Any] = answer["result"]
                return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._read, 1 << 20)
            assert part, "Chromium is gone"
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(line)
        if told.get("method") == "Log.entryAdded":
            self.console.append(str(told["params"]["entry"]["text"]))
        if told.get("method") == "Runtime.exceptionThrown":
            self.console.append(str(told["params"]["exceptionDetails"]))
        if told.get("method") == "Runtime.consoleAPICalled":
            self.console.append(str(told["params"]["args"]))
        return told

    def open(self, url: str) -> None:
        """Go there."""
        self.send("Page.navigate", url=url)

    def reload(self) -> None:
        """As F5 does."""
        self.js("window.stale = true")
        self.send("Page.reload")
        with contextlib.suppress(
            AssertionError
        ):  # asked in the very moment of the change, the old page says that it is gone
            self.wait("!window.stale")
        self.wait("!window.stale && document.readyState === 'complete'")

    def js(self, code: str) -> Any:
        """The value of an expression."""
        told = self.send("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression holds."""
        end = time.monotonic() + PATIENCE
        while not self.js(f"Boolean({condition})"):
            shown = self.js("document.body?.innerText.slice(0, 600)")
            assert time.monotonic() < end, (condition, shown, self.console)
            time.sleep(0.05)

    def key(self, name: str, *, control: bool = False, shift: bool = False) -> None:
        """Press and release a key."""
        told: dict[str, Any] = {"key": name, "modifiers": 2 * control + 8 * shift}
        told["windowsVirtualKeyCode"] = CODES.get(name, ord(name[0].upper()))
        text = {"Enter": "\r"}.get(name, name if len(name) == 1 else "")
        if text and not control:
            told["text"] = text
        self.send("Input.dispatchKeyEvent", type="keyDown", **told)
        told.pop("text", None)
        self.send("Input.dispatchKeyEvent", type="keyUp", **told)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """One event of the mouse, at px of the window."""
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press at `start`, move to `end`, release."""
        held = {"button": "left", "buttons": 1, "clickCount": 1}
        self.mouse("mouseMoved", *start)
        self.mouse("mousePressed", *start, **held)
        for share in (0.3, 0.7, 1.0):
            self.mouse("mouseMoved", *(a + share * (b - a) for a, b in zip(start, end, strict=True)), **held)
        self.mouse("mouseReleased", *end, **{**held, "buttons": 0})

    def click(self, x: float, y: float) -> None:
        """A click at px of the window."""
        self.drag((x, y), (x, y))

    def picture(self, path: Path) -> None:
        """What is seen, as PNG."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """End this Chromium, and nothing else."""
        self._process.kill()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A tab, closed at the end; the test is skipped where there is no Chromium."""
    if not CHROMIUM or os.name == "nt":
        pytest.skip("no Chromium installed (Debian: apt-get install chromium)")
    opened = Page(tmp_path / "profile")
    try:
        yield opened
    finally:
        opened.close()


Make = Callable[..., Placement]


@pytest.fixture(scope="session")
def placement_in() -> Make:
    """Makes a placement of 3 fields of 640 × 480 px whose file lies in a folder."""
    setting = Setting(discover())
    small = ["healthy=3", "leukaemic=0", "width=640", "height=480", "seed=5"]
    fields = make_source(sources("simulated", small)["data"], setting)
    cells = make_source(
        sources("simulated-cells", ["healthy=24", "leukaemic=2", "width=640", "seed=77"])["data"], setting
    )
    use, _ = pasting(None, (), "paste")
    assert use is not None
    read = [cells.step.read(record) for record in spread(cells.records, 16)]

    def make(folder: Path, finding: bool = True) -> Placement:
        finder = Finder(use, setting, lambda: read, folder / "scratch") if finding else None
        return Placement(fields, PositionFile.open(folder / "p.json"), finder)

    return make


CLASSES = ("lymphocyte", "lymphoblast", "platelet")
YAML = """
data: {use: simulated, healthy: 4, leukaemic: 3, width: 640, height: 480}
classes: [healthy, ALL]
positive: ALL
cell_classes: {lymphocyte: [lymphocyte], lymphoblast: [lymphoblast]}
positive_cells: [lymphoblast]
split: {use: stratified, train: 0.5, validation: 0.25, test: 0.25, seed: 0}
steps: [{detect: nuclei}, {diagnose: number}]
"""


class Reader:
    """Finds six cells a field at fixed places; two are called lymphoblasts, the last a platelet."""

    @hookimpl
    def leukcad_detect(self, fields: Sequence[Field]) -> list[Cells]:
        boxes = [[20 + 40 * i, 30, 50 + 40 * i, 65] for i in range(6)]
        boxes[4] = [250, 200, 280, 240]  # at the right and lower edge of a field of 280 × 240 px
        labels, scores = [1, 0, 0, 1, 0, 2], [0.95, 0.9, 0.8, 0.7, 0.6, 0.9]
        return [Cells.of(boxes, labels=labels, scores=scores, classes=CLASSES) for _ in fields]


@pytest.fixture
def model(tmp_path: Path) -> Trained:
    """A pipeline over `Reader`'s cells, in a run's folder."""
    (tmp_path / "mine.yaml").write_text(YAML)
    spec = load_pipeline(tmp_path / "mine.yaml", discover())
    told: dict[str, Any] = {"classes": spec.classes, "positive": "ALL", "positive_cells": spec.positive_cells}
    steps = [Step("detect", "reader", Reader()), Step("diagnose", "number", Number(at_least=2), **told)]
    return Trained("mine", Run(tmp_path / "mine-0", "0"), spec, Pipeline(steps, spec.classes, "ALL"), 0.5)


@pytest.fixture
def reviewed(model: Trained, tmp_path: Path) -> Callable[..., Review]:
    """Makes a review of two slides of 2 and 1 fields, by C. Janssen; a second one takes up the first one's log."""
    groups: dict[str, list[Path]] = {"slide 1": [], "slide 2": []}
    for i, group in enumerate(("slide 1", "slide 1", "slide 2")):
        groups[group].append(tmp_path / f"{i}.png")
        write_png(draw_field(seed=i).array(), groups[group][-1])
    cells = from_files(model, groups, Rules())

    def make(**options: Any) -> Review:
        log = OverrideLog(tmp_path / "review" / "overrides.jsonl")
        return Review(
            cells, log, CLASSES[:2], positive=("lymphoblast",), reviewer="C. Janssen", run="mine-0", **options
        )

    return make
