"""lint: checks any plate delivery, ours or another house's, before somebody sends it back.

Names, versions, numbers, headers, pixels, sidecars and seals; every finding has a severity,
a stable code and a sentence. The files are read and never changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from functions.contract import uris
from functions.contract.errors import DamagedSource
from functions.contract.operation import Operation, Request, Result, Work
from functions.contract.store import Stat, Store

_URI = {"format": "uri"}
_SAID = 3


class LintRequest(Request, frozen=True, kw_only=True):
    """Check a delivery."""

    input: Annotated[str, Meta(description="folder or prefix", extra_json_schema=_URI)]
    output: (
        Annotated[str, Meta(description="folder for the reports", extra_json_schema=_URI)] | None
    ) = None
    profile: Annotated[
        Literal["plate", "frames"],
        Meta(description="VFX plates in ACES2065-1 with their package, or frames alone"),
    ] = "plate"
    pixels: Annotated[
        Literal["all", "some", "none"],
        Meta(description="decode every frame, first, middle and last, or none"),
    ] = "all"
    checksum: Annotated[bool, Meta(description="hold files against the hashes of their MHL")] = True
    fail: Annotated[
        Literal["never", "error", "warning"],
        Meta(description="end with damaged_source (exit 12) where something so bad was found"),
    ] = "never"


def run(request: LintRequest, work: Work) -> Result:
    """Findings as a report, and as `<name>.lint.json` and `.lint.txt` where there is an output.

    Raises DamagedSource only where `fail` says so; the reports are written before.
    """
    from functions.lint.checks import lint
    from functions.lint.findings import as_text, verdict

    findings, sequences = lint(request, work)
    name = output_name(request.input)
    report: dict[str, Any] = {
        "name": name,
        "verdict": verdict(findings),
        "counts": {
            severity: sum(f.severity == severity for f in findings)
            for severity in ("error", "warning", "info")
        },
        "sequences": sequences,
        "findings": [msgspec.to_builtins(each) for each in findings],
    }
    if request.output is not None:
        content = msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
        work.commit(f"{name}.lint.json", content)
        work.commit(f"{name}.lint.txt", as_text(name, findings, sequences).encode())
    bad = [f for f in findings if f.severity in {"error", request.fail}]
    if request.fail != "never" and bad:
        said = "; ".join(f"{f.path or name}: {f.detail}" for f in bad[:_SAID])
        more = f" and {len(bad) - _SAID} more" if len(bad) > _SAID else ""
        raise DamagedSource(
            f"{name} has {len(bad)} findings: {said}{more}", uri=request.input, report=report
        )
    return Result(report=report)


def explain(request: LintRequest, work: Work) -> dict[str, Any]:
    """The sequences and files that would be checked, from listings only."""
    from functions.lint.tree import read_tree

    delivery = read_tree(work.store, request.input)
    return {
        "sequences": {each.path: len(each.files) for each in delivery.sequences},
        "others": sorted(delivery.others),
        "sealed": delivery.sealed,
        "bytes": sum(stat.bytes for stat in delivery.paths.values()),
        "pixels": request.pixels,
    }


def sources(request: LintRequest, store: Store) -> Iterable[Stat]:
    """Stats of every file below the folder, histories too."""
    from functions.lint.tree import every_file

    return every_file(store, request.input)


def output_name(uri: str) -> str:
    """The folder's name with odd characters replaced."""
    name = uris.basename(uri.rstrip("/"))
    return uris.legal_name(name, "delivery")


OPERATION = Operation(
    name="lint",
    request=LintRequest,
    run=run,
    explain=explain,
    sources=sources,
    summary="checks a plate delivery: names, frames, headers, pixels, sidecars, seals",
    shapes=("functions.lint", "functions.media", "functions.sidecars"),
)
