"""Knative's autoscaler: how many pods it wants, from what is at work and waiting.

References
----------
knative/serving, pkg/autoscaler/scaling/autoscaler.go: stable and panic windows, limits of the rates
up and down, the delay before fewer. config/core/configmaps/autoscaler.yaml: the defaults.
"""

from __future__ import annotations

import math

import msgspec

TICK = 2.0
"""Seconds between two decisions."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Of a revision; the defaults are Knative's, but for the target, which is ours.

    target : units a pod is to have
    stable, panic : seconds over which units are averaged
    threshold : times as many pods wanted as there are, from which it panics
    up, down : times as many, or as few, in one decision
    delay : seconds that fewer pods have been enough, before there are fewer
    retention : seconds that the last pod stays
    most : pods
    """

    target: float = 1.0
    stable: float = 60.0
    panic: float = 6.0
    threshold: float = 2.0
    up: float = 1000.0
    down: float = 2.0
    delay: float = 0.0
    retention: float = 60.0
    most: int = 100


class Autoscaler:
    """Decisions, one after the other."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.panic_since: float | None = None
        self._most_in_panic = 0
        self._wanted: dict[int, int] = {}

    def scale(self, now: float, stable: float, panic: float, ready: int) -> int:
        """Pods that are wanted.

        stable, panic : units at work and waiting, averaged over the two windows
        ready : pods that there are
        """
        s, pods = self.settings, max(1.0, float(ready))
        up, down = math.ceil(s.up * pods), math.floor(pods / s.down)
        for_stable = math.ceil(stable / s.target)
        for_panic = math.ceil(panic / s.target)
        wanted = min(max(for_stable, down), up)
        if for_panic / pods >= s.threshold:
            self.panic_since = now
        elif self.panic_since is not None and self.panic_since + s.stable < now:
            self.panic_since, self._most_in_panic = None, 0
        if self.panic_since is not None:
            wanted = max(wanted, min(max(for_panic, down), up))
            self._most_in_panic = wanted = max(wanted, self._most_in_panic)
        return self._delayed(now, wanted)

    def _delayed(self, now: float, wanted: int) -> int:
        if not self.settings.delay:
            return wanted
        tick = math.floor(now / TICK)
        self._wanted[tick] = max(wanted, self._wanted.get(tick, 0))
        oldest = tick - math.ceil(self.settings.delay / TICK)
        self._wanted = {t: pods for t, pods in self._wanted.items() if t > oldest}
        return max(self._wanted.values())
