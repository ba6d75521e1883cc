"""JPEG XL in DNGs (1.7): samples as djxl gives them, in the depth that the tags mean."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest

from functions.contract.clip import RawFrame
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.dng.file import read_frame
from functions.media.dng.jpegxl import read_depth
from functions.media.dng.pixels import Buffers
from tests.media.dng_cases import apart
from tests.media.dngs import BYTE, LONG, SHORT, noisy, write_dng
from tests.media.memory_store import ROOT, MemoryStore


def decoded(content: bytes) -> RawFrame:
    return read_frame(content, 0, 1 << 24, Buffers())


def coded(picture: Any, **settings: Any) -> bytes:
    return bytes(imagecodecs.jpegxl_encode(picture, **settings))


def by_djxl(body: bytes, folder: Path, shape: tuple[int, ...], bits: int) -> Any:
    """Samples of a stream as libjxl's own program writes them: PGM, PPM, or PFM for floats."""
    if shutil.which("djxl") is None:
        pytest.skip("djxl is not here")
    out = folder / ("x.pfm" if bits == 32 else "x.ppm" if len(shape) == 3 else "x.pgm")
    (folder / "x.jxl").write_bytes(body)
    command = ["djxl", str(folder / "x.jxl"), str(out)]
    if bits != 32:
        command += ["--bits_per_sample", str(bits)]
    subprocess.run(command, check=True, capture_output=True)
    content = out.read_bytes()
    kind = "u1" if bits == 8 else ">u2"
    if bits == 32:  # the third line's sign is the byte order
        kind = "<f4" if content.split(b"\n", 3)[2].startswith(b"-") else ">f4"
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    samples = np.frombuffer(content[-size:], kind).reshape(shape)
    return samples[::-1] if bits == 32 else samples


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("shape", [(40, 64), (40, 64, 3)], ids=["mosaic", "linear"])
def test_lossy_tiles_as_djxl_has_them(bits: int, shape: tuple[int, ...], tmp_path: Path) -> None:
    """A lossy stream, the whole range in use, gives djxl's samples to one step."""
    body = coded(noisy(shape, bits), distance=0.3)
    found = decoded(write_dng(noisy(shape, bits), bits, compression="jpegxl", body=body)).pixels
    assert abs(found.astype(int) - by_djxl(body, tmp_path, shape, bits)).max() <= 1


@pytest.mark.parametrize("bits", [16, 32])
def test_floats_without_loss(bits: int) -> None:
    """Halves and floats, above 1 too, are those that were coded; their white is 1."""
    picture = (noisy((40, 64, 3), 16) / 65535 * 2).astype(f"f{bits // 8}")
    body = coded(picture, lossless=True)
    frame = decoded(write_dng(picture, bits, compression="jpegxl", body=body))
    assert (frame.pixels.dtype, frame.white, frame.floating) == (np.float32, 1.0, True)
    np.testing.assert_array_equal(frame.pixels, picture.astype(np.float32))


def test_lossy_floats_as_djxl_has_them(tmp_path: Path) -> None:
    """A lossy stream of floats gives djxl's numbers."""
    picture = (noisy((40, 64, 3), 16) / 65535 * 2).astype(np.float32)
    body = coded(picture, distance=0.1)
    frame = decoded(write_dng(picture, 32, compression="jpegxl", body=body))
    theirs = by_djxl(body, tmp_path, picture.shape, 32)
    np.testing.assert_allclose(frame.pixels, theirs, rtol=2e-3, atol=1e-3)


@pytest.mark.parametrize("shape", [(42, 67), (42, 67, 3)], ids=["mosaic", "linear"])
@pytest.mark.parametrize("kind", ["u2", "f2", "f4"])
def test_quadrants_in_tiles(shape: tuple[int, ...], kind: str) -> None:
    """Fields over all tiles of a picture of odd size, whole numbers and floats, come together."""
    picture = noisy(shape, 16)
    if kind != "u2":
        picture = (picture / 65535).astype(kind)
    stored = apart(apart(picture, 2, 0), 3, 1)
    content = write_dng(stored, 8 * picture.dtype.itemsize, compression="jpegxl", tile=(16, 32),
                        tags={50975: (LONG, 2), 52547: (LONG, 3)})  # fmt: skip
    np.testing.assert_array_equal(decoded(content).pixels, picture)


def test_a_file_of_boxes_is_a_stream_too() -> None:
    """Tiles in libjxl's file format read as bare codestreams do."""
    picture = noisy((40, 64), 12)
    body = coded(picture, lossless=True, bitspersample=12, usecontainer=True)
    assert body[4:8] == b"JXL "
    frame = decoded(write_dng(picture, 12, compression="jpegxl", body=body))
    np.testing.assert_array_equal(frame.pixels, picture)


@pytest.mark.parametrize("bits", range(1, 17))
def test_depth_in_the_header(bits: int) -> None:
    """Of any size, bare and in boxes, the header's depth is the coder's."""
    kind = np.uint8 if bits <= 8 else np.uint16
    for shape in ((8, 8), (40, 64, 3), (33, 57), (520, 16, 3)):
        picture = np.full(shape, 1, kind)
        for boxes in (False, True):
            body = coded(picture, lossless=True, bitspersample=bits, usecontainer=boxes)
            found = read_depth(body)
            assert (found.bits, found.floating) == (bits, False)


@pytest.mark.parametrize(
    ("stream", "bits", "white", "stretched"),
    [
        (16, 16, None, False), (16, 14, 16383, False), (16, 12, None, False),
        (12, 12, None, False), (12, 16, 4095, False), (12, 14, 4000, False),
        (12, 16, None, True), (12, 16, 65535, True), (12, 12, 65535, True), (10, 16, 60000, True),
        (5, 8, None, True), (5, 8, 31, False),
    ],
)  # fmt: skip
def test_depth_by_the_white_level(
    stream: int, bits: int, white: int | None, stretched: bool, tmp_path: Path
) -> None:
    """Where stream and tags have other depths, white tells which is meant; stretched samples are
    those of djxl, whose library Adobe's SDK reads with."""
    picture = noisy((40, 64), stream).astype(np.uint8 if stream <= 8 else np.uint16)
    body = coded(picture, lossless=True, bitspersample=stream)
    tags = {} if white is None else {50717: (SHORT, white)}
    content = write_dng(np.ones((40, 64), np.uint8 if bits == 8 else np.uint16), bits,
                        compression="jpegxl", body=body, tags=tags)  # fmt: skip
    frame = decoded(content)
    assert frame.white == (white or (1 << bits) - 1)
    if not stretched:
        np.testing.assert_array_equal(frame.pixels, picture)
        return
    full = 255 if bits == 8 else 65535
    np.testing.assert_array_equal(frame.pixels, np.rint(picture / ((1 << stream) - 1) * full))
    theirs = by_djxl(body, tmp_path, (40, 64), 8 if bits == 8 else 16)
    assert abs(frame.pixels.astype(int) - theirs).max() <= 1  # djxl rounds 32-bit floats


def test_depths_that_nothing_tells() -> None:
    """A stream of fewer bits than white needs, or under a longer table, is refused."""
    body = coded(noisy((40, 64), 10), lossless=True, bitspersample=10)
    table = {50712: (SHORT, tuple(range(4096)))}
    for tags in ({}, {50717: (SHORT, 4000)}, table):
        content = write_dng(noisy((40, 64), 12), 12, compression="jpegxl", body=body, tags=tags)
        with pytest.raises(UnsupportedMedia, match="10 bits in a DNG of 12 bits"):
            decoded(content)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda p: coded(p[:20], lossless=True), "does not decode"),
        (lambda p: coded(np.dstack([p] * 3), lossless=True), "does not decode"),
        (lambda p: coded(np.vstack([p] * 2), lossless=True), "does not decode"),
        (lambda p: coded((p >> 8).astype(np.uint8), lossless=True), "of 8 bits in a DNG of 16"),
        (lambda p: coded((p / 65535).astype("f4"), lossless=True), "floating-point"),
        (lambda p: b"\xff\xd8" + bytes(90), "does not start"),
        (lambda p: b"\xff\x0a", "inside its header"),
        (lambda p: b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40), "without a codestream"),
    ],
)
def test_tiles_that_do_not_fit(body: Any, words: str) -> None:
    """Another size, depth or number of planes, and what is no JPEG XL, is damage."""
    picture = noisy((40, 64), 16)
    with pytest.raises(DamagedSource, match=words):
        decoded(write_dng(picture, 16, compression="jpegxl", body=body(picture)))


def test_an_animation_is_refused() -> None:
    """Several pictures in a tile are no tile."""
    picture = noisy((40, 64, 3), 16)
    body = coded(np.stack([picture, picture // 2]), lossless=True)
    with pytest.raises(UnsupportedMedia, match="animated"):
        decoded(write_dng(picture, 16, compression="jpegxl", body=body))


def test_newer_dngs_are_refused() -> None:
    """A file that says that only newer readers may read it is refused, one of 1.7.1 is read."""
    picture = noisy((40, 64), 16)
    decoded(write_dng(picture, 16, tags={50707: (BYTE, (1, 7, 1, 0))}))
    with pytest.raises(UnsupportedMedia, match=r"1\.8\.0\.0"):
        decoded(write_dng(picture, 16, tags={50707: (BYTE, (1, 8, 0, 0))}))


def test_a_transparency_mask_is_told() -> None:
    """Pixels that a mask leaves out are shown, which the notes say."""
    content = write_dng(noisy((40, 64), 16), 16, preview=True)
    clip = open_clip(ROOT + "x.dng", MemoryStore({"x.dng": content}), Limits())
    assert not any("mask" in note for note in clip.notes)
    kind, photometric = (struct.pack("<HHI", tag, form, 1) for tag, form in ((254, 4), (262, 3)))
    at, place = content.index(kind), content.index(photometric)  # those of the preview
    changed = bytearray(content)
    changed[at + 8], changed[place + 8] = 4, 4
    clip = open_clip(ROOT + "x.dng", MemoryStore({"x.dng": bytes(changed)}), Limits())
    assert any("transparency mask" in note for note in clip.notes)


def test_a_table_over_floats_is_refused() -> None:
    """A LinearizationTable has no meaning for floating-point samples."""
    picture = (noisy((40, 64), 16) / 65535).astype(np.float32)
    with pytest.raises(UnsupportedMedia, match="LinearizationTable"):
        decoded(write_dng(picture, 32, tags={50712: (SHORT, (0, 60000))}))
