"""A running `rushes serve` of all operations, and a take for it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.media.takes import frame_file
from tests.serve.processes import environment

TOKEN = "sesame"


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Storage of the server, with one clip of four frames and the token's file."""
    made = tmp_path_factory.mktemp("clients")
    (made / "A001").mkdir()
    for number in range(1001, 1005):
        (made / "A001" / f"A001.{number:06d}.dng").write_bytes(frame_file(number))
    (made / "token").write_text(TOKEN)
    return made


@pytest.fixture(scope="session")
def server(place: Path) -> Iterator[str]:
    """Its URL, when it is ready."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "functions.serve.cli.main",
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(place, RUSHES_TOKEN_FILE=str(place / "token")),
    )
    assert process.stdout is not None
    try:
        match = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
        assert match
        with requests.Session() as session:
            session.trust_env = False
            while session.get(f"{match[0]}/readyz", timeout=60).status_code != 200:
                assert process.poll() is None
        yield match[0]
    finally:
        process.kill()
        process.communicate()
