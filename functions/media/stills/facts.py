"""Ordinary stills (DPX, EXR, TIFF, PNG, JPEG ...): their facts, and what of them is not used."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from functions.contract.camera import CameraRecord
from functions.contract.clip import Reading
from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia
from functions.contract.frames import rate_text
from functions.contract.picture import Alpha, ColourTags, Picture, PictureFacts
from functions.contract.store import Stat, Store
from functions.media.containers.boxes import reader_of
from functions.media.containers.tiff import read_bytes, read_stream
from functions.media.stills import dpx_rows
from functions.media.stills.colour_tags import still_tags
from functions.media.stills.headers import radiance
from functions.media.stills.headers.colour_words import colour_words
from functions.media.stills.headers.jpeg2000_header import HEAD, read_jpeg2000_header
from functions.media.stills.headers.jpeg_header import read_jpeg_header
from functions.media.stills.headers.jxl_header import read_jxl_header
from functions.media.stills.headers.png_chunks import colour_chunks, odd_codes, primaries_of
from functions.media.stills.headers.tiff_header import TiffWords, read_tiff_words
from functions.media.stills.local_file import local_file
from functions.media.stills.oiio_files import (
    alpha_place,
    is_min_white,
    opened,
    packed_timecode,
    pixel_aspect,
    rate_of,
    text,
    time_notes,
)
from functions.media.stills.orientation import swaps_sides
from functions.media.stills.sequence import Header, Reader

_SHORT = {"openexr": "exr", "jpeg2000": "jpeg2000", "cineon": "cineon"}
# TIFF 6.0, PhotometricInterpretation: spaces that OpenImageIO would hand out as if they were RGB.
_TIFF_CODINGS = {
    34712: "JPEG 2000", 34887: "LERC", 34925: "LZMA", 50000: "Zstandard", 50002: "JPEG XL",
    52546: "JPEG XL",
}  # fmt: skip
_NO_RGB = {5: "CMYK", 8: "CIE L*a*b*", 9: "ICC L*a*b*", 10: "ITU L*a*b*", 32844: "LogL",
           32845: "LogLuv"}  # fmt: skip
_RGB_OR_GREY = range(5)  # of TIFF; and what the library makes RGB of
_YCBCR = 6
_OTHER_COLOUR = "its colour tags are not those of the clip's first file, which are used"
_OPAQUE = "it has no alpha, unlike the clip's first file: it is opaque"
_OTHER_ALPHA = "its alpha is not used: the clip's first file has none"
_GAIN_MAP = "its gain map is not applied: the base picture is read, of the lower range"


class PictureReader(Reader):
    """Stills that are developed already.

    reading : which part and view of a file that has several
    """

    def __init__(self, name: str, pixels: int, reading: Reading | None = None) -> None:
        self._name, self._pixels, self._reading = name, pixels, reading or Reading()
        self._colour: tuple[Any, ...] | None = None
        self._alpha: Alpha | None = None

    def header(self, store: Store, stat: Stat) -> Header:
        """Facts of one file, as OpenImageIO reads its header."""
        with local_file(store, stat.uri) as path:
            return self._read(path)

    def _read(self, path: Path) -> Header:
        part, notes, alpha = self._part(path)
        with path.open("rb") as start:
            head = start.read(HEAD)
        first = self._colour is None
        if first:
            self._colour = colour_words(head)
        jxl, jp2, jpeg = read_jxl_header(head), read_jpeg2000_header(head), read_jpeg_header(head)
        other = dpx_rows.no_picture(head) or radiance.no_picture(head) or jp2.other or jpeg.other
        other = "CMYK" if jxl.black else other
        if other is not None:
            raise UnsupportedMedia(f"a {self._name} picture of {other}")
        try:
            with opened(path, part) as file:
                spec, short = file.spec(), str(file.format_name())
                several = jxl.moves or (short != "openexr" and file.seek_subimage(part + 1, 0))
                words = _tiff_words(path) if short == "tiff" else TiffWords()
                primaries, odd = words.primaries or radiance.primaries(head), None
                if short == "png":
                    chunks = colour_chunks(path)
                    primaries, odd = primaries_of(chunks), odd_codes(chunks)
                    several = b"acTL" in chunks
                notes = (*notes, *words.notes, *dpx_rows.notes(head), *time_notes(spec))
                notes += _notes(spec, short, several=bool(several) or jpeg.several)
                notes += (_GAIN_MAP,) if jpeg.gain_map else ()
                tags = ColourTags() if jp2.unsaid else still_tags(spec, primaries, odd, jp2.codes)
                alone: Alpha = "straight" if jxl.straight or jp2.straight else "premultiplied"
                aspect = jp2.aspect or radiance.pixel_aspect(head)
                found = self._header(spec, short, notes, tags, aspect, alone if alpha else None)
                self._alpha = found.picture.alpha if first else self._alpha
                return found
        except DamagedSource as error:
            raise DamagedSource(f"{self._name}: {error.detail}") from error

    def _part(self, path: Path) -> tuple[int, tuple[str, ...], bool]:
        """Which part of an EXR file is read, what is to be said of that, and whether its picture
        has alpha."""
        if self._name != "OpenEXR":
            return 0, (), True
        from functions.media.stills.exr_parts import choose
        from functions.media.stills.exr_structure import check_windows, read_exr_parts

        with path.open("rb") as file:
            parts = read_exr_parts(reader_of(file), path.stat().st_size)
        check_windows(parts, self._pixels)
        chosen = choose(parts, self._reading)
        return chosen.index, chosen.notes, chosen.alpha is not None

    def _header(
        self,
        spec: Any,
        short: str,
        notes: tuple[str, ...],
        tags: ColourTags,
        aspect: Fraction | None,
        alpha: Alpha | None,
    ) -> Header:
        width, height = int(spec.full_width), int(spec.full_height)
        if width < 1 or height < 1 or short != "openexr":
            # Other formats have no window, and some no sides but the picture's own.
            width, height = int(spec.width), int(spec.height)
        if width * height > self._pixels:
            raise LimitExceeded(
                f"{width}x{height} pixels are over the limit of {self._pixels}", limit=self._pixels
            )
        model = spec.get_int_attribute("tiff:PhotometricInterpretation")
        space = _NO_RGB.get(model)
        if space is None and model not in (*_RGB_OR_GREY, _YCBCR):
            space = f"the colour model {model} (PhotometricInterpretation)"
        if text(spec, "jpeg:ColorSpace") in ("CMYK", "YCbCrK"):
            space = "CMYK"
        coded = _TIFF_CODINGS.get(spec.get_int_attribute("tiff:Compression"))
        if coded is not None:
            raise UnsupportedMedia(f"a TIFF picture coded as {coded}")
        if space is not None:
            raise UnsupportedMedia(f"a {self._name} picture in {space}")
        if is_min_white(spec) and (
            spec.nchannels > 1 or str(spec.format) not in ("uint8", "uint16")
        ):
            what = "with alpha" if spec.nchannels > 1 else f"of {spec.format} samples"
            raise UnsupportedMedia(f"a TIFF whose lowest code is white, {what}")
        aspect = aspect or pixel_aspect(spec)
        # OpenEXR has no such attribute: one that is there is somebody's own.
        orientation = int(spec.get_int_attribute("Orientation")) or 1 if short != "openexr" else 1
        if swaps_sides(orientation) and short == "dpx":
            raise UnsupportedMedia("a DPX whose lines run from top to bottom or back")
        if swaps_sides(orientation):
            width, height, aspect = height, width, 1 / aspect
        if short != "openexr" and not 0 <= alpha_place(spec, short) < spec.nchannels:
            alpha = None
        elif alpha and spec.get_int_attribute("oiio:UnassociatedAlpha") == 1:
            alpha = "straight"
        rate = rate_of(spec)
        timecode = packed_timecode(spec.getattribute("smpte:TimeCode"), rate)
        return Header(
            container=_SHORT.get(short, short),
            codec=_SHORT.get(short, short),
            layout=None,
            width=width,
            height=height,
            rate=rate,
            timecode=timecode,
            notes=notes,
            picture=PictureFacts(
                colour=tags,
                alpha=alpha,
                pixel_aspect=aspect,
                compression=text(spec, "compression"),
                created=text(spec, "DateTime"),
                channels=_channels(spec),
            ),
            camera=CameraRecord(
                make=text(spec, "Make"),
                model=text(spec, "Model"),
                software=text(spec, "Software"),
                bits=int(spec.get_int_attribute("oiio:BitsPerSample")) or None,
                reel=text(spec, "reelName"),
                timecode=str(timecode) if timecode else None,
                rate=rate_text(rate) if rate else None,
                orientation=orientation if orientation > 1 else None,
                pixel_aspect=float(aspect),
            ),
        )

    def frame(self, content: bytes, number: int) -> NoReturn:
        """Never: these are developed pictures."""
        raise UnsupportedMedia(f"{self._name} is not camera raw")

    def picture(self, content: bytes, number: int, name: str) -> Picture:
        """The picture of a whole file; see `functions.media.stills.pictures.still_picture`."""
        from functions.media.stills.pictures import still_picture

        picture = still_picture(content, number, self._reading, name, self._pixels)
        if self._colour != colour_words(content[:HEAD]):
            picture.notes += (_OTHER_COLOUR,)
        if (picture.alpha is None) != (self._alpha is None):
            picture.notes += (_OPAQUE if picture.alpha is None else _OTHER_ALPHA,)
        elif picture.alpha is not None and self._name == "TIFF":
            straight = read_tiff_words(read_bytes(content), len(content)).straight
            if straight is not None and straight != (self._alpha == "straight"):
                raise UnsupportedMedia(
                    f"its alpha is {'straight' if straight else 'multiplied into its colours'}, "
                    "unlike that of the clip's first file"
                )
        return picture


def _tiff_words(path: Path) -> TiffWords:
    with path.open("rb") as file:
        size = path.stat().st_size
        return read_tiff_words(read_stream(file, size), size)


def _channels(spec: Any) -> tuple[str, ...]:
    """Names as they are in the file, with the type that a sample has there."""
    return tuple(
        f"{name} {spec.channelformat(place)}" for place, name in enumerate(spec.channelnames)
    )


def _notes(spec: Any, short: str, *, several: bool) -> tuple[str, ...]:
    """What is in a file's header and not used."""
    notes = []
    if several or spec.get_int_attribute("oiio:Movie") == 1:
        notes.append("the file holds several pictures: the first one is read, and no other")
    said = float(spec.get_float_attribute("PixelAspectRatio"))
    if not math.isfinite(said) or (said and abs(float(pixel_aspect(spec)) / said - 1) > 1e-3):
        notes.append(f"a pixel aspect of {said:g} is not possible: it is taken as 1")
    read = {*range(3 if spec.nchannels >= 3 else 1), alpha_place(spec, short)}
    left = [str(n) for place, n in enumerate(spec.channelnames) if place not in read]
    if left and short != "openexr":
        notes.append(f"channels that are not read: {', '.join(left)}")
    turn = spec.get_int_attribute("Orientation")
    if turn > 1 and short == "openexr":
        notes.append(f"Orientation {turn} of the EXR is not applied")
    elif turn > 8:
        notes.append(f"Orientation {turn} is none of 1 to 8: it is not applied")
    return tuple(notes)
