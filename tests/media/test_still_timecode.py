"""Timecode of EXR and DPX files: pairs at high rates, and sequences that do not count on."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import rushes
from functions.contract.operation import Limits
from functions.contract.timecode import Timecode
from functions.media import open_clip
from functions.media.stills.oiio_files import packed_timecode
from functions.media.write.exr import encode_exr
from functions.media.write.exr_header import ExrHeader, time_and_flags
from functions.storage.file import FileStore
from tests.media.exr_readers import by_openexr

PLANES = np.zeros((3, 8, 16), np.float16)


def sequence(folder: Path, labels: list[str], rate: Fraction) -> Path:
    """EXR files from 1001 on with these labels."""
    folder.mkdir()
    for place, label in enumerate(labels):
        header = msgspec.structs.replace(
            ExrHeader(), time_code=Timecode.parse(label, rate), frames_per_second=rate
        )
        (folder / f"A.{1001 + place}.exr").write_bytes(encode_exr(PLANES, header))
    return folder


@pytest.mark.parametrize(
    ("words", "rate", "label"),
    [
        (0x01000012, Fraction(25), "01:00:00:12"),
        (0x01000012, Fraction(30), "01:00:00:12"),
        (0x01000012, Fraction(50), "01:00:00:24"),
        (0x01008012, Fraction(50), "01:00:00:25"),
        (0x01000012, Fraction(48), "01:00:00:24"),
        (0x09088769, Fraction(60000, 1001), "09:08:07;59"),
        (0x01000030, Fraction(50), "01:00:00:30"),
    ],
)
def test_words_of_st_12(words: int, rate: Fraction, label: str) -> None:
    """From 40 labels a second on the digits count pairs and bit 15 is the second frame of one
    (ST 12-1, 12.1); digits that no pair has are the label."""
    found = packed_timecode((words - (1 << 32) if words >> 31 else words, 0), rate)
    assert str(found) == label


@pytest.mark.parametrize("rate", [Fraction(50), Fraction(60000, 1001), Fraction(48), Fraction(24)])
def test_what_is_written_is_what_is_read(rate: Fraction) -> None:
    """Every frame of two seconds, as our own files pack it."""
    for frame in range(86400 * 2, 86400 * 2 + 2 * round(rate)):
        label = Timecode(frame, rate)
        assert packed_timecode((time_and_flags(label), 0), rate) == label


def test_every_frame_keeps_its_own_label(tmp_path: Path) -> None:
    """A sequence cut together of two takes is no single run."""
    labels = ["01:00:00:00", "01:00:00:01", "01:00:05:00", "01:00:05:01"]
    folder = sequence(tmp_path / "in", labels, Fraction(24))
    made = rushes.deliver(
        input=f"{folder}/", output=f"{tmp_path}/out/", profile="aces-exr", source="ACES2065-1"
    )
    codes = [
        by_openexr(Path(one.uri[7:]).read_bytes())[0]["timeCode"]
        for one in made.outputs
        if one.uri.endswith(".exr")
    ]
    assert [(code.seconds, code.frame) for code in codes] == [(0, 0), (0, 1), (5, 0), (5, 1)]


@pytest.mark.parametrize("count", [2, 3, 9])
def test_no_frame_behind_a_jump_is_pulled_by_timecode(tmp_path: Path, count: int) -> None:
    """Counted on from the first file, the third of the second run would be another frame."""
    runs = [f"01:00:00:{n:02d}" for n in range(count)] + [f"02:00:00:{n:02d}" for n in range(5)]
    folder = sequence(tmp_path / "A", runs, Fraction(24))
    clip: Any = open_clip(f"file://{folder}/", FileStore([tmp_path]), Limits())
    assert clip.steady() == count
    cut = tmp_path / "cut.edl"
    cut.write_text(
        "TITLE: C\n001  A V C 01:00:00:00 01:00:00:02 01:00:00:00 01:00:00:02\n"
        f"002  A V C 01:00:00:{count:02d} 01:00:00:{count + 2:02d} 01:00:00:02 01:00:00:04\n"
    )
    made: Any = rushes.pull(
        input=str(cut), media=[str(folder)], output=f"{tmp_path}/out/", handles=0
    )
    assert [one["frames"] for one in made.report["pulled"]] == ["1001-1002"]
    (missed,) = made.report["not_pulled"]
    assert "where its timecode jumps" in missed["why"]


def test_a_run_without_a_jump_is_steady(tmp_path: Path) -> None:
    """Holes in the numbers are no jump, where the labels have them too."""
    folder = sequence(tmp_path / "A", [f"01:00:00:{n:02d}" for n in range(6)], Fraction(50))
    (folder / "A.1003.exr").unlink()
    clip: Any = open_clip(f"file://{folder}/", FileStore([tmp_path]), Limits())
    assert clip.steady() is None


def test_dpx_of_high_rates_leaves_the_frame_of_a_pair_open(tmp_path: Path) -> None:
    """Two files have one label there: the first one counts on, and that is no jump."""
    folder = sequence(tmp_path / "in", [f"01:00:00:{n:02d}" for n in range(4)], Fraction(50))
    out = tmp_path / "out"
    rushes.deliver(input=f"{folder}/", output=f"{out}/", profile="rec709-dpx", source="ACES2065-1")
    clip: Any = open_clip(f"file://{out}/", FileStore([tmp_path]), Limits())
    assert (str(clip.facts.start), clip.steady()) == ("01:00:00:00", None)
    found = [str(each.timecode) for each in clip.pictures(clip.numbers())]
    assert found == [f"01:00:00:{n:02d}" for n in range(4)]
