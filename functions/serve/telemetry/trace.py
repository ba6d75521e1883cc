"""W3C trace context: one trace id from event to event, a span id of its own for each step.

A unit that was asked for by an event is a span below that event's, its reply names the unit's
span, and so does what the unit sends on: who reads the replies of a job sees one tree.

References
----------
W3C Trace Context, level 1 (traceparent, tracestate) and level 2 (the flag `random`).
CloudEvents: Distributed Tracing extension.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from functions.serve.telemetry.tracing import Tracing

_PARENT = re.compile(r"^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$", re.ASCII)
_KEY = r"[a-z0-9][a-z0-9_*/@-]{0,255}"
_MEMBER = re.compile(rf"^{_KEY}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{{0,256}}$")
_MOST_MEMBERS = 32
# sampled, and (level 2) random: a participant clears the bits that it does not know.
_KNOWN_FLAGS = 0x03
_SAMPLED = 0x01


class Trace(msgspec.Struct, frozen=True):
    """Where one step stands.

    trace, span : 32 and 16 hex digits, not all zero
    flags : of traceparent
    state : the text of tracestate, passed on as it came
    above : span of the step above, where this process knows it
    tracing : where spans go, for this step and those below, if they go anywhere
    """

    trace: str
    span: str
    flags: int = _SAMPLED
    state: str | None = None
    above: str | None = None
    tracing: Tracing | None = None

    @property
    def parent(self) -> str:
        """The text of traceparent that this step gives to the next."""
        return f"00-{self.trace}-{self.span}-{self.flags:02x}"

    def child(self) -> Trace:
        """A step below this one: the same trace, a new span."""
        return msgspec.structs.replace(self, span=_random(8), above=self.span)

    def headers(self) -> dict[str, str]:
        """The attributes of an event, and the headers of HTTP, that carry it."""
        found = {"traceparent": self.parent}
        return found if self.state is None else {**found, "tracestate": self.state}


def start() -> Trace:
    """The first step of a new trace."""
    return Trace(_random(16), _random(8))


def read(parent: str | None, state: str | None = None) -> Trace | None:
    """What traceparent and tracestate say; None for a traceparent that is none.

    A version that is newer than ours is read as far as ours goes. A tracestate that cannot be
    read is left out; without a traceparent it means nothing.
    """
    match = _PARENT.match((parent or "").strip())
    if match is None:
        return None
    version, trace, span, flags, more = match.groups()
    if version == "ff" or (version == "00" and more) or not trace.strip("0") or not span.strip("0"):
        return None
    return Trace(trace, span, int(flags, 16) & _KNOWN_FLAGS, _state(state))


def nearest(event: Trace | None, hop: Trace | None) -> Trace | None:
    """The step above a unit: the last hop's where that is of the event's own trace.

    The event's state is kept: the hop's header may have been left out of what was passed here.
    """
    if event is None or hop is None:
        return event or hop
    return msgspec.structs.replace(event, span=hop.span) if hop.trace == event.trace else event


_CURRENT: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace | None:
    """The step that this thread is at work on, if it was told."""
    return _CURRENT.get()


@contextmanager
def below(above: Trace | None) -> Iterator[Trace]:
    """Be a new step below that one, or the first of a new trace."""
    with inside(start() if above is None else above.child()) as step:
        yield step


@contextmanager
def inside(trace: Trace) -> Iterator[Trace]:
    """Make it the current step for what is called inside, in this thread."""
    token = _CURRENT.set(trace)
    try:
        yield trace
    finally:
        _CURRENT.reset(token)


def _state(text: str | None) -> str | None:
    members = [member.strip(" \t") for member in (text or "").split(",")]
    told = [member for member in members if member]
    keys = [member.partition("=")[0] for member in told]
    good = all(_MEMBER.match(member) for member in told) and len(set(keys)) == len(keys)
    return ",".join(told) if told and good and len(told) <= _MOST_MEMBERS else None


def _random(size: int) -> str:
    found = os.urandom(size).hex()
    return found if found.strip("0") else _random(size)
