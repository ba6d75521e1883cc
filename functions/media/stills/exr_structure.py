"""What an EXR file says of itself, and whether it is whole: its header and chunk table only.

OpenEXR File Layout (ASWF). Read by range, so that ten thousand frames on an object store
cost ten thousand small requests and not their pixels. Pixels are OpenEXR's own to read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia, truncated

COMPRESSIONS = (
    "none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab", "htj2k256",
    "htj2k32",
)  # fmt: skip
PIXEL_TYPES = ("uint", "half", "float")
_LINES = {"none": 1, "rle": 1, "zips": 1, "zip": 16, "piz": 32, "pxr24": 16, "b44": 32,
          "b44a": 32, "dwaa": 32, "dwab": 256, "htj2k256": 256, "htj2k32": 32}  # fmt: skip
_HEAD, _LONGEST = 4096, 8 << 20
_MOST_PARTS = 1024
_KINDS = ((0x1000, "multipart"), (0x800, "deep"), (0x200, "tiled"))  # bits of the version
_NEEDED = ("channels", "compression", "dataWindow", "displayWindow")
Box = tuple[int, int, int, int]
ReadRange = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExrFacts:
    """One file.

    channels : name to "half", "float" or "uint"; subsampled : those without a sample at each pixel
    data_window, display_window : (x, y) of the first and of the last pixel, inclusive
    attributes : the other standard attributes as Python values; those of unknown types left out
    kind : "scanline", "tiled", "deep", or "multipart" where the file has several parts
    part : its own kind in such a file: "scanlineimage", "tiledimage", "deepscanline" or "deeptile"
    name, view : of the part, where it says them
    views : of the channels of one part, the default one first
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
    part: str = ""
    name: str | None = None
    view: str | None = None
    views: tuple[str, ...] = ()
    subsampled: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Of the data window."""
        return self.data_window[2] - self.data_window[0] + 1

    @property
    def height(self) -> int:
        """Of the data window."""
        return self.data_window[3] - self.data_window[1] + 1


def read_exr_facts(read: ReadRange, size: int) -> ExrFacts:
    """Facts of the first part of a file: see `read_exr_parts`."""
    return read_exr_parts(read, size)[0]


def read_exr_parts(read: ReadRange, size: int) -> tuple[ExrFacts, ...]:
    """Facts of each part of a file of `size` bytes; `read(start, length)` gives its bytes.

    Raises UnsupportedMedia for what is no EXR, DamagedSource for a header that is cut short
    or cannot be.
    """
    head = read(0, _HEAD)
    if head[:4] != b"\x76\x2f\x31\x01":
        raise UnsupportedMedia("it is no EXR file")
    while True:
        try:
            return _parts(head, read, size)
        except (IndexError, struct.error) as error:
            if len(head) >= min(size, _LONGEST):
                raise truncated("the EXR header is cut short") from error
            head = read(0, len(head) * 8)


def check_windows(parts: tuple[ExrFacts, ...], most: int) -> None:
    """Raise LimitExceeded where the data windows of all parts have more pixels than `most`: a small
    file may hold large ones, whatever its display window is."""
    pixels = sum(part.width * part.height for part in parts)
    if pixels > most:
        raise LimitExceeded(
            f"data windows of {pixels} pixels are over the limit of {most}", limit=most
        )


def read_exr_planes(path: Path, part: int = 0, parts: int = 1) -> dict[str, npt.NDArray[Any]]:
    """Every channel of a part, (H, W) of its own type, as OpenEXR decodes it.

    parts : that the file has: the library leaves out those that do not decode

    Raises DamagedSource where a chunk does not decode.
    """
    import OpenEXR

    try:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            if len(file.parts) != parts:
                raise ValueError(f"{len(file.parts)} of {parts} parts decode")
            channels = file.parts[part].channels
            return {name: np.asarray(c.pixels) for name, c in channels.items()}
    except (RuntimeError, ValueError, TypeError) as error:
        # What the library says is about parts that it has dropped, whatever was wrong.
        raise DamagedSource("its pixels do not decode: a chunk is damaged") from error


def _parts(head: bytes, read: ReadRange, size: int) -> tuple[ExrFacts, ...]:
    (version,) = struct.unpack_from("<I", head, 4)
    several = bool(version & 0x1000)
    kind = next((name for bit, name in _KINDS if version & bit), "scanline")
    headers: list[dict[str, tuple[str, bytes]]] = []
    at = 8
    while not headers or (several and head[at]):
        if len(headers) == _MOST_PARTS:
            raise DamagedSource(f"an EXR file of more than {_MOST_PARTS} parts")
        raw, at = _attributes(head, at)
        headers.append(raw)
    at += several  # an empty header ends the list of several
    found = []
    table = at
    for raw in headers:
        facts, chunks = _facts(raw, kind, at)
        if chunks is not None:
            whole = _whole(table, chunks, facts, read, size)
            facts = replace(facts, whole=whole)
            table += 8 * chunks
        found.append(facts)
    return tuple(found)


def _attributes(head: bytes, at: int) -> tuple[dict[str, tuple[str, bytes]], int]:
    """Type and bytes of each attribute of one header, and where the next thing begins."""
    raw: dict[str, tuple[str, bytes]] = {}
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
    return raw, at + 1


def _facts(raw: dict[str, tuple[str, bytes]], kind: str, at: int) -> tuple[ExrFacts, int | None]:
    """Facts of one header, and how many chunks it has; None where nothing tells that."""
    missing = [name for name in _NEEDED if name not in raw]
    if missing:
        raise DamagedSource(f"the EXR header has no {', '.join(missing)}")
    code = raw["compression"][1][0]
    compression = COMPRESSIONS[code] if code < len(COMPRESSIONS) else f"unknown {code}"
    window: Box = struct.unpack("<4i", raw["dataWindow"][1])
    if window[2] < window[0] or window[3] < window[1]:
        raise DamagedSource(f"the EXR data window is {window}")
    attributes = {n: v for n, (t, b) in raw.items() if (v := _value(t, b)) is not None}
    channels, subsampled = _channels(raw["channels"][1])
    facts = ExrFacts(
        channels=channels,
        subsampled=subsampled,
        compression=compression,
        data_window=window,
        display_window=struct.unpack("<4i", raw["displayWindow"][1]),
        kind=kind,
        whole=True,
        attributes=attributes,
        head=at,
        part=str(attributes.get("type", "")),
        name=attributes.get("name"),
        view=attributes.get("view"),
        views=_strings(raw["multiView"][1]) if "multiView" in raw else (),
    )
    chunks = None
    if kind == "multipart":
        chunks = attributes.get("chunkCount")
        if not isinstance(chunks, int) or chunks < 1:
            raise DamagedSource("a part of the EXR file does not say how many chunks it has")
    elif kind == "scanline":
        chunks = -(-facts.height // _LINES.get(compression, 1))
    elif kind == "tiled":
        chunks = _tiles(raw, facts)
    return facts, chunks


def _tiles(raw: dict[str, tuple[str, bytes]], facts: ExrFacts) -> int | None:
    """Tiles of a picture without smaller levels; None with them."""
    if "tiles" not in raw:
        raise DamagedSource("the EXR header has no tiles")
    wide, high, mode = struct.unpack("<IIB", raw["tiles"][1])
    if not wide or not high:
        raise DamagedSource(f"the EXR file has tiles of {wide}x{high}")
    return None if mode & 15 else -(-facts.width // wide) * -(-facts.height // high)


def _whole(at: int, count: int, facts: ExrFacts, read: ReadRange, size: int) -> bool:
    """Whether each entry of the chunk table points to a chunk that ends inside the file.

    A writer that was killed leaves zeros, or a table that points past the end.
    """
    if at + 8 * count > size:
        return False
    table = read(at, 8 * count)
    if len(table) < 8 * count:
        return False
    offsets = np.frombuffer(table, "<u8")
    first, last = at + 8 * count, int(offsets.max())
    # Before the length stand the part's number, where there are several, and a place.
    several = 4 * (facts.kind == "multipart")
    place = 16 if facts.kind == "tiled" or facts.part == "tiledimage" else 4
    if int(offsets.min()) < first or last + several + place + 4 > size:
        return False
    if facts.kind == "deep" or facts.part.startswith("deep"):
        return True
    (length,) = struct.unpack("<i", read(last + several + place, 4))
    return bool(0 < length <= size - last - several - place - 4)


def _strings(value: bytes) -> tuple[str, ...]:
    """A string vector: each with its length before it."""
    found, at = [], 0
    while at + 4 <= len(value):
        (length,) = struct.unpack_from("<i", value, at)
        if length < 0:
            raise DamagedSource("the EXR header has a list of names that cannot be")
        found.append(value[at + 4 : at + 4 + length].decode("utf-8", "replace"))
        at += 4 + length
    return tuple(found)


def _channels(value: bytes) -> tuple[dict[str, str], tuple[str, ...]]:
    """Type of each channel, and the names of the subsampled ones."""
    found, subsampled, at = {}, [], 0
    while value[at]:
        name, at = _string(value, at)
        (type_,) = struct.unpack_from("<i", value, at)
        found[name] = PIXEL_TYPES[type_] if 0 <= type_ < 3 else f"unknown {type_}"
        if struct.unpack_from("<2i", value, at + 8) != (1, 1):
            subsampled.append(name)
        at += 16
    return found, tuple(subsampled)


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
