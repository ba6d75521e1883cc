"""A browser driven over its own pipe (DevTools protocol): no driver, no library beside it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
KEYS = {"Tab": 9, "Enter": 13, "ArrowRight": 39, "ArrowLeft": 37}


def found() -> str | None:
    """The browser of this machine, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One tab. What the page logs as an error, throws or is refused by its policy is kept."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._said: dict[int, dict[str, Any]] = {}
        self._news = threading.Condition()
        self._next = 0
        self._session: str | None = None
        self.errors: list[str] = []
        self.held: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol and its answer."""
        with self._news:
            self._next += 1
            number = self._next
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        with self._news:
            assert self._news.wait_for(lambda: number in self._said, 60), method
            answer = self._said.pop(number)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, url: str) -> None:
        """Go there; a new fragment of the same page is a step inside it."""
        self.call("Page.navigate", url=url)

    def js(self, expression: str) -> Any:
        """The value of an expression; promises are awaited."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression: str, seconds: float = 90.0, key: str | None = None) -> None:
        """Return as soon as an expression is true; a key is pressed each second till then."""
        end = time.monotonic() + seconds
        again = time.monotonic() + 1
        while time.monotonic() < end:
            with suppress(AssertionError):  # between two documents there is nothing to ask
                if self.js(f"!!({expression})"):
                    return
            time.sleep(0.05)
            if key is not None and time.monotonic() > again:
                self.press(key)
                again = time.monotonic() + 1
        raise AssertionError(f"never true: {expression}\n{self.js('document.body.innerText')}")

    def until_here(self, true: Callable[[], bool], seconds: float = 90.0) -> None:
        """Return as soon as something is true on this side of the pipe."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"never true\n{self.text()}"
            time.sleep(0.05)

    def hold(self, pattern: str) -> None:
        """Requests of this pattern wait from now on, and are counted in `held`."""
        self.held = []
        self.call("Fetch.enable", patterns=[{"urlPattern": pattern}])

    def let_go(self) -> None:
        """Requests that were held go on, and no more are."""
        for request in self.held:
            self.call("Fetch.continueRequest", requestId=request)
        self.call("Fetch.disable")

    def text(self) -> str:
        """What a person reads on the page."""
        return str(self.js("document.body.innerText"))

    def press(self, key: str) -> None:
        """A key, as from a keyboard."""
        code = KEYS.get(key, ord(key[0].upper()))
        for kind in ("keyDown", "keyUp"):
            said = {"key": key, "code": key, "windowsVirtualKeyCode": code}
            if key == "Enter" and kind == "keyDown":
                said["text"] = "\r"
            self.call("Input.dispatchKeyEvent", type=kind, **said)

    def size(self, width: int, height: int, *, scale: float = 1.0, dark: bool = True) -> None:
        """The window, and whether its owner likes it dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """A screenshot as PNG."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _listen(self) -> None:
        held = b""
        while part := os.read(self._read, 1 << 16):
            *whole, held = (held + part).split(b"\0")
            for message in map(json.loads, whole):
                if "id" in message:
                    with self._news:
                        self._said[message["id"]] = message
                        self._news.notify_all()
                else:
                    self._note(message["method"], message.get("params", {}))

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "Fetch.requestPaused":
            self.held.append(params["requestId"])
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            said = details.get("exception", {}).get("description") or details["text"]
            self.errors.append(said)
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.errors.append(str([each.get("value") for each in params["args"]]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")


@contextmanager
def browser(program: str, folder: Path) -> Iterator[Page]:
    """Start it without a window; it and its children are killed at the end."""
    (to_read, to_write), (from_read, from_write) = os.pipe(), os.pipe()
    process = subprocess.Popen(
        [
            "bash",  # a plain sh knows descriptors of one digit only
            "-c",
            f'exec "$@" 3<&{to_read} 4>&{from_write}',
            "bash",
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--remote-debugging-pipe",
            f"--user-data-dir={folder / 'profile'}",
        ],
        pass_fds=(to_read, from_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(to_read)
    os.close(from_write)
    try:
        yield Page(to_write, from_read)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(to_write)
