"""The unit's identity: equal exactly when the same bytes would come out."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import xxhash

from functions.contract.store import Stat
from kernels.entries import sources

_LIBRARIES = ("numpy", "av", "rawpy", "imagecodecs", "OpenEXR", "opencolorio", "asc-fdl")


def unit_of(
    operation: str, request: Mapping[str, Any], sources: Iterable[Stat], shapes: tuple[str, ...]
) -> str:
    """32 hex digits over operation, canonical request, inputs and pixel-shaping code.

    A hash of every input's content would cost a read of the whole clip to answer
    "already done"; size and entity tag (or modification time) tell the same story.
    """
    digest = hashlib.blake2b(digest_size=16)
    encode = msgspec.json.Encoder(order="sorted").encode
    digest.update(encode([operation, request, code_version(shapes)]))
    for stat in sorted(sources, key=lambda s: s.uri):
        digest.update(encode([stat.uri, stat.bytes, stat.identity]))
    return digest.hexdigest()


@cache
def code_version(shapes: tuple[str, ...]) -> str:
    """Digest of the source that shapes an operation's output, and of its codec libraries.

    A version number kept by hand is forgotten on the day that it matters. Reading the
    sources costs some 4 ms once a process, and to hash 2 MB of them nearly nothing: nobody
    writes code to have another's digest, so that it need not be a cryptographic one.
    """
    digest = xxhash.xxh3_64()
    for name in shapes:
        for path, content in _sources(name):
            digest.update(path.rpartition("/")[2].encode() + b"\0" + content + b"\0")
    installed = _installed() if shapes else {}
    for library in _LIBRARIES if shapes else ():
        version = installed.get(library.lower().replace("-", "_"))
        version = version or import_module("importlib.metadata").version(library)
        digest.update(f"{library}={version}".encode())
    return digest.hexdigest()


def _installed() -> dict[str, str]:
    """Versions as the names of the metadata folders say them: asking for each takes 4 ms."""
    found: dict[str, str] = {}
    for folder in sys.path:
        with contextlib.suppress(OSError):
            for path in Path(folder or ".").glob("*.dist-info"):
                project, _, version = path.name.removesuffix(".dist-info").partition("-")
                found.setdefault(project.lower(), version)
    return found


def _sources(name: str) -> Iterable[tuple[str, bytes]]:
    # find_spec on the parent alone: nothing of the operation's own weight is imported.
    parent, _, last = name.rpartition(".")
    if parent:
        base = Path(str(import_module(parent).__path__[0]))
    else:
        base = Path(__file__).resolve().parents[3]
    file = base / f"{last}.py"
    if file.is_file():
        return [(file.name, file.read_bytes())]
    return sources(str(base / last), (".py", ".json"))
