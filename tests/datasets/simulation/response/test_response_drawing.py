"""Compiled draws and bins are NumPy's own."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.response.drawing import edges_below, normals


@pytest.mark.parametrize("bits", [np.random.SFC64, np.random.PCG64])
@pytest.mark.parametrize("shape", [(1000,), (3, 400), (0,)])
def test_normal_numbers_are_the_generators_own(bits: type[np.random.BitGenerator], shape: tuple[int, ...]) -> None:
    one, other = np.random.Generator(bits(5)), np.random.Generator(bits(5))
    np.testing.assert_array_equal(normals(one, *shape), other.standard_normal(shape))
    assert one.random() == other.random()  # both have gone equally far


def test_bins_are_those_of_searchsorted() -> None:
    edges = np.array([0.2, 0.5, 0.5, 1.0])
    values = np.append(np.random.default_rng(1).uniform(0.0, 1.2, 500), edges)
    np.testing.assert_array_equal(edges_below(edges, values), np.searchsorted(edges, values))
