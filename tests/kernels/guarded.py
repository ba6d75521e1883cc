"""Run as a program: every kind of kernel on arrays that end where memory ends.

The page behind each array may not be touched, so a loop that reads or writes past a row's end dies.
"""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

import kernels

_KEPT: list[Any] = []
_LIBC = ctypes.CDLL(None, use_errno=True)


def guarded(shape: tuple[int, ...], dtype: Any) -> npt.NDArray[Any]:
    """An array of zeros whose last byte is the last that may be touched."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    pages = -(-size // mmap.PAGESIZE)
    memory = mmap.mmap(-1, (pages + 1) * mmap.PAGESIZE)
    _KEPT.append(memory)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    end = start + pages * mmap.PAGESIZE
    if _LIBC.mprotect(ctypes.c_void_p(end), mmap.PAGESIZE, 0) != 0:
        raise OSError(ctypes.get_errno(), "mprotect")
    room = np.frombuffer(memory, np.uint8)[pages * mmap.PAGESIZE - size : pages * mmap.PAGESIZE]
    array: npt.NDArray[Any] = room.view(dtype).reshape(shape)
    return array


def main() -> None:
    """All layouts and formats, widths around a vector's and a tile's."""
    cube, table = guarded((5, 5, 5, 4), np.float32), guarded((9, 3), np.float32)
    cube[...], table[...] = 0.5, 0.5
    steps = [kernels.curve_step("logc3"), kernels.lut1d_step(table), kernels.lut3d_step(cube)]
    for width in (1, 7, 8, 15, 16, 17, 33, 513):
        for shape in ((3, 3, width), (5, width, 3)):
            for dtype in (np.float32, np.float16, np.uint16):
                image, out = guarded(shape, dtype), guarded(shape, dtype)
                image[...] = 1
                kernels.apply_steps(image, steps, out)
                rows, columns = (3, width) if shape[0] == 3 else (5, width)
                for name, down, across in (("444", 1, 1), ("422", 1, 2), ("420", 2, 2)):
                    chroma = (-(-rows // down), -(-columns // across))
                    parts = [guarded(s, np.uint16) for s in ((rows, columns), chroma, chroma)]
                    kernels.to_yuv(image, name, out=(parts[0], parts[1], parts[2]))  # type: ignore[arg-type]
                if dtype != np.uint16:
                    for size in ((width, 5), (19, 2), (2 * width, 17)):
                        goal = (3, size[1], size[0]) if shape[0] == 3 else (size[1], size[0], 3)
                        kernels.resize(image, *size, out=guarded(goal, dtype))
        for channels in (1, 3, 4):
            halves = guarded((channels, 5, width), np.float16)
            halves.view(np.uint16)[...] = np.arange(halves.size).reshape(halves.shape) * 40503
            for lines in (1, 4, 16):
                blocks = guarded((kernels.zip_room(width, 5, channels, lines),), np.uint8)
                kernels.zip_blocks(halves, range(channels), lines, out=blocks)
        for dtype in (np.uint16, np.float32):
            levels: dict[str, Any] = {"black": 0, "white": 9, "gains": 1, "matrix": np.eye(3)}
            planes = guarded((3, 2, width), np.float16)
            kernels.develop_linear(guarded((2, width, 3), dtype), out=planes, **levels)
            kernels.develop_mono(guarded((2, width), dtype), out=planes, **levels)
        for bits in (10, 12, 14):
            for packing in ("msb", "lsb", "mlv"):
                row = (width * bits + 15) // 16 * 2 if packing == "mlv" else (width * bits + 7) // 8
                samples = guarded((3, width), np.uint16)
                packed = guarded((3 * row,), np.uint8)
                kernels.unpack(packed, width, 3, bits, packing=packing, out=samples)
        for name, across in (("422", 2), ("4444", 1)):
            chroma = (17, -(-width // across))
            parts = [guarded(s, np.uint16) for s in ((17, width), chroma, chroma)]
            kernels.encode_prores(parts, name, alpha=parts[0])  # type: ignore[arg-type]
        plain = guarded((width,), np.uint8)
        kernels.to_zlib(plain)
    print("untouched")


if __name__ == "__main__":
    main()
