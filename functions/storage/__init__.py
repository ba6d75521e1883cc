"""Files and objects behind the same few verbs: `file://` and `s3://`.

`open_store` gives the store of a process; `recording.RecordingStore` is what one unit sees
of it. Local files commit by temporary name, fsync, link or rename, fsync of the folder;
objects by conditional put. Neither shows a half-written output, ever.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from functions.storage.settings import S3Settings

if TYPE_CHECKING:
    from functions.storage.rooted import RootedStore

__all__ = ["EVERYTHING", "S3Settings", "open_store"]

EVERYTHING = ("file:///", "s3://")
"""The roots that allow every URI, as far as the process itself may reach."""


def open_store(
    roots: tuple[str, ...], s3: S3Settings | None, scratch: Path | None = None
) -> RootedStore:
    """The storage inside `roots`. Nothing is contacted yet.

    Parameters
    ----------
    roots : allowed URI prefixes, each ending at a folder border: `file:///mnt/plates`,
        `s3://bucket/show`, `s3://bucket`. `file:///` is every local file, `s3://` every
        bucket; no roots allow nothing.
    s3 : None turns `s3://` off.
    scratch : files below it are given away when put: a local output of the same
        filesystem takes such a file over in place of a copy, and it is gone afterwards.
        Any other file that is put stays untouched.

    Raises
    ------
    InvalidRequest, Refused: a root that is no URI.
    """
    from functions.storage.rooted import RootedStore

    return RootedStore(roots, s3, scratch)
