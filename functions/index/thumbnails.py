"""A contact thumbnail of a clip: its middle frame as a JPEG beside the index."""

from __future__ import annotations

import threading

from functions.contract.errors import InvalidRequest, OutputConflict, RushesError
from functions.contract.operation import Work
from functions.footage.cards import FoundClip
from functions.media.open.locate import find

_WIDTH, _QUALITY = 320, 80


class Thumbnails:
    """Makes them for many threads; as many at once as the unit has cores."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._cores = threading.Semaphore(max(1, work.threads))

    def make(self, clip: FoundClip, key: str) -> tuple[str | None, str | None]:
        """Name of the picture below the index's folder, or why there is none.

        key : of the entry: the name says what the picture is of, so that it never changes

        Raises what a retry may cure.
        """
        name = f".rushes/thumbnails/{key}.jpg"
        try:
            with self._cores:
                content = self._jpeg(clip)
            self._work.commit(name, content)
        except OutputConflict:
            pass  # another worker's picture of the same clip stands
        except Exception as error:
            if not isinstance(error, RushesError):
                return None, f"its picture cannot be made: {error}"
            if error.retryable:
                raise
            return None, error.detail
        return name, None

    def _jpeg(self, clip: FoundClip) -> bytes:
        from imagecodecs import jpeg8_encode

        from functions.picture.thumbnail import thumbnail

        work = self._work
        number = _middle(clip, work)
        amf = None if clip.amf is None else clip.amf.uri
        try:
            picture = thumbnail(clip.uri, number, amf, work, width=_WIDTH)
        except InvalidRequest:
            if amf is None:
                raise
            # An AMF of another clip, or one that is none: the clip shows without it.
            picture = thumbnail(clip.uri, number, None, work, width=_WIDTH)
        with work.stage("encode"):
            return bytes(jpeg8_encode(picture, level=_QUALITY))


def _middle(clip: FoundClip, work: Work) -> int | None:
    """A frame that is there: of files the middle one, of a movie the middle of its length."""
    listing = find(clip.uri, work.store)
    if listing.numbered:
        numbers = list(listing.files)
        return numbers[len(numbers) // 2]
    from functions.media import open_clip

    opened = open_clip(clip.uri, work.store, work.limits)
    try:
        own = opened.numbers()
    finally:
        opened.close()
    return own.nth(len(own) // 2) if len(own) > 1 else None
