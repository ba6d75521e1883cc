"""`rushes pull`: a list and a folder of media in, a job out that dispatch accepts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.media.open.walk import clips_below
from functions.storage.file import FileStore
from tests.media.takes import frame_file

EDL = """TITLE: Show
FCM: NON-DROP FRAME
001  A001 V     C        01:00:00:02 01:00:00:06 01:00:00:00 01:00:00:04
* LOC: 01:00:00:01 RED ABC_010
002  B777 V     C        01:00:00:02 01:00:00:06 01:00:00:04 01:00:00:08
"""


@pytest.fixture
def turnover(tmp_path: Path) -> Path:
    """A list of two events, and a take of frames 0 to 9 for the first."""
    (tmp_path / "cut.edl").write_text(EDL)
    folder = tmp_path / "media" / "A001"
    folder.mkdir(parents=True)
    for number in range(10):
        (folder / f"A001.{number:06d}.dng").write_bytes(frame_file(number))
    (tmp_path / "media" / "R3D").mkdir()
    (tmp_path / "media" / "R3D" / "B002.R3D").write_bytes(b"\0\0\0\x40RED2" + bytes(56))
    return tmp_path


def pull(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", "pull", "cut.edl", "--media", "media",
         "--output", "plates", *options],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_job_has_the_matched_events_and_the_rest_is_told(turnover: Path) -> None:
    """Matched events are clips of the job; the others, and unreadable media, are sentences."""
    done = pull(turnover, "--operation", "debayer", "--defaults", '{"method": "draft"}')
    assert done.returncode == 0, done.stderr
    job: dict[str, Any] = json.loads((turnover / "cut.job.json").read_bytes())
    root = f"file://{turnover}"
    assert job == {
        "output": f"{root}/plates/",
        "defaults": {"operation": "debayer", "method": "draft"},
        "clips": [
            {
                "input": f"{root}/media/A001/",
                "frames": "2-5",
                "output": f"{root}/plates/ABC_010_PL01/",
            },
        ],
    }
    assert "not pulled: event 002 (B777): reel B777 is not in the media" in done.stderr
    assert "not indexed:" in done.stderr
    assert "B002.R3D" in done.stderr
    assert "assumed rate: 24" in done.stderr
    explained = subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", "explain", "dispatch", "cut.job.json"],
        cwd=turnover, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert explained.returncode == 0, explained.stderr


def test_strict_ends_with_13(turnover: Path) -> None:
    """With --strict an event without a clip is an error, after the job was written."""
    assert pull(turnover, "--operation", "debayer", "--strict").returncode == 13
    assert (turnover / "cut.job.json").exists()


def test_the_job_goes_to_standard_output(turnover: Path) -> None:
    """`--job -` prints the job alone, for a pipe."""
    done = pull(turnover, "--operation", "debayer", "--job", "-")
    assert len(json.loads(done.stdout)["clips"]) == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--operation", "nothing"), 10),
        (("--rate", "fast"), 10),
        (("--defaults", "[1]"), 10),
        (("--media", "nowhere"), 13),
        (("--handles", "-1"), 2),
        (("--job", "nowhere/cut.job.json"), 2),
    ],
)
def test_wrong_input_ends_with_the_contracts_codes(
    turnover: Path, options: tuple[str, ...], code: int
) -> None:
    """Fields, places and usage have the exits of every other command."""
    done = pull(turnover, "--operation", "debayer", *options)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_clips_below_a_folder(tmp_path: Path) -> None:
    """Movies one by one, a lone sequence as its folder, several as patterns, no sidecars."""
    for name in (
        "day1/A001_C001.mov", "day1/A001_C002.mov", "day1/A001.ale", "day1/ascmhl/0001.mhl",
        "day2/A002/A002.0001.dng", "day2/A002/A002.0002.dng", "day2/A002/A002.xml",
        "day3/x.001.exr", "day3/x.002.exr", "day3/y.001.exr", "day3/y.002.exr",
        "day3/readme.txt", ".trash/z.mov",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    root = f"file://{tmp_path}/"
    found = [uri.removeprefix(root) for uri in clips_below(root, FileStore([Path("/")]))]
    assert found == [
        "day1/A001_C001.mov",
        "day1/A001_C002.mov",
        "day2/A002/",
        "day3/x.%03d.exr",
        "day3/y.%03d.exr",
    ]


def test_a_turnover_becomes_plates(turnover: Path) -> None:
    """Pull and dispatch: the event's plate stands, sealed, and a second pull is version 2."""
    done = pull(turnover, "--handles", "2", "--defaults", '{"proxy": false, "start": 1001}')
    assert done.returncode == 0, done.stderr
    dispatch = [sys.executable, "-m", "functions.serve.cli.main", "dispatch", "cut.job.json"]
    ran = subprocess.run(dispatch, cwd=turnover, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    package = turnover / "plates" / "ABC_010_PL01_v001"
    frames = sorted(p.name for p in package.rglob("*.exr"))
    assert frames == [f"ABC_010_PL01_v001.{n:04d}.exr" for n in range(999, 1007)]
    assert (package / "ascmhl" / "ascmhl_chain.xml").exists()
    event = json.loads((package / "ABC_010_PL01_v001.event.json").read_bytes())
    assert (event["number"], event["source"]) == ("001", "01:00:00:02")
    assert pull(turnover).returncode == 0
    job = json.loads((turnover / "cut.job.json").read_bytes())
    assert job["clips"][0]["output"] == f"file://{turnover}/plates/ABC_010_PL01_v002/"
