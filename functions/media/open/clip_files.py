"""A clip of a request: listed once, its headers read once, a reader for each who decodes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from functions.contract import uris
from functions.contract.clip import Clip, ClipFacts, Reading
from functions.contract.errors import SourceNotFound
from functions.contract.frames import FrameRange, is_timecode_range, parse_frames
from functions.contract.store import Stat, remembered
from functions.media.open.clips import frames_inside, frames_of, frames_there, open_listing
from functions.media.open.locate import find
from functions.media.open.sniff import HEAD
from functions.media.stills.sequence import StillClip

if TYPE_CHECKING:
    from functions.contract.operation import Limits
    from functions.contract.store import Store
    from functions.media.stills.sequence import Listing


class ClipFiles:
    """One clip by its canonical URI. Nothing is read before it is asked for.

    limits : of the function that asks, from the first byte on
    reading : what its files leave to choose

    What units of one clip share is remembered by a store that stands still while they are
    planned together: `contract.store.remembered`.

    Every attribute and method raises as `functions.media.open.clips.open_clip` does.
    """

    def __init__(
        self, uri: str, store: Store, limits: Limits, reading: Reading | None = None
    ) -> None:
        self.uri = uri
        self._store, self._limits, self._reading = store, limits, reading or Reading()

    @cached_property
    def listing(self) -> Listing:
        """Its files by number."""
        return find(self.uri, self._store)

    @cached_property
    def clip(self) -> Clip:
        """The clip whose headers were read; closed by `close`."""
        return open_listing(self.listing, self._store, self._limits, self._reading)

    @cached_property
    def facts(self) -> ClipFacts:
        """What the headers say."""
        return remembered(self._store, ("facts", self.uri, self._reading), lambda: self.clip.facts)

    @cached_property
    def numbers(self) -> FrameRange:
        """The clip's own numbers as its headers have them."""
        return remembered(self._store, ("numbers", self.uri), lambda: self.clip.numbers())

    @cached_property
    def there(self) -> FrameRange:
        """All of the clip's own numbers that are really there: see `frames_there`."""
        return remembered(self._store, ("there", self.uri), lambda: frames_there(self.clip))

    def reader(self) -> Clip:
        """Another reader of the same clip, with a place and buffers of its own; the caller
        closes it. Of still files the headers are not read again."""
        if isinstance(self.clip, StillClip):
            return self.clip.another()
        return open_listing(self.listing, self._store, self._limits, self._reading)

    def resolve(self, text: str | None) -> FrameRange:
        """The clip's own numbers that a request's `frames` means: see `resolve_frames`."""
        return frames_of(text, self.numbers, self.facts.start if text else None)

    def stats(self, frames: str | None) -> tuple[Stat, ...]:
        """Stats of every file that those frames are in, in order: the unit's identity.

        Lists only; headers are read when `frames` is in timecode. Missing files are left out:
        whoever reads them raises. Raises SourceNotFound, InvalidRequest.
        """
        listing = self.listing
        if not listing.numbered:
            return self._by_reader((listing.first,))
        if frames is None:
            wanted = listing.span()
        elif is_timecode_range(frames):
            wanted = self.resolve(frames)
        else:
            wanted = frames_inside(parse_frames(frames), listing.span(), frames)
        found = listing.within(wanted)
        if not found:
            raise SourceNotFound(
                f"none of the frames {wanted} has a file", uri=self.uri, frame=wanted.start
            )
        return self._by_reader(found)

    def _by_reader(self, stats: tuple[Stat, ...]) -> tuple[Stat, ...]:
        """The same, the first one's identity with the plug-in that would read it and its SDK."""
        from functions.media.plugins.installed import installed

        if not installed():
            return stats
        mark = remembered(self._store, ("reader of", self.uri), self._plugin_mark)
        return (msgspec.structs.replace(stats[0], identity=stats[0].identity + mark), *stats[1:])

    def _plugin_mark(self) -> str:
        from functions.media.plugins.installed import matching

        first = self.listing.first
        plugin = matching(self._store.read_range(first.uri, 0, HEAD), uris.basename(first.uri))
        if plugin is None:
            return ""
        from functions.media.plugins.reader import sdk_version

        return f" {plugin.title} {sdk_version(plugin)}"

    def close(self) -> None:
        """Let go of the clip, if it was opened."""
        opened: Clip | None = self.__dict__.pop("clip", None)
        if opened is not None:
            opened.close()
