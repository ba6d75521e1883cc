"""A reader plug-in for rushes, of a made-up format: copy it and put your SDK into `open`.

The format: `EXAMPLE1`, then width, height, frames and frames per second (four u32, little-endian),
then each frame's samples (u16, rows of an RGGB mosaic).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO, NoReturn

import numpy as np

from functions.contract.camera import CameraRecord
from functions.contract.clip import ClipFacts, RawFrame
from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.store import Stat, Store

_MAGIC = b"EXAMPLE1"
_HEADER = struct.Struct("<8s4I")


class ExampleReader:
    """What the entry point names. Nothing heavy is imported here: this runs in rushes itself."""

    name = "Example raw"
    files = "exraw"

    def match(self, head: bytes, name: str) -> bool:
        """Whether a file is ours: by its content, never by its name alone."""
        return head.startswith(_MAGIC)

    def version(self) -> str:
        """Of the SDK: `import vendor_sdk; return vendor_sdk.version()`."""
        return "1.0"

    def open(self, stat: Stat, store: Store, limits: Limits) -> ExampleClip:
        """Read the headers. An SDK that wants a path gets it by `store.local(stat.uri)`."""
        return ExampleClip(stat, store)


class ExampleClip:
    """One file (contract's protocol Clip)."""

    notes: tuple[str, ...] = ()

    def __init__(self, stat: Stat, store: Store) -> None:
        self._stream: BinaryIO = store.open(stat.uri)
        head = self._stream.read(_HEADER.size)
        if len(head) < _HEADER.size:
            raise truncated("the header ends too early")
        _, self._width, self._height, self._count, rate = _HEADER.unpack(head)
        if not (self._width and self._height and self._count and rate):
            raise DamagedSource(f"{self._count} frames of {self._width}x{self._height}")
        self._camera = CameraRecord(make="Example", cfa="RGGB", bits=12, white=(4095.0,))
        self.facts = ClipFacts(
            container="exraw",
            codec="exraw",
            layout="cfa",
            width=self._width,
            height=self._height,
            name="",  # rushes names the clip
            frames_claimed=self._count,
            rate=Fraction(rate),
            camera=self._camera,
        )

    def numbers(self) -> FrameRange:
        """Frames from 0."""
        return FrameRange(0, self._count)

    def frames(self, wanted: FrameRange) -> Iterator[RawFrame]:
        """Frames in order, undeveloped: rushes does levels, white balance, debayer and colour."""
        size = 2 * self._width * self._height
        for number in wanted:
            self._stream.seek(_HEADER.size + number * size)
            stored = self._stream.read(size)
            if len(stored) < size:
                raise truncated(f"{len(stored)} of {size} bytes of the picture are there")
            yield RawFrame(
                number=number,
                layout="cfa",
                pixels=np.frombuffer(stored, "<u2").reshape(self._height, self._width),
                pattern="RGGB",
                black=(0.0, 0.0, 0.0, 0.0),
                white=4095.0,
                crop=(0, 0, self._width, self._height),
                camera=self._camera,
            )

    def pictures(self, wanted: FrameRange) -> NoReturn:
        """Never: plug-ins read camera raw."""
        raise UnsupportedMedia("it is camera raw")

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()
