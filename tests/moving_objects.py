"""Objects that move, grow, are missed and invented, with the truth of which is which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Movie:
    """A synthetic movie of voids as a table of objects; lengths are pixels.

    Attributes
    ----------
    count, appearing : int
        Objects that are there from the start, and that appear later.
    jitter, walk, speed : float
        Of a position in each frame, of the object from frame to frame, and of the movers' drift.
    movers : float
        Share of objects that move at `speed`, each in its own direction.
    missing, false : float
        Share of objects that are not found, and of what is found besides.
    radius : tuple of float
    growth : float
        Most pixels of radius a frame.
    """

    frames: int = 24
    side: float = 256.0
    count: int = 60
    appearing: int = 0
    jitter: float = 0.3
    walk: float = 0.0
    speed: float = 0.0
    movers: float = 0.0
    missing: float = 0.15
    false: float = 0.15
    radius: tuple[float, float] = (3.0, 9.0)
    growth: float = 0.0

    def table(self, seed: int) -> pd.DataFrame:
        """One row an object and frame, shuffled; ``truth`` is -1 for what is invented."""
        rng = np.random.default_rng(seed)
        position, radius = self._apart(rng)
        n = len(position)
        born = np.where(np.arange(n) < self.count, 0, rng.integers(1, self.frames, n))
        growth = rng.uniform(0, self.growth, n)
        angle = rng.uniform(0, 2 * np.pi, n)
        moving = rng.random(n) < self.movers
        velocity = self.speed * moving[:, None] * np.stack([np.sin(angle), np.cos(angle)], 1)
        parts = []
        for t in range(self.frames):
            seen = np.flatnonzero((born <= t) & (rng.random(n) >= self.missing))
            found = position[seen] + rng.normal(0, self.jitter, (len(seen), 2))
            size = (radius + growth * (t - born))[seen] * np.exp(rng.normal(0, 0.05, len(seen)))
            extra = rng.poisson(self.false * (born <= t).sum())
            parts.append(
                pd.DataFrame(
                    {
                        "frame": t,
                        "truth": np.concatenate([seen, np.full(extra, -1)]),
                        "y": np.concatenate([found[:, 0], rng.uniform(0, self.side, extra)]),
                        "x": np.concatenate([found[:, 1], rng.uniform(0, self.side, extra)]),
                        "radius": np.concatenate([size, rng.uniform(*self.radius, extra)]),
                    }
                )
            )
            position = position + velocity + rng.normal(0, 1, position.shape) * self.walk
        table = pd.concat(parts).sample(frac=1, random_state=seed).reset_index(drop=True)
        table.insert(1, "label", table.groupby("frame").cumcount() + 1)
        return table

    def _apart(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Objects that do not touch each other at the start."""
        position, radius = np.empty((0, 2)), np.empty(0)
        while len(radius) < self.count + self.appearing:
            p, r = rng.uniform(0, self.side, 2), rng.uniform(*self.radius)
            if (np.hypot(*(position - p).T) > radius + r + 2).all():
                position, radius = np.vstack([position, p]), np.append(radius, r)
        return position, radius


def links_of(table: pd.DataFrame, column: str) -> set[tuple[int, int]]:
    """Successive rows of one number in `column`, as pairs of row numbers; negative numbers are none."""
    place = np.arange(len(table))[table[column] >= 0]
    number, frame = table[column].to_numpy()[place], table["frame"].to_numpy()[place]
    order = np.lexsort((frame, number))
    same = np.diff(number[order]) == 0
    return set(zip(place[order[:-1][same]].tolist(), place[order[1:][same]].tolist(), strict=True))


def f1(table: pd.DataFrame, memory: int) -> float:
    """F1 of the links of ``particle``; links over more missing frames than are remembered count for nobody."""
    frame = table["frame"].to_numpy()
    true = {(a, b) for a, b in links_of(table, "truth") if frame[b] - frame[a] <= memory + 1}
    found = links_of(table, "particle")
    return 2 * len(true & found) / max(1, len(true) + len(found))
