"""What people read on the terminal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from functions.contract.receipt import STAGES, Frames, Output, Receipt
from functions.serve import printing


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


def test_many_outputs_are_told_by_first_and_last() -> None:
    """A sequence is two names and a count with its size; s3 places keep their scheme."""
    outputs = tuple(
        Output(uri=f"s3://b/a.{n:04d}.exr", bytes=1_000_000, xxh64="", frame=n) for n in range(24)
    )
    lines = printing.summary(receipt(outputs=outputs, frames=Frames(0, 23, 24))).splitlines()
    assert lines == [
        "debayer: done, 24 frames (0-23), 1.23 s",
        "  s3://b/a.0000.exr",
        "  ...",
        "  s3://b/a.0023.exr",
        "  24 files, 24.0 MB",
    ]


def test_a_reused_unit_took_no_time() -> None:
    """The seconds of a reused receipt are another run's and are not told."""
    assert printing.summary(receipt(status="reused", frames=Frames(7, 7, 1))) == (
        "debayer: reused, 1 frame (7)"
    )


def test_findings_are_lines() -> None:
    """What inspect found is told, however a finding is worded."""
    report = {"findings": [{"severity": "warning", "code": "short", "detail": "2 frames"}, "odd"]}
    assert "  warning: short: 2 frames" in printing.summary(receipt(report=report)).splitlines()


@pytest.mark.parametrize(
    ("operation", "report", "failed"),
    [
        ("dispatch", {"failed": 1, "missing": 0}, True),
        ("dispatch", {"failed": 0, "missing": 2}, True),
        ("dispatch", {"failed": 0, "missing": 0}, False),
        ("dispatch", None, False),
        ("inspect", {"failed": 1}, False),
    ],
)
def test_only_a_job_has_failed_units(
    operation: str, report: dict[str, Any] | None, failed: bool
) -> None:
    """Failed or missing units make the command line exit with 3."""
    assert printing.failed_units(receipt(operation=operation, report=report)) is failed


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
