"""Every operation gives the same receipt and the same bytes through every door."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

import rushes
from functions.serve.run.catalog import Catalog
from tests.acceptance.conftest import run_rushes

Fields = dict[str, Any]
Door = Callable[[str, str, Fields], Fields]

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
# What a run measures; of a job also how its units came and went.
MEASURED = {"seconds", "machine", "wall_seconds", "frames_per_second"}


def in_process(operation: str, server: str, fields: Fields) -> Fields:
    """`rushes.<operation>(...)` here."""
    return decoded(getattr(rushes, operation)(**fields))


def by_client(operation: str, server: str, fields: Fields) -> Fields:
    """`rushes.Client(url).<operation>(...)`."""
    return decoded(getattr(rushes.Client(server), operation)(**fields))


def typed(operation: str, server: str, fields: Fields) -> Fields:
    """The command line, each field as its argument or option; a job is a file, and of a turnover
    the files are left in the output only where a request says so."""
    rest = dict(fields)
    job = "clips" in rest or operation == "pull"
    places = [] if job else [rest.pop(name) for name in ("input", "parts", "output")
                             if name in rest]  # fmt: skip
    words = [w for place in places for w in (place if isinstance(place, list) else [place])]
    if job:
        file = Path(fields["output"].removeprefix("file://")).parent / "job.json"
        file.write_text(json.dumps(rest))
        words, rest = [*(["--request"] if operation == "pull" else []), str(file)], {}
    for name, value in rest.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
            continue
        for each in value if isinstance(value, list) else [value]:
            words += [f"--{flag}", str(each)]
    ended = run_rushes(operation, *words, "--json")
    assert ended.code == 0, ended.err
    return dict(json.loads(ended.out))


def posted(operation: str, server: str, fields: Fields) -> Fields:
    """Plain JSON over HTTP."""
    answer = requests.post(f"{server}/{operation}", json=fields, timeout=60)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def binary(operation: str, server: str, fields: Fields) -> Fields:
    """A CloudEvent whose attributes are headers; its answer is one too."""
    headers = {f"ce-{name}": value for name, value in attributes(operation).items()}
    answer = requests.post(server, json=fields, headers=headers, timeout=60)
    assert answer.headers["ce-type"] == f"dev.rushes.{operation}.completed.v1", answer.text
    return dict(answer.json())


def structured(operation: str, server: str, fields: Fields) -> Fields:
    """A CloudEvent as one JSON object; its answer is one too."""
    event = {**attributes(operation), "datacontenttype": "application/json", "data": fields}
    headers = {"Content-Type": "application/cloudevents+json"}
    answer = requests.post(server, data=json.dumps(event), headers=headers, timeout=60)
    reply = answer.json()
    assert reply["type"] == f"dev.rushes.{operation}.completed.v1", reply
    return dict(reply["data"])


DOORS: tuple[Door, ...] = (in_process, typed, posted, binary, structured, by_client)


def attributes(operation: str) -> dict[str, str]:
    """Of a requested event."""
    kind = f"dev.rushes.{operation}.requested.v1"
    return {"specversion": "1.0", "type": kind, "source": "/tests", "id": operation,
            "traceparent": TRACE}  # fmt: skip


def decoded(receipt: rushes.Receipt) -> Fields:
    """A receipt as its JSON says it."""
    return dict(msgspec.json.decode(receipt.json()))


def steady(found: Any) -> Any:
    """Without what a run measures, however deep it stands."""
    if isinstance(found, Mapping):
        return {k: steady(v) for k, v in found.items() if k not in MEASURED}
    return [steady(each) for each in found] if isinstance(found, list) else found


def made(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the receipts and reports, which measure."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not (path.parent.name == ".rushes" and path.suffix == ".json")
        and not path.name.endswith((".report.json", ".pace"))
    }


@pytest.fixture(scope="module")
def material(camera: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Inputs of all operations by name: a take, a movie, its two parts, a plate, a CDL."""
    folder = tmp_path_factory.mktemp("material")
    take = f"file://{camera}/"
    small: Fields = {"codec": "prores-proxy", "width": 160, "method": "draft"}
    movie = rushes.transcode(input=take, output=f"file://{folder}/movie/", **small)
    first = rushes.trim(input=movie.outputs[0].uri, output=f"file://{folder}/one/", frames="0-3")
    rest = rushes.trim(input=movie.outputs[0].uri, output=f"file://{folder}/two/", frames="4-7")
    rushes.plate(
        input=take, output=f"file://{folder}/plate/", frames="3-4", shot="AGM_104_010",
        method="draft", width=160,
    )  # fmt: skip
    (folder / "warm.cdl").write_text(
        '<ColorDecisionList xmlns="urn:ASC:CDL:v1.01"><ColorDecision>'
        '<ColorCorrection id="warm"><SOPNode><Slope>1.1 1 0.9</Slope><Offset>0 0 0</Offset>'
        "<Power>1 1 1</Power></SOPNode><SatNode><Saturation>0.9</Saturation></SatNode>"
        "</ColorCorrection></ColorDecision></ColorDecisionList>"
    )
    (folder / "cut.csv").write_text(f"shot,clip,in,out\nAGM_104_010,{camera.name},3,4\n")
    rushes.dispatch(
        output=f"file://{folder}/job/",
        clips=[{"operation": "debayer", "input": take, "frames": "1-4", "method": "draft"}],
        units={"frames": 2},
    )
    return {
        "take": take,
        "cut": f"file://{folder}/cut.csv",
        "job": f"file://{folder}/job/",
        "movie": movie.outputs[0].uri,
        "first": first.outputs[0].uri,
        "rest": rest.outputs[0].uri,
        "plate": f"file://{folder}/plate/",
        "look": f"file://{folder}/warm.cdl",
    }


def asked(operation: str, found: Mapping[str, str], output: str) -> Fields:
    """A request that uses more than the operation's defaults."""
    take = found["take"]
    looked: Fields = {"looks": [found["look"]], "width": 160, "method": "draft"}
    requests: dict[str, Fields] = {
        "inspect": {"input": take, "frames": "1-4", "checksum": True},
        "debayer": {"input": take, "frames": "2-4", "compression": "zip", "method": "fast"},
        "trim": {"input": found["movie"], "frames": "2-5", "name": "cut"},
        "stitch": {"parts": [found["first"], found["rest"]], "name": "whole"},
        "plate": {"input": take, "frames": "3-4", "handles": 1, "shot": "AGM_104_010",
                  "proxy": True, "seal": True, **looked},
        "transcode": {"input": take, "frames": "1-4", "codec": "h264",
                      "burn_in": ["timecode", "text=DAY 3@top-left"], **looked},
        "deliver": {"input": take, "frames": "1-3", "profile": "rec709-dpx", "slate": 1,
                    "show": "AGM", **looked},
        "seal": {"input": found["plate"], "author": "A. Person", "comment": "first"},
        "lint": {"input": found["plate"], "pixels": "some"},
        "pull": {"input": found["cut"], "media": [take], "operation": "debayer", "handles": 0},
        "report": {"input": found["job"], "html": True},
        "index": {"input": take},
        "dispatch": {"units": {"frames": 2}, "clips": [
            {"operation": "debayer", "input": take, "frames": "1-4", "method": "draft"}]},
    }  # fmt: skip
    return {**requests[operation], "output": output}


@pytest.mark.parametrize("operation", sorted(Catalog().names()))
def test_every_door_gives_one_receipt_and_the_same_bytes(
    operation: str, material: dict[str, str], server: str, tmp_path: Path
) -> None:
    """Each door does the work anew to the same bytes, and the next one finds it done."""
    out = tmp_path / "out"
    through_every_door(operation, server, asked(operation, material, f"file://{out}/"), out)


def through_every_door(operation: str, server: str, fields: Fields, out: Path) -> None:
    """The same receipt and bytes below `out` from each, and the next one finds it done."""
    first: tuple[dict[str, bytes], Any] | None = None
    for door, other in zip(DOORS, DOORS[1:] + DOORS[:1], strict=True):
        receipt = door(operation, server, fields)
        files = made(out)
        assert receipt["status"] == "done", door.__name__
        first = first or (files, steady(receipt))
        assert files, "nothing was made"
        assert files.keys() == first[0].keys(), door.__name__
        assert [n for n, b in files.items() if first[0][n] != b] == [], door.__name__
        assert steady(receipt) == first[1], door.__name__
        again = other(operation, server, fields)
        assert again["status"] == "reused", other.__name__
        assert again["unit"] == receipt["unit"]
        assert made(out) == files, other.__name__
        shutil.rmtree(out)
