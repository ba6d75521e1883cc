"""Ordinary stills (DPX, EXR, TIFF, PNG, JPEG ...): their facts, for whoever inspects a clip."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from functions.contract import uris
from functions.contract.camera import CameraRecord
from functions.contract.errors import (
    DamagedSource,
    InvalidRequest,
    LimitExceeded,
    UnsupportedMedia,
)
from functions.contract.frames import rate_text
from functions.contract.picture import PictureFacts
from functions.contract.store import Stat, Store
from functions.contract.timecode import Timecode
from functions.media.stills.sequence import Header

_SHORT = {"openexr": "exr", "jpeg2000": "jpeg2000", "cineon": "cineon"}


class PictureReader:
    """Stills that are developed already: facts only."""

    def __init__(self, name: str, pixels: int) -> None:
        self._name, self._pixels = name, pixels

    def header(self, store: Store, stat: Stat) -> Header:
        """Facts of one file, as OpenImageIO reads its header."""
        # OpenImageIO's Python face reads from paths alone.
        if uris.scheme_of(stat.uri) == "file":
            return self._read(uris.path_of(stat.uri))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / uris.basename(stat.uri)
            path.write_bytes(store.read(stat.uri))
            return self._read(str(path))

    def _read(self, path: str) -> Header:
        import OpenImageIO

        from functions.media.stills.pictures import as_stored, still_tags

        opened = OpenImageIO.ImageInput.open(path, as_stored(OpenImageIO))
        if opened is None:
            reason = " ".join(str(OpenImageIO.geterror()).replace(path, "it").split())
            raise DamagedSource(f"{self._name} that does not open: {reason}")
        try:
            spec, short = opened.spec(), str(opened.format_name())
        finally:
            opened.close()
        width, height = int(spec.full_width), int(spec.full_height)
        if width < 1 or height < 1:
            width, height = int(spec.width), int(spec.height)
        if width * height > self._pixels:
            raise LimitExceeded(
                f"{width}x{height} pixels are over the limit of {self._pixels}", limit=self._pixels
            )
        straight = spec.get_int_attribute("oiio:UnassociatedAlpha") == 1
        has_alpha = 0 <= spec.alpha_channel < spec.nchannels
        rate = _rate(spec)
        timecode = _timecode(spec, rate)
        short = _SHORT.get(short, short)
        return Header(
            container=short,
            codec=short,
            layout=None,
            width=width,
            height=height,
            rate=rate,
            timecode=timecode,
            picture=PictureFacts(
                colour=still_tags(spec),
                alpha=("straight" if straight else "premultiplied") if has_alpha else None,
                pixel_aspect=Fraction(
                    spec.get_float_attribute("PixelAspectRatio") or 1.0
                ).limit_denominator(10_000),
            ),
            camera=CameraRecord(
                make=spec.get_string_attribute("Make") or None,
                model=spec.get_string_attribute("Model") or None,
                software=spec.get_string_attribute("Software") or None,
                bits=int(spec.get_int_attribute("oiio:BitsPerSample")) or None,
                reel=spec.get_string_attribute("reelName") or None,
                timecode=str(timecode) if timecode else None,
                rate=rate_text(rate) if rate else None,
                orientation=int(spec.get_int_attribute("Orientation")) or None,
                pixel_aspect=float(spec.get_float_attribute("PixelAspectRatio")) or 1.0,
            ),
        )

    def frame(self, content: bytes, number: int) -> NoReturn:
        """Never: these are developed pictures."""
        raise UnsupportedMedia(f"{self._name} is not camera raw")

    def another(self) -> PictureReader:
        """Itself: it keeps nothing between files."""
        return self


def _rate(spec: Any) -> Fraction | None:
    exact = spec.getattribute("FramesPerSecond")
    if isinstance(exact, tuple) and len(exact) == 2 and exact[1]:
        return Fraction(int(exact[0]), int(exact[1]))
    for name in ("dpx:FrameRate", "dpx:TemporalFrameRate"):
        written = float(spec.get_float_attribute(name))
        if 1 <= written <= 1000:
            whole = -(-written // 1)
            drop = Fraction(int(whole) * 1000, 1001)
            close = abs(written - float(drop)) < 0.001
            return drop if close else Fraction(written).limit_denominator(1000)
    return None


def _timecode(spec: Any, rate: Fraction | None) -> Timecode | None:
    words = spec.getattribute("smpte:TimeCode")
    if rate is None or not isinstance(words, tuple) or not words or not any(words):
        return None
    # ST 12-1 packed as OpenEXR and DPX keep it: hours in the top byte, bit 6 is drop frame.
    packed = int(words[0]) & 0xFFFFFFFF
    digits = [packed >> shift & mask for shift, mask in ((24, 63), (16, 127), (8, 127), (0, 63))]
    h, m, s, f = (d // 16 * 10 + d % 16 for d in digits)
    mark = ";" if packed & 0x40 else ":"
    try:
        return Timecode.parse(f"{h:02d}:{m:02d}:{s:02d}{mark}{f:02d}", rate)
    except InvalidRequest:
        return None
