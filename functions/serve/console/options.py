"""What a process was told of its console."""

from __future__ import annotations

import os

import msgspec


class ConsoleOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Made before the workers are forked, so that all of them have the same secret.

    places : folders whose jobs are listed; where none are said, a page asks for one
    streams : event streams open at once in one worker, each of which holds a thread
    pictures : pictures made at once
    secret : of forms where there is no token
    more_threads : beside those of every server
    link : what follows the printed address, so that it opens the console: "#token=..."; None
        where the process is a server first
    """

    places: tuple[str, ...] = ()
    streams: int = 2
    pictures: int = 1
    secret: bytes = msgspec.field(default_factory=lambda: os.urandom(32))
    more_threads: int = 0
    link: str | None = None

    @property
    def fragment(self) -> str:
        """What follows the address; a browser sends it to nobody."""
        return f"/{self.link}" if self.link else ""
