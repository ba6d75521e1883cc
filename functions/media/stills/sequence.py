"""A clip of still files: a numbered sequence, or one file as a clip of one frame."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, BinaryIO, Protocol

import msgspec

from functions.contract import uris
from functions.contract.camera import CameraRecord
from functions.contract.clip import ClipFacts, Layout, RawFrame
from functions.contract.errors import (
    DamagedSource,
    LimitExceeded,
    RushesError,
    SourceNotFound,
    UnsupportedMedia,
    truncated,
)
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.picture import Picture, PictureFacts
from functions.contract.store import Stat, Store
from functions.contract.timecode import Timecode

if TYPE_CHECKING:
    from concurrent.futures import Future

_LARGEST = 1 << 30  # bytes of a raw file that is held in memory
AHEAD = 2
"""Files fetched while one is decoded. One hides the decoder from a disk; two hide the
round trip of an object store as well, and cost one file of memory more."""


class Header(msgspec.Struct, frozen=True):
    """What one still file's headers say; `layout` is None for what is no camera raw.

    width, height : after the default crop
    notes : what is in the file and is not applied
    """

    container: str
    codec: str
    layout: Layout | None
    width: int
    height: int
    camera: CameraRecord
    rate: Fraction | None = None
    timecode: Timecode | None = None
    notes: tuple[str, ...] = ()
    picture: PictureFacts = PictureFacts()


class Reader(Protocol):
    """One format of still files, of camera raw that is read whole unless it says otherwise.

    Errors need no frame or URI: the clip adds them.
    """

    def header(self, store: Store, stat: Stat) -> Header:
        """Facts of one file.

        Raises DamagedSource, UnsupportedMedia, LimitExceeded, and what the store raises.
        """
        ...

    def frame(self, content: bytes, number: int) -> RawFrame:
        """The picture of a whole file; its arrays are reused by the next call.

        Raises DamagedSource, UnsupportedMedia, LimitExceeded.
        """
        ...

    def frame_from(self, stream: BinaryIO, size: int, number: int) -> RawFrame:
        """As `frame`, of an open file that is too large to be held beside others.

        Raises LimitExceeded for a format that wants no such one.
        """
        return self.frame(stream.read(size), number)

    def picture(self, content: bytes, number: int, name: str) -> Picture:
        """The developed picture of a whole file of that name, where `layout` is None.

        Raises DamagedSource, UnsupportedMedia.
        """
        raise UnsupportedMedia("it is camera raw")

    def another(self) -> Reader:
        """One with memory of its own, for another thread; itself where it keeps none."""
        return self


class Listing(msgspec.Struct, frozen=True):
    """The files of a clip by frame number, and what its outputs are called after.

    files : in order of their numbers: see `listing_of`
    numbered : False for a single file, which is frame 0
    """

    files: dict[int, Stat]
    name: str
    padding: int
    numbered: bool

    @property
    def first(self) -> Stat:
        """The file of the lowest number."""
        return next(iter(self.files.values()))

    def span(self) -> FrameRange:
        """First to last number, holes included."""
        return FrameRange(next(iter(self.files)), next(reversed(self.files)) + 1)

    def within(self, wanted: FrameRange) -> tuple[Stat, ...]:
        """The files of those frames that have one, in order; a short range of a long clip costs
        what the range costs."""
        if len(wanted) <= len(self.files):
            return tuple(self.files[n] for n in wanted if n in self.files)
        return tuple(stat for n, stat in self.files.items() if n in wanted)


def listing_of(files: Mapping[int, Stat], name: str, padding: int) -> Listing:
    """A numbered sequence, sorted here once."""
    return Listing({n: files[n] for n in sorted(files)}, name, padding, numbered=True)


class StillClip:
    """Still files as a clip (contract's protocol Clip), read one by one.

    facts : of the first file.
    notes : what is in that file and is not applied, one sentence each.
    listing : the files by number; numbers of `numbers()` that it lacks are holes.
    """

    def __init__(self, listing: Listing, reader: Reader, store: Store, limits: Limits) -> None:
        self.listing = listing
        self._reader, self._store, self._limits = reader, store, limits
        first = listing.first
        try:
            header = reader.header(store, first)
        except RushesError as error:
            raise located(error, first, min(listing.files) if listing.numbered else None) from error
        self.notes = header.notes
        self.facts = ClipFacts(
            container=header.container,
            codec=header.codec,
            layout=header.layout,
            width=header.width,
            height=header.height,
            name=listing.name,
            padding=listing.padding,
            rate=header.rate,
            start=header.timecode,
            camera=header.camera,
            picture=header.picture,
        )

    def another(self) -> StillClip:
        """The same clip with buffers of its own; nothing is read for it."""
        twin = copy.copy(self)
        twin._reader = self._reader.another()
        return twin

    def numbers(self) -> FrameRange:
        """First to last file number; frame 0 alone for a single file."""
        return self.listing.span()

    def steady(self) -> int | None:
        """Frames from the first until timecode does not count on; None where it does to the last,
        or that has none. Reads the last file's header, and more where it tells of a jump."""
        start, numbers = self.facts.start, list(self.listing.files)
        if start is None or len(numbers) < 2 or self._counts_on(numbers[-1]) is not False:
            return None
        good, bad = 0, len(numbers) - 1
        while bad - good > 1:
            half = (good + bad) // 2
            good, bad = (good, half) if self._counts_on(numbers[half]) is False else (half, bad)
        return numbers[bad] - numbers[0]

    def _counts_on(self, number: int) -> bool | None:
        start, first = self.facts.start, next(iter(self.listing.files))
        try:
            found = self._reader.header(self._store, self.listing.files[number]).timecode
        except (DamagedSource, UnsupportedMedia, LimitExceeded):
            return None
        if found is None or start is None:
            return None
        # DPX has no mark for the second frame of a pair.
        pairs = self.facts.container == "dpx" and start.nominal >= 40
        return abs(found.frame - (start + (number - first)).frame) <= pairs

    def missing(self) -> tuple[int, ...]:
        """Numbers between first and last that have no file."""
        return tuple(n for n in self.numbers() if n not in self.listing.files)

    def frames(self, wanted: FrameRange) -> Iterator[RawFrame]:
        """Frames in order. Each file is fetched whole, the next ones while one is decoded.

        Raises DamagedSource, SourceNotFound, UnsupportedMedia or LimitExceeded with
        `frame` and `uri`, when the frame's turn comes.
        """
        if len(wanted) == 1:
            yield self._frame(wanted.start, self._fetch(wanted.start))
            return
        from concurrent.futures import ThreadPoolExecutor  # 3 ms that a single frame saves

        pool = ThreadPoolExecutor(AHEAD, thread_name_prefix="fetch")
        coming: deque[tuple[int, Future[bytes | None]]] = deque()
        numbers = iter(wanted)
        try:
            for number in numbers:
                coming.append((number, pool.submit(self._fetch, number)))
                if len(coming) > AHEAD:
                    yield self._next(coming)
            while coming:
                yield self._next(coming)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def pictures(self, wanted: FrameRange) -> Iterator[Picture]:
        """Developed stills in order, each file fetched whole.

        Raises DamagedSource, SourceNotFound, UnsupportedMedia or LimitExceeded with `frame`
        and `uri`, when the frame's turn comes.
        """
        if self.facts.layout is not None:
            raise located(UnsupportedMedia("it is camera raw"), self.listing.first, None)
        start, rate = self.facts.start, self.facts.rate
        for number in wanted:
            content = self._fetch(number)
            stat = self.listing.files[number]
            try:
                assert content is not None, "only camera raw is read by ranges"
                picture = self._reader.picture(content, number, uris.basename(stat.uri))
                height, width = picture.planes[0].shape
                if (width, height) != (self.facts.width, self.facts.height):
                    raise UnsupportedMedia(
                        f"{width}x{height} in a clip of {self.facts.width}x{self.facts.height}"
                    )
            except RushesError as error:
                raise located(error, stat, number) from error
            if start is None or rate is None:
                picture.timecode = None  # zeros of a first frame are no timecode
            elif picture.timecode is None:
                picture.timecode = start + (number - self.numbers().start)
            yield picture

    def _next(self, coming: deque[tuple[int, Future[bytes | None]]]) -> RawFrame:
        number, content = coming.popleft()
        return self._frame(number, content.result())

    def _fetch(self, number: int) -> bytes | None:
        """A whole file; None for one so large that its picture alone is to be read."""
        stat = self.listing.files.get(number)
        if stat is None:
            raise SourceNotFound(
                f"frame {number} of {self.listing.name} is missing: the files are {self.numbers()}",
                frame=number,
            )
        try:
            if stat.bytes > self._limits.bytes:
                raise LimitExceeded(
                    f"{stat.bytes} bytes are over the limit of {self._limits.bytes}",
                    limit=self._limits.bytes,
                )
            ranged = stat.bytes > _LARGEST and self.facts.layout is not None
            return None if ranged else self._store.read(stat.uri)
        except RushesError as error:
            raise located(error, stat, number) from error

    def _frame(self, number: int, content: bytes | None) -> RawFrame:
        stat = self.listing.files[number]
        try:
            if content is None:
                with self._store.open(stat.uri) as stream:
                    frame = self._reader.frame_from(stream, stat.bytes, number)
            elif not content:
                raise truncated("the file is empty")
            else:
                frame = self._reader.frame(content, number)
            x, y, width, height = frame.crop
            if y + height > frame.pixels.shape[0] or x + width > frame.pixels.shape[1]:
                raise DamagedSource(
                    f"the crop {frame.crop} is not inside its "
                    f"{frame.pixels.shape[1]}x{frame.pixels.shape[0]} pixels"
                )
            if (width, height, frame.layout) != (
                self.facts.width,
                self.facts.height,
                self.facts.layout,
            ):
                raise UnsupportedMedia(
                    f"{width}x{height} {frame.layout} in a clip of {self.facts.width}x"
                    f"{self.facts.height} {self.facts.layout}"
                )
        except RushesError as error:
            raise located(error, stat, number) from error
        return frame

    def close(self) -> None:
        """Nothing stays open between frames."""


def located(error: RushesError, stat: Stat, frame: int | None) -> RushesError:
    """The same error, told with its frame and its file."""
    name = uris.basename(stat.uri)
    where = name if frame is None else f"frame {frame} ({name})"
    detail = error.detail if name in error.detail else f"{where}: {error.detail}"
    return type(error)(detail, **{"uri": stat.uri, "frame": frame, **error.facts})


def not_there(claimed: int | None, there: int) -> DamagedSource:
    """The error for a frame past the last one; claimed : frames by the header, None if unsaid."""
    are = "1 is" if there == 1 else f"{there} are"
    if claimed is None or claimed <= there:
        return DamagedSource(f"the clip has no such frame: {are} there")
    return truncated(f"the header claims {claimed} frames, {are} there")
