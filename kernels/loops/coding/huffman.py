"""A length-limited Huffman code from a histogram, in one deterministic order.

Moffat, Katajainen (1995), "In-place calculation of minimum-redundancy codes", WADS, LNCS 955.
Lengths past the limit are brought back by moving leaves: the code stays complete, as zlib asks,
and a little longer than the best. Equal frequencies are kept in the order of their symbols.
"""

from __future__ import annotations

from typing import Any

from kernels.compiler import inlined
from kernels.loops.coding import words as w
from kernels.loops.coding import zip_slots as z
from kernels.loops.simd import lanes as v
from kernels.loops.simd.vectors import widen


@inlined
def sort_used(counts: Any, symbols: int, tables: Any) -> int:
    """Used symbols by frequency (below 65536), as frequency << 9 | symbol; returns how many."""
    first, second = v.at(tables, z.SORTED), v.at(tables, z.SPARE)
    buckets = v.at(tables, z.BUCKETS)
    used = 0
    for symbol in range(symbols):
        if counts[symbol] > 0:
            first[used] = w.to_i32(widen(counts[symbol]) << 9 | symbol)
            used += 1
    for part in range(2):
        shift = 9 + 8 * part
        for k in range(256):
            buckets[k] = w.to_i32(0)
        for k in range(used):
            key = widen(first[k]) >> shift & 255
            buckets[key] = w.to_i32(widen(buckets[key]) + 1)
        total = 0
        for k in range(256):
            count = widen(buckets[k])
            buckets[k] = w.to_i32(total)
            total += count
        for k in range(used):
            key = widen(first[k]) >> shift & 255
            place = widen(buckets[key])
            second[place] = first[k]
            buckets[key] = w.to_i32(place + 1)
        first, second = second, first
    return used


@inlined
def depths(a: Any, n: int) -> None:
    """Sorted frequencies to code lengths, in place, longest first; n is at least 2."""
    a[0] = w.to_i32(widen(a[0]) + widen(a[1]))
    root, leaf = 0, 2
    for following in range(1, n - 1):
        if leaf >= n or a[root] < a[leaf]:
            total = widen(a[root])
            a[root] = w.to_i32(following)
            root += 1
        else:
            total = widen(a[leaf])
            leaf += 1
        if leaf >= n or (root < following and a[root] < a[leaf]):
            total += widen(a[root])
            a[root] = w.to_i32(following)
            root += 1
        else:
            total += widen(a[leaf])
            leaf += 1
        a[following] = w.to_i32(total)
    a[n - 2] = w.to_i32(0)
    for k in range(n - 2):
        place = n - 3 - k
        a[place] = w.to_i32(widen(a[widen(a[place])]) + 1)
    free, depth, root, following = 1, 0, n - 2, n - 1
    while free > 0:
        inner = 0
        while root >= 0 and widen(a[root]) == depth:
            inner += 1
            root -= 1
        while free > inner:
            a[following] = w.to_i32(depth)
            following -= 1
            free -= 1
        free, depth = 2 * inner, depth + 1


@inlined
def build_code(counts: Any, symbols: int, limit: int, lengths: Any, codes: Any, tables: Any) -> int:
    """Fill `lengths` and `codes` (mirrored bits << 6 | length); returns one past the last used.

    At least two symbols get a code, for a decoder may refuse a code that is not complete.
    """
    for symbol in range(2):
        if counts[symbol] == 0:
            used = 0
            for k in range(symbols):
                if counts[k] > 0:
                    used += 1
            if used < 2:
                counts[symbol] = w.to_i32(1)
    used = sort_used(counts, symbols, tables)
    order, sizes = v.at(tables, z.SORTED), v.at(tables, z.SPARE)
    for k in range(used):
        sizes[k] = w.to_i32(widen(order[k]) >> 9)
    depths(sizes, used)
    # How many codes there are of each length, those past the limit counted at the limit.
    number = v.at(tables, z.BUCKETS)
    for k in range(32):
        number[k] = w.to_i32(0)
    for k in range(used):
        size = min(widen(sizes[k]), limit)
        number[size] = w.to_i32(widen(number[size]) + 1)
    room = 0
    for size in range(1, limit + 1):
        room += widen(number[size]) << (limit - size)
    while room > 1 << limit:
        number[limit] = w.to_i32(widen(number[limit]) - 1)
        size = limit - 1
        while number[size] == 0:
            size -= 1
        number[size] = w.to_i32(widen(number[size]) - 1)
        number[size + 1] = w.to_i32(widen(number[size + 1]) + 2)
        room -= 1
    for symbol in range(symbols):
        lengths[symbol] = w.to_i32(0)
        codes[symbol] = w.to_i32(0)
    # The rarest symbols get the longest codes.
    k = 0
    for size in range(limit):
        for _ in range(widen(number[limit - size])):
            lengths[widen(order[k]) & 511] = w.to_i32(limit - size)
            k += 1
    # Canonical codes: by length, then by symbol.
    code = 0
    for size in range(1, limit + 1):
        many = widen(number[size])
        number[size] = w.to_i32(code)
        code = (code + many) << 1
    last = 0
    for symbol in range(symbols):
        size = widen(lengths[symbol])
        if size > 0:
            code = widen(number[size])
            number[size] = w.to_i32(code + 1)
            codes[symbol] = w.to_i32(w.mirrored(code, size) << 6 | size)
            last = symbol + 1
    return last
