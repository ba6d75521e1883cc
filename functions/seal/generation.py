"""From hashes to the next generation of each history: values only, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from functions.contract.version import VERSION
from functions.footage.mhl_history import History
from functions.seal.dates import changed
from functions.seal.hashing import Hashed, owner_of
from functions.seal.tree import Folder
from functions.sidecars.mhl.digests import FolderDigests
from functions.sidecars.mhl.values import (
    Action,
    Author,
    Digest,
    FileEntry,
    FolderEntry,
    HashList,
    Reference,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a manifest says of who made it; `created` is xs:dateTime.

    The host is none: which pod happened to seal is no fact about the media.
    """

    created: str
    author: Author | None = None
    location: str | None = None
    comment: str | None = None


@dataclass(slots=True)
class Sealed:
    """The new generation of one history, and what it found."""

    history: History
    order: list[FileEntry | FolderEntry] = field(default_factory=list)
    root: FolderEntry | None = None
    failed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    verified: int = 0

    def hash_list(
        self, signature: Signature, ignore: tuple[str, ...], references: Sequence[Reference]
    ) -> HashList:
        """The manifest's values."""
        return HashList(
            created=signature.created,
            host="rushes",
            tool="rushes",
            tool_version=VERSION,
            root=self.root,
            ignore=ignore,
            order=tuple(self.order),
            references=tuple(references),
            authors=(signature.author,) if signature.author else (),
            location=signature.location,
            comment=signature.comment,
        )


def generations(
    folders: Sequence[Folder],
    hashed: Sequence[Hashed],
    histories: dict[str, History],
    formats: Sequence[str],
    signature: Signature,
    *,
    renames: bool,
    ignored: Callable[[str], bool],
) -> dict[str, Sealed]:
    """The next generation of every history, by its path.

    formats : of the folder hashes; "sha256" is for files only
    renames : whether a new file with the hash of a missing one is that file, renamed
    ignored : of paths below the root: what was sealed before it was ignored is not missing
    """
    sealed = {path: Sealed(history) for path, history in histories.items()}
    by_path = {each.child.path: each for each in hashed}
    found: dict[str, set[str]] = {path: set() for path in histories}
    for each in hashed:
        found[each.history.path].add(each.own)
    moved = {path: _moved(h, found[path], hashed, renames) for path, h in histories.items()}
    over = tuple(name for name in formats if name != "sha256")
    sums: dict[str, dict[str, tuple[str, str]]] = {}
    for folder in folders:
        digests = {name: FolderDigests(name) for name in over}
        for child in folder.children:
            if child.stat is not None:
                each = by_path[child.path]
                goal = sealed[each.history.path]
                _add_file(goal, each, moved[each.history.path].get(each.own), signature.created)
                for name, digest in digests.items():
                    digest.add_file(child.name, each.values[name])
            else:
                for name, digest in digests.items():
                    digest.add_folder(child.name, *sums[child.path][name])
        sums[folder.path] = {name: digest.values() for name, digest in digests.items()}
        _add_folder(sealed, histories, folder.path, sums[folder.path], signature.created)
    for path, goal in sealed.items():
        gone = goal.history.known() - found[path] - set(moved[path].values())
        inside = "" if path == "." else f"{path}/"
        goal.missing = sorted(name for name in gone if not ignored(inside + name))
    return sealed


def _moved(
    history: History, found: set[str], hashed: Sequence[Hashed], wanted: bool
) -> dict[str, str]:
    """New path to old path of the files that were renamed, each old path once."""
    if not wanted:
        return {}
    gone: dict[tuple[str, str], list[str]] = {}
    for path in sorted(history.known() - found, reverse=True):
        for name in history.formats(path):
            if (digest := history.first(path, name)) is not None:
                gone.setdefault((name, digest.value.lower()), []).append(path)
    moved: dict[str, str] = {}
    taken: set[str] = set()
    for each in hashed:
        if each.history is not history or history.formats(each.own):
            continue
        for pair in each.values.items():
            # Files of the same content are taken in their order, the same in every format.
            olds = gone.get(pair, [])
            while olds and olds[-1] in taken:
                olds.pop()
            if olds:
                moved[each.own] = olds.pop()
                taken.add(moved[each.own])
                break
    return moved


def _add_file(goal: Sealed, each: Hashed, previous: str | None, created: str) -> None:
    history, known_as = each.history, previous or each.own
    formats = history.formats(known_as)
    first_sha256 = history.sha256(known_as)
    failed = first_sha256 is not None and each.values.get("sha256", first_sha256) != first_sha256
    for name, value in each.values.items():
        first = history.first(known_as, name)
        failed = failed or (first is not None and first.value.lower() != value.lower())
    action: Action = "failed" if failed else "verified" if formats else "original"
    if failed:
        goal.failed.append(each.own)
    elif formats:
        goal.verified += 1
    else:
        goal.added.append(each.own)
    digests = []
    for name, value in each.values.items():
        if name == "sha256":
            continue
        first = history.first(known_as, name)
        # A format that is right says so, though another one failed beside it.
        right = first is not None and first.value.lower() == value.lower()
        digests.append(
            Digest(format=name, value=value, action="verified" if right else action, date=created)
        )
    goal.order.append(
        FileEntry(
            path=each.own,
            size=each.stat.bytes,
            modified=changed(each.stat),
            digests=tuple(digests),
            previous=previous,
            sha256=each.values.get("sha256"),
        )
    )


def _add_folder(
    sealed: dict[str, Sealed],
    histories: dict[str, History],
    path: str,
    values: dict[str, tuple[str, str]],
    created: str,
) -> None:
    def entry(own: str) -> FolderEntry:
        return FolderEntry(
            path=own,
            content=tuple(Digest(format=n, value=v[0], date=created) for n, v in values.items()),
            structure=tuple(Digest(format=n, value=v[1], date=created) for n, v in values.items()),
        )

    if path in histories:
        sealed[path].root = entry(".")
    if path != ".":
        # The root of a history below is a folder of the one above it.
        history, own = owner_of(path, histories, above=True)
        sealed[history.path].order.append(entry(own))
