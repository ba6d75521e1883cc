"""Uncompressed files whose pixels are made in place equal those that are encoded."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

import kernels
from functions.media.write.exr import ACES_CHROMATICITIES, ExrHeader, OpenFile, encode_exr


def test_a_file_made_in_place_is_the_encoded_one() -> None:
    """Sizes and header lengths change from frame to frame; the memory stays and fits."""
    file = OpenFile()
    random = np.random.default_rng(1)
    for height, width, reel in [
        (4, 6, "A"),
        (5, 7, "AB"),
        (5, 7, "AC"),
        (3, 3, "ABCD"),
        (9, 1, ""),
    ]:
        header = ExrHeader(chromaticities=ACES_CHROMATICITIES, reel=reel)
        rgb = random.random((3, height, width)).astype(np.float16)
        planes = file.begin(header, height, width)
        assert np.frombuffer(file.content, np.uint8).ctypes.data % 4096 == 0
        planes[...] = rgb[::-1]
        assert bytes(file.content) == bytes(encode_exr(rgb, header))


def test_an_empty_picture_has_no_file() -> None:
    """No rows or no columns is a ValueError."""
    with pytest.raises(ValueError, match="empty"):
        OpenFile().begin(ExrHeader(), 0, 4)


@pytest.mark.parametrize("depth", ["half", "float"])
def test_kernels_do_not_mind_odd_addresses(depth: Literal["half", "float"]) -> None:
    """A frame developed behind a header of any length has the same samples."""
    cfa = np.random.default_rng(2).integers(0, 4096, (9, 71), np.uint16)
    seen = []
    for reel in ("A", "AB", "ABC", "ABCD"):
        planes = OpenFile(depth).begin(ExrHeader(reel=reel), 9, 71)
        kernels.develop(cfa, "RGGB", black=256, white=4095, gains=1.0, matrix=np.eye(3), out=planes)
        seen.append((planes.flags.aligned, planes.tobytes()))
    assert {aligned for aligned, _ in seen} == {True, False}
    assert len({content for _, content in seen}) == 1
