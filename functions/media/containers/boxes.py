"""Boxes of QuickTime and MP4 files as a tree: what is not understood is kept byte for byte.

References: ISO/IEC 14496-12 (2022), 4.2 and 6; QuickTime File Format (2016), atoms.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from functions.contract.errors import DamagedSource, UnsupportedMedia

_PARENTS = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"))
_TOP = 20_000
_MOOV = 256 << 20
_BESIDE = 16 << 20
# Space to spare, and indexes of pieces: nothing of the take.
_LEFT_OUT = frozenset((b"free", b"skip", b"wide", b"mdat", b"moov", b"sidx", b"mfra", b"ssix"))


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
    """

    brand: Box | None
    moov: Box
    fast: bool
    before: list[Box] = field(default_factory=list)
    after: list[Box] = field(default_factory=list)


def read_layout(stream: BinaryIO, size: int) -> Layout:
    """The boxes of a file; pictures are stepped over.

    Raises
    ------
    DamagedSource: no movie box, or one that is cut short. UnsupportedMedia: fragments, a
    compressed movie box.
    """
    brand: Box | None = None
    moov: Box | None = None
    before: list[Box] = []
    after: list[Box] = []
    seen_pictures, fast = False, False
    for kind, at, start, end in _top(stream, size):
        if kind == b"moof":
            raise UnsupportedMedia("a fragmented movie (moof boxes) is not cut without encoding")
        if kind == b"mdat":
            seen_pictures = True
        elif kind == b"moov" and moov is None:
            if end > size or end - at > _MOOV:
                raise DamagedSource("truncated: the movie box is cut short")
            stream.seek(start)
            moov = tree(kind, stream.read(end - start))
            fast = not seen_pictures
        elif kind not in _LEFT_OUT and end <= size and end - at <= _BESIDE:
            stream.seek(start)
            box = Box(kind, stream.read(end - start))
            if kind == b"ftyp" and brand is None:
                brand = box
            else:
                (after if seen_pictures else before).append(box)
    if moov is None:
        raise DamagedSource("truncated: there is no movie box (moov), so no index of pictures")
    if moov.find(b"cmov"):
        raise UnsupportedMedia("a compressed movie box (cmov) is not read")
    if moov.find(b"mvex"):
        raise UnsupportedMedia("a fragmented movie (mvex box) is not cut without encoding")
    return Layout(brand, moov, fast, before, after)


def _top(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int, int]]:
    """(kind, offset, start of content, end) of each box at the top."""
    at = 0
    for _ in range(_TOP):
        stream.seek(at)
        head = stream.read(16)
        if len(head) < 8:
            return
        length, kind = struct.unpack_from(">I4s", head)
        start = at + 8
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack_from(">Q", head, 8)
            start = at + 16
        elif length == 0:
            length = size - at
        if length < start - at:
            return
        yield kind, at, start, at + length
        at += length


def tree(kind: bytes, content: bytes) -> Box:
    """A box with what it holds; only boxes that hold nothing but boxes are opened.

    A tail that is no box (QuickTime ends lists with four zeros) is left out.
    """
    if kind not in _PARENTS:
        return Box(kind, content)
    children, at = [], 0
    while at + 8 <= len(content):
        length, inner = struct.unpack_from(">I4s", content, at)
        start = 8
        if length == 1 and at + 16 <= len(content):
            (length,) = struct.unpack_from(">Q", content, at + 8)
            start = 16
        elif length == 0:
            length = len(content) - at
        if length < start or at + length > len(content):
            break
        children.append(tree(inner, content[at + start : at + length]))
        at += length
    return Box(kind, children=children)


def kinds_in(data: bytes) -> list[tuple[bytes, bytes]]:
    """(kind, content) of boxes that stand one behind another, as in `stsd`."""
    found, at = [], 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length < 8 or at + length > len(data):
            break
        found.append((kind, data[at + 8 : at + length]))
        at += length
    return found


def copied(box: Box) -> Box:
    """A tree of its own over the same leaves' bytes."""
    children = None if box.children is None else [copied(child) for child in box.children]
    return Box(box.kind, box.body, children)
