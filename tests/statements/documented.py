"""The original nanoparticle mixture in plain NumPy, SciPy and scikit-image: the oracle of its fast form.

Written from its description, one function a paragraph, whole arrays in memory, nothing clever.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import minimize_scalar
from skimage import measure, morphology

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class Fit(NamedTuple):
    """What `fit` finds."""

    hist_stack: Counts
    hist_bg: Counts
    p_stack: Floats
    p_bg: Floats
    p_np: Floats
    th_low: int
    th_high: int
    w_bg: float
    nll: float
    nit: int


def counts_of(image: NDArray[np.uint8], mask: NDArray[np.bool_] | None = None) -> Counts:
    """Pixels of each value."""
    pixels = image.ravel() if mask is None else image[mask]
    return np.bincount(pixels, minlength=256).astype(np.int64)


def pmf(counts: NDArray[np.generic], eps: float) -> Floats:
    """Frequencies with a floor: floored first, then scaled to one."""
    if counts.sum() == 0:
        return np.full(256, 1 / 256)
    p = np.maximum(counts / counts.sum(), eps)
    return p / p.sum()


def quantile_bin(p: Floats, percent: float) -> int:
    """Smallest bin whose cumulated frequency reaches the percentage."""
    return int(np.searchsorted(np.cumsum(p), percent / 100, side="left"))


def background_counts(
    image: NDArray[np.uint8],
    th_low: int,
    th_high: int,
    min_size: int,
    halo: int,
    mask: NDArray[np.bool_] | None = None,
) -> Counts:
    """Pixels of one slice outside the grown boxes of its seeds and below the upper threshold."""
    seeds = image.astype(int) > th_low
    if mask is not None:
        seeds &= mask
    labels, _ = ndimage.label(seeds, structure=np.ones((3, 3)))
    background = image.astype(int) < th_high
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        if np.count_nonzero(labels[box] == number) < min_size:
            continue
        background[tuple(slice(max(s.start - halo, 0), s.stop + halo) for s in box)] = False
    if mask is not None:
        background &= mask
    return counts_of(image, background)


def em(
    p_stack: Floats, p_bg: Floats, w_bg: float, th_low: int, eps: float, tol: float, max_iter: int
) -> tuple[Floats, float, float, int]:
    """Expectation maximization on the histogram with the background held fixed."""
    start = p_stack.copy()
    start[: min(th_low, 256)] = 0
    p_np = pmf(start, eps)
    before = np.inf
    for nit in range(max_iter):
        g = w_bg * p_bg / (w_bg * p_bg + (1 - w_bg) * p_np + eps)
        q = (1 - g) * p_stack
        if not q.sum() > eps:
            raise RuntimeError(f"collapsed at iteration {nit}")
        p_np = pmf(q, eps)
        w_bg = np.clip(np.sum(p_stack * g), eps, 1 - eps)
        nll = -np.sum(p_stack * np.log(w_bg * p_bg + (1 - w_bg) * p_np + eps))
        if before - nll < tol:
            break
        before = nll
    return p_np, float(w_bg), float(nll), nit


def fit(
    stack: NDArray[np.uint8],
    *,
    eps: float = 1e-12,
    nll_tol: float = 1e-10,
    max_iter: int = 10000,
    sampling_step: int = 1,
    percent_th_low: float = 99.5,
    percent_th_high: float = 99.8,
    halo_pad: int = 20,
    min_size: int = 20,
    mask: NDArray[np.bool_] | None = None,
) -> Fit:
    """Both histograms, both thresholds and the mixture of a (slice, y, x) stack."""
    images = stack[::sampling_step]
    masks = [None] * len(images) if mask is None else list(mask[::sampling_step])
    hist_stack = np.sum([counts_of(image, m) for image, m in zip(images, masks, strict=True)], axis=0)
    p_stack = pmf(hist_stack, eps)
    th_low, th_high = (quantile_bin(p_stack, q) for q in (percent_th_low, percent_th_high))
    hist_bg = np.sum(
        [
            background_counts(image, th_low, th_high, min_size, halo_pad, m)
            for image, m in zip(images, masks, strict=True)
        ],
        axis=0,
    )
    p_bg = pmf(hist_bg, eps)
    w_start = hist_bg.sum() / hist_stack.sum()
    p_np, w_bg, nll, nit = em(p_stack, p_bg, w_start, th_low, eps, nll_tol, max_iter)
    return Fit(hist_stack, hist_bg, p_stack, p_bg, p_np, th_low, th_high, w_bg, nll, nit)


def slice_weight(
    counts: Counts, p_np: Floats, p_bg: Floats, eps: float, beta_params: tuple[float, float]
) -> float:
    """Particle weight of one slice: the largest posterior under a Beta prior."""
    a, b = beta_params

    def loss(pi: float) -> float:
        data = np.sum(counts * np.log(pi * p_np + (1 - pi) * p_bg + eps))
        return float(-(data + (a - 1) * np.log(pi + eps) + (b - 1) * np.log(1 - pi + eps)))

    return float(minimize_scalar(loss, bounds=(0, 1), method="bounded").x)


def posterior_table(
    counts: Counts, p_np: Floats, p_bg: Floats, eps: float, beta_params: tuple[float, float]
) -> Floats:
    """Particle probability of each pixel value in one slice."""
    pi = slice_weight(counts, p_np, p_bg, eps, beta_params)
    return pi * p_np / (pi * p_np + (1 - pi) * p_bg + eps)


def posterior(
    stack: NDArray[np.uint8], found: Fit, eps: float = 1e-12, beta_params: tuple[float, float] = (1, 20)
) -> NDArray[np.float16]:
    """Particle probability of each voxel."""
    tables = [posterior_table(counts_of(image), found.p_np, found.p_bg, eps, beta_params) for image in stack]
    return np.stack([table[image] for table, image in zip(tables, stack, strict=True)]).astype(np.float16)


def labels(
    probability: NDArray[np.float16],
    threshold: float,
    radius: int = 1,
    connectivity: int = 2,
    min_size: int = 10,
) -> NDArray[np.int32]:
    """Particles of a posterior volume, numbered in raster order."""
    mask = probability >= np.float16(threshold)
    mask = ndimage.binary_closing(mask, morphology.ball(radius), border_value=0)
    found = measure.label(mask, connectivity=connectivity)
    sizes = np.bincount(found.ravel())
    keep = sizes >= min_size
    keep[0] = False
    number = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
    return number[found]
