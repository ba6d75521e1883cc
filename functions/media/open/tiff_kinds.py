"""Whether a TIFF that is no DNG is a picture, or a camera's raw file that only looks like one."""

from __future__ import annotations

from functions.contract.errors import DamagedSource
from functions.media.containers.tiff import Read, Tiff, quiet

_CFA, _LINEAR_RAW = 32803, 34892
_PICTURES = frozenset((0, 1, 2, 3, 5, 6, 8, 9, 10, 32844, 32845))
# CFARepeatPatternDim, CFAPattern (TIFF/EP), and the pointers of makers' own raw data.
_RAW_TAGS = frozenset((33421, 33422, 34310, 37387, 46275, 50215, 65024))
_REDUCED = 1  # bit of NewSubfileType


def is_plain_picture(read: Read, size: int) -> bool:
    """Whether its first directory is a whole picture, and no directory holds a CFA.

    A grey picture is stored as a mosaic is, so only the tags tell. Makers put a small preview
    first and say so, or describe their mosaic.

    read, size : bytes of the file, and how many it has.
    """
    try:
        directories = Tiff(read, size).everything()
    except DamagedSource:
        return False
    for each in directories:
        if quiet(each.whole, 262) in (_CFA, _LINEAR_RAW) or _RAW_TAGS & set(each.entries):
            return False
    first = directories[0]
    reduced = (quiet(first.whole, 254) or 0) & _REDUCED
    return quiet(first.whole, 262) in _PICTURES and not reduced
