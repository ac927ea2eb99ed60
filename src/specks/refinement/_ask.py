"""How a table is fitted, whatever its rows: what a refit does again."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from specks._core.progress import Progress
from specks.refinement._plan import Plan, Settings, frame_column, make_plan
from specks.refinement._run import Cancel, Found, fit_frames
from specks.refinement._run_all import fit_all
from specks.refinement.asked.images import Frames
from specks.refinement.fit.arrays import Ints

if TYPE_CHECKING:
    import pandas as pd

    from specks.refinement._result import Known

__all__ = ["Ask"]


@dataclass(frozen=True, eq=False)
class Ask:
    """Images and settings.

    Parameters
    ----------
    frames : Frames
    settings : Settings
    t_column : str
        Column of the frame.
    pos_columns : sequence of str, optional
        Columns of the positions.
    executor : concurrent.futures.Executor, optional
        Where clusters are fitted; threads of this process when not given.
    cancel : object, optional
        With a method ``is_set``, such as `threading.Event`: no further frame is begun once it is.
    """

    frames: Frames
    settings: Settings
    t_column: str = "frame"
    pos_columns: Sequence[str] | None = None
    executor: Executor | None = None
    cancel: Cancel | None = None
    said: tuple[str, ...] = ()

    def plan(self, table: pd.DataFrame, frame: Ints | None = None) -> Plan:
        """What is to be fitted of a table, whose rows lie in these frames where that is known."""
        frame = frame_column(table, self.t_column) if frame is None else frame
        if frame is None:
            frame = np.full(len(table), self.frames.only or 0)
        return make_plan(table, frame, self.frames, self.settings, self.pos_columns)

    def fit(self, plan: Plan, before: Known | None = None) -> Generator[Progress, None, Found]:
        """Fit a plan, keeping of an earlier fit what begins as it did there."""
        if plan.shares == "global":
            return (yield from fit_all(plan, self.executor, self.cancel))
        earlier = None if before is None else (before.plan, before.found)
        return (yield from fit_frames(plan, earlier, self.executor, self.cancel))
