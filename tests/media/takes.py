"""Generated sequences of DNGs in a store in memory."""

from __future__ import annotations

from typing import Any

from functions.contract.operation import Limits
from functions.media import open_clip
from functions.media.stills.sequence import StillClip
from tests.media.dngs import ASCII, BYTE, SRATIONAL, noisy, timecode_bytes, write_dng
from tests.media.memory_store import ROOT, MemoryStore

LIMITS = Limits()


def frame_file(number: int, **kind: Any) -> bytes:
    """A DNG whose pixels are noise of this number."""
    tags = {
        51043: (BYTE, tuple(timecode_bytes(1, 0, 0, number % 24, False))),
        51044: (SRATIONAL, (24, 1)),
        51081: (ASCII, "A001"),
    }
    return write_dng(noisy((16, 24), 12, seed=number), 12, tags=tags, **kind)


def sequence(numbers: range | tuple[int, ...], name: str = "A001.%06d.dng") -> MemoryStore:
    return MemoryStore({f"A001/{name % n}": frame_file(n) for n in numbers})


def opened(name: str, store: MemoryStore) -> StillClip:
    clip = open_clip(ROOT + name, store, LIMITS)
    assert isinstance(clip, StillClip)
    return clip
