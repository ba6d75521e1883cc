"""What documents say about a clip beside its times: file, reel, shot, CDL."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import unquote, urlsplit

from functions.contract.amf import Cdl
from functions.contract.camera import Triple
from functions.contract.numbers import read_number, read_numbers

# Where applications keep the tape's name, by the section of their own.
_SECTIONS = ("cmx_3600", "ALE", "AAF", "fcp_xml", "fcpx", "Resolve_OTIO", "")
_REELS = ("reel", "Reel Name", "reel_name", "Tape", "TapeName", "Tape Name", "Reel", "Camroll")
_IDS = ("uuid", "UUID", "umid", "UMID", "MobID", "SourceID", "SourceMobID", "mob_id", "UID")


def file_name(url: str) -> str:
    """The last part of a URL or of a path of the machine that made the timeline.

    Examples
    --------
    >>> file_name("file://localhost/day%201/A001.mov"), file_name("S:\\\\day\\\\A001.mov")
    ('A001.mov', 'A001.mov')
    """
    url = url.strip()
    path = url
    if "://" in url:
        try:
            split = urlsplit(url)
        except ValueError:
            split = urlsplit("")
        # A pattern's signs are a URL's own: name.####.exr has no fragment.
        path = unquote(split.path + (f"#{split.fragment}" if split.fragment else ""))
        path = path or url.partition("://")[2]
    # Avid and Resolve write Windows' paths too.
    return PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name


def reel_of(*metadata: object) -> str | None:
    """The tape's name in metadata of a clip or its media."""
    return next(iter(_values(metadata, _REELS)), None)


def ids_of(*metadata: object) -> tuple[str, ...]:
    """UUIDs and UMIDs in metadata, lower case."""
    return tuple(each.lower() for each in _values(metadata, _IDS))


def _values(metadata: tuple[object, ...], keys: tuple[str, ...]) -> list[str]:
    found = []
    for whole in metadata:
        for section in _SECTIONS:
            part = under(whole, section) if section else whole
            for key in keys:
                value = under(part, key)
                if isinstance(value, str) and value.strip():
                    found.append(value.strip())
    return found


def under(values: object, *keys: str) -> Any:
    """A value of nested metadata; None where anything on the way is no object."""
    for key in keys:
        if not isinstance(values, Mapping):
            return None
        values = values.get(key)
    return values


def parse_cdl(sop: str | None, saturation: str | None) -> Cdl | None:
    """A CDL of the texts that EDLs and ALEs have, `(s s s)(o o o)(p p p)` and one number.

    None where neither says anything. Raises ValueError for what does not read, or numbers
    that no CDL has.
    """
    sop, saturation = (sop or "").strip(), (saturation or "").strip()
    if not sop and not saturation:
        return None
    triples: list[tuple[float, ...]] = [(1.0,) * 3, (0.0,) * 3, (1.0,) * 3]
    if sop:
        parts = [part.strip(" \t,;") for part in sop.replace("(", ")").split(")")]
        parts = [part for part in parts if part]
        if len(parts) == 1:
            nine = read_numbers(parts[0], 9)
            triples = [nine[0:3], nine[3:6], nine[6:9]]
        elif len(parts) == 3:
            triples = [read_numbers(part, 3) for part in parts]
        else:
            raise ValueError(f"{sop[:60]!r} is not (slopes)(offsets)(powers)")
    (s0, s1, s2), (o0, o1, o2), (p0, p1, p2) = triples
    number = read_number(saturation) if saturation else 1.0
    return checked_cdl((s0, s1, s2), (o0, o1, o2), (p0, p1, p2), number)


def checked_cdl(slope: Triple, offset: Triple, power: Triple, saturation: float) -> Cdl:
    """The numbers as a CDL. Raises ValueError where ASC CDL 1.2 forbids them."""
    if not all(math.isfinite(each) for each in (*slope, *offset, *power, saturation)):
        raise ValueError("it has a number that is not finite")
    if min(slope) < 0 or min(power) <= 0 or saturation < 0:
        raise ValueError("a slope or saturation is below 0, or a power is not above 0")
    return Cdl(slope=slope, offset=offset, power=power, saturation=saturation)


def cdl_of(values: object) -> Cdl | None:
    """A CDL of metadata: {"asc_sop": {"slope": [..], ..}, "asc_sat": n}, or slope and so on
    themselves. Raises ValueError for what does not read."""
    if not isinstance(values, Mapping) or not values:
        return None
    sop = under(values, "asc_sop") or under(values, "ASC_SOP") or values
    saturation = next(
        (values[key] for key in ("asc_sat", "ASC_SAT", "saturation") if key in values), None
    )
    if sop is values and saturation is None and not {"slope", "offset", "power"} & set(values):
        raise ValueError("it has no slope, offset, power or saturation")
    if isinstance(sop, str):
        return parse_cdl(sop, None if saturation is None else str(saturation))

    def triple(name: str, default: float) -> Triple:
        numbers = under(sop, name)
        if numbers is None:
            return (default,) * 3
        if isinstance(numbers, str):
            numbers = read_numbers(numbers, 3)
        if not isinstance(numbers, list | tuple) or len(numbers) != 3:
            raise ValueError(f"its {name} is not three numbers")
        one, two, three = (read_number(str(each)) for each in numbers)
        return one, two, three

    return checked_cdl(
        triple("slope", 1.0),
        triple("offset", 0.0),
        triple("power", 1.0),
        1.0 if saturation is None else read_number(str(saturation)),
    )
