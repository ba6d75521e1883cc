"""An ASC Media Hash List as frozen values: what a folder held when it was sealed.

ASC MHL v2.0 (schema `urn:ASC:MHL:v2.0`). A history is the folder `ascmhl` beside the media:
one manifest a generation, and a chain file that holds the C4 id of each manifest. Folders
below may have histories of their own: the manifest above refers to theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

FOLDER = "ascmhl"
CHAIN = "ascmhl_chain.xml"
FORMATS = ("c4", "md5", "sha1", "xxh128", "xxh3", "xxh64")
"""The schema's hash elements, in the order in which it wants them."""
IGNORED = (".DS_Store", "ascmhl", "ascmhl/")
"""What the reference tool ignores where nothing else is said."""

LARGEST = 256 << 20
"""Bytes of a manifest. A magazine of 100 000 single frames is real; a line of a file has 400."""

Action = Literal["original", "verified", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One hash as written: hex, or 90 characters for C4. `date` is xs:dateTime."""

    format: str
    value: str
    action: Action | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A file; `path` is relative to the folder that was sealed, with slashes.

    previous : its path in an earlier generation, where it was renamed
    sha256 : hex; the schema has no element for it, so it stands in the entry's metadata
    """

    path: str
    size: int | None = None
    modified: str | None = None
    digests: tuple[Digest, ...] = ()
    previous: str | None = None
    sha256: str | None = None

    def digest(self, format: str) -> Digest | None:
        """The hash in one format."""
        return next((d for d in self.digests if d.format == format), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderEntry:
    """A folder: hashes over the contents below it, and over its names and structure."""

    path: str
    modified: str | None = None
    content: tuple[Digest, ...] = ()
    structure: tuple[Digest, ...] = ()
    previous: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A manifest of a history below: its path, relative to this root, and its C4 id."""

    path: str
    c4: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who sealed."""

    name: str
    email: str | None = None
    phone: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HashList:
    """One generation. `root` holds the hashes of the sealed folder itself (path ".")."""

    created: str
    host: str
    tool: str
    tool_version: str
    process: Literal["in-place", "transfer", "flatten"] = "in-place"
    root: FolderEntry | None = None
    ignore: tuple[str, ...] = IGNORED
    files: tuple[FileEntry, ...] = ()
    folders: tuple[FolderEntry, ...] = ()
    references: tuple[Reference, ...] = ()
    authors: tuple[Author, ...] = ()
    location: str | None = None
    comment: str | None = None
    order: tuple[FileEntry | FolderEntry, ...] = field(default=(), repr=False)

    @property
    def entries(self) -> tuple[FileEntry | FolderEntry, ...]:
        """Files and folders as they are written: a folder after what is in it."""
        return self.order or (*self.files, *self.folders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One line of the chain: the number, name and C4 id of a manifest."""

    number: int
    name: str
    c4: str
