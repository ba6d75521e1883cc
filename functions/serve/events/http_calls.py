"""POSTs over connections that are kept: many threads, no redirect, an open one can be hung up.

The standard library's client and not `requests`: a dispatcher of 100,000 events is as quick as its
client, and has to end a call that another thread waits in.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import socket
import ssl
import threading
from collections.abc import Mapping
from functools import cache
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec

from functions.contract.errors import DeadlineExceeded, Refused, StoreUnavailable
from functions.serve.events.sink_address import (
    SinkAddress,
    reachable,
    refuse_addresses,
    refuse_host,
)

CONNECT_SECONDS = 10.0
_LARGEST = 64 << 20


class Response(msgspec.Struct, frozen=True):
    """What came back, the body whole."""

    status: int
    headers: dict[str, str]
    body: bytes


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

    def post(self, path: str, headers: Mapping[str, str], body: bytes, call: str) -> Response:
        """One POST below the address.

        call : what `hang_up` ends it by

        Raises StoreUnavailable for a connection that is refused or breaks, DeadlineExceeded for
        silence, Refused for an address that is never called.
        """
        target = self._address.path + path
        if self._proxy is not None and self._address.scheme == "http":
            target = self._address.base.removesuffix(self._address.path) + target
            headers = {**headers, **self._login}
        while True:
            connection, kept = self._take(call)
            try:
                response = self._ask(connection, target, headers, body)
            except Refused:
                connection.close()
                raise
            except TimeoutError as error:
                connection.close()
                raise DeadlineExceeded(f"{self._address.base} did not answer in time") from error
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                stale = kept and isinstance(error, http.client.RemoteDisconnected | OSError)
                with self._lock:
                    stale = stale and call not in self._hung_up and not self._closed
                if stale:
                    # The server let go of it while nobody looked: nothing was sent in vain.
                    continue
                raise StoreUnavailable(
                    f"{self._address.base} cannot be reached: {_why(error)}"
                ) from error
            finally:
                with self._lock:
                    self._open.pop(call, None)
            self._give(connection, response)
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

    def _take(self, call: str) -> tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            if self._closed:
                raise StoreUnavailable("the sink is closed")
            self._hung_up.discard(call)
            kept = bool(self._idle)
            connection = self._idle.pop() if kept else self._connection()
            self._open[call] = connection
        return connection, kept

    def _give(self, connection: http.client.HTTPConnection, response: Response) -> None:
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
    ) -> Response:
        if connection.sock is None:
            connection.timeout = CONNECT_SECONDS
            try:
                connection.connect()
            except TimeoutError as error:
                raise ConnectionError("no connection in time") from error
            _socket_of(connection).settimeout(self._seconds)
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        content = answer.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise http.client.HTTPException("the answer is larger than any of ours")
        missing = answer.length
        if missing:  # a bounded read takes what there is, and does not say that it was cut
            raise http.client.IncompleteRead(content, missing)
        return Response(answer.status, dict(answer.getheaders()), content)

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
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class _Https(http.client.HTTPSConnection):
    """The same under TLS."""

    def connect(self) -> None:
        plain = _connected(self.host, self.port, self.timeout or CONNECT_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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


def _socket_of(connection: http.client.HTTPConnection) -> socket.socket:
    assert connection.sock is not None
    return connection.sock


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
