"""A camera-raw movie whose file says where each frame stands: MLV, cine, mcraw, CRM."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO, Protocol, runtime_checkable

from functions.contract.clip import ClipFacts, RawFrame
from functions.contract.errors import LimitExceeded, RushesError, UnsupportedMedia, truncated
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.picture import Picture
from functions.contract.store import Stat, Store
from functions.media.stills.sequence import located, not_there


class FrameSource(Protocol):
    """What one format knows: its headers, where frames are, and how stored bytes unpack."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is in the file and is not applied, one sentence each."""
        ...

    def facts(self, name: str) -> ClipFacts:
        """What the headers say."""
        ...

    def place(self, stream: BinaryIO, number: int) -> tuple[int, int] | None:
        """Offset and bytes of a frame's samples; None past the last one that is there."""
        ...

    def count(self, stream: BinaryIO) -> int:
        """How many frames are there whole."""
        ...

    def decode(self, stored: bytes, number: int) -> RawFrame:
        """The frame. Raises DamagedSource, UnsupportedMedia; needs no frame or URI in them."""
        ...


@runtime_checkable
class Timed(Protocol):
    """A source whose frames say when they were taken."""

    def times(self) -> list[Fraction]:
        """Seconds of every frame after the first, and the end of the last."""
        ...


class IndexedClip:
    """Implements `contract.clip.Clip`: one seek and one read a frame.

    facts : what the headers say.
    notes : what is in the file and is not applied, one sentence each.
    stat : the file.
    muted : seconds of sound before the first picture.
    """

    muted = Fraction(0)

    def __init__(
        self, stat: Stat, store: Store, limits: Limits, source: FrameSource, name: str
    ) -> None:
        self.stat, self._store, self._source = stat, store, source
        self._stream: BinaryIO | None = None
        self.facts = source.facts(name)
        self.notes = source.notes
        try:
            limits.check_pixels(self.facts.width, self.facts.height)
        except LimitExceeded as error:
            raise located(error, stat, None) from error

    def numbers(self) -> FrameRange:
        """0 to the claimed count, or to the counted one where the header claims nothing."""
        return FrameRange(0, self.facts.frames_claimed or max(1, self.counted()))

    def counted(self) -> int:
        """Frames that are there whole: reads every frame's header, and no picture."""
        return self._source.count(self._opened())

    def times(self) -> list[Fraction] | None:
        """Seconds of every frame after the first, and the end of the last; None where nothing says
        them and the rate alone counts."""
        return self._source.times() if isinstance(self._source, Timed) else None

    def frames(self, wanted: FrameRange) -> Iterator[RawFrame]:
        """Frames in order; nothing but them is read.

        Raises DamagedSource with the frame's number for one that is not there or cut short.
        """
        stream = self._opened()
        for number in wanted:
            try:
                place = self._source.place(stream, number)
                if place is None:
                    raise not_there(self.facts.frames_claimed, self._source.count(stream))
                offset, length = place
                stream.seek(offset)
                stored = stream.read(length)
                if len(stored) < length:
                    raise truncated(f"{len(stored)} of {length} bytes of the picture are there")
                frame = self._source.decode(stored, number)
            except RushesError as error:
                raise located(error, self.stat, number) from error
            yield frame

    def open_again(self) -> BinaryIO:
        """A second reader of the file, for sound, which has a place of its own."""
        return self._store.open(self.stat.uri)

    def _opened(self) -> BinaryIO:
        if self._stream is None:
            self._stream = self._store.open(self.stat.uri)
        return self._stream

    def pictures(self, wanted: FrameRange) -> Iterator[Picture]:
        """Never: this is camera raw."""
        raise located(UnsupportedMedia("it is camera raw"), self.stat, None)

    def close(self) -> None:
        """Let go of the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
