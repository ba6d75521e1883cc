"""Manifests and chain files of ASC MHL to bytes, laid out as the reference tool does."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from functions.sidecars.mhl.values import Digest, FileEntry, FolderEntry, Generation, HashList

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write_hash_list(sealed: HashList) -> bytes:
    """A manifest that the schema accepts; the same values give the same bytes."""
    lines = ['<hashlist version="2.0" xmlns="urn:ASC:MHL:v2.0">', *_creator(sealed)]
    lines += [*_process(sealed), "  <hashes>"] if sealed.entries else _process(sealed)
    for entry in sealed.entries:
        lines += _file(entry) if isinstance(entry, FileEntry) else _folder(entry)
    if sealed.entries:
        lines.append("  </hashes>")
    if sealed.references:
        lines.append("  <references>")
        for each in sealed.references:
            lines.append("    <hashlistreference>")
            lines.append("      " + _element("path", each.path))
            lines.append("      " + _element("c4", each.c4))
            lines.append("    </hashlistreference>")
        lines.append("  </references>")
    return _document([*lines, "</hashlist>"])


def write_chain(generations: Iterable[Generation]) -> bytes:
    """The chain file of a history."""
    lines = ['<ascmhldirectory xmlns="urn:ASC:MHL:DIRECTORY:v2.0">']
    for each in generations:
        lines.append(f'  <hashlist sequencenr="{each.number}">')
        lines.append("    " + _element("path", each.name))
        lines.append("    " + _element("c4", each.c4))
        lines.append("  </hashlist>")
    return _document([*lines, "</ascmhldirectory>"])


def _document(lines: Iterable[str]) -> bytes:
    return (_HEAD + "\n".join(lines) + "\n").encode()


def _creator(sealed: HashList) -> list[str]:
    inside = [
        _element("creationdate", sealed.created),
        _element("hostname", sealed.host),
        _element("tool", sealed.tool, version=sealed.tool_version),
        *(
            _element("author", a.name, role=a.role, email=a.email, phone=a.phone)
            for a in sealed.authors
        ),
        *([_element("location", sealed.location)] if sealed.location else []),
        *([_element("comment", sealed.comment)] if sealed.comment else []),
    ]
    return ["  <creatorinfo>", *(f"    {line}" for line in inside), "  </creatorinfo>"]


def _process(sealed: HashList) -> list[str]:
    lines = ["  <processinfo>", "    " + _element("process", sealed.process)]
    if sealed.root is not None and sealed.root.content:
        lines += ["    <roothash>", *_both(sealed.root, "      "), "    </roothash>"]
    if sealed.ignore:
        lines.append("    <ignore>")
        lines += [f"      {_element('pattern', pattern)}" for pattern in sealed.ignore]
        lines.append("    </ignore>")
    return [*lines, "  </processinfo>"]


def _file(entry: FileEntry) -> list[str]:
    size = None if entry.size is None else str(entry.size)
    path = _element("path", entry.path, size=size, lastmodificationdate=entry.modified)
    lines = ["    <hash>", f"      {path}"]
    lines += [f"      {_digest(d)}" for d in sorted(entry.digests, key=lambda d: d.format)]
    if entry.previous:
        lines.append("      " + _element("previousPath", entry.previous))
    if entry.sha256:
        lines.append(f"      <metadata>{_element('sha256', entry.sha256)}</metadata>")
    return [*lines, "    </hash>"]


def _folder(entry: FolderEntry) -> list[str]:
    path = _element("path", entry.path, lastmodificationdate=entry.modified)
    lines = ["    <directoryhash>", f"      {path}"]
    lines += _both(entry, "      ")
    if entry.previous:
        lines.append("      " + _element("previousPath", entry.previous))
    return [*lines, "    </directoryhash>"]


def _both(entry: FolderEntry, indent: str) -> list[str]:
    lines = []
    for tag, digests in (("content", entry.content), ("structure", entry.structure)):
        lines.append(f"{indent}<{tag}>")
        lines += [f"{indent}  {_digest(d)}" for d in sorted(digests, key=lambda d: d.format)]
        lines.append(f"{indent}</{tag}>")
    return lines


def _digest(digest: Digest) -> str:
    return _element(digest.format, digest.value, action=digest.action, hashdate=digest.date)


def _element(tag: str, text: str, **attributes: str | None) -> str:
    written = "".join(
        f" {name}={quoteattr(value)}" for name, value in attributes.items() if value is not None
    )
    return f"<{tag}{written}>{escape(text)}</{tag}>"
