"""Boxes of QuickTime and MP4 files as a tree: what is not understood is kept byte for byte.

References: ISO/IEC 14496-12 (2022), 4.2 and 6; QuickTime File Format (2016), atoms.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated

_PARENTS = frozenset(
    (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"cmov", b"moof", b"traf", b"mvex")
)
_TOP = 20_000
_MOOV = 256 << 20
_BESIDE = 16 << 20
# Space to spare, and indexes of pieces: nothing of the take.
_LEFT_OUT = frozenset((b"free", b"skip", b"wide", b"mdat", b"moov", b"sidx", b"mfra", b"ssix"))


ReadAt = Callable[[int, int], bytes]
"""`(offset, length)` to bytes; fewer where there are no more."""


@dataclass(slots=True)
class Box:
    """One box: `body` for a leaf, `children` for what only holds others."""

    kind: bytes
    body: bytes = b""
    children: list[Box] | None = None

    def find(self, *path: bytes) -> Box | None:
        """The first box at a path of kinds below this one."""
        at: Box | None = self
        for kind in path:
            at = next((c for c in (at.children or ()) if c.kind == kind), None) if at else None
        return at

    def all(self, kind: bytes) -> list[Box]:
        """Children of a kind, in order."""
        return [child for child in self.children or () if child.kind == kind]

    def put(self, box: Box, after: bytes | None = None) -> None:
        """Replace the child of the same kind, or add it: behind the kind `after`, or last."""
        children = self.children = [] if self.children is None else self.children
        kinds = [child.kind for child in children]
        if box.kind in kinds:
            children[kinds.index(box.kind)] = box
        elif after in kinds:
            children.insert(kinds.index(after) + 1, box)
        else:
            children.append(box)

    def drop(self, *kinds: bytes) -> None:
        """Leave out children of these kinds."""
        self.children = [child for child in self.children or () if child.kind not in kinds]

    def bytes(self) -> bytes:
        """The box as it is written."""
        if self.children is not None:
            content = b"".join(child.bytes() for child in self.children)
        else:
            content = self.body
        if len(content) + 8 < 1 << 32:
            return struct.pack(">I4s", len(content) + 8, self.kind) + content
        return struct.pack(">I4sQ", 1, self.kind, len(content) + 16) + content


@dataclass(slots=True)
class Layout:
    """A file's boxes at its top.

    brand : the `ftyp` box, None for old QuickTime
    moov : the movie box, as a tree
    before, after : other boxes that are kept, as they stood around the pictures
    fast : whether the movie box stands before the pictures
    size : bytes of the file
    missing : bytes that boxes claim past the end of the file
    fragments : (offset, `moof` box) of a movie in pieces, in the order of the file
    """

    brand: Box | None
    moov: Box
    fast: bool
    before: list[Box] = field(default_factory=list)
    after: list[Box] = field(default_factory=list)
    size: int = 0
    missing: int = 0
    fragments: list[tuple[int, Box]] = field(default_factory=list)


def read_layout(stream: BinaryIO, size: int) -> Layout:
    """The boxes of a file; pictures are stepped over.

    Raises DamagedSource: no movie box, or one that is cut short.
    """
    brand: Box | None = None
    moov: Box | None = None
    layout = Layout(None, Box(b"moov"), fast=False, size=size)
    seen_pictures = False
    for kind, at, start, end in walk(reader_of(stream), 0, size, most=_TOP):
        if kind in (b"mdat", b"moov"):
            layout.missing = max(layout.missing, end - size)
        if kind == b"mdat":
            seen_pictures = True
        elif kind == b"moov" and moov is None:
            if end > size or end - at > _MOOV:
                raise truncated("the movie box is cut short")
            stream.seek(start)
            moov = layout.moov = _plain(tree(kind, stream.read(end - start)))
            layout.fast = not seen_pictures
        elif kind == b"moof" and end <= size and end - at <= _BESIDE:
            stream.seek(start)
            layout.fragments.append((at, tree(kind, stream.read(end - start))))
        elif kind not in _LEFT_OUT and end <= size and end - at <= _BESIDE:
            stream.seek(start)
            box = Box(kind, stream.read(end - start))
            if kind == b"ftyp" and brand is None:
                brand = box
            else:
                (layout.after if seen_pictures else layout.before).append(box)
    if moov is None:
        raise truncated("there is no movie box (moov), so no index of pictures")
    layout.brand = brand
    return layout


def _plain(moov: Box) -> Box:
    """The movie box itself, where it stands compressed in its own (QuickTime's `cmov`)."""
    data = moov.find(b"cmov", b"cmvd")
    if data is None:
        return moov
    length = int.from_bytes(data.body[:4], "big")
    method = moov.find(b"cmov", b"dcom")
    if method is None or method.body[:4] != b"zlib" or length > _MOOV:
        raise UnsupportedMedia("a movie box compressed by another method than zlib is not read")
    try:
        content = zlib.decompressobj().decompress(data.body[4:], length)
    except zlib.error as error:
        raise DamagedSource(f"the compressed movie box does not unpack: {error}") from error
    found = next((one for one in boxes_in(content) if one[0] == b"moov"), None)
    if found is None:
        raise DamagedSource("the compressed movie box holds none")
    return tree(*found)


def reader_of(stream: BinaryIO) -> ReadAt:
    """Bytes of an open file by their place."""

    def read(at: int, length: int) -> bytes:
        stream.seek(at)
        return stream.read(length)

    return read


def walk(
    read: ReadAt, at: int, stop: int, *, most: int = 1 << 30
) -> Iterator[tuple[bytes, int, int, int]]:
    """(kind, offset, start of content, end) of boxes that stand one behind another.

    An end may lie behind `stop`: the box is cut short. A size that cannot be ends the walk.
    """
    for _ in range(most):
        head = read(at, min(16, stop - at)) if at + 8 <= stop else b""
        if len(head) < 8:
            return
        length, kind = struct.unpack_from(">I4s", head)
        start = at + 8
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack_from(">Q", head, 8)
            start = at + 16
        elif length == 0:  # to the end
            length = stop - at
        if length < start - at:
            return
        yield kind, at, start, at + length
        at += length


def movie_box(stream: BinaryIO) -> tuple[int, int, bytes]:
    """(offset, end, content) of the movie box in a finished file; `read_layout` is for others'."""
    read = reader_of(stream)
    places = walk(read, 0, stream.seek(0, os.SEEK_END))
    at, start, end = next(rest for kind, *rest in places if kind == b"moov")
    return at, end, read(start, end - start)


def boxes_in(data: bytes) -> list[tuple[bytes, bytes]]:
    """(kind, content) of boxes one behind another; the first that is cut short ends them."""
    places = walk(lambda at, length: data[at : at + length], 0, len(data))
    return [(kind, data[start:end]) for kind, _, start, end in places if end <= len(data)]


def tree(kind: bytes, content: bytes) -> Box:
    """A box with what it holds; only boxes that hold nothing but boxes are opened.

    A tail that is no box (QuickTime ends lists with four zeros) is left out.
    """
    if kind not in _PARENTS:
        return Box(kind, content)
    return Box(kind, children=[tree(*inner) for inner in boxes_in(content)])


def copied(box: Box) -> Box:
    """A tree of its own over the same leaves' bytes."""
    children = None if box.children is None else [copied(child) for child in box.children]
    return Box(box.kind, box.body, children)
