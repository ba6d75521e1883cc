"""Another worker: a process that writes, told what to by its arguments.

`python -m tests.storage.writer PLACE VERB ...`: `once` says ready, waits for a line, puts one
content if there is none, and says whether it did; `over` puts ever new contents at one name;
`many` puts ever new names, and says each before it begins.
"""

from __future__ import annotations

import sys
from itertools import count

import msgspec

from tests.storage.place import Place

SHORTEST = 200_000


def content(seed: int) -> bytes:
    """Content that tells whether it is whole: its length follows from any of its bytes."""
    value = seed % 251
    return bytes([value]) * (SHORTEST + 1000 * value)


def is_whole(data: bytes) -> bool:
    """Whether this is all of one content and nothing of another."""
    return data == content(data[0])


def once(place: Place, seed: str) -> None:
    store = place.store()
    print("ready", flush=True)
    sys.stdin.readline()
    print(store.put_if_absent(place.uri("raced"), content(int(seed))), flush=True)


def over(place: Place) -> None:
    store = place.store()
    for seed in count():
        store.put(place.uri("over"), content(seed))
        print(seed, flush=True)


def many(place: Place, size: str) -> None:
    store = place.store()
    for number in count():
        name = f"f.{number:06d}.exr"
        print(name, flush=True)
        store.put_if_absent(place.uri("many", name), bytes([number % 251]) * int(size))


if __name__ == "__main__":
    place = msgspec.json.decode(sys.argv[1], type=Place)
    match sys.argv[2:]:
        case ["once", seed]:
            once(place, seed)
        case ["over"]:
            over(place)
        case ["many", size]:
            many(place, size)
