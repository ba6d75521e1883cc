"""Which operations there are: one line each, and only the chosen handler is imported."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import msgspec

from functions.contract.errors import InvalidRequest
from functions.contract.operation import Operation


class Entry(msgspec.Struct, frozen=True):
    """Where a handler is, and its summary for `--help`, which must not import it."""

    module: str
    summary: str


OPERATIONS: Mapping[str, Entry] = {
    name: Entry(f"functions.{name}.handler", summary)
    for name, summary in {
        "inspect": "what is in a clip: report, findings, contact sheet",
        "debayer": "camera raw to scene-linear ACES EXR frames",
        "trim": "a sub-range of a clip without re-encoding",
        "stitch": "parts of one movie joined without re-encoding",
        "plate": "VFX plates: ACES EXR with handles, AMF, CDL, FDL, viewing movie and MHL",
        "transcode": "dailies and proxies: ProRes, DNxHR, H.264, H.265, AV1 with look, burn-ins "
        "and sound",
        "deliver": "masters by named profile: ACES EXR, PQ TIFF, DPX, ProRes, DNxHR",
        "seal": "ASC MHL: seal a folder, verify it, compare it",
        "lint": "checks a plate delivery: names, frames, headers, pixels, sidecars, seals",
        "pull": "a turnover (EDL, OTIO, FCPXML, FCP 7 XML, AAF, ALE, CSV) to a job of plates",
        "report": "what became of a job's units: numbers, and a page with its frames",
        "index": "what was shot, as one searchable file: clips, cards, seals, thumbnails",
        "dispatch": "a job of clips, cut into units and sent to the functions",
    }.items()
}


class Catalog:
    """Operations by name.

    entries : other ones than the project's own, for tests
    """

    def __init__(self, entries: Mapping[str, Entry] = OPERATIONS) -> None:
        self._entries = dict(entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def names(self) -> tuple[str, ...]:
        """Every operation, in the order in which people meet them."""
        return tuple(self._entries)

    def summary(self, name: str) -> str:
        """One line about an operation."""
        return self.entry(name).summary

    def load(self, name: str) -> Operation:
        """Import one handler and take its OPERATION.

        Raises InvalidRequest for a name that is not in the catalog.
        """
        operation = import_module(self.entry(name).module).OPERATION
        assert isinstance(operation, Operation)
        return operation

    def entry(self, name: str) -> Entry:
        """Where an operation is. Raises InvalidRequest for a name that is not in the catalog."""
        entry = self._entries.get(name)
        if entry is None:
            raise InvalidRequest(
                f"there is no operation {name!r}: there are {', '.join(self._entries)}",
                field="operation",
            )
        return entry
