"""Camera stills of other makers, through LibRaw: levels, phase and colour in the house's terms.

LibRaw answers some cut files with zeros or repeated rows and no error: see `check_picture`
and `check_tail`; and no camera's raw needs less than one bit a pixel.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NoReturn

import msgspec
import numpy as np

from functions.contract.camera import Calibration, CameraRecord, matrix_of
from functions.contract.clip import Layout, RawFrame
from functions.contract.errors import DamagedSource, LimitExceeded, UnsupportedMedia, truncated
from functions.contract.operation import Limits
from functions.contract.store import Stat, Store
from functions.media.containers.tiff import Directory, Tiff, read_bytes
from functions.media.dng.camera import DNG_VERSION, read_rate, read_record, read_timecode
from functions.media.open.empty_frames import check_picture, check_tail
from functions.media.stills.sequence import Header, Reader

_BAYER = ("RGGB", "BGGR", "GRBG", "GBRG")
_D65 = 21
_ORIENTATION = {0: 1, 3: 3, 5: 8, 6: 6}
_LEAST_BITS = 1.0
_MODULES = 64 << 20  # interpreter, NumPy and LibRaw
_COPIES = 2  # of a file
# Bytes a pixel: samples and our copy; LibRaw's four colours, its demosaic's and its picture.
_SAMPLES, _COLOURS = 4, 26
_LOOKING_AWAY = threading.Lock()  # two that swap one descriptor would leave it swapped


class LibRawReader(Reader):
    """Camera stills that LibRaw knows, each unpacked into memory of LibRaw's own."""

    def __init__(self, name: str, pixels: int, limit: int, memory: int = Limits().memory) -> None:
        self._name, self._pixels, self._limit, self._memory = name, pixels, limit, memory

    def header(self, store: Store, stat: Stat) -> Header:
        """Facts of one file; LibRaw wants the whole of it for that."""
        if stat.bytes > self._limit:
            raise LimitExceeded(
                f"{stat.bytes} bytes are over the limit of {self._limit}", limit=self._limit
            )
        content = store.read(stat.uri)
        with opened(content, self._name, self._pixels, self._memory) as raw:
            crop = _crop(raw)
            layout: Layout = "cfa" if _pattern(raw) else "linear"
            return Header(
                container=self._name.split()[-1].lower(),
                codec="libraw",
                layout=layout,
                width=crop[2],
                height=crop[3],
                camera=_record(raw, content),
                notes=_notes(raw),
            )

    def frame(self, content: bytes, number: int) -> RawFrame:
        """The picture of a whole file."""
        with opened(content, self._name, self._pixels, self._memory) as raw:
            size = raw.sizes
            pixels = size.raw_width * size.raw_height
            if len(content) * 8 < pixels * _LEAST_BITS:
                raise truncated(f"{len(content)} bytes cannot hold {pixels} pixels")
            pattern = _pattern(raw)
            camera = _record(raw, content)
            if pattern is None:
                check_memory(raw, len(content), self._memory, _COLOURS)
                return self._linear(raw, number, camera)
            area = raw.raw_image_visible
            picture = np.ascontiguousarray(area, np.uint16)
            if picture.base is not None or picture is area:
                picture = picture.copy()  # LibRaw's memory goes with LibRaw
            black, white = _black(raw), float(raw.white_level)
            check_picture(picture, black)
            check_tail(picture, white)
            if white <= max(black):
                raise DamagedSource(f"white level {white:g} is not above black {black}")
            return RawFrame(number, "cfa", picture, pattern, black, white, _crop(raw), camera)

    def frame_from(self, stream: BinaryIO, size: int, number: int) -> NoReturn:
        """Never: LibRaw wants a file whole."""
        raise LimitExceeded(f"{self._name}: {size} bytes are more than LibRaw is given")

    def _linear(self, raw: Any, number: int, camera: CameraRecord) -> RawFrame:
        """Three colours at every pixel: as stored, or LibRaw's own demosaic of another CFA."""
        import rawpy

        if raw.num_colors != 3:
            raise UnsupportedMedia(f"{self._name}: a sensor of {raw.num_colors} colours")
        if raw.raw_type == rawpy.RawType.Stack:
            area = raw.raw_image_visible
            picture = np.ascontiguousarray(area[..., :3], np.uint16).copy()
            black, white = _black(raw), float(raw.white_level)
        else:
            check_picture(raw.raw_image_visible, _black(raw))
            picture = raw.postprocess(
                output_color=rawpy.ColorSpace.raw,
                output_bps=16,
                gamma=(1, 1),
                no_auto_bright=True,
                no_auto_scale=False,
                user_wb=[1.0, 1.0, 1.0, 1.0],
                user_flip=0,
            )
            black, white = (0.0, 0.0, 0.0, 0.0), 65535.0
        check_picture(picture, black)
        check_tail(picture, white)
        crop = 0, 0, picture.shape[1], picture.shape[0]
        return RawFrame(number, "linear", picture, None, black, white, crop, camera)


@contextmanager
def opened(content: bytes, name: str, pixels: int, memory: int = Limits().memory) -> Iterator[Any]:
    """An open LibRaw (rawpy's) with its samples unpacked, whose errors come out as ours.

    memory : bytes that the process may take: what unpacking needs is asked of the header
    """
    import rawpy

    raw = rawpy.RawPy()
    try:
        with _silent():
            raw.open_buffer(io.BytesIO(content))
        if raw.sizes.raw_width * raw.sizes.raw_height > pixels:
            raise LimitExceeded(
                f"{raw.sizes.raw_width}x{raw.sizes.raw_height} pixels are over the limit of "
                f"{pixels}",
                limit=pixels,
            )
        check_memory(raw, len(content), memory, _SAMPLES)
        with _silent():
            raw.unpack()  # the sensor's pattern is known no sooner
        yield raw
    except (
        rawpy.LibRawFileUnsupportedError,
        rawpy.NotSupportedError,
        NotImplementedError,  # rawpy's own, for the colour filters of a scanning back
    ) as error:
        raise UnsupportedMedia(f"{name}: LibRaw does not read this file") from error
    except (rawpy.LibRawTooBigError, rawpy.LibRawUnsufficientMemoryError) as error:
        raise LimitExceeded(f"{name}: more than LibRaw takes") from error
    except rawpy.LibRawError as error:
        raise DamagedSource(f"{name}: {_sentence(error)}") from error
    finally:
        raw.close()


def check_memory(raw: Any, content: int, memory: int, pixel: int) -> None:
    """Raise LimitExceeded where so many bytes a pixel do not fit beside the file."""
    width, height = raw.sizes.raw_width, raw.sizes.raw_height
    needed = _MODULES + _COPIES * content + width * height * pixel
    Limits(memory=memory).check_memory(needed, width, height)


@contextmanager
def _silent() -> Iterator[None]:
    """LibRaw writes "unknown file: data corrupted" to standard error before it answers so.

    Its switch for that is out of Python's reach, so the process's own descriptor looks away
    for as long as LibRaw reads; the answer says the same.
    """
    with _LOOKING_AWAY:
        kept = os.dup(2)
        away = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(away, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(away)


def _sentence(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)
    return f"truncated or corrupt, LibRaw says {text or type(error).__name__}"


def _pattern(raw: Any) -> str | None:
    """The Bayer phase of the visible area's first cell; None for any other sensor."""
    cell = raw.raw_pattern
    if cell is None or cell.shape != (2, 2):
        return None
    names = "".join(chr(raw.color_desc[site]) for site in _sites(raw))
    return names if names in _BAYER else None


def _notes(raw: Any) -> tuple[str, ...]:
    """What is done otherwise than asked, or not at all."""
    import rawpy

    notes = []
    if _pattern(raw) is None and raw.raw_type != rawpy.RawType.Stack:
        notes.append("the sensor is no Bayer grid: LibRaw demosaics it, whatever method is asked")
    if raw.sizes.flip:
        turn = _ORIENTATION.get(raw.sizes.flip, raw.sizes.flip)
        notes.append(f"Orientation {turn} is not applied: pictures are as read")
    return tuple(notes)


def _sites(raw: Any) -> tuple[int, int, int, int]:
    """LibRaw's colour index of the four sites of the visible area's first cell.

    LibRaw counts colours from the visible area, whatever its wrapper's words say; they
    differ for odd margins only.
    """
    a, b, c, d = (int(raw.raw_color(y, x)) for y in (0, 1) for x in (0, 1))
    return a, b, c, d


def _black(raw: Any) -> tuple[float, float, float, float]:
    levels = [float(level) for level in raw.black_level_per_channel]
    sites = _sites(raw) if _pattern(raw) else (0, 1, 2, 2)
    a, b, c, d = (levels[site] for site in sites)
    return a, b, c, d


def _crop(raw: Any) -> tuple[int, int, int, int]:
    """The maker's own crop inside the visible area, where LibRaw knows one."""
    size = raw.sizes
    x, y = size.crop_left_margin - size.left_margin, size.crop_top_margin - size.top_margin
    width, height = size.crop_width, size.crop_height
    inside = x >= 0 and y >= 0 and x + width <= size.width and y + height <= size.height
    if _pattern(raw) and inside and width > 0 and height > 0:
        return x, y, width, height
    if _pattern(raw) is None and raw.raw_pattern is not None:
        return 0, 0, size.iwidth, size.iheight
    return 0, 0, size.width, size.height


def _record(raw: Any, content: bytes) -> CameraRecord:
    main, exif = _directories(content)
    levels: dict[str, Any] = {
        "cfa": _pattern(raw),
        "bits": int(raw.white_level).bit_length() or None,
        "black": _black(raw),
        "white": (float(raw.white_level),),
        "pixel_aspect": float(raw.sizes.pixel_aspect) or 1.0,
    }
    if DNG_VERSION in main:  # of a DNG that we leave to LibRaw, its own tags know more
        rate = read_rate(main)
        timecode = read_timecode(main, rate)
        return msgspec.structs.replace(read_record(main, exif, timecode, rate), **levels)
    other, lens, gains = raw.other, raw.lens, raw.camera_whitebalance
    neutral = None
    if gains is not None and min(gains[:3]) > 0:
        neutral = (gains[1] / gains[0], 1.0, gains[1] / gains[2])
    matrix = matrix_of([float(v) for row in raw.rgb_xyz_matrix[:3] for v in row])
    calibrations: tuple[Calibration, ...] = ()
    if matrix is not None:
        calibrations = (Calibration(illuminant=_D65, color_matrix=matrix),)
    taken = other.timestamp if other and other.timestamp and other.timestamp.year > 1970 else None
    return CameraRecord(
        make=main.text(271),
        model=main.text(272),
        software=main.text(305),
        lens=(lens.model or None) if lens else None,
        iso=round(other.iso_speed) or None if other else None,
        shutter_seconds=float(other.shutter_speed) or None if other else None,
        aperture=round(float(other.aperture), 4) or None if other else None,
        focal_length_mm=round(float(other.focal_length), 4) or None if other else None,
        as_shot_neutral=neutral,
        calibrations=calibrations,
        captured=taken.isoformat(timespec="seconds") if taken else None,
        orientation=_ORIENTATION.get(raw.sizes.flip),
        **levels,
    )


def _directories(content: bytes) -> tuple[Directory, Directory]:
    """First and EXIF directory of the many raw formats that are TIFF inside, else empty ones."""
    try:
        tiff = Tiff(read_bytes(content), len(content))
        main = tiff.chain()[0]
        for tag in (271, 272, 305):
            main.text(tag)
    except DamagedSource:
        return Directory(), Directory()
    return main, tiff.exif(main)
