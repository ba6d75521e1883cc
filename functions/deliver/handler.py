"""deliver: masters by named profile, from raw clips, movies and stills.

A profile says file, colour and depth; the request may add framing, looks, name, number and
timecode of the first frame on the timeline, and a slate and a leader before it. Colour is of
the exact tier: within half a code value of 10 bits of OpenColorIO, two half-float units for
scene-linear light. Movies carry the clip's sound, to the sample.

A unit may make a part of a master: `frames` of its `whole`.
"""

from __future__ import annotations

from functions.contract.operation import Example, Operation, imported
from functions.deliver.request import DeliverRequest
from functions.deliver.splitting import ending, splitting
from functions.picture import LOADS, SHAPES

OPERATION = Operation(
    name="deliver",
    request=DeliverRequest,
    open=imported("functions.deliver.unit", "DeliverUnit"),
    summary="masters by named profile: ACES EXR, PQ TIFF, DPX, ProRes, DNxHR",
    example=Example(
        request={
            "input": "s3://conform/reel1/reel1.%07d.exr",
            "output": "s3://masters/reel1/",
            "profile": "rec709-dpx",
            "start": 86400,
        },
        output="reel1.0086400.dpx",
        frame=86400,
    ),
    splitting=splitting,
    ending=ending,
    shapes=(*SHAPES, "functions.deliver"),
    loads=("functions.deliver.unit", *LOADS),
)
