"""Confined units on S3: the same answers and bytes as without the box, though a unit's process
holds no key and opens no connection."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.serve.box import seccomp
from functions.storage import open_store
from tests.plate.takes import write_take
from tests.serve.processes import Server, server
from tests.storage.seaweed import Seaweed, seaweed

pytestmark = pytest.mark.skipif(not seccomp.available(), reason="filters are for x86-64 Linux")
COMMAND = [sys.executable, "-m", "functions.serve.cli.main"]
KINDS = ("on", "off")


@pytest.fixture(scope="module")
def weed() -> Iterator[Seaweed]:
    """A bucket with a clip."""
    with seaweed() as running:
        yield running


@pytest.fixture(scope="module")
def clip(weed: Seaweed, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URI of a clip of four frames."""
    take = write_take(tmp_path_factory.mktemp("take"), range(100, 104))
    root = f"s3://{weed.bucket}/A001/"
    store = open_store((root,), weed.settings)
    for path in sorted(take.iterdir()):
        store.put(root + path.name, path.read_bytes())
    return root


@pytest.fixture(scope="module")
def servers(weed: Seaweed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """One with the box and one without."""
    allowed = {**weed.environment(), "RUSHES_ROOTS": f"s3://{weed.bucket}/"}
    on, off = (tmp_path_factory.mktemp(f"box-{kind}") for kind in KINDS)
    with (
        server(on, COMMAND, RUSHES_BOX="on", RUSHES_LOG="json", **allowed) as first,
        server(off, COMMAND, RUSHES_BOX="off", RUSHES_LOG="json", **allowed) as second,
    ):
        yield dict(zip(KINDS, (first, second), strict=True))


def asked(running: Server, clip: str, output: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    """Status and answer of a debayer."""
    request = {"input": clip, "output": output, "method": "draft", **fields}
    answer = running.post(request, "/debayer")
    return answer.status_code, answer.json()


def test_the_same_bytes_from_and_to_s3(
    servers: dict[str, Server], weed: Seaweed, clip: str
) -> None:
    """Frames, checksums and a receipt that is found again; files stand whole in the bucket."""
    told = {}
    for kind, running in servers.items():
        output = f"s3://{weed.bucket}/{kind}/"
        status, receipt = asked(running, clip, output)
        assert (status, receipt.get("status")) == (200, "done"), receipt
        assert asked(running, clip, output)[1]["status"] == "reused"
        store = open_store((output,), weed.settings)
        made = {each["uri"].removeprefix(output): each for each in receipt["outputs"]}
        assert len(made) == 4
        contents = {name: store.read(output + name) for name in made}
        assert [len(contents[name]) for name in made] == [each["bytes"] for each in made.values()]
        names = {stat.uri.removeprefix(output) for stat in store.list(output)}
        assert names == set(made)
        read = [(each["uri"], each["xxh64"]) for each in receipt["inputs"]]
        told[kind] = contents, {n: each["xxh64"] for n, each in made.items()}, read
    assert told["on"] == told["off"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"input": "s3://{bucket}/gone/"}, "source_not_found"),
        ({"input": "s3://elsewhere/A001/"}, "refused"),
        ({"output": "s3://elsewhere/out/"}, "refused"),
        ({"frames": "100-109"}, "invalid_request"),
        ({"output": "s3://{bucket}/on/", "method": "fast"}, "output_conflict"),
    ],
)
def test_errors_of_a_store_are_what_they_are_without_the_box(
    servers: dict[str, Server], weed: Seaweed, clip: str, fields: dict[str, str], code: str
) -> None:
    """The same status, code and sentence."""
    named = {name: text.format(bucket=weed.bucket) for name, text in fields.items()}
    answers = [
        asked(running, **{"clip": clip, "output": f"s3://{weed.bucket}/x/"} | _as(named))
        for running in servers.values()
    ]
    facts = [(status, answer["code"], answer["detail"]) for status, answer in answers]
    assert facts[0] == facts[1]
    assert facts[0][1] == code


def _as(named: dict[str, str]) -> dict[str, str]:
    return {"clip" if name == "input" else name: text for name, text in named.items()}


def test_the_box_was_on(servers: dict[str, Server]) -> None:
    """The servers say so of themselves: what was compared are two ways."""
    for kind, running in servers.items():
        while running.get("/readyz").status_code != 200:
            assert running.process.poll() is None
        log = Path(f"/proc/{running.process.pid}/cwd/server.log").read_text()
        found = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        (ready,) = (line for line in found if line["event"] == "ready")
        assert ("seccomp" in str(ready.get("box"))) is (kind == "on")
