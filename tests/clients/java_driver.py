"""The Java client, compiled by this machine's javac and driven line by line."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "clients" / "java" / "src").rglob("*.java"))
DRIVER = Path(__file__).parent / "java" / "Driver.java"
_NEWEST_THAT_SERVES = 17


def jdk() -> tuple[str, str]:
    """(javac, java), or skip."""
    javac, java = shutil.which("javac"), shutil.which("java")
    if javac is None or java is None:
        pytest.skip("no JDK on this machine")
    done = subprocess.run([javac, "-version"], capture_output=True, text=True)
    words = (done.stdout + done.stderr).split()
    if len(words) < 2 or int(words[1].split(".")[0]) < _NEWEST_THAT_SERVES:
        pytest.skip(f"a JDK of {_NEWEST_THAT_SERVES} or newer is wanted: {' '.join(words)}")
    return javac, java


class Java:
    """One JVM; each ask is a JSON line in and one out."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """What the driver answered."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"do": do, **more}), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, "the driver ended; its own words are above"
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def java(folder: Path) -> Iterator[Java]:
    """Compile without a warning, as Java 17, and run."""
    javac, run = jdk()
    words = ["--release", "17", "-Xlint:all", "-Werror", "-encoding", "UTF-8"]
    sources = [str(path) for path in (*SOURCES, DRIVER)]
    done = subprocess.run(
        [javac, *words, "-d", str(folder), *sources], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with subprocess.Popen(
        [run, "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", str(folder), "Driver"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        yield Java(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0
