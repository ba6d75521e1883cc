"""The place in a file of known size: what every reader over somebody else's bytes says alike."""

from __future__ import annotations

import io
import os


class Seekable(io.RawIOBase):
    """A raw reader that may be sought; `readinto` is the subclass's.

    size : of the whole, in bytes
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"cannot seek to {base + offset}, before the start")
        self._at = base + offset
        return self._at
