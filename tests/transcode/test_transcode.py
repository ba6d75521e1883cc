"""transcode from request to file: parts, sound to the sample, turned and uneven clips, burn-ins."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import rushes
from functions.contract.errors import DamagedSource, InvalidRequest, UnsupportedMedia
from functions.contract.segments import samples_before
from functions.contract.timecode import Timecode
from functions.media.preview.lettering import fitting, letters
from functions.transcode.burn import Burner, BurnIn, Facts, parse_burn_in
from tests.media.glyphs import holds
from tests.media.other_reader import probe, timecode

WHOLE = "thezerotheorem-cut.mp4"


def make(shared: Path, output: Path, clip: str = WHOLE, **fields: Any) -> tuple[Any, Path]:
    """Receipt and path of the movie."""
    small = {} if "width" in fields else {"width": 256, "height": 144}
    request = {"codec": "prores-proxy", "source": "rec709", **small, **fields}
    receipt: Any = rushes.call(
        "transcode", input=str(shared / "video" / clip), output=str(output), **request
    )
    return receipt, output / receipt.report["movie"]["name"]


def packets(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [hashlib.md5(bytes(p)).digest() for p in container.demux(stream) if p.size]


def pcm(path: Path) -> Any:
    with av.open(str(path)) as container:
        blocks = [f.to_ndarray().reshape(-1) for f in container.decode(audio=0)]
    return np.concatenate(blocks)


def luma(path: Path) -> list[Any]:
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            held: Any = frame.planes[0]
            wide = frame.format.components[0].bits > 8
            rows: Any = np.frombuffer(held, np.uint16 if wide else np.uint8)
            found.append(rows.reshape(held.height, -1)[:, : held.width].astype(float))
    return found


@pytest.mark.parametrize("codec", ["prores-proxy", "dnxhr-lb"])
def test_parts_are_the_whole(codec: str, shared_data: Path, tmp_path: Path) -> None:
    """Packets and sound of three parts, one after the other, are those of one piece."""
    fields: Any = {"codec": codec, "container": "mov", "burn_in": ("frame", "clip")}
    receipt, whole = make(shared_data, tmp_path / "whole", **fields)
    parts = [
        make(shared_data, tmp_path / part, frames=part, **fields)[1]
        for part in ("0-4", "5-5", "6-12")
    ]
    assert [p for part in parts for p in packets(part, "video")] == packets(whole, "video")
    rate = Fraction(24000, 1001)
    assert [len(pcm(part)) // 2 for part in parts] == [
        samples_before(b, rate, 48000) - samples_before(a, rate, 48000)
        for a, b in ((0, 5), (5, 6), (6, 13))
    ]
    joined = np.concatenate([pcm(part) for part in parts])
    assert np.array_equal(joined, pcm(whole))
    assert receipt.frames.count == 13


def test_sound_is_that_of_the_clip(shared_data: Path, tmp_path: Path) -> None:
    """44.1 kHz resampled to 48 follows FFmpeg's own resampler to -60 dB of its level."""
    _, path = make(shared_data, tmp_path)
    mine = pcm(path).reshape(-1, 2).astype(float) / 2**31
    with av.open(str(shared_data / "video" / WHOLE)) as container:
        resampler = av.AudioResampler("fltp", "stereo", 48000)
        blocks = []
        for frame in (*container.decode(audio=0), None):
            blocks += [f.to_ndarray() for f in resampler.resample(frame)]
    theirs: Any = np.concatenate(blocks, 1).T[: len(mine)]
    assert len(mine) == samples_before(13, Fraction(24000, 1001), 48000)
    inner = slice(200, min(len(mine), len(theirs)) - 200)
    assert (
        np.sqrt(np.mean((mine[inner] - theirs[inner]) ** 2))
        < 1e-3 * max(1e-3, np.sqrt(np.mean(theirs[inner] ** 2))) + 1e-6
    )


def test_closed_groups_count_from_the_clip(shared_data: Path, tmp_path: Path) -> None:
    """A part of H.264 begins with a key frame and has one where the whole movie has one."""
    fields: Any = {"codec": "h264", "only": "picture"}
    for part, keys in (("0-30", [0, 12, 24]), ("7-30", [0, 5, 17])):
        _, path = make(shared_data, tmp_path / part, "uuid540.mp4", frames=part, **fields)
        with av.open(str(path)) as container:
            shown = sorted((p.pts, p.is_keyframe) for p in container.demux(video=0) if p.size)
        assert [place for place, (_, key) in enumerate(shown) if key] == keys


def test_stitched_parts_equal_one_piece(shared_data: Path, tmp_path: Path) -> None:
    """Seven parts of ProRes with PCM are joined to the bytes of the movie in one piece."""
    _, whole = make(shared_data, tmp_path / "whole")
    cuts = ["0-1", "2-3", "4-5", "6-7", "8-9", "10-11", "12-12"]
    parts = [make(shared_data, tmp_path / c, frames=c)[1] for c in cuts]
    receipt: Any = rushes.call(
        "stitch", parts=[p.as_uri() for p in parts], output=str(tmp_path / "joined"), name="m"
    )
    joined = tmp_path / "joined" / "m.mov"
    assert receipt.report["frames"] == 13
    assert packets(joined, "video") == packets(whole, "video")
    assert len(pcm(joined)) == len(pcm(whole))


def test_parts_of_a_clip_without_timecode_join_in_mxf(shared_data: Path, tmp_path: Path) -> None:
    """MXF always has a timecode: of a clip that has none it counts from zero in every part."""
    fields: Any = {"codec": "dnxhr-lb", "container": "mxf"}
    receipt, whole = make(shared_data, tmp_path / "whole", **fields)
    assert receipt.report["movie"]["timecode"] == "00:00:00:00" == timecode(probe(whole))
    assert receipt.assumed["timecode"].startswith("00:00:00:00")
    parts = [make(shared_data, tmp_path / c, frames=c, **fields)[1] for c in ("0-4", "5-12")]
    assert timecode(probe(parts[1])) == "00:00:00:05"
    rushes.call(
        "stitch", parts=[p.as_uri() for p in parts], output=str(tmp_path / "joined"), name="m"
    )
    joined = tmp_path / "joined" / "m.mxf"
    assert packets(joined, "video") == packets(whole, "video")
    assert np.array_equal(pcm(joined), pcm(whole))


def test_turned_pictures_stand_upright(shared_data: Path, tmp_path: Path) -> None:
    """A telephone's movie that players turn is written turned, and says no turn any more."""
    _, path = make(shared_data, tmp_path, "with-gps.mov", width=None, height=None, frames="0-1")
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        assert (frame.width, frame.height, frame.rotation) == (320, 568, 0)
    with av.open(str(shared_data / "video" / "with-gps.mov")) as container:
        source = next(container.decode(video=0))
        held: Any = source.planes[0]
        rows = np.frombuffer(held, np.uint8).reshape(held.height, -1)[:, : held.width]
    turned = np.rot90(rows.astype(float), -1)
    assert np.abs(luma(path)[0] / 4 - turned).mean() < 3


def test_uneven_times_become_even(shared_data: Path, tmp_path: Path) -> None:
    """Pictures shown for six, two and one frames are repeated so often; the receipt says it."""
    receipt, path = make(shared_data, tmp_path, "mjpeg_field_order.avi", frames="0-2")
    made = luma(path)
    assert len(made) == 9 and "frames repeated" in receipt.assumed["times"]
    same = [bool(np.abs(a - b).max() == 0) for a, b in pairwise(made)]
    assert same == [True] * 5 + [False, True, False]
    counted, path = make(
        shared_data, tmp_path / "count", "mjpeg_field_order.avi", frames="0-2", times="count"
    )
    assert len(luma(path)) == 3 and "one frame" in counted.assumed["times"]


def test_interlaced_pictures(shared_data: Path, tmp_path: Path) -> None:
    """Fields become one picture, in a part as in the whole, or stay and are told."""
    fields: Any = {"clip": "interlaced_crop.mp4", "width": None, "height": None}
    receipt, one = make(shared_data, tmp_path / "a", frames="20-23", **fields)
    _, other = make(shared_data, tmp_path / "b", frames="22-23", **fields)
    assert packets(one, "video")[2:] == packets(other, "video")
    assert "bwdif" in receipt.assumed["fields"] and receipt.report["movie"]["fields"] == (
        "progressive"
    )
    kept, path = make(shared_data, tmp_path / "c", frames="20-23", fields="keep", **fields)
    assert kept.report["movie"]["fields"] == "tt"
    combing = [np.abs(np.diff(f[0], axis=0)).mean() for f in (luma(path), luma(one))]
    assert combing[0] > combing[1]


def test_edit_lists_are_obeyed(shared_data: Path, tmp_path: Path) -> None:
    """What three edits show is what is written, as many frames as a player shows."""
    _, path = make(shared_data, tmp_path, "mov-3elist.mov", frames="0-47")
    assert len(packets(path, "video")) == 48


def test_what_cannot_be_trusted_is_no_movie(shared_data: Path, tmp_path: Path) -> None:
    """Encrypted, cut and wrongly decoded movies and sound alone are errors; nothing is left."""
    for name, error in (
        ("mov-3elist-encrypted.mov", DamagedSource),
        ("truncated_133445_frames_in24.mp4", DamagedSource),
        ("displaymatrix_truncated.mov", DamagedSource),
        ("audio1.mxf", UnsupportedMedia),
    ):
        # The header of one claims more frames than a unit may have.
        frames = "0-1" if name.startswith("truncated_") else None
        with pytest.raises(error):
            make(shared_data, tmp_path / name, name, frames=frames)
        assert not list((tmp_path / name).rglob("*.mov"))


def test_every_shared_movie_to_a_proxy(shared_data: Path, tmp_path: Path) -> None:
    """Each shared movie whose pictures decode becomes a proxy of its first frame."""
    bad = {"mov-3elist-encrypted.mov", "truncated_133445_frames_in24.mp4",
           "audio1.mxf"}  # fmt: skip
    codecs = ("prores-proxy", "dnxhr-lb", "h264", "h265-10")
    found = sorted(p.name for p in (shared_data / "video").iterdir() if p.name not in bad)
    for number, name in enumerate(found):
        codec = codecs[number % len(codecs)]
        frames = None if name.endswith(".dpx") else "0"
        receipt, path = make(shared_data, tmp_path / name, name, codec=codec, frames=frames)
        assert len(luma(path)) == receipt.report["movie"]["frames"] >= 1
        assert luma(path)[0].shape == (144, 256)


def test_channels_are_mapped(shared_data: Path, tmp_path: Path) -> None:
    """Channels go where they are told to, 0 is silence, and one that is not there is named."""
    _, plain = make(shared_data, tmp_path / "a")
    _, crossed = make(shared_data, tmp_path / "b", channels="2,0;1")
    both = pcm(plain).reshape(-1, 2)
    with av.open(str(crossed)) as container:
        layouts = [s.codec_context.channels for s in container.streams.audio]
    swapped = pcm(crossed).reshape(-1, 2)
    assert layouts == [2, 1]
    assert np.array_equal(swapped[:, 0], both[:, 1]) and not swapped[:, 1].any()
    with pytest.raises(InvalidRequest, match="channels"):
        make(shared_data, tmp_path / "c", channels="3")


def test_mono_streams_become_pairs(shared_data: Path, tmp_path: Path) -> None:
    """Mono streams of a camera's MXF as two stereo streams and a mono one, to the sample."""
    name = "SonyXAVC_LongGOP.mxf"
    with av.open(str(shared_data / "video" / name)) as container:
        streams = len(container.streams.audio)
    assert streams >= 4
    own = []
    for number in range(4):
        with av.open(str(shared_data / "video" / name)) as container:
            blocks = [f.to_ndarray().reshape(-1) for f in container.decode(audio=number)]
        own.append(np.concatenate(blocks))
    _, path = make(shared_data, tmp_path, name, frames="2-4", channels="1,2;4,3;2")
    with av.open(str(path)) as container:
        assert [s.codec_context.channels for s in container.streams.audio] == [2, 2, 1]
    rate = Fraction(25)
    first, last = samples_before(2, rate, 48000), samples_before(5, rate, 48000)
    for number, chosen in enumerate(([0, 1], [3, 2], [1])):
        with av.open(str(path)) as container:
            made = np.concatenate(
                [f.to_ndarray().reshape(-1) for f in container.decode(audio=number)]
            )
        expected = np.stack([own[c][first:last] for c in chosen], 1).reshape(-1)
        assert np.array_equal(made, expected)


@pytest.mark.parametrize(
    ("space", "codes"),
    [("rec709", (1, 1, 1)), ("p3d65", (12, 2, 1)), ("rec2100-pq", (9, 16, 9)),
     ("rec2100-hlg", (9, 18, 9))],
)  # fmt: skip
@pytest.mark.parametrize("codec", ["prores-proxy", "prores-hq", "prores-4444"])
def test_colour_is_told_everywhere(
    space: str, codes: tuple[int, int, int], codec: str, shared_data: Path, tmp_path: Path
) -> None:
    """H.273's numbers stand in the frame header of ProRes and in `colr`; gamma 2.6 of P3-D65 has
    none. RDD 36 has them behind the rate, QuickTime behind `nclc`."""
    _, path = make(
        shared_data, tmp_path, "dnxhr444_cid1270.mov", codec=codec, source="arri-logc3", space=space
    )
    with av.open(str(path)) as container:
        packet = bytes(next(p for p in container.demux(video=0) if p.size))
    assert packet[4:8] == b"icpf" and tuple(packet[22:25]) == codes
    content = path.read_bytes()
    at = content.index(b"colrnclc") + 8
    assert tuple(int.from_bytes(content[at + n : at + n + 2], "big") for n in (0, 2, 4)) == codes


def test_picture_and_sound_apart(shared_data: Path, tmp_path: Path) -> None:
    """For AAC, sound is a part of its own over all frames, to the sample."""
    _, sound = make(shared_data, tmp_path / "s", codec="h264", only="sound", name="s")
    _, silent = make(shared_data, tmp_path / "p", codec="h264", only="picture", name="p")
    with av.open(str(sound)) as container:
        assert not container.streams.video and container.streams.audio[0].codec.name == "aac"
        length = container.streams.audio[0].duration
    assert length == samples_before(13, Fraction(24000, 1001), 48000)
    with av.open(str(silent)) as container:
        assert not container.streams.audio and container.streams.video[0].frames == 13


def test_op_atom_holds_one_channel_a_file(shared_data: Path, tmp_path: Path) -> None:
    """Each channel is a file of its own, as long as the pictures, with their timecode."""
    fields: Any = {"codec": "dnxhr-lb", "container": "mxf-opatom", "only": "sound", "frames": "3-9"}
    _, both = make(shared_data, tmp_path / "both", frames="3-9")
    for channel in (1, 2):
        _, path = make(shared_data, tmp_path / str(channel), channels=str(channel), **fields)
        found = probe(path)
        (only,) = found["streams"]
        assert (only["codec_name"], only["channels"]) == ("pcm_s24le", 1)
        assert found["said"] == "" and timecode(found) == "00:00:00:03"
        assert np.array_equal(pcm(path), pcm(both).reshape(-1, 2)[:, channel - 1])
    with pytest.raises(InvalidRequest, match="one channel"):
        make(shared_data, tmp_path / "c", **fields)


def test_burn_in_is_its_glyphs() -> None:
    """Letters stand where they are said to, white on a darkened strip, the rest untouched."""
    planes = np.full((3, 160, 320), 40000, np.uint16)
    burner = Burner((BurnIn("text", "top-left", "Größe 東京"), parse_burn_in("frame@bottom-right")))
    burner.draw(planes, Facts(1042, None, None, "A001"))
    size, pad = 160 // 17, 2
    ink = letters("Größe 東京", size)
    edge = 160 // 24
    found = planes[0][edge : edge + ink.shape[0], edge + pad : edge + pad + ink.shape[1]]
    dark = 40000 * np.float32(0.35)
    wanted = dark + ink / 255 * (0.9 * 65535 - dark)
    assert np.abs(found - wanted).max() <= 1
    assert (ink > 100).sum() > 60
    assert (planes[:, 60:100] == 40000).all()
    assert (planes[0][140:] > 40000).sum() == (letters("1042", size) > 147).sum()


@pytest.mark.parametrize("size", [(568, 320), (320, 568), (64, 36), (640, 480)])
def test_no_words_stand_over_others(size: tuple[int, int]) -> None:
    """In pictures of any shape every item is there, whole, as long as a line has room for it."""
    width, height = size
    planes = np.full((3, height, width), 40000, np.uint16)
    items = (
        BurnIn("timecode", "bottom"), BurnIn("reel", "bottom-left"),
        BurnIn("frame", "bottom-right"), BurnIn("text", "bottom-left", "DRAFT"),
    )  # fmt: skip
    label = Timecode.parse("01:02:03:04", Fraction(24))
    Burner(items).draw(planes, Facts(86400, label, "A001", "CLIP"))
    em = max(8, round(min(size) / 17))
    for text in (str(label), "A001  DRAFT", "86400"):
        part = fitting(text, em, width - 2 * max(2, em // 5))
        assert holds(planes[0] > 40000, letters(part, em) > 147), text


@pytest.mark.parametrize(
    "fields",
    [
        {"codec": "prores-8k"}, {"container": "mp4"}, {"burn_in": ("shutter",)},
        {"burn_in": ("frame@middle",)}, {"codec": "h264", "audio": "pcm", "container": "mp4"},
        {"codec": "dnxhr-hq", "audio": "aac"}, {"space": "acescg"},
        {"codec": "h265", "fields": "keep"},
    ],
)  # fmt: skip
def test_wrong_requests_are_named(fields: Any, shared_data: Path, tmp_path: Path) -> None:
    """Codec, container, burn-in, sound and colour that do not fit are one sentence each."""
    with pytest.raises(InvalidRequest):
        make(shared_data, tmp_path, "interlaced_crop.mp4", frames="0-1", **fields)


def test_an_encoder_says_nothing_of_its_own(shared_data: Path, tmp_path: Path) -> None:
    """AV1 from the command line leaves the receipt's lines and no library's."""
    words = ["transcode", str(shared_data / "video" / WHOLE), str(tmp_path), "--frames", "0"]
    words += ["--codec", "av1", "--width", "256", "--height", "144", "--source", "rec709"]
    done = subprocess.run(
        [sys.executable, "-m", "functions.serve.cli.main", *words],
        capture_output=True, text=True, timeout=60,
        env={name: value for name, value in os.environ.items() if name != "SVT_LOG"},
    )  # fmt: skip
    assert done.returncode == 0 and "Svt" not in done.stderr + done.stdout


def test_stills_become_a_movie(shared_data: Path, tmp_path: Path) -> None:
    """A DPX without a rate is shown at 24, which the receipt says."""
    receipt, path = make(shared_data, tmp_path, "lighthouse_rgb48.dpx")
    assert receipt.assumed["rate"].startswith("24")
    assert len(luma(path)) == 1
