"""The sizes that a frame's headers tell: of tiles, of the planes in them, of the bands in those.

LibRaw takes them as they come, and reads what stands there. Reference: LibRaw 0.22, `crx.cpp`;
lclevy/canon_cr3, crx codec structures.
"""

from __future__ import annotations

import struct

from functions.contract.errors import DamagedSource, truncated

_LEVELS = {0xFF01: 0, 0xFF11: 0, 0xFF02: 1, 0xFF12: 1, 0xFF03: 2, 0xFF13: 2}
_NAMES = ("tiles", "planes", "bands")


def check_sizes(stored: bytes, length: int) -> None:
    """Raise DamagedSource where what is inside a tile or plane is larger than it, or the tiles are
    larger than the frame.

    length : of the headers, at the start of the frame
    """
    if length > len(stored):
        raise truncated(f"{len(stored)} bytes of a frame, and its headers alone have {length}")
    at, room = 0, [len(stored) - length, 0, 0]
    while at + 12 <= length:
        mark, more, size = struct.unpack_from(">HHI", stored, at)
        if not mark:  # padding
            return
        level = _LEVELS.get(mark)
        if level is None:
            raise DamagedSource(f"a header {mark:#06x} in a frame")
        room[level] -= size
        if room[level] < 0:
            raise truncated(f"its {_NAMES[level]} are larger than what holds them")
        if level < 2:
            room[level + 1] = size
        at += 4 + more
