"""Which addresses events may go to, and which token belongs to which.

A sink that a request or a job names is somebody else's word: it must be one that this process was
told of (`RUSHES_SINKS`, `K_SINK`). What a person typed on the command line is that person's own.
Addresses of the link and of a cloud's metadata are nobody's sink, whoever names them.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

import msgspec

from functions.contract.errors import InternalError, InvalidRequest, Refused
from functions.serve.run.settings import Settings

OPENFAAS = "openfaas:"
_FORMS = "local, http(s)://... and openfaas:http(s)://..."
_PORTS = {"http": 80, "https": 443}
# Metadata services outside of the link's own ranges: AWS by IPv6, Alibaba, Oracle.
_METADATA = {
    ipaddress.ip_address(each) for each in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192")
}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAMES = {"metadata.google.internal", "metadata.goog", "instance-data"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class SinkAddress(msgspec.Struct, frozen=True):
    """An address in its parts, the host in small letters and the port said.

    gateway : OpenFaaS' asynchronous route
    """

    gateway: bool
    scheme: str
    host: str
    port: int
    path: str

    @property
    def base(self) -> str:
        """As a URL without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if _PORTS[self.scheme] == self.port else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def covers(self, other: SinkAddress) -> bool:
        """Whether the other is this one or below it."""
        same = (self.gateway, self.scheme, self.host, self.port)
        if same != (other.gateway, other.scheme, other.host, other.port):
            return False
        return other.path == self.path or other.path.startswith(self.path + "/")


def parse_address(text: str, field: str = "sink") -> SinkAddress:
    """An address in its parts.

    Raises InvalidRequest for another form: one with a user's name, a query or odd characters too.
    """
    gateway = text.startswith(OPENFAAS)
    try:
        parts: SplitResult = urlsplit(text.removeprefix(OPENFAAS))
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    odd = any(c.isspace() or not c.isprintable() or c == "\\" for c in text)
    more = parts.username is not None or parts.query or parts.fragment
    if odd or more or parts.scheme not in _PORTS or not parts.hostname:
        raise InvalidRequest(f"sink {text!r} is none of {_FORMS}", field=field)
    path = parts.path.rstrip("/")
    if ".." in path.split("/") or "%" in path:
        raise InvalidRequest(f"sink {text!r} has a path that is not plain", field=field)
    return SinkAddress(
        gateway, parts.scheme, parts.hostname.rstrip("."), port or _PORTS[parts.scheme], path
    )


def allowed(address: SinkAddress, settings: Settings) -> bool:
    """Whether a request may name it: this process was told of it."""
    known = [parse_address(each, "RUSHES_SINKS") for each in settings.sinks]
    if settings.sink is not None:
        known.append(parse_address(settings.sink, "K_SINK"))
    return any(each.covers(address) for each in known)


def check_named(text: str, settings: Settings) -> None:
    """Raise Refused for a sink of a request that this process was not told of."""
    if not allowed(parse_address(text), settings):
        raise Refused(
            f"sink {text!r} is not one of this process: RUSHES_SINKS lists those that a request or "
            "a job may name, and --sink on the command line is free",
            field="sink",
        )


def token_of(address: SinkAddress, settings: Settings) -> str | None:
    """The bearer token that belongs to a sink by RUSHES_SINK_TOKEN_FILE; None for any other.

    A file of one token is that of K_SINK, or else of the one sink in RUSHES_SINKS, or else of the
    one that was typed. A file of lines `URL TOKEN` is for several.

    Raises InvalidRequest where one token could be that of several sinks.
    """
    if settings.sink_token_file is None:
        return None
    try:
        text = settings.sink_token_file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InternalError("the file of the sinks' tokens cannot be read") from error
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if lines and all(len(words) == 2 for words in lines):
        owners = ((parse_address(url, "RUSHES_SINK_TOKEN_FILE"), token) for url, token in lines)
        return next((token for owner, token in owners if owner.covers(address)), None)
    if len(lines) != 1 or len(lines[0]) != 1:
        raise InvalidRequest(
            "RUSHES_SINK_TOKEN_FILE holds one token, or lines of a sink's URL and its token",
            field="RUSHES_SINK_TOKEN_FILE",
        )
    if settings.sink is not None and not settings.sink_typed:
        owned = [parse_address(settings.sink, "K_SINK")]
    else:
        owned = [parse_address(each, "RUSHES_SINKS") for each in settings.sinks]
    if len(owned) > 1:
        raise InvalidRequest(
            "RUSHES_SINK_TOKEN_FILE holds one token, and RUSHES_SINKS names several sinks: write a "
            "line of URL and token for each",
            field="RUSHES_SINK_TOKEN_FILE",
        )
    if not owned:
        return lines[0][0] if settings.sink_typed else None
    return lines[0][0] if owned[0].covers(address) else None


def reachable(host: str, port: int) -> list[str]:
    """Addresses of a host to connect to.

    Raises Refused where one of them is of the link or a metadata service, OSError where there is
    none. Whoever connects uses these and does not ask the name again, which may answer otherwise.
    """
    refuse_host(host)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # of labels that no name has
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is no name of a host") from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    refuse_addresses(host, addresses)
    return addresses


def refuse_host(host: str) -> None:
    """Raise Refused for the name of a metadata service."""
    if host.lower().rstrip(".") in _NAMES:
        raise Refused(f"{host} is a metadata service, and no sink", field="sink")


def refuse_addresses(host: str, addresses: Iterable[str]) -> None:
    """Raise Refused where an address is of the link or a metadata service."""
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if any(each.is_link_local or each in _METADATA for each in _meant(address)):
            raise Refused(
                f"{host} is an address of the link or a metadata service, and no sink", field="sink"
            )


def _meant(address: Address) -> list[Address]:
    """The address, and the older one that it carries inside."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inside: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    if address in _NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address.teredo is not None:
        inside.append(address.teredo[1])
    return [address, *(each for each in inside if each is not None)]
