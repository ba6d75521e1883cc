"""What ships beside the frames of a plate, and the seal over all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.amf import Cdl
from functions.contract.clip import ClipFacts
from functions.contract.errors import OutputConflict
from functions.contract.operation import Work
from functions.contract.receipt import Output
from functions.contract.version import VERSION
from functions.picture.dates import date_in, parse_date
from functions.picture.plan.values import Plan
from functions.plate.about import about_plate
from functions.plate.event_cdl import event_cdl
from functions.plate.naming import Numbering
from functions.sidecars.mhl.values import (
    CHAIN,
    FOLDER,
    IGNORED,
    Digest,
    FileEntry,
    FolderEntry,
    Generation,
    HashList,
)

_NEUTRAL = Cdl(sop_notes=("neutral: no correction was given for this plate",))
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A file of the package: its name below the package's folder, and its bytes."""

    name: str
    content: bytes


def sidecars(
    base: str, numbering: Numbering, plan: Plan, event: Mapping[str, Any] | None
) -> list[Sidecar]:
    """AMF with the files that it names, CDLs, FDL and the turnover's event.

    event : as `rushes pull` writes it; its CDL is among the plan's where the decisions have
        none. A plate that nobody corrected ships a neutral one, which says just that
    """
    from functions.sidecars.cdl.write import write_cc, write_cdl

    amf, files = about_plate(plan.amf_after, plan.files_after, base, numbering)
    found = [Sidecar(f"{base}.amf", amf)]
    found += [Sidecar(name, content) for name, content in sorted(files.items())]
    said = event_cdl(event)
    cdls = [
        # The event's own is called as the plate: a turnover has no ids of corrections.
        (base if said and each.beside and each.cdl == said[1] else each.id, each.cdl, each.space)
        for each in plan.cdls
        if not each.applied
    ]
    if not cdls:
        cdls = [(base, said[1] if said is not None else _NEUTRAL, "")]
    cdls = list(_each_once(cdls))
    name, cdl, space = cdls[0]
    found.append(Sidecar(f"{base}.cc", write_cc(name, cdl, input_space=space or None)))
    all_of_them = [(name, cdl) for name, cdl, _ in cdls]
    spaces = {space for _, _, space in cdls}
    one = spaces.pop() if len(spaces) == 1 else ""
    content = write_cdl(all_of_them, media=f"{base}.exr", input_space=one or None)
    found.append(Sidecar(f"{base}.cdl", content))
    found.append(Sidecar(f"{base}.fdl", plan.fdl_after or _full_frame(base, plan)))
    if event is not None:
        content = msgspec.json.format(msgspec.json.encode(event, order="sorted"), indent=1) + b"\n"
        found.append(Sidecar(f"{base}.event.json", content))
    return found


def _each_once(cdls: Iterable[tuple[str, Cdl, str]]) -> Iterator[tuple[str, Cdl, str]]:
    """With ids of their own: looks may be called alike."""
    seen: set[str] = set()
    for name, cdl, space in cdls:
        free, number = name, 2
        while free in seen:
            free, number = f"{name}-{number}", number + 1
        seen.add(free)
        yield free, cdl, space


def _full_frame(base: str, plan: Plan) -> bytes:
    """An FDL of a plate whose framing nobody decided: all of it."""
    from uuid import NAMESPACE_URL, uuid5

    from functions.sidecars.fdl.geometry import full_frame

    # Of the plate's name: the same for every worker.
    uuid = str(uuid5(NAMESPACE_URL, f"https://rushes.dev/fdl/{base}"))
    choice = full_frame(plan.width, plan.height, squeeze=plan.pixel_aspect, uuid=uuid)
    return choice.document


def seal(
    folder: str, files: Mapping[str, Output], base: str, date: datetime, request: Any, work: Work
) -> None:
    """An ASC MHL generation over the files of the package, from the hashes of their commits:
    nothing is read again.

    folder : of the package, relative to the unit's output, with its slash or empty
    files : by their path inside the package
    date : of the generation; a clock would give two workers two manifests

    Raises OutputConflict where another history stands and may not be overwritten.
    """
    from functions.sidecars.mhl.digests import digest_of
    from functions.sidecars.mhl.read import read_chain
    from functions.sidecars.mhl.write import write_chain, write_hash_list

    order, top = _entries(files, date.isoformat())
    manifest = write_hash_list(
        HashList(
            created=date.isoformat(),
            host="rushes",
            tool="rushes",
            tool_version=VERSION,
            root=top,
            ignore=(*IGNORED, ".rushes", ".rushes/", ".rushes-tmp-*"),
            order=tuple(order),
        )
    )
    name = f"0001_{base}_{date.strftime('%Y-%m-%d_%H%M%SZ')}.mhl"
    first = Generation(number=1, name=name, c4=digest_of("c4", manifest))
    work.commit(f"{folder}{FOLDER}/{name}", manifest)
    # The chain is no output of this unit alone: whoever seals the package again adds to it.
    uri = uris.join(request.output, f"{folder}{FOLDER}", CHAIN)
    if work.store.put_if_absent(uri, write_chain([first])):
        return
    if first not in read_chain(work.store.read(uri), CHAIN):
        if not request.overwrite:
            raise OutputConflict(f"{uri} holds another history of {base}", uri=uri)
        work.store.put(uri, write_chain([first]))


def seal_date(said: str | None, facts: ClipFacts, work: Work) -> datetime:
    """The request's date, else the camera's, else the file's own; the same for every worker."""
    if said is not None:
        return parse_date(said)
    for text, whose in ((facts.camera.captured, "camera"), (facts.picture.created, "file")):
        date = date_in(text)
        if date is not None:
            work.assume("date", f"{date.isoformat()}: the {whose}'s")
            return date
    work.assume("date", f"{_UNDATED.isoformat()}: neither request, camera nor file says one")
    return _UNDATED


def _entries(
    files: Mapping[str, Output], created: str
) -> tuple[list[FileEntry | FolderEntry], FolderEntry]:
    """Files and folders as a manifest lists them, and the root's own hashes."""
    from functions.sidecars.mhl.digests import FolderDigests

    tree: dict[str, Any] = {}
    for path, output in files.items():
        *folders, name = path.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = output
    order: list[FileEntry | FolderEntry] = []

    def visit(place: Mapping[str, Any], path: str) -> tuple[str, str]:
        digests = FolderDigests("xxh64")
        inner = {
            name: visit(found, f"{path}{name}/")
            for name, found in sorted(place.items())
            if isinstance(found, dict)
        }
        for name, found in sorted(place.items()):
            if name in inner:
                digests.add_folder(name, *inner[name])
                continue
            digests.add_file(name, found.xxh64)
            digest = Digest(format="xxh64", value=found.xxh64, action="original", date=created)
            order.append(FileEntry(path=f"{path}{name}", size=found.bytes, digests=(digest,)))
        values = digests.values()
        if path:
            order.append(_folder(path.rstrip("/"), values, created))
        return values

    return order, _folder(".", visit(tree, ""), created)


def _folder(path: str, values: tuple[str, str], created: str) -> FolderEntry:
    content, structure = (Digest(format="xxh64", value=value, date=created) for value in values)
    return FolderEntry(path=path, content=(content,), structure=(structure,))
