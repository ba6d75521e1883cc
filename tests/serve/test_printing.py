"""What people read on the terminal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from functions.contract.receipt import STAGES, Frames, Output, Receipt
from functions.serve.cli import printing
from functions.serve.run.catalog import Catalog


def receipt(**changes: Any) -> Receipt:
    """A finished unit."""
    plain = Receipt(
        rushes="0.1.0",
        operation="debayer",
        unit="ab" * 16,
        status="done",
        request={},
        assumed={},
        inputs=(),
        outputs=(),
        frames=None,
        seconds={**dict.fromkeys(STAGES, 0.0), "total": 1.234},
        machine={},
    )
    return msgspec.structs.replace(plain, **changes)


def summary(told: Receipt) -> str:
    """What the command line prints of it."""
    return printing.summary(told, Catalog().load(told.operation))


def test_many_outputs_are_told_by_first_and_last() -> None:
    """A sequence is two names and a count with its size; s3 places keep their scheme."""
    outputs = tuple(
        Output(uri=f"s3://b/a.{n:04d}.exr", bytes=1_000_000, xxh64="", frame=n) for n in range(24)
    )
    lines = summary(receipt(outputs=outputs, frames=Frames(0, 23, 24))).splitlines()
    assert lines == [
        "debayer: done, 24 frames (0-23), 1.23 s",
        "  s3://b/a.0000.exr",
        "  ...",
        "  s3://b/a.0023.exr",
        "  24 files, 24.0 MB",
    ]


def test_a_reused_unit_took_no_time() -> None:
    """The seconds of a reused receipt are another run's and are not told."""
    assert summary(receipt(status="reused", frames=Frames(7, 7, 1))) == (
        "debayer: reused, 1 frame (7)"
    )


def test_findings_are_lines() -> None:
    """What inspect found is told, however a finding is worded."""
    report = {"findings": [{"severity": "warning", "code": "short", "detail": "2 frames"}, "odd"]}
    assert "  warning: short: 2 frames" in summary(receipt(report=report)).splitlines()


@pytest.mark.parametrize(
    ("operation", "report", "failed"),
    [
        ("dispatch", {"failed": 1, "missing": 0}, True),
        ("dispatch", {"failed": 0, "missing": 2}, True),
        ("dispatch", {"failed": 0, "missing": 0}, False),
        ("dispatch", None, False),
        ("report", {"failed": 1}, True),
        ("report", {"failed": 0, "missing": 2}, False),
        ("inspect", {"failed": 1}, False),
    ],
)
def test_only_a_job_has_failed_units(
    operation: str, report: dict[str, Any] | None, failed: bool
) -> None:
    """Failed or missing units make the command line exit with 3."""
    told = receipt(operation=operation, report=report)
    assert printing.failed_units(told, Catalog().load(operation)) is failed


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_400_000_000, "12.4 GB")]
)
def test_sizes_are_in_powers_of_ten(count: int, text: str) -> None:
    """Bytes are told as storage is sold."""
    assert printing.size(count) == text


def test_a_drawing_keeps_its_shape_and_a_rectangle_its_line() -> None:
    """Text of more lines is an indented block, a few numbers stand on one line."""
    told = printing.plan({"framing": {"crop": [0, 30.0, 320, 180.5], "drawing": "+-+\n| |\n+-+\n"}})
    assert told.splitlines() == [
        "framing:",
        "  crop: 0, 30, 320, 180.5",
        "  drawing:",
        "    +-+",
        "    | |",
        "    +-+",
    ]


def finding(code: str, detail: str, **where: Any) -> dict[str, Any]:
    """One of lint's or inspect's."""
    return {"severity": "error", "code": code, "detail": detail, **where}


def test_what_many_frames_have_alike_is_one_line() -> None:
    """Frames are spans; sentences that name their own frame are alike, and the first is told."""
    alike = [finding("chroma", "no AP0", path=f"a.{n}.exr", frame=n) for n in range(1001, 1043)]
    named = [finding("torn", f"frame {n} (a.{n:07d}.exr): torn", frame=n) for n in (7, 8, 12)]
    assert list(printing.findings(alike + named)) == [
        "error: chroma: 42 frames: 1001-1042  no AP0",
        "error: torn: 3 frames: 7-8, 12  as frame 7 (a.0000007.exr): torn",
    ]


def test_what_many_files_have_alike_is_one_line() -> None:
    """Files without a number are named, of many the first; other sentences keep their own line."""
    files = [finding("unlisted", "in no manifest", path=f"{n}.cdl") for n in "abcde"]
    alone = [finding("unlisted", "in two manifests", path="f.cdl"), finding("seal", "none")]
    assert list(printing.findings(files + alone)) == [
        "error: unlisted: 5 files: a.cdl, b.cdl, c.cdl and 2 more  in no manifest",
        "error: unlisted: f.cdl  in two manifests",
        "error: seal: none",
    ]


def test_what_inspect_found_is_told_first() -> None:
    """Picture, rate, timecode and reel are a line; tags, camera and each sound have their own."""
    report = {
        "container": "mov",
        "picture": {"codec": "prores", "profile": "HQ", "width": 1920, "height": 1080,
                    "pixel_format": "yuv422p10le", "pixel_aspect": "2", "interlaced": True,
                    "field_order": "tt"},
        "rate": {"nominal": "24000/1001"},
        "start": "01:00:00:00",
        "last": "01:00:09:23",
        "reel": "A001",
        "colour": {"primaries": "bt709", "transfer": "bt709"},
        "camera": {"make": "Sony", "model": "FX3", "iso": 800},
        "audio": [{"codec": "pcm_s24le", "rate": 48000, "channels": 2, "layout": "stereo"}],
    }  # fmt: skip
    told = summary(receipt(operation="inspect", report=report)).splitlines()
    assert told[1:] == [
        "  mov prores HQ, 1920 x 1080, yuv422p10le, pixel aspect 2, interlaced (tt), "
        "24000/1001 fps, 01:00:00:00 to 01:00:09:23, reel A001",
        "  colour tags bt709/bt709/unsaid/unsaid",
        "  Sony FX3, ISO 800",
        "  sound pcm_s24le, 48000 Hz, 2 channels (stereo)",
    ]
    bare = summary(receipt(operation="inspect", report={"container": "dng"}))
    assert bare.splitlines()[1:] == ["  dng"]


def test_a_job_with_failed_units_is_not_done() -> None:
    """The summary of a job begins with what became of it."""
    row = {"job": "j", "units": 2, "done": 1, "reused": 0, "failed": 1, "retries": 0, "frames": 1,
           "frames_made": 1, "seconds": {}, "wall_seconds": 1.0, "frames_per_second": 1.0,
           "clips": [], "failures": []}  # fmt: skip
    told = receipt(operation="dispatch", report=row)
    assert summary(told).startswith("dispatch: failed, 1.23 s\n")


def test_lint_s_verdict_is_told() -> None:
    """A clean delivery says that it passed; another one how many of what was found."""
    clean = {"verdict": "pass", "counts": {"error": 0, "warning": 0}, "findings": []}
    assert summary(receipt(report=clean)).splitlines()[1:] == ["  verdict: pass"]
    bad = {"verdict": "fail", "counts": {"error": 2, "info": 1}, "findings": []}
    assert "  verdict: fail (2 error, 1 info)" in summary(receipt(report=bad))


def test_a_number_within_another_is_not_the_frame() -> None:
    """Frames 1 and 2 with other sizes are two findings: only their own number is left out."""
    found = [finding("size", f"{10 + n} bytes", frame=n) for n in (1, 2)]
    assert len(list(printing.findings(found))) == 2


def test_spans_of_many_pieces_are_cut() -> None:
    """Every second frame of a long take does not fill the screen."""
    assert printing.spans(range(0, 40, 2)) == "0, 2, 4, 6, 8, 10, 12, 14, ..."


def test_a_plan_has_its_steps_in_order_and_sizes_on_one_line() -> None:
    """Colour steps are numbered with what is left marked; spans and sizes are one line each."""
    told = printing.plan(
        {
            "steps": [{"state": "now", "text": "camera"}, {"state": "left", "text": "CDL"}],
            "canvas": {"width": 1920, "height": 1080},
            "frames": {"first": 1001, "last": 1004, "count": 4},
            "inks": {"black": [0, 0, 0]},
        }
    )
    assert told.splitlines() == [
        "steps:",
        "  1. now     camera",
        "  2. left    CDL",
        "canvas: 1920 x 1080",
        "frames: 1001-1004, 4 in all",
    ]
