"""Events through a real broker (NATS JetStream), by the Triggers of knative/, to real functions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from demo.make_clip import make_clip
from functions.serve.telemetry import trace
from tests.deploy.jetstream import JetStream, jetstream
from tests.deploy.manifests import load_knative
from tests.deploy.test_events import send
from tests.media.takes import frame_file
from tests.serve.processes import environment

COMPLETED = "dev.rushes.{}.completed.v1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Storage that the functions share, with a clip of two frames, one whose second frame is cut
    short, and a scratch of their own."""
    made = tmp_path_factory.mktemp("jetstream")
    (made / "scratch").mkdir()
    for name in ("A001", "A009"):
        (made / name).mkdir()
        for number in (1, 2):
            (made / name / f"{name}.{number:06d}.dng").write_bytes(frame_file(number))
    cut = made / "A009" / "A009.000002.dng"
    cut.write_bytes(cut.read_bytes()[:-200])
    return made


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[JetStream]:
    """The broker; its functions find the folder where a cluster has S3."""
    mounts = {"RUSHES_ROOTS": str(folder), "RUSHES_SCRATCH": str(folder / "scratch")}
    with jetstream(load_knative(), folder, mounts) as made:
        yield made


def told(running: JetStream) -> tuple[str, dict[str, str], Any]:
    """What happens next: its kind, its headers, its data."""
    kind, headers, body = running.told.get(timeout=240)
    return kind, headers, json.loads(body)


def dispatch(running: JetStream, folder: Path, job: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """`rushes dispatch --sink BROKER` with the patience that it has by itself: an hour."""
    (folder / "job.json").write_text(json.dumps(job))
    words = ["dispatch", str(folder / "job.json"), "--sink", running.url, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", *words],
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=240,
    )
    return done.returncode, json.loads(done.stdout)["report"]


def rushes(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Another command on the same storage."""
    return subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", *words],
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_an_event_is_delivered_again_after_a_503(running: JetStream, folder: Path) -> None:
    """A function whose scratch is gone answers 503; the stream brings the event again when it is
    back, the unit is done, and nothing says that it ever failed."""
    request = {"input": f"file://{folder}/A001/", "output": f"file://{folder}/again/"}
    send(running, "inspect", {**request, "output": f"file://{folder}/first/"})
    assert told(running)[1]["ce-type"] == COMPLETED.format("inspect")
    away: list[int] = []

    def bring_back(status: int) -> None:
        away.append(status)
        (folder / "gone").rename(folder / "scratch")

    running.attempts.clear()
    running.turned_away = bring_back
    (folder / "scratch").rename(folder / "gone")
    send(running, "inspect", request)
    kind, headers, receipt = told(running)
    running.turned_away = lambda status: None
    assert (kind, headers["ce-type"]) == ("reply", COMPLETED.format("inspect"))
    assert (receipt["status"], away) == ("done", [503])
    assert running.attempts["rushes-inspect"] == 2
    assert not list((folder / "again").rglob("*.failed.json"))


def test_a_4xx_is_a_dead_letter_and_a_note(running: JetStream, folder: Path) -> None:
    """A frame that is cut short is tried once: its event lies under `letters`, its problem beside
    the output, and a dispatcher with an hour of patience knows at once."""
    running.attempts.clear()
    clip = {"operation": "debayer", "input": f"file://{folder}/A009/"}
    job = {"output": f"file://{folder}/job/", "clips": [clip], "units": {"frames": 1}}
    code, report = dispatch(running, folder, job)
    assert (code, report["state"], report["done"], report["failed"]) == (3, "failed", 1, 1)
    (failure,) = report["failures"]
    assert (failure["problem"]["code"], failure["attempts"]) == ("damaged_source", 1)
    happened = {kind: (headers, body) for kind, headers, body in (told(running), told(running))}
    letter, asked = happened["letter"]
    assert (letter["ce-knativeerrorcode"], letter["ce-subject"]) == ("422", failure["unit"])
    assert letter["ce-rushesjob"] == report["job"]
    assert (asked["input"], asked["frames"]) == (f"file://{folder}/A009/", "2")
    assert [h["ce-id"] for h, _ in running.stored("letters")][-1] == letter["ce-id"]
    assert running.attempts["rushes-debayer"] == 2
    (note,) = (folder / "job").rglob("*.failed.json")
    assert note.name == f"{failure['unit']}.failed.json"
    sentence = f"damaged_source: {failure['problem']['detail']}"
    for words in (["status"], ["wait", "--patience", "60"], ["report"]):
        shown = rushes(folder, words[0], str(folder / "job"), *words[1:])
        assert sentence in shown.stdout, shown.stderr


def test_a_unit_that_failed_is_tried_again_by_the_next_dispatch(
    running: JetStream, folder: Path
) -> None:
    """The stream, which drops events that it has, takes the second try of the same unit as news;
    the receipt overrules the note."""
    clip = {"operation": "inspect", "input": f"file://{folder}/A001/"}
    job = {"output": f"file://{folder}/twice/", "clips": [clip]}
    conflict = folder / "twice" / "A001" / "A001.contact.png"
    conflict.parent.mkdir(parents=True)
    conflict.write_bytes(b"something else")
    code, report = dispatch(running, folder, job)
    assert (code, report["failures"][0]["problem"]["code"]) == (3, "output_conflict")
    # 409 is tried again by brokers, and each time the note is the same.
    assert told(running)[1]["ce-knativeerrorcode"] == "409"
    conflict.unlink()
    code, again = dispatch(running, folder, job)
    assert (code, again["done"], again["failed"]) == (0, 1, 0)
    assert again["job"] == report["job"]
    assert told(running)[1]["ce-type"] == COMPLETED.format("inspect")
    shown = rushes(folder, "status", str(folder / "twice"))
    assert "complete" in shown.stdout
    assert "failed" not in shown.stdout


def test_a_job_from_request_to_completed_is_one_trace(running: JetStream, folder: Path) -> None:
    """dispatch requested, transcode requested and completed twice, stitch, dispatch completed:
    every event of the stream has the asker's trace id and state and a parent id of its own, and
    each reply names the event that it answers."""
    make_clip(folder / "C003", frames=6, width=320, height=180)
    clip = {"operation": "transcode", "input": f"file://{folder}/C003/", "codec": "prores-proxy"}
    job = {"output": f"file://{folder}/movie/", "units": {"frames": 3}, "clips": [clip]}
    before = len(running.stored("events"))
    asked = trace.read(f"00-{'5a' * 16}-{'c3' * 8}-01", "studio=take7")
    assert asked is not None
    send(running, "dispatch", job, **asked.headers())
    while told(running)[1].get("ce-type") != COMPLETED.format("dispatch"):
        pass
    with av.open(str(folder / "movie" / "C003" / "C003.mov")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 6

    # The dispatcher may see the last receipt before the broker has the last reply.
    found = running.stored("events")[before:]
    while len(found) < 8:
        told(running)
        found = running.stored("events")[before:]
    headers = [h for h, _ in found]
    kinds = sorted(h["ce-type"].removeprefix("dev.rushes.").removesuffix(".v1") for h in headers)
    assert kinds == [
        *("dispatch.completed", "dispatch.requested", "stitch.completed", "stitch.requested"),
        *["transcode.completed"] * 2,
        *["transcode.requested"] * 2,
    ]
    steps = [trace.read(h["ce-traceparent"], h.get("ce-tracestate")) for h in headers]
    assert {(step.trace, step.flags, step.state) for step in steps if step} == {
        ("5a" * 16, 1, "studio=take7")
    }
    assert len({step.span for step in steps if step}) == 8
    requested = {h["ce-id"]: h for h in headers if h["ce-type"].endswith(".requested.v1")}
    for reply in (h for h in headers if h["ce-type"].endswith(".completed.v1")):
        assert reply["ce-causationid"] in requested
        (job_report,) = (b for h, b in found if h["ce-id"] == reply["ce-id"])
        assert json.loads(job_report)["status"] == "done"
    jobs = {h.get("ce-rushesjob") for h in headers if "dispatch" not in h["ce-type"]}
    assert len(jobs) == 1
    assert None not in jobs
