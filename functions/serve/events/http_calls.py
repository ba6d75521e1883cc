"""POSTs over connections that are kept: no redirect, no thread for one that stays open, and an open
one can be hung up.

The standard library's client and not `requests`: a dispatcher of 100,000 events is as quick as its
client, and has to end a call that another thread waits in.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from functools import cache
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec

from functions.contract.errors import DeadlineExceeded, Refused, RushesError, StoreUnavailable
from functions.serve.events.parking import Parking
from functions.serve.events.sink_address import (
    SinkAddress,
    reachable,
    refuse_addresses,
    refuse_host,
)

CONNECT_SECONDS = 10.0
QUICK_SECONDS = 0.05
"""That a thread waits for an answer before it leaves the connection to `parking`."""
_LARGEST = 64 << 20


class Response(msgspec.Struct, frozen=True):
    """What came back, the body whole."""

    status: int
    headers: dict[str, str]
    body: bytes


class Call:
    """A POST that was sent, on a connection of its own until its answer is read."""

    def __init__(self, name: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        self.name, self.target, self.headers, self.body = name, target, headers, body
        self.connection: http.client.HTTPConnection | None = None
        self.kept = False
        self.fault: Exception | None = None


class Calls:
    """POSTs to one address. Safe from many threads.

    seconds : that an answer may take
    direct : do not go through the machine's proxy
    """

    def __init__(self, address: SinkAddress, seconds: float, *, direct: bool = False) -> None:
        self._address = address
        self._seconds = seconds
        self._proxy = None if direct else _proxy_of(address)
        self._login = {} if self._proxy is None else _login(self._proxy)
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []
        self._open: dict[str, http.client.HTTPConnection] = {}
        self._hung_up: set[str] = set()
        self._closed = False
        self._parked: set[Call] = set()
        self._parking = Parking()

    def post(self, path: str, headers: Mapping[str, str], body: bytes, call: str) -> Response:
        """One POST below the address, and its answer.

        call : what `hang_up` ends it by

        Raises StoreUnavailable for a connection that is refused or breaks, DeadlineExceeded for
        silence, Refused for an address that is never called.
        """
        return self.finish(self.begin(path, headers, body, call))

    def begin(self, path: str, headers: Mapping[str, str], body: bytes, call: str) -> Call:
        """Send one POST; what went wrong is told by `finish`."""
        target = self._address.path + path
        if self._proxy is not None and self._address.scheme == "http":
            target = self._address.base.removesuffix(self._address.path) + target
            headers = {**headers, **self._login}
        made = Call(call, target, headers, body)
        self._send(made)
        return made

    def is_quick(self, call: Call) -> bool:
        """Whether the answer, or what went wrong, is there within QUICK_SECONDS.

        Of a connection under TLS nobody can tell: such calls are waited for in their thread.
        """
        sock = None if call.connection is None else call.connection.sock
        if call.fault is not None or sock is None or isinstance(sock, ssl.SSLSocket):
            return True
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(QUICK_SECONDS * 1000))

    def park(self, call: Call, ready: Callable[[], None]) -> None:
        """Call `ready` when `finish` waits no more."""
        sock = None if call.connection is None else call.connection.sock
        if sock is None:
            ready()
            return

        with self._lock:
            self._parked.add(call)

        def silent() -> None:
            # Whatever has come by now is read; nothing is waited for again.
            with contextlib.suppress(OSError):
                sock.settimeout(CONNECT_SECONDS)
            ready()

        self._parking.park(sock, self._seconds, silent)

    def finish(self, call: Call) -> Response:
        """The answer of a call; once."""
        with self._lock:
            self._parked.discard(call)
        while True:
            connection = call.connection
            try:
                if call.fault is not None or connection is None:
                    raise call.fault or StoreUnavailable("the sink is closed")
                response = _read(connection)
            except Refused:
                self._drop(call)
                raise
            except TimeoutError as error:
                self._drop(call)
                raise DeadlineExceeded(f"{self._address.base} did not answer in time") from error
            except (OSError, http.client.HTTPException) as error:
                self._drop(call)
                stale = call.kept and isinstance(error, http.client.RemoteDisconnected | OSError)
                with self._lock:
                    stale = stale and call.name not in self._hung_up and not self._closed
                if stale:
                    # The server let go of it while nobody looked: nothing was sent in vain.
                    self._send(call)
                    continue
                raise StoreUnavailable(
                    f"{self._address.base} cannot be reached: {_why(error)}"
                ) from error
            with self._lock:
                self._open.pop(call.name, None)
            self._give(connection)
            return response

    def hang_up(self, call: str) -> None:
        """End an open POST: whoever waits in it gets StoreUnavailable."""
        with self._lock:
            connection = self._open.get(call)
            if connection is None:
                return
            self._hung_up.add(call)
            found = connection.sock
        _shut(found)

    def close(self) -> None:
        """Let go of all connections, the open ones too."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = [connection.sock for connection in self._open.values()]
        for connection in idle:
            connection.close()
        for sock in busy:
            _shut(sock)
        self._parking.close()
        with self._lock:
            left = tuple(self._parked)
        for call in left:  # nobody reads them any more
            if call.connection is not None:
                call.connection.close()

    def _send(self, call: Call) -> None:
        call.connection, call.kept, call.fault = None, False, None
        try:
            call.connection, call.kept = self._take(call.name)
            self._ask(call.connection, call.target, call.headers, call.body)
        except (RushesError, OSError, http.client.HTTPException) as error:
            call.fault = error

    def _drop(self, call: Call) -> None:
        with self._lock:
            self._open.pop(call.name, None)
        if call.connection is not None:
            call.connection.close()

    def _take(self, call: str) -> tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            if self._closed:
                raise StoreUnavailable("the sink is closed")
            self._hung_up.discard(call)
            kept = bool(self._idle)
            connection = self._idle.pop() if kept else self._connection()
            self._open[call] = connection
        return connection, kept

    def _give(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            # http.client closes it by itself where the server said so.
            if connection.sock is not None and not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        if connection.sock is None:
            connection.timeout = CONNECT_SECONDS
            try:
                connection.connect()
            except TimeoutError as error:
                raise ConnectionError("no connection in time") from error
        assert connection.sock is not None
        connection.sock.settimeout(self._seconds)
        connection.request("POST", target, body, dict(headers))

    def _connection(self) -> http.client.HTTPConnection:
        address = self._address
        if self._proxy is None:
            if address.scheme == "https":
                return _Https(address.host, address.port, context=_tls())
            return _Http(address.host, address.port)
        refuse_host(address.host)
        with contextlib.suppress(socket.gaierror):  # the proxy may know a name that is unknown here
            reachable(address.host, address.port)
        host, port = self._proxy.hostname or "", self._proxy.port
        if address.scheme == "http":
            return http.client.HTTPConnection(host, port)
        tunnel = http.client.HTTPSConnection(host, port, context=_tls())
        tunnel.set_tunnel(address.host, address.port, self._login)
        return tunnel


class _Http(http.client.HTTPConnection):
    """Connects to an address that was looked at, and not to a name a second time."""

    def connect(self) -> None:
        self.sock = _connected(self.host, self.port, self.timeout or CONNECT_SECONDS)


class _Https(http.client.HTTPSConnection):
    """The same under TLS."""

    def connect(self) -> None:
        plain = _connected(self.host, self.port, self.timeout or CONNECT_SECONDS)
        self.sock = _tls().wrap_socket(plain, server_hostname=self.host)


def _connected(host: str, port: int, seconds: float) -> socket.socket:
    last: OSError | None = None
    for address in reachable(host, port):
        try:
            found = socket.create_connection((address, port), timeout=seconds)
        except OSError as error:
            last = error
            continue
        try:
            refuse_addresses(host, [str(found.getpeername()[0])])
        except Refused:
            found.close()
            raise
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found
    raise last or ConnectionError(f"{host} has no address")


@cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if named:
        context.load_verify_locations(named)
        return context
    with contextlib.suppress(ImportError):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _read(connection: http.client.HTTPConnection) -> Response:
    answer = connection.getresponse()
    content = answer.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise http.client.HTTPException("the answer is larger than any of ours")
    missing = answer.length
    if missing:  # a bounded read takes what there is, and does not say that it was cut
        raise http.client.IncompleteRead(content, missing)
    return Response(answer.status, dict(answer.getheaders()), content)


def _proxy_of(address: SinkAddress) -> SplitResult | None:
    found = None if proxy_bypass(address.host) else getproxies().get(address.scheme)
    return None if not found else urlsplit(found if "://" in found else f"http://{found}")


def _login(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    words = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(words.encode()).decode()}"}


def _shut(sock: socket.socket | None) -> None:
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _why(error: Exception) -> str:
    if isinstance(error, http.client.RemoteDisconnected):
        return "it closed the connection"
    if isinstance(error, http.client.IncompleteRead):
        return "its answer broke off"
    if isinstance(error, http.client.HTTPException):
        return "its answer is no HTTP"
    return str(getattr(error, "strerror", None) or error)
