"""Stills in place of a movie: pixels, sizes and words of colour as other programs read them."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
import OpenEXR
import OpenImageIO
import pytest

import rushes
from functions.colour.icc import icc_profile
from functions.contract.errors import InvalidRequest
from functions.media.write.stills import encode_jpeg, encode_png
from kernels import resize
from tests.colour.reference import colour
from tests.media.movies import grey_level, movie

Planes = npt.NDArray[Any]


def smooth(height: int = 60, width: int = 90) -> Planes:
    """R'G'B' words whose planes differ."""
    y, x = np.mgrid[:height, :width]
    waves = [0.5 + 0.4 * np.sin(x / (9 + n) + y / 17) for n in range(3)]
    return np.rint(np.stack(waves) * 65535).astype(np.uint16)


def decoded(path: Path, kind: str) -> Planes:
    """(3, h, w) as FFmpeg decodes the file."""
    wide, form = (np.uint16, "gbrp16le") if kind != "jpeg" else (np.uint8, "gbrp")
    size = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", path],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    width, height = (int(side) for side in size.strip().split(","))
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", form, "-"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    return np.frombuffer(raw, wide).reshape(3, height, width)[[2, 0, 1]]


def test_jpeg_is_the_picture_to_another_decoder(tmp_path: Path) -> None:
    """FFmpeg's decoder is within what quality 95 may lose, at full chroma."""
    planes = smooth()
    path = tmp_path / "a.jpg"
    path.write_bytes(encode_jpeg(planes, quality=95))
    found = decoded(path, "jpeg").astype(float)
    assert found.shape == planes.shape
    assert np.abs(found - planes / 257).max() <= 6
    assert np.abs(found - planes / 257).mean() <= 0.8


@pytest.mark.parametrize("channels", [3, 4])
def test_png_is_the_picture_to_the_bit(tmp_path: Path, channels: int) -> None:
    """Two decoders read the words that were written, alpha too."""
    planes = np.concatenate([smooth(), smooth()[:1, ::-1]])[:channels]
    data = encode_png(planes, primaries="bt709", transfer="bt709")
    read = imagecodecs.png_decode(data)
    np.testing.assert_array_equal(read.transpose(2, 0, 1), planes)
    path = tmp_path / "a.png"
    path.write_bytes(data)
    np.testing.assert_array_equal(decoded(path, "png"), planes[:3])


@pytest.mark.parametrize(
    ("primaries", "transfer", "peak", "space", "gamma"),
    [
        ("bt709", "bt709", 100.0, "ITU-R BT.709", 2.4),
        ("bt709", "iec61966-2-1", 100.0, "sRGB", None),
        ("smpte432", None, 48.0, "P3-D65", 2.6),
        ("bt2020", "bt2020-10", 100.0, "ITU-R BT.2020", 2.4),
    ],
)
def test_the_profile_is_the_colour(
    primaries: str, transfer: str | None, peak: float, space: str, gamma: float | None
) -> None:
    """Little CMS through our profile, to XYZ, agrees with colour-science."""
    found = icc_profile(primaries, transfer, peak)
    assert found is not None
    codes = np.random.default_rng(1).random((40, 3))
    mine = imagecodecs.cms_transform(
        codes[None], found[1], imagecodecs.cms_profile("xyz"), colorspace="rgb",
        outcolorspace="xyz", outdtype="float64", intent=1,
    )[0]  # fmt: skip
    of = colour.RGB_COLOURSPACES[space]
    light = codes**gamma if gamma else colour.models.eotf_sRGB(codes)
    xyz = np.einsum("ij,nj->ni", of.matrix_RGB_to_XYZ, light)
    d50 = np.array([0.9642, 1.0, 0.8249])
    wanted = colour.chromatic_adaptation(
        xyz, colour.xy_to_XYZ(of.whitepoint), d50, method="Von Kries", transform="Bradford"
    )
    assert np.abs(mine - wanted).max() < 2e-3


def test_colour_that_no_curve_describes_has_no_profile() -> None:
    """PQ, HLG, and colours that nobody named."""
    assert icc_profile("bt2020", "smpte2084", 1000.0) is None
    assert icc_profile(None, "bt709", 100.0) is None
    assert icc_profile("bt709", None, 100.0) is None


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Eight Rec.709 PNGs of 91 x 61, each of its own brightness."""
    folder = tmp_path / "clip"
    folder.mkdir()
    for number in range(1001, 1009):
        planes = np.clip(smooth(61, 91).astype(np.int64) + 40 * (number - 1004), 0, 65535)
        (folder / f"A001.{number}.png").write_bytes(encode_png(planes.astype(np.uint16)))
    return folder


def stills(clip: Path, out: Path, **fields: Any) -> Any:
    return rushes.transcode(input=str(clip), output=str(out), **{"source": "rec709", **fields})


@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff"])
def test_listed_frames_are_the_clips_own(kind: str, clip: Path, tmp_path: Path) -> None:
    """`1002,1005-1006`: files by the clip's numbers, samples as they were, the tag told."""
    receipt = stills(clip, tmp_path / "o", stills=kind, frames="1002,1005-1006", space="source")
    suffix = {"jpeg": "jpg", "png": "png", "tiff": "tif"}[kind]
    names = [f"A001.{number}.{suffix}" for number in (1002, 1005, 1006)]
    assert sorted(p.name for p in (tmp_path / "o").glob("A001*")) == names
    told = receipt.report["stills"]
    assert (told["width"], told["height"], told["count"]) == (91, 61, 3)
    for number, name in zip((1002, 1005, 1006), names, strict=True):
        wanted = OpenImageIO.ImageBuf(str(clip / f"A001.{number}.png")).get_pixels("uint16")
        found = decoded(tmp_path / "o" / name, kind).transpose(1, 2, 0).astype(float)
        scale, error = (257, 8) if kind == "jpeg" else (1, 0)
        assert np.abs(found - wanted / scale).max() <= error


@pytest.mark.parametrize(
    ("space", "kind", "said"),
    [
        ("rec709", "jpeg", "ICC profile: Rec.709, gamma 2.4"),
        ("srgb", "tiff", "ICC profile: Rec.709, sRGB curve"),
        ("p3d65", "png", "ICC profile: P3-D65, gamma 2.6"),
        ("rec2100-pq", "png", "cICP"),
        ("display-p3", "png", "cICP; ICC profile: P3-D65, sRGB curve"),
    ],
)
def test_stills_say_their_colour(
    space: str, kind: str, said: str, clip: Path, tmp_path: Path
) -> None:
    """The receipt tells what the file holds, and exiftool or FFmpeg find it there."""
    receipt = stills(clip, tmp_path / "o", stills=kind, frames="1001", space=space)
    assert receipt.report["stills"]["tagged"] == said
    (path,) = (tmp_path / "o").glob("A001*")
    data = path.read_bytes()
    if "ICC" in said:
        profile = icc_profile(*{
            "rec709": ("bt709", "bt709", 100.0), "srgb": ("bt709", "iec61966-2-1", 100.0),
            "p3d65": ("smpte432", None, 48.0), "display-p3": ("smpte432", "iec61966-2-1", 100.0),
        }[space])  # fmt: skip
        spec = OpenImageIO.ImageBuf(str(path)).spec()
        assert profile is not None
        held = spec.get("ICCProfile")
        assert held is not None
        assert bytes(np.asarray(held, np.uint8)) == profile[1]
    if "cICP" in said:
        at = data.index(b"cICP") + 4
        wanted = {"rec2100-pq": (9, 16, 0, 1), "display-p3": (12, 13, 0, 1)}[space]
        assert struct.unpack(">4B", data[at : at + 4]) == wanted


def test_exr_stills_hold_the_look_in_light(clip: Path, tmp_path: Path) -> None:
    """ACEScg with a CDL of slope 2 in it is twice the plain still, for a clip of the scene."""
    look = tmp_path / "double.cc"
    look.write_text(
        '<ColorCorrection id="x"><SOPNode><Slope>2 2 2</Slope><Offset>0 0 0</Offset>'
        "<Power>1 1 1</Power></SOPNode></ColorCorrection>"
    )
    fields: Any = {"stills": "exr", "frames": "1001", "space": "acescg", "source": "acescct"}
    stills(clip, tmp_path / "plain", **fields)
    stills(clip, tmp_path / "graded", looks=(str(look),), look_space="acescg", **fields)
    plain, graded = (
        OpenEXR.File(str(tmp_path / name / "A001.1001.exr")).channels()["RGB"].pixels.astype(float)
        for name in ("plain", "graded")
    )
    assert np.abs(graded - 2 * plain).max() <= 2e-3 * graded.max()


@pytest.mark.parametrize(("scale", "parts"), [("half", 2), ("quarter", 4)])
def test_proxies_have_exactly_their_part_of_the_pixels(
    scale: str, parts: int, clip: Path, tmp_path: Path
) -> None:
    """Odd sides leave what is no whole pixel, and the picture is the whole one, filtered."""
    stills(clip, tmp_path / "o", stills="png", frames="1001", space="source", scale=scale)
    found = decoded(tmp_path / "o" / "A001.1001.png", "png")
    assert found.shape == (3, 61 // parts, 91 // parts)
    whole = decoded(clip / "A001.1001.png", "png").astype(np.float32) / 65535
    size = 91 // parts, 61 // parts
    factor = max(size[0] / 91, size[1] / 61)
    across, down = size[0] / factor, size[1] / factor  # what is seen, centred
    seen = resize(whole, *size, box=((91 - across) / 2, (61 - down) / 2, across, down))
    assert np.abs(found / 65535 - seen).max() < 0.004


def test_half_of_a_debayer_is_half_of_its_pixels(tmp_path: Path) -> None:
    """`scale` is of every operation on pictures, with an FDL of what that cuts out."""
    from tests.media.dngs import noisy, write_dng

    raw = tmp_path / "a.dng"
    raw.write_bytes(write_dng(noisy((48, 70), 12), 12))
    rushes.debayer(input=str(raw), output=str(tmp_path / "o"), scale="half")
    (frame,) = (tmp_path / "o").glob("*.exr")
    spec = OpenImageIO.ImageBuf(str(frame)).spec()
    assert (spec.width, spec.height) == (35, 24)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"stills": "jpeg", "space": "rec2100-pq"}, "stills", "8 bits"),
        ({"stills": "png", "space": "acescg"}, "space", "scene-linear"),
        ({"stills": "exr"}, "space", "say space aces or acescg"),
        ({"stills": "jpeg", "container": "mov"}, "container", "of a movie"),
        ({"stills": "jpeg", "audio": "pcm"}, "audio", "of a movie"),
        ({"stills": "png", "quality": 80}, "quality", "no quality"),
        ({"quality": 80}, "quality", "say stills"),
        ({"stills": "png", "scale": "half", "width": 64}, "scale", "one of them"),
        ({"stills": "png", "fields": "keep"}, "fields", "interlaced"),
    ],
)
def test_what_cannot_be_is_refused(
    fields: dict[str, Any], field: str, words: str, clip: Path, tmp_path: Path
) -> None:
    """With the field's name, and nothing is written."""
    with pytest.raises(InvalidRequest, match=words) as raised:
        stills(clip, tmp_path / "o", frames="1001", **fields)
    assert raised.value.facts["field"] == field
    assert not list(tmp_path.glob("o/*.*"))


def test_a_still_of_a_movie_is_its_frame(tmp_path: Path) -> None:
    """The frame of that number, and words burnt in over it change their strip alone."""
    path = tmp_path / "a.mov"
    path.write_bytes(movie(6))
    fields: Any = {"stills": "png", "frames": "4", "space": "source"}
    rushes.transcode(input=str(path), output=str(tmp_path / "o"), **fields)
    rushes.transcode(
        input=str(path), output=str(tmp_path / "b"), burn_in=("text=HELD@top",), **fields
    )
    plain, burnt = (decoded(next((tmp_path / n).glob("a*.png")), "png") for n in "ob")
    assert abs(plain.mean() / 257 - grey_level(4)) < 3
    rows = np.nonzero((plain != burnt).any((0, 2)))[0]
    assert 0 < len(rows) < plain.shape[1] // 2
