"""What ships beside the frames of each plate: AMF, CDL, FDL, viewing movie, and whether they
speak of these frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from functions.contract import uris
from functions.contract.amf import Cdl
from functions.contract.errors import RushesError
from functions.contract.operation import Work
from functions.contract.request import NOT_JSON
from functions.contract.store import read_within
from functions.lint.amf import check_plates_amf
from functions.lint.findings import Finding, error, info, warning
from functions.lint.movies import check_movie
from functions.lint.names import plate_name
from functions.lint.tree import Delivery, Sequence

_MOVIES = (".mov", ".mp4", ".mxf")
_CDLS = (".cc", ".cdl", ".ccc")
_SMALLEST = 3840
_LARGEST = 64 << 20  # bytes of a sidecar
_EQUAL = 1e-6  # numbers of a CDL, as their writers round them


@dataclass(slots=True)
class Package:
    """One plate: the folder called like it, or all of the delivery where none is.

    path : of that folder, relative to what is linted; "" for that itself
    others : paths of its sidecars
    """

    path: str
    sequences: list[Sequence] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def packages_of(delivery: Delivery) -> list[Package]:
    """The plates of a delivery. A sidecar that lies in no plate's folder belongs to the plate
    that its name begins with, else to all."""
    found: dict[str, Package] = {}
    for sequence in delivery.sequences:
        folders = sequence.folders
        depth = next((n for n, name in enumerate(folders) if plate_name(name)), 0)
        path = "/".join(folders[1 : depth + 1])
        found.setdefault(path, Package(path)).sequences.append(sequence)
    for path in delivery.others:
        homes = [each for each in found.values() if each.path and path.startswith(f"{each.path}/")]
        if not homes:
            name = uris.basename(path)
            homes = [
                each
                for each in found.values()
                if any(name.startswith(sequence.base) for sequence in each.sequences)
            ]
        for each in homes or found.values():
            each.others.append(path)
    return [found[path] for path in sorted(found)]


def check_package(
    delivery: Delivery, root: str, work: Work, *, plate: bool, decode: bool
) -> Iterator[Finding]:
    """Sidecars by their own rules, and, for plates, which are not there or disagree.

    decode : the last picture of viewing movies too
    """
    cdls: dict[str, dict[str, Cdl]] = {}
    looks: dict[str, list[Cdl]] = {}
    events: dict[str, Cdl] = {}
    for path in delivery.others:
        work.check()
        lower = path.lower()
        if lower.endswith(".amf"):
            yield from _amf(path, root, delivery, work, looks, plate=plate)
        elif lower.endswith(_CDLS):
            yield from _cdl(path, root, work, cdls)
        elif lower.endswith(".fdl"):
            yield from _fdl(path, root, work)
        elif lower.endswith(".event.json"):
            yield from _event(path, root, work, events)
        elif plate and lower.endswith(".exr"):
            yield error("unnumbered", "an EXR file without a frame number", path)
    if not plate:
        return
    for package in packages_of(delivery):
        yield from _missing(package)
        yield from _cdls_agree(package, cdls, looks, events)
        yield from _framed(package, root, work)
        for path in package.others:
            if path.lower().endswith(_MOVIES):
                yield from check_movie(path, root, package.sequences, work, decode=decode)


def _missing(package: Package) -> Iterator[Finding]:
    for suffixes, code, what in (
        ((".amf",), "no-amf", "AMF, which says what was applied"),
        (_CDLS, "no-cdl", ".cc or .cdl"),
        ((".fdl",), "no-fdl", "FDL"),
        (_MOVIES, "no-proxy", "viewing movie"),
    ):
        if not any(path.lower().endswith(suffixes) for path in package.others):
            yield warning(code, f"the plate has no {what}", package.path)


def _cdls_agree(
    package: Package,
    cdls: dict[str, dict[str, Cdl]],
    looks: dict[str, list[Cdl]],
    events: dict[str, Cdl],
) -> Iterator[Finding]:
    """A `.cc` against the `.cdl` of its name, the looks of the plate's AMF, and the event."""
    for path in package.others:
        if not path.lower().endswith(".cc") or path not in cdls:
            continue
        (cdl,) = cdls[path].values() or (Cdl(),)
        stem, differs = path[:-3], False
        for other in (f"{stem}.cdl", f"{stem}.ccc"):
            if other in cdls and not any(_same(cdl, each) for each in cdls[other].values()):
                detail, differs = f"its numbers are not in {uris.basename(other)}", True
                yield error("cdl-differs", detail, path)
        amf = f"{stem}.amf"
        if looks.get(amf) and not any(_same(cdl, each) for each in looks[amf]):
            detail, differs = f"its numbers are those of no look in {uris.basename(amf)}", True
            yield error("cdl-differs", detail, path)
        event = f"{stem}.event.json"
        if event in events and not differs and not _same(cdl, events[event]):
            # Decisions made after the cut may be newer than its turnover.
            detail = f"its numbers are not those of {uris.basename(event)}"
            yield warning("cdl-differs", detail, path)
        if event in events and not events[event].is_identity and looks.get(amf) == []:
            detail = f"{uris.basename(event)} has a CDL, and the AMF has no look"
            yield error("cdl-differs", detail, amf)


def _same(one: Cdl, other: Cdl) -> bool:
    def numbers(cdl: Cdl) -> tuple[float, ...]:
        return (*cdl.slope, *cdl.offset, *cdl.power, cdl.saturation)

    return all(
        abs(a - b) <= _EQUAL * max(1.0, abs(a))
        for a, b in zip(numbers(one), numbers(other), strict=True)
    )


def _framed(package: Package, root: str, work: Work) -> Iterator[Finding]:
    """An FDL with a canvas of the frames' size, and an active picture of at least UHD width."""
    from functions.sidecars.fdl.read import check_fdl, layers_of, read_fdl

    layers = []
    paths = [path for path in package.others if path.lower().endswith(".fdl")]
    for path in paths:
        try:
            data = read_within(work.store, uris.join(root, path), _LARGEST)
            if any(found.severity == "error" for found in check_fdl(data)):
                return
        except RushesError as wrong:
            if wrong.retryable:
                raise
            return  # as the check of the file itself has told
        layers += [
            layers_of(canvas, framing)
            for context in read_fdl(data).contexts
            for canvas in context.get("canvases", ())
            for framing in canvas.get("framing_decisions", ())
        ]
    for sequence in package.sequences:
        if sequence.usual is None:
            continue
        size = sequence.usual.width, sequence.usual.height
        fitting = [each for each in layers if (each.width, each.height) == size]
        if layers and not fitting:
            detail = f"no canvas is {size[0]}x{size[1]}, as the frames are"
            yield warning("fdl-size", detail, paths[0])
        active = max((each.framing.width for each in fitting), default=size[0])
        if active < _SMALLEST:
            detail = f"active width {active:g} is under {_SMALLEST}"
            yield warning("narrow", detail, sequence.path)


def _amf(
    path: str,
    root: str,
    delivery: Delivery,
    work: Work,
    looks: dict[str, list[Cdl]],
    *,
    plate: bool,
) -> Iterator[Finding]:
    try:
        yield from check_plates_amf(path, root, delivery, work.store, looks, plate=plate)
    except RushesError as wrong:
        if wrong.retryable:
            raise
        yield error("amf-unreadable", wrong.detail, path)


def _cdl(path: str, root: str, work: Work, cdls: dict[str, dict[str, Cdl]]) -> Iterator[Finding]:
    from functions.sidecars.cdl.read import has_no_id, read_cdls

    try:
        data = read_within(work.store, uris.join(root, path), _LARGEST)
        cdls[path] = read_cdls(data, name=path)
        if has_no_id(data, name=path):
            yield info("cdl-id", f"file {path!r} holds a CDL without an id", path)
    except RushesError as wrong:
        if wrong.retryable:
            raise
        yield error("cdl", wrong.detail, path)


def _fdl(path: str, root: str, work: Work) -> Iterator[Finding]:
    from functions.sidecars.fdl.read import check_fdl

    try:
        for found in check_fdl(read_within(work.store, uris.join(root, path), _LARGEST)):
            make = error if found.severity == "error" else warning
            yield make(f"fdl-{found.code.replace('_', '-')}", found.sentence, path)
    except RushesError as wrong:
        if wrong.retryable:
            raise
        yield error("fdl", wrong.detail, path)


def _event(path: str, root: str, work: Work, events: dict[str, Cdl]) -> Iterator[Finding]:
    """The turnover's event, whose CDL goes into `events`."""
    try:
        found = msgspec.json.decode(read_within(work.store, uris.join(root, path), _LARGEST))
    except NOT_JSON as wrong:
        yield error("event", f"this is no JSON: {wrong}", path)
        return
    numbers = found.get("cdl") if isinstance(found, dict) else None
    if numbers is None:
        return
    try:
        events[path] = msgspec.convert(numbers, Cdl)
    except msgspec.ValidationError as wrong:
        yield error("event", f"its CDL does not read: {wrong}", path)
