"""A clip's headers as an entry of the index."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.clip import ClipFacts
from functions.contract.errors import UnsupportedMedia
from functions.contract.frames import rate_text
from functions.contract.operation import Limits
from functions.contract.store import Stat, Store
from functions.footage.entry import Entry, identity_of
from functions.media.acquisition.sidecar import read_sidecar
from functions.media.acquisition.values import merged
from functions.media.open.clips import open_listing
from functions.media.open.locate import find
from functions.media.stills.sequence import StillClip

# What a developer needs of a camera and nobody searches for: half of a record's bytes.
_COLORIMETRY = frozenset(("calibrations", "matrix_to_aces", "analog_balance", "black", "white"))
_DATE = re.compile(r"^(\d{4})[:-](\d{2})[:-](\d{2})")


def read_headers(
    uri: str,
    store: Store,
    limits: Limits,
    *,
    card: str = "",
    key: str = "",
    document: Stat | None = None,
) -> Entry:
    """A clip's entry from its listing and headers; raises as `open_clip` does.

    document : what its camera wrote beside it
    """
    listing = find(uri, store)
    files = tuple(listing.files.values())
    clip = open_listing(listing, store, limits)
    try:
        facts, numbers, notes = clip.facts, clip.numbers(), clip.notes
        steady = clip.steady() if isinstance(clip, StillClip) else facts.steady
    finally:
        clip.close()
    told = read_sidecar(document, store) if document is not None else None
    record, said = merged(facts.camera, (told,) if told else ())
    camera = {
        name: value
        for name, value in msgspec.to_builtins(record).items()
        if name not in _COLORIMETRY
    }
    start, count = facts.start, len(numbers)
    date, dated = _date(camera, files)
    return Entry(
        uri=uri,
        card=card,
        identity=identity_of(files),
        key=key,
        name=facts.name,
        files=len(files),
        bytes=sum(stat.bytes for stat in files),
        container=facts.container,
        codec=facts.codec,
        layout=facts.layout,
        width=facts.width,
        height=facts.height,
        rate=None if facts.rate is None else rate_text(facts.rate),
        first=numbers.start,
        count=count,
        missing=count - len(files) if listing.numbered else 0,
        start=None if start is None else str(start),
        last=None if start is None or not count else str(start + (count - 1)),
        start_frame=None if start is None else start.frame,
        steady=steady,
        drop=start is not None and start.drop,
        numbered=uri.endswith("/") or "%" in uris.basename(uri),
        padding=facts.padding,
        reel=record.reel,
        date=date,
        dated=dated,
        untagged=_untagged(facts),
        camera=camera,
        notes=(*notes, *said),
    )


def _date(camera: Mapping[str, Any], files: tuple[Stat, ...]) -> tuple[str | None, Any]:
    """The day on which the camera says it was shot, else that of the newest file, in UTC."""
    if found := _DATE.match(str(camera.get("captured") or "")):
        return "-".join(found.groups()), "camera"
    times = [stat.modified for stat in files if stat.modified is not None]
    if not times:
        return None, None
    return datetime.fromtimestamp(max(times), UTC).date().isoformat(), "file"


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
