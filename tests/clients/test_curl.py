"""The curl lines of docs/deploy.md, as a shell runs them, beside the other clients."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.serve.http.client import Client
from tests.clients.conftest import TOKEN
from tests.clients.test_java import steady
from tests.serve.processes import environment

ROOT = Path(__file__).resolve().parents[2]


def lines() -> list[str]:
    """The commands of the section, in order."""
    section = (ROOT / "docs" / "deploy.md").read_text().split("\n## curl\n")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)\n```", section, re.DOTALL)


def run(line: str, server: str, place: Path) -> Any:
    """What one of them prints, against this server and folder."""
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    line = line.replace("http://functions:8080", server)
    line = line.replace("file:///camera/", f"file://{place}/")
    line = line.replace("file:///plates/", f"file://{place}/")
    environ = {**environment(place), "TOKEN": TOKEN, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        ["bash", "-c", line], env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_line_of_the_docs_works(server: str, place: Path) -> None:
    """Ready, receipts, a plan, the receipt to an event, and a problem."""
    ready, plain, plan, plate, lint, daily, master, event, problem = (
        run(line, server, place) for line in lines()
    )
    assert ready == {"status": "ready"}
    request = {"input": f"file://{place}/A001/", "frames": "1001-1002"}
    receipt = json.loads(Client(server, token=TOKEN).call("inspect", **request).json())
    assert steady(plain) == steady(event) == steady(receipt)
    assert plan["unit"]
    assert not (place / "curl").exists()
    assert plate["frames"]["count"] == 4
    assert (lint["operation"], lint["report"]["counts"]["error"]) == ("lint", 0), lint["report"]
    assert (place / "dailies" / "A001.mp4").exists(), daily
    assert len(list((place / "master").glob("*.dpx"))) == 5, master
    assert (problem["code"], problem["status"]) == ("source_not_found", 404)


def test_the_command_line_gives_the_same_receipt(server: str, place: Path) -> None:
    """`--to` is one more client of the same function."""
    words = ["inspect", f"{place}/A001/", "--frames", "1001-1002", "--json"]
    words += ["--to", server, "--token-file", str(place / "token")]
    done = subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", *words],
        env={**environment(place), "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert steady(json.loads(done.stdout)) == steady(run(lines()[1], server, place))
