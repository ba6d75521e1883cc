"""What shots and plates of a turnover are called."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.contract.store import Store
from functions.turnover.model import Event, is_shot_name

_VERSION = re.compile(r"_v(\d{3,4})$")
_ODD = re.compile(r"[^A-Za-z0-9]+")
_FIELDS = frozenset({"show", "number", "event", "clip", "reel"})
_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How shots are called: by marker, comment or pattern, else `<show>_<number>` in steps.

    show : None takes the timeline's title. element : of every plate ("PL01")
    """

    show: str | None = None
    by: str = "marker"
    pattern: str | None = None
    step: int = 10
    element: str = "PL01"


def check_pattern(pattern: str) -> None:
    """Raise InvalidRequest for a pattern that names anything but its fields."""
    try:
        fields = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise InvalidRequest(f"pattern {pattern!r}: {error}", field="pattern") from error
    for _, name, width, conversion in fields:
        plain = width is None or re.fullmatch(r"(?:0?\d{1,2}d?)?", width)
        if (name is not None and name not in _FIELDS) or conversion or not plain:
            known = ", ".join(f"{{{each}}}" for each in sorted(_FIELDS))
            raise InvalidRequest(
                f"pattern {pattern!r} has {{{name}}}; there are {known}, and {{number:04}}",
                field="pattern",
            )


def shot_names(events: Sequence[Event], title: str, naming: Naming) -> list[str]:
    """A legal name for each event's shot, numbered along the timeline where nothing names it."""
    show = _legal(naming.show or title) or "shot"
    width = max(3, len(str(len(events) * naming.step)))
    names = []
    for place, event in enumerate(events, 1):
        number = place * naming.step
        found = _named(event, naming)
        if found is None and naming.pattern is not None:
            found = _filled(naming.pattern, event, show, number)
        names.append(_legal(found or "") or f"{show}_{number:0{width}d}")
    return names


def _named(event: Event, naming: Naming) -> str | None:
    """A shot that the turnover names; a pattern goes before markers when it is asked for."""
    if naming.by == "pattern":
        return None
    if naming.by == "comment":
        words = (word.strip(".,;:()[]") for text in event.comments for word in text.split())
        return event.shot or next((word for word in words if is_shot_name(word)), None)
    return event.shot


def _filled(pattern: str, event: Event, show: str, number: int) -> str:
    fields = {
        "show": show, "number": number, "event": event.number,
        "clip": event.name.rpartition(".")[0] or event.name, "reel": event.reel or "",
    }  # fmt: skip
    try:
        return pattern.format(**fields)
    except ValueError as error:
        raise InvalidRequest(f"pattern {pattern!r}: {error}", field="pattern") from error


def _legal(text: str) -> str:
    return _ODD.sub("_", text[: 4 * _LONGEST]).strip("_")[:_LONGEST]


def elements(shots: Sequence[str], element: str) -> Iterator[str]:
    """`PL01` for the first use of a shot, `PL02` for the next."""
    letters = element.rstrip("0123456789")
    first = int(element[len(letters) :] or 1)
    used: dict[str, int] = {}
    for shot in shots:
        number = first + used.get(shot, 0)
        used[shot] = used.get(shot, 0) + 1
        yield f"{letters}{number:02d}"


def next_versions(store: Store, output: str) -> dict[str, int]:
    """The next free version of every plate that stands in the output: a re-pull raises it."""
    found: dict[str, int] = {}
    for folder in store.folders(uris.folder(output)):
        name = uris.basename(folder.rstrip("/"))
        version = _VERSION.search(name)
        if version:
            plate = name[: version.start()]
            found[plate] = max(found.get(plate, 1), int(version[1]) + 1)
    return found
