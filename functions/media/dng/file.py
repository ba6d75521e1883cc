"""DNG and CinemaDNG: one file to its facts and its undeveloped picture.

Reference: Adobe, Digital Negative Specification 1.7.1.0 (2023).
"""

from __future__ import annotations

from fractions import Fraction
from typing import BinaryIO

import msgspec

from functions.contract.camera import CameraRecord
from functions.contract.clip import RawFrame, Reading
from functions.contract.errors import DamagedSource, UnsupportedMedia
from functions.contract.store import Stat, Store
from functions.contract.timecode import Timecode
from functions.media.containers.tiff import Directory, Read, Tiff, read_bytes, read_stream
from functions.media.dng.camera import DNG_VERSION, read_rate, read_record, read_timecode
from functions.media.dng.layout import RawImage, describe, masked, raw_directory
from functions.media.dng.levels import Levels, apply_levels, read_levels
from functions.media.dng.opcodes import Lens, left_out
from functions.media.dng.pixels import Buffers, decode
from functions.media.dng.unapplied import odd_time, unapplied_tags
from functions.media.open.empty_frames import check_picture
from functions.media.stills.sequence import Header, Reader

_VERSION = (1, 7, 1, 0)  # the specification that is read here


class Dng(msgspec.Struct, frozen=True):
    """What the headers of one DNG say.

    notes : what is in the file and is not applied
    """

    image: RawImage
    levels: Levels
    camera: CameraRecord
    rate: Fraction | None
    timecode: Timecode | None
    notes: tuple[str, ...]


def is_dng(read: Read, size: int) -> bool:
    """Whether a TIFF says that it is a DNG: other makers' raw files are TIFF with a CFA too."""
    try:
        return any(DNG_VERSION in directory for directory in Tiff(read, size).chain())
    except DamagedSource:
        return False


def read_dng(read: Read, size: int, most: int, lens: Lens = "none") -> Dng:
    """Headers of a DNG of `size` bytes, whose raw image may have `most` pixels.

    Raises DamagedSource, LimitExceeded, or UnsupportedMedia for a kind of raw image that
    we do not read.
    """
    tiff = Tiff(read, size)
    everything = tiff.everything()
    main = everything[0]
    _refuse_newer(main)
    found = raw_directory(everything)
    if found is None:
        raise UnsupportedMedia("DNG without a raw image")
    directory, others = found
    image = describe(directory, most)
    levels = read_levels(image, lens)
    rate = read_rate(main)
    timecode = read_timecode(main, rate)
    camera = msgspec.structs.replace(
        read_record(main, tiff.exif(main), timecode, rate),
        cfa=image.pattern,
        bits=image.bits,
        black=levels.black,
        white=levels.white,
        pixel_aspect=image.pixel_aspect,
    )
    notes = unapplied_tags(main, directory) + left_out(directory, lens) + image.notes + others
    notes += odd_time(main, rate, timecode)
    if masked(everything):
        notes += ("the transparency mask is not applied: pixels that it leaves out are shown",)
    return Dng(image, levels, camera, rate, timecode, notes)


def _refuse_newer(main: Directory) -> None:
    """Chapter 4, DNGBackwardVersion: the oldest version whose readers may read this file."""
    needed = main.ints(50707) or _VERSION
    if needed > _VERSION:
        version = ".".join(str(part) for part in needed)
        raise UnsupportedMedia(f"a DNG for readers of version {version} and newer")


def read_frame(content: bytes, number: int, most: int, buffers: Buffers) -> RawFrame:
    """The picture of a whole DNG file, in memory of `buffers`.

    Raises DamagedSource, LimitExceeded, UnsupportedMedia.
    """
    return frame_of(read_bytes(content), len(content), number, most, buffers)


def frame_of(
    read: Read, size: int, number: int, most: int, buffers: Buffers, lens: Lens = "none"
) -> RawFrame:
    """The picture of a DNG of `size` bytes, of which directories and pixels alone are read."""
    dng = read_dng(read, size, most, lens)
    stored = decode(dng.image, read, size, buffers)
    # Interleaved fields scatter a tile over the whole picture.
    tiled = 322 in dng.image.directory and dng.image.fields == (1, 1)
    check_picture(stored, dng.levels.black, dng.image.tile if tiled else None)
    pixels, black, white = apply_levels(stored, dng.levels)
    return RawFrame(
        number=number,
        layout=dng.image.layout,
        pixels=pixels,
        pattern=dng.image.pattern,
        black=black,
        white=white,
        crop=dng.image.crop,
        camera=dng.camera,
        timecode=dng.timecode,
        floating=dng.image.floating,
        corrections=dng.levels.corrections,
        notes=dng.notes,
    )


class DngReader(Reader):
    """DNG files of one clip, decoded into the same memory one after the other."""

    def __init__(self, most: int, reading: Reading | None = None) -> None:
        self._most, self._reading, self._buffers = most, reading or Reading(), Buffers()

    def header(self, store: Store, stat: Stat) -> Header:
        """Facts of one file, of which only the directories are read."""
        with store.open(stat.uri) as stream:
            read = read_stream(stream, stat.bytes)
            dng = read_dng(read, stat.bytes, self._most, self._reading.lens)
        return Header(
            container="dng",
            codec=dng.image.codec,
            layout=dng.image.layout,
            width=dng.image.crop[2],
            height=dng.image.crop[3],
            camera=dng.camera,
            rate=dng.rate,
            timecode=dng.timecode,
            notes=dng.notes,
        )

    def frame(self, content: bytes, number: int) -> RawFrame:
        """The picture of a whole file."""
        return self._frame(read_bytes(content), len(content), number)

    def frame_from(self, stream: BinaryIO, size: int, number: int) -> RawFrame:
        """The picture of a file that is too large to be read whole."""
        return self._frame(read_stream(stream, size), size, number)

    def _frame(self, read: Read, size: int, number: int) -> RawFrame:
        return frame_of(read, size, number, self._most, self._buffers, self._reading.lens)

    def another(self) -> DngReader:
        """One with memory of its own."""
        return DngReader(self._most, self._reading)
