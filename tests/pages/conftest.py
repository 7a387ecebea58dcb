"""Pages in a real Chromium, driven over its debugging pipe with keys and mouse, and what is served to them."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leukcad.assembly import Setting, make_source
from leukcad.cli.sources import pasting, sources
from leukcad.host import discover
from leukcad.placing import Finder, Placement
from leukcad.placing.finder import spread
from leukcad.positions import PositionFile

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
            shown = self.js("document.body.innerText.slice(0, 600)")
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
