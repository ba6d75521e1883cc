"""One clip of the index: what its headers say, its files, its seal, and what went wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from functions.contract.camera import CameraRecord
from functions.contract.store import Stat
from functions.contract.version import VERSION

_READS = 2  # counts up when entries would say more of the same files
SealState = Literal["sealed", "not-sealed", "differs", "unknown"]


class Seal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A clip held against the MHLs that lie beside it.

    state : "sealed", every file is listed and is as listed; "not-sealed", no manifest lists it,
        or not all of it; "differs", a file is not what was sealed, or is gone; "unknown", the
        manifests cannot be read
    checked : what was compared, "size" or "hash"
    hash : of a clip of one file, as sealed: `xxh64:0123456789abcdef`
    detail : one sentence, where there is something to say
    """

    state: SealState = "not-sealed"
    checked: Literal["size", "hash"] | None = None
    hash: str | None = None
    detail: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A clip as the index keeps it.

    uri : what `open_clip` takes; card : the folder that its card or folder is
    identity : digest of its files' names, sizes and entity tags (or modification times)
    key : digest of all that its entry depends on; the same key again is not inspected again
    first, count : the clip's own frame numbers; missing : of these, numbers without a file
    start, last : timecode labels; start_frame : of `start`, counted from midnight
    steady : frames until its timecode jumps
    date, dated : ISO date, and whether the "camera" or the "file" says it
    untagged : why nobody knows its colour
    camera : the camera record without its colour calibrations
    thumbnail, no_thumbnail : name below the index's folder, or why there is none
    code, error : of the contract's error, where the clip cannot be read
    """

    uri: str
    card: str
    identity: str
    key: str
    name: str
    files: int
    bytes: int
    container: str | None = None
    codec: str | None = None
    layout: str | None = None
    width: int = 0
    height: int = 0
    rate: str | None = None
    first: int = 0
    count: int = 0
    missing: int = 0
    start: str | None = None
    last: str | None = None
    start_frame: int | None = None
    steady: int | None = None
    drop: bool = False
    numbered: bool = False
    padding: int = 6
    reel: str | None = None
    date: str | None = None
    dated: Literal["camera", "file"] | None = None
    untagged: str | None = None
    camera: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    seal: Seal = Seal()
    thumbnail: str | None = None
    no_thumbnail: str | None = None
    code: str | None = None
    error: str | None = None


def digest(*parts: object) -> str:
    """16 hex digits over JSON values."""
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=8).hexdigest()


def identity_of(files: Iterable[Stat]) -> str:
    """Of a clip's files: changes when a file comes, goes or changes."""
    return digest([(stat.uri, stat.bytes, stat.identity) for stat in files])


FORMAT = digest(VERSION, _READS, Entry.__struct_fields__, CameraRecord.__struct_fields__)
"""Of entries: a version that reads or keeps more makes them anew."""
