"""Messages between a worker and a child: JSON and bytes, with open files where one is passed on.

The worker decodes into types that it names and nothing else: what comes from a child may be what a
stranger's file made of it. (`pickle` would run it.)
"""

from __future__ import annotations

import array
import os
import socket
import struct
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from functions.contract.request import NOT_JSON

T = TypeVar("T")

_HEAD = struct.Struct("=IQ")
_MOST_HEADER = 256 << 20
_MOST_FILES = 4
_ONE = struct.calcsize("i")
_encode = msgspec.json.Encoder(enc_hook=str).encode


class Closed(Exception):
    """The other side has gone, or says what makes no sense."""


class Channel:
    """One side of a pair of sockets; a question and its answer at a time.

    most : bytes beside the header that the other side may send
    """

    def __init__(self, sock: socket.socket, most: int = 0) -> None:
        self.sock = sock
        self._most = most

    def send(
        self, header: Any, content: bytes | bytearray | memoryview = b"", files: Sequence[int] = ()
    ) -> None:
        """Raises Closed when nobody is there."""
        told, size = _encode(header), memoryview(content).nbytes
        start = _HEAD.pack(len(told), size) + told
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
        try:
            sent = self.sock.sendmsg([start], rights)
            self.sock.sendall(start[sent:])
            self.sock.sendall(content)
        except OSError as error:
            raise Closed(str(error)) from error

    def receive(self, kind: type[T]) -> tuple[T, bytearray, list[int]]:
        """(header, bytes, open files); the caller closes the files. Raises Closed."""
        files: list[int] = []
        try:
            head = self._start(files)
            length, size = _HEAD.unpack(head)
            if length > _MOST_HEADER or size > self._most:
                raise Closed(f"a message of {length} and {size} bytes")
            header = msgspec.json.decode(self._exactly(length), type=kind)
            return header, self._exactly(size), files
        except (Closed, OSError, *NOT_JSON) as error:
            close_all(files)
            raise Closed(str(error)) from error

    def _start(self, files: list[int]) -> bytes:
        head, rights, _, _ = self.sock.recvmsg(
            _HEAD.size, socket.CMSG_SPACE(_MOST_FILES * _ONE), socket.MSG_CMSG_CLOEXEC
        )
        for level, kind, content in rights:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                found = array.array("i")
                found.frombytes(content[: len(content) - len(content) % _ONE])
                files.extend(found)
        if not head:
            raise Closed("the other side has gone")
        return head + bytes(self._exactly(_HEAD.size - len(head)))

    def _exactly(self, size: int) -> bytearray:
        content = bytearray(size)
        view = memoryview(content)
        while view.nbytes:
            count = self.sock.recv_into(view)
            if not count:
                raise Closed("the other side went in the middle of a message")
            view = view[count:]
        return content


def close_all(files: Sequence[int]) -> None:
    """Close descriptors."""
    for each in files:
        os.close(each)
