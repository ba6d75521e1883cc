"""What the manifests start: the Job of a JobSink, and the reader of dead letters."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from functions.serve.catalog import OPERATIONS
from tests.deploy.knative_rules import EVENT_FILE
from tests.deploy.manifests import KNATIVE, load_knative
from tests.media.takes import frame_file
from tests.serve.processes import environment


def job_words(operation: str, event: Path) -> list[str]:
    """The command of a JobSink's container, with the event at another place."""
    sink = load_knative().of("JobSink")[f"rushes-{operation}"]
    (container,) = sink["spec"]["job"]["spec"]["template"]["spec"]["containers"]
    words = [*container["command"], *container["args"]]
    assert words[0] == "rushes"
    return [str(event) if word == EVENT_FILE else word for word in words[1:]]


def run_job(
    operation: str, event: dict[str, Any], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run it as the Job would, with the event that JobSink mounts."""
    file = folder / "event"
    file.write_text(json.dumps(event))
    return subprocess.run(
        [sys.executable, "-m", "functions.serve.cli", *job_words(operation, file)],
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
    )


def event_of(operation: str, data: dict[str, Any]) -> dict[str, Any]:
    """An event in structured form."""
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "/tests",
        "type": f"dev.rushes.{operation}.requested.v1",
        "datacontenttype": "application/json",
        "rushesrun": "job",
        "data": data,
    }


@pytest.fixture
def take(tmp_path: Path) -> str:
    """A clip of two small frames; its URI."""
    folder = tmp_path / "A001"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"A001.{number:06d}.dng").write_bytes(frame_file(number))
    return f"file://{folder}/"


def test_a_job_does_what_its_event_asks(tmp_path: Path, take: str) -> None:
    """The command of the JobSink reads the mounted event and prints the receipt."""
    data = {"input": take, "output": f"file://{tmp_path}/out/"}
    done = run_job("debayer", event_of("debayer", data), tmp_path)
    assert done.returncode == 0, done.stderr
    receipt = json.loads(done.stdout)
    assert (receipt["operation"], receipt["frames"]["count"]) == ("debayer", 2)
    assert len(list((tmp_path / "out").glob("*.exr"))) == 2


def test_a_dispatcher_runs_as_a_job_too(tmp_path: Path, take: str) -> None:
    """A whole job of clips arrives as one event, and its units are done."""
    clips = [{"operation": "inspect", "input": take}]
    data = {"output": f"file://{tmp_path}/out/", "clips": clips, "sink": "local"}
    done = run_job("dispatch", event_of("dispatch", data), tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["report"]["done"] == 1


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_job_refuses_an_event_of_another_kind(tmp_path: Path, operation: str) -> None:
    """An event that came to the wrong JobSink ends the Job with a code that is not retried."""
    done = run_job(operation, event_of("other", {}), tmp_path)
    assert done.returncode == 10
    problem = json.loads(done.stdout)
    assert problem["code"] == "invalid_request"
    assert "dev.rushes.other.requested.v1" in problem["detail"]


@pytest.fixture
def letters() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The reader of dead letters on a free port."""
    process = subprocess.Popen(
        [sys.executable, str(KNATIVE / "dead_letters.py")],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "PORT": "0"},
    )
    assert process.stdout is not None
    with process:
        match = re.search(r"\d+", process.stdout.readline())
        assert match
        yield process, f"http://127.0.0.1:{match[0]}"
        process.kill()


def test_dead_letters_are_lines_of_a_log(letters: tuple[subprocess.Popen[str], str]) -> None:
    """Probes are answered, an event is taken with 204 and written whole, SIGTERM ends it."""
    process, url = letters
    assert process.stdout is not None
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{url}/readyz", timeout=30).status_code == 200
        assert session.get(f"{url}/other", timeout=30).status_code == 404
        headers = {"ce-id": "7", "ce-knativeerrorcode": "422"}
        answer = session.post(url, data='{"input": "x"}', headers=headers, timeout=30)
    assert (answer.status_code, answer.content) == (204, b"")
    line = json.loads(process.stdout.readline())
    assert line["attributes"] == {"id": "7", "knativeerrorcode": "422"}
    assert json.loads(line["data"]) == {"input": "x"}
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
