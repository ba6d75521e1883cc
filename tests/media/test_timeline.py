"""One timeline of a movie: every operation and FFmpeg agree on frames, timecode and sound."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import rushes
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.timecode import Timecode
from functions.media import open_clip
from functions.media.movie.clip import MovieClip
from functions.storage import open_store
from tests.media.edited_movies import Edit, movie_ticks, with_edits, with_timecode
from tests.media.other_reader import probe, stream, timecode
from tests.media.remux_movies import BITS, numbers, write_numbered

RATE = Fraction(24)
START = Timecode.parse("10:00:00:00", RATE)


def opened(path: Path) -> MovieClip:
    store = open_store(("file:///",), None)
    clip = open_clip(f"file://{path}", store, Limits())
    assert isinstance(clip, MovieClip)
    return clip


def number_of(luma: Any) -> int:
    """The number that `remux_movies.picture` drew, from luma codes of any depth."""
    bar = luma.shape[1] // BITS
    rows = luma[: luma.shape[0] // 2][8:-8].astype(float) / luma.max()
    return sum(
        1 << bit
        for bit in range(BITS)
        if rows[:, bit * bar + bar // 4 : (bit + 1) * bar - bar // 4].mean() > 0.5
    )


def in_pixels(path: Path, wanted: FrameRange | None = None) -> list[int]:
    """Numbers in the pictures that the clip gives."""
    clip = opened(path)
    found = [number_of(p.planes[0]) for p in clip.pictures(wanted or clip.numbers())]
    clip.close()
    return found


def agree(path: Path, folder: Path) -> dict[str, Any]:
    """What all operations say of a movie; fails where two of them differ."""
    uri, out = f"file://{path}", f"file://{folder}/"
    report = rushes.inspect(input=uri, checksum=False).report
    assert report is not None
    count, start = report["frames"]["counted"], report.get("start")
    assert report["frames"]["claimed"] == count
    assert not [f for f in report.get("findings", ()) if f["severity"] == "error"]
    heard = [sound["samples"] for sound in report.get("audio", ())]
    movie = rushes.explain("transcode", input=uri, output=out, space="source")
    assert (movie["movie"]["frames"], movie["movie"]["timecode"]) == (count, start)
    plate = rushes.explain("plate", input=uri, output=out, source="ACEScct")
    assert plate["frames"]["count"] == count
    for clip in (movie["clip"], plate["clip"]):
        assert (clip["frames"]["count"], clip["timecode"]) == (count, start)
        assert [sound["samples"] for sound in clip["sound"]] == heard
    trim = rushes.explain("trim", input=uri, output=out)
    assert (trim["frames"]["count"], trim["timecode"]) == (count, start)
    assert [sound["samples"] for sound in trim["sound"]] == heard
    return {"count": count, "start": start, "samples": heard}


def ffmpeg(*words: str) -> None:
    tool = shutil.which("ffmpeg")
    if tool is None:
        pytest.skip("no ffmpeg here")
    subprocess.run([tool, "-v", "error", "-y", *words], check=True, timeout=60)


def long_group(path: Path, **fields: Any) -> Path:
    return write_numbered(path, FrameRange(0, 72), "h264", rate=RATE, start=START, **fields)


@pytest.mark.parametrize("seek", ["0.5", "0.73", "1.5", "2.25"])
@pytest.mark.parametrize("kind", ["h264", "prores", "mjpeg"])
def test_cuts_made_by_copying_packets(tmp_path: Path, kind: str, seek: str) -> None:
    """What `-ss -c copy` hides is no frame: all agree with ffprobe, and the pixels are right."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 72), kind, rate=RATE, start=START)
    path = tmp_path / "cut.mov"
    ffmpeg("-ss", seek, "-i", str(source), "-c", "copy", str(path))
    found, said = agree(path, tmp_path / "out"), probe(path)
    if kind != "mjpeg":  # whose discarded pictures FFmpeg 5 shows
        assert found["count"] == int(stream(said)["nb_read_frames"])
    assert found["start"] == timecode(said)
    assert in_pixels(path) == numbers(path)
    assert found["samples"] == [round(float(stream(said, "audio")["duration"]) * 48000)]


def test_sound_of_a_cut_is_that_of_its_pictures(tmp_path: Path) -> None:
    """AAC of a cut sounds as long as its edit list says, which FFmpeg overshoots by a packet."""
    source, path = long_group(tmp_path / "A.mov"), tmp_path / "cut.mov"
    ffmpeg("-ss", "1.5", "-i", str(source), "-c:v", "copy", "-c:a", "aac", str(path))
    found = agree(path, tmp_path / "out")
    assert found["count"] == 36
    assert abs(found["samples"][0] - 36 * 2000) <= 1024


EDITS: dict[str, tuple[list[Edit], list[int]]] = {
    "head": ([(1000, 12 * 512)], [*range(12, 36)]),
    "tail": ([(1500, 0)], [*range(36)]),
    "two": ([(500, 48 * 512), (500, 12 * 512)], [*range(48, 60), *range(12, 24)]),
    "again": ([(500, 0), (500, 0)], [*range(12), *range(12)]),
    "leading": ([(750, -1), (1000, 24 * 512)], [*range(24, 48)]),
    "between": ([(500, 0), (500, -1), (500, 24 * 512)], [*range(12), *range(24, 36)]),
}


@pytest.mark.parametrize("kind", ["h264", "prores"])
@pytest.mark.parametrize("name", EDITS)
def test_edit_lists(tmp_path: Path, kind: str, name: str) -> None:
    """Edits of the picture show what they say, in their order: no more, no less."""
    edits, truth = EDITS[name]
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 72), kind, rate=RATE, sound=None)
    assert movie_ticks(source) == 1000
    ticks = 1024 if kind == "h264" else 0  # what reordering delays the first picture by
    moved = [(long, m if m < 0 else m + ticks) for long, m in edits]
    path = with_edits(source, tmp_path / "B.mov", {0: moved})
    assert in_pixels(path) == truth
    middle = FrameRange(len(truth) // 2, len(truth) // 2 + 3)
    assert in_pixels(path, middle) == truth[middle.start : middle.stop]
    clip = opened(path)
    assert len(clip.numbers()) == len(truth)
    clip.close()
    report = rushes.inspect(input=f"file://{path}").report
    assert report is not None and report["frames"]["counted"] == len(truth)
    if name != "between":  # FFmpeg shows pictures where the list shows none
        assert int(stream(probe(path))["nb_read_frames"]) == len(truth)


def test_a_trim_in_both_tracks(tmp_path: Path) -> None:
    """Picture and timecode that both begin 12 frames in: the first picture is 10:00:00:12."""
    source = write_numbered(
        tmp_path / "A.mov", FrameRange(0, 48), rate=RATE, start=START, sound=None
    )
    path = with_edits(source, tmp_path / "B.mov", {0: [(1500, 12 * 512)], 1: [(1500, 12 * 512)]})
    assert agree(path, tmp_path / "out")["start"] == "10:00:00:12"
    assert in_pixels(path) == list(range(12, 48))
    cut = rushes.trim(input=f"file://{path}", output=f"file://{tmp_path}/t/", frames="4-7")
    made = Path(cut.outputs[0].uri.removeprefix("file://"))
    assert numbers(made) == [16, 17, 18, 19]
    assert timecode(probe(made)) == "10:00:00:16"


@pytest.mark.parametrize(
    "picture, counter, start",
    [
        ([(2000, 0)], [(500, -1), (1500, 0)], "09:59:59:12"),
        ([(500, -1), (1500, 0)], [(2000, 0)], "10:00:00:12"),
        ([(1000, 24 * 512)], [(1000, 0)], "10:00:00:00"),
        ([(1000, 0)], [(1000, 24 * 512)], "10:00:01:00"),
        ([(250, 6 * 512), (500, 36 * 512)], [(2000, 6 * 512)], "10:00:00:06"),
    ],
)
def test_timecode_tracks_with_edits(
    tmp_path: Path, picture: list[Edit], counter: list[Edit], start: str
) -> None:
    """The first picture has the timecode that stands at its time of the movie."""
    source = write_numbered(
        tmp_path / "A.mov", FrameRange(0, 48), rate=RATE, start=START, sound=None
    )
    path = with_edits(source, tmp_path / "B.mov", {0: picture, 1: counter})
    assert agree(path, tmp_path / "out")["start"] == start


@pytest.mark.parametrize(
    "rate, counts, start, odd",
    [
        (Fraction(25), (1, 25, 1, 25), "10:00:00:00", "drop frame"),
        (Fraction(24), (1, 24, 1, 24), "10:00:00:00", "drop frame"),
        (Fraction(60000, 1001), (1, 30000, 1001, 30), "20:00:00;00", "counts 30 frames"),
        (Fraction(60000, 1001), (0, 30000, 1001, 30), "20:00:00:00", "counts 30 frames"),
        (Fraction(24000, 1001), (0, 2398, 100, 24), "10:00:00:00", ""),
        (Fraction(50), (0, 25, 1, 25), "20:00:00:00", "counts 25 frames"),
    ],
)
def test_odd_counters(
    tmp_path: Path, rate: Fraction, counts: tuple[int, int, int, int], start: str, odd: str
) -> None:
    """A counter that counts otherwise than the pictures is read by its frame number, and said."""
    source = write_numbered(
        tmp_path / "A.mov", FrameRange(0, 12), rate=rate, sound=None,
        start=Timecode.parse("10:00:00:00", rate),
    )  # fmt: skip
    flags, scale, ticks, base = counts
    path = with_timecode(
        source, tmp_path / "B.mov", flags=flags, scale=scale, ticks=ticks, base=base
    )
    clip = opened(path)
    # The counter itself was written at the pictures' rate: of 30 it is twice the time of day.
    drop = start[8] == ";"
    whole = Timecode.parse("10:00:00:00", rate).frame
    factor = clip.facts.start.frame // whole if clip.facts.start else 0
    assert clip.facts.start is not None and clip.facts.start.drop == drop
    assert factor == (2 if "counts" in odd else 1)
    assert odd in clip.timeline.odd_timecode and bool(odd) == bool(clip.timeline.odd_timecode)
    clip.close()
    assert agree(path, tmp_path / "out")["start"] == str(Timecode(whole * factor, rate, drop))


@pytest.mark.parametrize(
    "flags", ["frag_keyframe+empty_moov", "frag_keyframe", "frag_keyframe+delay_moov"]
)
def test_movies_in_pieces(tmp_path: Path, flags: str) -> None:
    """Fragments count as one movie, by their own tables; a part of it is sought and cut right."""
    path = write_numbered(
        tmp_path / "A.mp4", FrameRange(0, 60), "h264_mp4", rate=RATE, sound=None,
        options={"movflags": f"frag_keyframe+{flags}"},
    )  # fmt: skip
    assert agree(path, tmp_path / "out")["count"] == 60
    assert in_pixels(path, FrameRange(30, 34)) == [30, 31, 32, 33]
    cut = rushes.trim(input=f"file://{path}", output=f"file://{tmp_path}/t/", frames="24-40")
    made = Path(cut.outputs[0].uri.removeprefix("file://"))
    assert numbers(made) == list(range(24, 41)) and probe(made)["said"] == ""


def test_pieces_that_overlap(tmp_path: Path) -> None:
    """A fragment that begins before the one before it has ended hides what is there twice."""
    source = write_numbered(
        tmp_path / "A.mp4", FrameRange(0, 60), "h264_mp4", rate=RATE, sound=None,
        options={"movflags": "frag_keyframe+empty_moov"},
    )  # fmt: skip
    content = bytearray(source.read_bytes())
    places, at = [], content.find(b"tfdt")
    while at >= 0:
        places.append(at)
        at = content.find(b"tfdt", at + 4)
    third = places[2] + 8
    wide = content[places[2] + 4] == 1
    size = 8 if wide else 4
    begins = int.from_bytes(content[third : third + size], "big")
    content[third : third + size] = (begins - 6 * 512).to_bytes(size, "big")
    path = tmp_path / "B.mp4"
    path.write_bytes(content)
    shown = int(stream(probe(path))["nb_read_frames"])
    assert shown < 60
    clip = opened(path)
    assert (len(clip.numbers()), clip.timeline.hidden) == (shown, 60 - shown)
    clip.close()
    assert in_pixels(path) == numbers(path)


def test_sound_is_counted_and_not_promised(tmp_path: Path) -> None:
    """Of a movie that is cut short the samples that are there are told."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 48), "mjpeg", rate=RATE,
                            options={"movflags": "faststart"})  # fmt: skip
    content = source.read_bytes()
    path = tmp_path / "B.mov"
    path.write_bytes(content[: len(content) * 2 // 3])
    report = rushes.inspect(input=f"file://{path}").report
    assert report is not None
    with_sound = report["audio"][0]["samples"]
    heard = 0
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            heard += frame.samples
    assert heard <= with_sound <= heard + 2000
    assert with_sound < 48 * 2000 * 3 // 4


def test_edits_at_another_speed_are_refused(tmp_path: Path) -> None:
    """Half speed is neither ignored nor played: it is named, and pictures are refused."""
    source = write_numbered(tmp_path / "A.mov", FrameRange(0, 48), rate=RATE, sound=None)
    path = with_edits(source, tmp_path / "B.mov", {0: [(1000, 0, 0.5)]})
    report = rushes.inspect(input=f"file://{path}").report
    assert report is not None
    assert "unsupported-edits" in {finding["code"] for finding in report["findings"]}
    for name in ("transcode", "trim"):
        with pytest.raises(rushes.UnsupportedMedia, match="speed"):
            rushes.explain(name, input=f"file://{path}", output=f"file://{tmp_path}/o/")


def test_hidden_key_frames_stay_with_a_trim(tmp_path: Path) -> None:
    """A cut at the first frame of an edit keeps the key frame that the edit hides."""
    source = long_group(tmp_path / "A.mov", sound=None)
    path = with_edits(source, tmp_path / "B.mov", {0: [(1500, 18 * 512 + 1024)]})
    cut = rushes.trim(input=f"file://{path}", output=f"file://{tmp_path}/t/", frames="0-20")
    made = Path(cut.outputs[0].uri.removeprefix("file://"))
    assert numbers(made) == list(range(18, 39))
    assert in_pixels(made) == list(range(18, 39))


SHARED = (
    "Meridian-Apple_ProResProxy-HDR10.mxf", "Sequence_1-Apple_ProRes_422.mov", "bmx_d10_sample.mxf",
    "Sony-00001_imx_d10.mxf", "dnxhr_lb_opatom_track_01_v02.mxf", "dnxhr444_cid1270.mov",
    "empty_edit_5s.mp4", "interlaced_crop.mp4", "mov-3elist.mov", "quicktime-hvc1.mov",
    "prores4444_with_transparency.mov", "thezerotheorem-cut.mp4", "uuid540.mp4", "with-gps.mov",
)  # fmt: skip


@pytest.mark.parametrize("name", SHARED)
def test_shared_movies(shared_data: Path, tmp_path: Path, name: str) -> None:
    """Every healthy movie that is cut without encoding: all agree, and with ffprobe."""
    path = shared_data / "video" / name
    found, said = agree(path, tmp_path / "out"), probe(path)
    assert found["count"] == int(stream(said)["nb_read_frames"])
    assert found["start"] == timecode(said)


@pytest.mark.parametrize(
    "name, count",
    [("Sony_ILCE-7M3_A7M3_.mts", 13), ("mpeg2_field_encoding.ts", 31),
     ("mjpeg_field_order.avi", 3), ("hdr10tags-both.mkv", 10), ("cfhd_444.avi", 10)],
)  # fmt: skip
def test_movies_without_tables(shared_data: Path, name: str, count: int) -> None:
    """Fields in packets of their own are half a picture each; what does not decode is none."""
    path = shared_data / "video" / name
    clip = opened(path)
    assert len(clip.numbers()) == count == int(stream(probe(path))["nb_read_frames"])
    clip.close()


def test_old_444_is_read_as_its_encoder_meant_it(shared_data: Path) -> None:
    """4:4:4 of an x264 before build 151 decodes without a fault, and its colour bars are whole."""
    clip = opened(shared_data / "video" / "empty_edit_5s.mp4")
    picture = next(iter(clip.pictures(FrameRange(60, 61))))
    clip.close()
    # FFmpeg's testsrc: rows 180 to 210 are one ramp of hues, the same in every line.
    luma = picture.planes[0].astype(int)
    assert np.abs(luma[190] - luma[202]).max() < 12
