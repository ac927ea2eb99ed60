"""Numbers that sphero-vem 0.3.0 itself gave for a stack made of whole numbers only."""

from __future__ import annotations

import numpy as np
import pytest
import zarr

from specks.mixture.documented import NanoparticleSegConfig, NanoparticleSegmentation, label_nanoparticles


def stack_of():
    """Noise from raw bits, whose sequence is fixed for good, and twelve bright boxes."""
    raw = np.random.PCG64(7).random_raw(5 * 64 * 96)
    stack = 45 + raw.view(np.uint8).reshape(5, 64, 96, 8).sum(axis=-1, dtype=np.int64) // 24
    for k in range(12):
        z, y, x = k % 5, (k * 23) % 58, (k * 37) % 88
        stack[z : z + 2, y : y + 4, x : x + 5] += 70 + 5 * k
    return stack.astype(np.uint8)


def test_the_original_found_the_same(tmp_path) -> None:
    root = zarr.open_group(tmp_path / "s.zarr", mode="w")
    images = root.create_array("images/50-10-10", data=stack_of(), chunks=(1, 64, 96))
    images.attrs.update(spacing=[50, 10, 10], processing=[], inputs=[])
    config = NanoparticleSegConfig(
        tmp_path / "s.zarr",
        "50-10-10",
        percent_th_low=98.0,
        percent_th_high=99.0,
        halo_pad=3,
        min_size=6,
        nll_tol=1e-6,
    )
    found = NanoparticleSegmentation(config)
    found.fit()
    found.predict()
    label_nanoparticles(tmp_path / "s.zarr", (50, 10, 10), 0.9, min_size=4)

    assert (found.th_low, found.th_high, found.hist_bg.sum()) == (109, 172, 28606)
    assert found.summary_fit["nit"] == 19
    assert found.summary_fit["w_bg"] == pytest.approx(0.9854744558474972, rel=1e-12)
    assert found.summary_fit["nll"] == pytest.approx(3.6625166111147975, rel=1e-12)
    posterior = root["labels/nps/posterior/50-10-10"][:].astype(float)
    assert posterior.sum() == pytest.approx(445.9372013807297, rel=1e-6)
    assert (posterior >= 0.5).sum() == 440
    sizes = np.bincount(root["labels/nps/masks/50-10-10"][:].ravel())
    assert sizes.tolist() == [30428, 12, 40, 40, 40, 20, 20, 40, 40, 20, 20]
