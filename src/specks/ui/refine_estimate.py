"""Settings for features of an image, from what stands out in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from specks.mixture.estimate import guess_particles
from specks.refinement import locate, refine
from specks.refinement.finding.mass_cut import mass_cut
from specks.ui.diameters import FITTING, LOCATING, apart_of, odd
from specks.ui.request import Estimate, Request

__all__ = ["estimate_features"]

#: Clarity of a guess from which it is used; that of noise alone is up to about 1.
CLEAR = 1.5
#: Features at most whose common size is fitted.
FITTED = 200
NOTHING = "Nothing stands out clearly; the settings stay as they are"
#: The largest size, as a part of the width that is seen.
LARGEST = 0.6
#: Pixels by which features are located in more than twice their size: in less, noise has as much mass.
SPARE = 0.5


def estimate_features(request: Request) -> Estimate:
    """Diameter, mass and polarity of features in one frame.

    Parameters
    ----------
    request : Request
        Of `specks.locate` on that frame.

    Returns
    -------
    Estimate
        With the settings of `specks.locate`, and ``refine_diameter``.
    """
    source = request.main.source
    guess = guess_particles(source)
    if guess is None or guess.clarity < CLEAR:
        return Estimate({}, NOTHING)
    seen, invert = guess.diameter, guess.sign < 0
    width = odd(seen)
    count, cut, size = _tried(source, width, invert, seen)
    if size is not None and odd(LOCATING * size + SPARE) != width:
        other = odd(LOCATING * size + SPARE)
        more = _tried(source, other, invert, seen)
        if cut and more[1] and more[0] >= count:  # two that touch are told apart in no larger width
            width, (count, cut, size) = other, more
    values: dict[str, Any] = {"diameter": width, "invert": invert, "minmass": cut or None}
    values["refine_diameter"] = odd(FITTING * size if size is not None else FITTING * width / LOCATING, 5)
    if not count:
        return Estimate({}, NOTHING)
    what = "dark" if invert else "bright"
    words = f"size {size:.3g} px" if size is not None else f"about {width} px wide"
    return Estimate(values, f"{count} {what} features in this frame, {words}")


def _tried(source: Any, width: int, invert: bool, seen: float) -> tuple[int, float, float | None]:
    """How much a width locates, from which mass on, and its size; two that touch are no large one."""
    found = _located(source, width, invert)
    cut = mass_cut(found["mass"].to_numpy(float))
    kept = found[found["mass"] > cut]
    size = _size(source, kept, width)
    return len(kept), cut, None if size is None else min(size, LARGEST * seen)


def _located(source: Any, width: int, invert: bool) -> Any:
    return locate(source, width, separation=apart_of(width), invert=invert)


def _size(source: Any, found: Any, width: int) -> float | None:
    """The size that features have in common; of very many, those in the middle with all their neighbors."""
    if not len(found):
        return None
    places = found[[axis for axis in "zyx" if axis in found]]
    away = ((places - places.median()) ** 2).sum(axis=1).to_numpy()
    some = found.iloc[np.argsort(away)[:FITTED]].drop(columns="size", errors="ignore")
    table = refine(some, source, odd(FITTING * width / LOCATING, 5), size="global").table
    names = [name for name in table.columns if name == "size" or name in ("size_y", "size_x")]
    sizes = table.loc[table["ok"], names].to_numpy(float)
    size = float(np.median(sizes)) if sizes.size else np.nan
    return size if np.isfinite(size) and 0.5 <= size <= 4 * width else None
