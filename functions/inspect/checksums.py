"""xxh64 of a clip's files, each taken while its content is at hand."""

from __future__ import annotations

from functions.contract.operation import Work
from functions.contract.store import Stat

_BLOCK = 1 << 22


class Checksums:
    """Hashes by file; None of each where none is wanted.

    A store keeps the content of the file that was opened last, so whoever opens one for its
    header asks for its hash next, and it is fetched once for both.
    """

    def __init__(self, work: Work, *, wanted: bool) -> None:
        self._work, self._wanted = work, wanted
        self._found: dict[str, str] = {}

    def of(self, stat: Stat) -> str | None:
        """16 hex digits; reads the file unless that was done."""
        if not self._wanted:
            return None
        if stat.uri not in self._found:
            self._found[stat.uri] = self._read(stat.uri)
        return self._found[stat.uri]

    def _read(self, uri: str) -> str:
        import xxhash

        digest, work = xxhash.xxh64(), self._work
        with work.stage("fetch"), work.store.open(uri) as stream:
            while block := stream.read(_BLOCK):
                work.check()
                digest.update(block)
        return digest.hexdigest()
