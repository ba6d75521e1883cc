"""Every file of a sealed folder read once, on the cores that the unit may use."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, cast

from functions.contract.errors import StoreUnavailable
from functions.contract.operation import Work
from functions.contract.store import Stat
from functions.footage.mhl_history import History
from functions.seal.tree import Child
from functions.sidecars.mhl.digests import Digester

_WHOLE = 16 << 20
_BLOCK = 1 << 20  # stays in the core's own cache between the read and the hash


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file with its hashes as text; `own` is its path inside its history."""

    child: Child
    stat: Stat
    history: History
    own: str
    values: dict[str, str]


def owner_of(
    path: str, histories: dict[str, History], *, above: bool = False
) -> tuple[History, str]:
    """The innermost history that a path belongs to, and the path inside it.

    above : the history of the folder that the path is in, though it may have its own
    """
    folder = path.rpartition("/")[0] if above else path
    while folder:
        if folder in histories:
            return histories[folder], path[len(folder) + 1 :] or "."
        folder = folder.rpartition("/")[0]
    return histories["."], path


def wanted_formats(history: History, own: str, asked: Sequence[str]) -> tuple[str, ...]:
    """What is hashed: the formats asked for, and one that an earlier generation has.

    A new format proves nothing by itself: the file is held against an old hash too.
    """
    known = history.formats(own)
    held = [name for name in known if name in asked] or list(known[:1])
    return tuple(dict.fromkeys([*held, *asked]))


def hash_files(
    found: Iterable[Child], histories: dict[str, History], asked: Sequence[str], work: Work
) -> list[Hashed]:
    """Hashes of every file, in their order; each byte is read once.

    Raises StoreUnavailable for a file that has another size than its listing said: somebody
    still writes it.
    """
    files = [(child, child.stat) for child in found if child.stat is not None]
    total, done, lock = len(files), 0, threading.Lock()
    # What would have been wanted before the last generation, too: see `sealing.create`.
    views = {
        path: (history, history.before_last()) if asked and history.lists else (history,)
        for path, history in histories.items()
    }

    def one(child: Child, stat: Stat) -> Hashed:
        nonlocal done
        history, own = owner_of(child.path, histories)
        formats = [
            name for view in views[history.path] for name in wanted_formats(view, own, asked)
        ]
        digester = Digester(tuple(dict.fromkeys(formats)))
        work.check()
        # A file that nobody knows needs no reading in a check.
        size = _digest(stat, digester, work) if formats else stat.bytes
        if size != stat.bytes:
            raise StoreUnavailable(
                f"{child.path} changes while it is read: {stat.bytes} bytes were listed, "
                f"{size} came; seal it when nobody writes to it",
                uri=stat.uri,
            )
        with lock:
            done += 1
            count = done
        work.progress(count, total)
        return Hashed(child, stat, history, own, digester.values())

    with ThreadPoolExecutor(max(1, work.threads), thread_name_prefix="seal") as pool:
        try:
            return list(pool.map(lambda pair: one(*pair), files))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def hashes_of(stat: Stat, formats: Sequence[str], work: Work) -> dict[str, str]:
    """One file in these formats."""
    digester = Digester(tuple(formats))
    _digest(stat, digester, work)
    return digester.values()


def _digest(stat: Stat, digester: Digester, work: Work) -> int:
    """Hash one file; how many bytes there were."""
    if stat.bytes > _WHOLE:
        with work.store.open(stat.uri) as stream:
            return _stream(stream, digester, work)
    content = work.store.read(stat.uri)
    digester.update(content)
    return len(content)


def _stream(stream: BinaryIO, digester: Digester, work: Work) -> int:
    """Hash a stream through one buffer: fresh memory for each block costs as much as xxh64."""
    total = 0
    buffer = memoryview(bytearray(_BLOCK))
    # BinaryIO knows no readinto, and every reader of a store has it.
    readinto = cast("io.BufferedReader", stream).readinto
    while size := readinto(buffer):
        work.check()
        digester.update(buffer[:size])
        total += size
    return total
