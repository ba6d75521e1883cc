"""plate: a VFX plate with everything that ships beside it.

ACES2065-1 half-float EXR frames named and numbered as Netflix's public guide to VFX plates
asks, with handles as far as the media goes; the AMF that says what is applied and what is
left, `.cc` and `.cdl`, FDL, a viewing movie with the look, the turnover's event, and an ASC
MHL over all of it. The FDL's framing is cut out or scaled down, never up.
"""

from __future__ import annotations

from functions.contract.operation import Example, Operation, imported
from functions.picture import LOADS, SHAPES
from functions.plate.request import PlateRequest

OPERATION = Operation(
    name="plate",
    request=PlateRequest,
    open=imported("functions.plate.unit", "PlateUnit"),
    summary="VFX plates: ACES EXR with handles, AMF, CDL, FDL, viewing movie and MHL",
    example=Example(
        request={
            "input": "s3://camera/A001/A001_%06d.dng",
            "frames": "1009-1056",
            "output": "s3://plates/ABC_010_020_PL01_v001/",
            "amf": "s3://camera/A001/A001.amf",
            "handles": 8,
            "start": 1001,
        },
        output="ABC_010_020_PL01_v001.1001.exr",
        frame=1001,
    ),
    shapes=(*SHAPES, "functions.plate"),
    loads=("functions.plate.unit", *LOADS),
)
