"""What ships beside the frames: the AMF and the FDL that say what was done to them."""

from __future__ import annotations

from typing import Any

from functions.contract.operation import Work
from functions.debayer.request import DebayerRequest, output_name
from functions.picture import Pictures


def write_sidecars(
    request: DebayerRequest, pictures: Pictures, work: Work
) -> dict[str, Any] | None:
    """Commit them; the receipt's report, None for a request without decisions.

    They are the clip's and not the unit's: each part of a split clip writes the same bytes.
    """
    if not request.decides:
        return None
    for name, content in sidecars(request, pictures).items():
        work.commit(name, content)
    return pictures.plan.report()


def sidecar_names(request: DebayerRequest, pictures: Pictures) -> tuple[str, ...]:
    """Names under the output, in order."""
    return tuple(sidecars(request, pictures))


def sidecars(request: DebayerRequest, pictures: Pictures) -> dict[str, bytes]:
    """Content by name: `<name>.amf` with the files that it names, `<name>.fdl`."""
    plan, name = pictures.plan, output_name(request, pictures.facts.name)
    found: dict[str, bytes] = {}
    if request.decides_colour:
        found[f"{name}.amf"] = plan.amf_after
        found |= plan.files_after
    if plan.fdl_after is not None:
        found[f"{name}.fdl"] = plan.fdl_after
    return found
