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
    "A": "7e0909097e", "B": "7f49494936", "C": "3e41414122", "D": "7f4141413e",
    "E": "7f49494941", "F": "7f09090901", "G": "3e4149493a", "H": "7f0808087f",
    "I": "00417f4100", "J": "2040413f01", "K": "7f08142241", "L": "7f40404040",
    "M": "7f020c027f", "N": "7f0204087f", "O": "3e4141413e", "P": "7f09090906",
    "Q": "3e4151215e", "R": "7f09192946", "S": "4649494931", "T": "01017f0101",
    "U": "3f4040403f", "V": "1f2040201f", "W": "7f2018207f", "X": "6314081463",
    "Y": "0304780403", "Z": "6151494543", "_": "4040404040", "/": "6010080403",
    "#": "147f147f14", "+": "08083e0808", "=": "1414141414", "(": "001c224100",
    ")": "0041221c00", "[": "007f414100", "]": "0041417f00", ",": "0050300000",
    "!": "00005f0000", "'": "0004030000", "&": "3649552250", "@": "3e415d554e",
    "%": "6313086463", "*": "14083e0814", "|": "00007f0000",
}  # fmt: skip
HEIGHT, ADVANCE = 7, 6


def letters(text: str, scale: int) -> npt.NDArray[np.bool_]:
    """(7 * scale, 6 * scale * len(text)) mask, true where there is ink.

    Small letters are drawn as capitals; what has no glyph here is drawn as a question mark.
    """
    mask = np.zeros((HEIGHT, ADVANCE * len(text)), bool)
    for place, glyph in enumerate(text.upper()):
        columns = bytes.fromhex(_COLUMNS.get(glyph, _COLUMNS["?"]))
        for x, bits in enumerate(columns):
            mask[:, place * ADVANCE + x] = [bits >> y & 1 for y in range(HEIGHT)]
    return mask.repeat(scale, 0).repeat(scale, 1)
