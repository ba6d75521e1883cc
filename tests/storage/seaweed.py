"""A real S3 server for tests: SeaweedFS on loopback, on free ports, killed at the end."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.store import S3Store as Bucket

from functions.storage import S3Settings

LIFE_SECONDS = 1800
START_SECONDS = 60
_IDENTITIES = {
    "identities": [
        {
            "name": "writer",
            "credentials": [{"accessKey": "writer", "secretKey": "writer-secret"}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {
            "name": "reader",
            "credentials": [{"accessKey": "reader", "secretKey": "reader-secret"}],
            "actions": ["Read", "List"],
        },
    ]
}


@dataclass(frozen=True)
class Seaweed:
    """One running server.

    settings : of an identity that may write; `reader` may read and list only
    bucket : exists already
    """

    settings: S3Settings
    reader: S3Settings
    bucket: str

    def environment(self) -> dict[str, str]:
        """The `AWS_*` variables that say the same, for worker processes."""
        assert self.settings.endpoint and self.settings.access_key_id
        assert self.settings.secret_access_key and self.settings.region
        return {
            "AWS_ENDPOINT_URL": self.settings.endpoint,
            "AWS_ACCESS_KEY_ID": self.settings.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.settings.secret_access_key,
            "AWS_REGION": self.settings.region,
            "AWS_ALLOW_HTTP": "true",
        }


@contextmanager
def seaweed(bucket: str = "plates") -> Iterator[Seaweed]:
    """Start a server, make a bucket, and kill the server at the end.

    It also ends by itself after `LIFE_SECONDS`. Call it from the main thread: the server is
    told to end when the thread that started it does.
    """
    with tempfile.TemporaryDirectory(prefix="seaweed-") as name:
        folder = Path(name)
        ports = free_ports(8)
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                _command(folder, ports),
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )
        try:
            running = Seaweed(
                settings=_settings(ports[6], "writer"),
                reader=_settings(ports[6], "reader"),
                bucket=bucket,
            )
            _make_bucket(running, server, folder / "log")
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _command(folder: Path, ports: list[int]) -> list[str]:
    data = folder / "data"
    data.mkdir()
    identities = folder / "identities.json"
    identities.write_text(json.dumps(_IDENTITIES))
    names = ("master", "volume", "filer")
    flags = [
        f"-{name}.{kind}={port}"
        for (name, kind), port in zip(
            [(n, k) for n in names for k in ("port", "port.grpc")], ports[:6], strict=True
        )
    ]
    # Where the system has it: end the server also when the test process is killed.
    follow = [_tool("setpriv"), "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    return [
        *follow,
        _tool("timeout"),
        "--kill-after=5",
        str(LIFE_SECONDS),
        _tool("weed"),
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-dir={data}",
        *flags,
        "-filer",
        "-s3",
        f"-s3.port={ports[6]}",
        f"-s3.port.grpc={ports[7]}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={identities}",
        "-master.volumeSizeLimitMB=256",
        "-volume.max=0",
        "-volume.minFreeSpace=0",
    ]


def _tool(name: str) -> str:
    # The wheel puts its binary beside the interpreter, which need not be on PATH.
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is not installed"
    return found


def _settings(port: int, identity: str) -> S3Settings:
    return S3Settings(
        endpoint=f"http://127.0.0.1:{port}",
        region="us-east-1",
        access_key_id=identity,
        secret_access_key=f"{identity}-secret",
        allow_http=True,
    )


def _make_bucket(running: Seaweed, server: subprocess.Popen[bytes], log: Path) -> None:
    # The server makes a bucket when an administrator first writes into it.
    settings = running.settings
    store = Bucket(
        running.bucket,
        endpoint=settings.endpoint,
        region=settings.region,
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key,
        client_options={"allow_http": True, "timeout": "5s"},
        retry_config={"max_retries": 0},
    )
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            # Not empty: the first content makes the server's volumes, which takes seconds.
            obstore.put(store, "started", b"started")
            obstore.delete(store, "started")
            return
        except obstore.exceptions.BaseError as error:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"SeaweedFS did not start:\n{log.read_text()}") from error
            time.sleep(0.1)
