"""Pods behind Knative's activator: one queue, and an autoscaler that starts and stops pods."""

from __future__ import annotations

from collections import deque
from typing import Any

from bench.simulation.clock import Clock
from bench.simulation.kpa import TICK, Autoscaler, Settings
from bench.simulation.platforms import Workers


class Knative(Workers):
    """One Service whose pods do a unit at a time.

    A pod that is to go ends its unit first: its grace is longer than a unit.

    cold : seconds from the decision to a pod that works
    nodes : pods that the cluster has room for
    """

    def __init__(
        self, clock: Clock, settings: Settings, *, cold: float, nodes: int, **workers: Any
    ) -> None:
        super().__init__(clock, workers=0, **workers)
        self._autoscaler = Autoscaler(settings)
        self._cold, self._room = cold, min(nodes, settings.most)
        self.starting = self.leaving = 0
        self._called_off = 0
        self._seen: deque[float] = deque([0.0], maxlen=round(settings.stable / TICK) + 1)
        self._empty_since: float | None = None
        self.pods: list[tuple[float, int]] = [(0.0, 0)]
        clock.after(TICK, self._tick)

    def _tick(self) -> None:
        self.settle()
        self._seen.append(self.integral)
        settings = self._autoscaler.settings
        wanted = self._autoscaler.scale(
            self._clock.now,
            self._average(settings.stable),
            self._average(settings.panic),
            self.workers - self.leaving,
        )
        if wanted > 0:
            self._empty_since = None
        else:
            self._empty_since = self._empty_since or self._clock.now
            if self._clock.now - self._empty_since < settings.retention:
                wanted = min(1, self.workers + self.starting)
        self._to(min(wanted, self._room))
        self.pods.append((self._clock.now, self.workers))
        self._clock.after(TICK, self._tick)

    def _average(self, window: float) -> float:
        """Units inside over the window, or over as long as it runs."""
        ticks = min(round(window / TICK), len(self._seen) - 1)
        return (self._seen[-1] - self._seen[-1 - ticks]) / (ticks * TICK)

    def _to(self, wanted: int) -> None:
        there = self.workers - self.leaving + self.starting
        for _ in range(wanted - there):
            self.starting += 1
            self._clock.after(self._cold, self._started)
        fewer = max(0, there - wanted)
        called_off = min(fewer, self.starting)
        self.starting -= called_off
        self._called_off += called_off
        idle = min(fewer - called_off, self.idle)
        self.idle -= idle
        self.workers -= idle
        self.leaving += fewer - called_off - idle

    def _started(self) -> None:
        if self._called_off:
            self._called_off -= 1
            return
        self.settle()
        self.starting -= 1
        self.workers += 1
        self.free()

    def free(self) -> None:
        """A pod that is to go goes after its unit."""
        if self.leaving:
            self.leaving -= 1
            self.workers -= 1
            return
        super().free()
