"""A clip with its colour and framing decisions, turned into developed pictures.

    with open_pictures(Wish(input=uri, amf=..., fdl=...), work) as pictures:
        wanted = pictures.resolve()
        for developed in pictures.frames(wanted):
            developed.planes            # (3, pictures.plan.height, pictures.plan.width)

    wish      what an operation asks for
    plan      what will be done, before a pixel is read: geometry, colour steps, sidecars after
    opened    open_pictures, Pictures, Developed
    sources   picture_sources: every file that shapes the pictures

The names here import their modules when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from functions.picture.named import NamedCdl as NamedCdl
    from functions.picture.opened import Developed as Developed
    from functions.picture.opened import Pictures as Pictures
    from functions.picture.opened import open_pictures as open_pictures
    from functions.picture.plan import ColourLine as ColourLine
    from functions.picture.plan import Plan as Plan
    from functions.picture.sources import picture_sources as picture_sources
    from functions.picture.wish import Framing as Framing
    from functions.picture.wish import Wish as Wish

_HOME = {
    "Developed": "functions.picture.opened",
    "Pictures": "functions.picture.opened",
    "open_pictures": "functions.picture.opened",
    "ColourLine": "functions.picture.plan",
    "NamedCdl": "functions.picture.named",
    "Plan": "functions.picture.plan",
    "picture_sources": "functions.picture.sources",
    "Framing": "functions.picture.wish",
    "Wish": "functions.picture.wish",
}

__all__ = [
    "ColourLine",
    "Developed",
    "Framing",
    "NamedCdl",
    "Pictures",
    "Plan",
    "Wish",
    "open_pictures",
    "picture_sources",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'functions.picture' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
