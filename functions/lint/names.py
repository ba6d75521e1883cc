"""Names of plates, as Netflix's public guide to VFX plates has them.

`<shot>_<PLATE><nn>_v<nnn>.<frame>.exr` in `<shot>_<plate>_v<nnn>/<W>x<H>/`: the element's
kind in letters (PL main plate, EL element, CP clean plate, BG, RF reference ...) with two
digits, the version with three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from functions.lint.findings import Finding, error, warning

_LEGAL = re.compile(r"[A-Za-z0-9_.-]+")
_FRAME = re.compile(r"^(?P<base>.+?)(?P<mark>[._])(?P<frame>-?\d+)\.(?P<ext>[A-Za-z0-9]+)$")
_PLATE = re.compile(
    r"^(?P<shot>[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*)_(?P<plate>[A-Za-z]+\d{2})_v(?P<version>\d{3,4})$"
)
_SIZE = re.compile(r"^(?P<width>\d+)x(?P<height>\d+)$")


@dataclass(frozen=True, slots=True)
class FrameName:
    """`base.1001.exr` in its parts; `digits` is the number as written."""

    base: str
    mark: str
    digits: str
    extension: str

    @property
    def number(self) -> int:
        return int(self.digits)


@dataclass(frozen=True, slots=True)
class PlateName:
    """`AGM_104_065_010_PL01_v001` in its parts."""

    shot: str
    plate: str
    version: str


def frame_name(name: str) -> FrameName | None:
    """The parts of a file of a sequence; None for another file."""
    found = _FRAME.match(name)
    if found is None:
        return None
    return FrameName(found["base"], found["mark"], found["frame"], found["ext"])


def plate_name(name: str) -> PlateName | None:
    """The parts of a plate's name; None where it is not one."""
    found = _PLATE.match(name)
    return None if found is None else PlateName(found["shot"], found["plate"], found["version"])


def size_name(name: str) -> tuple[int, int] | None:
    """Width and height of a folder `3840x2160`."""
    found = _SIZE.match(name)
    return None if found is None else (int(found["width"]), int(found["height"]))


def check_letters(path: str) -> Iterator[Finding]:
    """Letters, digits, `_`, `.` and `-` only: what every system of a show can carry."""
    for part in path.split("/"):
        odd = "".join(sorted(set(_LEGAL.sub("", part))))
        if odd:
            yield error("illegal-characters", f"{part!r} has {odd!r} in its name", path)


def check_plate(base: str, mark: str, folders: tuple[str, ...], path: str) -> Iterator[Finding]:
    """The name itself, and whether its folders say the same plate, version and size.

    mark : between the name and the frame number
    folders : names above the files, outermost first
    """
    if mark != ".":
        yield error("name", f"the frame number stands behind {mark!r} and not behind a dot", path)
    plate = plate_name(base)
    if plate is None:
        yield error(
            "name", f"{base!r} is not <shot>_<PLATE><nn>_v<nnn>, as ABC_010_PL01_v001", path
        )
        return
    if plate.plate != plate.plate.upper():
        yield warning("name-case", f"plate {plate.plate!r} is not in capitals", path)
    named = [(f, n) for f in folders if (n := plate_name(f)) is not None]
    for folder, other in named:
        if (other.shot, other.plate) != (plate.shot, plate.plate):
            yield error("folder-plate", f"{base!r} lies in the folder of {folder!r}", path)
        elif other.version != plate.version:
            yield error(
                "folder-version", f"version {plate.version} lies in the folder of {folder!r}", path
            )
    if folders and not named:
        yield warning("folder-name", f"no folder above is called {base!r}", path)
