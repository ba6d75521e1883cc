"""Clips of media from their headers, or from an index: name, reel, timecode, length, colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction

from functions.contract import uris
from functions.contract.errors import InvalidRequest, RushesError, SourceNotFound
from functions.contract.operation import Limits
from functions.contract.store import Store
from functions.footage import generations
from functions.footage.database import all_entries
from functions.footage.entry import Entry, identity_of
from functions.footage.headers import read_headers
from functions.turnover.placing import Media

_AT_ONCE = 8


@dataclass(slots=True)
class Index:
    """Clips of media folders, and what could not be read there.

    files : indexes of footage that were taken for their folders
    indexed : of clips that are known from those alone, the identity of their files, by URI
    """

    media: list[Media] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    indexed: dict[str, str] = field(default_factory=dict)


def published(place: str, store: Store) -> str | None:
    """The file of an index of footage that a place of media is or holds; None for a folder."""
    if place.endswith(".sqlite"):
        return place
    found = generations.latest(place, store)
    return None if found is None else uris.join(place, found.file)


def index_of(
    places: Mapping[str, str | None], store: Store, limits: Limits, check: Callable[[], None]
) -> Index:
    """Every clip below folders of media, or of the indexes in their place.

    places : each with its index, as `published` gives it
    store : that remembers its listings: each clip of a folder asks for its own
    check : called once a clip; raises when the unit must stop

    Raises SourceNotFound for a folder without any, and what a retry may cure.
    """
    from functions.media.open.walk import clips_below

    index = Index()

    def one(uri: str) -> Entry | tuple[str, str]:
        check()
        try:
            return read_headers(uri, store, limits)
        except RushesError as error:
            if error.retryable:
                raise
            return uri, error.detail

    found: dict[str, Entry | None] = {}
    for place, file in places.items():
        below: dict[str, Entry | None]
        if file is None:
            below = dict.fromkeys(clips_below(place, store))
        else:
            below = {entry.uri: entry for entry in all_entries(file, store)}
            index.files.append(file)
        if not below:
            raise SourceNotFound(f"no clip below {place}", uri=place)
        for uri, known in below.items():
            found.setdefault(uri, known)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="index") as pool:
        read = pool.map(one, [uri for uri, entry in found.items() if entry is None])
        for uri, known in found.items():
            entry = known or next(read)
            if isinstance(entry, tuple):
                index.skipped.append(entry)
            elif entry.error is not None:
                index.skipped.append((uri, entry.error))
            else:
                index.media.append(media_of(entry))
                if known is not None:
                    index.indexed[uri] = entry.identity
    return index


def changed(media: Iterable[str], index: Index, store: Store) -> set[str]:
    """Of clips that are known from an index alone, those whose files are others by now.

    media : clips that are pulled; each is listed, and none is read
    """
    from functions.media.open.locate import find

    def is_other(uri: str) -> bool:
        try:
            return identity_of(find(uri, store).files.values()) != index.indexed[uri]
        except (SourceNotFound, InvalidRequest):
            return True

    asked = [uri for uri in dict.fromkeys(media) if uri in index.indexed]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="index") as pool:
        return {uri for uri, other in zip(asked, pool.map(is_other, asked), strict=True) if other}


def media_of(entry: Entry) -> Media:
    """A clip's headers as what events are matched to."""
    return Media(
        uri=entry.uri,
        name=entry.name,
        reel=entry.reel,
        first=entry.first,
        count=entry.count,
        start=entry.start_frame,
        steady=entry.steady,
        rate=None if entry.rate is None else Fraction(entry.rate),
        drop=entry.drop,
        numbered=entry.numbered,
        padding=entry.padding,
        untagged=entry.untagged,
        missing=entry.missing,
    )
