"""What inspect found in a clip, in the few lines that a person reads first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

_CAMERA = {
    "focal_length_mm": "{:g} mm",
    "t_stop": "T{:.3g}",
    "focus_metres": "focus {:.3g} m",
    "iso": "ISO {}",
    "white_kelvin": "{:.0f} K",
    "shutter_degrees": "shutter {:g} degrees",
    "scene": "scene {}",
    "take": "take {}",
}


def lines(report: Mapping[str, Any]) -> Iterable[str]:
    """Picture, rate and timecode; colour tags; camera; sound: each where the clip says it."""
    picture = _part(report, "picture")
    yield _joined(*_picture(report, picture), *_time(report))
    colour, camera = _part(report, "colour"), _part(report, "camera")
    tags = [colour.get(name) for name in ("primaries", "transfer", "matrix", "range")]
    if any(tags):
        yield "colour tags " + "/".join(str(tag or "unsaid") for tag in tags)
    yield _joined(*_camera(camera))
    for sound in report.get("audio") or ():
        named = str(sound.get("layout") or "")
        layout = f" ({named})" if named and not named.endswith("channels") else ""
        yield _joined(
            f"sound {sound.get('codec')}",
            f"{sound.get('rate')} Hz",
            f"{sound.get('channels')} channels{layout}",
        )


def _picture(report: Mapping[str, Any], picture: Mapping[str, Any]) -> Iterable[str]:
    camera = _part(report, "camera")
    yield " ".join(
        str(word)
        for word in (report.get("container"), picture.get("codec"), picture.get("profile"))
        if word
    )
    if picture:
        yield f"{picture.get('width')} x {picture.get('height')}"
        if picture.get("pixel_format"):
            yield str(picture["pixel_format"])
        if picture.get("channels"):
            yield _channels(picture["channels"])
        if picture.get("compression"):
            yield f"compression {picture['compression']}"
        if camera.get("bits"):
            yield f"{camera.get('cfa') or ''} {camera['bits']} bit".strip()
        if picture.get("pixel_aspect", "1") not in ("1", "1:1"):
            yield f"pixel aspect {picture['pixel_aspect']}"
        if picture.get("interlaced"):
            yield f"interlaced ({picture.get('field_order')})"


def _channels(channels: Sequence[str]) -> str:
    """`RGBA half`, `RGB half, Z float`: neighbours of one type together."""
    told = []
    for kind, run in groupby(channels, lambda channel: channel.rpartition(" ")[2]):
        names = [channel.rpartition(" ")[0] for channel in run]
        words = [
            ("" if letters else " ").join(some)
            for letters, some in groupby(names, lambda name: len(name) == 1)
        ]
        told.append(" ".join([*words, kind]))
    return ", ".join(told)


def _time(report: Mapping[str, Any]) -> Iterable[str]:
    rate = _part(report, "rate")
    said = rate.get("nominal") or rate.get("average")
    if said:
        yield f"{said} fps{', variable' if rate.get('variable') else ''}"
    if report.get("start"):
        last = report.get("last")
        yield f"{report['start']} to {last}" if last else str(report["start"])
    if report.get("reel"):
        yield f"reel {report['reel']}"


def _camera(camera: Mapping[str, Any]) -> Iterable[str]:
    name = camera.get("unique_model") or " ".join(
        str(camera[key]) for key in ("make", "model") if camera.get(key)
    )
    if name:
        yield str(name)
    if camera.get("lens"):
        yield str(camera["lens"])
    for key, form in _CAMERA.items():
        if camera.get(key):
            yield form.format(camera[key])


def _part(report: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = report.get(name)
    return value if isinstance(value, Mapping) else {}


def _joined(*words: str) -> str:
    return ", ".join(word for word in words if word)
