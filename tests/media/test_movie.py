"""Movies through FFmpeg: facts from headers, camera raw by frame, damage told by its name."""

from __future__ import annotations

import io
import struct
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from functions.contract.errors import (
    DamagedSource,
    LimitExceeded,
    RushesError,
    UnsupportedMedia,
)
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.store import Stat
from functions.media.containers.atoms import scan_mxf
from functions.media.containers.klv import read_mxf
from functions.media.movie.clip import MovieClip, open_movie
from functions.media.movie.counting import count_pictures, pictures_at
from functions.media.movie.sound import Sound
from functions.storage import open_store
from tests.media.movies import bayer_movie, grey_level, movie, plate, stored


def opened(content: bytes, name: str = "A001.mov", limits: Limits | None = None) -> MovieClip:
    clip = open_movie(*stored(name, content), limits)
    assert isinstance(clip, MovieClip)
    return clip


def nothing() -> None:
    """A unit that need not stop."""


def test_facts_of_a_movie() -> None:
    """Container, codec, size, exact rate, count and start timecode come from headers."""
    content = movie(5, rate=Fraction(24000, 1001), timecode="01:00:00:00")
    facts = opened(content).facts
    assert (facts.container, facts.codec, facts.layout) == ("mov", "mpeg4", None)
    assert (facts.width, facts.height, facts.frames_claimed) == (64, 48, 5)
    assert facts.rate == Fraction(24000, 1001)
    assert str(facts.start) == "01:00:00:00"


def test_an_ordinary_movie_is_no_camera_raw() -> None:
    """Frames of a movie that is developed already are refused, with what it is."""
    with pytest.raises(UnsupportedMedia, match="not camera raw: mpeg4 yuv420p in mov"):
        next(iter(opened(movie(2)).frames(FrameRange(0, 1))))


@pytest.mark.parametrize("name", ["bggr", "rggb", "gbrg", "grbg"])
def test_any_bayer_movie_is_camera_raw(name: str) -> None:
    """Whatever decodes to a CFA comes with its pattern, each frame by its number."""
    clip = opened(bayer_movie(6, f"bayer_{name}16le"), "A001.nut")
    got = list(clip.frames(FrameRange(1, 6, 2)))
    assert [int(f.pixels[0, 0]) - 3000 for f in got] == [1, 3, 5]
    assert got[0].pattern == name.upper() and clip.facts.layout == "cfa"
    assert np.array_equal(got[1].pixels, plate(3))


def test_a_bayer_frame_past_the_end() -> None:
    """A number that is not there is damage with that number."""
    with pytest.raises(DamagedSource) as caught:
        list(opened(bayer_movie(2), "A001.nut").frames(FrameRange(5, 6)))
    assert caught.value.facts["frame"] == 5


@pytest.mark.parametrize(("codec", "pixels"), [("mpeg4", "yuv420p"), ("prores_ks", "yuv422p10le")])
def test_pictures_are_counted_and_found(codec: str, pixels: str) -> None:
    """Counted by packets or by decoding, and any picture is the one of its number."""
    clip = opened(movie(20, codec=codec, pixel_format=pixels))
    count = count_pictures(clip, nothing, 1000)
    assert (count.frames, count.breaks) == (20, 0)
    assert count.method == ("packets" if codec == "prores_ks" else "decode")
    for number, picture in pictures_at(clip, count, (0, 7, 19), nothing):
        grey = picture.to_ndarray(format="gray").mean()
        assert abs(grey - grey_level(number)) < 3, number


def test_counting_stops_at_the_limit() -> None:
    """More pictures than a unit may have end the count."""
    with pytest.raises(LimitExceeded):
        count_pictures(opened(movie(20)), nothing, 10)


def test_a_movie_cut_short(tmp_path: Path) -> None:
    """With its index at the front, a movie without its end still says what it promised."""
    fast = {"movflags": "faststart"}
    whole = movie(
        40,
        codec="prores_ks",
        pixel_format="yuv422p10le",
        options=fast,
        path=tmp_path / "A001.mov",
    )
    clip = opened(whole[: len(whole) * 6 // 10])
    count = count_pictures(clip, nothing, 1000)
    assert clip.scan.missing > 0
    assert 0 < count.frames < clip.facts.frames_claimed == 40


def test_encryption_is_told_from_the_headers() -> None:
    """An `encv` sample entry makes frames damage, and no decoder is asked."""
    content = bytearray(movie(3))
    at = content.index(b"mp4v", content.index(b"stsd"))
    content[at : at + 4] = b"encv"
    clip = opened(bytes(content))
    assert clip.scan.encrypted == "cenc"
    with pytest.raises(DamagedSource, match="encrypted"):
        next(iter(clip.frames(FrameRange(0, 1))))


def test_an_unknown_codec_is_named_and_no_damage() -> None:
    """A sample entry that FFmpeg does not know is unsupported, with its four letters."""
    content = bytearray(movie(3, codec="prores_ks", pixel_format="yuv422p10le"))
    at = content.index(b"stsd") + 16
    content[at : at + 4] = b"QQra"
    with pytest.raises(UnsupportedMedia, match="'QQra'"):
        opened(bytes(content))


def test_encrypted_mxf_by_its_labels() -> None:
    """The key of an encrypted triplet in the header says encrypted; other keys do not."""
    import io

    key = bytes.fromhex("060e2b34020401010d010301027e0100")
    assert scan_mxf(io.BytesIO(bytes(512) + key + bytes(99))).encrypted == "ST 429-6"
    assert scan_mxf(io.BytesIO(bytes(512) + key[:-4] + bytes(99))).encrypted is None


def test_pixels_over_the_limit() -> None:
    """A picture larger than the limit is refused at the header."""
    with pytest.raises(LimitExceeded):
        opened(movie(1), limits=Limits(pixels=64 * 48 - 1))


def test_a_huge_size_in_a_broken_header_ends_in_an_error() -> None:
    """A header that says 65535x65535 is over the limit: no memory is taken for it."""
    content = bytearray(movie(1))
    at = content.index(b"mp4v", content.index(b"stsd"))
    content[at + 28 : at + 32] = struct.pack(">HH", 65535, 65535)
    with pytest.raises(RushesError):
        clip = opened(bytes(content))
        count_pictures(clip, nothing, 10)
        if clip.facts.width < 65535:  # FFmpeg takes the size of the stream itself
            raise LimitExceeded("never")


def test_playlists_open_no_other_file() -> None:
    """Text that names other files is no movie, whatever it is called."""
    for text in (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", b"ffconcat version 1.0\nfile x\n"):
        with pytest.raises((DamagedSource, UnsupportedMedia)):
            opened(text, "A001.mov")


def test_every_cut_of_a_movie_ends_in_a_count_or_an_error() -> None:
    """However a movie is cut or scrambled, it is counted or raises an error of the contract."""
    whole = movie(6)
    scrambler = np.random.default_rng(1)
    for length in range(0, len(whole), len(whole) // 25):
        for content in (whole[:length], _scrambled(whole, scrambler)):
            try:
                assert count_pictures(opened(content), nothing, 100).frames <= 100
            except RushesError:
                continue


def _scrambled(content: bytes, random: np.random.Generator) -> bytes:
    damaged = bytearray(content)
    for place in random.integers(0, len(damaged), 12):
        damaged[place] = int(random.integers(0, 256))
    return bytes(damaged)


def test_headers_alone_are_read(tmp_path: Path) -> None:
    """Opening a movie reads its head and its index, not its pictures."""
    content = movie(200, codec="rawvideo", pixel_format="yuv422p", container="nut", size=(256, 256))
    stat, store = stored("A001.nut", content)
    open_movie(stat, store)
    # FFmpeg looks at 5 MB at most to know the codec; here the first packets tell it.
    assert store.bytes_read < len(content) / 2


EXPECTED = {
    "video/Meridian-Apple_ProResProxy-HDR10.mxf": (5, "yuv422p10le", "00:01:15;26"),
    "video/Sequence_1-Apple_ProRes_422.mov": (2, "yuv422p10le", None),
    "video/Sony-00001_imx_d10.mxf": (4, "yuv422p", "07:12:10:00"),
    "video/SonyXAVC_LongGOP.mxf": (6, "yuv422p10le", "08:00:37:05"),
    "video/Sony_ILCE-7M3_A7M3_.mts": (13, "yuv420p", None),
    "video/bmx_d10_sample.mxf": (2, "yuv422p", "23:58:30:00"),
    "video/cfhd_444.avi": (10, "gbrp12le", None),
    "video/cineform_yuv10b_hd.mov": (1, "yuv422p10le", "00:00:00:00"),
    "video/dnxhr444_cid1270.mov": (1, "yuv444p10le", "00:47:10:07"),
    "video/dnxhr_cid1271_12bit.mov": (1, "yuv422p12le", "01:00:00:00"),
    "video/dnxhr_lb_opatom_track_01_v02.mxf": (10, "yuv422p", "01:00:00:00"),
    "video/empty_edit_5s.mp4": (100, "yuv444p", None),
    "video/hdr10tags-both.mkv": (10, "yuv420p10le", None),
    "video/imf_phdr_j2k_video.mxf": (24, "rgb48le", "00:00:00:00"),
    "video/interlaced_crop.mp4": (126, "yuv420p", None),
    "video/iphone_dv84_hevc10.mov": (100, "yuv420p10le", None),
    "video/mjpeg_field_order.avi": (3, "yuvj422p", None),
    "video/mov-3elist.mov": (48, "yuv420p", None),
    "video/mov-3elist-encrypted.mov": (48, None, None),
    "video/mpeg2_field_encoding.ts": (31, "yuv420p", None),
    "video/opatom_essencegroup_alpha_raw.mxf": (1, "gray", "01:00:00:00"),
    "video/open-incomplete-header.mxf": (1, "yuv422p10le", "00:00:00:00"),
    "video/prores4444_with_transparency.mov": (1, "yuva444p12le", "01:00:00:00"),
    "video/quicktime-hvc1.mov": (35, "yuv420p", None),
    "video/thezerotheorem-cut.mp4": (13, "yuv420p", None),
    "video/truncated_133445_frames_in24.mp4": (0, None, "00:00:00:00"),
    "video/uuid540.mp4": (31, "yuv420p", None),
    "video/video1.mxf": (1, "yuv422p10le", "00:00:00:00"),
    "video/with-gps.mov": (120, "yuv420p", None),
    "video_bad/QuickTime.mov": (0, None, None),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_shared_movies(shared_data: Path, name: str) -> None:
    """Pictures really there, pixel format and start timecode of each shared movie."""
    store = open_store(("file:///",), None)
    clip = open_movie(store.stat(f"file://{shared_data.resolve() / name}"), store)
    assert isinstance(clip, MovieClip)
    with closing(clip):
        count = count_pictures(clip, nothing, 1000)
    kind = count.first.format.name if count.first else None
    start = str(clip.facts.start) if clip.facts.start else None
    assert (count.frames, kind, start) == EXPECTED[name]


def test_shared_hostile_files(shared_data: Path) -> None:
    """Files made to crash readers end in DamagedSource at the header."""
    store = open_store(("file:///",), None)
    for path in sorted((shared_data / "video_bad").glob("*poc*")):
        with pytest.raises(DamagedSource):
            open_movie(store.stat(f"file://{path.resolve()}"), store)


def test_aces_in_mxf_is_unsupported_and_not_damaged(shared_data: Path) -> None:
    """IMF application 5 holds ACES frames that FFmpeg does not know: that is no damage."""
    path = shared_data / "video_imf" / "PhotonApp5Test" / "reel1.mxf"
    content = path.read_bytes()
    stat, store = stored("reel1.mxf", content)
    assert isinstance(stat, Stat)
    with pytest.raises(UnsupportedMedia, match="ACES"):
        open_movie(stat, store)


@pytest.mark.parametrize(("layout", "depth"), [("ya8", 8), ("ya16be", 16)])
def test_grey_with_alpha(layout: str, depth: int) -> None:
    """Grey and alpha that stand in turn in one plane come apart."""
    source = av.VideoFrame(32, 16, layout)
    grey, alpha = np.arange(32) * 8, 255 - np.arange(32) * 8
    pairs = np.stack([grey, alpha], axis=1) * (1 if depth == 8 else 257)
    row = pairs.astype("u1" if depth == 8 else ">u2").tobytes()
    source.planes[0].update(row.ljust(source.planes[0].line_size, b"\0") * 16)
    target = io.BytesIO()
    with av.open(target, "w", format="mov") as out:
        stream = out.add_stream("png", rate=24)
        stream.width, stream.height, stream.pix_fmt = 32, 16, layout
        out.mux([*stream.encode(source), *stream.encode(None)])
    clip = opened(target.getvalue())
    (picture,) = clip.pictures(FrameRange(0, 1))
    assert clip.facts.picture.alpha == "straight" and picture.bits == depth
    for plane in picture.planes:
        assert np.array_equal(plane, np.tile(pairs[:, 0], (16, 1)))
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, np.tile(pairs[:, 1], (16, 1)))


def with_sound(layout: str, rate: int) -> bytes:
    """A quarter of a second of a transport stream."""
    target = io.BytesIO()
    with av.open(target, "w", format="mpegts") as out:
        video: Any = out.add_stream("mpeg2video", rate=25)
        video.width, video.height, video.pix_fmt = 64, 32, "yuv420p"
        audio: Any = out.add_stream("aac", rate=rate, layout=layout)
        for number in range(6):
            picture = av.VideoFrame(64, 32, "yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            out.mux(video.encode(picture))
        for number in range(12):
            noise = np.random.default_rng(number).normal(0, 0.1, (audio.channels, 1024))
            block = av.AudioFrame.from_ndarray(noise.astype(np.float32), "fltp", layout)
            block.sample_rate, block.pts = rate, 1024 * number
            block.time_base = Fraction(1, rate)
            out.mux(audio.encode(block))
        out.mux([*video.encode(None), *audio.encode(None)])
    return target.getvalue()


@pytest.mark.parametrize("then", [("5.1", 48000), ("stereo", 44100)])
def test_sound_that_becomes_another_is_refused(then: tuple[str, int]) -> None:
    """Broadcasts change channels or rate in the middle: no sample of that is at its place."""
    clip = opened(with_sound("stereo", 48000) + with_sound(*then), "A.ts")
    sound = Sound(clip, 48000, 1 << 28)
    assert sound.samples(0, 4800)[0].shape == (4800, 2)
    with closing(sound), pytest.raises(UnsupportedMedia, match="its sound becomes"):
        sound.samples(4800, 24000)


@pytest.mark.parametrize("length", [1 << 63, 1 << 50])
def test_triplets_longer_than_their_file(length: int) -> None:
    """What an MXF promises past its end is not asked for."""
    head = bytes.fromhex("060e2b34020501010d01020101020400") + b"\x88"
    content = head + struct.pack(">Q", length) + bytes(200)
    with pytest.raises(DamagedSource, match="no essence"):
        read_mxf(io.BytesIO(content), len(content))


def test_an_index_that_claims_more_than_its_file() -> None:
    """Edit units of one size fit into their file: else a hundred bytes would take gigabytes."""
    content = movie(3, container="mxf", codec="mpeg2video")
    at = content.rindex(bytes.fromhex("060e2b34025301010d01020101100100"))
    duration, size = (content.index(tag, at) for tag in (b"?\x0d\0\x08", b"?\x05\0\x04"))
    claimed = bytearray(content)
    claimed[duration + 4 : duration + 12] = struct.pack(">Q", 1 << 40)
    claimed[size + 4 : size + 8] = struct.pack(">I", 100)
    with pytest.raises(DamagedSource, match="edit units of 100 bytes"):
        read_mxf(io.BytesIO(bytes(claimed)), len(claimed))
