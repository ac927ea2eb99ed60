"""What refinement gives: a table, and from it models, residuals and refits."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections, as_corrections
from specks._core.errors import InputError
from specks._core.progress import Progress, drain
from specks._core.provenance import Provenance
from specks._core.types import Points
from specks._core.words import counted
from specks.refinement._by_hand import corrected_table
from specks.refinement._plan import Plan
from specks.refinement._reasons import REASONS
from specks.refinement._run import Found
from specks.refinement._table import fitted_table
from specks.refinement._told import told
from specks.refinement._verdict import holds, judge
from specks.refinement._warned import warned

if TYPE_CHECKING:
    import pandas as pd

    from specks.refinement._ask import Ask

__all__ = ["Known", "Refined", "refined"]


@dataclass(frozen=True, eq=False)
class Known:
    """What a refit goes on from.

    Parameters
    ----------
    table : pandas.DataFrame
        The caller's table, before corrections.
    edited : pandas.DataFrame
        The same after them.
    ask : Ask
        How plans are made.
    plan : Plan
    found : Found
    """

    table: pd.DataFrame
    edited: pd.DataFrame
    ask: Ask
    plan: Plan
    found: Found


@dataclass(frozen=True, eq=False, repr=False)
class Refined:
    """What `refine` finds.

    Parameters
    ----------
    table : pandas.DataFrame
        The caller's rows, index and order (without what was deleted, and with what was added by hand behind):
        ``frame``, ``cluster``, ``cluster_size``, ``background``, ``signal``, positions, sizes and what else the
        profile has, ``<name>_std``, ``cost`` (root mean square of the residuals, as a part of the brightest
        pixel), ``rms`` (the same in gray levels), ``chi`` (in standard deviations of the noise), ``ok`` and
        ``reason``. Positions and sizes are pixels.
    provenance : Provenance
        Where it came from.
    corrections : Corrections
        What was said by hand.
    known : Known
        What a refit goes on from.
    """

    table: Points
    provenance: Provenance
    corrections: Corrections = field(default_factory=Corrections)
    known: Known | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<Refined: {self.summary()}>"

    @property
    def diameter(self) -> tuple[float, ...]:
        """Diameter of the masks along each axis, in pixels."""
        return self._known().plan.settings.diameter

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons not to trust it, as sentences."""
        return self.provenance.warnings

    def summary(self) -> str:
        """What was found, in a sentence."""
        table = self.table
        frames = int(table["frame"].nunique()) if "frame" in table.columns else 1
        failed = int((~table["ok"]).sum())
        clusters = int(table["cluster"].nunique())
        text = (
            f"{counted(len(table), 'feature')} in {counted(clusters, 'cluster')}, {counted(frames, 'frame')}"
        )
        return text + (f"; {failed} failed" if failed else "")

    def explain(self, row: Any) -> str:
        """Why a row is not to be trusted, or what is to be known of it, as sentences.

        Parameters
        ----------
        row : object
            Its label in the index of the table.

        Returns
        -------
        str
            Empty when there is nothing to say.

        Raises
        ------
        InputError
            When there is no such row, or it bears the label of another too.
        """
        known = self._known()
        places = np.flatnonzero(np.asarray(self.table.index == row))
        if len(places) != 1:
            many = "no row" if not len(places) else f"{len(places)} rows"
            raise InputError(f"the table has {many} with the label {row!r}; explain takes the label of one")
        at = int(np.flatnonzero(known.plan.rows.order == places[0])[0])
        said = holds(known.plan, known.found)
        return " ".join(told(code, known.plan, known.found, at) for code in REASONS if said[code][at])

    def model(self, frame: int) -> npt.NDArray[np.float64]:
        """What the fit says that a frame looks like.

        Parameters
        ----------
        frame : int

        Returns
        -------
        array (y, x) or (z, y, x) of float64
            Features as far as they shine; under them the background of their cluster within its masks, and the
            usual background of the frame elsewhere.

        Raises
        ------
        InputError
            When there is no such frame.
        """
        from specks.refinement._drawn import drawn

        known = self._known()
        self._check_frame(known, frame)
        return drawn(known.plan, known.found, frame)

    def residual(self, frame: int) -> npt.NDArray[np.float64]:
        """What a frame shows beyond the model.

        Parameters
        ----------
        frame : int

        Returns
        -------
        array (y, x) or (z, y, x) of float64

        Raises
        ------
        InputError
            When there is no such frame.
        """
        model = self.model(frame)
        return self._known().plan.frames.read(frame).astype(np.float64) - model

    def refit(self, corrections: Corrections | None = None) -> Refined:
        """The result with other corrections; only clusters that they touch are fitted again.

        It is what `refine` finds with these corrections, bit for bit. Where parameters are shared by all features, all
        are fitted again; where by those of a frame, all of that frame.

        Parameters
        ----------
        corrections : Corrections, optional
            The whole log, not only what is new; none takes all corrections back. Kinds are ``point_add``,
            ``point_move`` and ``point_delete``; a point is named by where its fit began.

        Returns
        -------
        Refined

        Raises
        ------
        CorrectionError
            When a correction names a point that is not there.
        """
        return drain(self.refitting(corrections))

    def refitting(self, corrections: Corrections | None = None) -> Generator[Progress, None, Refined]:
        """What `refit` does, with progress on the way."""
        log = as_corrections(corrections)
        known = self._known()
        return (yield from refined(known.table, known.ask, log, self.provenance.corrected(log), known))

    def _known(self) -> Known:
        if self.known is None:
            raise InputError("this result does not know its images any more; run refine again")
        return self.known

    @staticmethod
    def _check_frame(known: Known, frame: int) -> None:
        fault = known.plan.frames.fault(frame)
        if fault:
            raise InputError(fault)


def refined(
    table: pd.DataFrame,
    ask: Ask,
    corrections: Corrections,
    provenance: Provenance,
    before: Known | None = None,
) -> Generator[Progress, None, Refined]:
    """Fit a table after corrections, keeping of `before` what they do not touch."""
    edited = corrected_table(table, corrections, ask)
    plan = ask.plan(edited)
    found = yield from ask.fit(plan, before)
    verdict = judge(plan, found)
    result = fitted_table(edited, ask.t_column, plan, found, verdict, plan.deviations)
    provenance = dataclasses.replace(provenance, warnings=warned(plan, found, verdict))
    return Refined(result, provenance, corrections, Known(table, edited, ask, plan, found))
