"""QuickTime and MP4: the right frames, samples and timecode after a cut."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import rushes
from functions.contract.errors import DamagedSource, InvalidRequest
from functions.contract.frames import FrameRange
from functions.contract.receipt import Receipt
from functions.contract.segments import samples_before
from functions.contract.timecode import Timecode
from functions.media.containers.boxes import read_layout
from functions.media.remux.cut import cut_movie
from functions.media.remux.movies import open_boxes, write_cut
from tests.media.movies import stored
from tests.media.other_reader import pictures, probe, stream, timecode
from tests.media.remux_movies import (
    KINDS,
    essence,
    numbers,
    packets,
    samples,
    tone,
    write_numbered,
)

NTSC = Fraction(30000, 1001)
OPEN = {"x264-params": "keyint=12:min-keyint=12:scenecut=0:open-gop=1:bframes=2:threads=1"}


def trimmed(source: Path, to: Path, **fields: Any) -> tuple[Path, Receipt]:
    receipt = rushes.trim(input=f"file://{source}", output=f"file://{to}/", **fields)
    return Path(receipt.outputs[0].uri.removeprefix("file://")), receipt


@pytest.mark.parametrize("rate", [Fraction(24), NTSC], ids=["24", "29.97df"])
@pytest.mark.parametrize("kind", ["prores", "dnxhr", "mjpeg"])
def test_intra_codecs_are_cut_at_the_frame(tmp_path: Path, kind: str, rate: Fraction) -> None:
    """Frames 37 to 50 come out bit for bit, with their own samples and their own timecode."""
    start = Timecode.parse("00:59:59:20" if rate == 24 else "00:59:58;28", rate)
    source = write_numbered(tmp_path / "A001.mov", FrameRange(0, 72), kind, rate=rate, start=start)
    path, receipt = trimmed(source, tmp_path / "out", frames="37-50")
    assert path.name == "A001_37-50.mov"
    assert numbers(path) == list(range(37, 51))
    assert essence(path) == essence(source)[37:51]
    first, last = (samples_before(n, rate, 48000) for n in (37, 51))
    assert np.array_equal(samples(path), tone(first, last - first))
    found = probe(path)
    assert timecode(found) == str(start + 37)
    assert stream(found)["nb_read_frames"] == "14"
    tags = ("color_transfer", "color_primaries", "color_space", "field_order", "codec_tag_string")
    was = stream(probe(source))
    assert [stream(found).get(tag) for tag in tags] == [was.get(tag) for tag in tags]
    if kind != "prores":  # FFmpeg takes ProRes' own header for the truth
        assert was["color_transfer"] == "smpte2084"
    assert receipt.frames is not None and receipt.frames.count == 14


def test_sound_is_cut_inside_its_chunks(tmp_path: Path) -> None:
    """Chunks of 5000 samples do not end where frames do: the first and last are cut open."""
    source = tmp_path / "A.mov"
    with av.open(str(source), "w", options={"fflags": "+bitexact"}) as out:
        video = out.add_stream("mjpeg", rate=24)
        video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p"
        audio = out.add_stream("pcm_s16le", rate=48000, layout="mono")
        for number in range(20):
            frame = av.VideoFrame(64, 48, "yuvj420p")
            frame.pts = number
            out.mux(video.encode(frame))
            if number % 5 == 0:
                for at in (number * 2000, number * 2000 + 5000):
                    block = av.AudioFrame.from_ndarray(tone(at, 5000)[None], "s16", "mono")
                    block.sample_rate, block.pts = 48000, at
                    out.mux(audio.encode(block))
        out.mux(video.encode(None))
    for first, last in ((3, 3), (3, 11), (7, 19)):
        path, receipt = trimmed(source, tmp_path / "out", frames=f"{first}-{last}")
        assert np.array_equal(samples(path), tone(first * 2000, (last - first + 1) * 2000))
        assert receipt.report is not None
        assert receipt.report["sound"][0]["samples"] == (last - first + 1) * 2000


def test_a_range_in_timecode_crosses_a_dropped_label(tmp_path: Path) -> None:
    """01:01:00;02 follows 01:00:59;29, and the cut that begins there says so."""
    start = Timecode.parse("01:00:59;20", NTSC)
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 24), rate=NTSC, start=start)
    path, _ = trimmed(source, tmp_path / "out", frames="01:01:00;02-01:01:00;05")
    assert numbers(path) == [10, 11, 12, 13]
    assert timecode(probe(path)) == "01:01:00;02"


def test_timecode_goes_round_at_midnight(tmp_path: Path) -> None:
    """A cut behind midnight starts at a label of the next day."""
    start = Timecode.parse("23:59:59:20", Fraction(24))
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 12), start=start)
    path, _ = trimmed(source, tmp_path / "out", frames="6-7")
    assert timecode(probe(path)) == "00:00:00:02"


def test_a_whole_movie_stays_what_it_was(tmp_path: Path) -> None:
    """Without a range the movie is copied to the byte."""
    start = Timecode.parse("01:00:00:00", Fraction(24))
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 12), start=start)
    path, receipt = trimmed(source, tmp_path / "out")
    assert path.read_bytes() == source.read_bytes()
    assert receipt.assumed == {"frames": "0-11"}


@pytest.mark.parametrize("kind", ["h264", "h264_mp4"])
def test_long_gop_begins_at_a_key_frame(tmp_path: Path, kind: str) -> None:
    """From a key frame on the cut is exact, with reordered frames behind the end hidden."""
    suffix = KINDS[kind][2]
    sound = 48000 if suffix == "mov" else None
    source = write_numbered(tmp_path / f"A.{suffix}", FrameRange(0, 48), kind, sound=sound)
    for stop in range(13, 24):
        path, receipt = trimmed(source, tmp_path / f"{stop}", frames=f"12-{stop - 1}")
        assert numbers(path) == list(range(12, stop))
        assert pictures(path) == pictures(source)[12:stop]
        assert path.suffix == f".{suffix}"
        assert receipt.report is not None
        hidden = len(packets(path)) - (stop - 12)
        assert receipt.report["hidden_pictures"] == hidden
        if sound:
            assert np.array_equal(samples(path), tone(24000, (stop - 12) * 2000))


def test_between_key_frames_it_must_be_said(tmp_path: Path) -> None:
    """A first frame inside a group is refused with the key frames near it, unless snap is said."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 48), "h264")
    with pytest.raises(InvalidRequest, match="nearest key frames are 12 and 24") as error:
        trimmed(source, tmp_path / "no", frames="17-30")
    assert error.value.facts["frame"] == 17
    path, receipt = trimmed(source, tmp_path / "out", frames="17-30", snap=True)
    assert numbers(path) == list(range(12, 31))
    assert "widened" in receipt.assumed["frames"]
    assert receipt.frames is not None and receipt.frames.first == 12


def test_leading_pictures_of_an_open_group_are_left_out(tmp_path: Path) -> None:
    """What comes before the key frame in time and after it in the file is not in the cut."""
    source = tmp_path / "A.mov"
    codec, pixels, suffix, _ = KINDS["h264"]
    KINDS["open"] = (codec, pixels, suffix, OPEN)
    try:
        write_numbered(source, FrameRange(0, 48), "open", sound=None)
    finally:
        del KINDS["open"]
    shown = pictures(source)
    with av.open(str(source)) as container:
        stamps = [(p.pts, p.is_keyframe) for p in container.demux(video=0) if p.size]
    place, (key, _) = next((n, p) for n, p in enumerate(stamps) if n and p[1])
    assert key is not None
    assert any(pts is not None and pts < key for pts, _ in stamps[place:]), "no open group"
    ordered = sorted(pts for pts, _ in stamps if pts is not None)
    first = ordered.index(key)
    path, receipt = trimmed(source, tmp_path / "out", frames=f"{first}-{first + 9}")
    assert receipt.report is not None and receipt.report["leading_pictures_left_out"] > 0
    assert pictures(path) == shown[first : first + 10]
    assert numbers(path) == list(range(first, first + 10))
    assert probe(path)["said"] == ""


def test_aac_is_cut_at_packets_and_plays_exactly(tmp_path: Path) -> None:
    """Samples that a player gives are those of the source from the first frame's time on."""
    source = tmp_path / "A.mp4"
    with av.open(str(source), "w", options={"fflags": "+bitexact"}) as out:
        video = out.add_stream("mjpeg", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p"
        audio = out.add_stream("aac", rate=48000, layout="mono", options={"aac_pns": "0"})
        noise = (np.random.default_rng(7).standard_normal(48000) * 3000).astype(np.int16)
        for number in range(25):
            frame = av.VideoFrame(64, 48, "yuvj420p")
            frame.pts = number
            out.mux(video.encode(frame))
            piece = noise[number * 1920 : number * 1920 + 1920]
            block = av.AudioFrame.from_ndarray(piece[None].copy(), "s16", "mono")
            block.sample_rate, block.pts = 48000, number * 1920
            out.mux(audio.encode(block))
        out.mux(video.encode(None))
        out.mux(audio.encode(None))
    path, receipt = trimmed(source, tmp_path / "out", frames="7-15")
    heard, whole = samples(path), samples(source)
    assert np.array_equal(heard[: 9 * 1920], whole[7 * 1920 : 16 * 1920])
    assert receipt.report is not None
    (told,) = receipt.report["sound"]
    assert told["hidden_before"] > 0 and "edit list" in told["note"]


def test_metadata_is_kept_to_the_byte(tmp_path: Path) -> None:
    """User data, descriptions and dates of the header are those of the source."""
    said = {"title": "Scene 7", "comment": "circled", "creation_time": "2024-05-06T07:08:09Z"}
    source = write_numbered(
        tmp_path / "A.mov", FrameRange(0, 12), metadata=said, start=Timecode(0, Fraction(24))
    )
    path, _ = trimmed(source, tmp_path / "out", frames="3-5")

    def kept(file: Path) -> list[bytes]:
        with file.open("rb") as opened:
            moov = read_layout(opened, file.stat().st_size).moov
        header, data = moov.find(b"mvhd"), moov.find(b"udta")
        boxes = [t.find(b"mdia", b"minf", b"stbl", b"stsd") for t in moov.all(b"trak")]
        assert header is not None and data is not None
        return [header.body[:12], data.body, *(b.body for b in boxes if b is not None)]

    assert kept(path) == kept(source)
    assert stream(probe(path))["tags"]["creation_time"].startswith("2024-05-06T07:08:09")


def test_the_same_unit_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two cuts of one range are one file, and the second run of a unit writes nothing."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 24), "h264")
    one, _ = trimmed(source, tmp_path / "a", frames="12-19")
    two, _ = trimmed(source, tmp_path / "b", frames="12-19")
    assert one.read_bytes() == two.read_bytes()
    _, again = trimmed(source, tmp_path / "a", frames="12-19")
    assert again.status == "reused"


def test_only_the_range_is_read(tmp_path: Path) -> None:
    """Bytes that are read are the tables and the pictures of the range, not those between."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 96), size=(576, 256))
    content = source.read_bytes()
    stat, store = stored("A.mov", content)
    opened = open_boxes(stat, store)
    tables = store.bytes_read
    cut = cut_movie(opened.movie, FrameRange(60, 64), snap=False)
    write_cut(opened, cut, tmp_path / "cut.mov", lambda: None)
    wanted = sum(len(packet) for packet in essence(source)[60:64]) + 4 * 4000
    assert store.bytes_read - tables < wanted + 70_000
    assert tables < 20_000
    assert len(content) > 10 * wanted


@pytest.mark.parametrize(
    ("harm", "said"), [("zero", "zero all over"), ("mark", "no ProRes frame"), ("cut", "truncated")]
)
def test_damage_names_its_frame(tmp_path: Path, harm: str, said: str) -> None:
    """A picture that is blank, foreign or cut short ends the unit with its frame."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 12), sound=None)
    content = bytearray(source.read_bytes())
    at = bytes(content).index(essence(source)[7])
    if harm == "cut":
        # The tables stand before the pictures when the file is written so.
        source = write_numbered(
            tmp_path / "B.mov", FrameRange(0, 12), sound=None,
            options={"movflags": "+faststart+write_colr"},
        )  # fmt: skip
        content = bytearray(source.read_bytes())
        at = bytes(content).index(essence(source)[7])
        del content[at + 100 :]
    elif harm == "zero":
        size = len(essence(source)[7])
        content[at : at + size] = bytes(size)
    else:
        content[at + 4 : at + 8] = b"none"
    (tmp_path / "bad.mov").write_bytes(content)
    with pytest.raises(DamagedSource, match=said) as error:
        trimmed(tmp_path / "bad.mov", tmp_path / "out", frames="5-9")
    assert error.value.facts["frame"] == 7
    path, _ = trimmed(tmp_path / "bad.mov", tmp_path / "good", frames="2-6")
    assert numbers(path) == [2, 3, 4, 5, 6]


def test_ranges_that_cannot_be(tmp_path: Path) -> None:
    """A step, and frames outside the clip, are refused in one sentence."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 12), sound=None)
    with pytest.raises(InvalidRequest, match="step"):
        trimmed(source, tmp_path / "out", frames="0-10x2")
    with pytest.raises(InvalidRequest, match="own 0-11"):
        trimmed(source, tmp_path / "out", frames="10-12")


def test_explain_writes_nothing(tmp_path: Path) -> None:
    """Explain tells frames, timecode and names from the tables alone."""
    start = Timecode.parse("01:00:00:00", Fraction(24))
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 48), "h264", start=start)
    told = rushes.explain(
        "trim",
        input=f"file://{source}",
        output=f"file://{tmp_path}/out/",
        frames="14-20",
        snap=True,
    )
    assert told["frames"] == {"first": 12, "last": 20, "count": 9}
    assert told["timecode"] == "01:00:00:12"
    assert told["outputs"]["first"] == "A_12-20.mov"
    assert not (tmp_path / "out").exists()
