"""A job as it is written: one output root, defaults, and a list of clips to work on.

    {"output": "s3://plates/day3/", "units": {"target_seconds": 30},
     "defaults": {"operation": "debayer", "compression": "zip"},
     "clips": [{"input": "s3://camera/A001/A001_%06d.dng", "frames": "1001-1024"}]}

Everything here is text to values; no header is read and nothing is listed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from functions.contract import uris
from functions.contract.errors import InvalidRequest, RushesError

_LARGEST_UNIT = 100_000
PRIORITIES = ("rush", "normal", "bulk")
"""Of a job's clips the first go first; of jobs at one sink the first have the larger share."""

_COUNTER = re.compile(r"[._-]?(%0?\d*d|#+|@+)$")

Problem = dict[str, str]


class Units(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a clip is cut: by estimated seconds, or by an exact number of frames; by what is usual
    where neither is said."""

    target_seconds: float | None = None
    frames: int | None = None


class JobClip(msgspec.Struct, frozen=True, kw_only=True):
    """One clip of a job with the defaults filled in.

    fields : the operation's own request without `output`
    output : canonical folder URI, or None for `<job output>/<clip name>/`
    own : names of the fields that the clip itself says, for the paths of its errors
    priority : one of `PRIORITIES`
    """

    index: int
    operation: str
    fields: dict[str, Any]
    output: str | None
    own: frozenset[str]
    priority: str = "normal"

    def path(self, name: str) -> str:
        """Where a person finds the field: `clips[3].method`, or `defaults.method`."""
        from_defaults = name in self.fields and name not in self.own
        return f"defaults.{name}" if from_defaults else f"clips[{self.index}].{name}"

    def problems(self, error: InvalidRequest) -> list[Problem]:
        """The error's fields as paths into the job."""
        listed = error.facts.get("problems") or [
            {"field": error.facts.get("field", "input"), "detail": error.detail}
        ]
        return [self._problem(str(p["field"]), str(p["detail"])) for p in listed]

    def _problem(self, name: str, detail: str) -> Problem:
        path = self.path(name)
        whose = "" if path.startswith("clips") else f" (for clips[{self.index}])"
        return {"field": path, "detail": f"{path}: {detail}{whose}"}


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job whose own fields are right; its clips' requests are checked by the plan.

    id : 16 hex digits over what is to be made, not over how it is sent
    """

    id: str
    output: str
    units: Units
    clips: tuple[JobClip, ...]


def parse_job(
    output: str,
    clips: Sequence[Mapping[str, Any]],
    defaults: Mapping[str, Any] | None = None,
    units: Mapping[str, Any] | None = None,
) -> Job:
    """The job of the four fields of a `dispatch` request.

    Raises
    ------
    InvalidRequest with `problems`, one for each wrong field of every clip, by its path.
    """
    problems: list[Problem] = []
    base = dict(defaults or {})
    parsed = [_clip(index, clip, base, output, problems) for index, clip in enumerate(clips)]
    cut = _units(units or {}, problems)
    if not clips:
        problems.append({"field": "clips", "detail": "clips: a job has one clip or more"})
    if "output" in base:
        detail = "defaults.output: all clips would write to one place; leave it out"
        problems.append({"field": "defaults.output", "detail": detail})
    raise_all(problems)
    return Job(
        id=job_id(output, clips, base, units or {}),
        output=uris.folder(output),
        units=cut,
        clips=tuple(clip for clip in parsed if clip is not None),
    )


def job_id(
    output: str,
    clips: Sequence[Mapping[str, Any]],
    defaults: Mapping[str, Any],
    units: Mapping[str, Any],
) -> str:
    """16 hex digits of the job's canonical JSON."""
    plain = [uris.folder(output), list(clips), dict(defaults), dict(units)]
    encoded = msgspec.json.Encoder(order="sorted").encode(plain)
    return hashlib.blake2b(encoded, digest_size=8).hexdigest()


def raise_all(problems: Sequence[Problem]) -> None:
    """Raise one InvalidRequest that names every problem, if there is any."""
    if problems:
        unique = {(p["field"], p["detail"]): p for p in problems}
        detail = "; ".join(p["detail"] for p in unique.values())
        raise InvalidRequest(
            detail, field=problems[0]["field"], problems=[dict(p) for p in unique.values()]
        )


def clip_name(uri: str) -> str:
    """`A001` of `s3://camera/A001_%06d.dng`; of a folder or a movie, its name."""
    name = uris.basename(uri)
    if not uri.endswith("/") and "." in name:
        name = name.rpartition(".")[0]
    return folder_name(_COUNTER.sub("", name))


def folder_name(name: str) -> str:
    """A clip's name as that of a folder: legal, and without marks at its end."""
    return uris.legal_name(name).rstrip("._-") or "clip"


def _clip(
    index: int,
    clip: Mapping[str, Any],
    defaults: Mapping[str, Any],
    job_output: str,
    problems: list[Problem],
) -> JobClip | None:
    merged = {**defaults, **clip}
    own = frozenset(clip)
    found: list[Problem] = []

    def wrong(name: str, detail: str) -> None:
        path = f"clips[{index}].{name}"
        found.append({"field": path, "detail": f"{path}: {detail}"})

    operation = merged.pop("operation", None)
    if not isinstance(operation, str):
        wrong("operation", "is missing" if operation is None else "must be a string")
    elif operation == "dispatch":
        wrong("operation", "a job does not dispatch jobs")
    priority = merged.pop("priority", "normal")
    if priority not in PRIORITIES:
        wrong("priority", f"must be one of {', '.join(PRIORITIES)}")
    if merged.get("explain"):
        wrong("explain", "a unit of a job is done, not explained; explain the job")
    target = merged.pop("output", None)
    output = None
    if target is not None and not isinstance(target, str):
        wrong("output", "must be a string")
    elif target:
        try:
            absolute = target if "://" in target else uris.join(job_output, target)
            output = uris.folder(uris.canonical(absolute))
        except RushesError as error:
            wrong("output", error.detail)
    problems.extend(found)
    if found or not isinstance(operation, str):
        return None
    return JobClip(
        index=index,
        operation=operation,
        fields=merged,
        output=output,
        own=own,
        priority=str(priority),
    )


def _units(units: Mapping[str, Any], problems: list[Problem]) -> Units:
    found: list[Problem] = [
        {"field": f"units.{name}", "detail": f"units.{name}: unknown field"}
        for name in sorted(set(units) - {"target_seconds", "frames"})
    ]
    seconds, frames = units.get("target_seconds"), units.get("frames")
    if seconds is not None and not (_is_number(seconds) and 0 < seconds < float("inf")):
        detail = "units.target_seconds: must be a number above 0"
        found.append({"field": "units.target_seconds", "detail": detail})
    if frames is not None and not (
        _is_number(frames) and float(frames).is_integer() and 1 <= frames <= _LARGEST_UNIT
    ):
        detail = f"units.frames: must be a whole number from 1 to {_LARGEST_UNIT}"
        found.append({"field": "units.frames", "detail": detail})
    problems.extend(found)
    if found:
        return Units()
    return Units(
        target_seconds=None if seconds is None else float(seconds),
        frames=None if frames is None else int(frames),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
