"""What is said of tracks, stated plainly: one track, one frame, one full matrix at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.interpolate import interp1d
from scipy.stats import siegelslopes


def notebook_row(track: pd.DataFrame) -> dict[str, Any]:
    """One track as the notebook's table describes it: gaps filled linearly, rates by the number of frames."""
    track = track.sort_values("frame")
    seen = track["frame"].to_numpy()
    frames = np.arange(seen[0], seen[-1] + 1)

    def filled(column: str) -> np.ndarray:
        values = track[column].to_numpy(float)
        return values if len(track) == 1 else interp1d(seen, values)(frames)

    position = np.stack([filled("x"), filled("y")], axis=1)
    local_id = dict(zip(seen.tolist(), (track["label"] - 1).tolist(), strict=True))
    row: dict[str, Any] = {
        "start_frame": seen[0],
        "end_frame": seen[-1],
        "total_frames": len(frames),
        "inferred_frames": len(frames) - len(track),
        "positions": position,
        "touches_side": filled("touches_side") > 0,
        "local_id": [local_id.get(frame) for frame in frames.tolist()],
        "radii": filled("radius"),
    }
    row["max_radius"], row["min_radius"] = max(row["radii"]), min(row["radii"])
    if len(frames) > 1:
        row["disp_from_start"] = np.hypot(*(position - position[0]).T)
        row["max_disp"] = row["disp_from_start"].max()
        row["drift_rate"] = row["max_disp"] / len(frames)
        row["dist_traveled"] = np.append(0, np.cumsum(np.hypot(*np.diff(position, axis=0).T)))
        row["total_traveled"] = row["dist_traveled"][-1]
        row["movement_rate"] = row["total_traveled"] / len(frames)
    if len(frames) > 3:
        row["growth_rate"] = siegelslopes(row["radii"])[0]
    return row


def line(time: np.ndarray, values: np.ndarray, correlation: float) -> tuple[float, float, float, float]:
    """Slope, its standard error, spread of residuals, restricted log likelihood, by full matrices."""
    covariance = correlation ** np.abs(np.subtract.outer(time, time))
    design = np.stack([np.ones(len(time)), time - time.mean()], axis=1)
    inverse = np.linalg.inv(covariance)
    normal = design.T @ inverse @ design
    found = np.linalg.solve(normal, design.T @ inverse @ values)
    rest = values - design @ found
    freedom = len(time) - 2
    square = rest @ inverse @ rest / freedom
    likelihood = -0.5 * (
        np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(normal)[1] + freedom * np.log(square * freedom)
    )
    error = np.sqrt(square * np.linalg.inv(normal)[1, 1])
    return found[1], error, np.sqrt(square), likelihood


def walk(time: np.ndarray, position: np.ndarray, share: float, draws: int, seed: int) -> tuple[float, float]:
    """Restricted log likelihood of a share of random walk, and the length of its path, by drawing paths."""
    moved, gap = np.diff(position, axis=0), np.diff(time).astype(float)
    n, ndim = moved.shape
    own = share * np.diag(gap)
    seen = own + (1 - share) * (2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1))
    inverse = np.linalg.inv(seen)
    weight = gap @ inverse @ gap
    speed = gap @ inverse @ moved / weight
    rest = moved - np.outer(gap, speed)
    freedom = ndim * (n - 1)
    scale = np.trace(rest.T @ inverse @ rest) / freedom
    likelihood = -0.5 * ndim * (np.linalg.slogdet(seen)[1] + np.log(weight)) - 0.5 * freedom * np.log(scale)
    # Of the speed, and of the walk given the speed, all is normal.
    mean = np.outer(gap, speed) + own @ inverse @ rest
    lever = gap - own @ inverse @ gap
    variance = scale * np.diag(own - own @ inverse @ own + np.outer(lever, lever) / weight)
    rng = np.random.default_rng(seed)
    drawn = mean + np.sqrt(np.maximum(variance, 0))[:, None] * rng.normal(size=(draws, n, ndim))
    return likelihood, float(np.linalg.norm(drawn, axis=2).sum(axis=1).mean())
