"""seal: ASC MHL generations over a folder or prefix: made, verified, compared.

`create` hashes every file, holds it against earlier generations and writes the next one;
folders below that have a history of their own get theirs. `verify` hashes and writes
nothing, `diff` compares names and sizes only. The histories are those of the ASC's
reference tool, both ways.

Sealing the same files the same way again is the same unit: a repeated event makes no second
generation. To seal unchanged files once more, say another `date`.
"""

from __future__ import annotations

from functions.contract.operation import Example, Operation, imported
from functions.seal.request import SealRequest

OPERATION = Operation(
    name="seal",
    request=SealRequest,
    open=imported("functions.seal.unit", "SealUnit"),
    summary="ASC MHL: seal a folder, verify it, compare it",
    example=Example(request={"input": "s3://plates/ABC_010_020_PL01_v001/", "mode": "verify"}),
    lines=imported("functions.seal.comparing", "lines"),
    shapes=("functions.seal", "functions.sidecars"),
)
