"""Which pictures of a movie are damaged, from what is said while its packets are decoded."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any

_MADE_FROM = "it is made from a picture that is damaged"


class Damage:
    """Keeps account of packets that go in and pictures that come out.

    key : stamp of the key frame at which decoding began, None for the movie's first packet:
        what precedes it on the screen is of the group before, and is told by nobody
    single : whether every packet is one picture, so that one that stays away is missed
    reorders : whether pictures are shown in another order than they are coded in
    """

    def __init__(self, key: int | None, *, single: bool, reorders: bool = False) -> None:
        self._key, self._single, self._reorders = key, single, reorders
        self._wrong: dict[int, str] = {}
        self._waiting: list[int] = []
        self._spoiled = self._begun = False

    def add(self, packet: Any, error: str | None) -> None:
        """A packet that was given to the decoder, and the error that it told meanwhile."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        if not packet.size or stamp is None:
            return
        if self._key is not None and stamp < self._key:
            return
        if packet.is_keyframe:
            self._spoiled = False
            if self._reorders and packet.pts == packet.dts:
                # Stamps of the order of coding, as FFmpeg gives them to H.264 in its own MXF: what
                # comes later with a lower one is not lost.
                self._single = False
                self._waiting.clear()
        if error is not None:
            self._wrong[stamp] = error
            self._spoiled = self._spoiled or not packet.is_disposable
        elif self._spoiled:
            self._wrong[stamp] = _MADE_FROM
        if self._single and packet.pts is not None and not packet.is_discard:
            insort(self._waiting, stamp)

    def lost(self, stamp: int | None) -> list[str]:
        """What to say of each picture that should have come before the one with this stamp.

        Those before the very first one are no loss: their group began before the movie did.
        """
        if stamp is None:
            return []
        place = bisect_left(self._waiting, stamp)
        gone = self._waiting[:place]
        del self._waiting[:place]
        if self._waiting and self._waiting[0] == stamp:
            del self._waiting[0]
        begun, self._begun = self._begun, True
        return [self._wrong.get(one, "its packet gives no picture") for one in gone if begun]

    def of(self, stamp: int | None) -> str | None:
        """What is wrong with the picture of a stamp."""
        if stamp is None:
            return next(iter(self._wrong.values()), None)
        return self._wrong.pop(stamp, None)
