"""Headless Chromium by its DevTools protocol over a pipe, with the standard library: real keys, console, requests."""

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
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}

SETTLED = """
Promise.all([...document.images].filter((i) => i.src && i.loading !== "lazy").map((i) => i.decode().catch(() => 0)))
  .then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1)))))
"""


def found() -> str:
    """The browser's path, '' where none is installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


class Chromium:
    """A browser with one page; `console` and `requests` are what that page wrote and asked for."""

    def __init__(self, profile: Path, width: int = 1280, height: int = 1200) -> None:
        down, self._out = os.pipe()
        self._in, up = os.pipe()
        for end in (down, up):
            os.set_inheritable(end, True)
        # bash puts the pipe's ends where Chromium looks for them
        command = ["bash", "-c", 'r=$0; w=$1; shift; exec "$@" 3<&$r 4>&$w', str(down), str(up), found(), *OPTIONS]
        command += [f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank"]
        self._process = subprocess.Popen(
            command, pass_fds=(down, up), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(down)
        os.close(up)
        self._rest, self._number, self._session = b"", 0, ""
        self.console: list[str] = []
        self.requests: list[str] = []
        self.loaded = False
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.size(width, height)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **parameters: Any) -> Any:
        """What DevTools answers to a method. Raises RuntimeError for what it refuses."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._out, json.dumps(asked).encode() + b"\0")
        while True:
            told = self._next(60.0)
            if told.get("id") == asked["id"]:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']['message']}")
                return told["result"]

    def _next(self, seconds: float) -> dict[str, Any]:
        """The next message; events are noted on the way."""
        while b"\0" not in self._rest:
            if not select.select([self._in], [], [], seconds)[0]:
                raise TimeoutError(f"Chromium said nothing for {seconds:.0f} s")
            if not (more := os.read(self._in, 1 << 20)):
                raise RuntimeError("Chromium has ended")
            self._rest += more
        line, self._rest = self._rest.split(b"\0", 1)
        told: dict[str, Any] = json.loads(line)
        self._note(told.get("method", ""), told.get("params", {}))
        return told

    def _note(self, event: str, told: dict[str, Any]) -> None:
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

    def goto(self, address: str, *, settle: bool = True) -> float:
        """Open a page and wait until it has loaded (and all its pictures that are in sight); seconds to the load."""
        self.loaded = False
        start = time.perf_counter()
        self.call("Page.navigate", url=address)
        while not self.loaded:
            self._next(60.0)
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

    def key(self, name: str) -> None:
        """Press and release a key, as a hand would."""
        told = {"key": name, "code": name, "windowsVirtualKeyCode": KEYS[name]}
        text = {"text": "\r"} if name == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **told, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **told)

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
