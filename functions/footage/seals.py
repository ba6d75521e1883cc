"""Clips held against the ASC MHL histories that lie beside them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from functions.contract import uris
from functions.contract.errors import RushesError
from functions.contract.operation import Work
from functions.contract.store import Stat, Store
from functions.footage.cards import Card, FoundClip
from functions.footage.entry import Seal, digest
from functions.footage.mhl_history import History, load_history
from functions.sidecars.mhl.digests import Digester
from functions.sidecars.mhl.values import Digest

_BLOCK = 4 << 20
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a manifest says of one file; `digest` is the oldest, which all are held against."""

    stat: Stat
    size: int | None
    digest: Digest


@dataclass(slots=True)
class Listed:
    """What the manifests say of a clip.

    sealed : of its files, those that are listed; new : names of the others
    gone : names that are listed, belong to the clip's sequence and are not there
    trouble : why a history cannot be read; hints : of manifests that are not read
    """

    sealed: list[Sealed] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    trouble: str | None = None
    hints: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Digest of all of it but the files' own stats."""
        hashes = [(each.size, each.digest.format, each.digest.value) for each in self.sealed]
        return digest(hashes, self.new, self.gone, self.trouble, self.hints)


class _Folders:
    """A history's files by folder, so that a sequence finds its own without a look at all."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.names: dict[str, list[str]] = {}
        for path in history.known():
            folder, _, name = path.rpartition("/")
            self.names.setdefault(folder, []).append(name)


class Seals:
    """Histories of a root, each read once. Safe from many threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._read: dict[str, _Folders | str] = {}

    def listed(self, clip: FoundClip, card: Card) -> Listed:
        """What the innermost history above a clip's files says. Raises what a retry may cure."""
        found = Listed(hints=card.old_mhls)
        folder = uris.parent(clip.files[0].uri)
        # The innermost folder is the longest of those that the files lie in.
        owners = [each for each in card.histories if folder.startswith(each)]
        if not owners:
            found.new = [uris.basename(stat.uri) for stat in clip.files]
            return found
        owner = max(owners, key=len)
        history = self._history(owner)
        if isinstance(history, str):
            found.trouble = history
            return found
        for stat in clip.files:
            path = stat.uri[len(owner) :]
            formats = history.history.formats(path)
            first = history.history.first(path, formats[0]) if formats else None
            if first is None:
                found.new.append(uris.basename(stat.uri))
            else:
                found.sealed.append(Sealed(stat, history.history.size(path), first))
        if clip.numbered:
            found.gone = _gone(clip, history.names.get(folder[len(owner) :].rstrip("/"), []))
        return found

    def _history(self, folder: str) -> _Folders | str:
        with self._lock:
            if folder not in self._read:
                try:
                    self._read[folder] = _Folders(load_history(self._store, folder))
                except RushesError as error:
                    if error.retryable:
                        raise
                    self._read[folder] = error.detail
            return self._read[folder]


def seal_of(found: Listed, work: Work, *, hashes: bool) -> Seal:
    """A clip's seal: by sizes, or by hashes, which reads every byte of it."""
    if found.trouble is not None:
        return Seal(state="unknown", detail=found.trouble)
    sealed, hint = found.sealed, None
    if found.hints:
        hint = f"{_some(found.hints)} beside it is no ASC MHL of version 2 and is not read"
    if not sealed and not found.gone:
        return Seal(detail=hint)
    wrong = [
        uris.basename(each.stat.uri)
        for each in sealed
        if each.size not in (None, each.stat.bytes) or (hashes and not _is_as_sealed(each, work))
    ]
    checked, only = "hash" if hashes else "size", None
    if len(sealed) == 1 and not found.new:
        only = f"{sealed[0].digest.format}:{sealed[0].digest.value}"
    if wrong or found.gone:
        parts = [
            f"{len(names)} {what}: {_some(names)}"
            for names, what in ((wrong, f"of another {checked} than sealed"),
                                (found.gone, "sealed and not there"))
            if names
        ]  # fmt: skip
        detail = "; ".join(parts)
        return Seal(state="differs", checked="hash" if hashes else "size", hash=only, detail=detail)
    if found.new:
        told = f"{len(found.new)} of {len(found.new) + len(sealed)} files are in no manifest"
        return Seal(detail=f"{told}: {_some(found.new)}")
    unsized = [uris.basename(each.stat.uri) for each in sealed if each.size is None]
    if unsized and not hashes:
        detail = f"{len(unsized)} sealed without a size, by name alone: {_some(unsized)}"
        return Seal(state="sealed", hash=only, detail=detail)
    return Seal(state="sealed", checked="hash" if hashes else "size", hash=only)


def _is_as_sealed(sealed: Sealed, work: Work) -> bool:
    digester = Digester((sealed.digest.format,))
    with work.stage("fetch"), work.store.open(sealed.stat.uri) as stream:
        while block := stream.read(_BLOCK):
            work.check()
            digester.update(block)
    return digester.values()[sealed.digest.format].lower() == sealed.digest.value.lower()


def _gone(clip: FoundClip, listed: Sequence[str]) -> list[str]:
    """Names of a folder that are of the clip's sequence, by all but their last number."""
    there = {uris.basename(stat.uri) for stat in clip.files}
    shape = _shape(next(iter(there)))
    return sorted(name for name in listed if name not in there and _shape(name) == shape)


def _shape(name: str) -> tuple[str, str]:
    stem, _, extension = name.rpartition(".")
    bare = stem.rstrip("0123456789")
    return (bare, extension) if bare != stem else (stem + "/", extension)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
