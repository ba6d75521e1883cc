"""When a request is whole, by its framing alone."""

from __future__ import annotations

import random

import pytest

from functions.serve.http.arrival import MOST_HEAD, Arrival

HEAD = b"POST /echo?x=1 HTTP/1.1\r\nHost: x\r\nX-Call-Id: 7\r\n"
MOST = 1000
WHOLE = {
    "no body": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "length": HEAD + b"Content-Length: 5\r\n\r\n12345",
    "length in odd case": HEAD + b"cOnTeNt-lEnGtH:5\r\n\r\n12345",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n1\r\n45\r\n0\r\n\r\n",
    "chunk with extension": HEAD
    + b'Transfer-Encoding: chunked\r\n\r\n5;a="b"\r\n12345\r\n0;x\r\n\r\n',
    "trailers": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\nA: b\r\nC: d\r\n\r\n",
}
# Refused by the parser whatever follows: nothing more is waited for.
REFUSED = {
    "no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    "negative size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "length and chunks": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "signed length": HEAD + b"Content-Length: +5\r\n\r\n",
    "too long": HEAD + b"Content-Length: 1001\r\n\r\n",
    "far too long": HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
}
TOO_LARGE = {
    "head": b"GET / HTTP/1.1\r\nX: " + b"a" * MOST_HEAD,
    "one chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n3E9\r\n",
    "many chunks": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + (b"64\r\n" + b"x" * 100 + b"\r\n") * 11,
    "endless trailers": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 20_000,
}


def fed(parts: list[bytes]) -> Arrival:
    """An arrival that was fed so, which is not whole before the last part."""
    arrival = Arrival(MOST)
    for part in parts[:-1]:
        arrival.feed(part)
        assert not arrival.whole
    arrival.feed(parts[-1])
    return arrival


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_it_is_whole_with_its_last_byte(data: bytes) -> None:
    """However the bytes come, and not a byte earlier."""
    chance = random.Random(1)
    cuts = [[data], [data[i : i + 1] for i in range(len(data))]]
    for _ in range(50):
        at = sorted(chance.sample(range(1, len(data)), 3))
        cuts.append([data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)])
    for parts in cuts:
        arrival = fed(parts)
        assert arrival.whole
        assert not arrival.too_large
        assert bytes(arrival.data) == data


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_nothing_is_waited_for_that_is_refused_anyway(data: bytes) -> None:
    """The parser's answer needs no more of it."""
    assert fed([data]).whole


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=TOO_LARGE)
def test_what_is_held_is_bounded(data: bytes) -> None:
    """Heads, chunks and trailers over their limit are known as such before their end."""
    arrival = fed([data])
    assert arrival.too_large
    assert not arrival.whole


def test_line_and_headers() -> None:
    """The loop knows a probe by its line; a header can be taken out."""
    arrival = fed([HEAD + b"EXPECT: 100-continue\r\n\r\n"])
    assert arrival.line == (b"POST", b"/echo")
    assert arrival.header(b"x-call-id") == b"7"
    assert arrival.take_out(b"expect")
    assert arrival.header(b"expect") is None
    assert not arrival.take_out(b"expect")
    assert len(arrival.data) == arrival.head
