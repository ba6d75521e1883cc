"""Lines of a CMX 3600 list: edits with the remarks that follow them.

The columns are told by what stands in them and not by their place: every system that
writes long reels moves them. Lines are read from their end by their words, in time that
grows with their length.

Reference: CMX 3600 format, SMPTE ST 258.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from functions.contract.amf import Cdl
from functions.contract.numbers import read_exact
from functions.turnover.model import is_shot_name
from functions.turnover.readers.facts import file_name, parse_cdl

_LABEL = re.compile(r"\d\d[:;.,]\d\d[:;.,]\d\d[:;.,]\d{2,3}", re.ASCII)
_DIGITS = re.compile(r"[:;.,]")
_FRAMES = re.compile(r"-?\d{1,12}", re.ASCII)
_CHANNEL = re.compile(r"(?:NONE|[ABV][A-Z0-9/]{0,15})")
_KIND = re.compile(r"(?:C|D|W\d{0,4}|K[BO]?)")
_LONGEST = 4096
_TOGETHER = 16  # lines of one event: pictures and tracks of sound, going out and coming in
_BLACK = {"BL", "BLK", "BLACK"}
# Statements that change no frame of a picture.
_PASSED = ("AUD", "EFFECTS", "BLEND", "GPI", "TRIGGER", "DLEDL", "MASTER", "SLAVE")
_NAMES = {
    "FROM CLIP NAME": "from",
    "FROM CLIP": "from_file",
    "FROM FILE": "from_file",
    "TO CLIP NAME": "to",
    "TO CLIP": "to_file",
    "TO FILE": "to_file",
    "KEY CLIP NAME": "clip",
    "CLIP NAME": "clip",
    "SOURCE FILE": "file",
    "SOURCE FILE NAME": "file",
    "SOURCE FILE PATH": "file",
    "SOURCE NAME": "file",
    "FILE": "file",
    "FILE NAME": "file",
    "REEL": "reel",
    "REEL NAME": "reel",
    "TAPE": "reel",
    "TAPE NAME": "reel",
    "CAMERA ROLL": "roll",
    "UUID": "id",
    "UMID": "id",
}


@dataclass
class Edit:
    """One line of an event, and the remarks that follow it.

    source, record : labels, or frame numbers
    fcm : whether the frame code mode that stood above it was drop frame; None without one
    joined : whether it stands right below another line of its event
    telling_from : whether the last remark that named a clip named the outgoing one
    unread : why its speed does not read; notes : what somebody should look at
    """

    number: str
    reel: str
    channel: str
    kind: str
    frames: int
    source: tuple[str, str]
    record: tuple[str, str]
    line: int
    fcm: bool | None = None
    joined: bool = False
    telling_from: bool = False
    speed: Fraction | None = None
    unread: str | None = None
    notes: list[str] = field(default_factory=list)
    sound_only: bool = False
    remarks: dict[str, str] = field(default_factory=dict)
    sop: str | None = None
    saturation: str | None = None
    shot: str | None = None
    comments: list[str] = field(default_factory=list)

    @property
    def black(self) -> bool:
        """Whether it is no picture."""
        return self.reel.upper() in _BLACK

    @property
    def picture(self) -> bool:
        """Whether it shows one; sound is counted and not pulled."""
        return not self.sound_only and (
            "V" in self.channel or self.channel in ("B", "NONE") or self.channel.startswith("B/")
        )

    @property
    def mixes(self) -> bool:
        """Whether it goes over from the picture before; under a key both stay."""
        return self.kind[0] in "DW" and self.frames > 0

    @property
    def track(self) -> int:
        """Of the picture, from 1."""
        digits = self.channel.rpartition("V")[2]
        return int(digits[:4]) if digits.isdecimal() and digits.isascii() else 1

    def cdl(self) -> Cdl | None:
        """Raises ValueError for one that does not read."""
        return parse_cdl(self.sop, self.saturation)


@dataclass
class Lines:
    """A list as it stands: edits, and (number, text) of lines that nobody understands.

    broken : those of them that begin as an event. renamed : reels of the list by their names
    """

    title: str = ""
    edits: list[Edit] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)
    renamed: dict[str, list[str]] = field(default_factory=dict)


def parse_lines(text: str) -> Lines:
    """Title, edits, and what was not understood."""
    lines, fcm, below = Lines(), None, False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip("\ufeff \t\r\x1a\0")
        upper = line[:40].upper()
        if not line:
            continue
        above, below = below, False
        if len(line) > _LONGEST:
            (lines.broken if line[0].isdigit() else lines.unknown).append((number, line[:40]))
        elif upper.startswith("TITLE:"):
            lines.title = lines.title or line[6:].strip()
        elif upper.startswith("FCM:"):
            fcm = line[4:].strip().upper().startswith("DROP")
        elif (edit := _edit(line, number, fcm)) is not None:
            edit.joined = above and lines.edits[-1].number == edit.number
            lines.edits.append(edit)
            below = True
        elif line[0].isdigit() and any(_LABEL.fullmatch(word) for word in line.split()):
            lines.broken.append((number, line[:80]))
        elif upper.startswith("M2"):
            if not _speed(lines.edits, line):
                lines.unknown.append((number, line[:80]))
        elif upper.startswith(("FINAL CUT PRO REEL:", "* FINAL CUT PRO REEL:")):
            before, _, after = line.partition("REEL:")[2].partition("REPLACED BY:")
            lines.renamed.setdefault(after.strip().upper(), []).append(before.strip())
        elif upper.startswith(">>> SOURCE"):
            reel, *names = line[10:].split() or [""]
            lines.renamed.setdefault(reel.upper(), []).extend(names)
        elif not _remark(lines.edits, line) and not upper.startswith(_PASSED):
            lines.unknown.append((number, line[:80]))
    return lines


def is_label(text: str) -> bool:
    """Whether a time is a timecode label, and no number of frames."""
    return _LABEL.fullmatch(text) is not None


def _edit(line: str, number: int, fcm: bool | None) -> Edit | None:
    """The event of a line: number, reel, channels, transition, its frames, four times."""
    words = line.split()
    if len(words) < 8 or not line[0].isdigit():
        return None
    times, words = words[-4:], [word for word in words[:-4] if word != "(F)"]
    if not all(_LABEL.fullmatch(each) for each in times) and not all(
        _FRAMES.fullmatch(each) for each in times
    ):
        return None
    frames = 0
    # A wipe's pattern and a key's kind may stand apart from their letters.
    if len(words) > 4 and words[-1].isdecimal() and len(words[-1]) <= 6:
        frames = int(words.pop())
    kind = words.pop()
    if (kind in ("B", "O") and words[-1] == "K") or (kind.isdecimal() and words[-1] == "W"):
        kind = words.pop() + kind
    if len(words) < 3 or not _KIND.fullmatch(kind) or not _CHANNEL.fullmatch(words[-1]):
        return None
    event, channel = words[0], words[-1]
    if len(event) > 12:
        return None
    # The reel as it stands, blanks included: all between the number and the channels.
    behind = len(line.split()) - len(words[:-1])
    reel = line.rsplit(None, behind)[0][len(event) :].strip()
    source, record = (times[0], times[1]), (times[2], times[3])
    return Edit(event, reel, channel, kind, frames, source, record, number, fcm)


def _pictures(edits: list[Edit]) -> list[Edit]:
    """What the remarks below the last line are of: the pictures of its event, the last one last.

    Lines of one event that stand together share what follows them, whichever is the sound.
    """
    group = edits[-_TOGETHER:]
    first = max((at for at, each in enumerate(group) if not each.joined), default=0)
    group = group[first:]
    return [each for each in group if each.picture] or group


def _speed(edits: list[Edit], line: str) -> bool:
    """To the edit of the event that was written last which has the line's reel and start."""
    words, start = line.split()[1:], None
    if words and is_label(words[-1]):
        start = _DIGITS.sub("", words.pop())
    if not edits or not words:
        return False
    reel = " ".join(words[:-1])
    of_event = [each for each in edits[-_TOGETHER:] if each.number == edits[-1].number]
    found = [each for each in of_event if each.picture] or of_event
    for fits in (
        [each for each in found if each.reel == reel],
        [each for each in found if reel and each.reel.startswith(reel)],
    ):
        if fits:
            found = fits
            break
    else:
        if reel:
            found[-1].notes.append(f"its speed (M2) is written for reel {reel[:60]}")
    edit = next((each for each in found if _DIGITS.sub("", each.source[0]) == start), found[-1])
    try:
        speed = read_exact(words[-1])
    except ValueError as error:
        edit.unread = f"its speed (M2) does not read: {error}"
        return False
    if edit.speed not in (None, speed):
        edit.unread = f"it has two speeds (M2), {float(edit.speed or 0):g} and {float(speed):g}"
    edit.speed = speed
    return True


def _remark(edits: list[Edit], line: str) -> bool:
    """Keep what a remark says with its event; False for what is no remark of one."""
    text = line.lstrip("* ").strip()
    starred = line.startswith("*")
    if not edits:
        return starred
    last = _pictures(edits)[-1]
    upper = text[:200].upper()
    key, colon, value = text.partition(":")
    key, value = " ".join(key[:40].upper().split()), value.strip()
    if upper.startswith(("ASC_SOP", "ASC_SAT")):
        edit = _outgoing(edits, last) if last.telling_from else last
        part, numbers = ("sop" if upper.startswith("ASC_SOP") else "saturation"), text[7:]
        numbers = numbers.lstrip(": \t")
        if getattr(edit, part) not in (None, numbers):
            edit.notes.append(f"it has two CDLs, the last is taken: {text[:60]!r}")
        setattr(edit, part, numbers)
    elif upper.startswith("AUD ") and edits[-1].channel == "NONE":
        edits[-1].sound_only = True
    elif upper.startswith("LOC:"):
        words = value.split(None, 2)
        _mark(last, words[2] if len(words) > 2 else "")
    elif "|M:" in text:
        _mark(last, text.partition("|M:")[2].partition("|")[0].strip())
    elif colon and key in _NAMES:
        what = _NAMES[key]
        # In a transition FROM names the outgoing picture, which is the line before.
        if what.startswith(("from", "to")):
            last.telling_from = what.startswith("from")
        target = _outgoing(edits, last) if what.startswith("from") else last
        target.remarks.setdefault(what, value)
    elif upper.startswith("SPLIT:"):
        if "VIDEO" in upper:
            last.notes.append(f"its picture and sound start apart: {text[:60]!r}")
    elif starred:
        if upper.startswith("FREEZE FRAME"):
            last.speed = Fraction(0) if last.speed is None else last.speed
        _mark(last, text)
    else:
        return False
    return True


def _outgoing(edits: list[Edit], last: Edit) -> Edit:
    """The picture that a transition goes over from, where its event has a line of it."""
    if last.kind == "C":
        return last
    above = [each for each in edits[-_TOGETHER:] if each.line < last.line and each.picture]
    return above[-1] if above and above[-1].number == last.number else last


def _mark(edit: Edit, text: str) -> None:
    if text:
        edit.comments.append(text)
        if edit.shot is None and is_shot_name(text):
            edit.shot = text


def names_of(edit: Edit, lines: Lines) -> tuple[str, str | None, str | None, tuple[str, ...]]:
    """Clip name, reel, file, other names of an edit.

    A remark's reel goes before the column, which was too narrow for it; `AX` is none.
    """
    said = edit.remarks
    incoming = edit.kind != "C"
    sides = ("to", "clip", "from") if incoming else ("from", "clip", "to")
    names = [said[each] for each in sides if each in said]
    files = [
        said[each] for each in ("file", f"{sides[0]}_file", f"{sides[2]}_file") if each in said
    ]
    renamed = lines.renamed.get(edit.reel.upper(), [])
    reel: str | None = edit.reel
    whole = said.get("reel", "")
    if edit.reel.upper() == "AX" or (whole and whole.upper().startswith(edit.reel.upper())):
        reel = whole or None
    if renamed:
        reel = renamed[0]
    file = file_name(files[0]) if files else None
    name = file_name(names[0]) if names else None
    if name and edit.speed == 0:
        name = name.removesuffix(" FF").rstrip()  # Avid's mark of a freeze frame
    others = (*files[1:], *names[1:], *renamed[1:], said.get("roll", ""))
    aliases = [file_name(each) for each in others if each]
    if whole and whole != reel:
        aliases.append(whole)
    return name or reel or file or edit.reel, reel, file, tuple(dict.fromkeys(aliases))
