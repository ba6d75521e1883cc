"""What a plate, its frames and its folders are called, and how its frames are numbered.

Netflix's public guide to VFX plates: `<shot>_<PLATE><nn>_v<nnn>.<frame>.exr` in
`<shot>_<plate>_v<nnn>/<W>x<H>/`, letters, digits and underscores only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from functions.contract import uris
from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange
from functions.contract.store import Store

SHOT = r"^[A-Za-z0-9]+(_[A-Za-z0-9]+)*$"
PLATE = r"^[A-Z]+[0-9]{2}$"
_NAME = re.compile(
    r"^(?P<shot>[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*)_(?P<plate>[A-Z]+\d{2})_v(?P<v>\d{3,4})$"
)
_TIMECODE_DIGITS = 7  # a day at 60 frames a second has 5 184 000


@dataclass(frozen=True, slots=True)
class PlateName:
    """`base` names the folder and starts the name of every file in it."""

    shot: str
    plate: str
    version: int

    @property
    def base(self) -> str:
        """`ABC_010_PL01_v001`."""
        return f"{self.shot}_{self.plate}_v{self.version:03d}"


@dataclass(frozen=True, slots=True)
class Numbering:
    """Frame numbers of the plate: the clip's own plus an offset.

    cut : the clip's own numbers without handles; whole, with those that are there
    """

    cut: FrameRange
    whole: FrameRange
    offset: int
    digits: int

    def number(self, own: int) -> int:
        """The plate's number of the clip's own frame."""
        return own + self.offset

    @property
    def handles(self) -> tuple[int, int]:
        """Frames before and after the cut."""
        return self.cut.start - self.whole.start, self.whole.stop - self.cut.stop


def shot_of(clip_name: str) -> str:
    """A legal shot from a clip's name: what a plate is called when nobody names it."""
    return re.sub(r"[^A-Za-z0-9]+", "_", clip_name).strip("_") or "clip"


def plate_name(
    output: str, shot: str | None, plate: str | None, version: int | None, clip_name: str
) -> tuple[PlateName, str]:
    """The plate's name, and the folder of its package relative to `output` ("" for itself).

    An output folder that is called like a plate is the package, and says what the request
    leaves out; where neither names the shot, the clip does. Raises InvalidRequest where they
    disagree.
    """
    found = _NAME.match(uris.basename(output.rstrip("/")))
    if found is not None:
        said = PlateName(
            shot or found["shot"],
            plate or found["plate"],
            int(found["v"]) if version is None else version,
        )
        if said.base == found[0]:
            return said, ""
        if shot is None:
            raise InvalidRequest(
                f"the output folder is called {found[0]}, the request says {said.base}",
                field="output",
            )
    name = PlateName(shot or shot_of(clip_name), plate or "PL01", version or 1)
    return name, f"{name.base}/"


def next_version(output: str, name: PlateName, folder: str, store: Store) -> int:
    """The first version above all of the plate's that stand where its package does.

    folder : of the package, as `plate_name` gives it
    """
    above = uris.folder(output) if folder else uris.parent(output.rstrip("/"))
    taken = [name.version]
    for each in store.folders(above):
        found = _NAME.match(uris.basename(each.rstrip("/")))
        if found is not None and (found["shot"], found["plate"]) == (name.shot, name.plate):
            taken.append(int(found["v"]))
    return max(taken) + 1


def plan_numbers(
    cut: FrameRange,
    own: FrameRange,
    facts: ClipFacts,
    *,
    handles: int,
    start: int | None,
    numbering: Literal["timecode", "clip"],
) -> Numbering:
    """Handles as far as the media goes, and the plate's numbers.

    cut, own : the wanted and all of the clip's own numbers
    start : the plate's number of the first frame of the cut; handles come before it
    numbering : without `start`: frames of the source timecode since midnight, or the clip's
        own numbers (which a clip without timecode has anyway)

    Raises InvalidRequest for stepped frames and for handles that begin below 0.
    """
    if cut.step != 1:
        raise InvalidRequest("a plate has every frame: no step and no list", field="frames")
    # The cut itself is never made shorter: where its frames are not there, their reader says so.
    first = min(cut.start, max(own.start, cut.start - handles))
    whole = FrameRange(first, max(cut.stop, min(own.stop, cut.stop + handles)))
    digits = max(4, facts.padding)
    if start is not None:
        offset, digits = start - cut.start, 4
    elif numbering == "timecode" and facts.start is not None:
        offset, digits = facts.start.frame - own.start, _TIMECODE_DIGITS
    else:
        offset = 0
    if whole.start + offset < 0:
        raise InvalidRequest(
            f"{cut.start - whole.start} handles before frame {start} begin below 0", field="start"
        )
    return Numbering(cut, whole, offset, max(digits, len(str(whole.last + offset))))
