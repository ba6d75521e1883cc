"""Clips of media folders from their headers: name, reel, timecode, length, colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction

from functions.contract.errors import RushesError, SourceNotFound
from functions.contract.operation import Limits
from functions.contract.store import Store
from functions.footage.entry import Entry
from functions.footage.headers import read_headers
from functions.turnover.placing import Media

_AT_ONCE = 8


@dataclass(slots=True)
class Index:
    """Clips of media folders, and what could not be read there."""

    media: list[Media] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def index_of(
    folders: Iterable[str], store: Store, limits: Limits, check: Callable[[], None]
) -> Index:
    """Every clip below the folders.

    store : that remembers its listings: each clip of a folder asks for its own
    check : called once a clip; raises when the unit must stop

    Raises SourceNotFound for a folder without any, and what a retry may cure.
    """
    from functions.media.open.walk import clips_below

    index = Index()

    def one(uri: str) -> Media | tuple[str, str]:
        check()
        try:
            return media_of(read_headers(uri, store, limits))
        except RushesError as error:
            if error.retryable:
                raise
            return uri, error.detail

    found: dict[str, None] = {}
    for folder in folders:
        below = list(clips_below(folder, store))
        if not below:
            raise SourceNotFound(f"no clip below {folder}", uri=folder)
        found |= dict.fromkeys(below)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="index") as pool:
        for each in pool.map(one, found):
            if isinstance(each, tuple):
                index.skipped.append(each)
            else:
                index.media.append(each)
    return index


def media_of(entry: Entry) -> Media:
    """A clip's headers as what events are matched to."""
    return Media(
        uri=entry.uri,
        name=entry.name,
        reel=entry.reel,
        first=entry.first,
        count=entry.count,
        start=entry.start_frame,
        rate=None if entry.rate is None else Fraction(entry.rate),
        drop=entry.drop,
        numbered=entry.numbered,
        padding=entry.padding,
        untagged=entry.untagged,
    )
