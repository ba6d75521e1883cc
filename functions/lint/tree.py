"""The files of a delivery, sorted into sequences and everything else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from functions.contract import uris
from functions.contract.errors import SourceNotFound
from functions.contract.store import Stat, Store
from functions.lint.frames import FrameFile
from functions.lint.names import frame_name

_PICTURES = frozenset({"exr", "dpx", "tif", "tiff", "png", "jpg", "jpeg"})


@dataclass(slots=True)
class Sequence:
    """Files that differ in their number only. `folders` are names above them, outermost first."""

    base: str
    extension: str
    folders: tuple[str, ...]
    files: list[FrameFile] = field(default_factory=list)

    @property
    def path(self) -> str:
        """As people write it: `folder/base.####.exr`."""
        return "/".join((*self.folders[1:], f"{self.base}.####.{self.extension}"))


@dataclass(slots=True)
class Delivery:
    """Everything below the folder; `others` by relative path, `sealed` histories' folders."""

    sequences: list[Sequence]
    others: dict[str, Stat]
    paths: dict[str, Stat]
    sealed: list[str]


def read_tree(store: Store, root: str) -> Delivery:
    """Walk a folder or prefix. Raises SourceNotFound where there is nothing."""
    root = uris.folder(root)
    name = uris.basename(root.rstrip("/"))
    found: dict[tuple[tuple[str, ...], str, str], Sequence] = {}
    delivery = Delivery([], {}, {}, [])
    for folders, stat in _walk(store, root, (name,)):
        path = "/".join((*folders[1:], uris.basename(stat.uri)))
        if "ascmhl" in folders:
            place = "/".join(folders[1 : folders.index("ascmhl")])
            if place not in delivery.sealed:
                delivery.sealed.append(place)
            continue
        if ".rushes" in folders:
            continue
        delivery.paths[path] = stat
        parts = frame_name(uris.basename(stat.uri))
        if parts is None or parts.extension.lower() not in _PICTURES:
            delivery.others[path] = stat
            continue
        key = (folders, parts.base, parts.extension)
        sequence = found.setdefault(key, Sequence(parts.base, parts.extension, folders))
        sequence.files.append(FrameFile(parts.number, parts.digits, path, stat))
    if not delivery.paths:
        raise SourceNotFound(f"{root} holds no files", uri=root)
    for sequence in found.values():
        sequence.files.sort(key=lambda file: (file.number, file.digits))
    delivery.sequences = [found[key] for key in sorted(found)]
    return delivery


def every_file(store: Store, root: str) -> list[Stat]:
    """Stats of all that is read, histories too; receipts left out."""
    root = uris.folder(root)
    return [stat for folders, stat in _walk(store, root, ("",)) if ".rushes" not in folders]


def _walk(
    store: Store, uri: str, folders: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Stat]]:
    for below in store.folders(uri):
        yield from _walk(store, below, (*folders, uris.basename(below.rstrip("/"))))
    for stat in store.list(uri):
        yield folders, stat
