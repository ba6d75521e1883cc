"""A turnover of any kind from its bytes, by the extension of its name."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import PurePosixPath

from functions.contract.errors import InvalidRequest, LimitExceeded, UnsupportedMedia
from functions.turnover.model import Turnover

MAX_BYTES = 256 << 20
_SUFFIXES = (
    ".aaf", ".ale", ".csv", ".edl", ".fcpxml", ".fcpxmld", ".otio", ".otiod", ".otioz", ".tsv",
    ".txt", ".xml",
)  # fmt: skip


def inside_bundle(uri: str) -> str:
    """The file that holds the timeline of a bundle that is a folder; others are themselves."""
    plain = uri.rstrip("/")
    inner = {".otiod": "content.otio", ".fcpxmld": "Info.fcpxml"}
    name = inner.get(PurePosixPath(plain).suffix.lower())
    return f"{plain}/{name}" if name else uri


def read_turnover(data: bytes, name: str, rate: Fraction | None = None) -> Turnover:
    """The picture events of a timeline, a log or a list.

    Parameters
    ----------
    name : ends in .edl, .otio, .otioz, .fcpxml, .xml (Final Cut Pro 7), .aaf, .ale, .csv, .tsv
    rate : of the timecode of an EDL, ALE or pull list where the document says none

    Raises UnsupportedMedia for another extension, InvalidRequest for a document that does
    not read or holds no picture, LimitExceeded over 256 MiB or too deep.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in _SUFFIXES:
        known = ", ".join(_SUFFIXES)
        raise UnsupportedMedia(f"{name}: a turnover is one of {known}", field="timeline")
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"{name} has {len(data)} bytes, at most {MAX_BYTES} are read")
    turnover = _read(data, name, suffix, rate)
    if not turnover.events:
        sounds = f", and {turnover.sounds} that are sound alone" if turnover.sounds else ""
        raise InvalidRequest(
            f"{name} has no picture that could be pulled{sounds}", field="timeline"
        )
    return replace(turnover, title=turnover.title.strip()[:200] or PurePosixPath(name).stem)


def _read(data: bytes, name: str, suffix: str, rate: Fraction | None) -> Turnover:
    if suffix == ".edl":
        from functions.turnover.readers.edl import read_edl

        return read_edl(data, name, rate)
    if suffix in (".otio", ".otioz", ".otiod"):
        from functions.turnover.readers.otio import read_otio

        return read_otio(data, name, MAX_BYTES)
    if suffix in (".fcpxml", ".fcpxmld"):
        from functions.turnover.readers.fcpxml import read_fcpxml

        return read_fcpxml(data, name)
    if suffix == ".xml":
        return _read_xml(data, name)
    if suffix == ".aaf":
        from functions.turnover.readers.aaf import read_aaf

        return read_aaf(data, name)
    if suffix == ".ale":
        from functions.turnover.readers.ale import read_ale

        return read_ale(data, name, rate)
    from functions.turnover.readers.pull_list import read_pull_list

    return read_pull_list(data, name, rate)


def _read_xml(data: bytes, name: str) -> Turnover:
    """Premiere and Resolve call both kinds so."""
    head = data[:4096].replace(b"\0", b"")
    if b"<fcpxml" in head:
        from functions.turnover.readers.fcpxml import read_fcpxml

        return read_fcpxml(data, name)
    from functions.turnover.readers.xmeml import read_xmeml

    return read_xmeml(data, name)
