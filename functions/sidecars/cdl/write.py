"""ASC CDL v1.2 files: `.cc` (one correction), `.cdl` (a decision list), `.ccc` (a collection)."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from functions.contract.amf import Cdl
from functions.sidecars.cdl.read import read_cdls

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="urn:ASC:CDL:v1.2"'


def write_cc(name: str, cdl: Cdl, *, input_space: str | None = None) -> bytes:
    """One `<ColorCorrection>`. input_space : where it works ("ACEScct"), told in words."""
    return (_HEAD + _correction(name, cdl, input_space, f" {_NAMESPACE}") + "\n").encode()


def write_cdl(
    corrections: Iterable[tuple[str, Cdl]], *, media: str, input_space: str | None = None
) -> bytes:
    """A `<ColorDecisionList>` about the media that `media` names."""
    lines = [f"<ColorDecisionList {_NAMESPACE}>"]
    for name, cdl in corrections:
        body = _correction(name, cdl, input_space).replace("\n", "\n    ")
        lines += [
            "  <ColorDecision>",
            f"    <MediaRef ref={quoteattr(media)}/>",
            f"    {body}",
            "  </ColorDecision>",
        ]
    return (_HEAD + "\n".join([*lines, "</ColorDecisionList>"]) + "\n").encode()


def rewritten(data: bytes, name: str) -> bytes:
    """A CDL file as every reader of CDLs understands it, whatever prefixes it has and ids it
    lacks; `data` itself where it is no CDL file. `name` decides by its suffix."""
    kind = name.rpartition(".")[2].lower()
    if kind not in ("cc", "ccc", "cdl"):
        return data
    found = read_cdls(data, name=name)
    if kind == "cc":
        return write_cc(*next(iter(found.items())))
    return write_cdl(found.items(), media=name)


def _correction(name: str, cdl: Cdl, input_space: str | None, namespace: str = "") -> str:
    lines = [f"<ColorCorrection{namespace} id={quoteattr(name)}>"]
    if input_space:
        lines.append(f"  <InputDescription>{escape(input_space)}</InputDescription>")
    lines += [
        "  <SOPNode>",
        *(f"    <Description>{escape(note)}</Description>" for note in cdl.sop_notes),
        f"    <Slope>{_numbers(cdl.slope)}</Slope>",
        f"    <Offset>{_numbers(cdl.offset)}</Offset>",
        f"    <Power>{_numbers(cdl.power)}</Power>",
        "  </SOPNode>",
        "  <SatNode>",
        *(f"    <Description>{escape(note)}</Description>" for note in cdl.sat_notes),
        f"    <Saturation>{_numbers((cdl.saturation,))}</Saturation>",
        "  </SatNode>",
        "</ColorCorrection>",
    ]
    return "\n".join(lines)


def _numbers(values: tuple[float, ...]) -> str:
    # repr gives the shortest text that reads back as the same number.
    return " ".join(repr(float(value)).removesuffix(".0") for value in values)
