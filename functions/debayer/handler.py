"""debayer: camera raw in, a sequence of scene-linear EXR out, of halves or floats.

Levels, white balance, demosaic, camera matrix to ACES2065-1 and half float happen in one
pass over each frame; an AMF's looks and an FDL's framing are obeyed where they are given, and
what was done is said in the AMF and FDL beside the frames. Threads share the unit by runs of
neighbouring frames, each with its own reader and buffers, so that reading, kernels, encoding
and writing overlap and the bytes of a frame never depend on how a clip was split.
"""

from __future__ import annotations

from functions.contract.operation import Example, Operation, imported
from functions.debayer.request import DebayerRequest
from functions.debayer.splitting import splitting
from functions.picture import LOADS, SHAPES

OPERATION = Operation(
    name="debayer",
    request=DebayerRequest,
    open=imported("functions.debayer.unit", "DebayerUnit"),
    summary="camera raw to scene-linear ACES EXR frames",
    example=Example(
        request={
            "input": "s3://camera/A001/A001_%06d.dng",
            "frames": "1001-1024",
            "output": "s3://plates/A001/",
            "compression": "zip",
        },
        output="A001.1001.exr",
        frame=1001,
    ),
    splitting=splitting,
    shapes=(*SHAPES, "functions.debayer"),
    loads=(
        "functions.debayer.unit",
        "functions.debayer.pipeline",
        "functions.debayer.sidecars",
        *LOADS,
    ),
)
