"""What a Matroska or WebM file says of its pictures that FFmpeg hands to nobody: a crop, views that
share a picture, fields in no order, a gamma.

Reference: IETF RFC 9559 (Matroska, 5.1.4.1.28 Video element) and RFC 8794 (EBML).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_EBML = b"\x1a\x45\xdf\xa3"
_PARENTS = frozenset((0x18538067, 0x1654AE6B, 0xAE, 0xE0))  # Segment, Tracks, TrackEntry, Video
_TRACK_TYPE, _PICTURES = 0x83, 1
_CROPS = {0x54BB: "top", 0x54CC: "left", 0x54DD: "right", 0x54AA: "bottom"}
_INTERLACED, _ORDER, _STEREO, _GAMMA = 0x9A, 0x9D, 0x53B8, 0x2FB523
_ORDERS = (0, 1, 6, 9, 14)  # progressive; which of two fields is first, and how they stand


def picture_elements(head: bytes) -> tuple[str, ...]:
    """A sentence for each of the first track of pictures; of another file nothing is said.

    head : the start of the file, its tracks among it
    """
    if not head.startswith(_EBML):
        return ()
    words: dict[int, bytes] = {}
    for track in _tracks(head):
        if int.from_bytes(track.get(_TRACK_TYPE, b""), "big") == _PICTURES:
            words = track
            break

    def whole(element: int) -> int:
        return int.from_bytes(words.get(element, b""), "big")

    said = []
    crop = [f"{whole(element)} at the {side}" for element, side in _CROPS.items() if whole(element)]
    if crop:
        said.append(f"a crop of {', '.join(crop)} is not applied: whole pictures are read")
    if whole(_STEREO):
        said.append(
            f"two views share a picture (StereoMode {whole(_STEREO)}): both are read as one"
        )
    if whole(_INTERLACED) == 1 and (_ORDER not in words or whole(_ORDER) not in _ORDERS[1:]):
        said.append("it is of fields in no known order: they are read as frames")
    if len(words.get(_GAMMA, b"")) in (4, 8):
        form = ">f" if len(words[_GAMMA]) == 4 else ">d"
        said.append(f"a gamma of {struct.unpack(form, words[_GAMMA])[0]:.4g} is not used")
    return tuple(said)


def _tracks(head: bytes) -> Iterator[dict[int, bytes]]:
    """Elements of each track and of its pictures, by number."""
    found: dict[int, bytes] | None = None
    for element, body in _elements(head, 0, len(head)):
        if element == 0xAE:
            if found:
                yield found
            found = {}
        elif found is not None and element not in _PARENTS:
            found[element] = body
    if found:
        yield found


def _elements(head: bytes, at: int, stop: int) -> Iterator[tuple[int, bytes]]:
    while at < stop:
        element, at = _number(head, at, keep=True)
        size, at = _number(head, at, keep=False)
        if at < 0:
            return
        end = min(at + size, stop) if size >= 0 else stop
        if element in _PARENTS:
            yield element, b""
            yield from _elements(head, at, end)
        elif size >= 0 and at + size <= stop:
            yield element, head[at : at + size] if size <= 8 else b""
        at = end


def _number(head: bytes, at: int, *, keep: bool) -> tuple[int, int]:
    """A number of variable length (RFC 8794, 4) and where the next thing stands, -1 at the end; -1
    as a size that nobody knows.

    keep : with the mark of its length, as numbers of elements are written
    """
    if not 0 <= at < len(head) or not head[at]:
        return 0, -1
    length = 9 - head[at].bit_length()
    if at + length > len(head):
        return 0, -1
    value = int.from_bytes(head[at : at + length], "big")
    mask = (1 << 7 * length) - 1
    if not keep:
        value &= mask
        value = -1 if value == mask else value
    return value, at + length
