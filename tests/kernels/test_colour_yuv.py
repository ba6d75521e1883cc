"""Y'CbCr planes against a float64 twin and the standards' own numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import kernels
from tests import naive_colour


def picture(height: int, width: int) -> npt.NDArray[np.float32]:
    """Planar noise with over- and undershoot."""
    rng = np.random.default_rng(height + width)
    return rng.uniform(-0.1, 1.1, (3, height, width)).astype(np.float32)


def check(rgb: npt.NDArray[Any], made: Any, *facts: Any) -> None:
    """Every code value is the twin's, rounded; ties may fall either way."""
    for plane, wanted in zip(made, naive_colour.yuv(rgb, *facts), strict=True):
        assert plane.dtype == np.uint16 and plane.shape == wanted.shape
        # float32 holds 16-bit codes to a few thousandths.
        assert np.abs(plane - wanted).max() <= (0.51 if facts[2] < 16 else 0.6)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (5, 7), (8, 16), (9, 33), (20, 531), (31, 50)])
@pytest.mark.parametrize("subsampling", ["444", "422", "420"])
def test_planes_are_their_twin(subsampling: Any, size: tuple[int, int]) -> None:
    """All subsamplings over odd and even sizes, to the border."""
    rgb = picture(*size)
    check(rgb, kernels.to_yuv(rgb, subsampling), subsampling, "bt709", 10, False, False)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", ["bt709", "bt2020"])
def test_matrices_ranges_and_depths(matrix: Any, full: bool, bits: int) -> None:
    """Both matrices, both ranges, every depth; 4:2:0 with samples on the rows."""
    rgb = picture(12, 20)
    made = kernels.to_yuv(
        rgb, "420", matrix, bits=bits, range="full" if full else "legal", siting="topleft"
    )
    check(rgb, made, "420", matrix, bits, full, True)


def test_bars() -> None:
    """The 10-bit codes of 100 % BT.709 bars are those of the standard."""
    colours = [(1, 1, 1), (1, 1, 0), (0, 1, 0), (1, 0, 0), (0, 0, 1), (0, 0, 0)]
    expected = [(940, 512, 512), (877, 64, 553), (691, 167, 105)]
    expected += [(250, 409, 960), (127, 960, 471), (64, 512, 512)]
    for rgb, codes in zip(colours, expected, strict=True):
        flat = np.broadcast_to(np.float32(rgb)[:, None, None], (3, 6, 10)).copy()
        for subsampling in ("444", "422", "420"):
            made = kernels.to_yuv(flat, subsampling)  # type: ignore[arg-type]
            assert [set(plane.ravel().tolist()) for plane in made] == [{c} for c in codes]


def test_chroma_stands_on_even_pixels() -> None:
    """A colour ramp keeps its place: chroma sample j has the value of pixel 2 j."""
    ramp = np.zeros((3, 4, 64), np.float32)
    ramp[2] = np.linspace(0, 1, 64)
    whole, part = kernels.to_yuv(ramp, "444", bits=16)[1], kernels.to_yuv(ramp, "422", bits=16)[1]
    assert np.abs(whole[:, 8:-8:2].astype(int) - part[:, 4:-4].astype(int)).max() <= 2


@pytest.mark.parametrize(("field", "below"), [("top", 0.25), ("bottom", 0.75), (None, 0.5)])
def test_chroma_of_a_field_has_its_own_place(field: Any, below: float) -> None:
    """4:2:0 chroma of a field is what its lines are 1/4 or 3/4 of a line below an even one."""
    ramp = np.zeros((3, 64, 8), np.float32)
    ramp[2] = np.linspace(0, 1, 64)[:, None]
    whole = kernels.to_yuv(ramp, "444", bits=16)[1][:, 0].astype(float)
    part = kernels.to_yuv(ramp, "420", bits=16, field=field)[1][:, 0].astype(float)
    step = whole[20] - whole[19]
    places = (part[4:-4] - whole[8:-8:2]) / step
    assert np.abs(places - below).max() < 0.05


def test_fine_chroma_does_not_alias() -> None:
    """Stripes one pixel wide turn into even grey-blue, not into a colour of one phase."""
    stripes = np.zeros((3, 4, 64), np.float32)
    stripes[2, :, ::2] = 1
    cb = kernels.to_yuv(stripes, "422")[1][:, 4:-4]
    flat = kernels.to_yuv(np.full((3, 4, 64), [[[0]], [[0]], [[0.5]]], np.float32), "422")[1]
    assert np.abs(cb.astype(int) - int(flat[0, 0])).max() <= 2


def test_steps_run_first() -> None:
    """Colour steps in the same pass give what they give before it."""
    rgb = np.abs(picture(9, 70))
    steps = [kernels.matrix_step(np.eye(3) * 0.5), kernels.curve_step("pq")]
    fused = kernels.to_yuv(rgb, "420", "bt2020", steps=steps)
    apart = kernels.to_yuv(kernels.apply_steps(rgb, steps), "420", "bt2020")
    assert all(np.array_equal(a, b) for a, b in zip(fused, apart, strict=True))


def test_layouts_and_halves() -> None:
    """Interleaved and half pictures give the planes of the float picture."""
    rgb = picture(6, 45).astype(np.float16)
    wanted = kernels.to_yuv(rgb.astype(np.float32), "420")
    mixed = np.ascontiguousarray(rgb.transpose(1, 2, 0))
    for image in (rgb, mixed):
        made = kernels.to_yuv(image, "420")
        assert all(np.array_equal(a, b) for a, b in zip(made, wanted, strict=True))


def test_no_number_is_black() -> None:
    """NaN is black, infinity the highest code, and their neighbours in luma are untouched."""
    rgb = np.full((3, 2, 40), 0.5, np.float32)
    rgb[:, 0, 5], rgb[:, 0, 9] = np.nan, np.inf
    y = kernels.to_yuv(rgb)[0]
    assert y[0, 5] == 64 and y[0, 9] == 1019 and y[0, 6] == y[1, 5] == 502


def test_target() -> None:
    """The caller's planes are written in place and the room around them is left alone."""
    rgb, room = picture(6, 20), [np.full((10, 40), 7, np.uint16) for _ in range(3)]
    planes = (room[0][2:8, 3:23], room[1][2:8, 3:13], room[2][2:8, 3:13])
    kernels.to_yuv(rgb, out=planes)
    for plane, wanted in zip(planes, kernels.to_yuv(rgb), strict=True):
        assert np.array_equal(plane, wanted)
        plane[...] = 7
    assert all((each == 7).all() for each in room)


def test_wrong_requests_are_refused() -> None:
    """Unknown names, depths and targets are ValueErrors."""
    rgb = picture(4, 4)
    wrong: list[dict[str, Any]] = [{"subsampling": "411"}, {"matrix": "bt601"}, {"bits": 7}]
    wrong += [{"range": "loud"}, {"siting": "right"}, {"field": "left"}]
    for request in wrong:
        with pytest.raises(ValueError, match=next(iter(request))):
            kernels.to_yuv(rgb, **request)
    with pytest.raises(ValueError, match="out is"):
        kernels.to_yuv(rgb, out=(np.zeros((4, 4), np.uint16),) * 3)
