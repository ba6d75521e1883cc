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


@pytest.mark.parametrize("page", ["README.md", "docs/guide.md"])
def test_curl_in_the_other_pages_works(server: str, place: Path, page: str) -> None:
    """One line each: a receipt of debayer; the token goes along from curl's own settings."""
    (place / "A001_C001").mkdir(exist_ok=True)
    for file in (place / "A001").iterdir():
        (place / "A001_C001" / f"A001_C001.00000{file.name[-5]}.dng").write_bytes(file.read_bytes())
    text = (ROOT / page).read_text()
    (line,) = re.findall(r"^(?:\$ )?(curl (?:.*\\\n)*.*)$", text, re.MULTILINE)
    assert "localhost:8080" in line
    line = re.sub(r"localhost:8080(?:/debayer)?", f"{server}/debayer", line)
    line = line.replace("file:///frames/", f"file://{place}/{Path(page).stem}/")
    line = line.replace("curl ", 'curl -sS -H "Authorization: Bearer $TOKEN" ', 1)
    receipt = run(line, server, place)
    assert (receipt["operation"], receipt["status"]) == ("debayer", "done")
    assert receipt["frames"]["count"] == 4


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


def test_java_in_the_docs_is_the_clients(tmp_path: Path) -> None:
    """The lines of the Java section compile."""
    from tests.clients.java_driver import SOURCES, jdk

    section = (ROOT / "docs" / "deploy.md").read_text().split("\n## Java\n")[1]
    code = section.split("```java\n")[1].split("```")[0]
    (tmp_path / "Docs.java").write_text(
        "import dev.rushes.*; import java.time.Duration; import java.util.Map;\n"
        "class Docs { static void docs(String token, Map<String, Object> job) {\n"
        f"{code}\n}}}}\n"
    )
    javac, _ = jdk()
    words = ["--release", "17", "-d", str(tmp_path / "out"), str(tmp_path / "Docs.java")]
    done = subprocess.run(
        [javac, *words, *map(str, SOURCES)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
