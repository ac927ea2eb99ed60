"""Fits under NumPy's strictest settings; warnings are errors in all tests."""

from __future__ import annotations

import numpy as np
import pytest
from exact_spots import BOTH, PAIR, by_leastsq, by_refine, exact_image, places, start_at

from specks.refinement.constraints import dimer, dimer_global

AT = [*PAIR, (10.0, 50.2), (1.0, 3.0)]
IMAGE = exact_image(AT)


@BOTH
@pytest.mark.parametrize("profile", ["gauss", "ring", "disc", "inv_series_2"])
@pytest.mark.parametrize("mode", ["const", "var", "global"])
def test_no_profile_or_mode_raises(fit, profile: str, mode: str) -> None:
    start = start_at(AT, (0.4, 0.3), size=2.9)
    with np.errstate(all="raise"):
        table = fit(start, IMAGE, 13, profile, param_mode={"size": mode})
    assert np.isfinite(places(table)).all()


@pytest.mark.parametrize("loss", ["soft_l1", "cauchy", "poisson"])
def test_no_loss_raises(loss: str) -> None:
    with np.errstate(all="raise"):
        table = by_refine(start_at(AT, (0.4, 0.3)), IMAGE, 13, loss=loss)
    np.testing.assert_allclose(places(table), AT, atol=1e-3)


@pytest.mark.parametrize("constraint", [dimer(5.5), dimer_global()])
def test_no_constraint_raises(constraint) -> None:
    with np.errstate(all="raise"):
        table = by_leastsq(start_at(AT, (0.4, 0.3)), IMAGE, 13, constraints=constraint)
    np.testing.assert_allclose(places(table), AT, atol=0.02)


@BOTH
@pytest.mark.parametrize("image", [np.zeros((64, 64)), np.full((64, 64), np.nan), np.full((64, 64), 7.0)])
@pytest.mark.parametrize("mode", ["const", "global"])
def test_an_image_that_shows_nothing_raises_nothing(fit, image: np.ndarray, mode: str) -> None:
    with np.errstate(all="raise"):
        table = fit(start_at(AT, (0.4, 0.3)), image, 13, param_mode={"size": mode})
    assert not table["ok"].any()
    assert (table["reason"] != "").all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 20), (3, 3)])
def test_an_image_smaller_than_a_mask_raises_nothing(shape: tuple[int, int]) -> None:
    with np.errstate(all="raise"):
        table = by_refine(start_at([(0.0, 0.0)]), np.ones(shape), 13)
    assert not table["ok"].any()
