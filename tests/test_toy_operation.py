"""A new operation is one folder, one line of the catalog and one shape; the rest finds it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy import __main__ as deploy
from deploy.shapes import SHAPES, Shape
from functions.contract.operation import Answer
from functions.serve.cli.main import run_cli
from functions.serve.http.openapi import document
from functions.serve.run.catalog import OPERATIONS, Catalog, Entry
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from tests.media.takes import frame_file

_HANDLER = '''
"""count: says the sizes of a clip's files."""

from typing import Annotated, Any

from functions.contract.operation import Example, Operation, Request, Result, about, count_frames
from functions.contract.segments import Parts
from functions.media import clip_files


class CountRequest(Request, frozen=True, kw_only=True):
    """Count the bytes of a clip."""

    input: Annotated[str, about("clip", uri=True)]
    output: Annotated[str, about("folder", uri=True, unit="FOLDER")]
    frames: Annotated[str, about("which frames", unit="RANGE")] | None = None
    blocks: Annotated[int, about("size of a block", unit="BYTES", section="Counting")] = 512


class CountUnit:
    def __init__(self, request, work):
        self.request, self.work = request, work
        self.files = clip_files(request.input, work)

    def sources(self):
        return self.files.stats(self.request.frames)

    def explain(self):
        return {"frames": str(self.files.resolve(self.request.frames))}

    def run(self):
        frames = self.files.resolve(self.request.frames)
        self.work.limits.check_frames(len(frames))
        for number in frames:
            size = self.files.listing.files[number].bytes
            self.work.commit(f"count.{number}.txt", str(-(-size // self.request.blocks)).encode())
        return Result(frames=count_frames(frames))

    def close(self):
        self.files.close()


OPERATION = Operation(
    name="count",
    request=CountRequest,
    open=CountUnit,
    summary="says the sizes of a clip's files",
    example=Example(
        request={"input": "s3://camera/A001/", "output": "s3://counts/", "blocks": 4096},
        output="count.1.txt",
        frame=1,
    ),
    splitting=lambda fields: lambda facts: Parts(way="frames", seconds=10.0),
)
'''


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    """The project's operations and one more."""
    folder = tmp_path / "toys" / "count"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "handler.py").write_text(_HANDLER)
    monkeypatch.syspath_prepend(str(folder.parent))
    entry = Entry("count.handler", "says the sizes of a clip's files")
    monkeypatch.setitem(OPERATIONS, "count", entry)  # type: ignore[arg-type]
    yield Catalog()
    for name in [name for name in sys.modules if name.partition(".")[0] == "count"]:
        del sys.modules[name]


def write_take(folder: Path) -> str:
    """Six frames; their folder's URI."""
    (folder / "A001").mkdir()
    for number in range(1, 7):
        (folder / "A001" / f"A001.{number:06d}.dng").write_bytes(frame_file(number))
    return f"file://{folder}/A001/"


def test_the_command_line_has_it(
    catalog: Catalog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help lists it, tells its options in their sections with units and an example, and it runs."""
    assert run_cli(["--help"], catalog) == 0
    assert "says the sizes" in capsys.readouterr().out
    assert run_cli(["count", "--help"], catalog) == 0
    told = capsys.readouterr().out
    section = told[told.index("Counting:") :]
    assert "--blocks BYTES" in section
    assert "[default: 512]" in section
    assert "rushes count camera/A001/ counts/ --blocks 4096" in section
    take = write_take(tmp_path)
    assert run_cli(["count", take, str(tmp_path / "out"), "--json"], catalog) == 0
    assert json.loads(capsys.readouterr().out)["frames"]["count"] == 6


def test_openapi_has_it(catalog: Catalog) -> None:
    """Its path, request and examples are in the document."""
    found = document(catalog, catalog.names())
    content = found["paths"]["/count"]["post"]["requestBody"]["content"]["application/json"]
    assert content["example"]["blocks"] == 4096
    fields = found["components"]["schemas"]["CountRequest"]["properties"]
    assert fields["blocks"]["description"] == "size of a block"


def test_the_manifests_of_both_platforms_have_it(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a shape it gets a Knative service and an OpenFaaS function."""
    shape = Shape(1000, "1Gi", "1Gi", 5, "batch", "Counts.")
    monkeypatch.setitem(SHAPES, "count", shape)  # type: ignore[arg-type]
    files = deploy.written(catalog.names())
    assert "rushes-count" in files["knative/count.yaml"]
    assert "count.yaml" in files["knative/kustomization.yaml"]
    assert "  rushes-count:" in files["stack.yml"]


class HereSink:
    """Does units in this process, as the functions of a server would."""

    width, most, asynchronous = 1, 1, False

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.sent: list[tuple[str, str]] = []

    def send(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer:
        """A receipt."""
        self.sent.append((operation, str(request["frames"])))
        return Answer(receipt=self.runner.run(operation, request))

    def job_ended(self, report: Mapping[str, Any]) -> None:
        """Nobody listens."""


def test_a_job_dispatches_it_in_parts(catalog: Catalog, tmp_path: Path) -> None:
    """What it says of its parts cuts a clip of six frames at ten seconds each into three units."""
    settings = Settings.read({"RUSHES_SCRATCH": str(tmp_path)})
    sink = HereSink(Runner(settings, catalog))

    @contextmanager
    def opened(address: Any, settings: Any, job: Any) -> Iterator[HereSink]:
        yield sink

    job = {
        "output": f"file://{tmp_path}/job/",
        "units": {"target_seconds": 20},
        "clips": [{"operation": "count", "input": write_take(tmp_path)}],
    }
    receipt = Runner(settings, catalog, open_sink=opened).run("dispatch", job)
    assert receipt.report is not None
    assert (receipt.report["done"], receipt.report["failed"]) == (3, 0)
    assert sorted(sink.sent) == [("count", "1-2"), ("count", "3-4"), ("count", "5-6")]
    names = sorted(path.name for path in (tmp_path / "job" / "A001").glob("count.*"))
    assert names == [f"count.{n}.txt" for n in range(1, 7)]
