"""Parts become the movie that was made in one piece, or an error that names the part."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import rushes
from functions.contract.errors import InvalidRequest, SourceNotFound, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.receipt import Receipt, receipt_uri
from functions.contract.timecode import Timecode
from tests.media.edited_movies import rewritten
from tests.media.movies import movie
from tests.media.other_reader import pictures, probe, stream, timecode
from tests.media.remux_movies import (
    KINDS,
    numbers,
    packets,
    samples,
    tone,
    write_numbered,
)
from tests.media.test_movie_words import matrix
from tests.media.test_movie_words import numbers as in_headers

NTSC = Fraction(30000, 1001)
FRAMES = 84


def stitched(parts: list[Path], to: Path, **fields: Any) -> tuple[Path, Receipt]:
    receipt = rushes.stitch(
        parts=[f"file://{part}" for part in parts], output=f"file://{to}/", **fields
    )
    return Path(receipt.outputs[0].uri.removeprefix("file://")), receipt


def made(folder: Path, kind: str, rate: Fraction, each: int, **how: Any) -> tuple[Path, list[Path]]:
    """The movie in one piece, and in parts of `each` frames."""
    start = Timecode.parse("00:59:59:20" if rate == 24 else "00:59:58;20", rate)
    suffix = (how.get("container") or KINDS[kind][2]).replace("mxf", "mxf")
    how = {"rate": rate, "start": start, "sound": None if suffix == "mp4" else 48000, **how}
    one = write_numbered(folder / f"one.{suffix}", FrameRange(0, FRAMES), kind, **how)
    parts = [
        write_numbered(folder / f"A.{r.start:07d}-{r.last:07d}.{suffix}", r, kind, **how)
        for r in FrameRange(0, FRAMES).split(each)
    ]
    return one, parts


@pytest.mark.parametrize("rate", [Fraction(24), NTSC], ids=["24", "29.97df"])
@pytest.mark.parametrize("kind", ["prores", "dnxhr", "mjpeg"])
def test_seven_parts_are_the_file_of_one_piece(tmp_path: Path, kind: str, rate: Fraction) -> None:
    """For intra codecs the whole file is the same to the byte."""
    one, parts = made(tmp_path, kind, rate, 12)
    assert len(parts) == 7
    path, receipt = stitched(parts, tmp_path / "out")
    assert path.name == "A.mov"
    assert path.read_bytes() == one.read_bytes()
    assert numbers(path) == list(range(FRAMES))
    assert receipt.frames is not None and receipt.frames.count == FRAMES


@pytest.mark.parametrize("rate", [Fraction(24), NTSC], ids=["24", "29.97df"])
@pytest.mark.parametrize("kind", ["h264", "h264_mp4"])
def test_closed_groups_join(tmp_path: Path, kind: str, rate: Fraction) -> None:
    """Frame count, every pts and dts, timecode and sound are those of one piece."""
    one, parts = made(tmp_path, kind, rate, 12)
    path, _ = stitched(parts, tmp_path / "out")
    assert numbers(path) == list(range(FRAMES))
    assert [p[:2] for p in packets(path)] == [p[:2] for p in packets(one)]
    assert pictures(path) == [shot for part in parts for shot in pictures(part)]
    ours, theirs = probe(path), probe(one)
    assert timecode(ours) == timecode(theirs)
    for name in ("nb_read_frames", "duration_ts", "start_pts", "r_frame_rate", "profile"):
        assert stream(ours)[name] == stream(theirs)[name]
    assert ours["said"] == ""
    if path.suffix == ".mov":
        assert np.array_equal(samples(path), samples(one))


@pytest.mark.parametrize("rate", [Fraction(24), NTSC], ids=["24", "29.97df"])
@pytest.mark.parametrize("kind", ["prores", "dnxhr"])
def test_mxf_parts_join(tmp_path: Path, kind: str, rate: Fraction) -> None:
    """Packets, stamps, samples and timecode of the joined MXF are those of one piece."""
    one, parts = made(tmp_path, kind, rate, 15, container="mxf")
    path, _ = stitched(parts, tmp_path / "out")
    assert path.suffix == ".mxf"
    assert packets(path) == packets(one)
    assert np.array_equal(samples(path), samples(one))
    assert numbers(path) == list(range(FRAMES))
    ours, theirs = probe(path), probe(one)
    assert timecode(ours) == timecode(theirs)
    assert stream(ours, "audio")["duration_ts"] == stream(theirs, "audio")["duration_ts"]
    umid = [f["format"]["tags"]["material_package_umid"] for f in (ours, theirs)]
    assert umid[0] != umid[1]


def test_mxf_parts_that_break_the_cadence_are_refused(tmp_path: Path) -> None:
    """At 29.97 a part of 12 frames cannot hold its samples, and the rule is told."""
    _, parts = made(tmp_path, "prores", NTSC, 12, container="mxf")
    with pytest.raises(InvalidRequest, match="multiples of 5"):
        stitched(parts, tmp_path / "out")


def test_cuts_of_a_movie_join_to_the_movie(tmp_path: Path) -> None:
    """What trim took apart, stitch makes whole again to the byte, by receipts."""
    start = Timecode.parse("01:00:00:00", Fraction(24))
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 30), start=start)
    receipts = []
    for frames in ("0-9", "10-20", "21-29"):
        done = rushes.trim(input=f"file://{source}", output=f"file://{tmp_path}/p/", frames=frames)
        receipts.append(receipt_uri(f"file://{tmp_path}/p/", done.unit))
    receipt = rushes.stitch(parts=receipts, output=f"file://{tmp_path}/out/", name="whole")
    path = tmp_path / "out" / "whole.mov"
    assert path.read_bytes() == source.read_bytes()
    assert receipt.frames is not None and (receipt.frames.first, receipt.frames.last) == (0, 29)
    again = rushes.stitch(parts=receipts, output=f"file://{tmp_path}/out/", name="whole")
    assert again.status == "reused"


def test_a_part_that_is_not_made_is_named(tmp_path: Path) -> None:
    """A receipt that does not stand is a source that is not there."""
    missing = receipt_uri(f"file://{tmp_path}/p/", "0" * 32)
    with pytest.raises(SourceNotFound, match="not made yet"):
        rushes.stitch(parts=[missing], output=f"file://{tmp_path}/out/")


Change = Callable[[Path, dict[str, Any]], Path]


def other(folder: Path, how: dict[str, Any]) -> Path:
    kind = how.pop("kind", "prores")
    frames = how.pop("frames", FrameRange(12, 24))
    return write_numbered(folder / "odd.mov", frames, kind, **how)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"kind": "dnxhr"}, "pictures in 'AVd"),
        ({"size": (320, 128)}, "320x128 pixels, not 288x128"),
        ({"tags": False}, "colour tags"),
        ({"rate": Fraction(25)}, "ticks"),
        ({"frames": FrameRange(13, 25)}, "starts at 01:00:00:13; what stands before ends at"),
        ({"sound": None}, "tracks are"),
        ({"sound": 44100}, "44100"),
        ({"start": None}, "tracks are"),
    ],
    ids=["codec", "size", "colour", "rate", "timecode", "silent", "sound rate", "no timecode"],
)
def test_a_part_that_does_not_fit_is_named(tmp_path: Path, how: dict[str, Any], said: str) -> None:
    """The error names the part and what is other than in the first."""
    start = Timecode.parse("01:00:00:00", Fraction(24))
    first = write_numbered(tmp_path / "first.mov", FrameRange(0, 12), start=start)
    if "rate" in how:
        how["start"] = Timecode(start.frame, how["rate"])
    odd = other(tmp_path, {"start": start, **how})
    with pytest.raises(InvalidRequest, match=said) as error:
        stitched([first, odd], tmp_path / "out")
    assert "odd.mov" in error.value.detail
    assert error.value.facts["uri"].endswith("odd.mov")


def test_chroma_and_alpha_of_prores_must_agree(tmp_path: Path) -> None:
    """Parts whose sample descriptions agree are still compared in their frame headers."""
    first = write_numbered(tmp_path / "first.mov", FrameRange(0, 4), "prores", sound=None)
    odd = write_numbered(tmp_path / "odd.mov", FrameRange(4, 8), "prores", sound=None)
    content = bytearray(odd.read_bytes())
    at = bytes(content).index(b"icpf")
    content[at + 16] ^= 0x40  # 4:2:2 to 4:4:4
    odd.write_bytes(content)
    with pytest.raises(InvalidRequest, match="chroma format"):
        stitched([first, odd], tmp_path / "out")


def test_parts_out_of_order_are_told_by_timecode(tmp_path: Path) -> None:
    """Swapped parts do not follow one another."""
    _, parts = made(tmp_path, "prores", Fraction(24), 12)
    parts[2], parts[3] = parts[3], parts[2]
    with pytest.raises(InvalidRequest, match="starts at"):
        stitched(parts, tmp_path / "out")


def sound_alone(path: Path, count: int, rate: Fraction) -> Path:
    """AAC of a whole movie, encoded once."""
    length = int(count * 48000 / rate)
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as out:
        audio = out.add_stream("aac", rate=48000, layout="mono")
        for at in range(0, length, 4800):
            piece = tone(at, min(4800, length - at))
            block = av.AudioFrame.from_ndarray(piece[None], "s16", "mono")
            block.sample_rate, block.pts = 48000, at
            out.mux(audio.encode(block))
        out.mux(audio.encode(None))
    return path


def test_aac_is_taken_from_a_sound_part(tmp_path: Path) -> None:
    """Pictures come from parts without sound, AAC from one file, packet for packet."""
    _, parts = made(tmp_path, "h264_mp4", Fraction(24), 12)
    sound = sound_alone(tmp_path / "sound.mp4", FRAMES, Fraction(24))
    path, _ = stitched(parts, tmp_path / "out", sound=f"file://{sound}")
    assert packets(path, "audio") == packets(sound, "audio")
    assert numbers(path) == list(range(FRAMES))
    assert np.array_equal(samples(path), samples(sound))
    found = probe(path)
    assert [s["codec_name"] for s in found["streams"][:2]] == ["h264", "aac"]
    assert timecode(found) == "00:59:59:20"


def test_aac_of_parts_is_refused(tmp_path: Path) -> None:
    """Two AAC parts would have a gap of priming between them, so they are not joined."""
    parts = []
    for number in range(2):
        start = FrameRange(12 * number, 12 * number + 12)
        silent = write_numbered(tmp_path / f"s{number}.mp4", start, "h264_mp4", sound=None)
        sound = sound_alone(tmp_path / f"a{number}.mp4", 12, Fraction(24))
        path, _ = stitched(
            [silent], tmp_path / f"o{number}", sound=f"file://{sound}", name=f"p{number}"
        )
        parts.append(path)
    with pytest.raises(UnsupportedMedia, match="priming"):
        stitched(parts, tmp_path / "out")


def test_explain_checks_the_parts(tmp_path: Path) -> None:
    """Explain opens every part, tells what they become, and writes nothing."""
    _, parts = made(tmp_path, "prores", Fraction(24), 42)
    told = rushes.explain(
        "stitch", parts=[f"file://{p}" for p in parts], output=f"file://{tmp_path}/out/"
    )
    assert told["frames"]["count"] == FRAMES
    assert told["parts"] == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("header", ["tkhd", "mvhd"])
def test_a_part_that_is_shown_otherwise_is_refused(tmp_path: Path, header: str) -> None:
    """A turn of one part would be lost or done to all: a movie has one matrix for its pictures."""
    first = movie(2, codec="prores_ks", pixel_format="yuv422p10le", path=tmp_path / "A1.mov")
    assert first
    turn = in_headers(header.encode(), 40 if header == "tkhd" else 36, ">9i", *matrix(0, 1, -1, 0))
    rewritten(tmp_path / "A1.mov", tmp_path / "A2.mov", turn)
    parts = tuple(f"{tmp_path}/A{number}.mov" for number in (1, 2))
    with pytest.raises(InvalidRequest, match="turned by 90 degrees"):
        rushes.stitch(parts=parts, output=f"{tmp_path}/out/")
    same = (parts[1], parts[1])
    rushes.stitch(parts=same, output=f"{tmp_path}/out/", overwrite=True)
