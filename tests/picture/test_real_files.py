"""Whole files through readers, tags, AMF and framing: DPX, TIFF, EXR and a camera's MOV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from functions.contract.errors import UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.media.write.exr import ACES_CHROMATICITIES, ExrHeader, encode_exr
from functions.picture import Developed, Framing, PictureSpec, open_pictures
from functions.storage import open_store
from tests.picture.decided import (
    by_library,
    half_steps,
    hero_grade,
    log_picture,
    shared_amf,
    shown,
    space,
)
from tests.picture.fakes import FakeWork, Planes

LOGC3 = "ARRI LogC3 (EI800)"


class DiskWork(FakeWork):
    """Work over local files."""

    def __init__(self, threads: int = 1) -> None:
        super().__init__(threads=threads)
        self.store = open_store(("file:///",), None)  # type: ignore[assignment]


def developed(path: Path, number: int = 0, **spec: Any) -> tuple[Planes, DiskWork, Developed]:
    """The planes of one frame, the work that they were made with, and its other facts."""
    work = DiskWork()
    uris: dict[str, Any] = {k: f"file://{spec[k]}" for k in ("amf", "fdl") if k in spec}
    with open_pictures(PictureSpec(input=f"file://{path}", **{**spec, **uris}), work) as pictures:
        frame = next(pictures.frames(FrameRange(number, number + 1)))
        return np.array(frame.planes), work, frame


def write_still(path: Path, codes: Planes, bits: int) -> None:
    """(3, h, w) codes by OpenImageIO."""
    import OpenImageIO

    height, width = codes.shape[1:]
    spec = OpenImageIO.ImageSpec(width, height, 3, "uint16")
    spec.attribute("oiio:BitsPerSample", bits)
    out: Any = OpenImageIO.ImageOutput.create(str(path))
    assert out.open(str(path), spec)
    wide = np.ascontiguousarray(codes.transpose(1, 2, 0).astype(np.float64) * 65535 / (2**bits - 1))
    assert out.write_image(np.round(wide).astype(np.uint16))
    out.close()


@pytest.mark.parametrize(("suffix", "bits"), [("dpx", 10), ("tif", 16)])
def test_a_log_sequence_through_an_amf(
    tmp_path: Path, shared_data: Path, suffix: str, bits: int
) -> None:
    """Log stills are shown as the library shows their codes: within half a code at 10 bit."""
    codes = log_picture(bits)
    clip = tmp_path / "A001"
    clip.mkdir()
    write_still(clip / f"A001.1001.{suffix}", codes, bits)
    amf = tmp_path / "grade.amf"
    amf.write_bytes(shared_amf(shared_data, "06"))
    spec: dict[str, Any] = {"amf": amf, "output": "display", "samples": "float"}
    made, _, frame = developed(clip, 1001, **spec)
    truth = by_library(
        codes / np.float32(2**bits - 1), space(LOGC3, "ACES2065-1"), *hero_grade(), shown()
    )
    assert frame.number == 1001
    assert np.abs(made - truth).max() * 1023 < 0.5
    with pytest.raises(UnsupportedMedia, match="name what is meant in `source`"):
        developed(clip, 1001)


def test_exr_by_its_chromaticities(tmp_path: Path) -> None:
    """AP0 is ACES as it is, bit for bit; a file that says nothing is an error with choices."""
    image = np.random.default_rng(4).normal(0.4, 1, (3, 18, 25)).astype(np.float16)
    told = ExrHeader(chromaticities=ACES_CHROMATICITIES)
    (tmp_path / "told.exr").write_bytes(encode_exr(image, told))
    made, work, _ = developed(tmp_path / "told.exr")
    assert made.tobytes() == image.tobytes()
    assert work.assumed["source"].startswith("ACES2065-1")
    (tmp_path / "mute.exr").write_bytes(encode_exr(image, ExrHeader()))
    with pytest.raises(UnsupportedMedia, match="ACES2065-1"):
        developed(tmp_path / "mute.exr")
    made, _, _ = developed(tmp_path / "mute.exr", source="acescg", samples="float")
    assert half_steps(made, by_library(image, space("ACEScg", "ACES2065-1"))) <= 2


def write_movie(path: Path, planes: list[Planes], frames: int, keys: dict[str, str]) -> None:
    """10-bit 4:2:2 video levels without loss, with QuickTime keys as cameras write them."""
    height, width = planes[0].shape
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata.update(keys)
        stream = out.add_stream("v210", rate=Fraction(24))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv422p10le"
        for _ in range(frames):
            frame = av.VideoFrame(width, height, "yuv422p10le")
            for plane, samples in zip(frame.planes, planes, strict=True):
                row = np.zeros((plane.height, plane.line_size // 2), np.uint16)
                row[:, : plane.width] = samples
                plane.update(row.tobytes())
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def test_a_cameras_movie_by_its_own_keys(tmp_path: Path) -> None:
    """A MOV whose key says LOG-C goes through LogC3, cut to size, each frame the same."""
    path = tmp_path / "A001C001.mov"
    y = np.repeat(np.linspace(200, 800, 48).round().astype(np.uint16)[:, None], 64, 1)
    grey = np.full((48, 32), 512, np.uint16)
    write_movie(path, [y, grey, grey], 3, {"com.arri.camera.ColorGammaSxS": "LOG-C"})
    made, work, frame = developed(path, 2, source=None, samples="float")
    codes = np.repeat(((y - np.float32(64)) / np.float32(876))[None], 3, axis=0)
    assert half_steps(made, by_library(codes, space(LOGC3, "ACES2065-1"))) <= 2
    assert frame.number == 2
    assert "LOG-C" in work.assumed["source"]
    small, _, _ = developed(path, 0, framing=Framing(width=32, height=24))
    assert small.shape == (3, 24, 32)


def test_frames_of_runs_on_threads_are_those_of_one(tmp_path: Path) -> None:
    """Two calls of frames at once have readers of their own: numbers and bytes as in one."""
    path = tmp_path / "clip.mov"
    y = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) % 800 + 100
    grey = np.full((48, 32), 512, np.uint16)
    write_movie(path, [y, grey, grey], 6, {"com.arri.camera.ColorGammaSxS": "LOG-C"})
    work = DiskWork(threads=2)
    with open_pictures(PictureSpec(input=f"file://{path}"), work) as pictures:
        whole = [(f.number, f.planes.tobytes()) for f in pictures.frames(pictures.resolve())]
        first, second = (pictures.frames(part, threads=2) for part in pictures.resolve().split(3))
        mixed = []
        for one, other in zip(first, second, strict=True):
            mixed += [(f.number, f.planes.tobytes()) for f in (one, other)]
    assert sorted(mixed) == whole
    assert [number for number, _ in whole] == list(range(6))
