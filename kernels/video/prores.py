"""Frames of ProRes: headers and slices, at the published rates or with one quantiser."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kernels.compiled import entry, scratch
from kernels.loops.coding import prores_slots as s
from kernels.video.prores_rate import COARSEST, FINEST, PROFILES, Quantisers, target_bytes
from kernels.video.prores_tables import MATRICES, tables, weights

Words = npt.NDArray[np.uint16]
Jobs = npt.NDArray[np.int64]
ENCODER = b"rush"
# Shares of a step: where a coefficient becomes one more, and below which it is none. Not the middle
# between two: small coefficients are many, so the mean of those that share a level lies below it.
ROUND, LEAST = 0.45, 0.65
_RATES = (Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30),
          Fraction(50), Fraction(60000, 1001), Fraction(60), Fraction(100),
          Fraction(120000, 1001), Fraction(120))  # fmt: skip
_FRAME, _PICTURE = 8 + 148, 8
_AT_ONCE = 256  # slices that one call codes: 9 MB at the worst


def encode_prores(
    planes: Sequence[Words],
    profile: Literal["proxy", "lt", "422", "hq", "4444", "4444xq"] = "hq",
    *,
    bits: int = 10,
    alpha: Words | None = None,
    alpha_bits: Literal[8, 16] = 16,
    fields: Literal["top", "bottom"] | None = None,
    colour: tuple[int, int, int] = (2, 2, 2),
    rate: Fraction | None = None,
    pixel_aspect: Fraction | None = None,
    quantiser: int | None = None,
    threads: int = 1,
) -> bytes:
    """One frame of ProRes, as a movie's sample.

    Parameters
    ----------
    planes : Y' (H, W), Cb and Cr uint16, legal range; rows may be strided. Chroma has (W + 1) // 2
        columns in proxy, lt, 422 and hq, W in 4444 and 4444xq.
    bits : of the samples, 8 to 16; larger values are cut to the largest
    alpha : (H, W) uint16, of `alpha_bits` over the full range, kept without loss
    fields : the field that comes first in an interlaced frame; None is progressive
    colour : H.273's numbers of primaries, transfer and matrix; 2 is unknown
    rate, pixel_aspect : are named in the header where it has a number for them
    quantiser : 1 (finest) to 224 for every slice; None chooses them so that the frame is at most as
        large as Apple's published target, alpha apart
    threads : bands of slices that are coded at a time; the bytes are the same

    Returns
    -------
    bytes: the same for the same frame and arguments on every machine.

    Raises
    ------
    ValueError: another shape, dtype or name; an odd number of rows with fields.

    References
    ----------
    SMPTE RDD 36:2015, "Apple ProRes Bitstream Syntax and Decoding Process".

    Domain/Range: code values / a whole frame with its size in front.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((64, 64), 512, np.uint16)
    >>> frame = encode_prores([grey, grey[:, :32], grey[:, :32]], "422")
    >>> frame[4:8], int.from_bytes(frame[:4], "big") == len(frame)
    (b'icpf', True)
    """
    coder = _Coder(planes, profile, bits, alpha, alpha_bits, fields, threads)
    if quantiser is None:
        whole = target_bytes(profile, coder.width, coder.height)
        # In a tiny frame the headers alone are more than its target.
        left = max(whole - coder.overhead, whole * 9 // 10)
        jobs = coder.jobs
        rows = jobs[:, s.FIELD] * coder.rows + jobs[:, s.ROW]
        Quantisers(coder.code, rows, jobs[:, s.COLUMN] >> 3).fit(left, FINEST[profile])
    elif 1 <= quantiser <= COARSEST:
        every = np.arange(len(coder.jobs))
        coder.code(every, np.full(len(every), quantiser))
    else:
        raise ValueError(f"quantiser is 1 to {COARSEST}, not {quantiser}")
    header = _frame_header(coder, profile, alpha_bits, fields, colour, rate, pixel_aspect)
    return coder.frame(header)


class _Coder:
    """The slices of one frame."""

    def __init__(
        self,
        planes: Sequence[Words],
        profile: str,
        bits: int,
        alpha: Words | None,
        alpha_bits: int,
        fields: str | None,
        threads: int,
    ) -> None:
        if profile not in PROFILES or fields not in (None, "top", "bottom"):
            raise ValueError(f"profile is one of {', '.join(PROFILES)}, fields top, bottom or "
                             f"None, not {profile!r}, {fields!r}")  # fmt: skip
        if not 8 <= bits <= 16 or alpha_bits not in (8, 16):
            raise ValueError(f"bits are 8 to 16, alpha_bits 8 or 16, not {bits}, {alpha_bits}")
        self.across = 1 if profile.startswith("4444") else 2
        self.alpha, self.threads = alpha, threads
        self.height, self.width = _checked(planes, alpha, self.across)
        self.fields, self.pictures = fields, 1 if fields is None else 2
        if self.height % self.pictures:
            # RDD 36 gives the odd row to the top field, FFmpeg's decoder to neither.
            raise ValueError(f"a frame of two fields has an even number of rows, not {self.height}")
        geom = np.zeros(s.GEOMETRY, np.int64)
        self._tables = tables(self.pictures)
        geom[[s.Y_AT, s.CB_AT, s.CR_AT]] = [plane.ctypes.data for plane in planes]
        geom[[s.Y_ROW, s.C_ROW]] = planes[0].strides[0], planes[1].strides[0]
        geom[[s.WIDTH, s.C_WIDTH]] = self.width, planes[1].shape[1]
        geom[[s.HEIGHT, s.FIELDS]] = self.height // self.pictures, self.pictures
        geom[[s.ACROSS, s.ALPHA_BITS]] = self.across, alpha_bits
        geom[s.TABLES] = self._tables.ctypes.data
        if alpha is not None:
            geom[[s.ALPHA_AT, s.ALPHA_ROW]] = alpha.ctypes.data, alpha.strides[0]
        self.geom = geom
        self.params = np.zeros(s.NUMBERS, np.float32)
        self.params[[s.ROUND, s.LEAST]] = ROUND, LEAST
        self.params[[s.MIDDLE, s.HIGHEST]] = 64 << bits - 1, (1 << bits) - 1
        self.params[s.LUMA :] = weights(profile, bits)
        self.jobs = self._slices()
        self.overhead = _FRAME + self.pictures * _PICTURE + 2 * len(self.jobs)
        self._made: list[Any] = [b""] * len(self.jobs)

    def _slices(self) -> Jobs:
        """Every slice of the frame: eight macroblocks wide, the rest of a row in halves of that."""
        wide = -(-self.width // 16)
        self.rows = -(-self.height // self.pictures // 16)
        widths = [8] * (wide // 8) + [part for part in (4, 2, 1) if wide & part]
        made = np.zeros((self.pictures, self.rows, len(widths), s.JOB), np.int64)
        order = (1, 0) if self.fields == "bottom" else (0, 1)
        made[..., s.FIELD] = np.array(order[: self.pictures])[:, None, None]
        made[..., s.ROW] = np.arange(self.rows)[:, None]
        made[..., s.BLOCKS] = widths
        made[..., s.COLUMN] = np.cumsum([0, *widths[:-1]])
        return made.reshape(-1, s.JOB)

    def code(self, which: npt.NDArray[np.int64], quantisers: npt.NDArray[np.int64]) -> Any:
        """Code slices and keep them; their sizes without alpha."""
        jobs = self.jobs[which]
        jobs[:, s.QUANTISER] = quantisers
        count = max(min(self.threads, len(jobs) // 16), -(-len(jobs) // _AT_ONCE))
        parts = np.array_split(np.arange(len(jobs)), count) if count else []

        def one(part: npt.NDArray[np.int64]) -> None:
            own = jobs[part[0] : part[-1] + 1]
            geom = self.geom.copy()
            geom[[s.JOBS, s.JOBS_AT]] = len(own), own.ctypes.data
            # Working memory of the thread, frame after frame: new pages cost as much as the copy.
            work = scratch(s.SCRATCH + _AT_ONCE * s.MOST // 4)
            out = work + 4 * s.SCRATCH
            entry("prores")(0, geom.ctypes.data, self.params.ctypes.data, out, work)
            ends = np.cumsum(own[:, s.SIZE]).tolist()
            kept = memoryview(ctypes.string_at(out, ends[-1]))
            start = 0
            for number, end in zip(which[part].tolist(), ends, strict=True):
                self._made[number] = kept[start:end]
                start = end

        if self.threads > 1 and count > 1:
            with ThreadPoolExecutor(min(self.threads, count)) as pool:
                list(pool.map(one, parts))
        else:
            for part in parts:
                one(part)
        return jobs[:, s.SIZE] - jobs[:, s.ALPHA_SIZE]

    def frame(self, header: bytes) -> bytes:
        """The whole frame."""
        parts: list[Any] = [b"", header]
        each = len(self._made) // self.pictures
        for picture in range(self.pictures):
            slices = self._made[picture * each : picture * each + each]
            table = np.array([len(one) for one in slices], ">u2").tobytes()
            size = _PICTURE + len(table) + sum(map(len, slices))
            # A field of 16 bits, which decoders do not read: RDD 36 calls it deprecated.
            parts.append(struct.pack(">BIHB", 8 << 3, size, each & 0xFFFF, 3 << 4))
            parts += [table, *slices]
        whole = 8 + sum(map(len, parts))
        parts[0] = struct.pack(">I4s", whole, b"icpf")
        return b"".join(parts)


def _checked(planes: Sequence[Words], alpha: Words | None, across: int) -> tuple[int, int]:
    """Height and width of three planes that fit together, and of alpha."""
    if len(planes) != 3:
        raise ValueError("planes are three arrays: Y', Cb, Cr")
    height, width = planes[0].shape if planes[0].ndim == 2 else (0, 0)
    chroma = height, (width + across - 1) // across
    shapes = [(height, width), chroma, chroma, (height, width)]
    for plane, shape in zip([*planes, *([] if alpha is None else [alpha])], shapes, strict=False):
        if plane.dtype != np.uint16 or plane.shape != shape:
            raise ValueError(f"planes are uint16 {shapes[:3]}, not {plane.dtype} {plane.shape}")
        if plane.strides[1] != 2 and shape[1] > 1:
            raise ValueError("the samples of a row must stand together in memory")
    if not 1 <= height <= 65535 or not 1 <= width <= 65535:
        raise ValueError(f"a frame has 1 to 65535 rows and columns, not {width}x{height}")
    if planes[1].strides[0] != planes[2].strides[0]:
        raise ValueError("Cb and Cr must have the same distance from row to row")
    return height, width


def _frame_header(
    coder: _Coder,
    profile: str,
    alpha_bits: int,
    fields: str | None,
    colour: tuple[int, int, int],
    rate: Fraction | None,
    pixel_aspect: Fraction | None,
) -> bytes:
    """RDD 36, 6.1.1. Both matrices are in it, as other encoders have them."""
    plain = coder.across == 2 and coder.alpha is None
    kind = (2 if coder.across == 2 else 3) << 6
    kind |= (0 if fields is None else 1 if fields == "top" else 2) << 2
    aspect = 0
    if pixel_aspect is not None:
        shown = pixel_aspect * coder.width / coder.height
        aspect = 1 if pixel_aspect == 1 else {Fraction(4, 3): 2, Fraction(16, 9): 3}.get(shown, 0)
    number = _RATES.index(rate) + 1 if rate in _RATES else 0
    alpha = 0 if coder.alpha is None else 1 if alpha_bits == 8 else 2
    head = struct.pack(
        ">HBB4sHHBBBBBBBB", 148, 0, 0 if plain else 1, ENCODER, coder.width, coder.height, kind,
        aspect << 4 | number, *colour, alpha, 0, 3,
    )  # fmt: skip
    return head + b"".join(matrix.astype(np.uint8).tobytes() for matrix in MATRICES[profile])
