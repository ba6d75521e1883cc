"""The document that a camera writes beside a movie: C0001M01.XML beside C0001.MP4."""

from __future__ import annotations

from functions.contract import uris
from functions.contract.store import Stat, Store
from functions.media.acquisition.sony_xml import read_sony_xml
from functions.media.acquisition.values import Told

_MOVIES = ("mp4", "mxf", "mov")
_LARGEST = 4 << 20


def sidecar_names(uri: str) -> tuple[str, ...]:
    """Names in small letters that a movie's document may have; none for what is no movie."""
    stem, _, kind = uris.basename(uri).lower().rpartition(".")
    return (f"{stem}m01.xml", f"{stem}.xml") if stem and kind in _MOVIES else ()


def find_sidecar(uri: str, store: Store) -> Stat | None:
    """The document beside a movie, by the listing of its folder."""
    names = sidecar_names(uri)
    if not names:
        return None
    beside = {uris.basename(stat.uri).lower(): stat for stat in store.list(uris.parent(uri))}
    return next((beside[name] for name in names if name in beside), None)


def read_sidecar(stat: Stat, store: Store) -> Told | None:
    """What it says; None for XML of another kind, and for a file that is no such document."""
    if stat.bytes > _LARGEST:
        return None
    return read_sony_xml(store.read(stat.uri), uris.basename(stat.uri))
