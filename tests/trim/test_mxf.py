"""MXF: edit units by the index, timecode moved, pattern and descriptors kept."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rushes
from functions.contract.errors import DamagedSource
from functions.contract.frames import FrameRange
from functions.contract.receipt import Receipt
from functions.contract.segments import samples_before
from functions.contract.timecode import Timecode
from functions.media.containers.klv import read_mxf
from functions.media.remux.mxf import Span, described, patched
from functions.media.remux.mxf_file import choose, open_mxf, write_mxf
from tests.media.movies import stored
from tests.media.other_reader import probe, timecode
from tests.media.remux_movies import essence, numbers, samples, write_numbered

NTSC = Fraction(30000, 1001)


def trimmed(source: Path, to: Path, **fields: Any) -> tuple[Path, Receipt]:
    receipt = rushes.trim(input=f"file://{source}", output=f"file://{to}/", **fields)
    return Path(receipt.outputs[0].uri.removeprefix("file://")), receipt


@pytest.mark.parametrize("rate", [Fraction(25), NTSC], ids=["25", "29.97df"])
@pytest.mark.parametrize("kind", ["prores", "dnxhr"])
def test_intra_mxf_is_cut_at_the_frame(tmp_path: Path, kind: str, rate: Fraction) -> None:
    """Frames, their sound, the start timecode and every descriptor are right in MXF too."""
    start = Timecode.parse("00:59:58:20" if rate == 25 else "00:59:58;20", rate)
    source = write_numbered(
        tmp_path / "A.mxf", FrameRange(0, 60), kind, rate=rate, start=start, container="mxf"
    )
    path, receipt = trimmed(source, tmp_path / "out", frames="40-49")
    assert path.suffix == ".mxf"
    assert numbers(path) == list(range(40, 50))
    assert essence(path) == essence(source)[40:50]
    first, last = (samples_before(n, rate, 48000) for n in (40, 50))
    assert np.array_equal(samples(path), samples(source)[first:last])
    found = probe(path)
    assert timecode(found) == str(start + 40)
    assert found["said"] == ""
    assert receipt.report is not None and receipt.report["pattern"] == "OP1a"
    mxfs = []
    for file in (path, source):
        with file.open("rb") as opened:
            mxfs.append(read_mxf(opened, file.stat().st_size))
    assert described(mxfs[0]) == described(mxfs[1])
    tags = [probe(file)["format"]["tags"] for file in (path, source)]
    assert tags[0]["material_package_umid"] != tags[1]["material_package_umid"]


def test_mxf_bytes_are_repeatable(tmp_path: Path) -> None:
    """Two cuts of one range are one file; another range has another identity."""
    source = write_numbered(tmp_path / "A.mxf", FrameRange(0, 20), container="mxf")
    one, _ = trimmed(source, tmp_path / "a", frames="5-9")
    two, _ = trimmed(source, tmp_path / "b", frames="5-9")
    assert one.read_bytes() == two.read_bytes()
    three, _ = trimmed(source, tmp_path / "c", frames="6-10")
    umids = {probe(p)["format"]["tags"]["material_package_umid"] for p in (one, two, three)}
    assert len(umids) == 2


def test_a_cut_of_a_cut_is_the_cut(tmp_path: Path) -> None:
    """Our own MXF is read again: frames 3 to 5 of frames 10 to 19 are 13 to 15."""
    source = write_numbered(
        tmp_path / "A.mxf", FrameRange(0, 30), container="mxf",
        start=Timecode.parse("01:00:00:00", Fraction(24)),
    )  # fmt: skip
    middle, _ = trimmed(source, tmp_path / "a", frames="10-19")
    path, _ = trimmed(middle, tmp_path / "b", frames="3-5")
    assert numbers(path) == [13, 14, 15]
    assert timecode(probe(path)) == "01:00:00:13"


def test_only_the_range_of_an_mxf_is_read(tmp_path: Path) -> None:
    """Metadata, index and the edit units of the range: nothing of the essence between."""
    source = write_numbered(tmp_path / "A.mxf", FrameRange(0, 96), container="mxf", size=(576, 256))
    content = source.read_bytes()
    stat, store = stored("A.mxf", content)
    movie = open_mxf(stat, store, "prores")
    headers = store.bytes_read
    span, units, _ = choose(movie, FrameRange(60, 64), snap=False)
    write_mxf(tmp_path / "cut.mxf", [units], span, "x", lambda: None)
    wanted = sum(len(p) for p in essence(source)[60:64])
    assert store.bytes_read - headers < wanted * 1.5 + 40_000
    assert len(content) > 5 * (store.bytes_read - headers)


def test_an_unfinished_mxf_is_read_by_its_triplets(tmp_path: Path) -> None:
    """A file without footer, index and random index pack is still cut at the frame."""
    source = write_numbered(tmp_path / "A.mxf", FrameRange(0, 20), container="mxf")
    with source.open("rb") as opened:
        mxf = read_mxf(opened, source.stat().st_size)
    footer = next(p.at for p in mxf.partitions if p.kind == 4)
    (tmp_path / "B.mxf").write_bytes(source.read_bytes()[:footer])
    path, _ = trimmed(tmp_path / "B.mxf", tmp_path / "out", frames="5-9")
    assert essence(path) == essence(source)[5:10]
    assert numbers(path) == [5, 6, 7, 8, 9]


def test_damage_in_mxf_names_its_frame(tmp_path: Path) -> None:
    """A blank picture and a cut file end with the frame that is hurt."""
    source = write_numbered(tmp_path / "A.mxf", FrameRange(0, 20), container="mxf")
    content = bytearray(source.read_bytes())
    picture = essence(source)[7]
    at = bytes(content).index(picture)
    content[at : at + len(picture)] = bytes(len(picture))
    (tmp_path / "zero.mxf").write_bytes(content)
    with pytest.raises(DamagedSource, match="zero all over") as error:
        trimmed(tmp_path / "zero.mxf", tmp_path / "out", frames="5-9")
    assert error.value.facts["frame"] == 7
    path, _ = trimmed(tmp_path / "zero.mxf", tmp_path / "good", frames="8-9")
    assert numbers(path) == [8, 9]


@pytest.mark.parametrize("length", [1, 0x7FFF])
def test_fields_without_room_are_damage(tmp_path: Path, length: int) -> None:
    """A length that its field cannot hold, or that lies past the metadata, moves nothing."""
    source = write_numbered(tmp_path / "A.mxf", FrameRange(0, 12), "prores", container="mxf")
    opened = open_mxf(*stored("A.mxf", source.read_bytes()), "prores")
    metadata = bytearray(opened.mxf.metadata)
    at = metadata.rindex(b"\x02\x02\0\x08")  # the Duration of a component
    metadata[at + 2 : at + 4] = length.to_bytes(2, "big")
    with pytest.raises(DamagedSource, match="0202"):
        patched(bytes(metadata), opened.mxf.rate, Span(0, 0, 200, 200), b"")
