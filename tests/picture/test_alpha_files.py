"""Alpha from file to file: a movie, TIFF, PNG and EXR through plate, deliver and transcode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import OpenEXR
import OpenImageIO
import pytest
import tifffile

import rushes
from tests.picture.decided import by_library, space

Array = npt.NDArray[Any]
REC709 = "Gamma 2.4 Encoded Rec.709"


def edge(height: int = 90, width: int = 256) -> tuple[Array, Array]:
    """(h, w, 3) and (h, w) uint16: straight colours, and an edge from opaque to nothing."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    rgb = np.stack([0.2 + 0.6 * x, 0.3 + 0.4 * y, 0.7 - 0.5 * x], -1)
    alpha = (1.5 - 2 * x).clip(0, 1)
    return np.rint(rgb * 65535).astype(np.uint16), np.rint(alpha * 65535).astype(np.uint16)


def write_tiff(path: Path, rgb: Array, alpha: Array, kind: str) -> Path:
    """A still. kind : of tifffile's extra sample."""
    pixels = np.concatenate([rgb, alpha[..., None]], -1)
    tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=[kind], metadata=None)
    return path


def channels(path: Path) -> dict[str, Array]:
    """Channels of an EXR by OpenEXR's own reader."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: np.array(one.pixels) for name, one in file.channels().items()}


def call(operation: str, clip: Path, output: Path, **fields: Any) -> Any:
    return rushes.call(operation, input=str(clip), output=str(output), **fields)


@pytest.mark.parametrize("kind", ["unassalpha", "assocalpha"])
def test_a_plate_of_a_tiff_has_its_alpha(tmp_path: Path, kind: str) -> None:
    """Straight and multiplied TIFFs of one picture become the same multiplied ACES, and alpha."""
    rgb, alpha = edge()
    part = alpha[..., None] / 65535
    stored = rgb if kind == "unassalpha" else np.rint(rgb * part).astype(np.uint16)
    still = write_tiff(tmp_path / "a.0001.tif", stored, alpha, kind)
    out = tmp_path / "plates" / "ABC_010_PL01_v001"
    call("plate", still, out, source="rec709", proxy=False, seal=False)
    (path,) = out.glob("*/*.exr")
    found = channels(path)
    assert sorted(found) == ["A", "B", "G", "R"]
    assert np.abs(found["A"] - alpha / 65535).max() < 5e-4
    light = by_library((rgb / 65535).transpose(2, 0, 1), space(REC709, "ACES2065-1"))
    made = np.stack([found[name] for name in "RGB"]).astype(np.float64)
    # Codes that were multiplied have lost what rounding took.
    solid = alpha > (0 if kind == "unassalpha" else 3000)
    assert np.abs(made - light * (alpha / 65535))[:, solid].max() < 6e-4


def test_masters_keep_alpha_or_say_that_they_do_not(tmp_path: Path) -> None:
    """An EXR with A to TIFF and ProRes 4444 has its alpha, straight; DPX holds none and says so."""
    rgb, alpha = edge()
    still = write_tiff(tmp_path / "a.0001.tif", rgb, alpha, "unassalpha")
    plate = tmp_path / "plates" / "ABC_010_PL01_v001"
    call("plate", still, plate, source="rec709", proxy=False, seal=False)
    (exr,) = plate.glob("*/*.exr")
    told = {}
    for profile in ("p3d65-pq-tiff", "prores-4444", "rec709-dpx", "aces-exr"):
        told[profile] = call("deliver", exr.parent, tmp_path / profile, profile=profile, name="M")
    (tif,) = (tmp_path / "p3d65-pq-tiff").glob("*.tif")
    with tifffile.TiffFile(tif) as file:
        assert file.pages[0].tags["ExtraSamples"].value[0] == 2  # type: ignore[union-attr]
        pixels = file.asarray()
    assert np.abs(pixels[..., 3].astype(int) - alpha).max() <= 20  # a half between them
    frame = next(av.open(str(tmp_path / "prores-4444" / "M.mov")).decode(video=0))
    assert frame.format.name.startswith("yuva444p")
    plane: Any = frame.planes[3]
    shift = frame.format.components[0].bits
    codes = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)[:, : frame.width]
    assert np.abs(codes / (2**shift - 1) - alpha / 65535).max() < 1 / 1023
    (dpx,) = (tmp_path / "rec709-dpx").glob("*.dpx")
    assert OpenImageIO.ImageBuf(str(dpx)).nchannels == 3
    assert "dropped" in told["rec709-dpx"].assumed["alpha"]
    assert all("alpha" not in told[p].assumed for p in told if p != "rec709-dpx")
    (again,) = (tmp_path / "aces-exr").glob("*.exr")
    first, last = channels(exr), channels(again)
    for name in "RGBA":
        assert np.abs(first[name].astype(float) - last[name].astype(float)).max() < 1e-3


def test_straight_colours_of_a_master_are_rendered_ones(tmp_path: Path) -> None:
    """Where a PNG is half covered, a TIFF master has the colour of where it is opaque."""
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[..., :3] = (180, 90, 40)
    pixels[:, :20, 3], pixels[:, 20:40, 3] = 255, 128
    out: Any = OpenImageIO.ImageOutput.create(str(tmp_path / "a.0001.png"))
    spec = OpenImageIO.ImageSpec(60, 40, 4, "uint8")
    spec.attribute("oiio:UnassociatedAlpha", 1)
    assert out.open(str(tmp_path / "a.0001.png"), spec) and out.write_image(pixels)
    out.close()
    call("deliver", tmp_path / "a.0001.png", tmp_path / "m", profile="p3d65-pq-tiff", source="srgb")
    (tif,) = (tmp_path / "m").glob("*.tif")
    made = tifffile.imread(tif)
    assert (made[:, :20, :3] == made[0, 0, :3]).all() and (
        made[:, 20:40, :3] == made[0, 0, :3]
    ).all()
    assert made[0, 0, 3] == 65535 and abs(int(made[0, 30, 3]) - 128 * 257) <= 1
    assert not made[:, 40:, 3].any()


@pytest.mark.parametrize(("codec", "kept"), [("prores-4444", True), ("prores-hq", False)])
def test_a_real_movie_with_transparency(
    shared_data: Path, tmp_path: Path, codec: str, kept: bool
) -> None:
    """Alpha of a ProRes 4444 from the field goes into ProRes 4444, and into no other codec."""
    source = shared_data / "video" / "prores4444_with_transparency.mov"
    fields: dict[str, Any] = {"codec": codec, "space": "source", "name": "M"}
    receipt = call("transcode", source, tmp_path, source="rec709", **fields)
    theirs = next(av.open(str(source)).decode(video=0))
    ours = next(av.open(str(tmp_path / "M.mov")).decode(video=0))
    assert ours.format.name.startswith("yuva444" if kept else "yuv422")
    assert ("alpha" in receipt.assumed) is not kept
    if not kept:
        return
    planes = []
    for frame in (theirs, ours):
        plane: Any = frame.planes[3]
        codes = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)[:, : frame.width]
        planes.append(codes / (2 ** frame.format.components[0].bits - 1))
    assert planes[0].min() < 0.1 and planes[0].max() > 0.9
    assert np.abs(planes[0] - planes[1]).max() <= 1 / 1023


def test_burn_ins_are_seen(shared_data: Path, tmp_path: Path) -> None:
    """A movie with burn-ins has no alpha that hides them, and the receipt says so."""
    source = shared_data / "video" / "prores4444_with_transparency.mov"
    receipt = call("transcode", source, tmp_path, codec="prores-4444", space="source", frames="0",
                   name="M", burn_in=["frame"])  # fmt: skip
    assert "alpha" in receipt.assumed
    frame = next(av.open(str(tmp_path / "M.mov")).decode(video=0))
    assert frame.format.name.startswith("yuv444")
