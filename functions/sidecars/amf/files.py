"""Rules about files that an AMF names: where they may lie, their hashes, the CDLs in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator

from functions.contract.amf import ClipId, ColourStep, FileHash, Reference
from functions.contract.errors import RushesError, SourceNotFound
from functions.sidecars.cdl.read import read_cdls
from functions.sidecars.findings import Finding, Severity, finding_at
from functions.sidecars.paths_beside import file_name, wrong_path

FileContent = Callable[[str], bytes | None]
CDL_SUFFIXES = frozenset({"cc", "ccc", "cdl"})
LUT_SUFFIXES = frozenset({"clf", "ctf", "cube", "3dl", "csp", "spi1d", "spi3d", "spimtx", "lut"})
_DIGESTS = {"sha256": 32, "sha1": 20, "md5": 16}


def clip_file(clip: ClipId) -> Iterator[Finding]:
    """The clip's own file is only compared by name, never opened: odd paths are warnings."""
    wrong = wrong_path(clip.file) if clip.file is not None else None
    if wrong:
        yield Finding(
            severity="warning",
            code=wrong[0],
            sentence=f"the clip's file {clip.file!r} {wrong[1]}: only its name is used",
            where=clip.where,
            line=clip.line,
        )


def check_files(
    step: ColourStep, content: FileContent | None, *, needed: bool
) -> Iterator[Finding]:
    """Every file of a step: its path, its hash, and the CDL that is asked of it.

    needed : the step is still to be applied, so that a missing file is an error
    """
    for reference in step.references():
        digest = reference.hash or (step.hash if reference is step.reference else None)
        if digest:
            yield from _hash_shape(reference, digest)
        if reference.file is None:
            continue
        wrong = wrong_path(reference.file)
        if wrong:
            yield finding_at(reference, "error", wrong[0], f"file {reference.file!r} {wrong[1]}")
            continue
        yield from _suffix(step, reference)
        if content is not None:
            yield from _content(step, reference, digest, content, needed)
    if step.cdl_id is not None and step.reference is None:
        sentence = f"CDL {step.cdl_id!r} is asked for, but no file that holds it is named"
        where, line = step.where, step.line
        yield Finding(
            severity="error" if needed else "warning",
            code="cdl_without_file",
            sentence=sentence,
            where=where,
            line=line,
        )


def _hash_shape(reference: Reference, digest: FileHash) -> Iterator[Finding]:
    if len(_digest(digest)) != _DIGESTS[digest.algorithm]:
        sentence = (
            f"{digest.value} is no base64 of a {digest.algorithm} digest "
            f"({_DIGESTS[digest.algorithm]} bytes)"
        )
        yield finding_at(reference, "warning", "hash_shape", sentence)


def _digest(digest: FileHash) -> bytes:
    """The bytes meant: base64 as the schema has it, or hex where some tools write that."""
    size = _DIGESTS[digest.algorithm]
    try:
        if len(digest.value) == 2 * size:
            return bytes.fromhex(digest.value)
    except ValueError:
        pass
    try:
        return base64.b64decode(digest.value, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _suffix(step: ColourStep, reference: Reference) -> Iterator[Finding]:
    name = file_name(reference.file or "")
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    is_collection = step.cdl_id is not None and reference is step.reference
    fine = CDL_SUFFIXES if is_collection else LUT_SUFFIXES
    if suffix not in fine:
        wanted = ", ".join(sorted(fine))
        yield finding_at(reference, "warning", "odd_suffix", f"file {name!r} is none of {wanted}")
    elif not is_collection and suffix not in ("clf", "ctf"):
        sentence = f"file {name!r} is no CLF: its ends are taken to be ACES2065-1"
        yield finding_at(reference, "warning", "not_clf", sentence)


def _content(
    step: ColourStep,
    reference: Reference,
    digest: FileHash | None,
    content: FileContent,
    needed: bool,
) -> Iterator[Finding]:
    name = file_name(reference.file or "")
    severity: Severity = "error" if needed else "warning"
    try:
        data = content(name)
    except SourceNotFound:
        data = None
    if data is None:
        yield finding_at(
            reference, severity, "file_missing", f"file {name!r} is not beside the AMF"
        )
        return
    if digest:
        made = hashlib.new(digest.algorithm, data, usedforsecurity=False).digest()
        if made != _digest(digest):
            wanted = base64.b64encode(made).decode("ascii")
            sentence = (
                f"file {name!r} is not the one that was meant: its {digest.algorithm} is "
                f"{wanted}, the AMF says {digest.value}"
            )
            yield finding_at(reference, severity, "hash_mismatch", sentence)
    if step.cdl_id is not None and reference is step.reference:
        try:
            ids = list(read_cdls(data, name=name))
        except RushesError as error:
            yield finding_at(reference, severity, "cdl_file_broken", error.detail)
            return
        if step.cdl_id not in ids:
            there = ", ".join(ids[:8]) or "none"
            sentence = f"file {name!r} holds no CDL {step.cdl_id!r}; there is: {there}"
            yield finding_at(reference, severity, "cdl_missing", sentence)
