"""Digits and marks burnt into pictures: a bare container has no fonts to draw with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Five columns a glyph, the lowest bit on top, seven rows.
_COLUMNS = {
    "0": "3e5149453e", "1": "00427f4000", "2": "4261514946", "3": "2141454b31",
    "4": "1814127f10", "5": "2745454539", "6": "3c4a494930", "7": "0171090503",
    "8": "3649494936", "9": "064949291e", ":": "0036360000", ";": "0056360000",
    ".": "0060600000", "-": "0808080808", " ": "0000000000", "?": "0201510906",
}  # fmt: skip
HEIGHT, ADVANCE = 7, 6


def letters(text: str, scale: int) -> npt.NDArray[np.bool_]:
    """(7 * scale, 6 * scale * len(text)) mask, true where there is ink.

    What is no digit, colon, semicolon, stop, dash or blank is drawn as a question mark.
    """
    mask = np.zeros((HEIGHT, ADVANCE * len(text)), bool)
    for place, glyph in enumerate(text):
        columns = bytes.fromhex(_COLUMNS.get(glyph, _COLUMNS["?"]))
        for x, bits in enumerate(columns):
            mask[:, place * ADVANCE + x] = [bits >> y & 1 for y in range(HEIGHT)]
    return mask.repeat(scale, 0).repeat(scale, 1)
