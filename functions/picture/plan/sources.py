"""Which files shape the pictures: the unit's identity."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from functions.contract.errors import SourceNotFound
from functions.contract.operation import Limits
from functions.contract.store import Stat, Store, remembered
from functions.media import identify
from functions.picture.picture_request import Wish


def picture_sources(wish: Wish, store: Store) -> tuple[Stat, ...]:
    """Stats of every file: frames, sidecars, look files, and files that the AMF names.

    Reads the AMF alone, and a clip's headers for frames in timecode. Raises SourceNotFound,
    InvalidRequest, Refused, as open_pictures does.
    """
    return (*identify(wish.input, wish.frames, store, Limits()), *decision_sources(wish, store))


def decision_sources(wish: Wish, store: Store) -> tuple[Stat, ...]:
    """Stats of the sidecars alone; each file once."""

    def decide() -> tuple[Stat, ...]:
        return tuple(store.stat(uri) for uri in dict.fromkeys(_uris(wish, store)))

    # They are the same for all units of a clip, whose wishes differ in their frames alone.
    same = msgspec.structs.replace(wish, frames=None)
    return remembered(store, ("decisions of", same), decide)


def _uris(wish: Wish, store: Store) -> Iterator[str]:
    named = (wish.amf, wish.fdl, wish.framing.template_file, wish.config, *wish.looks)
    yield from (uri for uri in named if uri is not None)
    if wish.amf is not None:
        yield from _of_amf(wish.amf, store)
    if wish.config is not None and not wish.config.lower().endswith(".ocioz"):
        from functions.picture.plan.decisions_in import beside_config, read_small

        config = read_small(wish.config, store, "config")
        yield from (where for _, where in beside_config(wish.config, config, store))


def _of_amf(uri: str, store: Store) -> Iterator[str]:
    """Files beside an AMF that are there: what is missing is judged by who reads the AMF."""
    from functions.picture.plan.decisions_in import beside, file_names, read_small
    from functions.sidecars.amf.read import check_amf
    from functions.sidecars.findings import refuse_errors

    checked = check_amf(read_small(uri, store, "amf"))
    refuse_errors(checked.findings, field="amf", what="the AMF")
    if checked.amf is None:
        return
    for name in file_names(checked.amf.steps):
        where = beside(uri, name)
        try:
            store.stat(where)
        except SourceNotFound:
            continue
        yield where
