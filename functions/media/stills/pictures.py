"""Developed stills (EXR, DPX, TIFF, PNG, JPEG ...) as the contract's pictures.

OpenEXR reads EXR, OpenImageIO the rest. Both read from paths alone, so a file's bytes, which
came from a store, go through a temporary one.
"""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.clip import Reading
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.operation import Limits
from functions.contract.picture import Picture
from functions.media.stills.completeness import cut_short
from functions.media.stills.oiio_files import (
    alpha_place,
    is_min_white,
    opened,
    own_label,
    packed_timecode,
    reason,
)
from functions.media.stills.orientation import upright

_EXR, _PNG = b"\x76\x2f\x31\x01", b"\x89PNG"
_NO_NUMBERS = "it holds samples that are NaN or infinite: what comes of them is no light"
_NO_NUMBER = {2: 0x7C00, 4: 0x7F80_0000}  # the bits of infinity
Planes = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


def still_picture(
    content: bytes,
    number: int,
    reading: Reading | None = None,
    name: str = "it",
    most: int = Limits().pixels,
) -> Picture:
    """The picture of a whole file, upright, its data window laid into its display window.

    name : of the file, whose ending tells formats that have no mark of their own
    most : pixels that the data windows of an EXR may have together, for all are decoded

    Raises DamagedSource for pixels that do not decode, UnsupportedMedia for channels that are
    no R, G, B and no grey, InvalidRequest for a part or view that is not there, LimitExceeded.
    """
    cut = cut_short(lambda start, length: content[start : start + length], len(content))
    if cut is not None:
        raise cut
    suffix = ".exr" if content.startswith(_EXR) else Path(name).suffix or ".picture"
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(content)
        file.flush()
        path = Path(file.name)
        if suffix == ".exr":
            picture = _exr(path, content, number, reading or Reading(), most)
        else:
            picture = _other(path, content, number)
    if not all(_finite(plane) for plane in picture.planes):
        picture.notes += (_NO_NUMBERS,)
    return picture


def _finite(plane: npt.NDArray[Any]) -> bool:
    """Whether all floats are numbers: as whole numbers of their bits, those that are none are the
    largest of either sign. A thirtieth of what NumPy's own test of half floats takes."""
    if plane.dtype.kind != "f" or not plane.size:
        return True
    width = plane.dtype.itemsize
    least = _NO_NUMBER[width]
    above = int(plane.view(f"i{width}").max()) >= least
    below = int(plane.view(f"u{width}").max()) >= least + (1 << 8 * width - 1)
    return not (above or below)


def _exr(path: Path, content: bytes, number: int, reading: Reading, most: int) -> Picture:
    from functions.media.stills.exr_parts import choose
    from functions.media.stills.exr_structure import (
        check_windows,
        read_exr_parts,
        read_exr_planes,
    )

    parts = read_exr_parts(lambda start, length: content[start : start + length], len(content))
    check_windows(parts, most)
    chosen = choose(parts, reading)
    facts = parts[chosen.index]
    planes = read_exr_planes(path, chosen.index, len(parts))
    windows = facts.data_window, facts.display_window
    r, g, b = (_displayed(planes[name], *windows) for name in chosen.channels)
    alpha = None if chosen.alpha is None else _displayed(planes[chosen.alpha], *windows)
    if any(plane.dtype.kind != "f" for plane in (r, g, b)):
        raise UnsupportedMedia("its samples are whole numbers, no light")
    said = facts.attributes.get("framesPerSecond")
    rate = Fraction(*said) if isinstance(said, tuple) and said[0] > 0 < said[1] else None
    label = packed_timecode(facts.attributes.get("timeCode"), rate)
    return Picture(number, (r, g, b), "rgb", 0, True, alpha=alpha, timecode=label)


def _displayed(
    plane: npt.NDArray[Any], data: tuple[int, ...], display: tuple[int, ...]
) -> npt.NDArray[Any]:
    if data == display:
        return np.ascontiguousarray(plane)
    height, width = display[3] - display[1] + 1, display[2] - display[0] + 1
    out = np.zeros((height, width), plane.dtype)
    left, top = data[0] - display[0], data[1] - display[1]
    x, y = max(0, left), max(0, top)
    right, bottom = min(width, left + plane.shape[1]), min(height, top + plane.shape[0])
    if right > x and bottom > y:
        out[y:bottom, x:right] = plane[y - top : bottom - top, x - left : right - left]
    return out


def _other(path: Path, content: bytes, number: int) -> Picture:
    from functions.media.stills.dpx_rows import whole_byte_rows
    from functions.media.stills.headers.radiance import HEAD as RADIANCE_HEAD
    from functions.media.stills.headers.radiance import exposure

    with opened(path) as file:
        spec = file.spec()
        pixels = whole_byte_rows(content)
        if pixels is None:
            pixels = file.read_image(file.current_subimage(), 0, 0, spec.nchannels, spec.format)
        if pixels is None:
            raise DamagedSource(f"its pixels do not decode: {reason(file.geterror, path)}")
        kept = spec.get_int_attribute("oiio:BitsPerSample")
        orientation = int(spec.get_int_attribute("Orientation")) or 1
        alpha_at, count = alpha_place(spec, str(file.format_name())), spec.nchannels
        code = spec.getattribute("CICP") if content.startswith(_PNG) else None
        full = not (isinstance(code, tuple) and len(code) == 4 and code[3] == 0)
        label = own_label(spec)
        pixels = pixels.reshape(spec.height, spec.width, count)
        if pixels.dtype == np.uint16 and is_min_white(spec):
            pixels = np.invert(pixels)  # the library does so for 8 bits alone
    # uint8 and uint16 over their full range, half and float as they are; DPX of 10 and 12 bits
    # comes with its bits repeated below, as 16, and goes back to what it is.
    if pixels.dtype not in (np.uint8, np.uint16, np.float16, np.float32):
        raise UnsupportedMedia(f"samples of {pixels.dtype} are not read")
    bits = 0 if pixels.dtype.kind == "f" else 8 * pixels.dtype.itemsize
    if bits == 16 and 8 < kept < 16:
        # The file's own codes: their 16-bit forms are off by up to 1/70 of one, which the foot
        # of a display curve turns into whole codes.
        pixels, bits = pixels >> np.uint16(16 - kept), kept
    stops = exposure(content[:RADIANCE_HEAD])
    if stops != (1.0, 1.0, 1.0):
        pixels = pixels / np.array(stops, np.float32)
    channels = [upright(pixels[:, :, place], orientation) for place in range(count)]
    colour = channels[:3] if count >= 3 else [channels[0]] * 3
    alpha = channels[alpha_at] if 0 <= alpha_at < count else None
    planes = (colour[0], colour[1], colour[2])
    return Picture(number, planes, "rgb", bits, full, alpha=alpha, timecode=label)
