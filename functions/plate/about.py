"""The AMF of a plate: about its frames, with the files that it names under legal names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from functions.contract import uris
from functions.contract.amf import ClipId, ColourStep, Reference
from functions.plate.naming import Numbering
from functions.sidecars.paths_beside import file_name


def about_plate(
    amf: bytes, files: Mapping[str, bytes], base: str, numbering: Numbering
) -> tuple[bytes, dict[str, bytes]]:
    """The AMF with the plate's frames as its clip, in place of the camera's, and its files.

    files : by the name that the AMF gives them; a look is called as who made it liked, and
        a package holds letters, digits, `_`, `-` and dots only
    """
    from functions.sidecars.amf.read import read_amf
    from functions.sidecars.amf.write import write_amf

    names = _legal(files, base)
    said = read_amf(amf)
    first, last = (numbering.number(own) for own in (numbering.whole.start, numbering.whole.last))
    clip = ClipId(name=base, sequence=(f"{base}.{'#' * numbering.digits}.exr", "#", first, last))
    steps = tuple(_renamed(step, names) for step in said.pipeline.steps)
    written = write_amf(replace(said, clip=clip, pipeline=replace(said.pipeline, steps=steps)))
    return written, {names[name]: content for name, content in files.items()}


def _legal(files: Mapping[str, bytes], base: str) -> dict[str, str]:
    """New names by old ones; none is that of another file of the package."""
    names: dict[str, str] = {}
    # Nor of a file that the package has of its own.
    taken = {f"{base}.{suffix}" for suffix in ("amf", "cc", "cdl", "fdl", "mov", "event.json")}
    for name in sorted(files):
        legal = "/".join(uris.legal_name(part, "file") for part in name.split("/"))
        stem, dot, suffix = legal.rpartition(".")
        number = 2
        while legal in taken:
            legal = f"{stem or suffix}-{number}{dot}{suffix if stem else ''}"
            number += 1
        taken.add(legal)
        names[name] = legal
    return names


def _renamed(step: ColourStep, names: Mapping[str, str]) -> ColourStep:
    working = step.working
    if working is not None:
        into = None if working.into is None else _called(working.into, names)
        working = replace(working, into=into, back=_called(working.back, names))
    return replace(
        step,
        reference=None if step.reference is None else _called(step.reference, names),
        parts=tuple(_called(part, names) for part in step.parts),
        working=working,
    )


def _called(reference: Reference, names: Mapping[str, str]) -> Reference:
    if reference.file is None:
        return reference
    name = file_name(reference.file)
    return replace(reference, file=quote(names[name])) if name in names else reference
