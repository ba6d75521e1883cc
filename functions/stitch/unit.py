"""One stitch: parts of one movie, found and joined."""

from __future__ import annotations

from typing import Any

from functions.contract import uris
from functions.contract.operation import Result, Work
from functions.contract.receipt import Frames
from functions.contract.segments import is_receipt
from functions.contract.store import Stat
from functions.stitch.joining import check_fit, find_parts, join
from functions.stitch.request import StitchRequest, output_name


class StitchUnit:
    """One movie of many."""

    def __init__(self, request: StitchRequest, work: Work) -> None:
        self.request, self.work = request, work

    def sources(self) -> tuple[Stat, ...]:
        """Parts that are named themselves.

        The name of a receipt is a unit's identity and says already what that unit makes: so a
        stitch has its own identity before its parts exist, and a job can be planned.
        """
        request = self.request
        named = [*request.parts, *([request.sound] if request.sound else [])]
        return tuple(self.work.store.stat(uri) for uri in named if not is_receipt(uri))

    def run(self) -> Result:
        """Join; see the docstring of the handler."""
        request, work = self.request, self.work
        stats, first = find_parts(request, work)
        target, name = work.scratch / "stitched", self._name(stats)
        with work.stage("encode"):
            report = join(request, work, stats, target)
        work.commit(name, target)
        target.unlink(missing_ok=True)
        if request.name is None:
            work.assume("name", name.rpartition(".")[0])
        count = int(report["frames"])
        return Result(frames=Frames(first, first + count - 1, count), report=report)

    def explain(self) -> dict[str, Any]:
        """Opens every part and checks that they fit; writes nothing."""
        stats, first = find_parts(self.request, self.work)
        told = check_fit(self.request, self.work, stats)
        count = int(told["frames"])
        return {
            **told,
            "frames": {"first": first, "last": first + count - 1, "count": count},
            "outputs": {"first": self._name(stats)},
        }

    def _name(self, stats: list[Stat]) -> str:
        extension = uris.basename(stats[0].uri).rpartition(".")[2].lower()
        return f"{output_name(self.request, stats[0].uri)}.{extension}"

    def close(self) -> None:
        """Nothing stays open."""
