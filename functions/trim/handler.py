"""trim: a sub-range of a clip without re-encoding.

Sequences are copied file by file under their own names and numbers. Movies of intra codecs
are cut at the frame; long-GOP movies at a key frame, or with `snap` at the one before, which
is said. Timecode, sound, edit list, colour and metadata are right after the cut; the
container stays what it is.
"""

from __future__ import annotations

from functions.contract import uris
from functions.contract.operation import Example, Operation, imported
from functions.trim.request import TrimRequest

OPERATION = Operation(
    name="trim",
    request=TrimRequest,
    open=imported("functions.trim.unit", "TrimUnit"),
    summary="a sub-range of a clip without re-encoding",
    example=Example(
        request={
            "input": "s3://camera/B002.mov",
            "frames": "01:00:00:00-01:00:03:23",
            "output": "s3://cuts/B002/",
        },
        output="B002.mov",
    ),
    named_by_range=True,
    ending=lambda fields: uris.suffix(str(fields.get("input", ""))),
    shapes=("functions.media", "functions.trim"),
)
