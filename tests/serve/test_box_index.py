"""An index that is made in the box, and asked of the server that made it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.serve.box import seccomp
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from tests.media.takes import frame_file
from tests.serve.processes import server

pytestmark = pytest.mark.skipif(not seccomp.available(), reason="filters are for x86-64 Linux")


def made(folder: Path) -> dict[str, bytes]:
    """Every file of an index but its receipts, which measure."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != ".rushes"
    }


def test_an_index_of_the_box_is_that_of_this_process(tmp_path: Path) -> None:
    """Shards and file to the byte, with a clip that nobody can read; what was not changed is kept;
    GET /find answers from it; the footage stays as it was."""
    camera = tmp_path / "camera"
    for name in ("A001_C001", "A001_C002", "B001_C001"):
        take(camera, name)
    (camera / "B001" / "B001_C002.mov").write_bytes(b"\0\0\0\x14ftypqt  " + b"x" * 99)
    before = made(camera)
    settings = {"RUSHES_SCRATCH": str(tmp_path), "RUSHES_ROOTS": str(tmp_path)}
    here = Runner(Settings.read(settings), Catalog())
    # Thumbnails would wait for kernels, where none are compiled.
    request = {"input": f"file://{camera}/", "output": f"file://{tmp_path}/boxed/",
               "thumbnails": False}  # fmt: skip
    beside = {**request, "output": f"file://{tmp_path}/here/"}
    command = [sys.executable, "-m", "functions.serve.cli.main"]
    with server(tmp_path, command, RUSHES_BOX="on", RUSHES_LOG="json") as running:
        report = answered(running.post(request, "/index"))["report"]
        assert (report["clips"], report["inspected"], report["unreadable"]) == (4, 4, 1)
        assert answered(running.post(request, "/index"))["status"] == "reused"
        assert made(camera) == before
        here.run("index", beside)
        take(camera, "A001_C003")
        report = answered(running.post(request, "/index"))["report"]
        assert (report["clips"], report["inspected"], report["kept"]) == (5, 1, 2)
        here.run("index", beside)
        found = running.get(f"/find?input=file://{tmp_path}/boxed/&clip=A001").json()
        assert [clip["name"] for clip in found["clips"]] == ["A001_C001", "A001_C002", "A001_C003"]
        log = (tmp_path / "server.log").read_text().splitlines()
        lines = [json.loads(line) for line in log if line.startswith("{")]
    assert [line["box"] for line in lines if line["event"] == "ready" and "seccomp" in line["box"]]
    assert made(tmp_path / "here") == made(tmp_path / "boxed")


def take(camera: Path, name: str) -> None:
    """A take of two frames in a folder of its own, on its card."""
    folder = camera / name[:4] / name
    folder.mkdir(parents=True)
    for number in (1, 2):
        (folder / f"{name}.{number:06d}.dng").write_bytes(frame_file(number))


def answered(response: Any) -> dict[str, Any]:
    """Its receipt."""
    assert response.status_code == 200, response.text
    return dict(response.json())
