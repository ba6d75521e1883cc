"""Which files shape the pictures: the unit's identity."""

from __future__ import annotations

from collections.abc import Iterable

from functions.contract.store import Stat, Store
from functions.picture.wish import Wish


def picture_sources(wish: Wish, store: Store) -> Iterable[Stat]:
    """Stats of every file: frames, sidecars, look files, and files that the AMF names.

    Reads the AMF alone. Raises SourceNotFound, InvalidRequest, Refused.
    """
    raise NotImplementedError
