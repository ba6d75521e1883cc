"""Spectral input transforms: matrices held to colour-science, patches seen through four cameras."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
import rawpy

import rushes
from functions.colour.camera.overrides import CameraOverrides
from functions.colour.camera.to_aces import camera_to_aces
from functions.contract.camera import Calibration, CameraRecord, Matrix
from functions.contract.errors import InvalidRequest, UnsupportedMedia
from tests.colour import spectral_table as made
from tests.colour.reference import colour
from tests.container.conftest import make_movie
from tests.media.dngs import ASCII, RATIONAL, SHORT, SRATIONAL, noisy, write_dng
from tests.media.exr_readers import by_openexr

Array = npt.NDArray[np.float64]

CURVES = {
    name: np.array(channels).T
    for name, channels in json.loads(made.CURVES.read_bytes())["curves"].items()
}
PATCHES: Array = np.array(
    [
        patch.copy().align(made.SHAPE).values
        for patch in colour.SDS_COLOURCHECKERS["BabelColor Average"].values()
    ]
)
LIGHTS = made.lights()
A, D55, D65 = (
    LIGHTS[name] for name in ("standard light A, 2856 K", "daylight D55", "daylight D65")
)
SPECTRAL = CameraOverrides(idt="spectral")


def named(name: str) -> dict[int, tuple[int, Any]]:
    """TIFF's make and model as the cameras write them."""
    make, _, model = name.partition(" ")
    long = {"Nikon": "NIKON CORPORATION", "Sony": "SONY"}.get(make, make)
    model = {"Nikon": f"NIKON {model}", "Canon": f"Canon {model}"}.get(make, model)
    return {271: (ASCII, long), 272: (ASCII, model)}


def published(name: str) -> Array:
    """The camera's colour matrix under D65 as LibRaw has it from Adobe's DNG converter."""
    file = write_dng(noisy((64, 64), 12), 16, tags=named(name))
    with rawpy.imread(io.BytesIO(file)) as raw:
        return np.array(raw.rgb_xyz_matrix[:3], np.float64)


def neutral_of(name: str, light: Array) -> Array:
    """Camera RGB of white, green 1."""
    seen: Array = light @ CURVES[name]
    return seen / seen[1]


def record(name: str, neutral: Array) -> CameraRecord:
    """What a raw file of it says."""
    make, _, model = name.partition(" ")
    red, green, blue = (float(one) for one in neutral)
    return CameraRecord(make=make, model=model, as_shot_neutral=(red, green, blue))


def seen_as_dng(name: str, light: Array) -> bytes:
    """A linear DNG of the patches under a light, with one colour matrix, as converters write it."""
    rgb = (PATCHES * light) @ CURVES[name]
    rgb *= 40_000 / (light @ CURVES[name])[1]
    matrix = [part for one in published(name).ravel() for part in (round(one * 10**4), 10**4)]
    neutral = [part for one in neutral_of(name, light) for part in (round(one * 10**6), 10**6)]
    tags = {
        50721: (SRATIONAL, tuple(matrix)),
        50778: (SHORT, 21),
        50728: (RATIONAL, tuple(neutral)),
        50717: (SHORT, (60_000,) * 3),
    }
    picture = np.rint(rgb).astype(np.uint16).reshape(4, 6, 3).repeat(8, axis=0).repeat(8, axis=1)
    return write_dng(picture, 16, tags={**named(name), **tags})


def errors(folder: Path, name: str, light: Array, idt: str) -> Array:
    """CIEDE2000 of each patch in the developed frame, to its colour adapted to the ACES white."""
    clip = folder / f"{len(list(folder.iterdir()))}.dng"
    clip.write_bytes(seen_as_dng(name, light))
    out = folder / f"{clip.stem}.out"
    rushes.debayer(input=str(clip), output=str(out), highlights="keep", idt=idt)
    (frame,) = out.glob("*.exr")
    _, planes = by_openexr(frame.read_bytes())
    pixels = np.stack([planes[channel].view(np.float16) for channel in "RGB"], axis=-1)
    # What exposure is has nothing to do with the matrix: 40 000 of 60 000 is white.
    aces = pixels[4::8, 4::8].reshape(24, 3).astype(np.float64) * 60_000 / 40_000
    aces *= neutral_of(name, light).max()
    wanted = made.lab(made.tristimulus(PATCHES, light))
    found: Array = colour.delta_E(wanted, made.lab(aces @ made.AP0.T), method="CIE 2000")
    return found


@pytest.mark.parametrize(("light", "most"), [(D65, 0.9), (A, 1.0)], ids=["D65", "A"])
def test_half_the_error_of_a_dng_with_one_matrix(light: Array, most: float, tmp_path: Path) -> None:
    """On 24 patches that the matrices were not made of, over four cameras, by mean CIEDE2000."""
    spectral, dng = (
        np.array([errors(tmp_path, name, light, idt) for name in CURVES])
        for idt in ("spectral", "dng")
    )
    assert spectral.mean() <= most
    assert spectral.mean() <= 0.55 * dng.mean()
    assert spectral.max() <= 0.6 * dng.max()


@pytest.mark.parametrize(("name", "light"), [("Sony ILCE-7SM3", "standard light A, 2856 K"),
                                             ("Nikon D850", "daylight D65")])  # fmt: skip
def test_matrices_are_those_of_colour_science(name: str, light: str) -> None:
    """Its solver, training patches and observer end at the table's numbers."""
    curves = colour.characterisation.RGB_CameraSensitivities(CURVES[name], made.SHAPE.wavelengths)
    power = colour.SpectralDistribution(LIGHTS[light], made.SHAPE.wavelengths)
    wanted, _ = colour.characterisation.matrix_idt(curves, power)
    neutral = neutral_of(name, LIGHTS[light])
    found = camera_to_aces(record(name, neutral), "cfa", SPECTRAL)
    assert light in found.method
    assert np.abs(np.array(found.matrix) - wanted).max() <= 1e-3


@pytest.mark.parametrize("name", list(CURVES))
def test_the_light_is_found_by_the_as_shot_neutral(name: str) -> None:
    """Each light of the table by its own, and black bodies between them by the nearer one's."""
    told = {
        kelvin: camera_to_aces(
            record(name, neutral_of(name, colour.sd_blackbody(kelvin, made.SHAPE).values)),
            "cfa",
            SPECTRAL,
        ).method
        for kelvin in (2300, 2500, 2900, 3300)
    }
    for kelvin, light in ((2300, 2400), (2500, 2400), (2900, 2856), (3300, 3200)):
        assert f"{light} K" in told[kelvin]
    for light, power in LIGHTS.items():
        found = camera_to_aces(record(name, neutral_of(name, power)), "cfa", SPECTRAL)
        assert light in found.method
        assert not found.assumed
        assert np.abs(np.array(found.matrix).sum(axis=1) - 1).max() < 1e-12


@pytest.mark.parametrize("name", list(CURVES))
def test_an_asked_light_is_found_by_its_chromaticity(name: str) -> None:
    """Not by a neutral that the file's matrices would make of it: they err by a light or two."""
    rows = tuple(tuple(float(one) for one in row) for row in published(name))
    light = Calibration(illuminant=21, color_matrix=rows)
    camera = msgspec.structs.replace(record(name, neutral_of(name, D65)), calibrations=(light,))
    for name_of_light, power in LIGHTS.items():
        xy = colour.XYZ_to_xy(power @ made.OBSERVER)
        kelvin, scaled = colour.temperature.uv_to_CCT_Robertson1968(colour.xy_to_UCS_uv(xy))
        overrides = CameraOverrides(kelvin=float(kelvin), tint=float(scaled * 3000), idt="spectral")
        assert name_of_light in camera_to_aces(camera, "cfa", overrides).method


def test_curves_are_of_the_reference_camera() -> None:
    """Another one of the model, by AnalogBalance and CameraCalibration, gives the same colours."""
    name = "Sony ILCE-7M4"
    own: Matrix = ((1.1, 0.02, 0.0), (0.0, 0.95, 0.01), (0.0, -0.01, 0.97))
    balance = (1.2, 1.0, 0.9)
    to_own = np.diag(balance) @ np.array(own)
    neutral = neutral_of(name, D55)
    ideal = record(name, neutral)
    rows = tuple(tuple(float(one) for one in row) for row in published(name))
    light = Calibration(illuminant=21, color_matrix=rows, camera_calibration=own)
    red, green, blue = (float(one) for one in to_own @ neutral)
    other = CameraRecord(
        make="Sony", model="ILCE-7M4", as_shot_neutral=(red, green, blue),
        analog_balance=balance, calibrations=(light,),
    )  # fmt: skip
    seen = PATCHES * D55 @ CURVES[name]
    one, two = (camera_to_aces(camera, "cfa", SPECTRAL) for camera in (ideal, other))
    assert one.method == two.method
    wanted = np.array(one.matrix) @ (np.array(one.gains)[:, None] * seen.T)
    found = np.array(two.matrix) @ (np.array(two.gains)[:, None] * (to_own @ seen.T))
    scale = wanted.sum() / found.sum()
    assert np.abs(found * scale - wanted).max() <= 1e-9 * np.abs(wanted).max()


def test_names_that_makers_write_lead_to_the_curves() -> None:
    """Whatever case, maker's name or sister model; a sister's curves are told."""
    neutral = (0.5, 1.0, 0.6)
    for make, model, curves, told in [
        ("NIKON CORPORATION", "NIKON D850", "Nikon D850", False),
        ("Canon", "Canon EOS DIGITAL REBEL XTi", "Canon Digital Rebel XTi", False),
        ("FUJIFILM", "GFX 100", "Fujifilm GFX 100", False),
        ("Canon", "Canon EOS R5 C", "Canon EOS R5", True),
        ("SONY", "ILCE-7RM5", "Sony ILCE-7RM4", True),
    ]:
        camera = CameraRecord(make=make, model=model, as_shot_neutral=neutral)
        found = camera_to_aces(camera, "cfa", SPECTRAL)
        assert f"of {curves} for" in found.method
        assert ("spectral_camera" in found.assumed) == told
    alone = CameraRecord(unique_model="Sony ILCE-7SM3", as_shot_neutral=neutral)
    assert "Sony ILCE-7SM3" in camera_to_aces(alone, "cfa", SPECTRAL).method


def test_a_neutral_far_from_every_light_is_told() -> None:
    """Colours are made for the nearest all the same, and `assumed` says how far it is."""
    camera = CameraRecord(make="Sony", model="ILCE-7SM3", as_shot_neutral=(1.0, 1.0, 1.0))
    assert "stops away" in camera_to_aces(camera, "cfa", SPECTRAL).assumed["spectral_light"]


def test_curves_without_a_neutral_go_by_chromaticity() -> None:
    """Channels that were scaled to 1 each tell no light: the file's own matrices do, or nothing."""
    rows = ((0.82, -0.28, -0.06), (-0.45, 1.2, 0.28), (-0.06, 0.15, 0.65))
    camera = CameraRecord(
        make="NIKON CORPORATION", model="NIKON D5100", as_shot_white_xy=(0.4476, 0.4074),
        calibrations=(Calibration(illuminant=21, color_matrix=rows),),
    )  # fmt: skip
    assert "standard light A" in camera_to_aces(camera, "cfa", SPECTRAL).method
    bare = CameraRecord(model="Nikon D5100", as_shot_neutral=(0.5, 1.0, 0.6))
    with pytest.raises(UnsupportedMedia, match="chromaticity"):
        camera_to_aces(bare, "cfa", SPECTRAL)


def test_what_has_no_spectra_is_refused(tmp_path: Path) -> None:
    """A camera of no table with the nearest names, none named, no balance, a developed clip."""
    clip, out = tmp_path / "a.dng", str(tmp_path / "o")
    tags = {**named("Sony ILCE-7SM9"), 50728: (RATIONAL, (1, 2, 1, 1, 2, 3))}
    clip.write_bytes(write_dng(noisy((16, 24), 12), 12, tags=tags))
    with pytest.raises(UnsupportedMedia, match=r"SONY ILCE-7SM9 is none of the 52 .*ILCE-7SM3"):
        rushes.debayer(input=str(clip), output=out, idt="spectral")
    with pytest.raises(UnsupportedMedia, match="names no camera"):
        camera_to_aces(CameraRecord(as_shot_neutral=(0.5, 1.0, 0.6)), "cfa", SPECTRAL)
    with pytest.raises(UnsupportedMedia, match="no white balance"):
        camera_to_aces(CameraRecord(make="Sony", model="ILCE-7SM3"), "cfa", SPECTRAL)
    with pytest.raises(UnsupportedMedia, match="monochrome"):
        camera_to_aces(CameraRecord(make="Sony", model="ILCE-7SM3"), "mono", SPECTRAL)
    with pytest.raises(InvalidRequest, match="no input transform"):
        rushes.debayer(input=str(clip), output=out, idt="spectral", space="camera")
    make_movie(tmp_path / "a.mov", frames=1)
    with pytest.raises(InvalidRequest, match="idt are of camera raw"):
        rushes.transcode(input=str(tmp_path / "a.mov"), output=out, source="rec709", idt="spectral")


def test_receipt_plan_and_amf_say_it(tmp_path: Path) -> None:
    """The request in the receipt, the step in the plan, the input transform in the AMF."""
    clip = tmp_path / "a.dng"
    clip.write_bytes(seen_as_dng("Canon EOS R5", D65))
    words = "spectral input transform (P-2013-001) of Canon EOS R5 for daylight D65"
    told = rushes.explain("debayer", input=str(clip), output=str(tmp_path / "o"), idt="spectral")
    assert any(words in step for step in told["colour"])
    receipt = rushes.debayer(input=str(clip), output=str(tmp_path / "o"), idt="spectral")
    assert receipt.request["idt"] == "spectral"
    assert words in (tmp_path / "o" / "a.amf").read_text()


def test_plates_and_dailies_take_it(tmp_path: Path) -> None:
    """The same pixels in a plate as from debayer; a movie of it is another than the file's own."""
    clip = tmp_path / "a.dng"
    clip.write_bytes(seen_as_dng("Sony ILCE-7SM3", A))
    rushes.debayer(input=str(clip), output=str(tmp_path / "d"), idt="spectral", compression="zip")
    rushes.plate(
        input=str(clip), output=str(tmp_path / "p"), idt="spectral", shot="AGM_010", proxy=False
    )
    (one,), (two,) = (
        [path for path in (tmp_path / name).rglob("*.exr") if path.is_file()] for name in "dp"
    )
    wanted, found = (by_openexr(path.read_bytes())[1] for path in (one, two))
    assert all((wanted[channel] == found[channel]).all() for channel in "RGB")
    movies = []
    for idt in ("dng", "spectral"):
        rushes.transcode(input=str(clip), output=str(tmp_path / idt), name="a", idt=idt)
        movies.append((tmp_path / idt / "a.mov").read_bytes())
    assert movies[0] != movies[1]
