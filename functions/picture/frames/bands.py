"""One frame on several threads, in bands of rows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from functions.contract.clip import Rows


def in_bands(height: int, threads: int, run: Callable[[Rows], object]) -> None:
    """Call `run((first, stop))` for bands that together are all rows, at once on `threads`.

    The bytes do not depend on the bands. Raises what the first band that fails raises.
    """
    edges = sorted({height * band // threads for band in range(threads + 1)})
    if len(edges) > 2:
        with ThreadPoolExecutor(threads, thread_name_prefix="band") as pool:
            list(pool.map(run, pairwise(edges)))
    else:
        run((0, height))
