"""What the manifests start: the Job of a JobSink, and the reader of dead letters."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from demo.make_clip import make_clip
from functions.serve.cli.main import run_cli
from functions.serve.events.cloudevents import make_request_event, write_event
from functions.serve.run.catalog import OPERATIONS
from tests.container.conftest import make_movie
from tests.container.units import CUT, UNITS
from tests.deploy.knative_rules import EVENT_FILE
from tests.deploy.manifests import load_knative
from tests.media.takes import frame_file
from tests.serve.processes import environment


def job_words(operation: str, event: Path) -> list[str]:
    """The command of a JobSink's container, with the event at another place."""
    words = [*container_of(operation)["command"], *container_of(operation)["args"]]
    assert words[0] == "rushes"
    assert EVENT_FILE in words
    return [str(event) if word == EVENT_FILE else word for word in words[1:]]


def container_of(operation: str) -> dict[str, Any]:
    """The one container of a JobSink's Job."""
    sink = load_knative().of("JobSink")[f"rushes-{operation}"]
    (container,) = sink["spec"]["job"]["spec"]["template"]["spec"]["containers"]
    assert isinstance(container, dict)
    return container


def job_environ(operation: str) -> dict[str, str]:
    """What the Job's container is told, but for what a cluster mounts."""
    found = dict(load_knative().of("ConfigMap")["rushes-settings"]["data"])
    found |= {item["name"]: item["value"] for item in container_of(operation)["env"]}
    return {k: v for k, v in found.items() if k not in ("RUSHES_ROOTS", "RUSHES_SCRATCH")}


def run_job(
    operation: str, event: dict[str, Any], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run it as the Job would, with the event that JobSink mounts."""
    file = folder / "event"
    file.write_text(json.dumps(event))
    return subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", *job_words(operation, file)],
        env=environment(folder, **job_environ(operation)),
        capture_output=True,
        text=True,
        timeout=120,
    )


Job = Callable[[str, dict[str, Any], Path], tuple[int, dict[str, Any]]]


@pytest.fixture
def job_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Job:
    """(exit code, what is printed) of the same command in this process: a start costs more than
    most of what is asked of it."""

    def run(operation: str, event: dict[str, Any], folder: Path) -> tuple[int, dict[str, Any]]:
        file = folder / "event"
        file.write_text(json.dumps(event))
        with monkeypatch.context() as patch:
            for name, value in environment(folder, **job_environ(operation)).items():
                patch.setenv(name, value)
            capsys.readouterr()
            code = run_cli(job_words(operation, file))
        return code, json.loads(capsys.readouterr().out)

    return run


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


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the take and the movies that `tests.container.units` names."""
    folder = tmp_path_factory.mktemp("jobs")
    (folder / "camera").mkdir()
    make_clip(folder / "camera" / "A001", frames=4, width=320, height=180)
    for name in ("M001", "M002"):
        make_movie(folder / "camera" / f"{name}.mov")
    (folder / "camera" / "cut.csv").write_text(CUT)
    return folder


def test_every_jobsink_is_tried() -> None:
    """There is a JobSink for each operation, and a request to try it with."""
    sinks = load_knative().of("JobSink")
    assert sinks.keys() == {f"rushes-{name}" for name in OPERATIONS}
    assert UNITS.keys() == set(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_job_does_what_its_event_asks(storage: Path, operation: str, job_here: Job) -> None:
    """The command of each JobSink, with the manifest's environment, reads the mounted event and
    ends in a receipt that stands where the event says."""
    out = storage / f"out-{operation}"
    data = UNITS[operation](storage, out)
    # A Job's dispatcher sends to the broker; a broker that is not there has tests of its own.
    data |= {"sink": "local"} if operation == "dispatch" else {}
    done = run_job(operation, event_of(operation, data), storage)
    assert done.returncode == 0, done.stdout + done.stderr
    receipt = json.loads(done.stdout)
    assert (receipt["operation"], receipt["status"]) == (operation, "done")
    if operation == "dispatch":
        assert (receipt["report"]["state"], receipt["report"]["done"]) == ("done", 2)
        return
    assert json.loads((out / ".rushes" / f"{receipt['unit']}.json").read_text()) == receipt
    for output in receipt["outputs"]:
        assert Path(output["uri"].removeprefix("file://")).stat().st_size == output["bytes"]
    code, again = job_here(operation, event_of(operation, data), storage)
    assert (code, again["status"]) == (0, "reused")


def test_a_job_that_fails_for_good_leaves_a_note(tmp_path: Path, take: str) -> None:
    """The exit code ends the Job without a retry, and the dispatcher finds why in the storage."""
    unit = "0123456789abcdef" * 2
    data = {"input": take, "output": f"file://{tmp_path}/out/", "frames": "1-9"}
    done = run_job("debayer", {**event_of("debayer", data), "subject": unit}, tmp_path)
    problem = json.loads(done.stdout)
    assert done.returncode == 10
    note = json.loads((tmp_path / "out" / ".rushes" / f"{unit}.failed.json").read_text())
    assert note == {**problem, "operation": "debayer", "unit": unit}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_job_refuses_an_event_of_another_kind(
    tmp_path: Path, operation: str, job_here: Job
) -> None:
    """An event that came to the wrong JobSink ends the Job with a code that is not retried."""
    code, problem = job_here(operation, event_of("other", {}), tmp_path)
    assert (code, problem["code"]) == (10, "invalid_request")
    assert "dev.rushes.other.requested.v1" in problem["detail"]


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The reader of dead letters, as its manifest starts it, on a free port."""
    service = load_knative().of("Service", "serving")["rushes-dead-letters"]
    (container,) = service["spec"]["template"]["spec"]["containers"]
    python, *words = container["command"]
    assert python == "python"
    process = subprocess.Popen(
        [sys.executable, *words],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path, PORT="0", RUSHES_ROOTS=str(tmp_path), RUSHES_LOG="json"),
    )
    assert process.stderr is not None
    with process:
        port = json.loads(process.stderr.readline())["port"]
        yield process, f"http://127.0.0.1:{port}"
        process.kill()


def test_dead_letters_are_kept(letters: tuple[subprocess.Popen[str], str], tmp_path: Path) -> None:
    """Probes are answered, an event is taken with 204, logged and kept, SIGTERM ends it."""
    process, url = letters
    assert process.stderr is not None
    event = make_request_event("debayer", "ab" * 16, {"output": f"file://{tmp_path}/out/"})
    message = write_event("binary", event)
    headers = {**message.headers, "ce-knativeerrorcode": "503"}
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{url}/readyz", timeout=30).status_code == 200
        assert session.get(f"{url}/other", timeout=30).status_code == 404
        chunks = iter([message.body])
        assert session.post(url, data=chunks, headers=headers, timeout=30).status_code == 411
        answer = session.post(url, data=message.body, headers=headers, timeout=30)
        counted = session.get(f"{url}/metrics", timeout=30).text
    assert (answer.status_code, answer.content) == (204, b"")
    line = json.loads(process.stderr.readline())
    assert line["kept"] == f"file://{tmp_path}/out/.rushes/dead/{'ab' * 16}.json"
    assert line["attributes"]["knativeerrorcode"] == "503"
    assert Path(line["kept"].removeprefix("file://")).is_file()
    assert 'rushes_dead_letters_total{kept="yes"} 1\n' in counted
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_a_pods_lines_are_json(tmp_path: Path, take: str) -> None:
    """With the manifest's RUSHES_LOG a server's first line is JSON, a Job's receipt one line."""
    assert job_environ("inspect")["RUSHES_LOG"] == "json"
    done = run_job("inspect", event_of("inspect", {"input": take}), tmp_path)
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["status"] == "done"
    told = environment(tmp_path, FUNCTION="inspect", PORT="0", RUSHES_LOG="json")
    words = [sys.executable, "-m", "functions.serve.cli.main", "serve"]
    with subprocess.Popen(words, env=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as it:
        assert it.stdout is not None
        try:
            first = json.loads(it.stdout.readline())
        finally:
            it.terminate()
            it.communicate()
    assert first["event"] == "serving inspect"
    assert first["listens"].startswith("http://127.0.0.1:")
