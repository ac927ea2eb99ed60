"""Files as Dask arrays."""

import numpy as np
import pytest

from specks.io import open_image
from specks.io.lazy import as_dask


@pytest.mark.parametrize("index", [(1,), (1, slice(2, 5)), (slice(0, 2), 3), (2, 3, 4), (-1,)])
def test_a_lazy_file_is_cut_like_an_array(tmp_path, index) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (3, 12, 13)).astype(np.uint8)
    np.save(tmp_path / "stack.npy", pixels)
    lazy = as_dask(open_image(tmp_path / "stack.npy", axes="tyx"))
    np.testing.assert_array_equal(lazy[index].compute(), pixels[index])
