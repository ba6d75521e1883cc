"""What comes over a child's line is taken for what it should be, or the line is closed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.serve.box.messages import Ask, Note
from functions.serve.box.wire import _HEAD, Channel, Closed

Pair = tuple[Channel, Channel]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Both ends of a line."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), Channel(theirs)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"unit": 7}', b'{"unit": "\xff"}', b'{"end": {"result":' * 5000]
)
def test_what_is_no_message_closes_the_line(pair: Pair, text: bytes) -> None:
    """Nothing, no JSON, another type, no text, brackets without end: no fault of the worker."""
    ours, theirs = pair
    theirs.sock.setblocking(False)
    theirs.sock.send(_HEAD.pack(len(text), 0) + text)
    with pytest.raises(Closed):
        ours.receive(Note)


def test_files_of_a_message_that_is_none_are_closed(pair: Pair) -> None:
    """A child that passes files with nonsense leaves none open here."""
    ours, theirs = pair
    opened = Path("/proc/self/fd")
    before = len(list(opened.iterdir()))
    with Path("/dev/null").open() as file:
        theirs.send(["no", "question"], files=[file.fileno()])
    with pytest.raises(Closed):
        ours.receive(Ask)
    assert len(list(opened.iterdir())) == before
