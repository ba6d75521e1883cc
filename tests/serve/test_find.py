"""`rushes find` and GET /find: one index, the same clips, inside the roots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from functions.footage import search
from functions.footage.database import build
from functions.footage.entry import Entry
from functions.footage.generations import Generation, publish
from functions.serve.cli.main import run_cli
from functions.serve.http.app import create_app
from functions.storage import open_store
from tests.serve.conftest import MakeService


def write_index(folder: Path, names: list[str], number: int = 1) -> str:
    """An index of clips of these names, published."""
    entries = [
        Entry(uri=f"file:///c/{name}.mov", card="file:///c/", identity="1", key=name, name=name,
              files=1, bytes=9, reel=name[:4], rate="24", width=16, height=9, count=5,
              start="01:00:00:00", last="01:00:00:04", thumbnail=f".rushes/thumbnails/{name}.jpg")
        for name in names
    ]  # fmt: skip
    folder.mkdir(exist_ok=True)
    file = f"footage-{number:016x}.sqlite"
    build(folder / file, entries, {})
    made = Generation(
        generation=number, root="file:///c/", state=f"{number:016x}", file=file, cards=1,
        clips=len(names),
    )  # fmt: skip
    publish(f"file://{folder}/", made, open_store((f"file://{folder}",), None))
    return f"file://{folder}/"


@pytest.fixture
def web(make_service: MakeService) -> FlaskClient:
    return create_app(make_service()).test_client()


def test_the_table_and_the_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table for people, a JSON object a clip for programs, how many there are beside both."""
    write_index(tmp_path / "i", ["A001_C001", "A001_C002", "B001_C001"])
    assert run_cli(["find", str(tmp_path / "i"), "--reel", "a001", "--limit", "1"]) == 0
    told = capsys.readouterr()
    head, row = told.out.splitlines()
    assert head.split()[:3] == ["clip", "reel", "camera"]
    assert row.split()[:5] == ["A001_C001", "A001", "24", "16x9", "01:00:00:00-01:00:00:04"]
    assert told.err == "2 clips, 1 not shown: --limit\n"
    assert run_cli(["find", str(tmp_path / "i"), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["name"] for each in lines] == ["A001_C001", "A001_C002", "B001_C001"]
    assert lines[0]["thumbnail"] == f"file://{tmp_path}/i/.rushes/thumbnails/A001_C001.jpg"


def test_exit_codes(tmp_path: Path) -> None:
    """No index is 13, a spec that is none 10, a file that is no index 12, nothing found 0."""
    write_index(tmp_path / "i", ["A001_C001"])
    (tmp_path / "x.sqlite").write_bytes(b"SQLite format 3\0" + bytes(99))
    assert run_cli(["find", str(tmp_path)]) == 13
    assert run_cli(["find", str(tmp_path / "i"), "--date", "monday"]) == 10
    assert run_cli(["find", str(tmp_path / "x.sqlite")]) == 12
    assert run_cli(["find", str(tmp_path / "i"), "--reel", "Z"]) == 0


def test_the_route_answers_as_the_command(web: FlaskClient, tmp_path: Path) -> None:
    """The newest index, opened once; a new one is seen at once."""
    opened: list[str] = []
    whole = search.open_index

    def counted(uri: str, *rest: Any) -> Any:
        opened.append(uri)
        return whole(uri, *rest)

    place = write_index(tmp_path / "i", ["A001_C001", "B001_C001"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "open_index", counted)
        for _ in range(2):
            answer = web.get("/find", query_string={"input": place, "reel": "B001"}).json
            assert (answer["found"], answer["clips"][0]["name"]) == (1, "B001_C001")
        assert len(opened) == 1
        write_index(tmp_path / "i", ["B001_C009"], number=2)
        answer = web.get("/find", query_string={"input": place, "reel": "B001"}).json
        assert [each["name"] for each in answer["clips"]] == ["B001_C009"]


def test_the_route_stays_inside_the_roots(web: FlaskClient, tmp_path: Path) -> None:
    """Neither the question nor the log of an index leads out; questions twice are none."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    place = write_index(outside, ["A001_C001"])
    assert web.get(f"/find?input={place}").status_code == 403
    inside = write_index(tmp_path / "i", ["A001_C001"])
    log = tmp_path / "i" / ".rushes" / "footage" / "000001.json"
    log.write_text(log.read_text().replace('"footage-', f'"../../{outside.name}/footage-'))
    assert web.get(f"/find?input={inside}").status_code == 422
    assert web.get(f"/find?input={inside}&reel=A&reel=B").status_code == 400
    assert web.get(f"/find?input={inside}&rel=A").status_code == 400
    assert web.get("/find").status_code == 400


def test_an_index_too_large_for_the_pod_is_refused(
    make_service: MakeService, tmp_path: Path
) -> None:
    """A quarter of the memory that a function has, so that no question ends its worker."""
    web = create_app(make_service(RUSHES_LIMITS_MEMORY=str(1 << 20))).test_client()
    place = write_index(tmp_path / "i", [f"A001_C{number}" for number in range(1500)])
    answer = web.get(f"/find?input={place}")
    assert (answer.status_code, answer.json["code"]) == (413, "limit_exceeded")
