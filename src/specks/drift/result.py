"""How a sample drifted: the table, and what it takes to solve again."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from specks._core.corrections import Corrections, as_corrections, same_records
from specks._core.errors import InputError
from specks._core.progress import Progress, drain
from specks._core.provenance import Provenance
from specks._core.source import Source
from specks._core.types import Table
from specks.drift.against_others import FIELD
from specks.drift.by_hand import LOOKING, ByHand, check_corrections
from specks.drift.documented import settle_plainly
from specks.drift.measured import Measurements
from specks.drift.residual import residual_table, turning
from specks.drift.solution import NO_COMMON_DRIFT, Solution, settle
from specks.drift.solve import Placement

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Drift", "doubts", "drift_of", "drift_table"]


@dataclass(frozen=True, eq=False, repr=False)
class Drift:
    """How far the sample has moved, frame by frame.

    Made by `estimate_drift`, `drift_from_tracks` or `load`; never by hand.

    Parameters
    ----------
    table : pandas.DataFrame
        Index ``frame``. ``y, x`` (``z, y, x``): displacement since the first good frame in pixels, so that
        corrected position = position - drift; ``y_std, x_std``: its standard error; ``ok``: whether the frame
        can be trusted, others are interpolated; ``reason``: why not.
    axes : str
        ``"yx"`` or ``"zyx"``.
    corrections : Corrections
        What was corrected by hand.
    provenance : Provenance
        Where it came from.
    measurements : Measurements, optional
        How frames lie against each other; None for a drift that was read from a bare table.
    settings : mapping
        How `estimate_drift` was called, to look again.
    source : Source, optional
        The images.

    Examples
    --------
    >>> import specks
    >>> import specks.synth
    >>> made = specks.synth.drifting_series("mask_easy", frames=4, shape=(96, 96))
    >>> drift = specks.estimate_drift(made.images)
    >>> bad = drift.refit(specks.Corrections().add("bad_frame", frame=2))
    >>> bad.table["ok"].tolist(), bad.table["reason"][2]
    ([True, True, False, True], 'marked bad by hand')
    """

    table: Table
    axes: str
    corrections: Corrections = field(default_factory=Corrections)
    provenance: Provenance = field(default_factory=Provenance)
    measurements: Measurements | None = field(default=None, repr=False)
    settings: dict[str, Any] = field(default_factory=dict, repr=False)
    source: Source | None = field(default=None, repr=False)
    #: Endings of the files that `save` writes, the usual one first.
    suffixes: ClassVar[tuple[str, ...]] = (".json", ".csv")

    def __repr__(self) -> str:
        return f"<Drift: {self.summary()}>"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons not to trust it, as sentences."""
        return self.provenance.warnings

    @property
    def shifts(self) -> Any:
        """Displacements as a float64 array (frame, axis), in the order of `axes`."""
        return self.table[list(self.axes)].to_numpy(np.float64)

    @property
    def residuals(self) -> pd.DataFrame:
        """What a single shift a frame does not explain: ``frame``, the middle ``y, x`` of each part of it, and how
        much farther that part is displaced (``y_residual, x_residual``), in pixels; empty when nothing was refined.
        """
        measured = self.measurements
        if measured is None or measured.joint is None:
            return residual_table(np.empty((0, FIELD**2, 3)), np.ones(3), np.ones(3), self.axes)
        return residual_table(measured.joint.field, measured.size, measured.factors, self.axes)

    def summary(self) -> str:
        """What was found, in a sentence."""
        ok = self.table["ok"].to_numpy()
        if not ok.any():
            return f"{NO_COMMON_DRIFT} in {len(ok)} frames"
        shifts = self.shifts
        farthest = float(np.linalg.norm(shifts, axis=1).max())
        text = f"the sample moved up to {farthest:.1f} px in {len(ok)} frames"
        errors = self.table.loc[ok, [f"{a}_std" for a in self.axes]].to_numpy()[1:]
        if errors.size:
            text += f", known to {float(np.median(np.linalg.norm(errors, axis=1))):.2g} px"
        return text

    def refit(self, corrections: Corrections | None = None) -> Drift:
        """The drift with other corrections: measurements stay, only the solution is found again.

        Where to look (`region`, `exclude_region`, `mask`) is different: then the images are read again.

        Parameters
        ----------
        corrections : Corrections, optional
            The whole log, not only what is new; none takes all corrections back.

        Returns
        -------
        Drift

        Raises
        ------
        CorrectionError
            When a correction does not fit, or contradicts another.
        InputError
            When it was read from a bare table, or the images are needed and not at hand.
        """
        return drain(self.refitting(corrections))

    def refitting(self, corrections: Corrections | None = None) -> Generator[Progress, None, Drift]:
        """What `refit` does, with progress on the way."""
        log = as_corrections(corrections)
        check_corrections(log, len(self.table), self.axes)
        if not same_records(log.of(*LOOKING), self.corrections.of(*LOOKING)):
            return (yield from self._look_again(log))
        if self.measurements is None:
            raise InputError(
                "this drift is a bare table, which cannot be solved again; estimate it from the images"
            )
        yield Progress(0, 1, "Solving")
        return drift_of(self.measurements, self.axes, log, self.provenance, self.settings, self.source)

    def _look_again(self, log: Corrections) -> Generator[Progress, None, Drift]:
        """Estimate anew, looking elsewhere."""
        from specks.drift.estimate import estimate_drift

        if self.source is None:
            raise InputError(
                "the images are needed to look elsewhere in them; estimate the drift from the images"
            )
        return (yield from estimate_drift.iterate(self.source, corrections=log, **self.settings))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it: ``.csv`` holds the table; ``.json`` also what it takes to correct it further.

        Parameters
        ----------
        path : path-like

        Raises
        ------
        UnsupportedFormatError
            For other endings.
        StoreError
            When it cannot be written; what stood there is left as it was.
        """
        from specks.drift.files import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Drift:
        """Read what `save` wrote, or a table of another program.

        A CSV file has the columns ``y, x`` or ``dy, dx`` (and z), in pixels by which the sample has moved;
        ``frame``, in any order, without which rows are frames 0, 1, 2, …; and if it likes ``y_std, x_std``
        or ``sigma``, ``ok`` and ``reason``. Standard errors are NaN where there are none. A frame that is
        missing is not guessed. Only a ``.json`` file can be solved again with other corrections.

        Parameters
        ----------
        path : path-like

        Raises
        ------
        NotFoundError
            When there is nothing at `path`.
        UnsupportedFormatError
            When it ends in anything but ``.json`` or ``.csv``.
        FileFormatError
            When it is no drift, or was damaged; frames that are missing or there twice are named.
        """
        from specks.drift.files import load

        return load(path)


def _turning(measurements: Measurements) -> tuple[str, ...]:
    joint = measurements.joint
    return () if joint is None else turning(joint.field, measurements.size)


def drift_of(
    measurements: Measurements,
    axes: str,
    corrections: Corrections,
    provenance: Provenance,
    settings: dict[str, Any],
    source: Source | None,
    untouched: Placement | None = None,
) -> Drift:
    """Solve, and say it in a table; `untouched` is where frames are while no hand says otherwise, when that is known."""
    hand = ByHand.of(corrections, len(measurements.faults))
    plain = settings.get("method") == "pairs"
    solution = settle_plainly(measurements, hand) if plain else settle(measurements, hand, untouched)
    warnings = (*measurements.hints, *doubts(solution), *_turning(measurements))
    told = dataclasses.replace(provenance, warnings=warnings).corrected(corrections)
    return Drift(drift_table(solution, axes), axes, corrections, told, measurements, settings, source)


def drift_table(solution: Solution, axes: str) -> pd.DataFrame:
    """A row a frame."""
    import pandas as pd

    chosen = ["zyx".index(a) for a in axes]
    columns: dict[str, Any] = {a: solution.shifts[:, i] for a, i in zip(axes, chosen, strict=True)}
    columns |= {f"{a}_std": solution.errors[:, i] for a, i in zip(axes, chosen, strict=True)}
    columns |= {"ok": solution.ok, "reason": list(solution.reasons)}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(solution.ok), name="frame"))


def doubts(solution: Solution) -> tuple[str, ...]:
    """Why a solution should not be believed, as sentences."""
    lost = np.flatnonzero(~solution.ok)
    if len(lost) == len(solution.ok):
        return (f"{NO_COMMON_DRIFT}: frames show too little that moves together",)
    if not len(lost):
        return ()
    named = ", ".join(map(str, lost[:10])) + (f" and {len(lost) - 10} more" if len(lost) > 10 else "")
    return (
        f"frame{'s' * (len(lost) != 1)} {named} cannot be trusted; {'they are' if len(lost) != 1 else 'it is'} interpolated",
    )
