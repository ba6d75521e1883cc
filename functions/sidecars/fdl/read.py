"""FDL bytes to values: checked by the official library, bounded by us, chosen by name.

`asc-fdl` costs a tenth of a second to import, so it is imported when a list is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, cast

import msgspec

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.contract.request import NOT_JSON
from functions.sidecars.fdl.values import Box, Choice, Layers, Template
from functions.sidecars.findings import Finding, refuse_errors

MAX_BYTES = 8 << 20
MAX_SIDE = 1 << 17
SQUEEZES = (0.1, 10.0)
_ROUNDED = 1.0  # pixels by which whole numbers may reach past
_ENDLESS = re.compile(rb"\d{41}")
_SIDES = frozenset({"width", "height", "x", "y"})


@dataclass(frozen=True, slots=True)
class Fdl:
    """A valid list: its members as decoded JSON, and its bytes."""

    members: Mapping[str, Any]
    data: bytes = field(repr=False)

    @property
    def contexts(self) -> Sequence[Mapping[str, Any]]:
        """Its contexts, each with its canvases."""
        return cast(Sequence[Mapping[str, Any]], self.members.get("contexts", ()))

    @property
    def templates(self) -> tuple[Template, ...]:
        """Its canvas templates."""
        return tuple(map(_template, self.members.get("canvas_templates", ())))


def fdl_library() -> Any:
    """The official library."""
    return import_module("fdl")


def read_fdl(data: bytes, *, field: str = "fdl") -> Fdl:
    """The list, valid by the schema of its version and by the library's own rules.

    Raises InvalidRequest that names every problem with its place, LimitExceeded over 8 MiB.
    """
    findings = check_fdl(data)
    refuse_errors(findings, field=field, what="the FDL")
    return Fdl(msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf")), data)


def check_fdl(data: bytes) -> tuple[Finding, ...]:
    """Everything that is wrong with a list; raises LimitExceeded over 8 MiB, nothing else."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"the FDL has {len(data)} bytes, at most {MAX_BYTES} are read")
    try:
        # Twice: this reader is strict where the library is lenient (comments), and bounded.
        members = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except NOT_JSON as error:
        return (_error("not_json", f"this is no JSON: {error}"),)
    if not isinstance(members, dict):
        return (_error("not_an_fdl", "a list is a JSON object with uuid and version"),)
    if _ENDLESS.search(data):
        return (_error("out_of_range", "a number has more than 40 digits"),)
    version = members.get("version")
    for part in ("major", "minor"):
        # The library ends the process at one that is no integer of its own.
        number = version.get(part) if isinstance(version, dict) else None
        if number is not None and (type(number) is not int or not 0 <= number < 2**31):
            return (_error("not_an_fdl", "a version has two whole numbers", f"version/{part}"),)
    fdl = fdl_library()
    try:
        with fdl.FDL.parse(data) as parsed:
            parsed.validate()
    except fdl.FDLValidationError as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        return tuple(map(_finding_of, lines[1:] or lines))
    except ValueError as error:
        return (_error("not_json", f"this is no JSON: {error}"),)
    return (*_out_of_range(members, ""), *_outside(members))


def _error(code: str, sentence: str, where: str = "") -> Finding:
    return Finding(severity="error", code=code, sentence=sentence, where=where)


def _finding_of(line: str) -> Finding:
    """`Schema Error: /contexts/0/...: Required property ...` as a finding."""
    kind, _, rest = line.partition(": ")
    code = kind.lower().removesuffix(" error").replace(" ", "_")
    if kind == "Schema Error" and rest.startswith("/"):
        where, _, sentence = rest.partition(": ")
        return _error(code, sentence, where.strip("/"))
    return _error(code if rest else "not_an_fdl", rest or line)


def _out_of_range(value: Any, where: str) -> list[Finding]:
    """Numbers that the schema lets through and no picture has."""
    found: list[Finding] = []
    if isinstance(value, dict):
        for key, member in value.items():
            place = f"{where}/{key}".strip("/")
            if isinstance(member, bool) or key.startswith("_"):
                continue
            if isinstance(member, int | float):
                if key in _SIDES and "physical" not in where and member > MAX_SIDE:
                    sentence = f"{member:g} pixels: at most {MAX_SIDE} are meant"
                    found.append(_error("out_of_range", sentence, place))
                elif key.endswith("squeeze") and not SQUEEZES[0] <= member <= SQUEEZES[1]:
                    low, high = SQUEEZES
                    sentence = f"a squeeze of {member:g} is no lens: {low:g} to {high:g}"
                    found.append(_error("out_of_range", sentence, place))
            else:
                found += _out_of_range(member, place)
    elif isinstance(value, list):
        for number, member in enumerate(value):
            found += _out_of_range(member, f"{where}/{number}".strip("/"))
    return found


def _outside(members: Mapping[str, Any]) -> Iterator[Finding]:
    """Rectangles that reach past their canvas: the library holds their sizes against it alone."""
    for n, context in enumerate(members.get("contexts", ())):
        for m, canvas in enumerate(context.get("canvases", ())):
            place = f"contexts/{n}/canvases/{m}"
            parts = [(place, canvas, "effective_dimensions", "effective_anchor_point")]
            for k, framing in enumerate(canvas.get("framing_decisions", ())):
                inside = f"{place}/framing_decisions/{k}"
                parts += [
                    (inside, framing, "dimensions", "anchor_point"),
                    (inside, framing, "protection_dimensions", "protection_anchor_point"),
                ]
            width, height = _size(canvas)
            for where, holder, size, anchor in parts:
                box = _box(holder, size, anchor)
                if box and (box.right > width + _ROUNDED or box.bottom > height + _ROUNDED):
                    sentence = f"it ends at {box.right:g},{box.bottom:g} of {width}x{height}"
                    yield _error("outside_canvas", sentence, f"{where}/{size}")


def layers_of(canvas: Mapping[str, Any], framing: Mapping[str, Any]) -> Layers:
    """The four rectangles of a canvas and one of its framing decisions."""
    return Layers(
        width=canvas["dimensions"]["width"],
        height=canvas["dimensions"]["height"],
        squeeze=float(canvas.get("anamorphic_squeeze", 1.0)),
        effective=_box(canvas, "effective_dimensions", "effective_anchor_point"),
        protection=_box(framing, "protection_dimensions", "protection_anchor_point"),
        framing=cast(Box, _box(framing, "dimensions", "anchor_point")),
    )


def _box(holder: Mapping[str, Any], size: str, anchor: str) -> Box | None:
    if size not in holder:
        return None
    at = holder.get(anchor, {"x": 0.0, "y": 0.0})
    width, height = holder[size]["width"], holder[size]["height"]
    return Box(float(at["x"]), float(at["y"]), float(width), float(height))


def _template(given: Mapping[str, Any]) -> Template:
    maximum = given.get("maximum_dimensions")
    # Without a member the schema's own defaults hold: even, up.
    rounding = given.get("round", {"even": "even", "mode": "up"})
    return Template(
        width=given["target_dimensions"]["width"],
        height=given["target_dimensions"]["height"],
        squeeze=float(given["target_anamorphic_squeeze"]),
        fit_source=given["fit_source"],
        fit_method=given["fit_method"],
        horizontal=given.get("alignment_method_horizontal", "center"),
        vertical=given.get("alignment_method_vertical", "center"),
        preserve=given.get("preserve_from_source_canvas"),
        maximum=(maximum["width"], maximum["height"]) if maximum else None,
        pad=bool(given.get("pad_to_maximum", False)),
        even=rounding["even"],
        rounding=rounding["mode"],
        whole_layers="round" in given,
        id=given["id"],
        label=given.get("label", ""),
    )


def choose(
    fdl: Fdl,
    *,
    context: str | None = None,
    canvas: str | None = None,
    framing: str | None = None,
    size: tuple[int, int] | None = None,
    is_clip: Callable[[str], bool] | None = None,
    field: str = "fdl",
) -> Choice:
    """One framing decision: the named one, or the only one that can be meant.

    Parameters
    ----------
    context : its label, or the name of its clip
    canvas : its id or label; without it, the one of the clip's `size`
    framing : its id, label or framing intent's id; without it, the default framing intent's
    size : (width, height) of the clip's frames; a canvas of another size is refused
    is_clip : whether a name is the clip's; a context of it goes before those of others

    Raises InvalidRequest that lists what there is when nothing or more than one fits.
    """
    contexts = [
        (number, c)
        for number, c in enumerate(fdl.contexts)
        if context is None or context in (c.get("label"), c.get("clip_id", {}).get("clip_name"))
    ]
    if context is None and is_clip is not None:
        contexts = [each for each in contexts if any(map(is_clip, _clips(each[1])))] or contexts
    pairs = [(number, c, v) for number, c in contexts for v in c.get("canvases", ())]
    if canvas is not None:
        pairs = [p for p in pairs if canvas in (p[2]["id"], p[2].get("label"))]
    elif size is not None and len(pairs) > 1:
        pairs = [p for p in pairs if _size(p[2]) == size]
    wanted = ", ".join(
        f"{name} {given!r}"
        for name, given in (("context", context), ("canvas", canvas), ("size", size))
        if given is not None
    )
    if len(pairs) != 1:
        there = [f"{v['id']} {_called(c, v)}" for c in fdl.contexts for v in c.get("canvases", ())]
        raise InvalidRequest(
            f"{'no canvas' if not pairs else f'{len(pairs)} canvases'} of the FDL "
            f"{'fits' if not pairs else 'fit'} {wanted or 'and none is named'}; "
            f"there is: {'; '.join(there) or 'none'}",
            field=field,
        )
    number, chosen, found = pairs[0]
    if size is not None and _size(found) != size:
        raise InvalidRequest(
            f"the clip's frames are {size[0]}x{size[1]}, the canvas {_called(chosen, found)}",
            field=field,
        )
    decision = _decision(fdl, found, framing, field)
    return Choice(
        context=chosen.get("label", ""),
        context_index=number,
        canvas_id=found["id"],
        canvas_label=found.get("label", ""),
        framing_id=decision["id"],
        framing_label=decision.get("label", ""),
        layers=layers_of(found, decision),
        document=fdl.data,
        clips=_clips(chosen),
    )


def _clips(context: Mapping[str, Any]) -> tuple[str, ...]:
    """The clip that a context is of, by each of its names; none where it is of any clip."""
    said = context.get("clip_id") or {}
    sequence = said.get("sequence") or {}
    names = (said.get("clip_name"), said.get("file"), sequence.get("value"))
    return tuple(str(each) for each in names if each)


def choose_template(fdl: Fdl, name: str | None = None, *, field: str = "template") -> Template:
    """The template of that id or label, or the only one; else InvalidRequest lists them."""
    fitting = [t for t in fdl.templates if name is None or name in (t.id, t.label)]
    if len(fitting) == 1:
        return fitting[0]
    there = ", ".join(f"{t.id} {t.label!r}" for t in fdl.templates) or "none"
    said = "is not there" if not fitting else "is not the only one"
    raise InvalidRequest(f"canvas template {name or ''!r} {said}; there is: {there}", field=field)


def _decision(
    fdl: Fdl, canvas: Mapping[str, Any], name: str | None, field: str
) -> Mapping[str, Any]:
    decisions: Sequence[Mapping[str, Any]] = canvas.get("framing_decisions", ())
    default = fdl.members.get("default_framing_intent")
    fitting = [
        d for d in decisions if name in (None, d["id"], d.get("label"), d["framing_intent_id"])
    ]
    if name is None and len(fitting) > 1:
        fitting = [d for d in decisions if d["framing_intent_id"] == default]
    if len(fitting) == 1:
        return fitting[0]
    there = ", ".join(f"{d['id']} {d.get('label', '')!r}" for d in decisions) or "none"
    said = f"framing decision {name!r}" if name else "one framing decision"
    raise InvalidRequest(
        f"canvas {canvas['id']} has {'not' if not fitting else 'more than'} {said}; "
        f"there is: {there}",
        field=field,
    )


def _size(canvas: Mapping[str, Any]) -> tuple[int, int]:
    return canvas["dimensions"]["width"], canvas["dimensions"]["height"]


def _called(context: Mapping[str, Any], canvas: Mapping[str, Any]) -> str:
    width, height = _size(canvas)
    names = [context.get("label"), canvas.get("label")]
    return f"({', '.join(str(n) for n in names if n)}) of {width}x{height}"
