"""A raw file of many gigabytes is read for its headers and its picture alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from functions.contract.operation import Limits
from functions.media import open_clip
from functions.storage.file import FileStore
from tests.media.dngs import noisy, write_dng


def test_a_large_dng_is_not_read_whole(tmp_path: Path) -> None:
    """Behind 60 kB of DNG stand gigabytes of nothing: none of them is read."""
    picture = noisy((96, 144), 16)
    path = tmp_path / "x.dng"
    path.write_bytes(write_dng(picture, 16))
    with path.open("r+b") as file:
        file.truncate(3 << 30)
    store = FileStore([tmp_path])
    read: list[int] = []

    class Counted:
        """The store, whose whole reads are counted."""

        def __getattr__(self, name: str) -> Any:
            return getattr(store, name)

        def read(self, uri: str) -> bytes:
            raise AssertionError("the file was read whole")

        def open(self, uri: str) -> BinaryIO:
            read.append(1)
            return store.open(uri)

    clip = open_clip(path.as_uri(), Counted(), Limits())
    (frame,) = clip.frames(clip.numbers())
    np.testing.assert_array_equal(frame.pixels, picture)
    assert read
