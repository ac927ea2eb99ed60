"""Link objects of successive frames into tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from specks._core.corrections import as_corrections
from specks._core.errors import InputError
from specks._core.progress import Steps
from specks._core.provenance import Provenance
from specks._core.step import step
from specks._core.types import CorrectionLog, Param, PerAxis, Table
from specks.tracking._columns import position_columns
from specks.tracking._links import Links, linked
from specks.tracking._plan import Plan, Settings, make_plan
from specks.tracking._table import table_fingerprint

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["link"]

#: Share of links that are probably wrong from which on that is said.
DOUBTFUL = 0.05


@step("Link objects")
def link(
    table: Table,
    search_range: Annotated[PerAxis | None, Param(gt=0, unit="length")] = None,
    memory: Annotated[int, Param(ge=0, le=1000, unit="frames")] = 2,
    method: Literal["lap", "trackpy"] = "lap",
    adaptive_stop: Annotated[float | None, Param(gt=0, unit="length", advanced=True)] = None,
    adaptive_step: Annotated[float, Param(gt=0, le=0.999, advanced=True)] = 0.95,
    predictor: Annotated[Literal["drift", "nearest_velocity"] | None, Param(objects=True)] = None,
    splitting: bool = False,
    merging: bool = False,
    corrections: CorrectionLog | None = None,
    *,
    spacing: Annotated[PerAxis | None, Param(gt=0, advanced=True)] = None,
    units: Annotated[str | None, Param(advanced=True)] = None,
) -> Steps[Links]:
    """Link objects of successive frames into tracks.

    Links are chosen for all frames at once: of all sets in which an object has at most one
    predecessor and one successor, the likeliest. How far objects move, how much they change in size,
    and how often they are missed or invented is learned from the table.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an object and frame: ``frame``, ``y``, ``x`` (and ``z``) in pixels; in any order. Positions
        that are corrected for drift (``y_corrected``, ``x_corrected``, ``z_corrected``) are taken
        instead where the table has them. A ``radius``, ``equivalent_diameter``, ``area`` or
        ``volume`` helps to tell objects apart. A ``label`` names objects for corrections. A gap in
        ``frame_number`` counts as missing frames; the step that all have in common is one frame.
    search_range : float or tuple of float, optional
        How far from where an object is expected its successor may be; one number, or one an axis. Where
        links get less likely than none, by what was learned, when not given.
    memory : int
        For how many frames an object may be missing.
    method : {"lap", "trackpy"}
        "trackpy" links as trackpy does, frame by frame and by distance alone; all its lengths are
        pixels, and it needs a `search_range`.
    adaptive_stop : float, optional
        Where more than 15 objects hang together, the search range shrinks until they fall apart or
        it would get smaller than this.
    adaptive_step : float
        By what the search range is then multiplied.
    predictor : {"drift", "nearest_velocity"}, optional
        Where objects are expected: moved by what all have in common, or as their neighbors moved; where
        they were when not given. For "trackpy" also a predictor of trackpy.
    splitting : bool
        Whether one object may become several.
    merging : bool
        Whether several objects may become one.
    corrections : Corrections, optional
        Links that are confirmed, forbidden or drawn by hand. Only links of frames that they touch
        are chosen again.
    spacing : float or tuple of float, optional
        Size of a pixel along the axes of space; pixels when not given. Distances between objects
        are then physical ones.
    units : str, optional
        Unit of `spacing`, such as "nm"; lengths are in this unit (pixels of the finest axis without
        one).

    Returns
    -------
    Links
        ``.table`` is the table with ``particle`` and ``confidence``; tracks are numbered in the order in
        which they begin. At a split or a merge tracks end, and new ones begin.

    Raises
    ------
    InputError
        When the table lacks columns, names an object twice, or frames are no whole numbers from 0.
    CorrectionError
        When corrections name objects that are not there, or contradict each other.
    FitError
        When trackpy's adaptive search comes to its end.

    Notes
    -----
    The logarithmic odds of a link against none are those of a displacement (normal, with a share of
    wider ones, as wide as those that move farthest need), of a change in size, and of being missed for
    the frames between, against the density of objects that appear anew and the probability of being
    lost. They are learned by expectation and maximization with the probabilities that belief
    propagation gives [1]_; the likeliest set of links is found by shortest augmenting paths [2]_. The
    same probabilities are the ``confidence``. On synthetic movies with 15 % of the objects missing and
    15 % invented, as many links are right as it says, within some hundredths.

    References
    ----------
    .. [1] J. Williams, R. Lau, "Approximate evaluation of marginal association probabilities with belief
       propagation", IEEE Transactions on Aerospace and Electronic Systems 50, 2942-2959 (2014).
    .. [2] R. Jonker, A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
       assignment problems", Computing 38, 325-340 (1987).
    .. [3] J. C. Crocker, D. G. Grier, "Methods of digital video microscopy for colloidal studies", Journal of
       Colloid and Interface Science 179, 298-310 (1996): the rule of trackpy.

    Examples
    --------
    >>> import pandas as pd
    >>> import specks
    >>> objects = pd.DataFrame(
    ...     {"frame": [0, 0, 1, 1, 2], "y": [5.0, 30, 30.5, 5.2, 5.1], "x": [5.0, 8, 8.1, 5.3, 5.4]}
    ... )
    >>> links = specks.link(objects, search_range=3)
    >>> links.table["particle"].tolist()
    [0, 1, 1, 0, 0]
    >>> links.summary()
    '2 tracks of 5 objects in 3 frames'
    """
    settings = Settings(
        search_range,
        memory,
        method,
        adaptive_stop,
        adaptive_step,
        predictor,
        splitting,
        merging,
        spacing,
        units,
    )
    if predictor is not None and not isinstance(predictor, str) and method != "trackpy":
        raise InputError(
            f"predictor is {type(predictor).__name__}; method={method!r} takes 'drift', 'nearest_velocity' or None"
        )
    log = as_corrections(corrections)
    plan = yield from make_plan(table, settings)
    provenance = Provenance(inputs={"table": table_fingerprint(table)}, warnings=_warnings(table, plan))
    return (yield from linked(table, plan, log, provenance))


def _warnings(table: pd.DataFrame, plan: Plan) -> tuple[str, ...]:
    """What should be known about the links."""
    made = plan.after[plan.candidates.left] == plan.candidates.right
    doubt = 1 - float(plan.probability[made].mean()) if made.any() else 0.0
    found = []
    lost = len(table) - len(plan.rows)
    if lost:
        names = ", ".join(position_columns(table))
        found.append(
            f"{lost} of {len(table)} objects have no position ({names} are not finite); they belong to no track (particle -1)"
        )
    if plan.given_up:
        found.append(
            f"{plan.given_up} of {len(table)} objects lie so densely, measured by how far they move, that what follows "
            "them cannot be told; correct the drift first, or give a smaller search_range"
        )
    if len(plan.rows.times) > 1 and (plan.after < 0).all():
        found.append(
            "no object could be linked: of those in reach none is likelier to be the same than by chance; "
            "correct the drift first, or give predictor='drift'"
        )
    if doubt > DOUBTFUL:
        found.append(
            f"about {doubt:.0%} of the links are probably wrong: one step moves an object by {plan.motion.scale:.2g} along "
            f"an axis, and objects lie {plan.rows.spacing:.2g} apart; correct the drift first, or give predictor='drift'"
        )
    return tuple(found)
