"""What a TIFF says of its light beside its samples, and OpenImageIO leaves out.

Reference: Adobe, TIFF Revision 6.0 (1992), sections 8 (Orientation) and 20 (RGB image colorimetry:
TransferFunction, WhitePoint, PrimaryChromaticities, ReferenceBlackWhite).
"""

from __future__ import annotations

import msgspec

from functions.contract.errors import DamagedSource
from functions.media.containers.tiff import Directory, Read, Tiff, quiet

_NO_PICTURE = 5  # NewSubfileType: a reduced picture, or a mask
_RGB = 2
_EXTRA, _ALPHA = 338, {1: False, 2: True}  # ExtraSamples: multiplied into the colours, and not
_ORIENTATION, _TRANSFER, _WHITE, _PRIMARIES, _BLACK_WHITE = 274, 301, 318, 319, 532


class TiffWords(msgspec.Struct, frozen=True):
    """primaries : of red, green, blue and white in CIE xy
    straight : whether colours are not multiplied by alpha; None without alpha
    notes : what is in its tags and not applied, a sentence each
    """

    primaries: tuple[float, ...] | None = None
    straight: bool | None = None
    notes: tuple[str, ...] = ()


def read_tiff_words(read: Read, size: int) -> TiffWords:
    """Of the first whole picture of a file; what is damaged is told by its name."""
    try:
        chain = Tiff(read, size).chain()
    except DamagedSource:
        return TiffWords()
    pages = (page for page in chain if not _first(page, 254, 0) & _NO_PICTURE)
    page = next(pages, chain[0])
    notes = []
    turn = _first(page, _ORIENTATION, 1)
    if turn not in range(1, 9):
        notes.append(f"Orientation {turn} is none of 1 to 8: it is not applied")
    if _TRANSFER in page:
        notes.append("the TransferFunction is not used: `source` names the curve")
    white, primaries = (quiet(page.floats, tag) or () for tag in (_WHITE, _PRIMARIES))
    both = len(primaries) == 6 and len(white) == 2
    told = (*primaries, *white) if both else None
    if told is None and (_WHITE in page or _PRIMARIES in page):
        notes.append("WhitePoint and PrimaryChromaticities are not used: one is not there")
    notes += _reference(page)
    kinds = [_ALPHA[kind] for kind in quiet(page.ints, _EXTRA) or () if kind in _ALPHA]
    return TiffWords(told, kinds[0] if kinds else None, tuple(notes))


def _reference(page: Directory) -> list[str]:
    """Codes of black and white of RGB; of Y'CbCr the decoder takes them."""
    if _BLACK_WHITE not in page or _first(page, 262, 0) != _RGB:
        return []
    levels = quiet(page.floats, _BLACK_WHITE) or ()
    top = 2 ** _first(page, 258, 8) - 1
    if list(levels) == [0, top] * 3:
        return []
    listed = ", ".join(f"{level:g}" for level in levels) or "damaged"
    return [f"ReferenceBlackWhite {listed} is not used: 0 and {top} are"]


def _first(page: Directory, tag: int, unsaid: int) -> int:
    return int((quiet(page.floats, tag) or (unsaid,))[0])
