"""Refine the positions of features by a fit of what they look like: the step."""

from __future__ import annotations

import dataclasses
import math
from typing import Annotated, Any, Literal

import numpy as np

from specks._core.corrections import as_corrections
from specks._core.progress import Steps
from specks._core.provenance import Provenance, fingerprint
from specks._core.source import Source
from specks._core.step import step
from specks._core.types import CorrectionLog, Image, Param, PerAxis, Runtime, Table
from specks.refinement._ask import Ask
from specks.refinement._diameter import find_diameter
from specks.refinement._plan import LEAST_SIZE, Settings, frame_column, per_axis
from specks.refinement._profile import as_profile
from specks.refinement._result import Refined, refined
from specks.refinement.asked.images import frames_of
from specks.refinement.asked.rows import position_names

__all__ = ["refine"]


@step("Refine features")
def refine(
    f: Table,
    images: Image,
    diameter: Annotated[PerAxis | Literal["auto"], Param(ge=2, unit="px")],
    profile: Annotated[
        Literal["gauss", "ring", "disc", "inv_series_1", "inv_series_2", "inv_series_3"], Param(objects=True)
    ] = "gauss",
    size: Literal["global", "frame", "cluster", "var", "const"] = "global",
    signal: Literal["var", "cluster", "frame", "global", "const"] = "var",
    tails: Annotated[Literal["full", "mask"], Param(advanced=True)] = "full",
    loss: Annotated[Literal["linear", "soft_l1", "cauchy", "poisson"], Param(advanced=True)] = "linear",
    gain: Annotated[float, Param(gt=0, advanced=True)] = 1.0,
    offset: Annotated[float, Param(advanced=True)] = 0.0,
    param_mode: Annotated[dict[str, Any] | None, Param(advanced=True)] = None,
    param_val: Annotated[dict[str, Any] | None, Param(advanced=True)] = None,
    constraints: Annotated[dict[str, Any] | None, Param(advanced=True, objects=True)] = None,
    bounds: Annotated[dict[str, Any] | None, Param(advanced=True)] = None,
    corrections: CorrectionLog | None = None,
    *,
    separation: Annotated[PerAxis | None, Param(gt=0, unit="px", advanced=True)] = None,
    axes: Annotated[str | None, Param(advanced=True)] = None,
    channel: Annotated[int | None, Param(advanced=True)] = None,
    executor: Runtime = None,
    cancel: Runtime = None,
) -> Steps[Refined]:
    """Refine the positions of features by a fit of what they look like.

    Features that touch are fitted together. Background and signal are estimated from the image where the
    fit begins.

    Parameters
    ----------
    f : pandas.DataFrame
        One row a feature: ``frame``, ``y``, ``x`` (and ``z``) in pixels, such as `locate` gives.
    images : array ([t,] [z,] y, x), path or Source
        Frames, read one at a time.
    diameter : float, tuple of float or "auto"
        Of the mask around each feature, in pixels; best 4 to 5 times the size of a feature. "auto" takes the odd number
        nearest to 4.5 times the size of the features that stand most alone.
    profile : {"gauss", "ring", "disc", "inv_series_1", "inv_series_2", "inv_series_3"} or Profile
        How bright a feature is at a distance from its center.
    size : {"global", "frame", "cluster", "var", "const"}
        Whether all features have one size, those of a frame, of a cluster, each its own, or the one in `f`.
    signal : {"var", "cluster", "frame", "global", "const"}
        The same of their brightness.
    tails : {"full", "mask"}
        Whether a feature is seen in the masks of all others of its cluster, or ends at its own.
    loss : {"linear", "soft_l1", "cauchy", "poisson"}
        "poisson" weighs pixels by their shot noise; "soft_l1" and "cauchy" let outliers count little.
    gain, offset : float
        Gray levels an event, and those of none, for the loss "poisson".
    param_mode : mapping, optional
        Modes of single parameters, such as ``{"size": "var"}``; wins over `size` and `signal`.
    param_val : mapping, optional
        Values of parameters in place of those in `f`.
    constraints : mapping, optional
        Arrangement of clusters, such as ``{"dimer": 6.0}``; also a sequence of constraints, such as
        `specks.refinement.constraints` makes.
    bounds : mapping, optional
        Bounds of parameters: ``{"signal": (0, 500), "x_diff": 2, "size_rel_diff": 0.3}``.
    corrections : Corrections, optional
        Points added, moved and deleted by hand.
    separation : float or tuple of float, optional
        Features closer than this are fitted together, in pixels; the diameter when not given.
    axes : str, optional
        What the axes of the images mean.
    channel : int, optional
        Which channel of images that have several.
    executor : concurrent.futures.Executor, optional
        Where clusters are fitted; threads of this process when not given. It changes no bit of the result.
    cancel : object, optional
        With a method ``is_set``, such as `threading.Event`: no further frame is begun once it is set. Rows of frames that
        were not begun keep what they came with; their `reason` is "not_run".

    Returns
    -------
    Refined

    Raises
    ------
    InputError
        When table, images and settings do not fit together.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import specks
    >>> y, x = np.mgrid[:64, :64]
    >>> image = 10 + 150 * np.exp(-((y - 30.25) ** 2 + (x - 28.5) ** 2) / 9)
    >>> f = pd.DataFrame({"y": [30.0], "x": [29.0], "size": [3.0]})
    >>> specks.refine(f, image, diameter=13).table[["y", "x", "signal"]].round(3).values.tolist()
    [[30.25, 28.5, 150.0]]
    """
    names = position_names(f, None)
    frame = frame_column(f, "frame")
    frames = frames_of(images, len(names), axes, channel, np.zeros(0, np.int64) if frame is None else frame)
    automatic = diameter == "auto"
    width = (3.0,) * len(names) if automatic else per_axis(diameter, len(names), "diameter")
    settings = Settings(
        diameter=width,
        separation=width if separation is None else per_axis(separation, len(names), "separation"),
        profile=as_profile(profile),
        tails=tails,
        loss=loss,
        gain=gain,
        offset=offset,
        modes={"background": "cluster", "signal": signal, "pos": "var", "size": size},
        param_mode=param_mode,
        param_val=param_val,
        constraints=constraints,
        bounds=bounds,
        default_bounds={"size": (LEAST_SIZE, math.inf)},
        doubts=True,
        signed=True,
        max_shift=0.5,
    )
    ask = Ask(frames, settings, executor=executor, cancel=cancel)
    if automatic:
        found = yield from find_diameter(f, ask)
        width = (found,) * len(names)
        apart = width if separation is None else settings.separation
        settings = dataclasses.replace(settings, diameter=width, separation=apart)
        ask = dataclasses.replace(ask, settings=settings)
    log = as_corrections(corrections)
    source = frames.images
    inputs = {"images": fingerprint(source)} if isinstance(source, Source) else {}
    return (yield from refined(f, ask, log, Provenance(inputs=inputs)))
