"""Matrix and CDL against float64 twins and OpenColorIO; every layout and number format."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import kernels
from tests import naive_colour

MIX = np.array([[1.7, -0.5, -0.2], [-0.3, 1.4, -0.1], [0.02, -0.2, 1.18]])
GRADE: dict[str, Any] = {
    "slope": (1.2, 0.9, 1.05), "offset": (-0.05, 0.02, 0.0),
    "power": (1.1, 0.8, 2.0), "saturation": 1.3,
}  # fmt: skip


def picture(height: int, width: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Planar, with negatives and values above 1."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.3, 1.6, (3, height, width)).astype(np.float32)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 15), (3, 16), (1, 17), (5, 33), (2, 1031)])
def test_matrix_over_sizes(size: tuple[int, int]) -> None:
    """A matrix is its float64 twin at every width, to float32's rounding."""
    rgb = picture(*size)
    made = kernels.apply_matrix(rgb, MIX)
    assert np.allclose(made, naive_colour.matrix(rgb, MIX), rtol=0, atol=5e-7)


def test_matrix_offset() -> None:
    """The offset of a matrix step is added to each channel of its own."""
    rgb = picture(2, 5)
    made = kernels.apply_steps(rgb, [kernels.matrix_step(np.eye(3), (0.1, 0.2, 0.3))])
    assert np.allclose(made - rgb, np.array([0.1, 0.2, 0.3])[:, None, None], atol=1e-6)


FORMATS = [("planar", t) for t in (np.float32, np.float16, np.uint16)]
FORMATS += [("interleaved", t) for t in (np.float32, np.float16, np.uint16)]


def as_format(rgb: npt.NDArray[Any], layout: str, dtype: Any) -> npt.NDArray[Any]:
    """The picture as an array of that layout and type."""
    if dtype == np.uint16:
        rgb = np.rint(np.clip(rgb, 0, 1).astype(np.float64) * 65535)
    made = rgb.astype(dtype)
    return made if layout == "planar" else np.ascontiguousarray(made.transpose(1, 2, 0))


def as_planar(array: npt.NDArray[Any], layout: str) -> npt.NDArray[np.float64]:
    """The way back, on the scale of 1.0."""
    values = array.astype(np.float64) / (65535 if array.dtype == np.uint16 else 1)
    return values if layout == "planar" else values.transpose(2, 0, 1)


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_every_format_to_every_format(source: Any, target: Any) -> None:
    """Any of the six ways to hold a picture turns into any other, at widths with odd ends."""
    for width in (1, 5, 16, 37, 530):
        image = as_format(picture(4, width, width), *source)
        out = as_format(np.zeros((3, 4, width), np.float32), *target)
        made = kernels.apply_matrix(image, MIX, out)
        assert made is out
        wanted = naive_colour.matrix(as_planar(image, source[0]), MIX)
        if target[1] == np.uint16:
            wanted = np.clip(wanted, 0, 1)
        error = np.abs(as_planar(out, target[0]) - wanted)
        limit = {np.float32: 1e-6, np.float16: 0.0011, np.uint16: 0.51 / 65535}[target[1]]
        assert error.max() < limit


@pytest.mark.parametrize("layout", ["planar", "interleaved"])
def test_rows_apart(layout: str) -> None:
    """Rows with room between them are read and written in place, and the room is left alone."""
    wide = as_format(picture(6, 40), layout, np.float32)
    room = np.full(wide.shape, 7, np.float32)
    part = np.s_[:, 1:5, 3:24] if layout == "planar" else np.s_[1:5, 3:24, :]
    made = kernels.apply_matrix(wide[part], MIX, room[part])
    assert np.array_equal(made, kernels.apply_matrix(np.ascontiguousarray(wide[part]), MIX))
    untouched = np.ones(wide.shape, bool)
    untouched[part] = False
    assert (room[untouched] == 7).all()


def test_in_place() -> None:
    """A picture may be its own target."""
    rgb = picture(3, 600)
    wanted = kernels.apply_matrix(rgb, MIX)
    kernels.apply_matrix(rgb, MIX, rgb)
    assert np.array_equal(rgb, wanted)


def test_halves_stay_finite() -> None:
    """Past the largest half stands the largest half; NaN stays NaN; float32 is not clipped."""
    rgb = np.array([1e6, -1e6, np.inf, np.nan, 2, 3], np.float32).reshape(3, 1, 2)
    half = kernels.apply_steps(rgb, [], np.empty(rgb.shape, np.float16)).ravel()
    assert half[:3].tolist() == [65504, -65504, 65504] and np.isnan(half[3])
    assert kernels.apply_steps(rgb, []).ravel()[0] == 1e6


def test_no_number_as_integer() -> None:
    """NaN as an integer is 0, infinity is full scale."""
    rgb = np.array([np.nan, np.inf, -np.inf], np.float32).reshape(3, 1, 1)
    made = kernels.apply_steps(rgb, [], np.empty((3, 1, 1), np.uint16))
    assert made.ravel().tolist() == [0, 65535, 0]


def test_wrong_pictures_are_refused() -> None:
    """Another shape, type, layout or target is a ValueError that says what is wanted."""
    with pytest.raises(ValueError, match="3, height, width"):
        kernels.apply_matrix(np.zeros((4, 5, 6), np.float32), MIX)
    with pytest.raises(ValueError, match="float16"):
        kernels.apply_matrix(np.zeros((3, 5, 6)), MIX)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="stand together"):
        kernels.apply_matrix(np.zeros((3, 5, 8), np.float32)[:, :, ::2], MIX)
    with pytest.raises(ValueError, match="out is"):
        kernels.apply_matrix(np.zeros((3, 5, 6), np.float32), MIX, np.zeros((3, 6, 5), np.float16))
    with pytest.raises(ValueError, match="3x3"):
        kernels.apply_matrix(np.zeros((3, 5, 6), np.float32), np.eye(4))
    with pytest.raises(ValueError, match="finite"):
        kernels.apply_matrix(np.zeros((3, 5, 6), np.float32), np.full((3, 3), np.nan))


@pytest.mark.parametrize("style", ["noclamp", "asc"])
def test_cdl_is_its_formula(style: Any) -> None:
    """Both styles are the float64 twin, negatives and values above 1 included."""
    rgb = picture(7, 101)
    made = kernels.apply_cdl(rgb, style=style, **GRADE)
    wanted = naive_colour.cdl(rgb, *GRADE.values(), style == "asc")  # type: ignore[call-arg]
    assert np.allclose(made, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("style", ["noclamp", "asc"])
@pytest.mark.parametrize("power", [(1.0, 1.0, 1.0), (1.1, 0.8, 2.0)])
def test_cdl_is_that_of_opencolorio(style: Any, power: Any) -> None:
    """OpenColorIO's CDL agrees, also on NaN and infinity."""
    ocio = pytest.importorskip("PyOpenColorIO")
    grade = {**GRADE, "power": power}
    styles = {"noclamp": ocio.CDL_NO_CLAMP, "asc": ocio.CDL_ASC}
    transform = ocio.CDLTransform(
        slope=list(grade["slope"]), offset=list(grade["offset"]), power=list(power),
        sat=grade["saturation"],
    )  # fmt: skip
    transform.setStyle(styles[style])
    config = ocio.Config.CreateRaw()
    processor = config.getProcessor(transform).getOptimizedCPUProcessor(ocio.OPTIMIZATION_LOSSLESS)
    rgb = np.ascontiguousarray(picture(20, 30).transpose(1, 2, 0))
    theirs = rgb.copy()
    processor.applyRGB(theirs)
    made = kernels.apply_cdl(rgb, style=style, **grade)
    # OpenColorIO's own power is good to about 1e-5.
    assert np.allclose(made, theirs, rtol=3e-5, atol=3e-5)


def test_cdl_that_does_nothing() -> None:
    """A CDL of ones and zeros without clamp leaves every number as it is."""
    rgb = picture(3, 50)
    assert np.allclose(kernels.apply_cdl(rgb), rgb, rtol=0, atol=1e-7)


def test_wrong_cdls_are_refused() -> None:
    """Negative slopes, powers of zero and unknown styles are ValueErrors."""
    rgb = picture(1, 1)
    for wrong in ({"slope": -1.0}, {"power": 0.0}, {"saturation": -0.1}, {"offset": np.nan}):
        with pytest.raises(ValueError, match=r"slope|finite"):
            kernels.apply_cdl(rgb, **wrong)
    with pytest.raises(ValueError, match="one number or three"):
        kernels.apply_cdl(rgb, slope=(1.0, 2.0))
    with pytest.raises(ValueError, match="style"):
        kernels.apply_cdl(rgb, style="loud")  # type: ignore[arg-type]
