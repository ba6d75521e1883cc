"""From a turnover and an index of media to a job of plates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.frames import FrameRange, rate_text
from functions.contract.store import Store
from functions.turnover.matching import Match
from functions.turnover.model import Event

_VERSION = re.compile(r"_v(\d{3,})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How shots without a name of their own are called: `<show>_<number>`, in steps.

    show : None takes the timeline's title. element : of every plate ("PL01")
    """

    show: str | None = None
    step: int = 10
    element: str = "PL01"


def shot_names(events: Sequence[Event], title: str, naming: Naming) -> list[str]:
    """A legal name for each event's shot: its marker's, or numbered along the timeline."""
    show = uris.legal_name(naming.show or title).replace(".", "_").replace("-", "_")
    width = max(3, len(str(len(events) * naming.step)))
    return [
        uris.legal_name(event.shot) if event.shot else f"{show}_{place * naming.step:0{width}d}"
        for place, event in enumerate(events, 1)
    ]


def job_of(
    matches: Iterable[Match],
    shots: Mapping[str, str],
    *,
    operation: str,
    output: str,
    handles: int,
    naming: Naming,
    versions: Mapping[str, int],
    defaults: Mapping[str, Any],
) -> dict[str, Any]:
    """The job's JSON object, one clip an event.

    shots : by event number; versions : by plate name, where not 1
    """
    clips = []
    used: dict[str, int] = {}
    for match in matches:
        shot = shots[match.event.number]
        frames = str(FrameRange(match.first, match.last + 1))
        clip: dict[str, Any] = {"input": match.media.uri, "frames": frames}
        used[shot] = used.get(shot, 0) + 1
        element = _element(naming.element, used[shot])
        if operation == "plate":
            version = versions.get(f"{shot}_{element}", 1)
            # A folder called like a plate is its package, and holds its receipt.
            clip["output"] = uris.join(output, f"{shot}_{element}_v{version:03d}") + "/"
            clip |= {"handles": handles, "event": described(match.event)}
        else:
            clip["output"] = uris.join(output, f"{shot}_{element}") + "/"
        clips.append(clip)
    return {
        "output": output,
        "defaults": {"operation": operation, **defaults},
        "clips": clips,
    }


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


def described(event: Event) -> dict[str, Any]:
    """The event as plain JSON, for the plate's package."""
    plain: dict[str, Any] = {
        "number": event.number,
        "name": event.name,
        "reel": event.reel,
        "file": event.file,
        "source": event.label(max(0, event.start)),
        "record": event.record,
        "length": event.length,
        "rate": rate_text(event.rate),
        "speed": None if event.speed == 1 else float(event.speed),
        "transition": [event.head, event.tail] if event.head or event.tail else None,
        "track": None if event.track == 1 else event.track,
        "notes": list(event.notes) or None,
    }
    if event.cdl is not None:
        plain["cdl"] = {
            name: msgspec.to_builtins(getattr(event.cdl, name))
            for name in ("slope", "offset", "power", "saturation")
        }
    return {key: value for key, value in plain.items() if value is not None}


def _element(element: str, times: int) -> str:
    """`PL01` for the first use of a shot, `PL02` for the next."""
    letters = element.rstrip("0123456789")
    number = int(element[len(letters) :] or 1) + times - 1
    return f"{letters}{number:02d}"
