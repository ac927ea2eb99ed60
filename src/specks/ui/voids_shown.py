"""Tracked voids with all that is shown of them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from specks._core.axes import Geometry
from specks._core.corrections import Corrections
from specks._core.progress import Progress
from specks._core.provenance import Provenance
from specks.drift import Drift
from specks.measure import fill_gaps
from specks.ui.request import Finished, Request
from specks.ui.tracked import Tracked
from specks.ui.void_figures import VoidFigures, void_figures
from specks.workflows import VoidTracks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["VoidRequest", "VoidsShown", "voids_shown"]


@dataclass(frozen=True, eq=False)
class VoidsShown:
    """What `specks.track_voids` gives, and what is drawn of it.

    Parameters
    ----------
    voids : VoidTracks
    tracked : Tracked
    figures : VoidFigures or None
        None of a single frame.
    """

    voids: VoidTracks
    tracked: Tracked
    figures: VoidFigures | None
    #: Written as a folder of this name, which no other program takes for one image.
    folder: ClassVar[str] = "voids"

    @property
    def labels(self) -> Any:
        """Numbered objects of each frame."""
        return self.voids.labels

    @property
    def objects(self) -> pd.DataFrame:
        """One row an object and frame."""
        return self.voids.objects

    @property
    def tracks(self) -> pd.DataFrame:
        """One row a track."""
        return self.voids.tracks

    @property
    def frames(self) -> pd.DataFrame:
        """One row a frame."""
        return self.voids.frames

    @property
    def drift(self) -> Drift:
        """How the sample has moved."""
        return self.voids.drift

    @property
    def provenance(self) -> Provenance:
        """Where it came from."""
        return self.voids.provenance

    def refitting(self, corrections: Corrections) -> Generator[Progress, None, VoidsShown]:
        """The result with other corrections."""
        voids = yield from self.voids.refitting(corrections)
        return (yield from voids_shown(voids))

    def saving(self, path: Any) -> Generator[Progress, None, dict[str, str]]:
        """Write everything to a folder."""
        return (yield from self.voids.saving(path))


@dataclass(frozen=True)
class VoidRequest(Request):
    """A request whose result comes with its figures."""

    def run(self, out: Mapping[str, Any]) -> Generator[Progress, None, Finished]:
        """Track, and collect what is drawn."""
        found = yield from super().run(out)
        return Finished((yield from voids_shown(found.result)), found.provenance)


def voids_shown(voids: VoidTracks) -> Generator[Progress, None, VoidsShown]:
    """Collect what is drawn of a result."""
    geometry: Geometry = voids.series.source.geometry
    tracked = Tracked(voids.links, voids.tracks, fill_gaps(voids.objects), geometry, voids.settings.dt)
    figures = None
    if "t" in geometry.axes:
        yield Progress(0, 0, "Coloring tracks")
        figures = yield from void_figures(
            tracked.colored(), voids.frames, voids.labels, geometry.axes, voids.drift
        )
    return VoidsShown(voids, tracked, figures)
