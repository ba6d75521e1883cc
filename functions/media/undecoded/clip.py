"""A clip whose headers are read and whose pictures are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO

import msgspec

from functions.contract import uris
from functions.contract.clip import ClipFacts, RawFrame
from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.picture import Picture
from functions.contract.store import Stat, Store
from functions.media.acquisition.inside import mxf_documents
from functions.media.acquisition.values import merged
from functions.media.containers.atoms import HEAD as HEADER
from functions.media.containers.mxf_sets import read_header
from functions.media.stills.sequence import located

Read = Callable[[BinaryIO, int, str], ClipFacts | None]


class UndecodedClip:
    """Implements `contract.clip.Clip`: facts, and a refusal in place of pictures.

    facts : `undecodable` says what decodes it
    notes : what of its documents is not read
    """

    def __init__(self, stat: Stat, facts: ClipFacts, notes: tuple[str, ...] = ()) -> None:
        self._stat, self.facts, self.notes = stat, facts, notes

    def numbers(self) -> FrameRange:
        """Frames that its headers promise; frame 0 where they promise nothing."""
        return FrameRange(0, self.facts.frames_claimed or 1)

    def counted(self) -> int:
        """The same; 0 where the headers promise nothing."""
        return self.facts.frames_claimed or 0

    def frames(self, wanted: FrameRange) -> Iterator[RawFrame]:
        """Never: raises UnsupportedMedia with what would decode it."""
        raise located(UnsupportedMedia(self.facts.undecodable), self._stat, None)

    def pictures(self, wanted: FrameRange) -> Iterator[Picture]:
        """Never: as `frames`."""
        raise located(UnsupportedMedia(self.facts.undecodable), self._stat, None)

    def close(self) -> None:
        """Nothing is open."""


def open_undecoded(stat: Stat, head: bytes, store: Store, limits: Limits) -> UndecodedClip | None:
    """The clip of a format that an SDK alone decodes; None for any other file, and for one whose
    headers do not read.

    Raises LimitExceeded, and what the store raises.
    """
    read: Read
    if head[4:8] in (b"RED1", b"RED2"):
        from functions.media.undecoded.r3d import read_r3d as read
    elif b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02" in head:
        from functions.media.undecoded.mxf import read_mxf_raw as read
    elif head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        from functions.media.undecoded.braw import read_braw as read
    else:
        return None
    name = uris.basename(stat.uri).rsplit(".", 1)[0]
    facts: ClipFacts | None = None
    notes: tuple[str, ...] = ()
    with suppress(DamagedSource, UnsupportedMedia), store.open(stat.uri) as stream:
        facts = read(stream, stat.bytes, name)
        if facts is not None and facts.container == "mxf":
            facts, notes = _with_documents(facts, stream, stat.bytes)
    if facts is None:
        return None
    try:
        limits.check_pixels(facts.width, facts.height)
    except LimitExceeded as error:
        raise located(error, stat, None) from error
    why = (
        f"{facts.undecodable} is decoded by its maker's SDK alone: no reader plug-in for it is "
        "installed (docs/readers.md)"
    )
    return UndecodedClip(stat, msgspec.structs.replace(facts, undecodable=why), notes)


def _with_documents(
    facts: ClipFacts, stream: BinaryIO, size: int
) -> tuple[ClipFacts, tuple[str, ...]]:
    """Facts with what the camera's own documents say, and what of these is not read."""
    metadata = read_header(stream, size)
    stream.seek(0)
    camera, notes = merged(facts.camera, mxf_documents(metadata, stream.read(HEADER)))
    return msgspec.structs.replace(facts, camera=camera), notes
