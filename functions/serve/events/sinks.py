"""Where a dispatcher's events go: functions on this machine, a server or broker, a gateway."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from functions.contract.operation import Sink
from functions.serve.events.http_sink import HttpSink
from functions.serve.events.sink_address import check_named, parse_address, reachable, token_of
from functions.serve.run.settings import Settings


@contextmanager
def open_sink(address: str | None, settings: Settings, job: str | None = None) -> Iterator[Sink]:
    """Open the way to the functions; what was started for it is stopped at the end.

    Parameters
    ----------
    address : what the request names: None (what K_SINK says or a person typed, else this machine),
        "local" (this machine), `http(s)://...` (a functions server, a broker, a Sequence), or
        `openfaas:http(s)://gateway` (the gateway's asynchronous route).
    job : named in each event

    Events go on with the trace that this thread is inside of, else with a new one.

    Raises InvalidRequest for another address, Refused for one that the request may not name,
    InternalError when the functions of this machine do not start.
    """
    where = address or settings.sink or "local"
    if where == "local":
        from functions.serve.local.server import local_functions

        with local_functions(settings, job) as sink:
            yield sink
        return
    if address is not None:
        check_named(address, settings)
    parsed = parse_address(where)
    if settings.callback is not None and parsed.gateway:  # which may know what is unknown here
        callback = parse_address(settings.callback.partition("?")[0], "RUSHES_CALLBACK_URL")
        with contextlib.suppress(socket.gaierror):
            reachable(callback.host, callback.port)
    with HttpSink(
        parsed,
        seconds=settings.limits.seconds,
        token=token_of(parsed, settings),
        job=job,
        callback=settings.callback,
    ) as remote:
        yield remote
