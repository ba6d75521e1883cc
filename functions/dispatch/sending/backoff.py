"""When to try again: exponential back-off with full jitter, the same for the same unit.

Full jitter (a wait drawn evenly from nothing to the back-off's limit) spreads a crowd that
failed together; drawing it from the unit's own name and not from a generator keeps a job's
behaviour repeatable.
"""

from __future__ import annotations

import hashlib

FIRST = 0.5
LONGEST = 30.0
LONGEST_ASKED = 600.0


def backoff(unit: str, attempt: int, asked: float | None = None) -> float:
    """Seconds to wait after failed attempt number `attempt` (1, 2, ...).

    asked : what Retry-After said: never less than that, up to ten minutes; the jitter
        comes on top, or all who were sent away would return at the same moment.
    """
    limit = min(LONGEST, FIRST * 2.0 ** min(attempt - 1, 16))
    wait = limit * jitter(unit, attempt)
    return wait if asked is None else min(max(asked, 0.0), LONGEST_ASKED) + wait


def jitter(unit: str, attempt: int) -> float:
    """A number from 0 to below 1 that only these two decide."""
    digest = hashlib.blake2b(f"{unit}:{attempt}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
