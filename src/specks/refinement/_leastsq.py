"""The call that trackpy and clustertracking document, with their defaults."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.checks import nearest
from specks._core.errors import InputError
from specks._core.progress import drain
from specks.refinement._ask import Ask
from specks.refinement._plan import LEAST_SIZE, Settings, frame_column, per_axis
from specks.refinement._profile import as_profile
from specks.refinement._table import fitted_table
from specks.refinement._verdict import judge
from specks.refinement.asked.images import frames_of_reader
from specks.refinement.asked.rows import position_names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["refine_leastsq"]

#: What the minimizer of the original takes; the engine needs none of it.
MINIMIZER = ("method", "tol", "options")
#: What is found of a feature where nothing is said.
DEFAULT_MODES = {"background": "cluster", "signal": "var", "pos": "var"}


def refine_leastsq(
    f: pd.DataFrame,
    reader: Any,
    diameter: float | Sequence[float],
    separation: float | Sequence[float] | None = None,
    fit_function: Any = "gauss",
    param_mode: Mapping[str, Any] | None = None,
    param_val: Mapping[str, Any] | None = None,
    constraints: Any = None,
    bounds: Mapping[str, Any] | None = None,
    pos_columns: Sequence[str] | None = None,
    t_column: str = "frame",
    noise_size: float | Sequence[float] | None = None,
    threshold: float | None = None,
    max_iter: int = 10,
    max_shift: float = 1.0,
    max_rms_dev: float = 1.0,
    residual_factor: float = 100000.0,
    compute_error: bool = False,
    **kwargs: Any,
) -> pd.DataFrame:
    """Refine features as clustertracking and trackpy document it, by the engine of `refine`.

    Features end at their own masks, background, signal and size are not negative, and a fit begins where the
    table says. `refine` has defaults that fit better.

    Parameters
    ----------
    f : pandas.DataFrame
        Positions ``y, x`` (and ``z``) in pixels, ``signal`` and ``size`` (``size_y``, ``size_x``, … where the
        diameter differs between axes), and ``background`` (0 when missing). It is not changed.
    reader : array, path, Source, or reader of pims
        One image, or frames that are indexed by `t_column`.
    diameter : float or sequence of float
        Of the mask around each feature, in pixels, (z,) y, x; halved and rounded down.
    separation : float or sequence of float, optional
        Features closer than this are fitted together; `diameter` when not given.
    fit_function : str or dict
        "gauss", "disc", "ring", "inv_series_<n>", or a dict with ``params``, ``func(r2, p, ndim)``, ``dfunc`` and
        ``default``.
    param_mode : mapping of str to str, optional
        "var", "const", "cluster", "global" or "frame" for each parameter, ``pos`` and ``size``; background "cluster",
        signal and positions "var", the others "const" where nothing is said.
    param_val : mapping of str to float, optional
        Values in place of what `f` says.
    constraints : sequence of dict, optional
        Such as `specks.refinement.constraints` makes.
    bounds : mapping, optional
        Absolute (``x``), as differences from the start (``x_diff``; trackpy's ``x_abs``) or as parts of it
        (``x_rel_diff``; as factors trackpy's ``x_rel``).
    pos_columns : sequence of str, optional
        Names of the columns of position.
    t_column : str
        Column of the frame; added as 0 where `f` has none.
    noise_size : float or sequence of float, optional
        Standard deviation of a Gaussian by which frames are blurred first, in pixels.
    threshold : float, optional
        Pixels that are not above it are 0 after that; 0 when only `noise_size` is given.
    max_iter : int
        How often pixels are collected around where features have gone.
    max_shift : float
        How far a feature goes, in pixels, before they are.
    max_rms_dev : float
        Largest root mean square of the residuals, as a part of the brightest pixel of the frame.
    residual_factor : float
        Without effect: the engine decides by relative changes.
    compute_error : bool
        Whether to add ``<parameter>_std``.
    **kwargs
        ``tol`` and ``options`` of the original's minimizer, without effect; ``method`` too, with a warning.

    Returns
    -------
    pandas.DataFrame
        The rows by frame with ``cluster``, ``cluster_size``, the parameters, ``cost``, ``rms``, ``chi``, ``ok`` and
        ``reason``. Rows that failed keep what they came with, and their ``cost`` is NaN.

    Raises
    ------
    InputError
        When table, images and settings do not fit together.

    References
    ----------
    .. [1] C. van der Wel, D. J. Kraft, "Automated tracking of colloidal clusters with sub-pixel accuracy and
       precision", Journal of Physics: Condensed Matter 29, 044001 (2017).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import specks
    >>> y, x = np.mgrid[:64, :64]
    >>> image = 10 + 150 * np.exp(-((y - 30.25) ** 2 + (x - 28.5) ** 2) / 9)
    >>> f = pd.DataFrame({"y": [30.0], "x": [29.0], "signal": [140.0], "size": [3.0]})
    >>> specks.refine_leastsq(f, image, 13)[["y", "x", "signal"]].round(3).values.tolist()
    [[30.25, 28.5, 150.0]]
    """
    _check_minimizer(kwargs)
    names = position_names(f, pos_columns)
    frame = frame_column(f, t_column)
    frames = frames_of_reader(reader, names, np.zeros(0, np.int64) if frame is None else frame)
    if noise_size is not None or threshold is not None:
        sigma = (0.0,) * len(names) if noise_size is None else per_axis(noise_size, len(names), "noise_size")
        if not all(0 <= s < math.inf for s in sigma):
            raise InputError(f"noise_size is {noise_size!r}; it must be 0 or more along each axis")
        frames = frames.blurred(sigma, 0.0 if threshold is None else threshold)
    width = per_axis(diameter, len(names), "diameter")
    settings = Settings(
        diameter=width,
        separation=width if separation is None else per_axis(separation, len(names), "separation"),
        profile=as_profile(fit_function, "fit_function"),
        tails="mask",
        modes=DEFAULT_MODES,
        param_mode=param_mode,
        param_val=param_val,
        bounds=bounds,
        constraints=constraints,
        required=("signal", *(("size",) if len(set(width)) == 1 else tuple(f"size_{n}" for n in names))),
        default={"background": 0.0},
        default_bounds={"background": (0.0, math.inf), "signal": (0.0, math.inf), "size": (LEAST_SIZE, math.inf)},
        alike=True,
        max_iter=int(max_iter),
        max_shift=float(max_shift),
        max_rms_dev=float(max_rms_dev),
    )  # fmt: skip
    del residual_factor
    ask = Ask(frames, settings, t_column, pos_columns)
    plan = ask.plan(f, frame)
    wanted = plan.deviations if compute_error else ()
    found = drain(ask.fit(plan))
    table = fitted_table(f, t_column, plan, found, judge(plan, found), wanted)
    return table if (np.diff(plan.rows.order) > 0).all() else table.iloc[_by_frame(table, t_column)]


def _by_frame(table: pd.DataFrame, t_column: str) -> npt.NDArray[np.intp]:
    """The order of the original: by frame, then as the rows stood."""
    return np.argsort(table[t_column].to_numpy(), kind="stable")


def _check_minimizer(kwargs: Mapping[str, Any]) -> None:
    """Refuse what the original's minimizer does not take either."""
    unknown = [name for name in kwargs if name not in MINIMIZER]
    if unknown:
        raise InputError(
            [f"no parameter {name!r}{nearest(name, (*MINIMIZER, *_PARAMETERS))}" for name in unknown]
        )
    if "method" in kwargs:
        warnings.warn(
            f"method={kwargs['method']!r} is without effect: the engine has one way to fit", stacklevel=3
        )


_PARAMETERS = tuple(refine_leastsq.__code__.co_varnames[: refine_leastsq.__code__.co_argcount])
