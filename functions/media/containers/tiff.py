"""TIFF and BigTIFF directories: tags by number, read lazily, bounded against hostile files.

Own, because tifffile costs a quarter of the start budget at import, and because a file
that lies must end in a sentence and not in an allocation: every count is weighed against
the size of the file before anything is read.

Reference: Adobe, TIFF Revision 6.0 (1992); the BigTIFF design by the libtiff authors.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from typing import BinaryIO, TypeVar

import msgspec

from functions.contract.errors import DamagedSource, truncated

MAX_DIRECTORIES = 64
MAX_ENTRIES = 4096
MAX_PAYLOAD = 64 * 2**20
MAX_VALUES = 2**20

_SUB_DIRECTORIES, _EXIF = 330, 34665
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_WIDTHS |= {13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 11: "f", 12: "d"}
_CODES |= {2: "B", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_WHOLE = frozenset({1, 3, 4, 6, 7, 8, 9, 13, 16, 17, 18})

T = TypeVar("T")
Read = Callable[[int, int], "bytes | memoryview"]
"""(offset, length) to exactly that many bytes; DamagedSource past the end."""


def read_bytes(content: bytes | memoryview) -> Read:
    """A reader over a file that is in memory; slices share its memory."""
    view = memoryview(content)

    def read(offset: int, length: int) -> memoryview:
        if offset < 0 or length < 0 or offset + length > len(view):
            raise past_the_end(offset, length, len(view))
        return view[offset : offset + length]

    return read


def read_stream(stream: BinaryIO, size: int) -> Read:
    """A reader over an open file, for headers only."""

    def read(offset: int, length: int) -> bytes:
        if offset < 0 or length < 0 or offset + length > size:
            raise past_the_end(offset, length, size)
        stream.seek(offset)
        got = stream.read(length)
        if len(got) != length:
            raise past_the_end(offset, length, offset + len(got))
        return got

    return read


def quiet(accessor: Callable[[int], T | None], tag: int) -> T | None:
    """What a directory's accessor gives of a tag; None for a damaged one too."""
    try:
        return accessor(tag)
    except DamagedSource:
        return None


def past_the_end(offset: int, length: int, size: int) -> DamagedSource:
    """The error for bytes that a file promises and does not have."""
    return truncated(f"{length} bytes at {offset} are promised, and the file ends at {size}")


def _wrong(tag: int, entry: Entry, meant: str) -> DamagedSource:
    return DamagedSource(
        f"TIFF tag {tag} has {entry.count} values of type {entry.type} where {meant} belong"
    )


def _unread(offset: int, length: int) -> bytes:
    raise past_the_end(offset, length, 0)


class Entry(msgspec.Struct, frozen=True):
    """One tag: its TIFF type, its count, and where its values stand."""

    type: int
    count: int
    inline: bytes
    offset: int


class Directory(msgspec.Struct):
    """One image file directory (IFD).

    Every accessor gives None for a tag that is not there, and raises DamagedSource for
    one whose type, count or place cannot be.
    """

    order: str = "<"
    entries: dict[int, Entry] = msgspec.field(default_factory=dict)
    read: Read = _unread

    def __contains__(self, tag: int) -> bool:
        return tag in self.entries

    def raw(self, tag: int) -> bytes | None:
        """The bytes of a tag's values, as they stand in the file."""
        entry = self.entries.get(tag)
        if entry is None:
            return None
        length = _WIDTHS.get(entry.type, 0) * entry.count
        if not length or length > MAX_PAYLOAD:
            raise _wrong(tag, entry, "values that fit")
        if length <= len(entry.inline):
            return entry.inline[:length]
        return bytes(self.read(entry.offset, length))

    def ints(self, tag: int) -> tuple[int, ...] | None:
        """Whole numbers: BYTE, SHORT, LONG and their signed and 64-bit kin."""
        payload = self.raw(tag)
        if payload is None:
            return None
        entry = self.entries[tag]
        if entry.type not in _WHOLE or entry.count > MAX_VALUES:
            raise _wrong(tag, entry, "whole numbers")
        return struct.unpack(f"{self.order}{entry.count}{_CODES[entry.type]}", payload)

    def whole(self, tag: int) -> int | None:
        """The first whole number of a tag."""
        values = self.ints(tag)
        return values[0] if values else None

    def ratios(self, tag: int) -> tuple[Fraction | None, ...] | None:
        """RATIONAL and SRATIONAL exactly, whole numbers too; None where it divides by zero."""
        payload = self.raw(tag)
        if payload is None:
            return None
        entry = self.entries[tag]
        if entry.type not in (5, 10):
            return tuple(Fraction(value) for value in self.ints(tag) or ())
        if entry.count > MAX_VALUES:
            raise _wrong(tag, entry, "ratios")
        code = "I" if entry.type == 5 else "i"
        flat = struct.unpack(f"{self.order}{2 * entry.count}{code}", payload)
        pairs = zip(flat[::2], flat[1::2], strict=True)
        return tuple(Fraction(top, bottom) if bottom else None for top, bottom in pairs)

    def floats(self, tag: int) -> tuple[float, ...] | None:
        """Numbers of any kind as floats; a ratio over zero is damage."""
        payload = self.raw(tag)
        if payload is None:
            return None
        entry = self.entries[tag]
        if entry.type in (11, 12) and entry.count <= MAX_VALUES:
            code = _CODES[entry.type]
            values = struct.unpack(f"{self.order}{entry.count}{code}", payload)
            if any(value - value != 0 for value in values):
                raise DamagedSource(f"TIFF tag {tag} holds a value that is no number")
            return values
        exact = self.ratios(tag) or ()
        if None in exact:
            raise DamagedSource(f"TIFF tag {tag} divides by zero")
        return tuple(float(value) for value in exact if value is not None)

    def text(self, tag: int) -> str | None:
        """ASCII (or, as cameras write it, UTF-8) up to its first NUL; None when blank."""
        entry = self.entries.get(tag)
        if entry is None:
            return None
        if entry.type not in (1, 2, 7):
            raise _wrong(tag, entry, "text")
        payload = self.raw(tag) or b""
        plain = payload.partition(b"\0")[0].decode("utf-8", "replace").strip()
        return "".join(c for c in plain if c.isprintable()) or None


class Tiff:
    """The directories of one file, each read at most once.

    read, size : bytes of the file, and how many it has.

    Raises DamagedSource for a header that is no TIFF or points outside the file.
    """

    def __init__(self, read: Read, size: int) -> None:
        self.read, self.size = read, size
        self._known: dict[int, tuple[Directory, int]] = {}
        head = bytes(read(0, min(size, 16)))
        if len(head) < 8:
            raise truncated(f"{size} bytes are no TIFF file")
        if head[:2] not in (b"II", b"MM"):
            raise DamagedSource("not a TIFF file: it starts with neither II nor MM")
        self.order = "<" if head[:2] == b"II" else ">"
        version = struct.unpack_from(self.order + "H", head, 2)[0]
        self.big = version == 43
        if self.big and len(head) < 16:
            raise truncated(f"{size} bytes are no BigTIFF file")
        where = (self.order + "Q", 8) if self.big else (self.order + "I", 4)
        self.first = struct.unpack_from(where[0], head, where[1])[0]

    def chain(self) -> list[Directory]:
        """The main directories, in order; the first must stand, a damaged later one ends them."""
        found: list[Directory] = []
        at, seen = self.first, set[int]()
        while at and at not in seen:
            seen.add(at)
            try:
                directory, at = self._directory(at)
            except DamagedSource:
                if found:
                    break
                raise
            found.append(directory)
        if not found:
            raise DamagedSource("a TIFF file without a directory")
        return found

    def everything(self) -> list[Directory]:
        """Every directory of pictures: the chain, each with its SubIFDs behind it."""
        found = []
        for parent in self.chain():
            found += [parent, *self.children(parent, _SUB_DIRECTORIES)]
        return found

    def exif(self, parent: Directory) -> Directory:
        """The EXIF directory of `parent`; an empty one where it has none, or a damaged one."""
        try:
            found = self.children(parent, _EXIF)
        except DamagedSource:
            found = []
        return found[0] if found else Directory()

    def children(self, parent: Directory, tag: int) -> list[Directory]:
        """The directories that a tag of `parent` points to (SubIFDs, the EXIF directory)."""
        offsets = parent.ints(tag) or ()
        if len(offsets) > MAX_DIRECTORIES:
            raise DamagedSource(f"TIFF tag {tag} points to {len(offsets)} directories")
        return [self._directory(offset)[0] for offset in offsets]

    def _directory(self, at: int) -> tuple[Directory, int]:
        if at in self._known:
            return self._known[at]
        if len(self._known) >= MAX_DIRECTORIES:
            raise DamagedSource(f"more than {MAX_DIRECTORIES} TIFF directories")
        self._known[at] = self._parse(at)
        return self._known[at]

    def _parse(self, at: int) -> tuple[Directory, int]:
        head, entry, slot = (8, 20, 8) if self.big else (2, 12, 4)
        count = struct.unpack(self.order + ("Q" if self.big else "H"), self.read(at, head))[0]
        if not 0 < count <= MAX_ENTRIES:
            raise DamagedSource(f"a TIFF directory at {at} claims {count} entries")
        body = bytes(self.read(at + head, count * entry))
        directory = Directory(self.order, {}, self.read)
        layout = self.order + ("HHQ8s" if self.big else "HHI4s")
        for tag, kind, values, inline in struct.iter_unpack(layout, body):
            offset = struct.unpack(self.order + ("Q" if self.big else "I"), inline)[0]
            directory.entries.setdefault(tag, Entry(kind, values, inline, offset))
        # Camera files end right after their last directory: a next pointer that was
        # never written is as good as none.
        tail = at + head + count * entry
        if tail + slot > self.size:
            return directory, 0
        code = self.order + ("Q" if self.big else "I")
        return directory, struct.unpack(code, self.read(tail, slot))[0]
