"""POSTs that stay open: hundreds of them hold no thread, and each ends as it should."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from functions.contract.errors import DeadlineExceeded, StoreUnavailable
from functions.contract.operation import Answer, Later
from functions.serve.events import http_calls
from functions.serve.events.http_sink import HttpSink
from functions.serve.events.sink_address import parse_address

MANY = 200


class Holding:
    """A server that answers nothing before it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.left = 0
        self.go = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection with one request, answered with 202."""
        try:
            await self.answer(reader, writer)
        finally:
            writer.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """202, when it is time."""
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(int(line[15:]) for line in head.lower().split(b"\r\n") if b"t-length:" in line)
        await reader.readexactly(size)
        self.asked += 1
        gone = asyncio.ensure_future(reader.read(1))
        told = asyncio.ensure_future(self.go.wait())
        await asyncio.wait((gone, told), return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            writer.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
        else:
            self.left += 1
        gone.cancel()
        told.cancel()


@contextmanager
def holding(seconds: float = 60.0) -> Iterator[tuple[Holding, HttpSink, asyncio.AbstractEventLoop]]:
    """The server in a thread, and a sink to it."""
    loop = asyncio.new_event_loop()
    made = Holding()
    server = loop.run_until_complete(asyncio.start_server(made.serve, "127.0.0.1", 0, backlog=512))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    address = parse_address(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        with HttpSink(address, seconds=seconds, direct=True) as sink:
            yield made, sink, loop
    finally:

        async def end() -> None:
            server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await asyncio.sleep(0.01)  # for connections to be closed

        asyncio.run_coroutine_threadsafe(end(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def send(sink: HttpSink, unit: str) -> Later:
    """One event that nobody answers yet."""
    answer = sink.send("debayer", unit, {"input": "file:///a"})
    assert isinstance(answer, Later)
    return answer


def test_open_posts_hold_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred are out with one thread for all; a hung-up one breaks, the others are
    answered."""
    monkeypatch.setattr(http_calls, "QUICK_SECONDS", 0)
    with holding() as (server, sink, loop):
        before = threading.active_count()
        came: queue.Queue[str] = queue.Queue()
        out = {f"u{n}": send(sink, f"u{n}") for n in range(MANY)}
        for unit, later in out.items():
            later.then(lambda unit=unit: came.put(unit))  # type: ignore[misc]
        assert threading.active_count() == before + 1
        sink.hang_up("u7")
        assert came.get(timeout=20) == "u7"
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            out["u7"].answer()
        loop.call_soon_threadsafe(server.go.set)
        assert {came.get(timeout=20) for _ in range(MANY - 1)} == out.keys() - {"u7"}
        answers = {unit: out[unit].answer() for unit in out if unit != "u7"}
        assert set(answers.values()) == {None}
        assert server.asked == MANY


def test_silence_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A POST that nobody answers in time is told as such, by whoever is called back."""
    monkeypatch.setattr(http_calls, "QUICK_SECONDS", 0)
    monkeypatch.setattr(http_calls, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr("functions.serve.events.http_sink.SLACK_SECONDS", 0.2)
    with holding(seconds=0.0) as (_, sink, _loop):
        late = threading.Event()
        later = send(sink, "u0")
        later.then(late.set)
        assert late.wait(20)
        with pytest.raises(DeadlineExceeded):
            later.answer()


def test_an_answer_can_be_waited_for() -> None:
    """Who has nothing else to do asks and gets it."""
    with holding() as (server, sink, loop):
        threading.Timer(0.3, lambda: loop.call_soon_threadsafe(server.go.set)).start()
        answer: Answer | None = sink.ask("debayer", "u0", {"input": "file:///a"})
        assert answer is None
