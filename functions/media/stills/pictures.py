"""Developed stills (EXR, DPX, TIFF, PNG, JPEG ...) as the contract's pictures.

OpenEXR reads EXR, OpenImageIO the rest. Both read from paths alone, so a file's bytes, which
came from a store, go through a temporary one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.picture import ColourTags, Picture
from functions.media.write.exr_header import ACES_CHROMATICITIES, Chromaticities

_EXR = b"\x76\x2f\x31\x01"
_PRIMARIES: tuple[tuple[str, Chromaticities], ...] = (
    ("ap0", ACES_CHROMATICITIES),
    ("ap1", (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)),
    ("bt709", (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)),
    ("bt2020", (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290)),
    ("smpte432", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290)),
)
# OpenImageIO's names of what a file says, to FFmpeg's (primaries, transfer).
_SPACES = {
    "srgb": ("bt709", "iec61966-2-1"),
    "srgb_rec709_scene": ("bt709", "iec61966-2-1"),
    "srgb_rec709_display": ("bt709", "iec61966-2-1"),
    "rec709": ("bt709", "bt709"),
    "g24_rec709_display": ("bt709", "bt709"),
    "itu709_rec709_scene": ("bt709", "bt709"),
    "linear": ("bt709", "linear"),
    "lin_rec709_scene": ("bt709", "linear"),
}
_DPX = {"ITU-R 709-4": ("bt709", "bt709"), "SMPTE 274M": ("bt709", "bt709")}


def still_tags(spec: Any) -> ColourTags:
    """What the header says of colour; nothing where it says nothing.

    spec : OpenImageIO's
    """
    chromaticities = spec.getattribute("chromaticities")
    if isinstance(chromaticities, tuple) and len(chromaticities) == 8:
        for name, known in _PRIMARIES:
            if max(abs(a - b) for a, b in zip(chromaticities, known, strict=True)) < 2e-4:
                return ColourTags(primaries=name, transfer="linear", full=True)
        return ColourTags()
    if spec.get_int_attribute("acesImageContainerFlag") == 1:
        return ColourTags(primaries="ap0", transfer="linear", full=True)
    transfer = spec.get_string_attribute("dpx:Transfer")
    if transfer:
        primaries, curve = _DPX.get(transfer, (None, None))
        return ColourTags(primaries=primaries, transfer=curve)
    space = spec.get_string_attribute("oiio:ColorSpace").lower()
    primaries, curve = _SPACES.get(space, (None, None))
    return ColourTags(primaries=primaries, transfer=curve)


def still_picture(content: bytes, number: int) -> Picture:
    """The picture of a whole file, its data window laid into its display window.

    Raises DamagedSource for pixels that do not decode, UnsupportedMedia for channels that are
    no R, G, B and no grey.
    """
    suffix = ".exr" if content.startswith(_EXR) else ".picture"
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(content)
        file.flush()
        path = Path(file.name)
        return _exr(path, number) if suffix == ".exr" else _other(path, number)


def _exr(path: Path, number: int) -> Picture:
    from functions.media.stills.exr_structure import read_exr_facts, read_exr_planes

    with path.open("rb") as file:

        def part(start: int, length: int) -> bytes:
            file.seek(start)
            return file.read(length)

        facts = read_exr_facts(part, path.stat().st_size)
    if not facts.whole:
        raise DamagedSource("truncated: its chunk table points past the end, or nowhere")
    planes = read_exr_planes(path)
    names = [n for n in "RGB" if n in planes]
    if len(names) != 3:
        if "Y" not in planes or set(planes) & {"RY", "BY"}:
            found = ", ".join(sorted(planes))
            raise UnsupportedMedia(f"its channels are {found}: R, G, B or Y are read")
        names = ["Y"] * 3
    shown = [_displayed(planes[name], facts.data_window, facts.display_window) for name in names]
    alpha = planes.get("A")
    if alpha is not None:
        alpha = _displayed(alpha, facts.data_window, facts.display_window)
    if any(plane.dtype.kind != "f" for plane in shown):
        raise UnsupportedMedia("its samples are whole numbers, no light")
    return Picture(number, (shown[0], shown[1], shown[2]), "rgb", 0, True, alpha=alpha)


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


def _other(path: Path, number: int) -> Picture:
    import OpenImageIO

    opened = OpenImageIO.ImageInput.open(str(path), as_stored(OpenImageIO))
    if opened is None:
        raise DamagedSource(f"it does not open: {_reason(OpenImageIO.geterror(), path)}")
    try:
        spec = opened.spec()
        pixels = opened.read_image(0, 0, 0, spec.nchannels, spec.format)
        if pixels is None:
            raise DamagedSource(f"its pixels do not decode: {_reason(opened.geterror(), path)}")
    finally:
        opened.close()
    # uint8 and uint16 over their full range, half and float as they are; DPX of 10 and 12 bits
    # comes with its bits repeated below, as 16, and goes back to what it is.
    if pixels.dtype not in (np.uint8, np.uint16, np.float16, np.float32):
        raise UnsupportedMedia(f"samples of {spec.format} are not read")
    pixels = pixels.reshape(spec.height, spec.width, spec.nchannels)
    bits = 0 if pixels.dtype.kind == "f" else 8 * pixels.dtype.itemsize
    kept = spec.get_int_attribute("oiio:BitsPerSample")
    if bits == 16 and 8 < kept < 16:
        # The file's own codes: their 16-bit forms are off by up to 1/70 of one, which the foot
        # of a display curve turns into whole codes.
        pixels, bits = pixels >> np.uint16(16 - kept), kept
    channels = [np.ascontiguousarray(pixels[:, :, place]) for place in range(spec.nchannels)]
    colour = channels[:3] if spec.nchannels >= 3 else [channels[0]] * 3
    alpha = channels[spec.alpha_channel] if 0 <= spec.alpha_channel < spec.nchannels else None
    return Picture(number, (colour[0], colour[1], colour[2]), "rgb", bits, True, alpha=alpha)


def _reason(text: object, path: Path) -> str:
    return " ".join(str(text).replace(str(path), "it").split()) or "no reason is given"


def as_stored(oiio: Any) -> Any:
    """What OpenImageIO is told when it opens a file: colours as they stand in it.

    Else it multiplies those of PNG and TIFF by their alpha, as code values.
    """
    told = oiio.ImageSpec()
    told.attribute("oiio:UnassociatedAlpha", 1)
    return told
