"""A plug-in's files as clips: the process it runs in, and what comes out of that, checked."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
import numpy as np

from functions.contract import uris
from functions.contract.camera import Assumption, CameraRecord
from functions.contract.clip import Clip, ClipFacts, RawFrame
from functions.contract.errors import (
    DamagedSource,
    DeadlineExceeded,
    LimitExceeded,
    RushesError,
    UnsupportedMedia,
    from_problem,
)
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.contract.picture import Picture
from functions.contract.store import Stat, Store
from functions.contract.timecode import Timecode
from functions.media.plugins.installed import Installed
from functions.media.plugins.module_path import isolated
from functions.media.plugins.wire import receive, send, typed
from functions.media.stills.sequence import Header, Listing, Reader, StillClip, located

_TO_END = 2.0  # seconds that a child may take to end by itself
_VERSION_SECONDS = 60.0
_SHAPES = {"cfa": 2, "mono": 2, "linear": 3}
_PATTERNS = ("RGGB", "BGGR", "GRBG", "GBRG")


def open_plugin(plugin: Installed, listing: Listing, store: Store, limits: Limits) -> Clip:
    """A clip that a plug-in reads: one file with its frames, or a sequence of files.

    Raises as the plug-in does; DamagedSource where it crashes, DeadlineExceeded where it takes
    longer than a unit may.
    """
    if listing.numbered:
        return StillClip(listing, PluginReader(plugin, limits), store, limits)
    return PluginClip(plugin, listing, store, limits)


@cache
def sdk_version(plugin: Installed) -> str:
    """What the plug-in says of its SDK; asked once a process."""
    process = _Process(plugin, _VERSION_SECONDS)
    try:
        return str(process.ask(None, "version")[0]["value"])
    finally:
        process.end()


class PluginClip:
    """One file by a plug-in (contract's protocol Clip)."""

    def __init__(self, plugin: Installed, listing: Listing, store: Store, limits: Limits) -> None:
        self._stat, self._plugin, self._limits = listing.first, plugin, limits
        self._file = _File(plugin, limits)
        try:
            facts, self.notes, self._numbers = self._file.open(self._stat, store)
        except BaseException as error:
            self._file.close()
            if isinstance(error, RushesError):
                raise located(error, self._stat, None) from error
            raise
        self.facts = msgspec.structs.replace(facts, name=listing.name)

    def numbers(self) -> FrameRange:
        """The frames that the plug-in says are there."""
        return self._numbers

    def counted(self) -> int:
        """The same: a plug-in claims nothing that it has not."""
        return len(self._numbers)

    def frames(self, wanted: FrameRange) -> Iterator[RawFrame]:
        """Frames in order. Raises the contract's errors with the frame's number."""
        for number in wanted:
            try:
                frame = self._file.frame(number)
            except RushesError as error:
                raise located(error, self._stat, number) from error
            yield frame

    def pictures(self, wanted: FrameRange) -> Iterator[Picture]:
        """Never: plug-ins read camera raw."""
        raise located(UnsupportedMedia("it is camera raw"), self._stat, None)

    def close(self) -> None:
        """End the plug-in's process."""
        self._file.close()


class PluginReader(Reader):
    """Files of a sequence by a plug-in, one after another in one process (protocol Reader)."""

    def __init__(self, plugin: Installed, limits: Limits) -> None:
        self._plugin, self._limits = plugin, limits
        self._file: _File | None = None

    def another(self) -> PluginReader:
        """One with a process of its own."""
        return PluginReader(self._plugin, self._limits)

    def header(self, store: Store, stat: Stat) -> Header:
        """Facts of one file."""
        file = _File(self._plugin, self._limits)
        try:
            facts, notes, _ = file.open(stat, store)
        finally:
            file.close()
        return Header(
            facts.container, facts.codec, facts.layout, facts.width, facts.height, facts.camera,
            facts.rate, facts.start, notes, facts.picture,
        )  # fmt: skip

    def frame(self, content: bytes, number: int) -> RawFrame:
        """The first frame of a whole file."""
        if self._file is None:
            self._file = _File(self._plugin, self._limits)
            weakref.finalize(self, self._file.close)
        stat = Stat(f"file:///{number}", len(content), "")
        _, _, numbers = self._file.open(stat, cast("Store", _Content(content, stat)))
        return msgspec.structs.replace(self._file.frame(numbers.start), number=number)


class _Content:
    """One file that is in memory already, as a store."""

    def __init__(self, content: bytes, stat: Stat) -> None:
        self._content, self._stat = content, stat

    def stat(self, uri: str) -> Stat:
        return self._stat

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        return iter((self._stat,))

    def folders(self, folder: str) -> tuple[str, ...]:
        return ()

    def unlisted(self, folder: str) -> dict[str, str]:
        return {}

    def read(self, uri: str) -> bytes:
        return self._content

    def read_range(self, uri: str, start: int, length: int) -> bytes:
        return self._content[start : start + length]


class _File:
    """One opened file in a plug-in's process."""

    def __init__(self, plugin: Installed, limits: Limits) -> None:
        self._plugin, self._limits = plugin, limits
        self._process = _Process(plugin, limits.seconds)
        self._opened: tuple[Stat, Store] | None = None
        self._read_by: tuple[Assumption, ...] = ()

    def open(self, stat: Stat, store: Store) -> tuple[ClipFacts, tuple[str, ...], FrameRange]:
        self._opened = stat, store
        answer, _ = self._process.ask(store, "open", stat, self._limits)
        with self._checked():
            told = f"read by the plug-in {self._plugin.title}, SDK {answer['sdk']}"
            self._read_by = (Assumption("reader", told),)
            facts = typed(answer["facts"], ClipFacts)
            notes, numbers = typed(answer["notes"], tuple[str, ...]), answer["numbers"]
            numbers = typed(numbers, FrameRange)
            if facts.layout is None or not len(numbers) or min(facts.width, facts.height) < 1:
                raise ValueError(f"{facts.layout}, {facts.width}x{facts.height}, {len(numbers)}")
        self._limits.check_pixels(facts.width, facts.height)
        return msgspec.structs.replace(facts, camera=self._named(facts.camera)), notes, numbers

    def frame(self, number: int) -> RawFrame:
        assert self._opened is not None, "a file is opened first"
        if not self._process.running:  # it fell over the frame before
            self.open(*self._opened)
        # Four numbers of four bytes a pixel hold any layout.
        answer, payload = self._process.ask(
            self._opened[1], "frame", number, most=16 * self._limits.pixels
        )
        with self._checked():
            shape, dtype = tuple(answer.pop("shape")), np.dtype(answer.pop("dtype"))
            if dtype not in (np.uint16, np.float32):
                raise ValueError(f"samples of {dtype}")
            pixels = np.frombuffer(payload, dtype).reshape(shape)
            camera = self._named(typed(answer.pop("camera"), CameraRecord))
            timecode = typed(answer.pop("timecode"), Timecode | None)
            levels = typed(answer.pop("black"), tuple[float, float, float, float])
            crop = typed(answer.pop("crop"), tuple[int, int, int, int])
            frame = RawFrame(
                pixels=pixels, camera=camera, timecode=timecode, black=levels, crop=crop,
                **{**answer, "number": number},
            )  # fmt: skip
            _check(frame)
        return frame

    def _named(self, camera: CameraRecord) -> CameraRecord:
        return msgspec.structs.replace(camera, assumed=camera.assumed + self._read_by)

    @contextmanager
    def _checked(self) -> Iterator[None]:
        """Errors of values that are none, as a sentence with the plug-in's name."""
        try:
            yield
        except RushesError:
            raise
        except (ValueError, TypeError, KeyError) as error:
            raise UnsupportedMedia(
                f"the plug-in {self._plugin.title} answers what no clip can be: {error}"
            ) from error

    def close(self) -> None:
        self._process.end()


def _check(frame: RawFrame) -> None:
    x, y, width, height = frame.crop
    rows, columns = frame.pixels.shape[:2]
    inside = x >= 0 and y >= 0 and 0 < width <= columns - x and 0 < height <= rows - y
    if frame.pixels.ndim != _SHAPES[frame.layout] or not inside:
        raise ValueError(f"{frame.layout} of {frame.pixels.shape}, crop {frame.crop}")
    if (frame.layout == "linear") != (frame.pixels.shape[2:] == (3,)):
        raise ValueError(f"{frame.layout} of {frame.pixels.shape}")
    if (frame.pattern in _PATTERNS) != (frame.layout == "cfa"):
        raise ValueError(f"the pattern {frame.pattern}")
    if not max(frame.black) < frame.white < float("inf"):
        raise ValueError(f"black {frame.black}, white {frame.white}")


class _Process:
    """A child that runs the plug-in, started when it is first asked."""

    def __init__(self, plugin: Installed, seconds: float) -> None:
        self._plugin, self._seconds = plugin, seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._copies: str | None = None

    def ask(
        self, store: Store | None, verb: str, *words: Any, most: int = 1 << 32
    ) -> tuple[dict[str, Any], bytearray]:
        """The answer to one request; what it wants of the storage meanwhile is given."""
        child = self._child = self._child or self._started()
        to, back = cast("BinaryIO", child.stdin), cast("BinaryIO", child.stdout)
        deadline = time.monotonic() + self._seconds
        try:
            send(to, [verb, *words])
            while "ask" in (reply := receive(back, deadline, most))[0]:
                send(to, *self._given(store, reply[0]["ask"], reply[0]["words"]))
            answer, payload = reply
        except TimeoutError as error:
            self.end()
            raise DeadlineExceeded(
                f"the plug-in {self._plugin.title} took longer than {self._seconds:g} seconds"
            ) from error
        except (EOFError, OSError, ValueError, msgspec.MsgspecError) as error:
            raise self._fallen(child) from error
        if "problem" in answer:
            raise from_problem(answer["problem"])
        return answer, payload

    @property
    def running(self) -> bool:
        """Whether it was started, and has not fallen."""
        return self._child is not None

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            isolated("functions.media.plugins.child", self._plugin.value),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def _given(self, store: Store | None, verb: str, words: list[Any]) -> tuple[Any, bytes]:
        if store is None:
            raise EOFError("no storage here")
        verbs: dict[str, Callable[..., Any]] = {
            "stat": store.stat,
            "list": lambda *of: list(store.list(*of)),
            "folders": store.folders,
            "unlisted": store.unlisted,
            "read": store.read,
            "read_range": store.read_range,
            "local": lambda uri: self._local(store, uri),
        }
        try:
            found = verbs[verb](*words)
        except RushesError as error:
            return {"problem": error.problem()}, b""
        return ({}, found) if isinstance(found, bytes) else ({"value": found}, b"")

    def _local(self, store: Store, uri: str) -> str:
        if uris.scheme_of(uri) == "file" and not isinstance(store, _Content):
            store.stat(uri)  # inside the roots, and there
            return str(uris.path_of(uri))
        self._copies = self._copies or tempfile.mkdtemp(prefix="rushes-reader-")
        path = Path(self._copies) / uris.basename(uri)
        content = store.read(uri)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
        return str(path)

    def _fallen(self, child: subprocess.Popen[bytes]) -> RushesError:
        """What is to be said of a child that answered no more."""
        self.end()
        code = child.returncode
        if code == -signal.SIGKILL:
            return LimitExceeded(
                f"the plug-in {self._plugin.title} was killed, as happens where memory ends"
            )
        how = signal.Signals(-code).name if code and code < 0 else f"exit {code}"
        return DamagedSource(f"the plug-in {self._plugin.title} fell over this file ({how})")

    def end(self) -> None:
        """End the child, and take its copies away."""
        child, self._child = self._child, None
        if child is not None:
            assert child.stdin is not None and child.stdout is not None
            child.stdin.close()
            try:
                child.wait(_TO_END)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            child.stdout.close()
        if self._copies is not None:
            shutil.rmtree(self._copies, ignore_errors=True)
            self._copies = None
