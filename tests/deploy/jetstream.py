"""A broker whose events lie in a real NATS JetStream, in place of a stand-in's memory.

The ingress stores an event before it answers 202. Each Trigger is a durable consumer of its
event's type: what a function turns away goes back to the stream and comes again after the
Trigger's back-off (a hundredth of it), as often as the Trigger says; what no retry cures is a
message under `letters`; replies are stored as events. The stream drops what it has: an event of
the same source and id.

References
----------
CloudEvents: NATS protocol binding. NATS JetStream: consumers, negative acknowledgement.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nats
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NothingCame
from nats.js.api import ConsumerConfig, StreamConfig

from tests.deploy.broker import Broker, Headers, ingress, matches
from tests.deploy.manifests import Document, Manifests

LIFE_SECONDS = 600
_STREAM = "rushes"
_FETCH_SECONDS = 30.0


class JetStream(Broker):
    """Events in a stream, deliveries from its consumers.

    turned_away : called with the status before an event goes back to the stream
    """

    def __init__(
        self, found: Manifests, folder: Path, mounts: Mapping[str, str], server: str
    ) -> None:
        super().__init__(found, folder, mounts)
        self.turned_away: Callable[[int], None] = lambda status: None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._tasks: list[asyncio.Task[None]] = []
        self._run(self._open(server))

    def accept(self, headers: Headers, body: bytes) -> None:
        attributes = {k[3:].lower(): v for k, v in headers.items() if k[:3].lower() == "ce-"}
        known = {"Nats-Msg-Id": f"{attributes['source']}#{attributes['id']}"}
        self._run(self._publish(f"events.{attributes['type']}", {**headers, **known}, body))

    def stored(self, subject: str) -> list[tuple[Headers, bytes]]:
        """What lies in the stream, in the order in which it came.

        subject : "events" or "letters"
        """
        found: list[tuple[Headers, bytes]] = self._run(self._read(subject))
        return found

    def close(self) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        super().close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _open(self, server: str) -> None:
        self._client = await nats.connect(server)
        self._stream = self._client.jetstream()
        await self._stream.add_stream(
            StreamConfig(name=_STREAM, subjects=["events.>", "letters.>"], duplicate_window=120)
        )
        for name, trigger in self._found.of("Trigger").items():
            config = ConsumerConfig(
                ack_wait=LIFE_SECONDS, max_deliver=1 + trigger["spec"]["delivery"]["retry"]
            )
            subject = f"events.{_type_of(trigger['spec'])}"
            consumer = await self._stream.pull_subscribe(subject, name, _STREAM, config)
            self._tasks.append(asyncio.create_task(self._serve(name, trigger["spec"], consumer)))

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.close()

    async def _serve(self, name: str, spec: Document, consumer: Any) -> None:
        while True:
            with suppress(NothingCame):
                for message in await consumer.fetch(1, timeout=_FETCH_SECONDS):
                    await self._settle(name, spec, message)

    async def _settle(self, name: str, spec: Document, message: Msg) -> None:
        headers = {k: v for k, v in (message.headers or {}).items() if k != "Nats-Msg-Id"}
        attributes = {k[3:].lower(): v for k, v in headers.items() if k[:3].lower() == "ce-"}
        if not all(matches(one, attributes) for one in spec["filters"]):
            return await message.ack()
        ref = spec["subscriber"]["ref"]
        if ref["kind"] == "JobSink":
            self.told.put(("job", {**headers, "name": ref["name"]}, message.data))
            return await message.ack()
        status, again = await asyncio.to_thread(
            self.attempt, name, ref["name"], headers, message.data
        )
        if status < 300:
            return await message.ack()
        tried = message.metadata.num_delivered
        if again and tried <= spec["delivery"]["retry"]:
            self.turned_away(status)
            return await message.nak(delay=_backoff(spec["delivery"], tried) / 100)
        letter = {**headers, "ce-knativeerrorcode": str(status)}
        await self._publish(f"letters.{name}", letter, message.data)
        self.told.put(("letter", letter, message.data))
        return await message.term()

    async def _publish(self, subject: str, headers: Headers, body: bytes) -> None:
        await self._stream.publish(subject, body, headers=headers)

    async def _read(self, subject: str) -> list[tuple[Headers, bytes]]:
        state = (await self._stream.stream_info(_STREAM)).state
        found = []
        for sequence in range(state.first_seq, state.last_seq + 1):
            message = await self._stream.get_msg(_STREAM, sequence)
            if str(message.subject).startswith(subject + "."):
                found.append((dict(message.headers or {}), message.data or b""))
        return found


def _type_of(spec: Document) -> str:
    (kind,) = (f["exact"]["type"] for f in spec["filters"] if "type" in f.get("exact", {}))
    return str(kind)


def _backoff(delivery: Document, tried: int) -> float:
    """Seconds before the next attempt, by the rule of Knative's delivery."""
    match = re.fullmatch(r"PT(\d+)S", delivery["backoffDelay"])
    assert match
    assert delivery["backoffPolicy"] == "exponential"
    return float(int(match[1]) * 2**tried)


@contextmanager
def jetstream(found: Manifests, folder: Path, mounts: Mapping[str, str]) -> Iterator[JetStream]:
    """A server of NATS on loopback, and a broker with its ingress before it."""
    with _server(folder / "jetstream") as url, ingress(JetStream(found, folder, mounts, url)) as it:
        yield it


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    # Where the system has it: end the server also when the test process is killed.
    follow = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    life = ["timeout", "--kill-after=5", str(LIFE_SECONDS)]
    words = ["-a", "127.0.0.1", "-p", "-1", "-js", "-sd", str(folder)]
    process = subprocess.Popen(
        [*follow, *life, _tool("nats-server"), *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process:
        port, told = "", []
        for line in process.stderr:
            told.append(line)
            if match := re.search(r"Listening for client connections on 127\.0\.0\.1:(\d+)", line):
                port = match[1]
            if "Server is ready" in line:
                break
        assert port, "".join(told)
        # It must never wait for somebody to read its log.
        drain = threading.Thread(target=process.stderr.read)
        drain.start()
        yield f"nats://127.0.0.1:{port}"
        process.terminate()
        process.wait()
        drain.join()


def _tool(name: str) -> str:
    # The wheel puts its binary beside the interpreter, which need not be on PATH.
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is not installed"
    return found
