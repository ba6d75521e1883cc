"""Manifests and chain files of ASC MHL from bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, cast

from functions.contract.errors import InvalidRequest
from functions.sidecars.mhl.values import (
    FORMATS,
    LARGEST,
    Action,
    Author,
    Digest,
    FileEntry,
    FolderEntry,
    Generation,
    HashList,
    Reference,
)
from functions.sidecars.safe_xml import Element, parse_xml

_NAMESPACE = "{urn:ASC:MHL:v2.0}"
_CHAIN = "{urn:ASC:MHL:DIRECTORY:v2.0}"
_MAX_ELEMENTS = 4_000_000


def read_hash_list(data: bytes, name: str) -> HashList:
    """One generation; `name` is the manifest's, for sentences.

    Unknown elements are passed over, as the reference tool does. Raises InvalidRequest for
    what is no version 2 manifest, whose paths climb out of the sealed folder, or that gives a
    file two sizes or two hashes of one format.
    """
    root = parse_xml(data, field="input", what=name, max_bytes=LARGEST, max_elements=_MAX_ELEMENTS)
    if root.tag != f"{_NAMESPACE}hashlist" or root.attrib.get("version") != "2.0":
        raise InvalidRequest(f"{name} is no ASC MHL manifest of version 2.0", field="input")
    creator, process = _child(root, "creatorinfo"), _child(root, "processinfo")
    tool = _child(creator, "tool")
    order = tuple(_entries(_child(root, "hashes"), name))
    roothash = _child(process, "roothash")
    _check_once(order, name)
    return HashList(
        created=_text(_child(creator, "creationdate")),
        host=_text(_child(creator, "hostname")),
        tool=_text(tool),
        tool_version="" if tool is None else tool.attrib.get("version", ""),
        process=cast(
            'Literal["in-place", "transfer", "flatten"]', _text(_child(process, "process"))
        ),
        root=None if roothash is None else _folder(roothash, "."),
        ignore=tuple(_text(each) for each in _children(_child(process, "ignore"), "pattern")),
        files=tuple(each for each in order if isinstance(each, FileEntry)),
        folders=tuple(each for each in order if isinstance(each, FolderEntry)),
        references=tuple(
            Reference(path=_path(each, name), c4=_text(_child(each, "c4")))
            for each in _children(_child(root, "references"), "hashlistreference")
        ),
        authors=tuple(_author(each) for each in _children(creator, "author")),
        location=_text(_child(creator, "location")) or None,
        comment=_text(_child(creator, "comment")) or None,
        order=order,
    )


def read_chain(data: bytes, name: str) -> tuple[Generation, ...]:
    """The generations of a history, in order. Raises InvalidRequest for another file."""
    root = parse_xml(data, field="input", what=name)
    if root.tag != f"{_CHAIN}ascmhldirectory":
        raise InvalidRequest(f"{name} is no ASC MHL chain file", field="input")
    found = []
    for each in root:
        if each.tag != f"{_CHAIN}hashlist":
            continue
        parts = {child.tag: child for child in each}
        number, path = each.attrib.get("sequencenr", ""), parts.get(f"{_CHAIN}path")
        manifest = _text(path)
        if not number.isdecimal() or not manifest or "/" in manifest:
            raise InvalidRequest(f"{name}: line {each.sourceline} names no manifest", field="input")
        c4 = _text(parts.get(f"{_CHAIN}c4"))
        found.append(Generation(number=int(number), name=manifest, c4=c4))
    return tuple(sorted(found, key=lambda g: g.number))


def _entries(hashes: Element | None, name: str) -> Iterator[FileEntry | FolderEntry]:
    for each in hashes if hashes is not None else ():
        if each.tag == f"{_NAMESPACE}directoryhash":
            yield _folder(each, _path(each, name))
        elif each.tag == f"{_NAMESPACE}hash":
            written = _path(each, name)
            path = _child(each, "path")
            assert path is not None
            size = path.attrib.get("size", "").strip()
            if size and not (size.isascii() and size.isdecimal()):
                raise InvalidRequest(
                    f"{name}: line {each.sourceline}: {size[:40]!r} is no number of bytes",
                    field="input",
                )
            metadata = _child(each, "metadata")
            yield FileEntry(
                path=written,
                size=int(size) if size else None,
                modified=path.attrib.get("lastmodificationdate"),
                digests=_digests(each),
                previous=_name(_child(each, "previousPath")) or None,
                sha256=_text(_child(metadata, "sha256")) or None,
            )


def _check_once(entries: Iterable[FileEntry | FolderEntry], name: str) -> None:
    """A file may stand twice, and say the same."""
    seen: dict[tuple[str, str], str] = {}
    for each in entries:
        if not isinstance(each, FileEntry):
            continue
        facts = [(one.format, one.value.lower()) for one in each.digests]
        facts += [("size", str(each.size))] if each.size is not None else []
        for kind, value in facts:
            if seen.setdefault((each.path, kind), value) != value:
                raise InvalidRequest(
                    f"{name} gives {each.path} two values of {kind}", field="input"
                )


def _folder(element: Element, path: str) -> FolderEntry:
    written = _child(element, "path")
    return FolderEntry(
        path=path,
        modified=None if written is None else written.attrib.get("lastmodificationdate"),
        content=_digests(_child(element, "content")),
        structure=_digests(_child(element, "structure")),
        previous=_name(_child(element, "previousPath")) or None,
    )


def _digests(parent: Element | None) -> tuple[Digest, ...]:
    found = []
    for each in parent if parent is not None else ():
        format = str(each.tag).removeprefix(_NAMESPACE)
        if format in FORMATS:
            action = each.attrib.get("action")
            found.append(
                Digest(
                    format=format,
                    value=_text(each),
                    action=cast("Action", action)
                    if action in ("original", "verified", "failed")
                    else None,
                    date=each.attrib.get("hashdate"),
                )
            )
    return tuple(found)


def _path(parent: Element, name: str) -> str:
    """A path below the sealed folder; some writers end folders with a slash."""
    path = _name(_child(parent, "path")).rstrip("/")
    if not path or path.startswith("/") or ".." in path.split("/"):
        raise InvalidRequest(
            f"{name}: line {parent.sourceline}: {path!r} is no path below the sealed folder",
            field="input",
        )
    return path


def _author(element: Element) -> Author:
    kept = {key: element.attrib.get(key) for key in ("email", "phone", "role")}
    return Author(name=_text(element), **kept)


def _child(parent: Element | None, tag: str) -> Element | None:
    return next(iter(_children(parent, tag)), None)


def _children(parent: Element | None, tag: str) -> list[Element]:
    return [each for each in parent if each.tag == _NAMESPACE + tag] if parent is not None else []


def _text(element: Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def _name(element: Element | None) -> str:
    """A path as it is: names may begin and end with spaces."""
    text = "" if element is None else element.text or ""
    # Broken over lines by who laid the document out.
    return text.strip() if "\n" in text else text
