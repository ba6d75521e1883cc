"""Pictures from Y'CbCr planes against a float64 twin, colour-science and the way there."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import kernels
from kernels.video.ycbcr_to_rgb import MATRICES, Siting
from tests import naive_colour

Array = npt.NDArray[Any]


def keys(part: float) -> list[float]:
    """Keys' cubic (a = -1/2) by its own definition, piece by piece."""

    def kernel(x: float) -> float:
        x = abs(x)
        if x <= 1:
            return 1.5 * x**3 - 2.5 * x**2 + 1
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0

    return [kernel(part + 1), kernel(part), kernel(1 - part), kernel(2 - part)]


def doubled(chroma: Array, count: int, axis: int, *, between: bool) -> Array:
    """Chroma at `count` places, edges repeated."""
    source = np.moveaxis(chroma, axis, 0).astype(np.float64)
    made = []
    for place in range(count):
        at = (place - 0.5) / 2 if between else place / 2
        below = int(np.floor(at))
        rows = [min(max(below + k - 1, 0), len(source) - 1) for k in range(4)]
        made.append(sum(w * source[r] for w, r in zip(keys(at - below), rows, strict=True)))
    return np.moveaxis(np.array(made), 0, axis)


def twin(planes: Any, bits: int, full: bool, matrix: str, step: Any, siting: str) -> Array:
    """Planar R'G'B' in float64, every step by itself."""
    luma, cb, cr = (plane.astype(np.float64) for plane in planes)
    height, width = luma.shape
    chroma = [cb, cr]
    if step[1] == 2:
        chroma = [doubled(c, height, 0, between=siting != "topleft") for c in chroma]
    if step[0] == 2:
        chroma = [doubled(c, width, 1, between=siting == "center") for c in chroma]
    unit = 2 ** (bits - 8)
    black, white, reach = (0, 2**bits - 1, 2**bits - 1) if full else (
        16 * unit, 235 * unit, 224 * unit,
    )  # fmt: skip
    luma = (luma - black) / (white - black)
    cb, cr = ((c - 128 * unit) / reach for c in chroma)
    kr, kb = MATRICES[matrix]
    red, blue = luma + 2 * (1 - kr) * cr, luma + 2 * (1 - kb) * cb
    return np.stack([red, (luma - kr * red - kb * blue) / (1 - kr - kb), blue])


def noise(
    height: int, width: int, bits: int, step: tuple[int, int], kind: Any = np.uint16
) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(height * width)
    small = (height + step[1] - 1) // step[1], (width + step[0] - 1) // step[0]
    one, two, three = (
        rng.integers(0, 2**bits, shape).astype(kind) for shape in ((height, width), small, small)
    )
    return one, two, three


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (5, 7), (9, 33), (6, 531), (4, 1030)])
@pytest.mark.parametrize("step", [(1, 1), (2, 1), (2, 2)])
@pytest.mark.parametrize("siting", ["left", "center", "topleft"])
def test_pictures_are_their_twin(step: Any, size: tuple[int, int], siting: Siting) -> None:
    """All subsamplings and sitings over odd and even sizes, to the border."""
    planes = noise(*size, 10, step)
    made = kernels.from_yuv(planes, 10, False, "bt709", step, siting=siting)
    assert np.abs(made - twin(planes, 10, False, "bt709", step, siting)).max() < 2e-6


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", sorted(MATRICES))
def test_matrices_ranges_and_depths(matrix: str, full: bool, bits: int) -> None:
    """Every matrix, both ranges, every depth; 8 bits as bytes and as words alike."""
    planes = noise(4, 21, bits, (2, 2))
    made = kernels.from_yuv(planes, bits, full, matrix, (2, 2))
    assert np.abs(made - twin(planes, bits, full, matrix, (2, 2), "left")).max() < 2e-6
    if bits == 8:
        one, two, three = (plane.astype(np.uint8) for plane in planes)
        again = kernels.from_yuv((one, two, three), 8, full, matrix, (2, 2))
        assert made.tobytes() == again.tobytes()


@pytest.mark.parametrize(
    ("matrix", "name"), [("bt709", "ITU-R BT.709"), ("smpte170m", "ITU-R BT.601")]
)
@pytest.mark.parametrize("full", [False, True])
def test_matrix_is_that_of_colour_science(matrix: str, name: str, full: bool) -> None:
    """Code values of 10 bits turn into the R'G'B' that colour-science makes of them."""
    colour = pytest.importorskip("colour")
    planes = noise(3, 40, 10, (1, 1))
    codes = np.stack(planes, -1)
    wanted = colour.YCbCr_to_RGB(
        codes, colour.WEIGHTS_YCBCR[name], in_bits=10, in_legal=not full, in_int=True,
        out_legal=False, clamp_int=False,
    )  # fmt: skip
    made = kernels.from_yuv(planes, 10, full, matrix, (1, 1))
    assert np.abs(np.moveaxis(made, 0, -1) - wanted).max() < 2e-6


def test_there_and_back() -> None:
    """What `to_yuv` makes of a smooth picture comes back to a code value of 10 bits."""
    y, x = np.mgrid[0:24, 0:64] / 64.0
    rgb = np.stack([0.2 + 0.5 * x, 0.7 - 0.4 * y, 0.3 + 0.3 * x * y]).astype(np.float32)
    for name, step in (("444", (1, 1)), ("422", (2, 1)), ("420", (2, 2))):
        planes = kernels.to_yuv(rgb, name)  # type: ignore[arg-type]
        back = kernels.from_yuv(planes, 10, False, "bt709", step)
        assert np.abs(back - rgb)[:, 4:-4, 4:-4].max() < 1.5 / 876


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.uint16])
def test_steps_run_in_the_same_pass(kind: Any) -> None:
    """Colour steps in the pass give the bytes that they give after it, in every type."""
    planes = noise(7, 600, 10, (2, 1))
    steps = [kernels.curve_step("logc3", "decode"), kernels.matrix_step(np.eye(3) * 0.5)]
    plain = kernels.from_yuv(planes, 10, False, "bt709", (2, 1))
    wanted = kernels.apply_steps(plain, steps, np.empty((3, 7, 600), kind))
    made = kernels.from_yuv(planes, 10, False, "bt709", (2, 1), steps, np.empty((3, 7, 600), kind))
    assert made.tobytes() == wanted.tobytes()


def test_bands_of_rows_are_the_whole() -> None:
    """Rows that are made by themselves have the bytes that they have in the whole picture."""
    planes = noise(11, 45, 10, (2, 2))
    whole = kernels.from_yuv(planes, 10, False, "bt709", (2, 2))
    for start, stop in ((0, 11), (0, 4), (3, 8), (10, 11)):
        part = kernels.from_yuv(planes, 10, False, "bt709", (2, 2), rows=(start, stop))
        assert part.tobytes() == whole[:, start:stop].tobytes()


@pytest.mark.parametrize("field", ["top", "bottom"])
@pytest.mark.parametrize("siting", ["left", "center"])
def test_chroma_of_a_field_stands_where_its_lines_are(siting: Siting, field: Any) -> None:
    """Of one field 4:2:0 chroma is 1/4 or 3/4 of a line down: a ramp of it comes out a ramp."""
    height, width = 24, 16
    below = {"top": 0.25, "bottom": 0.75}[field]
    lines = np.arange(height)
    # Chroma as it is on every line of the field, and where the field's chroma samples are.
    ramp = 300.0 + 16.0 * lines
    small = np.repeat((300.0 + 16.0 * (2 * np.arange(height // 2) + below))[:, None], width // 2, 1)
    codes = small.round().astype(np.uint16)
    assert np.array_equal(codes, small)
    planes = np.full((height, width), 500, np.uint16), codes, np.full_like(codes, 512)
    made = kernels.from_yuv(planes, 10, False, "bt709", (2, 2), siting=siting, field=field)
    blue = (made[2] - made[0]) * 896 / (2 * (1 - 0.0722))
    assert np.abs(blue[4:-4] - (ramp - 512)[4:-4, None]).max() < 1e-2


def test_interleaved_target_and_rows_apart() -> None:
    """Rows of planes and target may be apart; channels may stand side by side."""
    wide = [np.pad(p, ((0, 0), (0, 37))) for p in noise(5, 40, 10, (2, 1))]
    planes = wide[0][:, :40], wide[1][:, :20], wide[2][:, :20]
    out = np.zeros((5, 50, 3), np.float32)
    kernels.from_yuv(planes, 10, False, "bt709", (2, 1), out=out[:, :40])
    wanted = twin(planes, 10, False, "bt709", (2, 1), "left")
    assert np.abs(np.moveaxis(out[:, :40], -1, 0) - wanted).max() < 2e-6
    assert not out[:, 40:].any()


def test_wrong_arguments_are_named() -> None:
    """Shapes, depths, names and types that do not fit are a ValueError, not a crash."""
    planes = noise(4, 8, 10, (2, 1))
    for wrong in (
        {"bits": 7}, {"matrix": "bt2020c"}, {"step": (2, 2)}, {"step": (4, 1)},
        {"out": np.zeros((3, 4, 7), np.float32)}, {"out": np.zeros((3, 4, 8), np.int32)},
        {"siting": "bottom"}, {"field": "left"}, {"field": "top", "siting": "topleft"},
        {"planes": (planes[0], planes[1], planes[2].astype(np.uint8))},
    ):  # fmt: skip
        given: dict[str, Any] = {
            "planes": planes, "bits": 10, "full": False, "matrix": "bt709", "step": (2, 1), **wrong
        }  # fmt: skip
        with pytest.raises(ValueError):
            kernels.from_yuv(**given)


def test_twin_is_the_inverse_of_the_other_twin() -> None:
    """The two twins, written apart, undo each other where nothing is subsampled."""
    rgb = np.random.default_rng(3).uniform(0, 1, (3, 4, 5))
    codes = naive_colour.yuv(rgb, "444", "bt709", 10, False, False)
    assert np.abs(twin(codes, 10, False, "bt709", (1, 1), "left") - rgb).max() < 1e-9
