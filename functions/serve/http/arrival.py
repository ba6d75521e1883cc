"""A request as its bytes come in: when it is whole, and what is wrong with it before that.

RFC 9112. Only its framing is looked at, so that no thread waits for a client: whether the
request is valid is for who reads it then.
"""

from __future__ import annotations

MOST_HEAD = 64 << 10
"""Bytes of a request line and headers; more is answered 431."""

_END = b"\r\n\r\n"
_MOST_SIZE_LINE = 8192
_MOST_DIGITS = 18


class Arrival:
    """One request, fed piece by piece.

    most_body : bytes of a body that is waited for; of a longer one the head is enough, since
        it is refused

    Attributes
    ----------
    data : everything that came
    whole : nothing more is waited for
    too_large : the head, or a chunked body with all its framing, is over its limit
    head : bytes of request line and headers, 0 before they are there
    """

    def __init__(self, most_body: int) -> None:
        self.data = bytearray()
        self.whole = False
        self.too_large = False
        self.head = 0
        self.most_body = most_body
        self._needed: int | None = None
        self._at = 0  # of the next chunk's size line
        self._decoded = 0

    def feed(self, part: bytes) -> None:
        """Take what came next."""
        searched = max(0, len(self.data) - len(_END) + 1)
        self.data += part
        if not self.head:
            found = self.data.find(_END, searched)
            if found < 0:
                self.too_large = len(self.data) > MOST_HEAD
                return
            self.head = found + len(_END)
            self._framing()
        if self._needed is not None:
            self.whole = len(self.data) >= self._needed
        elif not self.whole:
            self._chunks()

    @property
    def line(self) -> tuple[bytes, bytes]:
        """Method and path of a request whose head is there."""
        words = bytes(self.data[: self.data.find(b"\r\n")]).split(b" ")
        return (words[0], words[1].partition(b"?")[0]) if len(words) == 3 else (b"", b"")

    def header(self, name: bytes) -> bytes | None:
        """The first header of that name in lower case, None without one."""
        return next((value for key, value in self._headers() if key == name), None)

    def take_out(self, name: bytes) -> bool:
        """Make a header one that means nothing; whether it was there."""
        at = bytes(self.data[: self.head]).lower().find(b"\r\n" + name + b":")
        if at >= 0:
            self.data[at + 2 : at + 2 + len(name)] = b"x" * len(name)
        return at >= 0

    def _headers(self) -> list[tuple[bytes, bytes]]:
        lines = bytes(self.data[: self.head]).split(b"\r\n")[1:]
        parts = [line.partition(b":") for line in lines if line]
        return [(name.strip().lower(), value.strip()) for name, _, value in parts]

    def _framing(self) -> None:
        """How the body's end is known. What is odd is left to the parser, which refuses it."""
        lengths = [value for name, value in self._headers() if name == b"content-length"]
        codings = [value for name, value in self._headers() if name == b"transfer-encoding"]
        if codings and not lengths and codings[-1].lower().endswith(b"chunked"):
            self._at = self.head
            return
        length = lengths[0] if len(lengths) == 1 else b"0"
        fits = length.isdigit() and len(length) <= _MOST_DIGITS and int(length) <= self.most_body
        self._needed = self.head + (int(length) if fits and not codings else 0)

    def _chunks(self) -> None:
        while not self.whole and not self.too_large:
            end = self.data.find(b"\r\n", self._at)
            if end < 0:
                self.whole = len(self.data) - self._at > _MOST_SIZE_LINE
                break
            size = _chunk_size(bytes(self.data[self._at : end]))
            if size is None:
                self.whole = True
            elif size == 0:
                at_once = bytes(self.data[end : end + len(_END)]) == _END
                self.whole = at_once or self.data.find(_END, end + 2) >= 0
                break
            else:
                self.too_large = self._decoded + size > self.most_body
                if end + 2 + size + 2 > len(self.data):
                    break
                self._decoded += size
                self._at = end + 2 + size + 2
        # Chunks of one byte have six of framing; extensions and trailers are anybody's.
        self.too_large |= len(self.data) > MOST_HEAD + 8 * self.most_body


def _chunk_size(line: bytes) -> int | None:
    """None for what is no size, or one that nobody waits for."""
    digits = line.partition(b";")[0].strip()
    if not digits or len(digits) > _MOST_DIGITS or any(c not in _HEX for c in digits):
        return None
    return int(digits, 16)


_HEX = b"0123456789abcdefABCDEF"
