"""Which file is the index now: a log of its states, one small file each.

A state is published under the next number by a put that replaces nothing. Of two writers who saw
the same log one gets the number; the other looks again. So an older look at the footage never
goes over a newer one, on any storage that has such a put, and readers always find a whole file.
"""

from __future__ import annotations

import re

import msgspec

from functions.contract import uris
from functions.contract.errors import DamagedSource, SourceNotFound, StoreUnavailable
from functions.contract.request import NOT_JSON
from functions.contract.store import Store, read_within

_FOLDER = ".rushes/footage/"
_NAME = re.compile(r"^(\d{6})\.json$")
_FILE = re.compile(r"^footage-[0-9a-f]{16}\.sqlite$")
_LARGEST = 1 << 16


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """One state of the index.

    root, state : what was looked at, and in what state; file : name of the index in its folder
    """

    generation: int
    root: str
    state: str
    file: str
    cards: int
    clips: int


def history(output: str, store: Store) -> list[int]:
    """Numbers of the generations of a folder, oldest first; none where it holds no index."""
    listed = store.list(_folder(output))
    found = (_NAME.match(uris.basename(stat.uri)) for stat in listed)
    return sorted(int(name[1]) for name in found if name)


def read(output: str, number: int, store: Store) -> Generation:
    """Raises DamagedSource for what is no generation."""
    uri = _uri(output, number)
    try:
        found = msgspec.json.decode(read_within(store, uri, _LARGEST), type=Generation)
    except NOT_JSON as error:
        raise DamagedSource(f"{uri} is no generation of an index: {error}", uri=uri) from error
    if not _FILE.match(found.file):
        raise DamagedSource(f"{uri} names {found.file!r}, which is no index", uri=uri)
    return found


def latest(output: str, store: Store) -> Generation | None:
    """None where the folder holds no index."""
    numbers = history(output, store)
    return read(output, numbers[-1], store) if numbers else None


def before(output: str, state: str, store: Store) -> int:
    """Number of the newest generation of another state than this, 0 where there is none.

    It belongs to a unit's identity: footage that is again as it was once is indexed anew.
    """
    for number in reversed(history(output, store)):
        if read(output, number, store).state != state:
            return number
    return 0


def publish(output: str, made: Generation, store: Store) -> None:
    """Raises StoreUnavailable where another writer was quicker with another state."""
    uri = _uri(output, made.generation)
    if store.put_if_absent(uri, msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"):
        return
    if read(output, made.generation, store) != made:
        raise StoreUnavailable(
            f"another index of {made.root} was published meanwhile: look again", uri=uri
        )


def index_file(uri: str, store: Store) -> str:
    """The index that a folder holds now, or the file itself that is named.

    Raises SourceNotFound where there is none.
    """
    if uri.endswith(".sqlite"):
        return uri
    found = latest(uri, store)
    if found is None:
        raise SourceNotFound(f"{uri} holds no index of footage", uri=uri)
    return uris.join(uri, found.file)


def _folder(output: str) -> str:
    return uris.folder(uris.join(output, _FOLDER))


def _uri(output: str, number: int) -> str:
    return f"{_folder(output)}{number:06d}.json"
