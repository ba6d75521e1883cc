"""Uncompressed files whose pixels are made in place equal those that are encoded."""

from __future__ import annotations

import numpy as np
import pytest

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
        assert planes.flags.aligned
        planes[...] = rgb[::-1]
        assert bytes(file.content) == bytes(encode_exr(rgb, header))


def test_an_empty_picture_has_no_file() -> None:
    """No rows or no columns is a ValueError."""
    with pytest.raises(ValueError, match="empty"):
        OpenFile().begin(ExrHeader(), 0, 4)
