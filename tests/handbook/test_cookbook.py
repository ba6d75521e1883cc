"""Every job of the cookbook, done in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from tests.deploy.broker import broker
from tests.deploy.callbacks import listener
from tests.deploy.faas_cli import deploy
from tests.deploy.gateway import gateway
from tests.deploy.manifests import load_knative, load_stack
from tests.handbook.blocks import ROOT, blocks_of
from tests.handbook.shell import Place, place
from tests.handbook.stock import lay
from tests.media.dngs import noisy
from tests.media.test_plugins import EXAMPLE, exraw
from tests.storage.seaweed import seaweed

PAGE = "docs/cookbook.md"
TOKEN = "sesame"
BROKER = "http://broker-ingress.knative-eventing.svc.cluster.local/rushes/rushes"
GATEWAY = "http://gateway:8080"
CALLBACK = "http://pipeline:9000/done"
STORAGE = "http://minio:9000"
JOBS = list(dict.fromkeys(block.section for block in blocks_of(PAGE)))


@contextmanager
def kitchen(section: str, stock: Path, folder: Path) -> Iterator[Place]:
    """The folder of a job, and behind the addresses that it names what stands in for them: S3 by
    SeaweedFS, Knative's broker by its Triggers, OpenFaaS' gateway with the stack."""
    text = "".join(block.text for block in blocks_of(PAGE) if block.section == section)
    lay(stock, folder)
    (folder / "token").write_text(TOKEN)
    mounts = {"RUSHES_ROOTS": str(folder), "RUSHES_SCRATCH": str(folder)}
    hosts: dict[str, str] = {}
    with ExitStack() as stack:
        if STORAGE in text:
            storage = stack.enter_context(seaweed("plates")).settings
            hosts[STORAGE] = str(storage.endpoint)
            (folder / "keys").mkdir()
            (folder / "keys" / "id").write_text(str(storage.access_key_id))
            (folder / "keys" / "secret").write_text(str(storage.secret_access_key))
        else:
            hosts["s3://"] = f"file://{folder}/"
        if BROKER in text:
            hosts[BROKER] = stack.enter_context(broker(load_knative(), folder, mounts)).url
        if GATEWAY in text:
            mounts["RUSHES_TOKEN_FILE"] = str(folder / "token")
            made = stack.enter_context(gateway(folder, mounts))
            with requests.Session() as session:
                session.trust_env = False
                assert set(deploy(load_stack(), made.url, session)) == {202}
            hosts[GATEWAY] = made.url
        here = stack.enter_context(place(folder, hosts, TOKEN=TOKEN))
        if CALLBACK in text:
            hosts = here.hosts
            hosts[CALLBACK], came = stack.enter_context(listener())
            yield here
            headers, receipt = came.get(timeout=120)
            assert (headers["X-Call-Id"], headers["X-Function-Status"]) == ("shot-7", "200")
            assert receipt["status"] == "done"
            return
        if "exraw" in text:
            install(folder, here)
        yield here


def install(folder: Path, here: Place) -> None:
    """The example of a reader as pip would leave it, and a clip of its format."""
    site = folder / ".site"
    info = site / "rushes_reader_example-0.1.0.dist-info"
    info.mkdir(parents=True)
    shutil.copy(EXAMPLE, site)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: rushes-reader-example\nVersion: 0.1.0\n"
    )
    entry = "[rushes.readers]\nexample = rushes_reader_example:ExampleReader\n"
    (info / "entry_points.txt").write_text(entry)
    here.environ["PYTHONPATH"] = f"{ROOT}:{site}"
    frames = [noisy((8, 12), 12, seed) for seed in range(4)]
    (folder / "camera" / "B001.exraw").write_bytes(exraw(frames))


@pytest.mark.parametrize("section", JOBS)
def test_a_job_of_the_cookbook_is_done(section: str, stock: Path, tmp_path: Path) -> None:
    """Its commands run in their order and print what the page shows."""
    with kitchen(section, stock, tmp_path) as here:
        for block in blocks_of(PAGE):
            if block.section == section:
                here.run(block)


def test_there_are_more_than_twenty_jobs() -> None:
    """As many as the page promises, and none without a block."""
    text = (ROOT / PAGE).read_text()
    heads = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert heads == JOBS
    assert len(JOBS) > 20
