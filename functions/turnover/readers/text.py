"""Text of lists and logs, whose encoding nothing says."""

from __future__ import annotations

from functions.contract.errors import InvalidRequest

_MAC_LETTERS = frozenset(range(0x80, 0xA0))


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
