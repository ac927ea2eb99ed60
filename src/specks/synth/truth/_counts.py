"""Found, true and matching things, and the ratios that are made of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Counts"]


@dataclass(frozen=True)
class Counts:
    """How many were found, how many are true, how many of them match.

    A ratio whose denominator is 0 is 1: where nothing is true, finding nothing is perfect.

    Parameters
    ----------
    found, true, matched : int

    Examples
    --------
    >>> counts = Counts(found=4, true=5, matched=3)
    >>> counts.precision, counts.recall, round(counts.f1, 3)
    (0.75, 0.6, 0.667)
    """

    found: int
    true: int
    matched: int

    @property
    def precision(self) -> float:
        """Share of the found ones that are true."""
        return self.matched / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true ones that were found."""
        return self.matched / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; for pixels it is the Dice coefficient."""
        both = self.found + self.true
        return 2 * self.matched / both if both else 1.0
