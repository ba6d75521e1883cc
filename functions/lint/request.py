"""The request of lint, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from functions.contract import uris
from functions.contract.operation import Request

_URI = {"format": "uri"}


class LintRequest(Request, frozen=True, kw_only=True):
    """Check a delivery."""

    input: Annotated[str, Meta(description="folder or prefix", extra_json_schema=_URI)]
    output: (
        Annotated[str, Meta(description="folder for the reports", extra_json_schema=_URI)] | None
    ) = None
    profile: Annotated[
        Literal["plate", "frames"],
        Meta(description="VFX plates in ACES2065-1 with their package, or frames alone"),
    ] = "plate"
    pixels: Annotated[
        Literal["all", "some", "none"],
        Meta(description="decode every frame, first, middle and last, or none"),
    ] = "all"
    checksum: Annotated[bool, Meta(description="hold files against the hashes of their MHL")] = True
    fail: Annotated[
        Literal["never", "error", "warning"],
        Meta(description="end with damaged_source (exit 12) where something so bad was found"),
    ] = "never"


def output_name(uri: str) -> str:
    """The folder's name with odd characters replaced."""
    name = uris.basename(uri.rstrip("/"))
    return uris.legal_name(name, "delivery")
