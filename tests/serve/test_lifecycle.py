"""One way through a unit: what each operation reads, counted below the storage."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import obstore
import pytest

from functions.contract.errors import LimitExceeded
from functions.contract.operation import Limits
from functions.contract.store import Store
from functions.media.open import clip_files
from functions.picture.plan import make
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.storage import open_store
from tests.container.conftest import make_movie
from tests.lint.deliveries import make_delivery
from tests.media.takes import frame_file
from tests.storage.seaweed import Seaweed, seaweed

FRAMES = range(100, 104)
THREADS = 2
CUT = """TITLE: CUT
FCM: NON-DROP FRAME
001  A001     V     C        01:00:00:05 01:00:00:07 01:00:00:00 01:00:00:02
* FROM CLIP NAME: A001
"""


@dataclass(frozen=True)
class Bound:
    """What a unit may cost. headers : opens of a clip for what its headers say

    readers : opens of a movie for decoding; of stills none is needed
    lists : listings of the storage
    plans : of colour, and as many of framing
    reads : of any one file, whole
    requests : to S3 for what the unit reads, its receipt's place left out
    """

    fields: Mapping[str, Any]
    headers: int = 0
    readers: int = 0
    lists: int = 0
    plans: int = 0
    reads: int = 1
    requests: int = 0


BOUNDS = {
    # On S3 a take of four files is a listing, the head of its first and the four files.
    "debayer": Bound({"input": "A001/"}, headers=1, lists=1, plans=1, requests=6),
    "deliver": Bound({"input": "A001/", "profile": "aces-exr"},
                     headers=1, lists=1, plans=1, requests=6),
    # Two wishes of one clip: the plate's own pictures, and those of its viewing movie.
    "plate": Bound({"input": "A001/", "frames": "101-102", "handles": 1, "shot": "ABC_010"},
                   headers=1, lists=1, plans=2, reads=2, requests=10),
    # Every file's head, its content once for header and hash, and again where the sheet shows it.
    "inspect": Bound({"input": "A001/"}, headers=1, lists=1, reads=2, requests=12),
    "trim": Bound({"input": "A001/", "frames": "101-102"}, headers=1, lists=1, requests=6),
    "transcode": Bound({"input": "A001.mov", "source": "rec709"},
                       headers=1, readers=1, plans=1, requests=4),
    "stitch": Bound({"parts": ["A001.mov", "B001.mov"]}, requests=13),
    # Of each folder its files, what lies below it, and what no listing shows; a chain is read
    # again before it is replaced, a CDL again for its hash.
    "seal": Bound({"input": "A001/"}, lists=2, reads=2, requests=12),
    # The turnover, the listing of its media, and the headers of the first file of a clip and of
    # its last, whose timecode tells whether it jumps between.
    "pull": Bound({"input": "cut.edl", "media": ["A001/"]}, lists=1, requests=7),
    "lint": Bound({"input": "plates/"}, lists=4, reads=2, requests=36),
}  # fmt: skip


@dataclass
class Costs:
    """What was counted."""

    calls: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.calls[what] += 1

    def counted(self, what: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self.count(what)
            return do(*given, **named)

        return call


class Counted:
    """A store below the unit's own, with what is asked of it by verb and by verb and file."""

    def __init__(self, inner: Store, costs: Costs) -> None:
        self._inner, self._costs = inner, costs

    def __getattr__(self, verb: str) -> Any:
        if verb == "remember":
            raise AttributeError(verb)
        return self._counting(verb, getattr(self._inner, verb))

    def _counting(self, verb: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def call(uri: str, *more: Any) -> Any:
            if "/.rushes/" not in uri and "/out/" not in uri:
                self._costs.count(verb)
                self._costs.count(f"{verb} {uri.rpartition('/')[2]}")
            return do(uri, *more)

        return call


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Costs:
    """Counts of this test."""
    found = Costs()
    opened = found.counted("opens", clip_files.open_listing)
    monkeypatch.setattr(clip_files, "open_listing", opened)
    for name in ("plan_colour", "plan_framing"):
        monkeypatch.setattr(make, name, found.counted(name, getattr(make, name)))
    return found


def write_sources(folder: Path) -> None:
    """A take, two movies and a delivery."""
    (folder / "A001").mkdir()
    for number in FRAMES:
        (folder / "A001" / f"A001.{number:06d}.dng").write_bytes(frame_file(number))
    for name in ("A001.mov", "B001.mov"):
        make_movie(folder / name, frames=2)
    (folder / "cut.edl").write_text(CUT)
    make_delivery(folder / "plates")


def runner_on(root: str, scratch: Path, s3: Any = None, **limits: int) -> Runner:
    """A runner of two threads, inside a root."""
    settings = Settings.read({"RUSHES_SCRATCH": str(scratch)})
    return Runner(
        msgspec.structs.replace(
            settings, threads=THREADS, roots=(root,), s3=s3, limits=Limits(**limits)
        ),
        Catalog(),
    )


def request_at(root: str, name: str) -> dict[str, Any]:
    """The request of an operation's bound."""
    fields = dict(BOUNDS[name].fields)
    if "input" in fields:
        fields["input"] = root + fields["input"]
    for many in fields.keys() & {"parts", "media"}:
        fields[many] = [root + each for each in fields[many]]
    return fields if name == "seal" else {**fields, "output": f"{root}out/{name}/"}


@pytest.mark.parametrize("name", BOUNDS)
def test_a_unit_on_files_looks_once(name: str, tmp_path: Path, costs: Costs) -> None:
    """Listings, opens for headers, readers and plans of each operation stay at their bound, and
    no file is fetched more often than it says."""
    bound, root = BOUNDS[name], f"file://{tmp_path}/"
    write_sources(tmp_path)
    runner = runner_on(root, tmp_path)
    runner._store = Counted(runner.store, costs)  # type: ignore[assignment]
    costs.calls.clear()
    assert runner.run(name, request_at(root, name)).status == "done"
    calls = costs.calls
    assert calls["list"] == bound.lists
    assert calls["opens"] == bound.headers + bound.readers
    assert (calls["plan_colour"], calls["plan_framing"]) == (bound.plans, bound.plans)
    reads = {call: count for call, count in calls.items() if call.startswith("read ")}
    assert max(reads.values()) <= bound.reads, reads


@pytest.mark.parametrize("name", BOUNDS)
def test_a_standing_unit_is_told_by_its_listing(name: str, tmp_path: Path, costs: Costs) -> None:
    """The same request again plans nothing, fetches no picture, and opens a clip only where its
    headers say which frames the unit has."""
    bound, root = BOUNDS[name], f"file://{tmp_path}/"
    write_sources(tmp_path)
    runner = runner_on(root, tmp_path)
    runner.run(name, request_at(root, name))
    runner._store = Counted(runner.store, costs)  # type: ignore[assignment]
    costs.calls.clear()
    assert runner.run(name, request_at(root, name)).status == "reused"
    assert costs.calls["list"] == bound.lists
    assert costs.calls["opens"] == (1 if name == "plate" else 0)
    assert costs.calls["plan_colour"] == costs.calls["plan_framing"] == 0


@pytest.fixture(scope="module")
def weed() -> Iterator[Seaweed]:
    with seaweed() as running:
        yield running


@pytest.mark.parametrize("name", BOUNDS)
def test_a_unit_on_s3_makes_few_requests(
    name: str, weed: Seaweed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a unit reads of S3 costs so many requests, receipts and outputs left out."""
    bound, root = BOUNDS[name], f"s3://{weed.bucket}/{name}/"
    write_sources(tmp_path)
    upload(tmp_path, root, open_store((root,), weed.settings))
    costs = Costs()
    for verb in ("head", "get", "get_range", "list", "list_with_delimiter"):
        monkeypatch.setattr(obstore, verb, counted_inputs(costs, getattr(obstore, verb)))
    request = request_at(root, name)
    assert runner_on(root, tmp_path, weed.settings).run(name, request).status == "done"
    assert costs.calls["requests"] == bound.requests


def upload(folder: Path, root: str, store: Store) -> None:
    """Every file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            store.put(root + str(path.relative_to(folder)), path.read_bytes())


def counted_inputs(costs: Costs, do: Callable[..., Any]) -> Callable[..., Any]:
    """Counts requests for what is neither a receipt nor an output."""

    def call(client: Any, key: Any = None, *given: Any, **named: Any) -> Any:
        place = str(key or named.get("prefix") or "")
        if "/out/" not in place and "/.rushes" not in place:
            costs.count("requests")
        return do(client, key, *given, **named)

    return call


@pytest.mark.parametrize("name", ["inspect", "debayer", "trim", "deliver", "plate"])
def test_the_functions_own_limits_hold_at_the_first_open(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function that takes 100 pixels opens nothing under another limit, and refuses."""
    root, limits = f"file://{tmp_path}/", []
    write_sources(tmp_path)
    opened = clip_files.open_listing

    def noted(listing: Any, store: Store, own: Limits, *more: Any) -> Any:
        limits.append(own.pixels)
        return opened(listing, store, own, *more)

    monkeypatch.setattr(clip_files, "open_listing", noted)
    with pytest.raises(LimitExceeded):
        runner_on(root, tmp_path, pixels=100).run(name, request_at(root, name))
    assert set(limits) == {100}


FRAMED = ("debayer", "trim", "transcode", "deliver", "plate")


@pytest.mark.parametrize("name", FRAMED)
def test_a_unit_has_no_more_frames_than_its_function_takes(name: str, tmp_path: Path) -> None:
    """One frame over the limit is refused before a frame is written; at the limit all is done."""
    root = f"file://{tmp_path}/"
    write_sources(tmp_path)
    frames = {"transcode": 2, "trim": 2}.get(name, len(FRAMES))
    with pytest.raises(LimitExceeded) as caught:
        runner_on(root, tmp_path, frames=frames - 1).run(name, request_at(root, name))
    assert caught.value.facts["field"] == "frames"
    assert not (tmp_path / "out").exists()
    assert runner_on(root, tmp_path, frames=frames).run(name, request_at(root, name)).frames


def test_a_movie_cut_by_its_tables_has_the_limit_too(tmp_path: Path) -> None:
    """trim of a movie counts the frames that it keeps."""
    root = f"file://{tmp_path}/"
    write_sources(tmp_path)
    request = {"input": f"{root}A001.mov", "output": f"{root}out/"}
    with pytest.raises(LimitExceeded):
        runner_on(root, tmp_path, frames=1).run("trim", request)
    assert runner_on(root, tmp_path, frames=2).run("trim", request).status == "done"
