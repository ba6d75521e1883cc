"""dispatch: a job of clips in, one event a unit out, and a report of what became of them.

The job is planned into units, the plan is committed, units whose receipts stand are
skipped, and the rest goes to the sink with bounded work in flight and retries. Nothing is
remembered outside the storage: killed at any point and started again, a job goes on where
it was. A job is looked at anew each time, so it leaves a report and no receipt of its own.
"""

from __future__ import annotations

from functions.contract.operation import Example, Operation, imported
from functions.dispatch.request import DispatchRequest

OPERATION = Operation(
    name="dispatch",
    request=DispatchRequest,
    open=imported("functions.dispatch.unit", "DispatchUnit"),
    summary="a job of clips, cut into units and sent to the functions",
    example=Example(
        request={
            "output": "s3://plates/turnover7/",
            "defaults": {"compression": "zip"},
            "units": {"target_seconds": 30},
            "clips": [
                {"operation": "debayer", "input": "s3://camera/A001/", "frames": "1001-1100"},
                {"operation": "debayer", "input": "s3://camera/A002/"},
            ],
        },
        report={"job": "3f2a9c0d5b7e41868f0c2d1e9a4b6c75", "complete": True},
    ),
    lines=imported("functions.jobs.report", "lines"),
    dispatches=True,
)
