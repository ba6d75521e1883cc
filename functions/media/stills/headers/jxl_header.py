"""What the header of a JPEG XL says that OpenImageIO leaves out: whether its colours are multiplied
by alpha, whether it moves, and whether it is CMYK.

Reference: ISO/IEC 18181-1 (2024), annexes B (fields) and D (image header); 18181-2 for the boxes.
"""

from __future__ import annotations

from dataclasses import dataclass

_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
_CODESTREAM = b"\xff\x0a"
_ALPHA, _BLACK = 0, 4
_MOST = 4096  # extra channels
Choice = tuple[int, int]
"""What is added, and how many bits are read."""


@dataclass(frozen=True, slots=True)
class JxlHeader:
    """straight : colours are not multiplied by alpha; moves : it is an animation
    black : it has a channel of black ink, as CMYK has
    """

    straight: bool = False
    moves: bool = False
    black: bool = False


def read_jxl_header(head: bytes) -> JxlHeader:
    """Of a file that starts so; of no other format, or one that is cut short, nothing is said."""
    start = _codestream(head)
    if not start.startswith(_CODESTREAM):
        return JxlHeader()
    try:
        return _image(_Bits(start[2:]))
    except IndexError:
        return JxlHeader()


def _codestream(head: bytes) -> bytes:
    if not head.startswith(_CONTAINER):
        return head
    at = 0
    while at + 8 <= len(head):
        length, kind = int.from_bytes(head[at : at + 4], "big"), head[at + 4 : at + 8]
        inner = 8
        if length == 1:
            length, inner = int.from_bytes(head[at + 8 : at + 16], "big"), 16
        if kind in (b"jxlc", b"jxlp"):
            return head[at + inner + (4 if kind == b"jxlp" else 0) :]
        if length < inner:
            break
        at += length
    return b""


class _Bits:
    """Bits from the lowest of each byte; IndexError past the end."""

    def __init__(self, content: bytes) -> None:
        self._value, self._left = int.from_bytes(content, "little"), 8 * len(content)

    def take(self, count: int) -> int:
        if count > self._left:
            raise IndexError(count)
        found = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        return found

    def choose(self, *choices: Choice) -> int:
        """U32(): two bits choose."""
        base, count = choices[self.take(2)]
        return base + self.take(count)

    def one_of(self) -> int:
        """Enum()."""
        return self.choose((0, 0), (1, 0), (2, 4), (18, 6))


def _image(bits: _Bits) -> JxlHeader:
    _size(bits)
    if bits.take(1):  # all_default
        return JxlHeader()
    moves = False
    if bits.take(1):  # extra_fields
        bits.take(3)  # orientation, which the decoder does
        if bits.take(1):
            _size(bits)
        if bits.take(1):
            _preview(bits)
        moves = bool(bits.take(1))
        if moves:
            bits.choose((100, 0), (1000, 0), (1, 10), (1, 30))
            bits.choose((1, 0), (1001, 0), (1, 8), (1, 10))
            bits.choose((0, 0), (0, 3), (0, 16), (0, 32))
            bits.take(1)
    _depth(bits)
    bits.take(1)  # modular_16bit_buffers
    kinds: dict[int, bool] = {}
    for _ in range(min(bits.choose((0, 0), (1, 0), (2, 4), (1, 12)), _MOST)):
        kind, associated = _extra(bits)
        kinds.setdefault(kind, associated)
    return JxlHeader(kinds.get(_ALPHA) is False, moves, _BLACK in kinds)


def _size(bits: _Bits) -> None:
    small = bits.take(1)
    sides: tuple[Choice, ...] = ((1, 9), (1, 13), (1, 18), (1, 30))
    bits.take(5) if small else bits.choose(*sides)
    if not bits.take(3):  # ratio
        bits.take(5) if small else bits.choose(*sides)


def _preview(bits: _Bits) -> None:
    by_8 = ((16, 0), (32, 0), (1, 5), (33, 9))
    sides: tuple[Choice, ...] = by_8 if bits.take(1) else ((1, 6), (65, 8), (321, 10), (1345, 12))
    bits.choose(*sides)
    if not bits.take(3):
        bits.choose(*sides)


def _depth(bits: _Bits) -> None:
    if bits.take(1):
        bits.choose((32, 0), (16, 0), (24, 0), (1, 6))
        bits.take(4)
    else:
        bits.choose((8, 0), (10, 0), (12, 0), (1, 6))


def _extra(bits: _Bits) -> tuple[int, bool]:
    """Kind of an extra channel, and whether colours are multiplied by it."""
    if bits.take(1):  # all_default
        return _ALPHA, False
    kind = bits.one_of()
    _depth(bits)
    bits.choose((0, 0), (3, 0), (4, 0), (1, 3))
    name = bits.choose((0, 0), (0, 4), (16, 5), (48, 10))
    bits.take(8 * name)
    if kind == _ALPHA:
        return kind, bool(bits.take(1))
    if kind == 2:  # a spot colour
        bits.take(64)
    elif kind == 5:  # colour filter array
        bits.choose((1, 0), (0, 2), (3, 4), (19, 8))
    return kind, False
