"""seal: ASC MHL generations over a folder or prefix: made, verified, compared.

`create` hashes every file, holds it against earlier generations and writes the next one;
folders below that have a history of their own get theirs. `verify` hashes and writes
nothing, `diff` compares names and sizes only. The histories are those of the ASC's
reference tool, both ways.

Sealing the same files the same way again is the same unit: a repeated event makes no second
generation. To seal unchanged files once more, say another `date`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from functions.contract.operation import Example, Opened, Operation, Work
from functions.seal.request import SealRequest


def open_unit(request: SealRequest, work: Work) -> Opened:
    """One unit; its code is imported when there is one."""
    from functions.seal.unit import SealUnit

    return SealUnit(request, work)


def lines(report: Mapping[str, Any]) -> Iterable[str]:
    """What a person reads of the report."""
    from functions.seal.comparing import lines as of_report

    return of_report(report)


OPERATION = Operation(
    name="seal",
    request=SealRequest,
    open=open_unit,
    summary="ASC MHL: seal a folder, verify it, compare it",
    example=Example(request={"input": "s3://plates/ABC_010_020_PL01_v001/", "mode": "verify"}),
    lines=lines,
    shapes=("functions.seal", "functions.sidecars"),
)
