"""The request of lint, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Literal

from functions.contract import uris
from functions.contract.operation import Request, about


class LintRequest(Request, frozen=True, kw_only=True):
    """Check a delivery."""

    input: Annotated[str, about("folder or prefix", uri=True)]
    output: Annotated[str, about("folder for the reports", uri=True, unit="FOLDER")] | None = None
    profile: Annotated[
        Literal["plate", "frames"],
        about("VFX plates in ACES2065-1 with their package, or frames alone"),
    ] = "plate"
    pixels: Annotated[
        Literal["all", "some", "none"], about("decode every frame, first, middle and last, or none")
    ] = "all"
    checksum: Annotated[bool, about("hold files against the hashes of their MHL")] = True
    fail: Annotated[
        Literal["never", "error", "warning"],
        about("end with damaged_source (exit 12) where something so bad was found"),
    ] = "never"


def output_name(uri: str) -> str:
    """The folder's name with odd characters replaced."""
    name = uris.basename(uri.rstrip("/"))
    return uris.legal_name(name, "delivery")
