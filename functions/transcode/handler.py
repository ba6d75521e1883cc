"""transcode: dailies and proxies. Any clip in, one movie out, with colour, burn-ins and sound.

Pictures pass the picture room (AMF, looks, framing, output space) and go straight into the
encoder's planes; burn-ins are drawn over them afterwards. Frames of a part are numbered as in
the clip: a unit of the frames 24 to 47 makes just those, with their timecode, the samples of
sound that belong to them, and key frames where the whole movie has them, so that `stitch`
joins parts to the movie that one unit would have made.
"""

from __future__ import annotations

from functions.contract.operation import Example, Operation, imported
from functions.picture import LOADS, SHAPES
from functions.transcode.request import TranscodeRequest
from functions.transcode.splitting import ending, splitting

OPERATION = Operation(
    name="transcode",
    request=TranscodeRequest,
    open=imported("functions.transcode.unit", "TranscodeUnit"),
    summary="dailies and proxies: ProRes, DNxHR, H.264, H.265, AV1 with look, burn-ins and sound",
    example=Example(
        request={
            "input": "s3://camera/A001/",
            "output": "s3://dailies/A001/",
            "codec": "h264",
            "burn_in": ["timecode", "reel"],
            "width": 1920,
            "height": 1080,
        },
        output="A001.mp4",
    ),
    splitting=splitting,
    ending=ending,
    shapes=(*SHAPES, "functions.transcode"),
    loads=("functions.transcode.unit", *LOADS),
)
