"""Clips of media folders from their headers: name, reel, timecode, length, colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from functions.contract.clip import ClipFacts
from functions.contract.errors import RushesError, SourceNotFound, UnsupportedMedia
from functions.contract.operation import Limits
from functions.contract.store import Store
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
            return _indexed(uri, store, limits)
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


def _indexed(uri: str, store: Store, limits: Limits) -> Media:
    from functions.media import open_clip

    clip = open_clip(uri, store, limits)
    try:
        facts, numbers = clip.facts, clip.numbers()
    finally:
        clip.close()
    return Media(
        uri=uri,
        name=facts.name,
        reel=facts.camera.reel,
        first=numbers.start,
        count=len(numbers),
        start=None if facts.start is None else facts.start.frame,
        rate=facts.rate,
        drop=facts.start is not None and facts.start.drop,
        numbered=uri.endswith("/") or "%" in uri.rpartition("/")[2],
        padding=facts.padding,
        untagged=_untagged(facts),
    )


def _untagged(facts: ClipFacts) -> str | None:
    """Why nobody knows a developed clip's colour."""
    if facts.layout is not None:
        return None
    from functions.colour.tags import input_space

    try:
        input_space(facts.picture.colour, facts.camera)
    except UnsupportedMedia as error:
        return str(error.facts.get("why", error.detail))
    return None
