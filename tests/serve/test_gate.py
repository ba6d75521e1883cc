"""One unit at a time, and who may take the next connection."""

from __future__ import annotations

import pytest

from functions.contract.errors import Busy
from functions.serve.run.admission import Gate, Slots


def test_a_unit_shuts_the_gate_until_it_ends() -> None:
    """A second unit is busy while the first is inside, also when the first fails."""
    gate = Gate()
    with pytest.raises(ZeroDivisionError), gate.unit():
        assert gate.at_work
        with pytest.raises(Busy), gate.unit():
            pass
        raise ZeroDivisionError
    assert not gate.at_work
    with gate.unit():
        assert gate.slots.at_work() == 1
    assert gate.slots.at_work() == 0


def test_a_worker_at_work_leaves_connections_to_an_idle_one() -> None:
    """Only while a sibling is idle; when all are at work each answers its callers."""
    slots = Slots()
    one, two = Gate(slots, 1), Gate(slots, 2)
    assert not one.leave_to_others()
    with one.unit():
        assert one.leave_to_others()
        assert not two.leave_to_others()
        with two.unit():
            assert not one.leave_to_others()
            assert one.slots.at_work() == 2
        assert one.leave_to_others()
        two.drain(1000)
        assert not one.leave_to_others()


def test_a_dead_worker_is_no_idle_one() -> None:
    """What a killed worker left behind does not keep the others from accepting."""
    slots = Slots()
    one = Gate(slots, 1)
    Gate(slots, 2)
    slots.forget(2)
    with one.unit():
        assert not one.leave_to_others()


def test_draining_ends_with_the_stop_event() -> None:
    """When the grace is over the unit in flight is asked to give up."""
    gate = Gate()
    with gate.unit() as stop:
        gate.drain(0)
        assert stop.wait(60)
    with pytest.raises(Busy), gate.unit():
        pass


def test_changes_are_told() -> None:
    """The worker's loop hears when it becomes busy and when idle."""
    gate, told = Gate(), []
    gate.on_change = lambda: told.append(gate.at_work)
    with gate.unit():
        pass
    assert told == [True, False]


def test_a_worker_is_marked_idle_before_the_next_unit_is_let_in() -> None:
    """A unit that begins as another ends would have its own mark overwritten otherwise."""
    seen: list[tuple[int, bool]] = []

    class Watched(Slots):
        def mark(self, worker: int, state: int) -> None:
            super().mark(worker, state)
            seen.append((self.at_work(), gates[0].at_work if gates else False))

    gates: list[Gate] = []
    gates.append(Gate(Watched(1)))
    with gates[0].unit():
        pass
    assert seen[1:] == [(1, True), (0, True)]
