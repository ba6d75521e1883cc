"""The files below a folder or prefix, in the order in which a manifest lists them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from functions.contract import uris
from functions.contract.errors import InvalidRequest, SourceNotFound
from functions.contract.store import Stat, Store
from functions.sidecars.mhl.values import FOLDER, IGNORED

OURS = (*IGNORED, ".rushes", ".rushes/", ".rushes-tmp-*")
"""Receipts and what a killed worker left of a file are no media: they come and go beside what
was sealed."""
_NO_XML = re.compile("[\ufffe\uffff]")  # beside control characters, which no URI can say


@dataclass(frozen=True, slots=True)
class Child:
    """Something in a folder. `stat` is None for a folder; `path` is relative to the root."""

    name: str
    path: str
    stat: Stat | None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with what is in it, sorted by name. `path` is "." for the root.

    sealed : a history stands in it
    odd : what is in it and can stand in no manifest, by path, with what it is
    """

    path: str
    children: tuple[Child, ...]
    sealed: bool
    odd: dict[str, str]


def walk(store: Store, root: str, patterns: tuple[str, ...]) -> Iterator[Folder]:
    """Folders after what is in them, by name; what the patterns ignore is left out.

    root : canonical URI of the folder. patterns : as git writes them, and as the reference
        tool reads them, relative to `root`.

    Raises SourceNotFound where there is nothing at all, InvalidRequest for what is no pattern.
    """
    matches = left_out(patterns)
    folders = list(_walk(store, uris.folder(root), ".", matches))
    top = folders[-1]
    if len(folders) == 1 and not (top.children or top.sealed or top.odd):
        raise SourceNotFound(f"{root} holds no files to seal", uri=root)
    yield from folders


def left_out(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether patterns ignore a path; of a folder, with its slash. Raises InvalidRequest."""
    import pathspec

    try:
        return pathspec.GitIgnoreSpec.from_lines(patterns).match_file
    except ValueError as error:
        raise InvalidRequest(f"patterns to leave out: {error}", field="ignore") from error


def files(folders: Iterator[Folder]) -> Iterator[Child]:
    """Every file, in the order of the walk."""
    for folder in folders:
        yield from (child for child in folder.children if child.stat is not None)


def _walk(store: Store, uri: str, path: str, matches: Callable[[str], bool]) -> Iterator[Folder]:
    sealed = False
    odd = {
        inner: kind
        for name, kind in store.unlisted(uri).items()
        if not matches(inner := _joined(path, name)) and not matches(inner + "/")
    }
    found: list[tuple[str, Stat | None]] = []
    for below in store.folders(uri):
        name = uris.basename(below.rstrip("/"))
        sealed = sealed or name == FOLDER
        found.append((name, None))
    found += [(uris.basename(stat.uri), stat) for stat in store.list(uri)]
    children = []
    for name, stat in found:
        inner = _joined(path, name)
        # A folder behind a link is another's: who follows links may go round for ever.
        if inner in odd or matches(inner if stat is not None else inner + "/"):
            continue
        if _NO_XML.search(name):
            odd[inner] = "a name that XML cannot hold"
        else:
            children.append(Child(name, inner, stat))
    children.sort(key=lambda child: child.name)
    for child in children:
        if child.stat is None:
            yield from _walk(store, f"{uri}{child.name}/", child.path, matches)
    yield Folder(path, tuple(children), sealed, odd)


def _joined(path: str, name: str) -> str:
    return name if path == "." else f"{path}/{name}"
