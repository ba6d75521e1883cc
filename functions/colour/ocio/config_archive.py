"""OCIO config archives (.ocioz) as bytes: the config and the files that it names.

An archive is a ZIP file with `config.ocio` at its root and the tables below it. It is unpacked in
memory, entry by entry and within limits, and OpenColorIO is given the files by their names: its
own reader takes whatever an entry claims, and wants a path on the disk.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from functions.colour.ocio.config_files import config_files
from functions.colour.ocio.library import LARGEST_CONFIG
from functions.contract.errors import InvalidRequest, LimitExceeded, Refused, RushesError

SUFFIX = "ocioz"
CONFIG = "config.ocio"
# A studio's tables for every show are a few hundred megabytes; hostile entries claim anything.
MOST_ENTRIES = 4096
MOST_BYTES = 512 * 2**20
_MAGIC = b"PK\x03\x04"
_ENCRYPTED = 1


@dataclass(frozen=True, slots=True)
class Archive:
    """config : .ocio text; files : content by the name that the config's transforms ask for."""

    config: bytes
    files: dict[str, bytes]


def is_archive(data: bytes) -> bool:
    """Whether a config is an archive and no text."""
    return data.startswith(_MAGIC)


def read_archive(data: bytes) -> Archive:
    """The config of an archive, and of its files those that the config names.

    Raises
    ------
    InvalidRequest: no ZIP file, one that is damaged or encrypted, or one without `config.ocio`.
    Refused: an entry whose name climbs out of the archive.
    LimitExceeded: more than 4096 entries, or 512 MiB unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return _read(packed)
    except RushesError:  # some of ours are builtin errors too
        raise
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError,
            RuntimeError) as problem:  # fmt: skip
        raise InvalidRequest(
            f"the OCIO config archive does not unpack: {problem}", field="config"
        ) from problem


def _read(packed: zipfile.ZipFile) -> Archive:
    entries = packed.infolist()
    if len(entries) > MOST_ENTRIES:
        raise LimitExceeded(
            f"the OCIO config archive has {len(entries)} entries, at most {MOST_ENTRIES} are read",
            field="config",
        )
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        if not entry.filename:
            raise InvalidRequest(
                "the OCIO config archive holds a file without a name", field="config"
            )
        name = _plain(entry.filename)
        if entry.is_dir():
            continue
        if name in found:
            raise InvalidRequest(
                f"the OCIO config archive holds {name!r} more than once", field="config"
            )
        found[name] = entry
    if CONFIG not in found:
        raise InvalidRequest(f"the OCIO config archive holds no {CONFIG!r}", field="config")
    config = _content(packed, found[CONFIG], LARGEST_CONFIG)
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    for names in config_files(config):
        there = [one for one in names if one.removeprefix("./") in found]
        if not there:
            continue
        name = there[0]
        files[name] = _content(packed, found[name.removeprefix("./")], left)
        left -= len(files[name])
    return Archive(config, files)


def _plain(name: str) -> str:
    """An entry's name with forward slashes. Raises Refused where it leaves the archive."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or ".." in plain.split("/"):
        raise Refused(
            f"the OCIO config archive holds {name!r}, which climbs out of it", field="config"
        )
    return plain.removeprefix("./")


def _content(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """An entry's bytes, whatever size it claims."""
    if entry.flag_bits & _ENCRYPTED:
        raise InvalidRequest(
            f"{entry.filename!r} of the OCIO config archive is encrypted", field="config"
        )
    with packed.open(entry) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise LimitExceeded(
            f"{entry.filename!r} of the OCIO config archive is over the limit of {most} bytes "
            "that are left for it",
            field="config",
        )
    return content
