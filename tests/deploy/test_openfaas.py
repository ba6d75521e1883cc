"""stack.yml deployed to a stand-in of the gateway, and a job sent through it."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from functions.serve.run.catalog import OPERATIONS
from tests.deploy.callbacks import listener
from tests.deploy.faas_cli import deploy
from tests.deploy.gateway import Gateway, gateway
from tests.deploy.manifests import load_stack
from tests.media.takes import frame_file
from tests.serve.processes import environment

TOKEN = "sesame"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Storage that the functions share, with one clip of two frames and the token's file."""
    made = tmp_path_factory.mktemp("openfaas")
    (made / "A001").mkdir()
    for number in (1, 2):
        (made / "A001" / f"A001.{number:06d}.dng").write_bytes(frame_file(number))
    (made / "token").write_text(TOKEN)
    return made


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """A client that goes to loopback directly."""
    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.fixture(scope="module")
def deployed(folder: Path, session: requests.Session) -> Iterator[Gateway]:
    """A gateway with the stack on it; what a cluster mounts lies in the folder."""
    mounts = {
        "RUSHES_ROOTS": str(folder),
        "RUSHES_SCRATCH": str(folder),
        "RUSHES_TOKEN_FILE": str(folder / "token"),
    }
    with gateway(folder, mounts) as made:
        assert set(deploy(load_stack(), made.url, session)) == {202}
        yield made


def test_deploying_again_updates(deployed: Gateway, session: requests.Session) -> None:
    """The second deployment is an update of the same functions, with the new image."""
    stack = load_stack({"TAG": "2"})
    assert set(deploy(stack, deployed.url, session)) == {202}
    listed = session.get(f"{deployed.url}/system/functions", timeout=30).json()
    assert {f["name"] for f in listed} == {f"rushes-{name}" for name in OPERATIONS}
    assert {f["image"] for f in listed} == {"dev.local/rushes:2"}


def test_the_stand_in_refuses_what_it_does_not_know(deployed: Gateway) -> None:
    """An unknown field, no image or a name that is no label is a 400."""
    good = {"service": "x", "image": "y"}
    assert deployed.put({**good, "readonly": True}, create=True) == 400
    assert deployed.put({"service": "x"}, create=True) == 400
    assert deployed.put({**good, "service": "rushes_debayer"}, create=True) == 400
    assert deployed.put({**good, "service": "rushes-nobody"}, create=False) == 404


@pytest.fixture
def callback() -> Iterator[tuple[str, queue.Queue[tuple[dict[str, str], Any]]]]:
    """A URL, and the calls that came to it."""
    with listener() as found:
        yield found


def test_an_asynchronous_call_is_called_back(
    deployed: Gateway,
    folder: Path,
    session: requests.Session,
    callback: tuple[str, queue.Queue[tuple[dict[str, str], Any]]],
) -> None:
    """202 at once, with the id that the gateway made where the caller named none; the receipt, or
    the problem, comes to X-Callback-Url."""
    url, came = callback
    headers = {
        "X-Callback-Url": url,
        "X-Call-Id": "shot-7",
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": "application/json",
    }
    route = f"{deployed.url}/async-function/rushes-inspect"
    fields = {"input": f"file://{folder}/A001/"}
    answer = session.post(route, json=fields, headers=headers, timeout=60)
    assert (answer.status_code, answer.headers.get("X-Call-Id")) == (202, None)
    told, receipt = came.get(timeout=120)
    assert (told["X-Call-Id"], told["X-Function-Status"]) == ("shot-7", "200")
    assert told["X-Function-Name"] == "rushes-inspect"
    assert (receipt["operation"], receipt["status"]) == ("inspect", "done")
    fields, unnamed = {"input": f"file://{folder}/B002/"}, {**headers}
    del unnamed["X-Call-Id"]
    answer = session.post(route, json=fields, headers=unnamed, timeout=60)
    told, problem = came.get(timeout=120)
    assert told["X-Call-Id"] == answer.headers["X-Call-Id"]
    assert (told["X-Function-Status"], problem["code"]) == ("404", "source_not_found")


def test_the_functions_want_the_token(
    deployed: Gateway, folder: Path, session: requests.Session
) -> None:
    """The gateway's route is open to all who reach it, the function behind it is not."""
    route = f"{deployed.url}/function/rushes-inspect"
    fields = {"input": f"file://{folder}/A001/"}
    assert session.post(route, json=fields, timeout=120).status_code == 401


def dispatch(
    deployed: Gateway, folder: Path, job: dict[str, Any], **environ: str
) -> tuple[int, dict[str, Any]]:
    """`rushes dispatch --sink openfaas:URL`: its exit code and its report."""
    (folder / "job.json").write_text(json.dumps(job))
    words = ["dispatch", str(folder / "job.json"), "--sink", f"openfaas:{deployed.url}", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", *words],
        env=environment(folder, RUSHES_SINK_TOKEN_FILE=str(folder / "token"), **environ),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["report"]


def test_a_job_goes_through_the_gateway(
    deployed: Gateway,
    folder: Path,
    callback: tuple[str, queue.Queue[tuple[dict[str, str], Any]]],
) -> None:
    """`rushes dispatch --sink openfaas:URL` sends units to the queue and ends by receipts; each
    answer goes to the settings' callback under a call id that begins with its unit."""
    url, came = callback
    clip = {"operation": "inspect", "input": "A001/"}
    job = {"output": "out", "clips": [clip, {**clip, "output": "again"}]}
    code, report = dispatch(deployed, folder, job, RUSHES_CALLBACK_URL=url)
    assert (code, report["done"], report["failed"]) == (0, 2, 0)
    assert len([*folder.glob("out/**/*.contact.png"), *folder.glob("again/*.contact.png")]) == 2
    assert deployed.lost == []
    for told, receipt in (came.get(timeout=120), came.get(timeout=120)):
        assert told["X-Call-Id"].partition("-")[0] == receipt["unit"]
        assert told["X-Function-Status"] == "200"


def test_a_unit_that_fails_behind_the_queue_is_known_at_once(
    deployed: Gateway, folder: Path
) -> None:
    """With no callback and an hour of patience: the function's note ends the wait, and the
    sentence is in the report."""
    conflict = folder / "taken" / "A001" / "A001.contact.png"
    conflict.parent.mkdir(parents=True)
    conflict.write_bytes(b"something else")
    job = {"output": "taken", "clips": [{"operation": "inspect", "input": "A001/"}]}
    code, report = dispatch(deployed, folder, job)
    assert (code, report["state"], report["retries"]) == (3, "failed", 0)
    assert report["failures"][0]["problem"]["code"] == "output_conflict"
    conflict.unlink()
    code, report = dispatch(deployed, folder, job)
    assert (code, report["done"]) == (0, 1)
