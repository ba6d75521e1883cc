"""seal: ASC MHL generations over a folder or prefix: made, verified, compared.

`create` hashes every file, holds it against earlier generations and writes the next one;
folders below that have a history of their own get theirs. `verify` hashes and writes
nothing, `diff` compares names and sizes only. The histories are those of the ASC's
reference tool, both ways.

Sealing the same files the same way again is the same unit: a repeated event makes no second
generation. To seal unchanged files once more, say another `date`.
"""

from __future__ import annotations

from functions.contract.operation import Opened, Operation, Work
from functions.seal.request import SealRequest


def open_unit(request: SealRequest, work: Work) -> Opened:
    """One unit; its code is imported when there is one."""
    from functions.seal.unit import SealUnit

    return SealUnit(request, work)


OPERATION = Operation(
    name="seal",
    request=SealRequest,
    open=open_unit,
    summary="ASC MHL: seal a folder, verify it, compare it",
    shapes=("functions.seal", "functions.sidecars"),
)
