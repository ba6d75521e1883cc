"""Failures by cause, with what to do about each: for people who look after a job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from functions.contract import uris

_NUMBER = re.compile(r"\d+")
_MOST_NAMED = 20
_RETRY = "retry the job"

ADVICE: Mapping[str, str] = {
    "invalid_request": "Correct the job where the sentence says, and dispatch it again.",
    "unsupported_media": "Convert the clip, or take it out of the job; `rushes formats` lists what "
    "is read.",
    "damaged_source": "Copy the clip again from its card or backup and check it (`rushes seal "
    f"--mode verify`); then {_RETRY}.",
    "source_not_found": f"Put the file where the sentence says, or correct the job; then {_RETRY}.",
    "output_conflict": "Choose another output or version, or say overwrite in the job where the "
    "files that stand may go.",
    "refused": "Use a place inside the allowed roots, or widen RUSHES_ROOTS of the functions.",
    "limit_exceeded": "Give the function more (RUSHES_LIMITS_*, memory), or the job smaller units.",
    "store_unavailable": f"See that the storage answers; then {_RETRY}.",
    "deadline_exceeded": "Give the job smaller units (units.target_seconds) or the function more "
    f"time; then {_RETRY}.",
    "busy": f"Every worker was at work for too long: give the job more of them; then {_RETRY}.",
    "internal_error": "A fault of rushes: retry once. If it comes again, report it with its log "
    "lines.",
}
"""What a person does about an error of this code."""


def by_cause(failures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Failures of a watched job in groups, the largest first.

    One cause is one code and one sentence, whatever numbers and clips are named in it. Each has
    code, detail (the first one's sentence), advice, retryable, units, clips, and the first of them.
    """
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for failure in failures:
        problem = failure["problem"]
        key = (str(problem.get("code", "")), _alike(failure, str(problem.get("detail", ""))))
        groups.setdefault(key, []).append(failure)
    told = [_cause(code, alike) for (code, _), alike in groups.items()]
    return sorted(told, key=lambda each: -int(each["units"]))


def _alike(failure: Mapping[str, Any], sentence: str) -> str:
    source = str(failure.get("input") or "")
    for name in (source, uris.path_of(source), uris.basename(source), str(failure["name"])):
        if name.strip("/"):
            sentence = sentence.replace(name, "*")
    return _NUMBER.sub("#", sentence)


def _cause(code: str, alike: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    problem = alike[0]["problem"]
    named = ("clip", "name", "unit", "frames")
    return {
        "code": code,
        "title": problem.get("title", ""),
        "detail": problem.get("detail", ""),
        "advice": ADVICE.get(code, ADVICE["internal_error"]),
        "retryable": bool(problem.get("retryable")),
        "units": len(alike),
        "clips": len({each["clip"] for each in alike}),
        "first": [{name: each[name] for name in named} for each in alike[:_MOST_NAMED]],
    }
