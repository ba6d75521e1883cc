"""Events through a stand-in of the broker, by the Triggers of knative/, to real functions."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest
import requests

from demo.make_clip import make_clip
from functions.serve.events.cloudevents import make_request_event, write_event
from tests.deploy.broker import Broker, broker, matches
from tests.deploy.manifests import load_knative
from tests.media.takes import frame_file
from tests.serve.processes import environment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Storage that the functions share, with two clips of two frames."""
    made = tmp_path_factory.mktemp("events")
    for name in ("A001", "A002"):
        (made / name).mkdir()
        for number in (1, 2):
            (made / name / f"{name}.{number:06d}.dng").write_bytes(frame_file(number))
    return made


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Broker]:
    """A broker; its functions find the folder where a cluster has S3."""
    mounts = {"RUSHES_ROOTS": str(folder), "RUSHES_SCRATCH": str(folder)}
    with broker(load_knative(), folder, mounts) as made:
        yield made


def send(running: Broker, operation: str, fields: dict[str, Any], **extensions: str) -> None:
    """One event to the broker, like no other."""
    event = make_request_event(
        operation, "u" * 32, fields, sent=uuid.uuid4().hex, extensions=extensions
    )
    message = write_event("binary", event)
    answer = requests.post(running.url, data=message.body, headers=message.headers, timeout=30)
    assert answer.status_code == 202


def test_a_request_is_answered_by_an_event(running: Broker, folder: Path) -> None:
    """requested goes to the function by its type, and completed comes back to the broker."""
    send(running, "inspect", {"input": f"file://{folder}/A001/"})
    kind, headers, body = running.told.get(timeout=120)
    assert (kind, headers["ce-type"]) == ("reply", "dev.rushes.inspect.completed.v1")
    assert json.loads(body)["status"] == "done"
    assert running.attempts.pop("rushes-inspect") == 1


def test_what_no_retry_cures_is_a_dead_letter_at_once(running: Broker, folder: Path) -> None:
    """A clip outside the roots is delivered once, and its event is kept with the status."""
    request = {"input": "file:///elsewhere/A001/"}
    send(running, "inspect", request)
    kind, headers, body = running.told.get(timeout=120)
    assert (kind, headers["ce-knativeerrorcode"]) == ("letter", "403")
    assert json.loads(body) == request
    assert running.attempts.pop("rushes-inspect") == 1


def test_a_broker_tries_a_missing_clip_again(running: Broker, folder: Path) -> None:
    """Brokers take 404 for a pod that is not there yet: tried as often as the Trigger says."""
    send(running, "inspect", {"input": f"file://{folder}/B002/"})
    kind, headers, _ = running.told.get(timeout=120)
    assert (kind, headers["ce-knativeerrorcode"]) == ("letter", "404")
    assert running.attempts.pop("rushes-inspect") == 9


def test_an_event_survives_its_pod(running: Broker, folder: Path) -> None:
    """A pod that was killed costs one more delivery, and the receipt comes."""
    send(running, "inspect", {"input": f"file://{folder}/A001/"})
    running.told.get(timeout=120)
    running.attempts.clear()
    running.pods["rushes-inspect"].kill()
    send(running, "inspect", {"input": f"file://{folder}/A001/"})
    kind, headers, _ = running.told.get(timeout=120)
    assert (kind, headers["ce-type"]) == ("reply", "dev.rushes.inspect.completed.v1")
    assert running.attempts.pop("rushes-inspect") == 2


def test_an_event_for_a_job_goes_to_the_job_only(running: Broker, folder: Path) -> None:
    """With rushesrun=job the JobSink gets it, and the Service does not."""
    send(running, "debayer", {"input": f"file://{folder}/A001/"}, rushesrun="job")
    kind, headers, _ = running.told.get(timeout=120)
    assert (kind, headers["name"]) == ("job", "rushes-debayer")
    assert "rushes-debayer" not in running.attempts


def job_of(folder: Path, output: str) -> dict[str, Any]:
    """A job of two units."""
    clips = [
        {"operation": "inspect", "input": f"file://{folder}/{name}/"} for name in ("A001", "A002")
    ]
    return {"output": f"file://{folder}/{output}/", "clips": clips}


def replies(running: Broker, count: int) -> list[str]:
    """Types of the next events that come back, in order of name."""
    told = [running.told.get(timeout=120) for _ in range(count)]
    return sorted(headers.get("ce-type", kind) for kind, headers, _ in told)


def test_a_job_goes_through_the_broker(running: Broker, folder: Path) -> None:
    """`rushes dispatch --sink BROKER` ends by receipts, whoever did the units."""
    (folder / "job.json").write_text(json.dumps(job_of(folder, "one")))
    words = ["dispatch", str(folder / "job.json"), "--sink", running.url, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", *words],
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)["report"]
    assert (report["state"], report["done"]) == ("done", 2)
    assert len(list((folder / "one").rglob("*.contact.png"))) == 2
    assert replies(running, 2) == ["dev.rushes.inspect.completed.v1"] * 2


def test_the_dispatcher_is_a_function_too(running: Broker, folder: Path) -> None:
    """A job as one event: dispatch sends its units back to the broker and completes last."""
    send(running, "dispatch", job_of(folder, "two"))
    completed = "dev.rushes.dispatch.completed.v1"
    assert replies(running, 3) == [completed, *["dev.rushes.inspect.completed.v1"] * 2]
    assert len(list((folder / "two").rglob("*.contact.png"))) == 2


def test_a_movie_in_parts_is_joined_by_events(running: Broker, folder: Path) -> None:
    """transcode requested and completed for each part, then stitch, then the job is completed."""
    make_clip(folder / "C003", frames=6, width=320, height=180)
    clip = {"operation": "transcode", "input": f"file://{folder}/C003/", "codec": "prores-proxy"}
    job = {"output": f"file://{folder}/movie/", "units": {"frames": 3}, "clips": [clip]}
    send(running, "dispatch", job)
    told = [running.told.get(timeout=240) for _ in range(4)]
    kinds = [headers.get("ce-type", kind) for kind, headers, _ in told]
    assert kinds[:2] == ["dev.rushes.transcode.completed.v1"] * 2
    # The dispatcher may see the last receipt before the broker has the last reply.
    assert sorted(kinds[2:]) == [
        "dev.rushes.dispatch.completed.v1",
        "dev.rushes.stitch.completed.v1",
    ]
    with av.open(str(folder / "movie" / "C003" / "C003.mov")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 6


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ({"exact": {"type": "a"}}, True),
        ({"exact": {"type": "a", "more": "b"}}, False),
        ({"not": {"exact": {"type": "a"}}}, False),
        ({"not": {"exact": {"more": "b"}}}, True),
    ],
)
def test_filters_of_the_stand_in(condition: dict[str, Any], wanted: bool) -> None:
    """All attributes of `exact` must be there and equal; `not` turns it round."""
    assert matches(condition, {"type": "a", "id": "1"}) is wanted
