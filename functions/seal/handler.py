"""seal: ASC MHL generations over a folder or prefix: made, verified, compared.

`create` hashes every file, holds it against earlier generations and writes the next one;
folders below that have a history of their own get theirs. `verify` hashes and writes
nothing, `diff` compares names and sizes only. The histories are those of the ASC's
reference tool, both ways.

Sealing the same files the same way again is the same unit: a repeated event makes no second
generation. To seal unchanged files once more, say another `date`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from functions.contract.errors import InvalidRequest
from functions.contract.operation import Operation, Request, Result, Work
from functions.contract.store import Stat, Store

_URI = {"format": "uri"}
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
Format = Literal["xxh64", "xxh3", "xxh128", "md5", "sha1", "c4", "sha256"]


class SealRequest(Request, frozen=True, kw_only=True):
    """Seal a folder, or check a sealed one."""

    input: Annotated[str, Meta(description="folder or prefix", extra_json_schema=_URI)]
    output: (
        Annotated[
            str,
            Meta(
                description="folder that gets `ascmhl/`; the input itself if not said",
                extra_json_schema=_URI,
            ),
        ]
        | None
    ) = None
    mode: Annotated[
        Literal["create", "verify", "diff"],
        Meta(description="write a generation; hash and compare; compare names and sizes"),
    ] = "create"
    formats: Annotated[
        tuple[Format, ...], Meta(description="hashes to write", min_length=1, max_length=7)
    ] = ("xxh64",)
    ignore: Annotated[
        tuple[str, ...], Meta(description="more patterns to leave out, as git writes them")
    ] = ()
    renames: Annotated[bool, Meta(description="find renamed files by their hashes")] = False
    date: (
        Annotated[str, Meta(description="of the generation, ISO 8601; the newest file's if not")]
        | None
    ) = None
    author: Annotated[str, Meta(description="who seals")] | None = None
    location: Annotated[str, Meta(description="where")] | None = None
    comment: Annotated[str, Meta(description="free text")] | None = None

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


def run(request: SealRequest, work: Work) -> Result:
    """Write a generation, or check against what is written; see the module's docstring.

    Raises DamagedSource naming the files whose hash differs, SourceNotFound for files that
    a generation lists and that are gone; a `create` has then written what it found.
    """
    from functions.seal import sealing

    if request.mode == "create":
        return sealing.create(request, work)
    return sealing.check(request, work)


def explain(request: SealRequest, work: Work) -> dict[str, Any]:
    """Files, bytes and the manifests that would be written; nothing is hashed."""
    from functions.seal.sealing import plan

    return plan(request, work)


def sources(request: SealRequest, store: Store) -> Iterable[Stat]:
    """Stats of every file below the folder, its histories left out of `create`: the
    generation that a unit writes must not make it another unit."""
    from functions.seal.sealing import all_files

    return all_files(request, store)


OPERATION = Operation(
    name="seal",
    request=SealRequest,
    run=run,
    explain=explain,
    sources=sources,
    summary="ASC MHL: seal a folder, verify it, compare it",
    shapes=("functions.seal", "functions.sidecars"),
)
