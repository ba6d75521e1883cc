"""The request of seal, and what follows from it alone."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec

from functions.contract.errors import InvalidRequest
from functions.contract.operation import Request, about

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
Format = Literal["xxh64", "xxh3", "xxh128", "md5", "sha1", "c4", "sha256"]


class SealRequest(Request, frozen=True, kw_only=True):
    """Seal a folder, or check a sealed one."""

    input: Annotated[str, about("folder or prefix", uri=True)]
    output: (
        Annotated[
            str,
            about(
                "folder that gets `ascmhl/`; the input itself if not said", uri=True, unit="FOLDER"
            ),
        ]
        | None
    ) = None
    mode: Annotated[
        Literal["create", "verify", "diff"],
        about("write a generation; hash and compare; compare names and sizes"),
    ] = "create"
    formats: Annotated[tuple[Format, ...], about("hashes to write", min_length=1, max_length=7)] = (
        "xxh64",
    )
    ignore: Annotated[tuple[str, ...], about("more patterns to leave out, as git writes them")] = ()
    renames: Annotated[bool, about("find renamed files by their hashes")] = False
    date: (
        Annotated[str, about("of the generation, ISO 8601; the newest file's if not", unit="DATE")]
        | None
    ) = None
    author: Annotated[str, about("who seals")] | None = None
    location: Annotated[str, about("where")] | None = None
    comment: Annotated[str, about("free text")] | None = None

    def __post_init__(self) -> None:
        """Name the output: the sealed folder itself, unless nothing is written."""
        if self.mode == "create" and self.output is None:
            msgspec.structs.force_setattr(self, "output", self.input)
        if self.mode != "create" and self.output is not None:
            raise InvalidRequest(f"{self.mode} writes nothing: no output", field="output")
        if self.formats == ("sha256",):
            raise InvalidRequest(
                "a manifest's entry needs one of xxh64, xxh3, xxh128, md5, sha1, c4: sha256 goes "
                "beside it",
                field="formats",
            )
        for name in ("author", "location", "comment", "ignore"):
            if _NO_XML.search("".join(getattr(self, name) or "")):
                raise InvalidRequest(f"{name} has characters that XML cannot hold", field=name)
        if self.date is not None:
            from functions.seal.dates import parse_date

            parse_date(self.date)
