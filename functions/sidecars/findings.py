"""Findings: everything that is wrong with a sidecar, said at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from functions.contract.amf import Reference
from functions.contract.errors import InvalidRequest

Severity = Literal["error", "warning"]
SHOWN = 8
LISTED = 100


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong, or odd, in a sidecar.

    severity : "error" (the file must not be used) or "warning" (used, and said)
    code : short and stable, for programs: "applied_order", "path_climbs_out"
    sentence : for a person; says what was found and what should have been there
    where : path to the element ("pipeline/lookTransform[2]/file") or member
    line : 1-based line of the file, where the format has lines
    """

    severity: Severity
    code: str
    sentence: str
    where: str = ""
    line: int | None = None


def finding_at(place: Reference, severity: Severity, code: str, sentence: str) -> Finding:
    """A finding where a reference of an AMF was read."""
    return Finding(
        severity=severity, code=code, sentence=sentence, where=place.where, line=place.line
    )


def errors_of(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that forbid the use of the file."""
    return tuple(f for f in findings if f.severity == "error")


def said(finding: Finding) -> str:
    """The sentence with its place: `line 44, pipeline/lookTransform[3]: ...`."""
    line = f"line {finding.line}" if finding.line else ""
    place = ", ".join(part for part in (line, finding.where) if part)
    return f"{place}: {finding.sentence}" if place else finding.sentence


def refuse_errors(findings: Sequence[Finding], *, field: str, what: str) -> None:
    """Raise InvalidRequest that names every error, if there is one.

    The detail holds the first eight sentences, `findings` among the facts the first hundred.
    """
    errors = errors_of(findings)
    if not errors:
        return
    sentences = [said(f) for f in errors[:SHOWN]]
    if len(errors) > SHOWN:
        sentences.append(f"and {len(errors) - SHOWN} more")
    raise InvalidRequest(
        f"{what} is not valid: " + "; ".join(sentences),
        field=field,
        findings=[msgspec.to_builtins(f) for f in errors[:LISTED]],
    )
