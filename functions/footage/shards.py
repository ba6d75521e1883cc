"""Entries of one card as JSON lines: the truth of the index, readable by anything.

The first line is of the card, each other line is a clip. A shard's name says the state of its card,
so that its content never changes and writers cannot collide.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from functions.contract.errors import DamagedSource
from functions.contract.request import NOT_JSON
from functions.contract.store import Store, read_within
from functions.contract.version import VERSION
from functions.footage.entry import Entry

LARGEST = 1 << 28
"""Bytes of a shard: a card of a hundred thousand clips has half of it."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first line. options : digest of what entries depend on beside their files."""

    rushes: str
    card: str
    state: str
    options: str
    clips: int


def write_shard(card: str, state: str, options: str, entries: Iterable[Entry]) -> bytes:
    """The file; the same entries give the same bytes."""
    found = list(entries)
    head = Head(rushes=VERSION, card=card, state=state, options=options, clips=len(found))
    return msgspec.json.Encoder().encode_lines([head, *found])


def read_shard(uri: str, store: Store) -> tuple[Head, list[Entry]]:
    """Raises DamagedSource for what is no shard, and as `read_within`."""
    data = read_within(store, uri, LARGEST)
    first, _, rest = data.partition(b"\n")
    try:
        head = msgspec.json.decode(first, type=Head)
        entries = _ENTRIES.decode_lines(rest)
    except NOT_JSON as error:
        raise DamagedSource(f"{uri} is no card of an index: {error}", uri=uri) from error
    if len(entries) != head.clips:
        raise DamagedSource(f"{uri} has {len(entries)} of {head.clips} clips", uri=uri)
    return head, entries


_ENTRIES = msgspec.json.Decoder(Entry)
