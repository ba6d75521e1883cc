"""pull: a turnover from editorial becomes a job of plates.

The events of an EDL, OTIO, FCPXML, Final Cut Pro 7 XML, AAF, ALE or pull list are matched to
the clips below the media folders; the answer is the job that `dispatch` runs, a timeline
whose shots are the coming plates, and what became of every picture event. Both are written
into the output too. Other media, or plates that stand meanwhile, make another unit.
"""

from __future__ import annotations

from functions.contract.operation import Example, Operation, imported
from functions.pull.request import PullRequest

OPERATION = Operation(
    name="pull",
    request=PullRequest,
    open=imported("functions.pull.unit", "PullUnit"),
    summary="a turnover (EDL, OTIO, FCPXML, FCP 7 XML, AAF, ALE, CSV) to a job of plates",
    example=Example(
        request={
            "input": "s3://editorial/reel1.fcpxml",
            "output": "s3://plates/reel1/",
            "media": ["s3://camera/"],
            "start": 1001,
        }
    ),
    shapes=("functions.turnover", "functions.pull"),
)
