"""The documented fit equals its plain statement, bit for bit, on any lazy image."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from statements import documented as statement

from specks._core.errors import FitError, InputError
from specks._core.source import Source, array_source
from specks.mixture.documented import (
    NanoparticleSegConfig,
    documented_table,
    fit_documented,
    iterate_documented,
    slice_weight,
)


def stack_of(seed=0, shape=(6, 96, 130), share=0.003):
    """Textured slices of changing brightness with bright squares in them."""
    rng = np.random.default_rng(seed)
    stack = rng.normal(90, 9, shape) + rng.normal(0, 2, (shape[0], 1, 1))
    for _ in range(int(share * stack.size / 25)):
        z, y, x = (rng.integers(0, n) for n in shape)
        stack[z, y : y + 5, x : x + 5] += rng.uniform(60, 100)
    return np.clip(stack.round(), 0, 255).astype(np.uint8)


def assert_equal(found, wanted) -> None:
    for name in wanted._fields:
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 5), st.integers(8, 60), st.integers(8, 60)),
    masked=st.booleans(),
    changes=st.fixed_dictionaries(
        {},
        optional={
            "sampling_step": st.integers(1, 3),
            "percent_th_low": st.sampled_from([50.0, 99, 99.5, 100]),
            "percent_th_high": st.sampled_from([60.0, 99.8, 100]),
            "halo_pad": st.integers(0, 6),
            "min_size": st.integers(0, 30),
            "max_iter": st.integers(1, 400),
            "nll_tol": st.sampled_from([0.0, 1e-4, 1e-8]),
            "eps": st.sampled_from([1e-12, 1e-9]),
        },
    ),
)
def test_the_fit_equals_its_statement(seed, shape, masked, changes) -> None:
    stack = stack_of(seed, shape)
    changes = {"max_iter": 300, **changes}
    mask = np.random.default_rng(seed).random(shape) < 0.8 if masked else None
    wanted = statement.fit(stack, mask=mask, **changes)
    if not wanted.hist_bg.any():
        with pytest.raises(FitError, match="no pixel is background"):
            fit_documented(array_source(stack), changes, mask)
        return
    assert_equal(fit_documented(array_source(stack), changes, mask), wanted)


def test_the_fit_settles_where_the_statement_settles() -> None:
    """Thousands of iterations; one bit lost on the way would change their number."""
    stack = stack_of(3)
    wanted = statement.fit(stack, halo_pad=6, min_size=9)
    found = fit_documented(array_source(stack), {"halo_pad": 6, "min_size": 9})
    assert_equal(found, wanted)
    assert found.nit > 300
    assert found.summary == {"w_bg": wanted.w_bg, "nll": wanted.nll, "nit": wanted.nit}


@pytest.mark.parametrize(("a", "b"), [(1.0, 20.0), (2.0, 5.0)])
def test_tables_of_slices_equal_their_statement(a, b) -> None:
    stack = stack_of(1)
    config = NanoparticleSegConfig("none", "none", min_size=9, halo_pad=4, max_iter=50, beta_params=(a, b))
    fit = fit_documented(array_source(stack), config)
    for plane in stack:
        counts = statement.counts_of(plane)
        wanted = statement.posterior_table(counts, fit.p_np, fit.p_bg, config.eps, (a, b))
        np.testing.assert_array_equal(documented_table(fit, counts, config), wanted)
        assert 0 < slice_weight(fit, counts, config) < 0.2


def test_time_and_single_images_are_slices_too(tmp_path) -> None:
    stack = stack_of(2)
    settings_ = {"min_size": 4, "halo_pad": 2, "max_iter": 100, "sampling_step": 2}
    wanted = statement.fit(stack, **settings_)
    held = zarr.create_array(
        tmp_path / "a.zarr", data=stack.reshape(2, 3, *stack.shape[1:]), chunks=(1, 3, 50, 130)
    )
    assert_equal(fit_documented(array_source(held), settings_), wanted)
    assert_equal(fit_documented(array_source(stack, "tyx"), settings_), wanted)
    assert_equal(fit_documented(array_source(stack[0]), settings_), statement.fit(stack[:1], **settings_))


def test_a_mask_of_one_plane_counts_for_all() -> None:
    stack = stack_of(4)
    plane = np.zeros(stack.shape[1:], np.uint8)
    plane[10:80, 20:100] = 1
    settings_ = {"min_size": 4, "halo_pad": 2, "max_iter": 100}
    wanted = statement.fit(stack, mask=np.broadcast_to(plane > 0, stack.shape), **settings_)
    assert_equal(fit_documented(array_source(stack), settings_, plane), wanted)


def test_processes_give_the_same_bits(tmp_path) -> None:
    stack = stack_of(5)
    held = zarr.create_array(tmp_path / "a.zarr", data=stack, chunks=(2, 96, 130))
    settings_ = {"min_size": 4, "halo_pad": 2, "max_iter": 100}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = fit_documented(array_source(held), settings_, executor=pool)
        with pytest.raises(InputError, match="save it to a file"):
            fit_documented(array_source(stack), settings_, executor=pool)
    assert_equal(found, statement.fit(stack, **settings_))


class Watched(Source):
    """A source that remembers how many slices the largest read had."""

    def __init__(self, stack):
        inner = array_source(stack)
        self.inner, self.most = inner, 0
        self.shape, self.dtype, self.geometry, self.chunks = (
            inner.shape,
            inner.dtype,
            inner.geometry,
            inner.chunks,
        )

    def read(self, region):
        self.most = max(self.most, region[0].stop - region[0].start)
        return self.inner.read(region)


def test_the_stack_is_read_a_few_slices_at_a_time() -> None:
    source = Watched(stack_of(6, (40, 32, 32)))
    steps = iterate_documented(source, {"max_iter": 20, "min_size": 4, "halo_pad": 1})
    seen = [(p.done, p.total, p.what.split(",")[0]) for p in steps]
    assert source.most <= 8
    assert seen[0] == (1, 5, "Counting pixels")
    assert seen[5] == (1, 5, "Separating background from seeds")
    assert seen[-1] == (0, 20, "Fitting the mixture")


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((2, 8, 8), np.uint16), "image has the type uint16; the documented mode reads uint8 only"),
        (np.zeros((2, 8, 8), bool), "image has the type bool"),
        (np.zeros((2, 8, 8), np.float32), "image has the type float32"),
        (np.zeros((2, 2, 2, 8, 8), np.uint8), 'image has the axes "tczyx"; choose one channel'),
    ],
)
def test_images_it_cannot_read_are_refused_in_words(image, words) -> None:
    with pytest.raises(InputError, match=words):
        fit_documented(array_source(image))


@pytest.mark.parametrize("value", [0, 7, 255])
def test_a_constant_image_has_no_background(value) -> None:
    with pytest.raises(FitError, match=f"none lies below intensity {value} "):
        fit_documented(array_source(np.full((3, 16, 16), value, np.uint8)))


def test_a_slice_without_background_adds_nothing() -> None:
    """A saturated slice ended the original."""
    stack = stack_of(7)
    stack[2] = 255
    settings_ = {
        "percent_th_low": 75.0,
        "percent_th_high": 80.0,
        "min_size": 4,
        "halo_pad": 0,
        "max_iter": 50,
    }
    found = fit_documented(array_source(stack), settings_)
    assert_equal(found, statement.fit(stack, **settings_))
    assert found.hist_bg.sum() > 0


def test_masks_that_do_not_fit_or_leave_nothing_are_refused() -> None:
    stack = stack_of(8)
    with pytest.raises(InputError, match=r"mask has the shape \(3, 3\); it must be \(6, 96, 130\)"):
        fit_documented(array_source(stack), mask=np.ones((3, 3)))
    with pytest.raises(FitError, match="mask leaves everything out"):
        fit_documented(array_source(stack), mask=np.zeros(stack.shape))
