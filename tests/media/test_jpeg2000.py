"""What a JPEG 2000 says of colour, alpha and the shape of its pixels (ITU-T T.800, annex I.5.3)."""

from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np
import pytest
from imagecodecs import jpeg2k_encode

from functions.colour.tags import input_space
from functions.contract.errors import DamagedSource, UnsupportedMedia
from tests.media.still_files import Array, checker
from tests.media.test_stills import clip_of, shown

SRGB = b"\1\0\0" + struct.pack(">I", 16)


def jp2(picture: Array, colour: bytes | None = SRGB, *others: tuple[bytes, bytes]) -> bytes:
    """By OpenJPEG, its header boxes written anew.

    colour : body of `colr`. others : kind and body of boxes behind it
    """
    content = bytes(jpeg2k_encode(picture, reversible=True, level=0))
    at = content.index(b"jp2h") - 4
    stop = at + int.from_bytes(content[at : at + 4], "big")
    size = content[at + 8 : at + 8 + 22]
    assert size[4:8] == b"ihdr"
    inner = size + (box(b"colr", colour) if colour is not None else b"")
    inner += b"".join(box(*other) for other in others)
    return content[:at] + box(b"jp2h", inner) + content[stop:]


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def codes(*words: int, full: int = 1) -> bytes:
    return b"\5\0\0" + struct.pack(">3HB", *words, full << 7)


def test_code_points_are_obeyed() -> None:
    """Method 5 of `colr` names primaries and transfer by H.273: PQ of BT.2020 is not sRGB."""
    for words, space in (((9, 16, 0), "rec2100-pq"), ((1, 13, 0), "srgb")):
        tags = clip_of(jp2(checker(24, 32), codes(*words)), "x.jp2").facts.picture.colour
        assert input_space(tags).name == space
    for colour in (codes(9, 16, 9), codes(9, 16, 0, full=0), b"\4\0\0" + bytes(16)):
        with pytest.raises(UnsupportedMedia, match=r"H\.273|method 4"):
            clip_of(jp2(checker(24, 32), colour), "x.jp2")


def test_what_says_no_colour_is_no_srgb() -> None:
    """A bare codestream, as in a DCP, and a file without `colr` have to be named by `source`."""
    bare = bytes(jpeg2k_encode(checker(24, 32), reversible=True, level=0, codecformat="j2k"))
    for content, name in ((bare, "x.j2c"), (jp2(checker(24, 32), None), "x.jp2")):
        tags = clip_of(content, name).facts.picture.colour
        with pytest.raises(UnsupportedMedia, match="does not say its colour space"):
            input_space(tags)
    assert input_space(clip_of(jp2(checker(24, 32)), "x.jp2").facts.picture.colour).name == "srgb"


def test_alpha_is_straight_where_its_channel_is_opacity() -> None:
    """`cdef` 1 is opacity, 2 opacity that colours are multiplied by."""
    picture = checker(24, 32, 4)
    for kind, alpha in ((1, "straight"), (2, "premultiplied")):
        channels = struct.pack(">13H", 4, 0, 0, 1, 1, 0, 2, 2, 0, 3, 3, kind, 0)
        content = jp2(picture, SRGB, (b"cdef", channels))
        assert clip_of(content, "x.jp2").facts.picture.alpha == alpha


def test_resolutions_are_the_shape_of_a_pixel() -> None:
    """Twice as many columns in a metre make pixels half as wide as high."""
    grid = struct.pack(">4H2b", 100, 1, 20, 1, 0, 1)
    resolution = (b"res ", box(b"resd", grid))
    clip = clip_of(jp2(checker(24, 32), SRGB, resolution), "x.jp2")
    assert clip.facts.picture.pixel_aspect == Fraction(1, 2)
    far = (b"res ", box(b"resc", struct.pack(">4H2b", 100, 1, 20, 1, 0, 100)))
    with pytest.raises(DamagedSource, match="shape of a pixel"):
        clip_of(jp2(checker(24, 32), SRGB, far), "x.jp2")


def test_components_of_several_depths_are_refused() -> None:
    """The library hands them out as if all had the first one's."""
    content = bytearray(jp2(checker(24, 32)))
    np.testing.assert_array_equal(shown(bytes(content), "x.jp2"), checker(24, 32))
    content[content.index(b"\xff\x4f\xff\x51") + 42] = 11
    with pytest.raises(UnsupportedMedia, match="several depths"):
        clip_of(bytes(content), "x.jp2")
