"""Some clusters of one image, fitted step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from specks.refinement.fit._alone_kernels import farthest
from specks.refinement.fit._cluster_kernels import (
    accept_clusters,
    collect_clusters,
    evaluate_clusters,
    lay_distances,
)
from specks.refinement.fit.alone import Start
from specks.refinement.fit.arrays import EXTRA, SEEN, Desk, Floats, Ints, Problem, Room, State
from specks.refinement.fit.assemble import Model, places

__all__ = ["Given", "Piece"]


class Given(Protocol):
    """A profile that is evaluated outside of the kernels."""

    def __call__(self, r2: Floats, parameters: Floats, dimensions: int) -> Floats:
        """Rows: the profile, its derivative by r², and those by its own parameters."""
        ...


@dataclass(frozen=True, eq=False)
class Piece:
    """Some clusters of one image.

    Parameters
    ----------
    problem, room, state, desk
        As the kernels take them.
    image : callable
        Gives the image (z, y, x) that the clusters lie in.
    profile : Given, optional
        Where the profile is not one of the kernels'.
    shared : array (shared,) of int64
        Which of all shared unknowns the last ones of each cluster are.
    """

    problem: Problem
    room: Room
    state: State
    desk: Desk
    image: Callable[[], npt.NDArray[Any]]
    profile: Given | None
    shared: Ints

    @classmethod
    def of(
        cls,
        model: Model,
        start: Start,
        image: Callable[[], npt.NDArray[Any]],
        shape: Sequence[int],
        profile: Given | None = None,
        shared: Ints | None = None,
    ) -> Piece:
        """A piece whose pixels are not collected yet; `shape` is that of the image."""
        none = np.zeros(0, np.int64)
        return cls(*start.workplace(model, shape), image, profile, none if shared is None else shared)

    @property
    def clusters(self) -> Ints:
        """All clusters."""
        return np.arange(len(self.problem.first) - 1)

    def collect(self, clusters: Ints) -> None:
        """Collect pixels anew around where features are, and evaluate there."""
        collect_clusters(self.problem, self.room, self.image(), self.state.values, clusters)
        self.state.rounds[clusters] += 1
        self.put_unknowns()
        self.state.tried[:] = self.state.unknown
        self.state.trial[:] = self.state.values
        self.evaluate(clusters)
        self.accept(clusters)

    def evaluate(self, clusters: Ints) -> None:
        """Evaluate what is tried."""
        given = self.given(clusters, self.state.trial)
        evaluate_clusters(self.problem, self.room, self.state, self.state.trial, given, clusters, self.desk)

    def put_unknowns(self) -> None:
        """Write where unknowns stand into the parameters."""
        where, known = places(self.problem.numbers, self.problem.unknown_first, self.problem.first)
        self.state.values[known] = self.state.unknown[where]

    def accept(self, clusters: Ints) -> None:
        """Let what was tried be where clusters stand."""
        accept_clusters(self.problem, self.room, self.state, clusters)

    def moved(self, clusters: Ints, max_shift: float) -> Ints:
        """Those of the clusters in which a feature is at least so far from where its pixels were collected."""
        gone = [farthest(self.problem, self.room, self.state.values, c) >= max_shift for c in clusters]
        moved: Ints = clusters[np.array(gone, bool)]
        return moved

    def given(self, clusters: Ints, values: Floats) -> Floats:
        """The profile in all pixels, each set of its own parameters once; empty where the kernels know it."""
        if self.profile is None:
            return np.empty((0, 0))
        room = self.room
        given = np.zeros((2 + values.shape[1] - EXTRA, room.support_first[-1]))
        r2 = np.zeros(room.support_first[-1])
        lay_distances(self.problem, room, values, clusters, self.desk, r2)
        features = np.concatenate(
            [np.arange(self.problem.first[c], self.problem.first[c + 1]) for c in clusters]
        )
        own_of = values[features, EXTRA:]
        kinds, which = own_of[:1], np.zeros(len(features), np.int64)
        if own_of.shape[1]:
            kinds, which = np.unique(own_of, axis=0, return_inverse=True)
        for k, own in enumerate(kinds):
            members = features[which.ravel() == k]
            counts = room.box[members, SEEN]
            begin = np.repeat(room.support_first[members] - np.append(0, np.cumsum(counts)[:-1]), counts)
            pixels = begin + np.arange(counts.sum())
            given[:, pixels] = self.profile(r2[pixels], own, self.problem.dimensions)
        return given
