"""Pyramids against the plain statement."""

from __future__ import annotations

import numpy as np
import pytest
from damage import unhurried
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from statements import halving

from specks.io.downsample import halved_labels, halved_mean

PLANES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=7)


@unhurried
@given(
    st.sampled_from(["u1", "i1", "u2", "i4", "u4", "i8", "u8"]).flatmap(lambda kind: hnp.arrays(kind, PLANES))
)
def test_means_of_integers_are_exact(plane) -> None:
    np.testing.assert_array_equal(halved_mean(plane), halving.halved_mean(plane))


@unhurried
@given(hnp.arrays("i4", PLANES, elements=st.integers(-1, 3)))
def test_labels_are_the_most_frequent(plane) -> None:
    np.testing.assert_array_equal(halved_labels(plane), halving.halved_labels(plane))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_means_of_floats_keep_their_type_and_planes(dtype) -> None:
    stack = np.random.default_rng(0).normal(size=(3, 4, 6)).astype(dtype)
    mean = halved_mean(stack)
    assert (mean.shape, mean.dtype) == ((3, 2, 3), np.dtype(dtype))
    plain = stack.astype("f8").reshape(3, 2, 2, 3, 2).mean((2, 4))
    np.testing.assert_allclose(mean, plain, rtol=1e-3 if dtype == "f2" else 1e-6, atol=1e-3)
