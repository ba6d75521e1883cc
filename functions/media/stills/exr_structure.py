"""What an EXR file says of itself, and whether it is whole: its header and chunk table only.

OpenEXR File Layout (ASWF). Read by range, so that ten thousand frames on an object store
cost ten thousand small requests and not their pixels. Pixels are OpenEXR's own to read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, UnsupportedMedia

COMPRESSIONS = (
    "none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab", "htj2k256",
    "htj2k32",
)  # fmt: skip
PIXEL_TYPES = ("uint", "half", "float")
_LINES = {"none": 1, "rle": 1, "zips": 1, "zip": 16, "piz": 32, "pxr24": 16, "b44": 32,
          "b44a": 32, "dwaa": 32, "dwab": 256, "htj2k256": 256, "htj2k32": 32}  # fmt: skip
_HEAD, _LONGEST = 4096, 8 << 20
_NEEDED = ("channels", "compression", "dataWindow", "displayWindow")
Box = tuple[int, int, int, int]
ReadRange = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExrFacts:
    """One file.

    channels : name to "half", "float" or "uint"
    data_window, display_window : (x, y) of the first and of the last pixel, inclusive
    attributes : the other standard attributes as Python values; those of unknown types left out
    kind : "scanline", "tiled", "deep" or "multipart"
    whole : whether every chunk has a place inside the file
    head : bytes of the header, before the chunk table
    """

    channels: dict[str, str]
    compression: str
    data_window: Box
    display_window: Box
    kind: str
    whole: bool
    attributes: dict[str, Any] = field(default_factory=dict)
    head: int = 0

    @property
    def width(self) -> int:
        """Of the data window."""
        return self.data_window[2] - self.data_window[0] + 1

    @property
    def height(self) -> int:
        """Of the data window."""
        return self.data_window[3] - self.data_window[1] + 1


def read_exr_facts(read: ReadRange, size: int) -> ExrFacts:
    """Facts of a file of `size` bytes; `read(start, length)` gives its bytes.

    Raises UnsupportedMedia for what is no EXR, DamagedSource for a header that is cut short
    or cannot be.
    """
    head = read(0, _HEAD)
    if head[:4] != b"\x76\x2f\x31\x01":
        raise UnsupportedMedia("it is no EXR file")
    while True:
        try:
            return _facts(head, read, size)
        except (IndexError, struct.error) as error:
            if len(head) >= min(size, _LONGEST):
                raise DamagedSource("truncated: the EXR header is cut short") from error
            head = read(0, len(head) * 8)


def read_exr_planes(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Every channel, (H, W) of its own type, as OpenEXR decodes it.

    Raises DamagedSource where a chunk does not decode.
    """
    import OpenEXR

    try:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            return {name: np.asarray(c.pixels) for name, c in file.channels().items()}
    except (RuntimeError, ValueError, TypeError) as error:
        # What the library says is about parts that it has dropped, whatever was wrong.
        raise DamagedSource("its pixels do not decode: a chunk is damaged") from error


def _facts(head: bytes, read: ReadRange, size: int) -> ExrFacts:
    (version,) = struct.unpack_from("<I", head, 4)
    kind = (
        "multipart"
        if version & 0x1000
        else "deep"
        if version & 0x800
        else "tiled"
        if version & 0x200
        else "scanline"
    )
    at, raw = 8, {}
    while head[at]:
        name, at = _string(head, at)
        type_, at = _string(head, at)
        (length,) = struct.unpack_from("<i", head, at)
        if length < 0 or length > _LONGEST:
            raise DamagedSource(f"the EXR attribute {name!r} claims {length} bytes")
        value = head[at + 4 : at + 4 + length]
        if len(value) < length:
            raise IndexError
        raw[name] = (type_, value)
        at += 4 + length
    at += 1
    missing = [name for name in _NEEDED if name not in raw]
    if missing:
        raise DamagedSource(f"the EXR header has no {', '.join(missing)}")
    code = raw["compression"][1][0]
    compression = COMPRESSIONS[code] if code < len(COMPRESSIONS) else f"unknown {code}"
    window: Box = struct.unpack("<4i", raw["dataWindow"][1])
    if window[2] < window[0] or window[3] < window[1]:
        raise DamagedSource(f"the EXR data window is {window}")
    return ExrFacts(
        channels=_channels(raw["channels"][1]),
        compression=compression,
        data_window=window,
        display_window=struct.unpack("<4i", raw["displayWindow"][1]),
        kind=kind,
        whole=kind != "scanline" or _whole(at, window, compression, read, size),
        attributes={n: v for n, (t, b) in raw.items() if (v := _value(t, b)) is not None},
        head=at,
    )


def _whole(at: int, window: Box, compression: str, read: ReadRange, size: int) -> bool:
    """Whether each entry of the chunk table points to a chunk that ends inside the file.

    A writer that was killed leaves zeros, or a table that points past the end.
    """
    count = -(-(window[3] - window[1] + 1) // _LINES.get(compression, 1))
    table = read(at, 8 * count)
    if len(table) < 8 * count:
        return False
    offsets = np.frombuffer(table, "<u8")
    first = at + 8 * count
    if int(offsets.min()) < first or int(offsets.max()) + 8 > size:
        return False
    last = int(offsets.max())
    (length,) = struct.unpack("<i", read(last + 4, 4))
    return bool(0 < length <= size - last - 8)


def _channels(value: bytes) -> dict[str, str]:
    found, at = {}, 0
    while value[at]:
        name, at = _string(value, at)
        (type_,) = struct.unpack_from("<i", value, at)
        found[name] = PIXEL_TYPES[type_] if 0 <= type_ < 3 else f"unknown {type_}"
        at += 16
    return found


_FORMATS = {
    "int": "<i", "float": "<f", "double": "<d", "v2f": "<2f", "v2i": "<2i", "v3f": "<3f",
    "chromaticities": "<8f", "rational": "<iI", "timecode": "<2I",
}  # fmt: skip


def _value(type_: str, value: bytes) -> Any:
    if type_ == "string":
        return value.decode("utf-8", "replace")
    if type_ not in _FORMATS or len(value) != struct.calcsize(_FORMATS[type_]):
        return None
    parts = struct.unpack(_FORMATS[type_], value)
    return parts[0] if len(parts) == 1 else parts


def _string(data: bytes, at: int) -> tuple[str, int]:
    end = data.find(b"\0", at)
    if end < 0:
        raise IndexError
    return data[at:end].decode("latin-1"), end + 1
