"""What lint found, for programs and for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

Severity = Literal["error", "warning", "info"]
_ORDER = {"error": 0, "warning": 1, "info": 2}


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing about a delivery.

    severity : "error", it would be sent back; "warning", somebody should look; "info"
    code : stable, for programs; docs/plates.md lists all
    detail : one sentence, with what was found and what should have been there
    path : of the file or folder, relative to what was linted
    frame : of the sequence, where it is about one
    """

    severity: Severity
    code: str
    detail: str
    path: str = ""
    frame: int | None = None


def error(code: str, detail: str, path: str = "", frame: int | None = None) -> Finding:
    """It would be sent back."""
    return Finding(severity="error", code=code, detail=detail, path=path, frame=frame)


def warning(code: str, detail: str, path: str = "", frame: int | None = None) -> Finding:
    """Somebody should look."""
    return Finding(severity="warning", code=code, detail=detail, path=path, frame=frame)


def info(code: str, detail: str, path: str = "", frame: int | None = None) -> Finding:
    """True, and easily overlooked."""
    return Finding(severity="info", code=code, detail=detail, path=path, frame=frame)


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, then by path and frame."""
    return tuple(
        sorted(findings, key=lambda f: (_ORDER[f.severity], f.path, f.frame or 0, f.code, f.detail))
    )


def verdict(findings: Iterable[Finding]) -> str:
    """ "fail" with an error, "look" with a warning, else "pass"."""
    severities = {finding.severity for finding in findings}
    return "fail" if "error" in severities else "look" if "warning" in severities else "pass"


def as_text(name: str, findings: tuple[Finding, ...], sequences: list[dict[str, Any]]) -> str:
    """The report that a person reads: verdict, sequences, findings by file.

    A fault that every frame has is one line with its frames.
    """
    lines = [f"{name}: {verdict(findings)}", ""]
    lines += [
        f"  {each['path']}: frames {each['frames']}, {each['width']}x{each['height']}, "
        f"{each['channels']} {each['compression']}"
        for each in sequences
    ]
    lines.append("")
    for (severity, code, detail), places in _grouped(findings).items():
        lines.append(f"  {severity:7} {code}: {detail}")
        shown = ", ".join(places[:6])
        more = f" and {len(places) - 6} more" if len(places) > 6 else ""
        if shown:
            lines.append(f"          in {shown}{more}")
    if not findings:
        lines.append("  nothing found")
    return "\n".join(lines) + "\n"


def _grouped(findings: Iterable[Finding]) -> dict[tuple[str, str, str], list[str]]:
    groups: dict[tuple[str, str, str], list[str]] = {}
    for each in findings:
        places = groups.setdefault((each.severity, each.code, each.detail), [])
        if each.path:
            places.append(each.path)
    return groups
