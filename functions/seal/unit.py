"""One seal or check of a folder."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from functions.contract.operation import Result, Work
from functions.contract.store import Stat
from functions.seal.request import SealRequest
from functions.seal.sealing import Looked, all_files, check, create, look, plan


class SealUnit:
    """A folder with its histories, looked at once."""

    def __init__(self, request: SealRequest, work: Work) -> None:
        self.request, self.work = request, work

    @cached_property
    def _looked(self) -> Looked:
        return look(self.request, self.work.store)

    def sources(self) -> tuple[Stat, ...]:
        """Every file below the folder; its histories are left out of `create`: the generation
        that a unit writes must not make it another unit."""
        return tuple(all_files(self.request, self._looked, self.work.store))

    def run(self) -> Result:
        """Write a generation, or check against what is written.

        Raises DamagedSource naming the files whose hash differs, SourceNotFound for files that
        a generation lists and that are gone; a `create` has then written what it found.
        """
        do = create if self.request.mode == "create" else check
        return do(self.request, self._looked, self.work)

    def explain(self) -> dict[str, Any]:
        """Files, bytes and the manifests that would be written; nothing is hashed."""
        return plan(self.request, self._looked, self.work)

    def close(self) -> None:
        """Nothing stays open."""
