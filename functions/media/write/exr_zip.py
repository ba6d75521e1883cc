"""ZIP and ZIPS files: header, offsets, and the blocks that `kernels.zip_blocks` makes.

The coder is our own. OpenEXR's writer spends nine tenths of its time in searching noise for
repeats; libdeflate's lowest level still takes five times as long as ours for files of the same
size, and ISA-L, as quick, gave other bytes for the same pixels now and then: a unit that is made
again must end in the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

import kernels

# Compressed at a time: a few megabytes stay in the cache between the coder and the file.
_HALVES = 1 << 20

_Part = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]


def zip_file(
    planes: npt.NDArray[np.float16],
    order: list[int],
    head: bytes,
    first_line: int,
    lines: int,
    out: bytearray | None,
    threads: int,
) -> bytearray:
    """The whole file, into `out` where nothing else looks at that.

    planes : (C, H, W) half; order : plane of each channel in alphabetical order.
    """
    out = _free(out)
    height = planes.shape[1]
    start = len(head) + 8 * -(-height // lines)
    at, sizes = start, []
    if len(out) < start:
        out.extend(bytes(start - len(out)))
    for part, its_sizes in _parts(planes, order, first_line, lines, threads):
        end = at + part.size
        if end > len(out):
            # A frame is about as large as the one before, so this is rare.
            del out[at:]
            out += part.data
        else:
            out[at:end] = part.data
        sizes.append(its_sizes)
        at = end
    del out[at:]
    places = start + np.cumsum(8 + np.concatenate(sizes)) - (8 + np.concatenate(sizes))
    out[: len(head)] = head
    out[len(head) : start] = places.astype("<u8").tobytes()
    return out


def _parts(
    planes: npt.NDArray[np.float16], order: list[int], first: int, lines: int, threads: int
) -> Iterator[_Part]:
    """Runs of blocks, top to bottom; a part is good until the next is asked for."""
    channels, height, width = planes.shape
    rows = max(_HALVES // (channels * width) // lines, 1) * lines
    tops = range(0, height, rows)

    def part(top: int, room: npt.NDArray[np.uint8] | None = None) -> _Part:
        return kernels.zip_blocks(
            planes[:, top : top + rows], order, lines, first=first + top, out=room
        )

    if threads > 1 and len(tops) > 1:
        with ThreadPoolExecutor(threads, thread_name_prefix="exr") as pool:
            yield from pool.map(part, tops)
    else:
        room = np.empty(kernels.zip_room(width, min(rows, height), channels, lines), np.uint8)
        for top in tops:
            yield part(top, room)


def _free(out: bytearray | None) -> bytearray:
    """`out`, or a new buffer if something still looks into it."""
    if out is None:
        return bytearray()
    try:
        out.append(0)
    except BufferError:
        return bytearray()
    return out
