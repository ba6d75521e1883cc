"""1D and 3D tables against float64 twins and OpenColorIO's own interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import kernels
from kernels.colour.guarded_lut import guarded_step
from tests import naive_colour


def cube(size: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """A cube of noise: every wrong corner shows."""
    return np.random.default_rng(seed).uniform(-0.5, 1.5, (size,) * 3 + (3,)).astype(np.float32)


def picture(height: int, width: int) -> npt.NDArray[np.float32]:
    """Planar; inside, outside and on the knots of a table, with NaN and infinities."""
    rng = np.random.default_rng(1)
    rgb = rng.uniform(-0.2, 1.2, (3, height, width)).astype(np.float32)
    rgb[:, 0] = np.rint(rgb[:, 0] * 16) / 16
    rgb[:, 0, :3] = [[0, 1, 0.5], [0, 1, 0.5], [0, 1, 0.5]]
    rgb.ravel()[11::97] = np.nan
    rgb.ravel()[13::89] = np.inf
    rgb.ravel()[17::83] = -np.inf
    return rgb


def opencolorio(transform: Any, image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The picture (H, W, 3) through OpenColorIO's processor."""
    ocio = pytest.importorskip("PyOpenColorIO")
    config = ocio.Config.CreateRaw()
    made = image.copy()
    config.getProcessor(transform).getDefaultCPUProcessor().applyRGB(made)
    return made


@pytest.mark.parametrize("size", [2, 3, 17, 33])
def test_cube_is_its_twin(size: int) -> None:
    """Random cubes agree with the float64 twin, out-of-domain values and NaN clamped."""
    lut, rgb = cube(size), picture(6, 41)
    made = kernels.apply_lut3d(rgb, lut)
    assert np.allclose(made, naive_colour.lut3d(rgb, lut), rtol=0, atol=5e-6)


@pytest.mark.parametrize("size", [5, 33, 65])
def test_cube_is_that_of_opencolorio(size: int) -> None:
    """OpenColorIO's tetrahedral interpolation agrees to 1e-6 on random cubes."""
    ocio = pytest.importorskip("PyOpenColorIO")
    lut = cube(size)
    transform = ocio.Lut3DTransform(size)
    transform.setData(lut.ravel())
    transform.setInterpolation(ocio.INTERP_TETRAHEDRAL)
    image = np.ascontiguousarray(picture(20, 51).transpose(1, 2, 0))
    theirs = opencolorio(transform, image)
    made = kernels.apply_lut3d(image, lut)
    assert theirs.std() > 0.2
    assert np.allclose(made, theirs, rtol=0, atol=1e-6)


def test_neutral_stays_neutral() -> None:
    """Greys through a cube whose diagonal is grey come out grey, whatever stands beside it."""
    lut = cube(9)
    for i in range(9):
        lut[i, i, i] = i / 8
    grey = np.broadcast_to(np.linspace(0, 1, 501, dtype=np.float32), (3, 1, 501)).copy()
    made = kernels.apply_lut3d(grey, lut)
    assert np.allclose(made, grey, atol=1e-6)


def test_red_is_the_first_axis() -> None:
    """`lut[r, g, b]`: a cube that only depends on red follows red."""
    lut = np.zeros((4, 4, 4, 3), np.float32)
    lut[..., 0] = np.linspace(0, 1, 4)[:, None, None]
    made = kernels.apply_lut3d(np.float32([[[0.7]], [[0.1]], [[0.2]]]), lut)
    assert np.allclose(made.ravel(), [0.7, 0, 0], atol=1e-6)


def test_padded_cube_has_the_same_bytes() -> None:
    """A cube made ready once gives what the plain cube gives, as halves too."""
    lut, rgb = cube(17), picture(3, 700)
    out = [np.empty(rgb.shape, np.float16) for _ in range(2)]
    kernels.apply_lut3d(rgb, lut, out=out[0])
    kernels.apply_lut3d(rgb, kernels.pad_lut3d(lut), out=out[1])
    assert np.array_equal(out[0].view(np.uint16), out[1].view(np.uint16))


def test_domain() -> None:
    """The cube's faces stand at the ends of its domain."""
    lut, rgb = cube(5), picture(4, 9)
    made = kernels.apply_lut3d(rgb, lut, domain=(-0.1, 2.0))
    assert np.allclose(made, naive_colour.lut3d(rgb, lut, -0.1, 2.0), atol=5e-6)


def test_named_shaper() -> None:
    """A curve's name in front of the cube is that curve's encoding."""
    lut = cube(17)
    rgb = np.abs(picture(3, 40))
    rgb[~np.isfinite(rgb)] = 0.18
    shaped = naive_colour.curve("acescct", "encode", rgb)
    made = kernels.apply_lut3d(rgb, lut, "acescct")
    assert np.allclose(made, naive_colour.lut3d(shaped, lut), atol=2e-5)


@pytest.mark.parametrize("columns", [1, 3])
def test_table_as_shaper(columns: int) -> None:
    """A 1D table, with a domain of its own, stands in front of the cube."""
    lut, rgb = cube(9), picture(3, 40)
    table = np.sort(np.random.default_rng(3).uniform(0, 1, (64, columns)), 0)
    table = table[:, 0] if columns == 1 else table
    shaped = naive_colour.lut1d(rgb, table, -0.1, 1.1)
    made = kernels.apply_lut3d(rgb, lut, (table, (-0.1, 1.1)))
    assert np.allclose(made, naive_colour.lut3d(shaped, lut), atol=1e-5)


@pytest.mark.parametrize("entries", [2, 3, 1024])
def test_table_is_its_twin(entries: int) -> None:
    """1D tables of one or three columns agree with the float64 twin."""
    rgb = picture(5, 43)
    for shape in ((entries,), (entries, 3)):
        table = np.random.default_rng(4).uniform(-1, 2, shape)
        made = kernels.apply_lut1d(rgb, table, (-0.05, 1.1))
        assert np.allclose(made, naive_colour.lut1d(rgb, table, -0.05, 1.1), atol=2e-4)


def test_table_is_that_of_opencolorio() -> None:
    """OpenColorIO's 1D table agrees."""
    ocio = pytest.importorskip("PyOpenColorIO")
    table = np.random.default_rng(5).uniform(0, 1, (65, 3)).astype(np.float32)
    transform = ocio.Lut1DTransform(65, False)
    transform.setData(table.ravel())
    image = np.ascontiguousarray(picture(20, 30).transpose(1, 2, 0))
    made = kernels.apply_lut1d(image, table)
    assert np.allclose(made, opencolorio(transform, image), rtol=0, atol=2e-6)


def test_wrong_tables_are_refused() -> None:
    """Tables of another shape, and empty domains, are ValueErrors."""
    rgb = picture(2, 4)
    with pytest.raises(ValueError, match="N, N, N, 3"):
        kernels.apply_lut3d(rgb, np.zeros((4, 4, 5, 3)))
    with pytest.raises(ValueError, match="at most 256"):
        kernels.apply_lut3d(rgb, np.broadcast_to(np.float32(0), (257, 257, 257, 3)))
    with pytest.raises(ValueError, match="K,"):
        kernels.apply_lut1d(rgb, np.zeros((4, 2)))
    with pytest.raises(ValueError, match="domain"):
        kernels.apply_lut1d(rgb, np.zeros(4), (1.0, 1.0))


@pytest.mark.parametrize("width", [1, 31, 513, 1029])
def test_a_guarded_table_is_the_table_or_the_exact_steps(width: int) -> None:
    """Pixels of marked eighths of cells and beside the cube are exact, all others the table's."""
    rng = np.random.default_rng(width)
    cube, wrong = rng.uniform(0, 1, (9, 9, 9, 3)), rng.uniform(0, 1, (16,) * 3) < 0.3
    domain, exact = (-0.1, 1.1), [kernels.matrix_step(3 * np.eye(3))]
    rgb = rng.uniform(-0.2, 1.2, (3, 3, width)).astype(np.float32)
    # Where they are told apart in double precision, places on a border are not asked.
    place = (rgb.astype(np.float64) + 0.1) / 1.2 * 16
    rgb[np.abs(place - np.rint(place)) < 1e-4] = 0.5
    place = (rgb.astype(np.float64) + 0.1) / 1.2 * 16
    red, green, blue = np.clip(np.floor(place), 0, 15).astype(int)
    outside = (place < 0).any(0) | (place > 16).any(0)
    marked = wrong[red, green, blue] | outside
    made = kernels.apply_steps(rgb, [guarded_step(cube, wrong, exact, domain)])
    table = kernels.apply_steps(rgb, [kernels.lut3d_step(cube, domain)])
    wanted = np.where(marked, kernels.apply_steps(rgb, exact), table)
    assert width == 1 or (marked.any() and not marked.all())
    assert made.tobytes() == wanted.tobytes()
