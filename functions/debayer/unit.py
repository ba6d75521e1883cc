"""One debayer: which frames, what is written, and what would be."""

from __future__ import annotations

from typing import Any

from functions.contract.frames import FrameRange
from functions.contract.operation import Result, Work, count_frames
from functions.debayer.request import DebayerRequest, output_name, picture_spec_of
from functions.picture.unit import PictureUnit


class DebayerUnit(PictureUnit[DebayerRequest]):
    """One EXR a frame, and what decides about them beside."""

    def __init__(self, request: DebayerRequest, work: Work) -> None:
        super().__init__(request, picture_spec_of(request), work)

    def run(self) -> Result:
        """Write them; see the docstring of the handler."""
        from functions.debayer.pipeline import develop_frames
        from functions.debayer.sidecars import write_sidecars

        frames = self._frames()
        self.work.limits.check_frames(len(frames))
        develop_frames(self.request, self.pictures, frames, self.work)
        report = write_sidecars(self.request, self.pictures, self.work)
        return Result(frames=count_frames(frames), report=report)

    def explain(self) -> dict[str, Any]:
        """Frame mapping, canvas, colour steps and output names, from headers only."""
        from functions.debayer.plan import plan_debayer

        return plan_debayer(self.request, self.pictures, self._frames(), self.work)

    def _frames(self) -> FrameRange:
        """The frames of the request; what it left out is noted as assumed."""
        frames = self.pictures.open().resolve()
        if self.request.name is None:
            self.work.assume("name", output_name(self.request, self.pictures.facts.name))
        return frames
