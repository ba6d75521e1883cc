"""What a camera showed, as the sidecars that other operations take: framelines and CDL."""

from __future__ import annotations

from contextlib import suppress

from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest
from functions.inspect.request import output_name


def camera_files(facts: ClipFacts) -> dict[str, bytes]:
    """Contents by name, for the output: `<clip>.camera.fdl` and `<clip>.camera.cdl`."""
    camera, name = facts.camera, output_name(facts.name)
    found: dict[str, bytes] = {}
    if camera.framelines:
        from functions.sidecars.fdl.framelines import framelines_fdl

        with suppress(InvalidRequest):  # a squeeze or size that no list holds
            found[f"{name}.camera.fdl"] = framelines_fdl(
                facts.name, facts.width, facts.height, camera.framelines,
                squeeze=camera.squeeze or 1.0,
            )  # fmt: skip
    if camera.grade is not None:
        from functions.contract.amf import Cdl
        from functions.sidecars.cdl.write import write_cdl

        grade = camera.grade
        cdl = Cdl(
            slope=grade.slope, offset=grade.offset, power=grade.power, saturation=grade.saturation
        )
        found[f"{name}.camera.cdl"] = write_cdl(
            [(camera.look or facts.name, cdl)], media=facts.name, input_space=grade.space
        )
    return {name: content for name, content in found.items() if content}
