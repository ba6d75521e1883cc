"""Movies that are written, as other readers see them: ffprobe where it is, FFmpeg's library."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from functions.contract.errors import UnsupportedMedia
from functions.contract.segments import samples_before
from functions.contract.timecode import Timecode
from functions.media.write.codec_profiles import PROFILES, Container, profile_of
from functions.media.write.movie import MovieSpec, MovieWriter, Track

RATE = Fraction(30000, 1001)
FACES = {
    "prores-proxy": ("prores", "Proxy", "apco"), "prores-lt": ("prores", "LT", "apcs"),
    "prores-422": ("prores", "Standard", "apcn"), "prores-hq": ("prores", "HQ", "apch"),
    "prores-4444": ("prores", "4444", "ap4h"), "prores-4444xq": ("prores", "XQ", "ap4x"),
    "dnxhr-lb": ("dnxhd", "DNXHR LB", "AVdh"), "dnxhr-sq": ("dnxhd", "DNXHR SQ", "AVdh"),
    "dnxhr-hq": ("dnxhd", "DNXHR HQ", "AVdh"), "dnxhr-hqx": ("dnxhd", "DNXHR HQX", "AVdh"),
    "dnxhr-444": ("dnxhd", "DNXHR 444", "AVdh"), "h264": ("h264", "High", "avc1"),
    "h264-10": ("h264", "High 10", "avc1"), "h264-422-10": ("h264", "High 4:2:2", "avc1"),
    "h265": ("hevc", "Main", "hvc1"), "h265-10": ("hevc", "Main 10", "hvc1"),
    "h265-422-10": ("hevc", "Rext", "hvc1"), "av1": ("av1", "Main", "av01"),
    "av1-10": ("av1", "Main", "av01"),
}  # fmt: skip
"""Codec, profile and four letters by ffprobe."""
EVERY = [(name, where) for name, profile in PROFILES.items() for where in profile.containers]


def image(number: int, width: int = 256, height: int = 128) -> Any:
    """A smooth picture that moves with its number."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rgb = [(x + 3 * number) % width / width * 0.6 + 0.2, y / height * 0.6 + 0.2, 0.5 + 0 * x]
    return np.stack(rgb).astype(np.float32)


def write(path: Path, name: str, where: Container, frames: int = 5, **more: Any) -> None:
    found = profile_of(name)
    assert found is not None
    pcm = where != "mp4"
    sound = (
        () if where == "mxf-opatom" else (Track(channels=2, pcm=pcm), Track(channels=1, pcm=pcm))
    )
    fields: dict[str, Any] = {
        "container": where, "rate": RATE, "profile": found[1], "width": 256, "height": 128,
        "primaries": "bt709", "transfer": "bt709", "reel": "A001", "sound": sound,
        "timecode": Timecode.parse("01:00:59;28", RATE), **more,
    }  # fmt: skip
    with MovieWriter(path, MovieSpec(**fields)) as movie:
        for number in range(frames):
            movie.picture(image(number), key=number % 12 == 0)
            if fields["sound"]:
                start, stop = (samples_before(n, RATE, 48000) for n in (number, number + 1))
                ramp = np.arange(start, stop, dtype=np.int32) << 8
                movie.sound([np.stack([ramp, -ramp], -1), ramp[:, None]])


def probe(path: Path, *more: str) -> Any:
    """What the ffprobe of the system says: another build and version than the writer's."""
    program = shutil.which("ffprobe")
    if program is None:
        pytest.skip("ffprobe is not installed")
    ran = subprocess.run(
        [program, "-v", "error", "-show_streams", "-show_format", *more, "-of", "json", str(path)],
        check=True, capture_output=True,
    )  # fmt: skip
    return json.loads(ran.stdout)


@pytest.mark.parametrize(("name", "where"), EVERY)
def test_every_profile_in_every_container(name: str, where: Container, tmp_path: Path) -> None:
    """Codec, profile, format, size, rate, count, colour, timecode, reel and samples are told."""
    path = tmp_path / f"movie.{where[:3]}"
    write(path, name, where)
    facts = probe(path)
    picture = facts["streams"][0]
    codec, profile, tag = FACES[name]
    assert (picture["codec_name"], picture["profile"]) == (codec, profile)
    if not where.startswith("mxf"):
        assert picture["codec_tag_string"] == tag
        assert picture["nb_frames"] == "5"
    wanted = PROFILES[name].pixel_format
    assert picture["pix_fmt"] == (wanted.replace("10", "12") if "4444" in name else wanted)
    assert (picture["width"], picture["height"]) == (256, 128)
    assert picture["r_frame_rate"] == "30000/1001"
    colour = [picture.get(f"color_{key}") for key in ("primaries", "transfer", "space")]
    assert colour == ["bt709"] * 3
    assert Fraction(picture["duration_ts"]) * Fraction(picture["time_base"]) == 5 / RATE
    tags = [s.get("tags", {}) for s in facts["streams"]] + [facts["format"].get("tags", {})]
    assert "01:00:59;28" in {t.get("timecode") for t in tags}
    if where != "mp4":
        assert "A001" in {t.get("reel_name") for t in tags}
    sound = [s for s in facts["streams"] if s["codec_type"] == "audio"]
    if where != "mxf-opatom":
        assert [s["channels"] for s in sound] == [2, 1]
        assert {s["duration_ts"] for s in sound} == {samples_before(5, RATE, 48000)}
    with av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 5


@pytest.mark.parametrize("name", ["prores-hq", "dnxhr-444", "h264", "h265-10", "av1"])
def test_same_bytes_each_time(name: str, tmp_path: Path) -> None:
    """Nothing in a file is a clock, a number drawn by lot or the name of an encoder's build."""
    for where in PROFILES[name].containers:
        one, two = tmp_path / f"one-{where}", tmp_path / f"two-{where}"
        write(one, name, where)
        write(two, name, where)
        content = one.read_bytes()
        assert content == two.read_bytes()
        assert b"Lavf6" not in content and b"Lavc6" not in content


@pytest.mark.parametrize("name", ["prores-4444", "dnxhr-hqx", "h264", "h265-10", "av1-10"])
def test_pictures_survive(name: str, tmp_path: Path) -> None:
    """What is decoded is what was given, to the loss of the codec, in order."""
    path = tmp_path / "movie"
    write(path, name, PROFILES[name].containers[0], frames=14)
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 14
    for number, frame in enumerate(frames):
        held: Any = frame.planes[0]
        bits = frame.format.components[0].bits
        rows = np.frombuffer(held, np.uint8 if bits == 8 else np.uint16)
        luma = rows.reshape(held.height, -1)[:, :256] / 2 ** (bits - 8)
        wanted = 16 + 219 * np.tensordot([0.2126, 0.7152, 0.0722], image(number), 1)
        inner = (slice(4, -4), slice(4, -4))
        assert np.abs(luma - wanted)[inner].mean() < 1.5


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_an_encoder_takes_no_priority(name: str, tmp_path: Path) -> None:
    """No thread is real-time afterwards: as root, SVT-AV1 makes its own and its caller's so."""
    write(tmp_path / "movie", name, PROFILES[name].containers[0], frames=2)
    tasks = [int(task.name) for task in Path("/proc/self/task").iterdir()]
    assert {os.sched_getscheduler(task) for task in tasks} == {os.SCHED_OTHER}


def test_pcm_is_bit_exact(tmp_path: Path) -> None:
    """24 bit samples come back as they were."""
    path = tmp_path / "movie.mov"
    write(path, "prores-proxy", "mov")
    with av.open(str(path)) as container:
        blocks = [f.to_ndarray() for f in container.decode(container.streams.audio[1])]
    got = np.concatenate([block.ravel() for block in blocks])
    assert np.array_equal(got, np.arange(samples_before(5, RATE, 48000)) << 8)


def test_index_stands_in_front(tmp_path: Path) -> None:
    """A player on a network finds `moov` before `mdat`."""
    write(tmp_path / "m", "prores-proxy", "mov")
    content = (tmp_path / "m").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_mediainfo_reads_prores(tmp_path: Path) -> None:
    """A program that is not FFmpeg reads version, profile, fields, colours and maker of a frame."""
    program = shutil.which("mediainfo")
    if program is None:
        pytest.skip("mediainfo is not installed")
    faces = {"prores-proxy": ("Version 0", "422 Proxy", "4:2:2", "Progressive", None),
             "prores-4444xq": ("Version 1", "4444 XQ", "4:4:4", "Interlaced", "BFF")}  # fmt: skip
    for name, face in faces.items():
        path = tmp_path / f"{name}.mov"
        order = "bb" if face[-1] else "progressive"
        write(path, name, "mov", field_order=order, primaries="bt2020", transfer="smpte2084",
              matrix="bt2020nc")  # fmt: skip
        ran = subprocess.run([program, "--Output=JSON", path], check=True, capture_output=True)
        facts = json.loads(ran.stdout)["media"]["track"][1]
        seen = [facts.get(key) for key in ("Format_Version", "Format_Profile", "ChromaSubsampling",
                                           "ScanType", "ScanOrder")]  # fmt: skip
        assert seen == [f"{face[0][-1]}", *face[1:]]
        colours = [facts[f"{key}"] for key in ("colour_primaries", "transfer_characteristics")]
        assert colours == ["BT.2020", "PQ"] and facts["Encoded_Library"] == "rush"


@pytest.mark.parametrize("order", ["tt", "bb"])
def test_order_of_fields_is_told(order: Any, tmp_path: Path) -> None:
    """Interlaced ProRes and H.264 say which field is shown first."""
    for name in ("prores-422", "h264"):
        path = tmp_path / name
        write(path, name, "mov", field_order=order)
        frames = [f for f in probe(path, "-show_frames")["frames"] if f["media_type"] == "video"]
        assert len(frames) == 5
        assert {(f["interlaced_frame"], f["top_field_first"]) for f in frames} == {
            (1, int(order == "tt"))
        }


def test_odd_sides_are_named(tmp_path: Path) -> None:
    """4:2:0 of odd rows is refused with the sides."""
    with pytest.raises(UnsupportedMedia, match="256x63"):
        write(tmp_path / "m", "h264", "mp4", height=63)
    with pytest.raises(UnsupportedMedia, match="256x120"):
        write(tmp_path / "m", "dnxhr-lb", "mxf", height=64)


@pytest.mark.parametrize("name", ["dnxhr-hq", "prores-hq"])
def test_eight_bits_are_dithered_by_the_number_of_the_frame(name: str, tmp_path: Path) -> None:
    """The same picture under its number is the same frame, under another it is not; 10 bits have
    no noise at all."""
    found = profile_of(name)
    assert found is not None
    spec = MovieSpec(container="mov", rate=RATE, profile=found[1], width=256, height=128)
    flat = np.full((3, 128, 256), 0.31, np.float32)
    path = tmp_path / "a.mov"
    with MovieWriter(path, spec) as movie:
        for number in (1001, 1002, 1001):
            movie.picture(flat, key=True, number=number)
    with av.open(str(path)) as file:
        packets = [bytes(packet) for packet in file.demux(video=0) if packet.size]
    assert packets[0] == packets[2]
    assert (packets[0] == packets[1]) == (found[1].bits > 8)
