"""The files below a folder or prefix, in the order in which a manifest lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from functions.contract import uris
from functions.contract.errors import SourceNotFound
from functions.contract.store import Stat, Store
from functions.sidecars.mhl import FOLDER, IGNORED

OURS = (*IGNORED, ".rushes", ".rushes/")
"""Receipts are no media: they come and go beside what was sealed."""


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
    """

    path: str
    children: tuple[Child, ...]
    sealed: bool


def walk(store: Store, root: str, patterns: tuple[str, ...]) -> Iterator[Folder]:
    """Folders after what is in them, by name; what the patterns ignore is left out.

    root : canonical URI of the folder. patterns : as git writes them, and as the reference
        tool reads them, relative to `root`.

    Raises SourceNotFound where there is nothing at all.
    """
    import pathspec

    matches = pathspec.GitIgnoreSpec.from_lines(patterns).match_file
    folders = list(_walk(store, uris.folder(root), ".", matches))
    if len(folders) == 1 and not folders[0].children and not folders[0].sealed:
        raise SourceNotFound(f"{root} holds no files to seal", uri=root)
    yield from folders


def files(folders: Iterator[Folder]) -> Iterator[Child]:
    """Every file, in the order of the walk."""
    for folder in folders:
        yield from (child for child in folder.children if child.stat is not None)


def _walk(store: Store, uri: str, path: str, matches: Callable[[str], bool]) -> Iterator[Folder]:
    sealed = False
    children = []
    for below in store.folders(uri):
        name = uris.basename(below.rstrip("/"))
        sealed = sealed or name == FOLDER
        inner = _joined(path, name)
        if not matches(inner + "/"):
            children.append(Child(name, inner, None))
    for stat in store.list(uri):
        name = uris.basename(stat.uri)
        inner = _joined(path, name)
        if not matches(inner):
            children.append(Child(name, inner, stat))
    children.sort(key=lambda child: child.name)
    for child in children:
        if child.stat is None:
            yield from _walk(store, f"{uri}{child.name}/", child.path, matches)
    yield Folder(path, tuple(children), sealed)


def _joined(path: str, name: str) -> str:
    return name if path == "." else f"{path}/{name}"
