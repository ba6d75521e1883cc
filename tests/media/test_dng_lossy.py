"""Lossy JPEG in DNGs: what another decoder makes of the tiles, on the curve that the tags write."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import rawpy
import tifffile
from PIL import Image

from functions.contract.clip import RawFrame
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.media.dng.file import read_frame
from functions.media.dng.pixels import Buffers
from tests.media.dngs import SHORT, UNDEFINED, noisy, write_dng
from tests.media.test_dng_shading import opcodes

TABLE = tuple(int(65535 * (code / 255) ** 2) for code in range(256))
SHAPES = {"mosaic": (96, 128), "linear": (96, 128, 3)}


def decoded(content: bytes) -> RawFrame:
    return read_frame(content, 0, 1 << 24, Buffers())


def by_pillow(content: bytes, shape: tuple[int, ...], tile: tuple[int, int]) -> Any:
    """Tiles of the only picture, each decoded by Pillow, put together and cut."""
    made = np.zeros((shape[0] + tile[0], shape[1] + tile[1], *shape[2:]), np.uint8)
    across = -(-shape[1] // tile[1])
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages[0]
        for number, (start, size) in enumerate(
            zip(page.dataoffsets, page.databytecounts, strict=True)
        ):
            y, x = number // across * tile[0], number % across * tile[1]
            picture = np.array(Image.open(io.BytesIO(content[start : start + size])))
            made[y : y + tile[0], x : x + tile[1]] = picture
    return made[: shape[0], : shape[1]]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("tile", [(96, 128), (64, 64), (48, 80)])
def test_tiles_and_table(shape: tuple[int, ...], tile: tuple[int, int]) -> None:
    """Each sample is the table's number for what Pillow decodes; levels are told with it."""
    colours = shape[2] if len(shape) == 3 else 1
    tags = {50712: (SHORT, TABLE), 50714: (SHORT, (100, 200, 300)[:colours]),
            50717: (SHORT, (60000,) * colours)}  # fmt: skip
    content = write_dng(noisy(shape, 8), 8, compression="lossy", tile=tile, tags=tags)
    frame = decoded(content)
    expected = np.array(TABLE, np.uint16)[by_pillow(content, shape, tile)]
    np.testing.assert_array_equal(frame.pixels, expected)
    blacks = (100, 200, 300, 300) if colours == 3 else (100,) * 4
    assert (frame.black, frame.white) == (blacks, 60000)


def test_without_a_table_samples_are_linear() -> None:
    """Nothing is guessed: eight bits are eight bits of light."""
    content = write_dng(noisy((96, 128, 3), 8), 8, compression="lossy")
    frame = decoded(content)
    np.testing.assert_array_equal(frame.pixels, by_pillow(content, (96, 128, 3), (96, 128)))
    assert frame.white == 255


def polynomial(plane: int, coefficients: tuple[float, ...]) -> tuple[int, bytes]:
    degree = len(coefficients) - 1
    area = struct.pack(">9I", 0, 0, 96, 128, plane, 1, 1, 1, degree)
    return 8, area + struct.pack(f">{degree + 1}d", *coefficients)


def test_polynomials_as_libraw_and_dcraw_have_them(tmp_path: Path) -> None:
    """A curve for each colour, as converters write them, is that of two other programs."""
    curves = [(0.0, 0.1, 0.9), (0.0, 0.3, 0.2, 0.5), (0.01, 0.5, 0.49)]
    listed = opcodes(*(polynomial(plane, curve) for plane, curve in enumerate(curves)))
    content = write_dng(noisy((96, 128, 3), 8), 8, compression="lossy", tile=(64, 64),
                        tags={51009: (UNDEFINED, listed)})  # fmt: skip
    frame = decoded(content)
    assert (frame.white, frame.pixels.dtype) == (1.0, np.float32)
    codes = by_pillow(content, (96, 128, 3), (64, 64)) / 255
    ours = np.stack([np.polyval(c[::-1], codes[..., k]) for k, c in enumerate(curves)], -1)
    np.testing.assert_allclose(frame.pixels, ours, atol=1e-6)
    with rawpy.imread(io.BytesIO(content)) as raw:
        theirs = raw.raw_image[..., :3] / np.float32(65535)
    np.testing.assert_allclose(frame.pixels, theirs, atol=1.1 / 65535)
    if shutil.which("dcraw") is None:
        pytest.skip("dcraw is not here")
    (tmp_path / "x.dng").write_bytes(content)
    ran = subprocess.run(["dcraw", "-D", "-4", "-c", str(tmp_path / "x.dng")], check=True,
                         capture_output=True)  # fmt: skip
    theirs = np.frombuffer(ran.stdout[-96 * 128 * 6 :], ">u2").reshape(96, 128, 3) / 65535
    np.testing.assert_allclose(frame.pixels, theirs, atol=1.1 / 65535)


def test_tables_apart_from_the_tiles() -> None:
    """Streams without tables of their own take those of JPEGTables."""
    picture = noisy((96, 128, 3), 8)
    whole = bytes(imagecodecs.jpeg8_encode(picture, level=95))
    at, tables, rest = 2, b"", b""
    while whole[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(whole[at + 2 : at + 4], "big")
        if whole[at + 1] in (0xDB, 0xC4):
            tables += whole[at:end]
        else:
            rest += whole[at:end]
        at = end
    body, tables = b"\xff\xd8" + rest + whole[at:], b"\xff\xd8" + tables + b"\xff\xd9"
    same = decoded(write_dng(picture, 8, compression="lossy", body=whole)).pixels
    content = write_dng(picture, 8, compression="lossy", body=body,
                        tags={347: (UNDEFINED, tables)})  # fmt: skip
    np.testing.assert_array_equal(decoded(content).pixels, same)


def test_twelve_bits() -> None:
    """A stream of 12 bits fills samples of 12, also two rows of a mosaic in one of the stream."""
    picture = noisy((96, 128), 12)
    for stored in (picture, picture.reshape(48, 256)):
        body = bytes(imagecodecs.jpeg8_encode(stored, level=98, bitspersample=12))
        frame = decoded(write_dng(picture, 12, compression="lossy", body=body))
        assert abs(frame.pixels.astype(int) - picture).mean() < 10
        assert frame.white == 4095


@pytest.mark.parametrize(
    ("bits", "stored", "words"),
    [
        (16, (96, 128, 3), "8 bits in samples of 16"),
        (8, (192, 64, 3), "does not fit"),
        (8, (48, 256, 3), "does not fit"),
        (8, (96, 384), "does not fit"),
        (8, (95, 128, 3), "95 of 96 rows"),
    ],
)
def test_streams_that_do_not_fit(bits: int, stored: tuple[int, ...], words: str) -> None:
    """A stream of another depth, shape or number of colours than its tile is damage."""
    body = bytes(imagecodecs.jpeg8_encode(noisy(stored, 8), level=95))
    picture = noisy((96, 128, 3), bits)
    with pytest.raises(DamagedSource, match=words):
        decoded(write_dng(picture, bits, compression="lossy", body=body))


def test_more_bits_than_samples_have() -> None:
    """Twelve bits in samples of eight are damage."""
    body = bytes(imagecodecs.jpeg8_encode(noisy((96, 128, 3), 12), level=95, bitspersample=12))
    with pytest.raises(DamagedSource, match="12 bits in samples of 8"):
        decoded(write_dng(noisy((96, 128, 3), 8), 8, compression="lossy", body=body))


@pytest.mark.parametrize(("predictor", "step"), [(2, 1), (34892, 2), (34893, 4)])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_differences_without_compression(predictor: int, step: int, shape: tuple[int, ...]) -> None:
    """Uncompressed samples stored as differences are summed, and where they cannot be, refused."""
    for bits, order in ((8, "<"), (16, "<"), (16, ">")):
        picture = noisy(shape, bits)
        stored = picture.copy()
        stored[:, step:] -= picture[:, :-step]
        content = write_dng(stored, bits, order=order, tags={316: (SHORT, predictor)})
        np.testing.assert_array_equal(decoded(renamed(content, order)).pixels, picture)
    content = write_dng(noisy((96, 128), 12), 12, tags={316: (SHORT, predictor)})
    with pytest.raises(UnsupportedMedia, match=f"predictor {predictor}"):
        decoded(renamed(content, "<"))


def renamed(content: bytes, order: str) -> bytes:
    """Tag 316 made 317, which tifffile writes as it thinks right."""
    entries = [struct.pack(f"{order}HHI", tag, 3, 1) for tag in (316, 317)]
    assert content.count(entries[0]) == 1
    return content.replace(*entries)
