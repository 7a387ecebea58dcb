"""Headless Chromium by its DevTools protocol over a pipe: real keys and mouse, what a page complains of and asks for.

Tests drive pages with it, too: pyproject.toml puts this folder on their path.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
]
KEYS = {"Delete": 46, "Escape": 27, "Tab": 9, "Enter": 13}
KEYS |= {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
PATIENCE = float(os.environ.get("PATIENCE", 90))  # seconds; a busy machine is no failure

SETTLED = """
Promise.all([...document.images].filter((i) => i.src && i.loading !== "lazy").map((i) => i.decode().catch(() => 0)))
  .then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1)))))
"""


def found() -> str:
    """The browser's path, '' where none is installed (or on Windows, whose pipes are others)."""
    return "" if os.name == "nt" else next((path for name in NAMES if (path := shutil.which(name))), "")


class Chromium:
    """A browser; each of its tabs has cookies and storage of its own."""

    def __init__(self, profile: Path) -> None:
        down, self._out = os.pipe()
        self._in, up = os.pipe()
        for end in (down, up):
            os.set_inheritable(end, True)
        # bash puts the pipe's ends where Chromium looks for them
        command = ["bash", "-c", 'r=$0; w=$1; shift; exec "$@" 3<&$r 4>&$w', str(down), str(up), found(), *OPTIONS]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(down, up),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(down)
        os.close(up)
        self._rest, self._number = b"", 0
        self._tabs: dict[str, Tab] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def tab(self, width: int = 1280, height: int = 1200) -> Tab:
        """A new tab as a new visitor would open it, px inside."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._tabs[session] = opened = Tab(self, session, context)
        for domain in ("Page", "Runtime", "Log", "Network"):
            opened.call(f"{domain}.enable")
        opened.call("Emulation.setFocusEmulationEnabled", enabled=True)
        opened.size(width, height)
        return opened

    def call(self, method: str, parameters: dict[str, Any] | None = None, session: str = "", **more: Any) -> Any:
        """What DevTools answers to a method. Raises RuntimeError for what it refuses."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": {**(parameters or {}), **more}}
        if session:
            asked["sessionId"] = session
        os.write(self._out, json.dumps(asked).encode() + b"\0")
        while True:
            told = self.next()
            if told.get("id") == asked["id"]:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']['message']}")
                return told["result"]

    def next(self) -> dict[str, Any]:
        """The next message; tabs note their events on the way. Raises TimeoutError where none comes."""
        while b"\0" not in self._rest:
            if not select.select([self._in], [], [], PATIENCE)[0]:
                raise TimeoutError(f"Chromium said nothing for {PATIENCE:.0f} s")
            if not (more := os.read(self._in, 1 << 20)):
                raise RuntimeError("Chromium has ended")
            self._rest += more
        line, self._rest = self._rest.split(b"\0", 1)
        told: dict[str, Any] = json.loads(line)
        if "method" in told and (tab := self._tabs.get(told.get("sessionId", ""))):
            tab.note(told["method"], told.get("params", {}))
        return told


class Tab:
    """One page; `console` and `requests` are what it wrote and asked for."""

    def __init__(self, browser: Chromium, session: str, context: str) -> None:
        self._browser, self._session, self._context = browser, session, context
        self.console: list[str] = []
        self.requests: list[str] = []
        self.loaded = False

    def call(self, method: str, **parameters: Any) -> Any:
        """What DevTools answers to a method about this tab. Raises RuntimeError for what it refuses."""
        return self._browser.call(method, parameters, self._session)

    def note(self, event: str, told: dict[str, Any]) -> None:
        """Keep what happened."""
        if event == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(a.get("value", a.get("description", ""))) for a in told["args"]))
        elif event == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.console.append(details.get("exception", {}).get("description", details["text"]))
        elif event == "Log.entryAdded":
            self.console.append(told["entry"]["text"])
        elif event == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif event == "Page.loadEventFired":
            self.loaded = True

    def close(self) -> None:
        """Close it, and forget its cookies."""
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)

    def goto(self, address: str, *, settle: bool = True) -> float:
        """Open a page and wait until it has loaded (and all its pictures that are in sight); seconds to the load."""
        return self._load("Page.navigate", settle, url=address)

    def reload(self) -> None:
        """As F5 does."""
        self._load("Page.reload", True)

    def _load(self, method: str, settle: bool, **parameters: Any) -> float:
        self.loaded = False
        start = time.perf_counter()
        self.call(method, **parameters)
        while not self.loaded:
            self._browser.next()
        seconds = time.perf_counter() - start
        if settle:
            self.settle()
        return seconds

    def settle(self) -> None:
        """Wait for two frames, and for pictures that have begun to load."""
        self.run(SETTLED)

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression, awaited; raises RuntimeError where it throws."""
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"].get("exception", {}).get("description", "it threw"))
        return told["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression holds; raises TimeoutError with what the page shows instead."""
        end = time.monotonic() + PATIENCE
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > end:
                shown = self.run("document.body?.innerText.slice(0, 600)")
                raise TimeoutError(f"{condition} does not come to hold: {shown!r}, console {self.console}")
            time.sleep(0.05)

    def key(self, name: str, *, control: bool = False, shift: bool = False) -> None:
        """Press and release a key, as a hand would."""
        told: dict[str, Any] = {"key": name, "modifiers": 2 * control + 8 * shift}
        told["windowsVirtualKeyCode"] = KEYS.get(name, ord(name[0].upper()))
        if name in KEYS:
            told["code"] = name
        text = {"Enter": "\r"}.get(name, name if len(name) == 1 else "")
        down = {"type": "keyDown", "text": text} if text and not control else {"type": "rawKeyDown"}
        self.call("Input.dispatchKeyEvent", **down, **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """One event of the mouse, at px of the window."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press at `start`, move to `end`, release."""
        held = {"button": "left", "buttons": 1, "clickCount": 1}
        self.mouse("mouseMoved", *start)
        self.mouse("mousePressed", *start, **held)
        for share in (0.3, 0.7, 1.0):
            self.mouse("mouseMoved", *(a + share * (b - a) for a, b in zip(start, end, strict=True)), **held)
        self.mouse("mouseReleased", *end, **{**held, "buttons": 0})

    def size(self, width: int, height: int) -> None:
        """The window's inside, px."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, kind: str = "", scheme: str = "light") -> None:
        """Look at the page as `kind` (print, screen or '') in a light or dark scheme."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=kind, features=features)
        self.settle()

    def offline(self) -> None:
        """Cut the network."""
        self.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)

    def shot(self, path: Path, *, whole: bool = False) -> Path:
        """A PNG of what is in sight, or of the whole page."""
        told = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(told["data"]))
        return path

    def pdf(self) -> bytes:
        """The page as it would be printed."""
        return base64.b64decode(self.call("Page.printToPDF")["data"])
