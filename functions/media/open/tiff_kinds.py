"""Whether a TIFF that is no DNG is a picture, or a camera's raw file that only looks like one."""

from __future__ import annotations

from functions.contract.errors import DamagedSource
from functions.media.containers.tiff import Directory, Read, Tiff

_CFA, _LINEAR_RAW = 32803, 34892
_PICTURES = frozenset((0, 1, 2, 3, 5, 6, 8, 9, 10, 32844, 32845))
# CFARepeatPatternDim, CFAPattern (TIFF/EP), and the pointers of makers' own raw data.
_RAW_TAGS = frozenset((33421, 33422, 34310, 37387, 46275, 50215, 65024))
_REDUCED = 1  # bit of NewSubfileType


def is_plain_picture(read: Read, size: int) -> bool:
    """Whether its first directory is a whole picture, and no directory holds a CFA.

    A grey picture is stored as a mosaic is, so only the tags tell. Makers put a small preview
    first and say so, or describe their mosaic.

    Parameters
    ----------
    read, size : bytes of the file, and how many it has.
    """
    try:
        tiff = Tiff(read, size)
        chain = tiff.chain()
        directories = list(chain)
        for parent in chain:
            if 330 in parent:
                directories += tiff.children(parent, 330)
    except DamagedSource:
        return False
    if not chain:
        return False
    first = chain[0]
    if any(
        _whole(d, 262) in (_CFA, _LINEAR_RAW) or _RAW_TAGS & set(d.entries) for d in directories
    ):
        return False
    return _whole(first, 262) in _PICTURES and not (_whole(first, 254) or 0) & _REDUCED


def _whole(directory: Directory, tag: int) -> int | None:
    try:
        return directory.whole(tag)
    except DamagedSource:
        return None
