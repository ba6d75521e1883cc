"""A Docker engine for tests: the one that answers, or one started for them where that is allowed.

Containers are told by their id and removed by it; an engine of ours ends with its process.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_SECONDS = 60
LOCKED = (
    "--read-only",
    "--tmpfs",
    "/tmp",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges",
)
"""How every container of ours runs, as in knative/ and stack.yml."""


class NoEngine(Exception):
    """There is no engine, and why none can be started."""


@dataclass(frozen=True)
class Engine:
    """The command `docker` and the environment that leads it to its engine."""

    docker: str
    environ: Mapping[str, str] = field(default_factory=dict)

    def try_(self, *words: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run a docker command, whatever it ends with; 124 when it took too long."""
        environ = {**os.environ, **self.environ, "DOCKER_BUILDKIT": "1"}
        command = [self.docker, *words]
        try:
            return subprocess.run(
                command, capture_output=True, text=True, timeout=timeout, env=environ
            )
        except subprocess.TimeoutExpired:
            told = f"no end after {timeout:g} seconds"
            return subprocess.CompletedProcess(command, 124, "", told)

    def run(self, *words: str, timeout: float = 600) -> str:
        """Run a docker command that must end well; its standard output."""
        done = self.try_(*words, timeout=timeout)
        assert done.returncode == 0, f"docker {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    def build(self, tag: str, folder: Path, *options: str, **args: str) -> None:
        """Build a folder's Dockerfile."""
        given = [
            word for name, value in args.items() for word in ("--build-arg", f"{name}={value}")
        ]
        self.run("build", "--tag", tag, *given, *options, str(folder), timeout=1500)

    def facts(self, image: str) -> dict[str, Any]:
        """What `docker inspect` tells of an image."""
        (found,) = json.loads(self.run("image", "inspect", image))
        assert isinstance(found, dict)
        return found

    @contextmanager
    def container(
        self, image: str, *options: str, words: Sequence[str] = ()
    ) -> Iterator[Container]:
        """A container that is made and not started; removed at the end."""
        made = Container(self, self.run("create", *options, image, *words))
        try:
            yield made
        finally:
            self.try_("rm", "--force", "--volumes", made.id)

    @contextmanager
    def started(self, image: str, *options: str, words: Sequence[str] = ()) -> Iterator[Container]:
        """A container that runs."""
        with self.container(image, *options, words=words) as made:
            made.start()
            yield made


@dataclass(frozen=True)
class Container:
    """One container, by its id."""

    engine: Engine
    id: str

    def start(self) -> None:
        """Start it."""
        self.engine.run("start", self.id)

    def exec(self, *words: str, user: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command in it."""
        options = ["--user", user] if user else []
        return self.engine.try_("exec", *options, self.id, *words)

    def kill(self, name: str) -> None:
        """Send a signal to its first process."""
        self.engine.run("kill", "--signal", name, self.id)

    def wait(self) -> int:
        """Its exit code, when it has one."""
        return int(self.engine.run("wait", self.id, timeout=120))

    def logs(self) -> str:
        """Both of its streams."""
        done = self.engine.try_("logs", self.id)
        return done.stdout + done.stderr

    def events(self) -> list[dict[str, Any]]:
        """Its log's lines of JSON."""
        return [json.loads(line) for line in self.logs().splitlines() if line.startswith("{")]

    def state(self) -> dict[str, Any]:
        """What the engine knows of it."""
        (found,) = json.loads(self.engine.run("inspect", self.id))
        assert isinstance(found, dict)
        return found

    def address(self) -> str:
        """Its address on the bridge."""
        return str(self.state()["NetworkSettings"]["IPAddress"])

    def ask(self, path: str, port: int = 8080, address: str = "") -> int:
        """Status of one GET from outside, 0 when nobody answers yet."""
        request = f"GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".encode()
        try:
            with socket.create_connection((address or self.address(), port), timeout=5) as line:
                line.sendall(request)
                words = line.recv(64).split(b" ")
        except OSError:
            return 0
        return int(words[1]) if len(words) > 1 else 0

    def until_ready(self, path: str = "/readyz", pause: float = 0.01) -> None:
        """Return when it answers 200 there; fail when it ended or took too long."""
        address, until = self.address(), time.monotonic() + START_SECONDS
        while self.ask(path, address=address) != 200:
            assert time.monotonic() < until, self.logs()
            time.sleep(pause)

    def until_ready_inside(self) -> None:
        """The same by the image's own health check, for a container without a network."""
        until = time.monotonic() + START_SECONDS
        while self.exec("python", "-I", "-S", "/opt/rushes/libexec/health.py").returncode:
            assert time.monotonic() < until and self.state()["State"]["Running"], self.logs()


@contextmanager
def open_engine() -> Iterator[Engine]:
    """The engine that answers, or one of our own where root may start it.

    Raises NoEngine with the reason.
    """
    commands = [os.environ.get("DOCKER", ""), "/usr/bin/docker", shutil.which("docker") or ""]
    found = [command for command in commands if command and Path(command).is_file()]
    for command in found:
        engine = Engine(command)
        if engine.try_("info", timeout=60).returncode == 0:
            yield engine
            return
    daemon = shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not found or daemon is None:
        raise NoEngine("no Docker engine answers, and dockerd is not installed")
    if os.geteuid() != 0:
        raise NoEngine("no Docker engine answers, and only root may start one")
    with (
        tempfile.TemporaryDirectory(prefix="rushes-docker-") as name,
        _daemon(daemon, Path(name)) as address,
    ):
        yield Engine(found[0], {"DOCKER_HOST": address})


@contextmanager
def _daemon(program: str, folder: Path) -> Iterator[str]:
    address = f"unix://{folder}/docker.sock"
    log = folder / "log"
    words = [program, "--host", address, "--data-root", str(folder / "data")]
    words += ["--exec-root", str(folder / "run"), "--pidfile", str(folder / "pid")]
    with log.open("wb") as stream:
        process = subprocess.Popen(words, stdout=stream, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(folder / "docker.sock"):
            if process.poll() is not None or time.monotonic() > until:
                last = " | ".join(log.read_text(errors="replace").splitlines()[-2:])
                raise NoEngine(f"dockerd does not start here: {last}")
            time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()
        process.wait()
        # Layers are a hundred thousand files, which Python takes minutes to remove.
        subprocess.run(["rm", "-rf", str(folder / "data")], check=False)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(str(path))
        except OSError:
            return False
    return True
