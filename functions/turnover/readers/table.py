"""Text, labels and numbers of logs and lists, row by row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from functions.contract.errors import InvalidRequest
from functions.contract.numbers import read_whole
from functions.contract.timecode import Timecode
from functions.turnover.model import frames_of_day, skips_labels

_LABEL = re.compile(r"(\d\d)[:;.,](\d\d)[:;.,](\d\d)([:;.,])(\d{2,3})", re.ASCII)
_MAC_LETTERS = frozenset(range(0x80, 0xA0))


@dataclass(frozen=True, slots=True)
class Position:
    """A cell's position: frames since 00:00:00:00, or a number of frames.

    drop : whether the label skips; None where nothing tells
    """

    frame: int
    label: bool
    drop: bool | None


def parse_position(text: str, rate: Fraction, drop: bool | None = None) -> Position | None:
    """Of a cell; None for an empty one.

    drop : what the row or the document says of its labels

    Raises ValueError for what is neither a label of the rate nor a whole number.
    """
    text = text.strip()
    if not text:
        return None
    found = _LABEL.fullmatch(text)
    if not found:
        return Position(read_whole(text, 2**40), False, None)
    hours, minutes, seconds, mark, frames = found.groups()
    # A comma or point is a mark of drop frame where there is such, and a habit elsewhere.
    marked = mark != ":" and skips_labels(rate)
    skips = True if marked else drop if skips_labels(rate) else None
    try:
        label = f"{hours}:{minutes}:{seconds}{';' if skips else ':'}{frames}"
        return Position(Timecode.parse(label, rate).frame, True, skips)
    except InvalidRequest as error:
        raise ValueError(error.detail) from error


def frames_between(start: Position, stop: Position, rate: Fraction) -> int:
    """Frames from one to the other, across midnight too. Raises ValueError where it is before."""
    count = stop.frame - start.frame
    if count < 0 and start.label and stop.label:
        count += frames_of_day(rate, bool(start.drop))
        if count > frames_of_day(rate, False) // 2:
            raise ValueError("it ends before it starts")
    if count < 0:
        raise ValueError("it ends before it starts")
    return count


def decode_text(data: bytes, name: str) -> str:
    """UTF-16, UTF-8, MacRoman or Latin-1.

    The last two differ in where accented letters stand: MacRoman's are where Latin-1 has
    control codes, which no text holds. Raises InvalidRequest for broken UTF-16.
    """
    head = data[:400]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head:
        kind = "utf-16"
        if data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            # Every other byte of ASCII is zero: the high one.
            kind = "utf-16-be" if head[0:1] == b"\0" else "utf-16-le"
        try:
            return data.decode(kind).removeprefix("\ufeff")
        except UnicodeError as error:
            raise InvalidRequest(f"{name} is no UTF-16: {error}", field="timeline") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeError:
        return data.decode("mac_roman" if _MAC_LETTERS & set(data) else "latin-1")
