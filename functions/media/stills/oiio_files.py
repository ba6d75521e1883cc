"""OpenImageIO's files, opened so that what it says comes out as this house's errors and text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from functions.contract.errors import DamagedSource
from functions.contract.timecode import Timecode, nominal_rate, timecode_of

_PAIRS = 40
_VIDEO_RATE = "TemporalFrameRate"
_WIDEST = 1000.0  # of a pixel over its height


@contextmanager
def opened(path: Path, part: int = 0) -> Iterator[Any]:
    """OpenImageIO's open file, at a part of it; colours come as they stand in it.

    Else it would multiply those of PNG and TIFF by their alpha, as code values.

    Raises DamagedSource for what it does not open, or names that are no text.
    """
    import OpenImageIO

    told = OpenImageIO.ImageSpec()
    told.attribute("oiio:UnassociatedAlpha", 1)
    file = None
    try:
        file = OpenImageIO.ImageInput.open(str(path), told)
        if file is None:
            raise DamagedSource(f"it does not open: {reason(OpenImageIO.geterror, path)}")
        if part and not file.seek_subimage(part, 0):
            raise DamagedSource(f"its part {part + 1} does not open: {reason(file.geterror, path)}")
        _leave_thumbnails(file)
        yield file
    except UnicodeDecodeError as error:
        raise DamagedSource("its header holds names that are no text") from error
    finally:
        if file is not None:
            file.close()


def _leave_thumbnails(file: Any) -> None:
    """From a TIFF's first page, if that is a reduced one or a mask (NewSubfileType, bits 0 and 2),
    to the first that is neither."""
    page = 0
    while file.spec().get_int_attribute("tiff:subfiletype") & 5:
        page += 1
        if not file.seek_subimage(page, 0):
            file.seek_subimage(0, 0)
            return


def reason(geterror: Callable[[], object], path: Path) -> str:
    """What the library has to say of a file, in one line."""
    try:
        said = str(geterror())
    except UnicodeDecodeError:
        said = "its header holds names that are no text"
    return " ".join(said.replace(str(path), "it").split()) or "no reason is given"


def text(spec: Any, name: str) -> str | None:
    """A string of the header, without what no text holds; None where there is none."""
    found = str(spec.get_string_attribute(name))
    plain = found.encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip()
    return "".join(c for c in plain if c.isprintable() and c != "\ufffd") or None


def pixel_aspect(spec: Any) -> Fraction:
    """Width of a pixel over its height; 1 where the file's is no number that a pixel could have."""
    said = float(spec.get_float_attribute("PixelAspectRatio")) or 1.0
    if not math.isfinite(said) or not 1 / _WIDEST <= said <= _WIDEST:
        return Fraction(1)
    return Fraction(said).limit_denominator(10_000)


def alpha_place(spec: Any, short: str) -> int:
    """Place of alpha among the channels, -1 without. The fourth byte of a BMP is no alpha: most
    writers leave it at what it was."""
    return -1 if short == "bmp" else int(spec.alpha_channel)


def is_min_white(spec: Any) -> bool:
    """Whether the lowest code of a grey TIFF is white (TIFF 6.0, PhotometricInterpretation 0)."""
    said = spec.getattribute("tiff:PhotometricInterpretation")
    return said is not None and int(said) == 0


def rate_of(spec: Any) -> Fraction | None:
    """Frames a second of an EXR or a DPX."""
    exact = spec.getattribute("FramesPerSecond")
    if isinstance(exact, tuple) and len(exact) == 2 and exact[1]:
        rate = Fraction(int(exact[0]), int(exact[1]))
        return rate if rate > 0 else None
    for name in ("dpx:FrameRate", f"dpx:{_VIDEO_RATE}"):
        written = float(spec.get_float_attribute(name))
        if 1 <= written <= 1000:
            whole = -(-written // 1)
            drop = Fraction(int(whole) * 1000, 1001)
            close = abs(written - float(drop)) < 0.005  # 23.98 too
            return drop if close else Fraction(written).limit_denominator(1000)
    return None


def time_notes(spec: Any) -> tuple[str, ...]:
    """A sentence for a timecode that stands there and is no label, and for two rates."""
    notes, rate = [], rate_of(spec)
    words = spec.getattribute("smpte:TimeCode")
    packed = int(words[0]) & 0xFFFFFFFF if isinstance(words, tuple) and words else 0
    if packed not in (0, 0xFFFFFFFF) and packed_timecode(words, rate) is None:
        why = "stands without a rate" if rate is None else f"is no label at {rate}"
        notes.append(f"a timecode {packed:08x} {why}: it is not used")
    film, video = (
        float(spec.get_float_attribute(f"dpx:{name}")) for name in ("FrameRate", _VIDEO_RATE)
    )
    if min(film, video) >= 1 and abs(film - video) > 0.01:
        notes.append(f"its rates are {film:g} (film) and {video:g} (television): {rate} is taken")
    return tuple(notes)


def own_label(spec: Any) -> Timecode | None:
    """Timecode of one file; None where a DPX leaves open which frame of a pair it is."""
    rate = rate_of(spec)
    if rate is not None and nominal_rate(rate) >= _PAIRS:
        return None
    return packed_timecode(spec.getattribute("smpte:TimeCode"), rate)


def packed_timecode(words: Any, rate: Fraction | None) -> Timecode | None:
    """The label of ST 12-1's words as OpenEXR and DPX keep them: hours in the top byte, bit 6 is
    drop frame. From 40 labels a second on they count pairs, and bit 15 is the second of one."""
    if rate is None or not isinstance(words, tuple) or not words or not any(words):
        return None
    packed = int(words[0]) & 0xFFFFFFFF
    digits = [packed >> shift & mask for shift, mask in ((24, 63), (16, 127), (8, 127), (0, 63))]
    if any(digit & 15 > 9 for digit in digits):
        return None
    h, m, s, f = (d // 16 * 10 + d % 16 for d in digits)
    nominal = nominal_rate(rate)
    if nominal >= _PAIRS and 2 * f < nominal:  # what cannot be a pair is a label
        f = 2 * f + (packed >> 15 & 1)
    return timecode_of((h, m, s, f), rate, drop=bool(packed & 0x40))
