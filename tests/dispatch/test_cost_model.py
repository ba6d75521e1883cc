"""What frames cost is learned from receipts; what is planned already is cut as it was."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.contract.receipt import receipt_uri
from functions.dispatch.cost_model import CostModel, settings_of
from functions.dispatch.job import Units, parse_job
from functions.dispatch.planning import draw
from functions.dispatch.sizing import Sizer
from functions.jobs.plan import Cuts, Drawn, Sizing
from functions.jobs.samples import Sample, Samples, read_samples
from functions.jobs.status import commit_plan
from tests.dispatch.fakes import FakeWork, MemoryStore, headers_of, operation_of, receipt_for

OUT = "file:///job/"
RAW = Sizing(settings="method=best", format="dng/raw", width=4096, height=2160, constant=0.1)


def sample(frames: int, seconds: float, platform: str = "v4", cold: float = 0.0) -> Sample:
    """A unit of raw frames."""
    return Sample(
        operation="debayer",
        sizing=RAW,
        platform=platform,
        constant=0.1 * frames,
        seconds=seconds,
        cold=cold,
    )


def plan_of(
    store: MemoryStore,
    *clips: dict[str, Any],
    kept: Drawn | None = None,
    superseded: Drawn | None = None,
    timeout: float = 1e9,
    **units: float,
) -> Drawn:
    """A committed plan of debayers at OUT, that has learned from what stands there."""
    job = parse_job(OUT, clips, {"operation": "debayer"}, units)
    found = draw(
        job,
        headers_of(1, 400),
        FakeWork(store=store).prepare,
        operation_of,
        most_frames=100_000,
        kept=kept and msgspec.json.decode(kept.plan.json(), type=Cuts),
        superseded=superseded and msgspec.json.decode(superseded.plan.json(), type=Cuts),
        sizer=Sizer(lambda: read_samples([OUT], store), timeout),
    )
    commit_plan(found.plan, store)
    return found


def finish(store: MemoryStore, drawn: Drawn, each: float) -> None:
    """Receipts of all units, of `each` seconds a frame on one machine."""
    for clip in drawn.plan.clips:
        for unit in clip.units:
            made = receipt_for(clip.operation, unit.unit, clip.request_of(unit))
            spent = {"total": each * unit.count}
            made = msgspec.structs.replace(made, seconds=spent, machine={"arch": "x", "threads": 1})
            store.put(receipt_uri(str(clip.output), unit.unit), made.json())


@given(
    lengths=st.lists(st.integers(5, 200), min_size=12, max_size=40),
    wrong=st.floats(0.0, 1e6),
    seed=st.integers(0, 99),
)
def test_cost_and_start_are_found_behind_wrong_receipts(
    lengths: list[int], wrong: float, seed: int
) -> None:
    """0.3 s a frame and 4 s a unit, though one receipt in eight is of another world; the order
    in which they are read changes nothing."""
    lengths += [10, 20, 40, 80]
    found = [sample(n, 4 + 0.3 * n) for n in lengths]
    found += [sample(n, wrong) for n in lengths[: len(lengths) // 8]]
    one = CostModel(Samples(tuple(found))).figure("debayer", RAW)
    random.Random(seed).shuffle(found)
    assert one == CostModel(Samples(tuple(found))).figure("debayer", RAW)
    assert one.factor == pytest.approx(3, rel=0.2)
    assert one.start == pytest.approx(4, abs=2)


def test_the_narrowest_kind_with_receipts_enough_counts() -> None:
    """The same clip and settings, then the settings, then the operation, then the constants; the
    constants say how another size compares."""
    model = CostModel(Samples(tuple(sample(10, 3.0) for _ in range(5))))
    small = msgspec.structs.replace(RAW, width=2048, height=1080, constant=0.04)
    other = msgspec.structs.replace(small, settings="compression=zip")
    for sizing, said in ((RAW, "dng/raw 4096x2160"), (small, "other clips"), (other, "other set")):
        figure = model.figure("debayer", sizing)
        assert figure.factor == pytest.approx(3)
        assert figure.source.startswith("5 receipts of debayer")
        assert figure.source.endswith("on v4")
        assert said in figure.source
    assert model.figure("plate", RAW).source.startswith("the operation's constants")
    two = CostModel(Samples((sample(10, 3.0), sample(10, 3.0))))
    assert two.figure("debayer", RAW).factor == 1


def test_machines_are_not_mixed() -> None:
    """The kind of machine that most receipts are of counts; a cold start counts by its share."""
    found = [sample(10, 3.0, cold=8.0 if n == 0 else 0.0) for n in range(4)]
    found += [sample(10, 30.0, "arm") for _ in range(3)]
    figure = CostModel(Samples(tuple(found))).figure("debayer", RAW)
    assert (figure.factor, figure.start) == (pytest.approx(3), pytest.approx(2))


def test_new_jobs_profit_and_what_stands_is_cut_as_it_was() -> None:
    """Twice as dear as thought: a new clip gets units half as long. The same job again, and the
    clip in a job that is corrected, keep their units, all of them done."""
    store = MemoryStore()
    first = plan_of(store, {"input": "file:///A_%06d.dng"}, target_seconds=10)
    (sizing,) = (clip.sizing for clip in first.plan.clips)
    assert sizing is not None
    assert sizing.source == "the operation's constants"
    finish(store, first, 2 * sizing.constant)
    again = plan_of(store, {"input": "file:///A_%06d.dng"}, kept=first, target_seconds=10)
    assert again.plan.json() == first.plan.json()
    clips = {"input": "file:///A_%06d.dng"}, {"input": "file:///B_%06d.dng"}
    second = plan_of(store, *clips, superseded=first, target_seconds=10)
    old, new = second.plan.clips
    assert old.units == first.plan.clips[0].units
    assert set(second.standing) == {unit.unit for unit in old.units}
    assert new.sizing is not None
    assert new.sizing.frame == pytest.approx(2 * sizing.constant)
    assert f"{len(old.units)} receipts of debayer" in new.sizing.source
    assert len(new.units) == pytest.approx(2 * len(old.units), abs=1)
    # Another wish is obeyed, though work is done again for it.
    longer = plan_of(store, *clips, superseded=second, target_seconds=20)
    assert len(longer.plan.clips[0].units) == pytest.approx(len(old.units), abs=1)
    assert longer.plan.clips[0].units != old.units


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seconds": {"total": -1.0}}, "receipts with absurd times"),
        ({"seconds": {"total": 1e9}}, "receipts with absurd times"),
        ({"seconds": {}}, "receipts with absurd times"),
        ({"unit": "other"}, "receipts of other units"),
        ({"seconds": {"total": "soon"}}, "receipts that do not read"),
    ],
)
def test_receipts_that_tell_nothing_are_counted_and_left_out(
    change: dict[str, Any], why: str
) -> None:
    """Foreign, absurd and unreadable ones; a unit that is not done is none of them."""
    store = MemoryStore()
    first = plan_of(store, {"input": "file:///A_%06d.dng"}, frames=40)
    finish(store, first, 0.1)
    one, two, *_ = first.plan.clips[0].units
    folder = str(first.plan.clips[0].output)
    changed = {**msgspec.json.decode(store.read(receipt_uri(folder, one.unit))), **change}
    store.put(receipt_uri(folder, one.unit), msgspec.json.encode(changed))
    del store.files[receipt_uri(folder, two.unit)]
    store.put(f"{OUT}.rushes/jobs/other.json", b"{")
    found = read_samples([OUT, "file:///nothing/"], store)
    assert len(found.found) == 8
    assert found.left_out == {why: 1, "plans that do not read": 1}


def test_units_are_long_beside_a_start_and_short_beside_a_time_out() -> None:
    """Twenty starts where nobody says how long; a quarter of the time-out at most, whoever does."""
    found = Samples(tuple(sample(n, 6 + 0.1 * n) for n in (10, 20, 40, 80, 160)))
    sizer = Sizer(lambda: found, 400.0)
    fields = {"method": "best"}
    sizing = sizer.size("debayer", fields, RAW, Units())
    assert (round(sizing.start, 3), round(sizing.target)) == (6, 120)
    assert sizer.size("debayer", fields, RAW, Units(target_seconds=5)).target == 5
    assert sizer.most_frames(sizing, 10_000) == 940
    assert sizer.most_frames(sizing, 100) == 100
    exact = sizer.size("debayer", fields, RAW, Units(frames=3000))
    assert sizer.most_frames(exact, 10_000) == 10_000


def test_settings_are_what_a_cost_may_depend_on() -> None:
    """Words and numbers as they are, of files that there is one, nothing of names and places."""
    fields = {"input": "/a", "output": "/b", "frames": "1-2", "name": "x", "amf": "file:///a.amf"}
    assert settings_of({**fields, "codec": "av1", "width": 1920, "snap": True}) == (
        "amf codec=av1 snap width=1920"
    )


def test_one_piece_units_are_weighed_by_their_frames() -> None:
    """Of an operation that is never cut the frames that its request names are its cost; where it
    names none, a usual unit is."""
    kind = Sizing(settings="")
    found = Samples(
        tuple(
            Sample(operation="plate", sizing=kind, platform="v4", constant=n, seconds=0.5 * n)
            for n in (10.0, 20.0, 60.0)
        )
    )
    sizer = Sizer(lambda: found, 3600)
    assert sizer.size("plate", {"frames": "1001-1100"}, Sizing(), Units()).frame == 50
    assert sizer.size("plate", {}, Sizing(), Units()).frame == 10
    assert sizer.size("lint", {}, Sizing(), Units()).frame == 0
