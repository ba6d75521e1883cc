"""Inks of slate and leader: scene-linear light that passes the master's own output transform.

So a slate is seen as the programme is: in an ACES EXR it is light, and shown through an output
transform it is the slate of the master that has that transform in its code values. No look is
applied. Units: 1.0 is a perfect white reflector, 0.18 the grey card.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

STOPS = range(-6, 7)
"""Of the ramp's thirteen steps: each is the grey card times two to that power."""
BAR = 0.5
"""Linear Rec.709 signal of a bar's lit channels."""

BLACK, WHITE, GREY = 0, 1, 2
_BARS = {
    "bar grey": (1, 1, 1), "bar yellow": (1, 1, 0), "bar cyan": (0, 1, 1), "bar green": (0, 1, 0),
    "bar magenta": (1, 0, 1), "bar red": (1, 0, 0), "bar blue": (0, 0, 1),
}  # fmt: skip
BARS = tuple(range(3, 3 + len(_BARS)))
RAMP = tuple(range(BARS[-1] + 1, BARS[-1] + 1 + len(STOPS)))
NAMES = (
    "black", "white 1.0", "grey 0.18", *_BARS, *(f"ramp {stop:+d}" for stop in STOPS),
)  # fmt: skip
EDGES = 16
"""Steps from black to the ink of a letter, whose edges cover parts of pixels: light adds up."""
_EDGES_OF = {WHITE: len(NAMES) - 1, GREY: len(NAMES) - 1 + EDGES - 1}


def edge(ink: int, share: int) -> int:
    """The ink of which so many of `EDGES` parts are `ink`, WHITE or GREY, and the rest black."""
    return {0: BLACK, EDGES: ink}.get(share, _EDGES_OF[ink] + share)


def light_of_inks() -> npt.NDArray[np.float32]:
    """(3, 1, n) scene-linear ACES2065-1 of every ink, in the order of `NAMES`, then the edges of
    white and of grey letters.

    Bars are Rec.709 primaries brought to the ACES white by Bradford.
    """
    from functions.colour.camera.chromatic import (
        ACES_WHITE,
        BT709,
        D65,
        XYZ_TO_AP0,
        bradford,
        product,
        rgb_to_xyz,
    )

    matrix = product(XYZ_TO_AP0, bradford(D65, ACES_WHITE), rgb_to_xyz(BT709, D65))
    found = [[value] * 3 for value in (0.0, 1.0, 0.18)]
    found += [
        [BAR * sum(float(row[i]) * lit[i] for i in range(3)) for row in matrix]
        for lit in _BARS.values()
    ]
    found += [[0.18 * 2.0**stop] * 3 for stop in STOPS]
    found += [[whole * n / EDGES] * 3 for whole in (1.0, 0.18) for n in range(1, EDGES)]
    return np.array(found, np.float32).T[:, None].copy()


def told(palette: npt.NDArray[Any]) -> dict[str, list[float]]:
    """What each ink became: R, G, B, of words 0.0 to 1.0, rounded for people.

    palette : (3, 1, n) of the master's samples
    """
    whole = 65535.0 if palette.dtype == np.uint16 else 1.0
    values = palette[:, 0].astype(np.float64) / whole
    return {name: [round(float(v), 5) for v in values[:, n]] for n, name in enumerate(NAMES)}
