"""lint: checks any plate delivery, ours or another house's, before somebody sends it back.

Names, versions, numbers, headers, pixels, sidecars and seals; every finding has a severity,
a stable code and a sentence. The files are read and never changed.
"""

from __future__ import annotations

from functions.contract.operation import Example, Operation, imported
from functions.lint.request import LintRequest

OPERATION = Operation(
    name="lint",
    request=LintRequest,
    open=imported("functions.lint.unit", "LintUnit"),
    summary="checks a plate delivery: names, frames, headers, pixels, sidecars, seals",
    example=Example(
        request={
            "input": "s3://plates/ABC_010_020_PL01_v001/",
            "output": "s3://reports/",
            "fail": "error",
        },
        output="lint.json",
    ),
    shapes=("functions.lint", "functions.media", "functions.sidecars"),
)
