"""Dead letters: events that a broker gave up, kept beside what they should have made.

The reader of dead letters writes them (`functions/serve/events/dead_letters.py`). One counts for
as long as its unit has no receipt: a later try may have gone well.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from concurrent.futures import ThreadPoolExecutor

from functions.contract import uris
from functions.contract.store import Store

_FOLDER = ".rushes/dead"
_READERS = 16


def letter_uri(output: str, name: str) -> str:
    """Where a letter stands: by its unit, or by its event where it names none."""
    return uris.join(output, _FOLDER, f"{name}.json")


def dead_letters(outputs: Iterable[str], receipts: Container[str], store: Store) -> tuple[str, ...]:
    """URIs of the letters below these outputs whose units have no receipt: a listing each."""

    def found(output: str) -> list[str]:
        listed = store.list(uris.folder(uris.join(output, _FOLDER)))
        return [s.uri for s in listed if uris.basename(s.uri).partition(".")[0] not in receipts]

    with ThreadPoolExecutor(_READERS) as pool:
        return tuple(uri for some in pool.map(found, sorted(set(outputs))) for uri in some)
