"""stitch: parts of one movie into one file, without re-encoding.

Parts are whole movies of consecutive frames, made with the same settings; each is a URI of a
movie or of the receipt of the unit that made one. The result equals a movie made in one piece
in frame count, timecode and length of sound, and in every packet of an intra codec. Parts
that do not fit are named, with what does not.
"""

from __future__ import annotations

from functions.contract import uris
from functions.contract.operation import Example, Operation, imported
from functions.stitch.request import StitchRequest

OPERATION = Operation(
    name="stitch",
    request=StitchRequest,
    open=imported("functions.stitch.unit", "StitchUnit"),
    summary="parts of one movie joined without re-encoding",
    example=Example(
        request={
            "parts": ["s3://dailies/parts/B002_1.mov", "s3://dailies/parts/B002_2.mov"],
            "output": "s3://dailies/B002/",
        },
        output="B002.mov",
    ),
    ending=lambda fields: uris.suffix(fields["parts"][0]) if fields.get("parts") else None,
    shapes=("functions.media", "functions.stitch"),
)
