"""What the header of a JPEG XL says that OpenImageIO leaves out: whether its colours are multiplied
by alpha, whether it moves, and whether it is CMYK.

Reference: ISO/IEC 18181-1 (2024), annexes B (fields) and D (image header); 18181-2 for the boxes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from functions.media.containers.boxes import walk

_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
_CODESTREAM = b"\xff\x0a"
_ALPHA, _BLACK = 0, 4
_MOST = 4096  # extra channels
Choice = tuple[int, int]
"""What is added, and how many bits are read."""


class JxlHeader(NamedTuple):
    """straight : colours are not multiplied by alpha; moves : it is an animation
    black : it has a channel of black ink, as CMYK has
    """

    straight: bool = False
    moves: bool = False
    black: bool = False


class Image(NamedTuple):
    """The fields of an image header up to the depth of its samples.

    plain : all is as by default, and nothing follows
    """

    plain: bool = True
    turned: bool = False
    preview: bool = False
    moves: bool = False
    bits: int = 8
    floating: bool = False


def read_jxl_header(head: bytes) -> JxlHeader:
    """Of a file that starts so; of no other format, or one that is cut short, nothing is said."""
    try:
        bits = Bits(bytes(codestream(head)))
        image = read_image(bits)
        return JxlHeader() if image.plain else _with_channels(bits, image)
    except (IndexError, ValueError):
        return JxlHeader()


def codestream(data: Any) -> memoryview:
    """The bytes from the codestream's first on, of a file of boxes too; none where it has none."""
    if bytes(data[: len(_CONTAINER)]) != _CONTAINER:
        return memoryview(data)
    places = walk(lambda at, length: bytes(data[at : at + length]), 0, len(data))
    for kind, _, start, _ in places:
        if kind in (b"jxlc", b"jxlp"):
            return memoryview(data)[start + (4 if kind == b"jxlp" else 0) :]
    return memoryview(b"")


class Bits:
    """Bits of a codestream behind its mark, from the lowest of each byte; IndexError past the end.

    Raises ValueError for what is no codestream.
    """

    def __init__(self, content: bytes) -> None:
        if not content.startswith(_CODESTREAM):
            raise ValueError("no codestream of JPEG XL")
        self._value, self._left = int.from_bytes(content[2:], "little"), 8 * len(content) - 16

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


def read_image(bits: Bits) -> Image:
    """The header's fields, which the bits then stand behind. Raises IndexError."""
    _size(bits)
    if bits.take(1):  # all_default
        return Image()
    turned = preview = moves = False
    if bits.take(1):  # extra_fields
        turned = bool(bits.take(3))
        if bits.take(1):
            _size(bits)
        preview = bool(bits.take(1))
        if preview:
            _preview(bits)
        moves = bool(bits.take(1))
        if moves:
            bits.choose((100, 0), (1000, 0), (1, 10), (1, 30))
            bits.choose((1, 0), (1001, 0), (1, 8), (1, 10))
            bits.choose((0, 0), (0, 3), (0, 16), (0, 32))
            bits.take(1)
    return Image(False, turned, preview, moves, *_depth(bits))


def _with_channels(bits: Bits, image: Image) -> JxlHeader:
    bits.take(1)  # modular_16bit_buffers
    kinds: dict[int, bool] = {}
    for _ in range(min(bits.choose((0, 0), (1, 0), (2, 4), (1, 12)), _MOST)):
        kind, associated = _extra(bits)
        kinds.setdefault(kind, associated)
    return JxlHeader(kinds.get(_ALPHA) is False, image.moves, _BLACK in kinds)


def _size(bits: Bits) -> None:
    small = bits.take(1)
    sides: tuple[Choice, ...] = ((1, 9), (1, 13), (1, 18), (1, 30))
    bits.take(5) if small else bits.choose(*sides)
    if not bits.take(3):  # ratio
        bits.take(5) if small else bits.choose(*sides)


def _preview(bits: Bits) -> None:
    by_8 = ((16, 0), (32, 0), (1, 5), (33, 9))
    sides: tuple[Choice, ...] = by_8 if bits.take(1) else ((1, 6), (65, 8), (321, 10), (1345, 12))
    bits.choose(*sides)
    if not bits.take(3):
        bits.choose(*sides)


def _depth(bits: Bits) -> tuple[int, bool]:
    """Bits of a sample, and whether it is a floating-point number."""
    if not bits.take(1):
        return bits.choose((8, 0), (10, 0), (12, 0), (1, 6)), False
    found = bits.choose((32, 0), (16, 0), (24, 0), (1, 6))
    bits.take(4)  # of the exponent
    return found, True


def _extra(bits: Bits) -> tuple[int, bool]:
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
