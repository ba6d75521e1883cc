"""What is put, and the temporary names that it has until it is whole."""

from __future__ import annotations

import re
import secrets

from functions.contract.errors import LimitExceeded

TEMPORARY = ".rushes-tmp-"
"""Files and objects with such a name are unfinished work: never listed, never an output."""

STALE_SECONDS = 24 * 3600
"""Temporaries untouched for so long belong to a worker that was killed: the next writer
into their folder removes them. A living writer touches its own at every block."""

LARGEST_WHOLE = 2 << 30
"""Bytes of what is read in one piece: sidecars, receipts, single frames. A 16K frame of 16 bits has
0.8 GB; what is larger is a movie or no picture, and read by ranges."""

LARGEST_OWN = 128 << 20
"""Bytes of receipts, notes and plans that are read back: somebody else may have put them there. The
plan of 500,000 units has half of it."""

_OWN = re.compile(r"/\.rushes/.*\.json\Z")

UNNAMEABLE = "a name with control characters or bytes that are no UTF-8"
_ODD = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def nameable(name: str) -> bool:
    """Whether a URI can say the name."""
    return _ODD.search(name) is None


def shown(name: str) -> str:
    """A name that no URI can say, with escapes."""
    return ascii(name)[1:-1]


def temporary_name() -> str:
    """A name that no other writer has."""
    return TEMPORARY + secrets.token_hex(12)


def is_temporary(name: str) -> bool:
    """Whether a name, without its folder, is one of ours for unfinished work."""
    return name.startswith(TEMPORARY)


def check_size(uri: str, size: int) -> None:
    """Raise LimitExceeded for a file that is asked for whole and is too large for that."""
    most = LARGEST_OWN if _OWN.search(uri) else LARGEST_WHOLE
    if size > most:
        raise LimitExceeded(
            f"{uri} has {size} bytes, and at most {most} are read in one piece", uri=uri
        )


def flat(content: bytes | bytearray | memoryview) -> memoryview:
    """The content as (N,) unsigned bytes, without a copy where it is contiguous."""
    view = memoryview(content)
    if view.nbytes == 0:
        return memoryview(b"")
    return view.cast("B") if view.c_contiguous else memoryview(view.tobytes())
