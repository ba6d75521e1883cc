"""A folder in which a page's blocks are run, one after the other, as its reader would."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.clients.java_driver import SOURCES, jdk
from tests.handbook.blocks import ROOT, Block, alike, parsed
from tests.storage.seaweed import free_ports

FUNCTIONS = "http://functions:8080"
"""A server of all operations, as pages call it; started when a block names it."""
SHOWN = "/show"
"""What pages call the folder in which they work."""
_STAYS = re.compile(r"rushes (serve|console\b.*)$")
_ERROR = re.compile(r"rushes(?: \w+)?: ")
_COMMAND = f'#!/bin/sh\nexec {sys.executable} -m functions.serve.cli.main "$@"\n'


@dataclass
class Place:
    """The folder, what is put in place of the addresses that a page names, and what runs on.

    hosts : text of a page to what stands for it here
    """

    folder: Path
    hosts: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[str]] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)

    def run(self, block: Block) -> None:
        """One block, by its language. Raises AssertionError with what went wrong."""
        if FUNCTIONS in block.text and FUNCTIONS not in self.hosts:
            self.hosts[FUNCTIONS] = self._start("PORT=0 rushes serve", [])
        if block.language in ("sh", "console"):
            self._shell(block)
        elif block.language == "python":
            self._python(block)
        elif block.language == "java":
            self._java(block)
        else:
            parsed(block)
        if block.title:
            (self.folder / block.title).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / block.title).write_text(self.here(block.text))

    def here(self, text: str) -> str:
        """A page's text with its addresses turned to this place."""
        if self.hosts:
            said = "|".join(re.escape(each) for each in sorted(self.hosts, key=len, reverse=True))
            text = re.sub(said, lambda found: self.hosts[found[0]], text)
        return re.sub(rf"(?<![\w.{{}}]){SHOWN}(?=/|\b)", str(self.folder), text)

    def environment(self) -> dict[str, str]:
        """Nothing of the developer's own settings."""
        return {
            "PATH": f"{self.folder}/.bin:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "NO_PROXY": "*",
            "COLUMNS": "200",
            **self.environ,
        }

    def _shell(self, block: Block) -> None:
        if block.language == "console":
            for command, shown in block.commands:
                self._one(block, command, shown)
        else:
            self._one(block, f"set -eo pipefail\n{block.text}", [])

    def _one(self, block: Block, command: str, shown: list[str]) -> None:
        display = re.fullmatch(r"cat ([\w./-]+)", command)
        if display and not (self.folder / display[1]).exists():
            # A file that a page shows is one that its reader has typed.
            (self.folder / display[1]).write_text(self.here("\n".join(shown) + "\n"))
            return
        if command.startswith("export "):
            self.exports.append(f"{self.here(command)}\n")
            return
        if _STAYS.search(command):
            self._start(self.here(command), shown)
            return
        done = subprocess.run(
            ["bash", "-c", "".join([*self.exports, self.here(command)])],
            cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=280,
        )  # fmt: skip
        failed = any(_ERROR.match(line) for line in shown)
        told = f"{block.name}: {command}\n{done.stdout}{done.stderr}"
        assert failed == (done.returncode != 0), f"ended with {done.returncode}: {told}"
        # A terminal shows both streams: a page shows the first, or both.
        seen = [self._told(text) for text in (done.stdout, done.stdout + done.stderr)]
        fits = not shown or any(alike(shown, text) for text in seen)
        assert fits, f"prints something else: {told}"

    def _told(self, text: str) -> str:
        """What was printed, with the page's own names of things."""
        text = text.replace(str(self.folder), SHOWN)
        for said, meant in self.hosts.items():
            text = text.replace(meant, said)
        return text

    def _start(self, command: str, shown: list[str]) -> str:
        """A server's address, once it answers; it stays until the page's end."""
        with (self.folder / ".log").open("wb") as log:
            process = subprocess.Popen(
                ["bash", "-c", re.sub(r"(?=rushes (?:serve|console))", "exec ", command)],
                cwd=self.folder, env=self.environment(), stdout=subprocess.PIPE, stderr=log,
                text=True, start_new_session=True,
            )  # fmt: skip
        self.running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://[\w.:]+", line)
        assert found, f"{command}: {line}{(self.folder / '.log').read_text()}"
        with requests.Session() as session:
            session.trust_env = False
            while session.get(f"{found[0]}/readyz", timeout=60).status_code != 200:
                assert process.poll() is None
        assert not shown or alike(shown, self._told(line)), line
        return found[0]

    def _python(self, block: Block) -> None:
        done = subprocess.run(
            [sys.executable, "-c", self.here(block.text)],
            cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=280,
        )  # fmt: skip
        assert done.returncode == 0, f"{block.name}: {done.stdout}{done.stderr}"

    def _java(self, block: Block) -> None:
        """The lines as a body of a method of a class that has what pages take as given."""
        javac, _ = jdk()
        (self.folder / "Docs.java").write_text(
            "import dev.rushes.*; import java.time.Duration; import java.util.*;\n"
            "class Docs { static void docs(String token, Map<String, Object> job) "
            f"throws Exception {{\n{block.text}\n}}}}\n"
        )
        classes = self.folder / ".classes"
        # The client itself is compiled once a page.
        known = ["-cp", ".classes"] if classes.exists() else [*map(str, SOURCES)]
        done = subprocess.run(
            [javac, "--release", "17", "-d", ".classes", *known, "Docs.java"],
            cwd=self.folder, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{block.name}: {done.stderr}"

    def close(self) -> None:
        """End what runs on."""
        for process in self.running:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@contextmanager
def place(folder: Path, hosts: Mapping[str, str], **environ: str) -> Iterator[Place]:
    """A folder with `rushes` on its path; port 8080 is a free one."""
    (folder / ".bin").mkdir()
    (folder / ".bin" / "rushes").write_text(_COMMAND)
    (folder / ".bin" / "rushes").chmod(0o755)
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "activate").touch()
    port = str(free_ports(1)[0])
    mine = {"localhost:8080": f"localhost:{port}", "PORT=8080": f"PORT={port}"}
    made = Place(folder, {**hosts, **mine}, dict(environ))
    try:
        yield made
    finally:
        made.close()
