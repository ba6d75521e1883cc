"""Whether a unit is sent again after an answer, and when: no clock, no thread and no sink."""

from __future__ import annotations

from functions.contract.operation import Answer
from functions.dispatch.sending.backoff import backoff

# A busy function says itself when to come again; only the crowd needs spreading.
_BUSY_TRIES = 2


class Tries:
    """The tries of one unit.

    most : attempts after which a problem that a retry may cure is the outcome all the same
    patience : seconds that it waits for busy functions
    attempt : number of the one under way, from 1
    """

    def __init__(self, unit: str, most: int, patience: float) -> None:
        self.attempt = 1
        self._unit, self._most, self._patience = unit, most, patience
        self._turned_away, self._waited = 0, 0.0

    def again(self, answer: Answer) -> float | None:
        """Seconds until the next try after an answer without a receipt; None when it was the last.

        What a function says for good is final. What is no word of a function (a page, a cut body)
        tells nothing of the unit.
        """
        problem = answer.problem or {}
        # A worker at other work has not tried: that is waiting and no attempt.
        busy = answer.busy and self._waited < self._patience
        final = not answer.foreign and not problem.get("retryable")
        if not busy and (final or self.attempt >= self._most):
            return None
        tries = min(self._turned_away + 1, _BUSY_TRIES) if busy else self.attempt
        pause = backoff(self._unit, tries, answer.seconds_to_retry)
        if busy:
            self._turned_away, self._waited = self._turned_away + 1, self._waited + pause
        else:
            self.attempt += 1
        return pause
