"""Atoms of QuickTime and MP4 that change layout or colour: obeyed, or told by name."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from functions.media.movie.clip import MovieClip
from tests.media.edited_movies import box, boxes, rewritten
from tests.media.movies import movie
from tests.media.test_movie_details import clip_of

Change = Callable[[tuple[bytes, ...], bytes, int], bytes | None]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("words") / "plain.mov"
    movie(2, codec="prores_ks", pixel_format="yuv422p10le", path=path)
    return path


def changed(plain: Path, folder: Path, change: Change) -> MovieClip:
    return clip_of(rewritten(plain, folder / "A.mov", change).read_bytes(), "A.mov")


def numbers(kind: bytes, at: int, form: str, *values: int) -> Change:
    """Numbers at a place of each header of a kind."""

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        if path[-1] != kind:
            return None
        body = bytearray(content)
        struct.pack_into(form, body, at, *values)
        return bytes(body)

    return change


def described(kind: bytes, body: bytes) -> Change:
    """A box in the description of the pictures, in place of one of its kind."""

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        if path[-1] != b"stsd" or track:
            return None
        ((codec, entry),) = boxes(content[8:])
        kept = b"".join(box(*each) for each in boxes(entry[78:]) if each[0] != kind)
        return content[:8] + box(codec, entry[:78] + kept + box(kind, body))

    return change


def matrix(a: float, b: float, c: float, d: float) -> tuple[int, ...]:
    fixed = (round(65536 * value) for value in (a, b, 0, c, d, 0, 0, 0))
    return (*fixed, 1 << 30)


def test_the_matrix_of_the_movie_turns_as_that_of_the_track(plain: Path, tmp_path: Path) -> None:
    """ISO/IEC 14496-12, 8.2.2 and 8.3.2: one is applied behind the other."""
    quarter, mirror = matrix(0, 1, -1, 0), matrix(-1, 0, 0, 1)
    turned = changed(plain, tmp_path, numbers(b"mvhd", 36, ">9i", *quarter))
    assert turned.facts.picture.rotation == 90
    both = numbers(b"tkhd", 40, ">9i", *quarter)
    half = rewritten(plain, tmp_path / "B.mov", both)
    assert changed(half, tmp_path, numbers(b"mvhd", 36, ">9i", *quarter)).scan.rotation == 180
    # A turn, then twice as high: a stored pixel, which lies on its side, is twice as wide.
    high = changed(half, tmp_path, numbers(b"mvhd", 36, ">9i", *matrix(1, 0, 0, 2)))
    assert (high.facts.picture.pixel_aspect, high.facts.picture.rotation, high.notes) == (2, 90, ())
    seen = changed(plain, tmp_path, numbers(b"mvhd", 36, ">9i", *mirror))
    assert any("mirrors" in note for note in seen.notes)


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        (b"fiel", b"\2\0", "fiel 2 0"),
        (b"fiel", b"\2\x02", "fiel 2 2"),
        (b"pasp", struct.pack(">II", 0, 1), "pasp"),
        (b"pasp", struct.pack(">II", 1000, 1), "pasp"),
        (b"colr", b"nclc" + struct.pack(">3H", 99, 16, 9), "primaries 99,"),
        (b"colr", b"nclc" + struct.pack(">3H", 9, 99, 98), "transfer 99, matrix 98"),
        (b"colr", b"abcd" + bytes(6), "'abcd'"),
        (b"clap", struct.pack(">IIIIiIiI", 32, 0, 48, 1, 0, 1, 0, 1), "of no size"),
        (b"clap", struct.pack(">IIIIiIiI", 64, 1, 48, 1, 4, 1, 0, 1), "4, 0 aside"),
        (b"dvcC", bytes((1, 0, 5 << 1, 0x0D)) + bytes(20), "IPT-PQ-C2"),
        (b"dvvC", bytes((1, 0, 8 << 1, 0x0D)) + bytes(20), "base layer"),
    ],
)
def test_what_a_description_says_and_is_not_done(
    plain: Path, tmp_path: Path, kind: bytes, body: bytes, words: str
) -> None:
    """Orders of fields, shapes, codes, apertures that cannot be or are not done are told."""
    notes = changed(plain, tmp_path, described(kind, body)).notes
    found = [note for note in notes if words.rstrip(",") in note]
    assert found and (not words.endswith(",") or "transfer" not in found[0])


def test_what_is_plain_tells_nothing(plain: Path, tmp_path: Path) -> None:
    """Descriptions that are obeyed are no news."""
    for kind, body in ((b"fiel", b"\2\x0e"), (b"pasp", struct.pack(">II", 4, 3)),
                       (b"colr", b"nclc" + struct.pack(">3H", 2, 2, 2)),
                       (b"clap", struct.pack(">IIIIiIiI", 64, 1, 48, 1, 0, 1, 0, 1))):  # fmt: skip
        assert changed(plain, tmp_path, described(kind, body)).notes == ()


def test_a_disabled_track_is_told(plain: Path, tmp_path: Path) -> None:
    """Players show none that its header (`tkhd`, bit 0) turns off."""
    clip = changed(plain, tmp_path, numbers(b"tkhd", 0, ">I", 0xE))
    assert any("disabled" in note for note in clip.notes)


@pytest.mark.parametrize(("form", "codec"), [("ya8", "png"), ("ya16be", "png"), ("gray", "tiff")])
def test_grey_with_and_without_alpha(tmp_path: Path, form: str, codec: str) -> None:
    """Grey comes over its full range where nothing says it, as FFmpeg takes it; alpha beside it."""
    bits = 16 if "16" in form else 8
    kind, wide = (">u2" if bits == 16 else "u1"), 2 if form.startswith("ya") else 1
    codes = np.random.default_rng(1).integers(0, 1 << bits, (16, 32, wide)).astype(kind)
    path = tmp_path / "A.mov"
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 32, 16, form
        frame = av.VideoFrame(32, 16, form)
        row = frame.planes[0].line_size
        padded = np.zeros((16, row), np.uint8)
        padded[:, : 32 * wide * bits // 8] = codes.reshape(16, -1).view(np.uint8)
        frame.planes[0].update(padded.tobytes())
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    clip = clip_of(path.read_bytes(), "A.mov")
    (picture,) = clip.pictures(clip.numbers())
    assert picture.full and picture.bits == bits
    np.testing.assert_array_equal(picture.planes[2], codes[..., 0])
    assert (picture.alpha is None) == (wide == 1)
    if picture.alpha is not None:
        np.testing.assert_array_equal(picture.alpha, codes[..., 1])
    assert clip.facts.picture.alpha == (None if wide == 1 else "straight")


@pytest.mark.parametrize(
    ("word", "siting"),
    [("C420jpeg", "center"), ("", "center"), ("C420mpeg2", "left"), ("C420paldv", "topleft"),
     ("C422", None)],
)  # fmt: skip
def test_chroma_of_yuv4mpeg_stands_where_its_header_says(word: str, siting: str | None) -> None:
    """yuv4mpeg(5): without a word it is that of JPEG, between the samples of luma."""
    samples = 64 * 48 * (4 if word == "C422" else 3) // 2
    head = f"YUV4MPEG2 W64 H48 F24:1 Ip A1:1 {word}".rstrip().encode()
    clip = clip_of(head + b"\nFRAME\n" + bytes(samples), "A.y4m")
    assert clip.facts.picture.siting == siting
