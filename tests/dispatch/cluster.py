"""A stand-in of Knative's broker, JobSink and pods, as the real ones were seen to behave.

Synchronous: a POST is answered when its event was delivered, after up to nine tries with back-off
and the dead letter; a sender that hangs up ends all of that. Asynchronous (the channel's
`async-handler`): 202 at once, and what is in flight is lost with the channel. Tried again: 5xx,
404, 408, 409, 429 and no answer; a 2xx with a body that is no event is 502. `Retry-After` of 429
and 503 counts where the delivery has a `retryAfterMax`: then the longer wait of both, up to that.
A pod does one unit at a time; who finds none waits. A JobSink takes an event id once.

References
----------
Knative Eventing 1.19: pkg/broker/ingress, pkg/channel/fanout, pkg/kncloudevents, cmd/jobsink.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Event = tuple[dict[str, str], bytes]
Answer = tuple[int, Mapping[str, str], bytes]
Function = Callable[[Mapping[str, str], bytes], Answer]
"""Headers and body of an event to status, headers and body; runs in a thread, raises when its pod
is killed."""

_AGAIN = {404, 408, 409, 429}


class Cluster:
    """Broker at `/ns/broker`, JobSink at `/ns/jobs`.

    function : every function; letter : the reader of dead letters; job : what a JobSink starts
    delay : what a second of back-off is here
    first, retry_after_max : of the delivery, in such seconds; None ignores Retry-After
    most_open : POSTs of senders that were open together
    waits : (status, seconds) of each back-off
    """

    def __init__(
        self,
        function: Function,
        letter: Callable[[Mapping[str, str], bytes], None],
        job: Callable[[Mapping[str, str], bytes], None] = lambda headers, body: None,
        *,
        asynchronous: bool = False,
        pods: int = 8,
        retry: int = 8,
        delay: float = 0.02,
        first: float = 1.0,
        retry_after_max: float | None = None,
    ) -> None:
        self._function, self._letter, self._job = function, letter, job
        self._asynchronous, self._retry, self._delay = asynchronous, retry, delay
        self._pods, self._first, self._most_asked = pods, first, retry_after_max
        self.waits: list[tuple[int, float]] = []
        self._threads = ThreadPoolExecutor(pods + 4)
        self.url = self.jobs = ""
        self.seen: Counter[str] = Counter()
        self.letters: list[Event] = []
        self.open = self.most_open = 0
        self._deliveries: set[asyncio.Task[int]] = set()
        self._job_ids: set[tuple[str, str]] = set()

    async def start(self) -> None:
        """Listen."""
        self.loop = asyncio.get_running_loop()
        self._free = asyncio.Semaphore(self._pods)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=4096)
        base = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.url, self.jobs = f"{base}/ns/broker", f"{base}/ns/jobs"

    async def kill_channel(self) -> None:
        """What is in flight is gone: whoever waits gets 500, and nobody delivers it again."""
        self.seen["channel killed"] += 1
        for task in tuple(self._deliveries):
            task.cancel()

    async def close(self) -> None:
        """No more."""
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.01)  # for connections to be closed
        self._threads.shutdown(wait=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                    path = head[0].split()[1]
                    named = (line.partition(": ") for line in head[1:] if line)
                    headers = {name.lower(): value for name, _, value in named}
                    body = await reader.readexactly(int(headers.get("content-length", 0)))
                    self.open += 1
                    self.most_open = max(self.most_open, self.open)
                    try:
                        status = await self._accept(path.rstrip("/"), headers, body, reader)
                    finally:
                        self.open -= 1
                    writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n".encode())
                    await writer.drain()
        finally:
            writer.close()

    async def _accept(
        self, path: str, headers: dict[str, str], body: bytes, reader: asyncio.StreamReader
    ) -> int:
        if path == "/ns/jobs":
            return self._take_job(headers, body)
        if path != "/ns/broker":
            return 400
        if ".requested." not in headers.get("ce-type", ""):
            return 202  # no Trigger wants it
        delivery = asyncio.ensure_future(self._deliver(headers, body))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._deliveries.discard)
        if self._asynchronous:
            return 202
        gone = asyncio.ensure_future(reader.read(1))
        await asyncio.wait((delivery, gone), return_when=asyncio.FIRST_COMPLETED)
        if not delivery.done():
            self.seen["sender hung up"] += 1
            delivery.cancel()
            raise ConnectionError
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone
        return 500 if delivery.cancelled() else delivery.result()

    def _take_job(self, headers: dict[str, str], body: bytes) -> int:
        event = json.loads(body)
        name = (event["source"], event["id"])
        if name not in self._job_ids:
            self._job_ids.add(name)
            self._job(headers, body)
        else:
            self.seen["job id again"] += 1
        return 202

    async def _deliver(self, headers: dict[str, str], body: bytes) -> int:
        status = 0
        for attempt in range(1 + self._retry):
            status, asked = await self._once(headers, body)
            if status < 300:
                return 202
            self.seen[f"answered {status}"] += 1
            if status < 500 and status not in _AGAIN:
                break
            seconds = self._first * 2.0**attempt
            if self._most_asked is not None and status in (429, 503):
                seconds = max(seconds, min(asked, self._most_asked))
            self.waits.append((status, seconds))
            await asyncio.sleep(self._delay * seconds)
        letter = {**headers, "ce-knativeerrorcode": str(status)}
        self.letters.append((letter, body))
        await asyncio.get_running_loop().run_in_executor(self._threads, self._letter, letter, body)
        return 202

    async def _once(self, headers: dict[str, str], body: bytes) -> tuple[int, float]:
        async with self._free:
            try:
                status, said, content = await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._function, headers, body
                )
            except ConnectionError:
                return 502, 0.0
        names = {name.lower(): value for name, value in said.items()}
        strange = status < 300 and content and "ce-type" not in names
        return 502 if strange else status, float(names.get("retry-after", 0))


@contextlib.contextmanager
def running(cluster: Cluster) -> Iterator[Callable[[Any], Any]]:
    """The cluster in a thread of its own; what is given calls one of its coroutines."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def call(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    try:
        call(cluster.start())
        yield call
    finally:
        call(cluster.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
