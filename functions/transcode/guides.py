"""Framing lines, mattes and safe areas over the picture, after all colour and under the words.

An area is a rectangle of the written picture. Its corners are rounded to whole pixels; a matte
darkens what is outside, lines stand on the first pixels outside, so that what is framed is seen
whole, and on the last pixels inside where the picture ends there.

References: ASC FDL 2.0.1; SMPTE ST 2046-1:2009 (safe areas are 93 and 90 % of width and height).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import InvalidRequest
from functions.picture import Plan
from functions.transcode.burn import Area, Burner, parse_burn_in

if TYPE_CHECKING:
    from functions.transcode.request import TranscodeRequest

Planes = npt.NDArray[Any]
_LAYERS = ("framing", "protection")
SAFE = {"action-safe": 0.93, "title-safe": 0.90}
_ASPECT = re.compile(r"^(\d{1,4}(?:\.\d{1,4})?)(?::(\d{1,4}(?:\.\d{1,4})?))?$")
_FORM = "write an aspect such as 2.39 or 16:9, framing, protection, action-safe or title-safe"
_INK, _LINES = 0.9, 0.7
_THIN = 540  # of the shorter side in a line's width: 2 pixels of 1080


def check_area(text: str, field: str) -> None:
    """Raises InvalidRequest for what names no area."""
    if text in (*_LAYERS, *SAFE):
        return
    if _aspect(text) is None:
        raise InvalidRequest(f"{field} {text!r}: {_FORM}", field=field)


def area_of(text: str, plan: Plan, width: int, height: int, field: str, *, fdl: bool) -> Area:
    """The rectangle that a name or an aspect means on a picture of the plan.

    An aspect, as a safe area, is of the FDL's framing where there is one, else of the whole
    picture: centred in it, as large as fits, in what is seen (a squeeze counts).

    width, height : of the written picture, which the plan's may pass by a row or a column
    fdl : whether the request has one

    Raises InvalidRequest (`field`) for a layer that the FDL lacks, or no FDL has.
    """
    geometry = plan.geometry
    layers = geometry.output if geometry is not None else None
    x, y, wide, high = 0.0, 0.0, float(width), float(height)
    box = None
    if layers is not None:
        box = layers.protection if text == "protection" else layers.framing
    if text in _LAYERS and (box is None or not fdl):
        raise InvalidRequest(
            f"{field} {text!r} is a layer of an FDL's framing decision, and there is none",
            field=field,
        )
    if box is not None:
        x, y, wide, high = box.x, box.y, box.width, box.height
    if text in SAFE:
        part = SAFE[text]
        x, y = x + wide * (1 - part) / 2, y + high * (1 - part) / 2
        wide, high = wide * part, high * part
    elif text not in _LAYERS:
        aspect = _aspect(text)
        assert aspect is not None
        inner = min(wide, high * aspect / plan.pixel_aspect)
        tall = min(high, wide * plan.pixel_aspect / aspect)
        x, y = x + (wide - inner) / 2, y + (high - tall) / 2
        wide, high = inner, tall
    left, top = max(0, _nearest(x)), max(0, _nearest(y))
    right, bottom = min(width, _nearest(x + wide)), min(height, _nearest(y + high))
    if right <= left or bottom <= top:
        raise InvalidRequest(f"{field} {text!r} leaves nothing of {width}x{height}", field=field)
    return left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Guides:
    """What is drawn on every frame: an area's matte, then lines around areas."""

    matte: Area | None
    matte_opacity: float
    lines: tuple[Area, ...]
    line_opacity: float

    def __bool__(self) -> bool:
        return self.matte is not None or bool(self.lines)

    def draw(self, planes: Planes) -> None:
        """Over (3, h, w) uint16 (0 to 1 over its range) or float, in place."""
        height, width = planes.shape[1:]
        if self.matte is not None:
            left, top, right, bottom = self.matte
            for part in (
                planes[:, :top], planes[:, bottom:],
                planes[:, top:bottom, :left], planes[:, top:bottom, right:],
            ):  # fmt: skip
                _mix(part, 0.0, self.matte_opacity)
        if self.lines:
            inked = np.zeros((height, width), bool)
            for area in self.lines:
                _outline(inked, area)
            whole = 65535.0 if planes.dtype == np.uint16 else 1.0
            for plane in planes:
                lit = plane[inked]
                _mix(lit, _INK * whole, self.line_opacity)
                plane[inked] = lit


def plan_guides(request: TranscodeRequest, plan: Plan, width: int, height: int) -> Guides:
    """The request's matte and lines on a picture of the plan. Raises as `area_of`."""
    has_fdl = request.fdl is not None
    find = partial(area_of, plan=plan, width=width, height=height, fdl=has_fdl)
    return Guides(
        matte=find(request.matte, field="matte") if request.matte else None,
        matte_opacity=1.0 if request.matte_opacity is None else request.matte_opacity,
        lines=tuple(find(text, field="guides") for text in request.guides),
        line_opacity=_LINES if request.guide_opacity is None else request.guide_opacity,
    )


def burner_of(request: TranscodeRequest, plan: Plan, width: int, height: int) -> Burner:
    """Draws the request's words on a picture of the plan. Raises as `area_of`."""
    area = None
    if request.burn_area is not None:
        area = area_of(
            request.burn_area, plan, width, height, "burn_area", fdl=request.fdl is not None
        )
    return Burner(
        tuple(parse_burn_in(item) for item in request.burn_in),
        size=request.burn_size,
        opacity=1.0 if request.burn_opacity is None else request.burn_opacity,
        area=area,
    )


def drawn_report(request: TranscodeRequest, guides: Guides, burner: Burner) -> dict[str, Any]:
    """What is drawn and where, in pixels of the picture, for receipt and `explain`."""
    told: dict[str, Any] = {}
    if guides.matte is not None:
        told["matte"] = {"of": request.matte, "opacity": guides.matte_opacity}
        told["matte"] |= _box(guides.matte)
    if guides.lines:
        told["guides"] = [
            {"of": text, "opacity": guides.line_opacity, **_box(area)}
            for text, area in zip(request.guides, guides.lines, strict=True)
        ]
    if request.burn_in:
        told["burn_in"] = list(request.burn_in)
        if burner.area is not None:
            told["burn_area"] = {"of": request.burn_area, **_box(burner.area)}
    return {"drawn": told} if told else {}


def _box(area: Area) -> dict[str, int]:
    left, top, right, bottom = area
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def thickness(width: int, height: int) -> int:
    """Of a line, in pixels."""
    return max(1, min(width, height) // _THIN)


def _outline(inked: npt.NDArray[np.bool_], area: Area) -> None:
    height, width = inked.shape
    thick = thickness(width, height)
    left, top, right, bottom = area
    # Outside of the area, and inside the picture.
    x0, x1 = max(0, left - thick), min(width, right + thick)
    y0, y1 = max(0, top - thick), min(height, bottom + thick)
    inked[y0 : y0 + thick, x0:x1] = True
    inked[y1 - thick : y1, x0:x1] = True
    inked[y0:y1, x0 : x0 + thick] = True
    inked[y0:y1, x1 - thick : x1] = True


def _mix(part: Planes, ink: float, opacity: float) -> None:
    """Towards `ink` by `opacity`, in place."""
    mixed = part * np.float32(1 - opacity) + np.float32(ink * opacity)
    part[...] = np.rint(mixed) if part.dtype == np.uint16 else mixed


def _aspect(text: str) -> float | None:
    match = _ASPECT.match(text)
    if match is None:
        return None
    high = float(match[2] or 1)
    found = float(match[1]) / high if high else 0.0
    return found if 0.1 <= found <= 10 else None


def _nearest(x: float) -> int:
    """Half a pixel goes up, the same for every corner."""
    return math.floor(x + 0.5)
