"""The files of a delivery, sorted into sequences and everything else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from functions.contract import uris
from functions.contract.errors import SourceNotFound
from functions.contract.store import Stat, Store
from functions.lint.frames import FrameFile
from functions.lint.names import frame_name
from functions.media.stills.exr_structure import ExrFacts

_PICTURES = frozenset({"exr", "dpx", "tif", "tiff", "png", "jpg", "jpeg"})


@dataclass(slots=True)
class Sequence:
    """Files that differ in their number only. `folders` are names above them, outermost first.

    mark : between base and number
    first, usual : headers of the first frame that could be read, and of what most are like
    """

    base: str
    mark: str
    extension: str
    folders: tuple[str, ...]
    files: list[FrameFile] = field(default_factory=list)
    first: ExrFacts | None = None
    usual: ExrFacts | None = None

    @property
    def path(self) -> str:
        """As people write it: `folder/base.####.exr`."""
        return "/".join((*self.folders[1:], f"{self.base}{self.mark}####.{self.extension}"))


@dataclass(slots=True)
class Delivery:
    """Everything below the folder; `others` by relative path, `sealed` histories' folders.

    odd : what is there and cannot be checked, by path, with what it is
    """

    sequences: list[Sequence]
    others: dict[str, Stat]
    paths: dict[str, Stat]
    sealed: list[str]
    odd: dict[str, str] = field(default_factory=dict)


def read_tree(store: Store, root: str) -> Delivery:
    """Walk a folder or prefix. Raises SourceNotFound where there is nothing."""
    root = uris.folder(root)
    name = uris.basename(root.rstrip("/"))
    found: dict[tuple[tuple[str, ...], str, str, str], Sequence] = {}
    delivery = Delivery([], {}, {}, [])
    for folders, stat in _walk(store, root, (name,), delivery.odd):
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
        key = (folders, parts.base, parts.mark, parts.extension)
        sequence = found.setdefault(key, Sequence(parts.base, parts.mark, parts.extension, folders))
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
    return [stat for folders, stat in _walk(store, root, ("",), {}) if ".rushes" not in folders]


def _walk(
    store: Store, uri: str, folders: tuple[str, ...], odd: dict[str, str]
) -> Iterator[tuple[tuple[str, ...], Stat]]:
    strange = store.unlisted(uri)
    if ".rushes" not in folders:
        odd.update({"/".join((*folders[1:], name)): kind for name, kind in strange.items()})
    for below in store.folders(uri):
        name = uris.basename(below.rstrip("/"))
        # Who follows links may go round for ever.
        if name not in strange:
            yield from _walk(store, below, (*folders, name), odd)
    for stat in store.list(uri):
        yield folders, stat
