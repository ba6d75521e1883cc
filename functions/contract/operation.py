"""What an operation is, what it may touch, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Protocol

import msgspec

from functions.contract.errors import Busy, LimitExceeded
from functions.contract.frames import FrameRange
from functions.contract.receipt import Frames, Output, Receipt
from functions.contract.segments import Splitting
from functions.contract.store import Content, Stat, Store

LEGAL_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$"
FORM_OF_A_NAME = "a name has up to 200 letters, digits, dots, hyphens and underscores"
"""Of outputs: legal in every folder and bucket."""


def about(
    text: str,
    *,
    unit: str | None = None,
    section: str | None = None,
    default: str | None = None,
    uri: bool = False,
    names: Sequence[str] = (),
    form: str | None = None,
    **limits: Any,
) -> msgspec.Meta:
    """What is said of a request's field: in help, in `/openapi.json` and to the decoder.

    unit : what stands behind the option in help: FRAMES, NAME ...
    section : of the help that it stands in, where not among the operation's own
    default : what counts where nothing is said, of a field whose default follows from others
    uri : the decoder makes it canonical
    names : that may stand there, among others; a shell offers them
    form : what its pattern takes, in words
    limits : of `msgspec.Meta`: ge, le, pattern ...
    """
    said: dict[str, Any] = {"format": "uri" if uri else None, "default": default}
    said |= {"x-unit": unit, "x-section": section, "x-names": list(names) or None}
    said["x-form"] = FORM_OF_A_NAME if limits.get("pattern") == LEGAL_NAME else form
    schema = {name: value for name, value in said.items() if value is not None}
    return msgspec.Meta(description=text, extra_json_schema=schema or None, **limits)


def names_output(text: str) -> msgspec.Meta:
    """What is said of the field that names what is made; legal in every folder and bucket."""
    return about(text, pattern=LEGAL_NAME, unit="NAME")


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every operation's typed request; a subclass adds its own fields.

    Subclasses annotate each field with `about(...)`: its line in `--help` and in
    `/openapi.json`.

    overwrite and explain change how a request is answered and not what it makes, so they
    are no part of the unit's identity.
    """

    overwrite: Annotated[
        bool,
        about("replace other content that stands at the output", section="Request and answer"),
    ] = False
    explain: Annotated[
        bool,
        about("say what would be done, from headers only", section="Request and answer"),
    ] = False


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit may use; `RUSHES_LIMITS_<NAME>` in the environment.

    pixels of one frame, frames of one unit, bytes of one input file, seconds of one unit, bytes of
    memory that it may take (a container's share; without a container the machine's).
    """

    pixels: int = 16384 * 16384
    frames: int = 100_000
    bytes: int = 4 * 2**40
    seconds: float = 3600.0
    memory: int = 2**50

    def check_frames(self, count: int) -> None:
        """Raise LimitExceeded for more frames than one unit may have."""
        if count > self.frames:
            raise LimitExceeded(
                f"{count} frames in one unit; this function's limit is {self.frames}",
                field="frames",
            )

    def check_pixels(self, width: int, height: int) -> None:
        """Raise LimitExceeded for a frame with more pixels than one may have."""
        if width * height > self.pixels:
            raise LimitExceeded(
                f"{width}x{height} is over the limit of {self.pixels} pixels", limit=self.pixels
            )

    def check_memory(self, needed: int, width: int, height: int) -> None:
        """Raise LimitExceeded for a frame that needs more memory than one unit may take."""
        if needed > self.memory:
            raise LimitExceeded(
                f"a frame of {width}x{height} takes {needed >> 20} MiB of memory here, and this "
                f"function has {self.memory >> 20} MiB",
                needed=needed,
                limit=self.memory,
            )

    def broken_by(self, count: int, memory: int = 0) -> list[str]:
        """What `check_frames` and `check_memory` would say, for a plan."""
        broken = []
        if count > self.frames:
            broken.append(f"{count} frames are over the limit of {self.frames}")
        if memory > self.memory:
            broken.append(f"{memory >> 20} MiB of memory are over the limit of {self.memory >> 20}")
        return broken


class Work(Protocol):
    """All that a unit may touch: no environment, clock, network or global beside it."""

    @property
    def store(self) -> Store:
        """Storage inside the allowed roots; notes what is read for the receipt."""
        ...

    @property
    def scratch(self) -> Path:
        """An empty local folder of this unit's own while it runs, gone afterwards."""
        ...

    @property
    def limits(self) -> Limits: ...

    @property
    def threads(self) -> int:
        """Cores that this unit may use: the pod's share, not the host's."""
        ...

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Time spent under one of `receipt.STAGES`."""
        ...

    def assume(self, name: str, value: Any) -> None:
        """Note a default that was taken because the request or the clip said nothing."""
        ...

    def check(self) -> None:
        """Raise DeadlineExceeded or Busy (shutting down) when the unit must stop; call it
        once a frame."""
        ...

    def commit(self, name: str, content: Content, frame: int | None = None) -> Output:
        """Make one output visible whole, under the request's `output`.

        Identical content that stands there already is left alone; other content raises
        OutputConflict unless the request says overwrite. Safe to call from threads.
        """
        ...

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Tell the person who waits, if one does."""
        ...


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A checked request with its identity, and its receipt if that stands already."""

    operation: str
    unit: str
    request: dict[str, Any]
    output: str | None
    receipt: Receipt | None


class Answer(msgspec.Struct, frozen=True):
    """What a function answered to one event: a receipt, or a problem object.

    seconds_to_retry : what Retry-After said, else None
    foreign : it is not the function's own word: whether the unit is done it does not tell
    """

    receipt: Receipt | None
    problem: dict[str, Any] | None = None
    seconds_to_retry: float | None = None
    foreign: bool = False

    @property
    def busy(self) -> bool:
        """Whether a worker at other work turned it away."""
        return (self.problem or {}).get("code") == Busy.code


class Later(msgspec.Struct, frozen=True):
    """An answer that is not there yet, and that no thread waits for.

    then : called once with what to call, from any thread, when `answer` waits no more
    answer : as `Sink.send`; called once
    """

    then: Callable[[Callable[[], None]], None]
    answer: Callable[[], Answer | None]


class Sink(Protocol):
    """Where a dispatcher's events go. Calls come from many threads at once."""

    @property
    def width(self) -> int:
        """How many events may be in flight at first."""
        ...

    @property
    def most(self) -> int:
        """How many may be where all goes well."""
        ...

    @property
    def asynchronous(self) -> bool:
        """Whether an accepted event is answered later, by a receipt in the storage only."""
        ...

    def send(self, operation: str, unit: str, request: Mapping[str, Any]) -> Answer | Later | None:
        """Deliver one `requested` event; None when it was accepted and not yet answered, Later
        where the answer is waited for by nobody in particular.

        Raises StoreUnavailable, DeadlineExceeded or Busy for what a retry may cure.
        """
        ...

    def hang_up(self, unit: str) -> None:
        """End a `send` or a `Later` that is open: the unit's end is known by now."""
        ...

    def job_ended(self, report: Mapping[str, Any]) -> None:
        """Tell whoever listens behind the sink that the job is over."""
        ...


class DispatchWork(Work, Protocol):
    """What an operation that sends units to others may touch beside its own work.

    fresh : the storage as it is now: what others leave there meanwhile is no input, and no answer
        of it is kept
    """

    fresh: Store

    @property
    def unit_seconds(self) -> float:
        """What a function gives one unit, as far as is known here: this process's own limit."""
        ...

    def prepare(self, operation: str, request: Mapping[str, Any]) -> Prepared:
        """Check another operation's request and find its unit and receipt."""
        ...

    def operation(self, name: str) -> Operation | None:
        """What another operation says of itself; None where it is not known, which `prepare`
        tells."""
        ...

    def sink(self, address: str | None, job: str | None = None) -> AbstractContextManager[Sink]:
        """Open the way to the functions: None is this machine.

        job : named in each event that is sent
        """
        ...

    def pause(self, seconds: float) -> None:
        """Sleep, or less when the unit must stop: for a back-off."""
        ...


class Result(msgspec.Struct, frozen=True):
    """What a unit made; its outputs were committed through its work.

    final : False for work that is answered and not finished (a job with failed units): no
        receipt is left, so that the same request does what is missing
    reused : True when all had been done before and nothing was written
    """

    frames: Frames | None = None
    report: dict[str, Any] | None = None
    final: bool = True
    reused: bool = False


class Opened(Protocol):
    """One unit between its request and its receipt.

    What opening costs is paid once: the clip is listed and its headers are read when they are
    first needed, and kept for what comes after. `sources` is asked first, then one of
    `explain` and `run`, at most once; `close` always.
    """

    def sources(self) -> tuple[Stat, ...]:
        """Stats of every file that the unit reads: its identity. Decodes nothing."""
        ...

    def explain(self) -> dict[str, Any]:
        """What `run` would do, from headers only."""
        ...

    def run(self) -> Result:
        """Do the work."""
        ...

    def close(self) -> None:
        """Let go of files and decoders."""
        ...


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A request as a person would send it first, and what it makes.

    request : its fields, on `s3://` URIs
    output, frame : name of a file that it makes, and its frame; None for a report alone
    report : of its receipt
    """

    request: Mapping[str, Any]
    output: str | None = None
    frame: int | None = None
    report: Mapping[str, Any] | None = None


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """How a job makes one request by several of the same operation, which need no frames to cut.

    each : what every piece's request says beside the whole's; none where it is one unit
    last : what the whole's request says beside its own, once all pieces stand
    """

    each: tuple[Mapping[str, Any], ...] = ()
    last: Mapping[str, Any] = {}


class Operation(msgspec.Struct, frozen=True):
    """One function, as the value on the last line of its handler.

    name : in the catalog, the folder, the event type and the command line
    request : the typed request
    open : a request and the work (for `dispatches` a DispatchWork) to one unit, opened
    summary : one line for `--help`
    shapes : import packages and modules whose source shapes the output, for the unit's
        identity ("kernels", "functions.media", ...)
    dispatches : whether it sends units to others: `limits.seconds` does not end it, for a job
        takes as long as its units take
    loads : modules that every unit imports: a server's worker does so once it is ready
    example : for help and documents
    splitting : how a request is made in parts; None where it is one unit always
    pieces : how a job makes a request by several before it; None where it is made alone
    named_by_range : whether outputs are called after the frames, where no name is said
    ending : of the one movie that a request makes ("mov"), None where it makes other files
    lines : what a person reads of its report, line by line
    report : gives the type of its report, for `/openapi.json`, where that is a fixed one
    tells_of_a_job : whether its report is a job's: where that has failed units, the command line
        ends with 3
    """

    name: str
    request: type[Request]
    open: Callable[[Any, Any], Opened]
    summary: str
    shapes: tuple[str, ...] = ()
    dispatches: bool = False
    loads: tuple[str, ...] = ()
    example: Example | None = None
    splitting: Splitting | None = None
    pieces: Callable[[Mapping[str, Any], Store], Pieces] | None = None
    named_by_range: bool = False
    ending: Callable[[Mapping[str, Any]], str | None] | None = None
    lines: Callable[[Mapping[str, Any]], Iterable[str]] | None = None
    tells_of_a_job: bool = False
    report: Callable[[], type[msgspec.Struct]] | None = None


def imported(module: str, name: str) -> Callable[..., Any]:
    """What a module calls `name`, imported when it is first called: a handler alone is light.

    `tests/house` reads these as imports.
    """

    def call(*given: Any) -> Any:
        return getattr(import_module(module), name)(*given)

    return call


def count_frames(frames: FrameRange) -> Frames:
    """The receipt's `frames` of a range."""
    return Frames(frames.start, frames.last, len(frames))
