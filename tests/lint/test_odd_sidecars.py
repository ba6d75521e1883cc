"""Sidecars that are too large, too deep or too many are findings: lint always answers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from functions.contract.timecode import Timecode
from tests.lint.deliveries import BASE, FIRST, lint, seal, write_frame

TWO = '<c><ColorCorrection id="a"/><ColorCorrection id="b"/></c>'


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """A frame in its plate's folder."""
    folder = tmp_path / BASE
    folder.mkdir()
    write_frame(folder, FIRST)
    return folder


@pytest.mark.parametrize(
    ("suffix", "content", "code"),
    [
        ("cc", TWO, "cdl"),
        ("fdl", " " * (9 << 20), "fdl"),
        ("amf", f"<a>{' ' * (5 << 20)}</a>", "amf-unreadable"),
        ("event.json", "[" * 100_000, "event"),
        ("event.json", "\udcff", "event"),
    ],
)
def test_a_sidecar_that_does_not_read_is_a_finding(
    plate: Path, suffix: str, content: str, code: str
) -> None:
    """One bad file stops the check of no other."""
    data = content.encode("utf-8", "surrogateescape")
    (plate / f"{BASE}.{suffix}").write_bytes(data)
    found = lint(plate)["findings"]
    (told,) = [each for each in found if each["severity"] == "error" and each["code"] == code]
    assert told["path"] == f"{BASE}.{suffix}"
    assert any(each["code"] == "no-mhl" for each in found)


def test_a_size_is_compared_without_hashes_too(plate: Path) -> None:
    """A copy that was cut short is found without reading a byte of it."""
    notes = plate / "notes.txt"
    notes.write_text("whole")
    seal(plate.parent)
    for content, told in (("who", True), ("whole", False), ("WHOLE", False)):
        notes.write_text(content)
        found = lint(plate, checksum=False)["findings"]
        assert told is ("mhl-mismatch" in {each["code"] for each in found})


def test_timecode_goes_on_over_midnight(plate: Path) -> None:
    """Drop frame too, whose day is 2592 frames shorter than its labels (ST 12-1)."""
    rate = Fraction(30000, 1001)
    last = Timecode.parse("23:59:59;29", rate)
    for number, code in ((FIRST, last), (FIRST + 1, Timecode.parse("00:00:00;00", rate))):
        write_frame(plate, number, time_code=code)
    assert not [each for each in lint(plate)["findings"] if "timecode" in each["code"]]
    write_frame(plate, FIRST + 2, time_code=last)
    codes = {each["code"] for each in lint(plate)["findings"]}
    assert {"timecode-jumps", "timecode-repeats"} <= codes
