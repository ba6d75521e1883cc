"""plate: a VFX plate with everything that ships beside it.

ACES2065-1 half-float EXR frames named and numbered as Netflix's public guide to VFX plates
asks, with handles as far as the media goes; the AMF that says what is applied and what is
left, `.cc` and `.cdl`, FDL, a viewing movie with the look, the turnover's event, and an ASC
MHL over all of it. The FDL's framing is cut out or scaled down, never up.
"""

from __future__ import annotations

from functions.contract.operation import Example, Opened, Operation, Work
from functions.plate.request import PlateRequest


def open_unit(request: PlateRequest, work: Work) -> Opened:
    """One unit; its code is imported when there is one."""
    from functions.plate.unit import PlateUnit

    return PlateUnit(request, work)


OPERATION = Operation(
    name="plate",
    request=PlateRequest,
    open=open_unit,
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
    shapes=(
        "kernels",
        "functions.media",
        "functions.colour",
        "functions.sidecars",
        "functions.picture",
        "functions.plate",
    ),
    loads=(
        "functions.plate.unit",
        "functions.picture.plan.make",
        "functions.picture.plan.sources",
        "functions.picture.frames.renderer",
    ),
)
