"""inspect on self-made clips: report, findings, sheet and checksums."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from fractions import Fraction

import pytest
import xxhash

from functions.contract.errors import DeadlineExceeded, InvalidRequest, SourceNotFound
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.request import decode
from functions.inspect.movies import movie_report
from functions.inspect.request import InspectRequest
from functions.inspect.sheets import movie_sheet
from functions.inspect.unit import InspectUnit
from functions.media.movie.clip import MovieClip, open_movie
from tests.inspect.unit import Unit, codes, inspected
from tests.media.dngs import noisy, write_dng
from tests.media.memory_store import ROOT, MemoryStore
from tests.media.movies import bayer_movie, mlv, movie, packed_words, plate, stored
from tests.media.takes import frame_file, sequence

OUT = ROOT + "out/"


def test_report_of_a_movie() -> None:
    """Container, codec, counted and claimed frames, rate, timecode and duration."""
    content = movie(10, rate=Fraction(24000, 1001), timecode="01:00:00:00")
    report, _ = inspected(MemoryStore({"A001.mov": content}), ROOT + "A001.mov")
    assert report["container"] == "mov" and report["picture"]["codec"] == "mpeg4"
    assert report["frames"] == {
        "first": 0,
        "last": 9,
        "counted": 10,
        "method": "decode",
        "claimed": 10,
    }
    assert report["rate"]["nominal"] == "24000/1001"
    assert (report["start"], report["last"]) == ("01:00:00:00", "01:00:00:09")
    assert report["seconds"] == pytest.approx(10 * 1001 / 24000)
    assert not report.get("findings")


def test_checksums_are_of_the_whole_content() -> None:
    """xxh64 of each file, and none where it is not asked."""
    content = movie(2)
    store = MemoryStore({"A001.mov": content})
    report, _ = inspected(store, ROOT + "A001.mov")
    assert report["files"][0]["xxh64"] == xxhash.xxh64_hexdigest(content)
    report, _ = inspected(store, ROOT + "A001.mov", checksum=False)
    assert "xxh64" not in report["files"][0]


def test_without_output_nothing_is_written() -> None:
    """The report comes back, and nothing is committed."""
    _, committed = inspected(MemoryStore({"A001.mov": movie(2)}), ROOT + "A001.mov")
    assert committed == {}


def test_outputs_carry_the_clips_name_and_no_clock() -> None:
    """Report and sheet are named after the clip, and the same bytes each time."""
    store = MemoryStore({"A 001.mov": movie(5)})
    report, first = inspected(store, ROOT + "A 001.mov", output=OUT)
    _, second = inspected(store, ROOT + "A 001.mov", output=OUT)
    assert set(first) == {"A_001.contact.png", "A_001.inspect.json"}
    assert first == second
    assert json.loads(first["A_001.inspect.json"]) == report
    _, bare = inspected(store, ROOT + "A 001.mov", output=OUT, contact=False)
    assert set(bare) == {"A_001.inspect.json"}


def test_variable_rate_is_flagged() -> None:
    """Pictures at uneven times are a finding, with the shortest and longest step."""
    content = movie(4, container="matroska", times=[0, 1, 2, 6])
    report, _ = inspected(MemoryStore({"A001.mkv": content}), ROOT + "A001.mkv")
    assert report["rate"]["variable"] is True
    assert report["rate"]["longest"] == pytest.approx(4 / 24, abs=2e-3)
    assert "vfr" in codes(report)


def test_a_movie_that_is_camera_raw() -> None:
    """A CFA in a movie is reported with its layout and shown developed."""
    stat, store = stored("A.nut", bayer_movie(3))
    clip, unit = open_movie(stat, store), Unit(store)
    assert isinstance(clip, MovieClip)
    report, count = movie_report(clip, unit)
    assert report.picture is not None and report.picture.layout == "cfa" and count.frames == 3
    sheet = movie_sheet(clip, count, FrameRange(0, 3), None, unit)
    assert sheet is not None and sheet.startswith(b"\x89PNG")


def test_counts_that_differ_are_an_error() -> None:
    """A header that claims more than there is, of our own reader."""
    content = mlv([(0, packed_words(plate(0), 14))], claimed=192)
    report, committed = inspected(MemoryStore({"A.MLV": content}), ROOT + "A.MLV", output=OUT)
    (finding,) = report["findings"]
    assert (finding["code"], finding["severity"]) == ("frame-count-mismatch", "error")
    assert "claims 192 frames, 1 is there" in finding["detail"]
    assert report["frames"]["counted"] == 1 and "A.contact.png" in committed


def test_holes_of_a_sequence() -> None:
    """Missing numbers are one finding, files are counted, the span is first to last."""
    numbers = (1001, 1002, 1005, 1006, 1009)
    report, committed = inspected(sequence(numbers), ROOT + "A001/A001.%06d.dng", output=OUT)
    assert report["frames"] == {"first": 1001, "last": 1009, "counted": 5, "method": "files"}
    finding = next(f for f in report["findings"] if f["code"] == "missing-frames")
    assert finding["detail"] == "4 frames are missing: 1003-1004, 1007-1008"
    assert finding["frame"] == 1003
    assert [f["code"] for f in report["findings"]].count("missing-frames") == 1
    assert len(report["files"]) == 5 and "A001.contact.png" in committed


def test_frames_of_another_size_are_one_finding() -> None:
    """Files that are not as large as the first are told with their numbers."""
    store = sequence(range(1, 5))
    for number in (3, 4):
        large = write_dng(noisy((32, 40), 12, seed=number), 12)
        store.files[f"{ROOT}A001/A001.{number:06d}.dng"] = large
    report, _ = inspected(store, ROOT + "A001/", output=OUT)
    (finding,) = [f for f in report["findings"] if f["code"] == "mixed-sizes"]
    assert finding["detail"] == "2 frames are 40x32 and the first is 24x16: 3, 4"
    assert finding["severity"] == "error"


def test_an_empty_file_in_a_sequence() -> None:
    """A file of no bytes is told with its number, and counts for nothing."""
    store = sequence(range(1, 6))
    store.files[ROOT + "A001/A001.000003.dng"] = b""
    report, _ = inspected(store, ROOT + "A001/A001.%06d.dng")
    assert report["frames"]["counted"] == 4
    assert {(f["code"], f["frame"]) for f in report["findings"]} == {("empty-file", 3)}


def test_a_timecode_break_in_a_sequence() -> None:
    """Where labels and numbers part, the frame is named."""
    store = sequence(range(1, 7))
    store.files[ROOT + "A001/A001.000004.dng"] = frame_file(9)
    report, _ = inspected(store, ROOT + "A001/A001.%06d.dng")
    broken = [f["frame"] for f in report["findings"] if f["code"] == "timecode-break"]
    assert broken == [4, 5]


def test_a_picture_cut_short_is_found_without_a_sheet() -> None:
    """A file that only promises its picture is told from one that holds it."""
    content = frame_file(1)
    store = MemoryStore({"A.dng": content[: len(content) - 300]})
    report, _ = inspected(store, ROOT + "A.dng", contact=False)
    assert codes(report) & {"truncated", "damaged-frame"}


def test_frames_choose_what_the_sheet_shows() -> None:
    """A range changes the sheet and not the count; one outside the clip is refused."""
    store = MemoryStore({"A001.mov": movie(20)})
    report, part = inspected(store, ROOT + "A001.mov", output=OUT, frames="3-5")
    _, whole = inspected(store, ROOT + "A001.mov", output=OUT)
    assert report["frames"]["counted"] == 20
    assert len(part["A001.contact.png"]) < len(whole["A001.contact.png"])
    with pytest.raises(InvalidRequest, match="0-19"):
        inspected(store, ROOT + "A001.mov", output=OUT, frames="3-99")


def test_explain_reads_no_picture() -> None:
    """Headers and names of outputs, and nothing committed."""
    store = MemoryStore({"A001.mov": movie(5)})
    unit = Unit(store)
    plan = InspectUnit(
        decode(InspectRequest, {"input": ROOT + "A001.mov", "output": OUT}), unit
    ).explain()
    assert plan["outputs"] == ["A001.contact.png", "A001.inspect.json"]
    assert (plan["clip"]["frames_claimed"], plan["files"]) == (5, 1)
    assert unit.committed == {}


def test_a_unit_that_must_stop_stops() -> None:
    """`check` is asked while a movie is read: a deadline ends the unit."""

    def late() -> None:
        raise DeadlineExceeded("late")

    unit = Unit(MemoryStore({"A001.mov": movie(5)}), late)
    request = decode(InspectRequest, {"input": ROOT + "A001.mov"})
    with closing(InspectUnit(request, unit)) as opened, pytest.raises(DeadlineExceeded):
        opened.run()


def test_a_clip_that_is_not_there() -> None:
    """SourceNotFound comes through."""
    with pytest.raises(SourceNotFound):
        inspected(MemoryStore({}), ROOT + "A001.mov")


def test_identity_is_all_files() -> None:
    """The unit's sources are every file of the clip, whatever part the sheet shows."""
    request = decode(InspectRequest, {"input": ROOT + "A001/A001.%06d.dng", "frames": "1-2"})
    assert len(InspectUnit(request, Unit(sequence(range(1, 6)))).sources()) == 5
    assert Limits().frames > 0


def test_the_compiler_is_not_imported() -> None:
    """A report of a movie imports neither numba nor the kernels' compiler."""
    code = (
        "import sys\n"
        "from tests.inspect.unit import inspected\n"
        "from tests.media.memory_store import ROOT, MemoryStore\n"
        "from tests.media.movies import movie\n"
        "inspected(MemoryStore({'A.mov': movie(3)}), ROOT + 'A.mov', output=ROOT + 'o/')\n"
        "print('numba' in sys.modules or 'llvmlite' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
