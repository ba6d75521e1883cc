"""The right descriptor for Y'CbCr that an MXF file calls R'G'B'.

FFmpeg describes all DNxHR 444 as full-range R'G'B' (RGBA descriptor, 0 to 1023), whatever is
coded; readers that trust a descriptor then skip the matrix. ST 377-1, annex F: Y'CbCr is told
by a CDCI descriptor, with depth, subsampling and reference levels.

The header metadata keeps its length, so that nothing else in the file moves: what CDCI needs
takes the place of what only R'G'B' has and of offsets that are zero, which is their default;
what is left over goes to the filler behind.
"""

from __future__ import annotations

import struct
from pathlib import Path

from functions.media.containers.klv import (
    PRIMER,
    Klv,
    is_essence,
    is_fill,
    local_set,
    same_key,
    triplets,
)

_RGBA = bytes.fromhex("060e2b34025301010d01010101012900")
_CDCI = bytes.fromhex("060e2b34025301010d01010101012800")
_FILL = bytes.fromhex("060e2b34010101020301021001000000")
_LAYOUT, _MOST, _LEAST, _X, _Y, _SHOWN_X = 0x3401, 0x3406, 0x3407, 0x3206, 0x3207, 0x320A
# Of ST 377-1's CDCI descriptor: tag, name in the register.
_DEPTH = (0x3301, bytes.fromhex("060e2b3401010102040105030a000000"))
_ACROSS = (0x3302, bytes.fromhex("060e2b34010101010401050105000000"))
_BLACK = (0x3304, bytes.fromhex("060e2b34010101010401050303000000"))
_WHITE = (0x3305, bytes.fromhex("060e2b34010101010401050304000000"))
_LEVELS = (0x3306, bytes.fromhex("060e2b34010101020401050305000000"))
_FILL_HEAD = 20
_HEAD = 1 << 20


def describe_as_yuv(path: Path, bits: int) -> None:
    """Rewrite an R'G'B' picture descriptor as one of 4:4:4 Y'CbCr, narrow range, in place.

    bits : of its code values. A file without such a descriptor is left as it is.
    """
    with path.open("r+b") as file:
        head = bytearray(file.read(_HEAD))
        changed = _changed(head, bits)
        if changed is not None:
            assert len(changed) == len(head)
            file.seek(0)
            file.write(changed)


def _changed(head: bytearray, bits: int) -> bytes | None:
    klvs: list[Klv] = []
    for klv in triplets(bytes(head)):
        if is_essence(klv.key):
            break
        klvs.append(klv)
    place = next((n for n, klv in enumerate(klvs) if klv.key == _RGBA), None)
    primer = next((klv for klv in klvs if same_key(klv.key, PRIMER)), None)
    if place is None or primer is None:
        return None
    last = [klv for klv in klvs if klv.key[:13] == _RGBA[:13]][-1]
    behind = next((klv for klv in klvs if klv.at == last.end and is_fill(klv.key)), None)
    black, white = 16 << bits - 8, 235 << bits - 8
    values = {
        _DEPTH: bits,
        _ACROSS: 1,
        _BLACK: black,
        _WHITE: white,
        _LEVELS: (224 << bits - 8) + 1,
    }
    gone = [_LAYOUT, _MOST, _LEAST, _X, _Y]
    if behind is None:
        gone.append(_SHOWN_X)  # room for a filler of its own
    one = klvs[place]
    body = bytes(head[one.value : one.end])
    kept = b"".join(
        struct.pack(">HH", tag, len(value)) + value
        for tag, value in local_set(body).items()
        if tag not in gone
    )
    kept += b"".join(struct.pack(">HHI", tag[0], 4, value) for tag, value in values.items())
    made = _CDCI + b"\x83" + len(kept).to_bytes(3, "big") + kept
    table = bytes(head[primer.value : primer.end])
    for old, (tag, name) in zip(gone[:5], values, strict=True):
        table = _renamed(table, old, struct.pack(">H", tag) + name)
    spare = one.end - one.at - len(made)
    out = bytearray(head)
    out[primer.value : primer.end] = table
    rest = bytes(head[one.end : last.end])
    end = last.end if behind is None else behind.end
    filler = spare - _FILL_HEAD if behind is None else behind.end - behind.value + spare
    rest += _FILL + b"\x83" + filler.to_bytes(3, "big") + bytes(filler)
    out[one.at : end] = made + rest
    return bytes(out)


def _renamed(table: bytes, tag: int, entry: bytes) -> bytes:
    """A primer with an entry in place of another."""
    for at in range(8, len(table), 18):
        if table[at : at + 2] == struct.pack(">H", tag):
            return table[:at] + entry + table[at + 18 :]
    return table
