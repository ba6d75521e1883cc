"""Products and solutions of three by three, by plain sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from functions.contract.camera import Matrix, Triple, product, solve

NUMBERS = st.floats(-4, 4, allow_subnormal=False)
VECTORS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
MATRICES = st.tuples(VECTORS, VECTORS, VECTORS)


@given(MATRICES, MATRICES)
def test_a_product_is_numpys(left: Matrix, right: Matrix) -> None:
    """Within the noise of another order of sums."""
    assert np.allclose(product(left, right), np.array(left) @ np.array(right), atol=1e-12)


@given(MATRICES, VECTORS)
def test_a_solution_gives_the_values_back(matrix: Matrix, values: Triple) -> None:
    """Matrix times solution; the determinant is far enough from 0 to tell."""
    assume(abs(np.linalg.det(np.array(matrix))) > 1e-2)
    found = solve(matrix, values)
    assert found is not None
    assert np.array(matrix) @ np.array(found) == pytest.approx(np.array(values), abs=1e-6)


def test_what_has_no_solution() -> None:
    """A matrix whose rows are not independent."""
    assert solve(((1.0, 2.0, 3.0), (2.0, 4.0, 6.0), (0.0, 0.0, 1.0)), (1.0, 1.0, 1.0)) is None
