"""A baked table keeps its budget by knowing where it is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from functions.colour.chain.bake import baked, worth_baking
from functions.colour.chain.build import build_chain
from functions.colour.chain.measure import half_units
from functions.colour.chain.values import as_planes
from kernels.colour.matrix import matrix_step
from kernels.colour.steps import apply_steps
from tests.colour import truth


@pytest.mark.parametrize("source", ["arri-logc3", "aces"])
@pytest.mark.parametrize("output", ["rec709", "rec2100-pq"])
def test_table_with_exact_cells(source: str, output: str, shared_data: Path) -> None:
    """Beside the library: 2 codes at the 99.9th percentile of photographs, 8 anywhere."""
    exact = build_chain(source, None, output, "exact", aces="1.3")
    steps = baked(exact.steps, source == "aces")
    light = truth.picture_light(shared_data)
    wild = truth.cube_codes(20000)
    if source == "aces":
        wild = (wild - 0.1) * 8
        render, photographs = truth.to_view("ACES2065-1", "1.3", output), light
    else:
        render = truth.to_view("ARRI LogC3 (EI800)", "1.3", output)
        photographs = build_chain("aces", None, source).apply(light[None].copy())[0]
        photographs = np.clip(photographs, 0, 1)
    for rgb in (photographs, wild):
        made = apply_steps(np.ascontiguousarray(rgb[None]), steps)[0]
        far = truth.settled(truth.codes_10bit(made, render(rgb)), render, rgb, 8.0)
        assert far.max() <= 8.0
        assert np.quantile(far, 0.999) <= 2.0
    marks = steps[-1].table
    assert marks is not None
    eighths = np.unpackbits(marks[:-1, :-1, :-1, 3].astype(int).astype(np.uint8))
    assert 0.01 < eighths.mean() < 0.5, "some eighths of cells are not the table's, most are"
    (finer,) = steps[-1].inside
    assert finer.table is not None
    cells = finer.table[:-1, :-1, :-1, 3] > 256
    assert 0.005 < cells.mean() < 0.6 * eighths.mean(), "most of them are the finer table's"


def test_what_is_quick_is_not_baked() -> None:
    """Steps that cost less than a table stay as they are."""
    chain = build_chain("arri-logc3", None, "acescct", "view")
    assert not worth_baking(chain.steps) and chain.steps[-1].loop == "log_encode"
    assert worth_baking([matrix_step(np.eye(3))] * 100)


def test_planes() -> None:
    """A picture of any layout and type becomes planes of floats."""
    picture = np.array([[[0, 32768, 65535], [65535, 0, 0]]], np.uint16)
    planes = as_planes(picture)
    assert planes.shape == (3, 1, 2) and planes.dtype == np.float32
    assert np.allclose(planes[:, 0, 0], [0, 32768 / 65535, 1])


def test_half_units() -> None:
    """One step between neighbouring halves is one unit, at any size."""
    halves = np.array([[0.18, 1.0, 1000.0], [-0.6, 6e-8, 60000.0]], np.float16)
    up = np.nextafter(halves, np.float16(np.inf))
    for channel in range(3):
        made = halves.astype(np.float64)
        made[:, channel] = up[:, channel]
        alone = np.repeat(made[:, channel : channel + 1], 3, 1)
        wanted = np.repeat(halves[:, channel : channel + 1].astype(np.float64), 3, 1)
        assert np.allclose(half_units(alone, wanted), 1.0, atol=0.02)
