"""A clip with its colour and framing decisions, turned into developed pictures.

    with open_pictures(PictureSpec(input=uri, amf=..., fdl=...), work) as pictures:
        wanted = pictures.resolve()
        for developed in pictures.frames(wanted):
            developed.planes            # (3, pictures.plan.height, pictures.plan.width)

    spec      what an operation asks for
    plan      what will be done, before a pixel is read: geometry, colour steps, sidecars after
    pictures  open_pictures, Pictures, Developed

The names here import their modules when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from functions.picture.picture_spec import Framing as Framing
    from functions.picture.picture_spec import PictureSpec as PictureSpec
    from functions.picture.pictures import Developed as Developed
    from functions.picture.pictures import Pictures as Pictures
    from functions.picture.pictures import open_pictures as open_pictures
    from functions.picture.plan.named_cdl import NamedCdl as NamedCdl
    from functions.picture.plan.values import ColourLine as ColourLine
    from functions.picture.plan.values import Plan as Plan

SHAPES = (
    "kernels",
    "functions.media",
    "functions.colour",
    "functions.sidecars",
    "functions.picture",
)
"""What shapes a developed picture: for `Operation.shapes`."""
LOADS = (
    "functions.picture.plan.make",
    "functions.picture.plan.sources",
    "functions.picture.frames.renderer",
)
"""What every unit of pictures imports: for `Operation.loads`."""

_HOME = {
    "Developed": "functions.picture.pictures",
    "Pictures": "functions.picture.pictures",
    "open_pictures": "functions.picture.pictures",
    "ColourLine": "functions.picture.plan.values",
    "NamedCdl": "functions.picture.plan.named_cdl",
    "Plan": "functions.picture.plan.values",
    "Framing": "functions.picture.picture_spec",
    "PictureSpec": "functions.picture.picture_spec",
}

__all__ = [
    "LOADS",
    "SHAPES",
    "ColourLine",
    "Developed",
    "Framing",
    "NamedCdl",
    "PictureSpec",
    "Pictures",
    "Plan",
    "open_pictures",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'functions.picture' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
