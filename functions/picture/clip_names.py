"""Whether a sidecar that names a clip speaks of this one."""

from __future__ import annotations

import re


def bare_name(name: str) -> str:
    """`A001_C002.####.exr` to `a001_c002`: no folder, frame number or suffix."""
    last = name.replace("\\", "/").rpartition("/")[2].lower()
    stem = re.sub(r"\.[a-z][a-z0-9]{1,4}$", "", last)
    return re.sub(r"[._-]?(#+|%0?\d*d|@+|\*)$", "", stem)


def same_clip(one: str, other: str) -> bool:
    """Equal, or one goes on after a mark: cameras put parts and reels behind a clip's name."""
    short, long = sorted((one, other), key=len)
    return long == short or (long.startswith(short) and long[len(short)] in "._- ")
