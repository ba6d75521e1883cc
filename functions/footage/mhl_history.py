"""The generations that a folder has, and those of sealed folders below it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from functions.contract import uris
from functions.contract.errors import DamagedSource, SourceNotFound
from functions.contract.store import Store, read_within
from functions.sidecars.mhl.digests import digest_of
from functions.sidecars.mhl.read import read_chain, read_hash_list
from functions.sidecars.mhl.values import (
    CHAIN,
    FOLDER,
    LARGEST,
    Digest,
    FileEntry,
    FolderEntry,
    Generation,
    HashList,
)

_SHOWN = 12


@dataclass(frozen=True)
class History:
    """What was sealed before, oldest first.

    path : of its folder, relative to the folder that the request names; "." for that
    """

    path: str
    generations: tuple[Generation, ...] = ()
    lists: tuple[HashList, ...] = ()
    _latest: dict[str, list[FileEntry]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for sealed in self.lists:
            for entry in sealed.files:
                if entry.previous is not None and entry.previous in self._latest:
                    # What the file was called before is the same file.
                    self._latest[entry.path] = self._latest.pop(entry.previous)
                self._latest.setdefault(entry.path, []).append(entry)

    @property
    def next_number(self) -> int:
        """Of the generation that comes next, from 1."""
        return max((g.number for g in self.generations), default=0) + 1

    @property
    def ignore(self) -> tuple[str, ...]:
        """The patterns of the latest generation."""
        return self.lists[-1].ignore if self.lists else ()

    def known(self) -> frozenset[str]:
        """Paths of all files that any generation lists, under their newest names."""
        return frozenset(self._latest)

    def formats(self, path: str) -> tuple[str, ...]:
        """Hash formats of a file in the order in which they were first written."""
        found = [d.format for entry in self._latest.get(path, ()) for d in entry.digests]
        return tuple(dict.fromkeys(found))

    def first(self, path: str, format: str) -> Digest | None:
        """The oldest hash of a file in a format: what all later ones are held against."""
        entries = self._latest.get(path, ())
        return next((d for e in entries if (d := e.digest(format)) is not None), None)

    def size(self, path: str) -> int | None:
        """Bytes of a file, as first written."""
        return next((e.size for e in self._latest.get(path, ()) if e.size is not None), None)

    def before_last(self) -> History:
        """The same without its last generation."""
        return History(self.path, self.generations[:-1], self.lists[:-1])

    def sha256(self, path: str) -> str | None:
        """The oldest SHA-256 of a file."""
        return next((e.sha256 for e in self._latest.get(path, ()) if e.sha256), None)

    def folder(self, path: str) -> tuple[FolderEntry, ...]:
        """Entries of a folder, oldest first; "." is the history's own."""
        if path == ".":
            return tuple(each.root for each in self.lists if each.root is not None)
        return tuple(f for each in self.lists for f in each.folders if f.path == path)


def load_history(store: Store, root: str, path: str = ".") -> History:
    """The history in the folder `root`; one without generations where none stands.

    Raises DamagedSource for a manifest that is missing or is not the one that the chain
    names by its C4 id, for manifests without a chain, and for a chain that lacks a number.
    """
    folder = uris.join(root, FOLDER) + "/"
    chain_uri = uris.join(folder, CHAIN)
    try:
        generations = read_chain(read_within(store, chain_uri, LARGEST), CHAIN)
    except SourceNotFound:
        if any(True for stat in store.list(folder) if stat.uri.endswith(".mhl")):
            raise DamagedSource(
                f"manifests stand in {folder} without a chain file", uri=chain_uri
            ) from None
        return History(path)
    numbers = [each.number for each in generations]
    if numbers != list(range(1, len(numbers) + 1)):
        counted = ", ".join(map(str, numbers[:_SHOWN]))
        raise DamagedSource(
            f"the chain has the generations {counted}, which are not each number from 1 on once",
            uri=chain_uri,
        )
    lists = []
    for each in generations:
        uri = uris.join(folder, each.name)
        try:
            data = read_within(store, uri, LARGEST)
        except SourceNotFound as error:
            raise DamagedSource(
                f"the chain names {each.name}, which is missing", uri=uri
            ) from error
        if digest_of("c4", data) != each.c4:
            raise DamagedSource(f"{each.name} was changed after it was written", uri=uri)
        lists.append(read_hash_list(data, each.name))
    return History(path, generations, tuple(lists))


def broken_references(
    store: Store, root: str, lists: Iterable[HashList]
) -> tuple[list[str], list[str]]:
    """Of the histories below that the manifests of `root` refer to: manifests that are not there,
    and those that are not what they were. Paths as they are written.

    Files below a history of their own stand in it alone: without this their folder could go, or
    be sealed anew, and nobody would miss it.
    """
    missing, changed = [], []
    for path, c4 in sorted({(ref.path, ref.c4) for each in lists for ref in each.references}):
        try:
            data = read_within(store, uris.join(root, path), LARGEST)
        except SourceNotFound:
            missing.append(path)
        else:
            if digest_of("c4", data) != c4:
                changed.append(path)
    return missing, changed


def outside_chain(store: Store, root: str, history: History) -> list[str]:
    """Names of manifests that lie in a history and in no chain."""
    named = {each.name for each in history.generations}
    found = (uris.basename(stat.uri) for stat in store.list(uris.join(root, FOLDER) + "/"))
    return sorted(name for name in found if name.endswith(".mhl") and name not in named)
