"""The nanoparticle mixture of sphero-vem 0.1, under its own names and with its own results.

For those who have worked with sphero-vem and want the same numbers, and as the yardstick of the
calibrated mode, which is the better choice for new work. The same stores, configurations and
model files are read and written, and histograms, mixture weight, iteration count, posterior and
labels equal the original's bit for bit.

What crashed or misled there and does not here
----------------------------------------------
- ``predict`` ended in an AttributeError, and so did the configuration in the first release.
- A slice without background pixels ended the fit; it now adds nothing to the background. When
  the whole stack has none, a `FitError` says so.
- Types other than uint8, and wrong axes, failed inside NumPy; they are refused in words.
- ``save`` failed when the folder did not exist, and after ``load``; thresholds and summary are now
  restored. A model can be loaded for another store than the one it was fitted to (`root_path`).
- A path that does not exist became an empty store; it is an error. Outputs are written aside and
  put in place when they are whole.
- Reaching `max_iter` was silent; `NotSettledWarning` and ``settled`` say so.
- ``(50.0, 10, 10)`` did not find the array ``50-10-10``; it does.

What is doubtful there and kept here
------------------------------------
- The mixture is not identifiable: with the background held fixed, every weight up to
  ``min(p_stack / p_bg)`` has the same likelihood, and `halo_pad`, `nll_tol` and `max_iter` decide
  where the iteration stops. Posteriors are several times too high at the defaults.
- ``nit`` is the index of the last iteration, one less than their number.
- Background counts end at the upper threshold, so that pixels above it are particles whatever the
  data: 0.2 % of a stack without particles is labeled.
- The posterior is not monotone in intensity: bright values that were rare in the fit get low ones.
- When more than 0.5 % of the pixels are saturated no seed can exist, and the halo is off.
- One background for all slices: changes in brightness between them are not followed.
- Black borders left by registration count in everything; only `fit_documented` takes a mask.
- Seeds are brighter than the lower threshold, the first particle component includes it, and the
  halo counts as particles in the first weight.
- `posterior_th` is stored and used nowhere.
- Labels: closing takes everything beyond the border as background and so deletes foreground
  within `radius` of all six faces (a stack of one slice comes out empty); the ball counts voxels
  whatever the spacing; the threshold is rounded to float16 (0.9999 becomes 1).
- The metadata of labels leave out the threshold, and the ``multiscales`` attribute lies where
  sphero-vem looks for it, not where OME-Zarr 0.5 wants it. Use `specks.io` to write OME-Zarr.

References
----------
sphero-vem, https://pypi.org/project/sphero-vem (MIT license).
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
