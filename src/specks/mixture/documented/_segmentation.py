"""The original's class: fit a stack, write its posterior, keep the model."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Generator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import zarr

from specks._core.axes import Geometry
from specks._core.blocks import map_blocks, spans
from specks._core.errors import InputError
from specks._core.progress import Progress, Steps, drain
from specks._core.source import Source, ZarrSource
from specks.mixture.documented._config import NanoparticleSegConfig
from specks.mixture.documented._counts import look_up, slice_counts
from specks.mixture.documented._fit import DocumentedFit, NotSettledWarning, doubt, iterate_documented
from specks.mixture.documented._model_files import read_model, write_model
from specks.mixture.documented._store import (
    POSTERIOR,
    STACKS,
    attributes,
    open_root,
    open_stack,
    replaced,
    spacing_name,
)
from specks.mixture.documented._table import documented_table

__all__ = ["NanoparticleSegmentation"]

R = TypeVar("R")
SLAB_BYTES = 64 << 20
_log = logging.getLogger(__name__)


class NanoparticleSegmentation:
    """Nanoparticles in a stack of uint8 slices, as sphero-vem 0.1 finds them.

    Works in place on a Zarr store with the stack in ``images/<spacing_dir>``.

    Parameters
    ----------
    config : NanoparticleSegConfig

    Attributes
    ----------
    config : NanoparticleSegConfig
    stack_root : zarr.Group
    volume_stack : zarr.Array, shape (z, y, x), uint8
    hist_stack, hist_bg : numpy.ndarray (256,) of int64, or None before `fit`
    p_stack, p_bg, p_np : numpy.ndarray (256,) of float64, or None before `fit`
    th_low, th_high : int, or None before `fit`
    summary_fit : dict, or None before `fit`
        ``w_bg``, ``nll`` and ``nit``.
    settled : bool, or None before `fit`
        False when the iteration ended at `max_iter`.

    Raises
    ------
    NotFoundError
        When the store or the stack in it does not exist; nothing is created.
    FileFormatError
        When it is not of the original's layout.

    Examples
    --------
    >>> import numpy as np, tempfile, zarr
    >>> from specks.mixture.documented import NanoparticleSegConfig, NanoparticleSegmentation
    >>> rng = np.random.default_rng(0)
    >>> stack = rng.normal(90, 9, (4, 128, 128)).round().astype(np.uint8)
    >>> stack[:, 40:46, 40:46] = rng.integers(190, 200, (4, 6, 6))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     root = zarr.open_group(folder, mode="w")
    ...     images = root.create_array("images/50-10-10", data=stack)
    ...     images.attrs["spacing"] = [50, 10, 10]
    ...     config = NanoparticleSegConfig(folder, "50-10-10", min_size=5, nll_tol=1e-6)
    ...     found = NanoparticleSegmentation(config)
    ...     found.fit()
    ...     found.predict()
    ...     posterior = root["labels/nps/posterior/50-10-10"][:]
    >>> posterior.dtype.name, bool(posterior[0, 42, 42] > 0.9), bool(posterior[0, 90, 90] < 0.1)
    ('float16', True, True)
    """

    def __init__(self, config: NanoparticleSegConfig) -> None:
        self.config = config
        self.stack_root: zarr.Group = open_root(config.root_path)
        self.volume_stack: zarr.Array[Any] = open_stack(
            self.stack_root, STACKS, spacing_name(config.spacing_dir)
        )
        self._fit: DocumentedFit | None = None

    hist_stack = property(lambda self: self._found("hist_stack"))
    hist_bg = property(lambda self: self._found("hist_bg"))
    p_stack = property(lambda self: self._found("p_stack"))
    p_bg = property(lambda self: self._found("p_bg"))
    p_np = property(lambda self: self._found("p_np"))
    th_low = property(lambda self: self._found("th_low"))
    th_high = property(lambda self: self._found("th_high"))
    summary_fit = property(lambda self: self._found("summary"))

    @property
    def settled(self) -> bool | None:
        """Whether the iteration ended by itself, before `max_iter`; None before `fit`."""
        return None if self._fit is None else doubt(self._fit, self.config) is None

    def _found(self, name: str) -> Any:
        return None if self._fit is None else getattr(self._fit, name)

    def fit(self) -> None:
        """Fit the mixture to the stack.

        Raises
        ------
        InputError
            When the stack is not uint8.
        FitError
            When the stack has no background.

        Warns
        -----
        NotSettledWarning
            When the iteration ended at `max_iter`.
        """
        drain(self.iterate_fit())
        sentence = doubt(self._fitted(), self.config)
        if sentence is not None:
            warnings.warn(sentence, NotSettledWarning, stacklevel=2)

    def iterate_fit(self) -> Steps[None]:
        """As `fit`, yielding progress; `settled` says at the end what `fit` warns of."""
        self._fit = yield from self._told(iterate_documented(self._source(), self.config))

    def predict(self) -> None:
        """Write the posterior of every slice to ``labels/nps/posterior/<spacing_dir>`` as float16.

        Raises
        ------
        InputError
            Before `fit` or `load`, and when the stack is not uint8.
        StoreError
            When the store cannot be written; an older posterior then stays.
        """
        drain(self.iterate_predict())

    def iterate_predict(self) -> Steps[None]:
        """As `predict`, yielding progress."""
        source, fit = self._source(), self._fitted()
        if source.dtype != np.uint8:
            raise InputError(f"the stack has the type {source.dtype}; the documented mode reads uint8 only")
        step = {
            "step_name": "segmentation",
            "timestamp": datetime.now().isoformat(),
            "parameters": self.config.processing_metadata(),
            "version": None,
        }
        with replaced(
            self.stack_root,
            POSTERIOR,
            spacing_name(self.config.spacing_dir),
            shape=source.shape,
            dtype="float16",
            chunks=self.config.zarr_chunks,
            attributes=attributes(self.volume_stack, step),
        ) as target:
            yield from self._told(_write_posterior(source, fit, self.config, target))

    def save(self, target_dir: str | Path) -> None:
        """Write ``training_manifest.json``, ``model_params.npz`` and ``fit_results.json``.

        Parameters
        ----------
        target_dir : path-like
            A folder; made when it does not exist.

        Raises
        ------
        InputError
            Before `fit` or `load`.
        StoreError
            When it cannot be written.
        """
        write_model(Path(target_dir), self.config, self._fitted())

    @classmethod
    def load(cls, model_dir: str | Path, root_path: str | Path | None = None) -> NanoparticleSegmentation:
        """Read a model that this class or the original has saved.

        Parameters
        ----------
        model_dir : path-like
        root_path : path-like, optional
            A store to work on instead of the one that was fitted.

        Raises
        ------
        NotFoundError
            When a file of the model, or the store, does not exist.
        FileFormatError
            When a file is cut off, changed or hostile.
        """
        config, fit = read_model(Path(model_dir), **({} if root_path is None else {"root_path": root_path}))
        loaded = cls(config)
        loaded._fit = fit
        return loaded

    def _source(self) -> Source:
        name = f"{STACKS}/{self.config.spacing_dir}"
        return ZarrSource(self.volume_stack, Geometry.of("zyx"), name)

    def _fitted(self) -> DocumentedFit:
        if self._fit is None:
            raise InputError("there is no model yet: call fit() first, or load() one")
        return self._fit

    def _told(self, steps: Generator[Progress, None, R]) -> Generator[Progress, None, R]:
        """The same steps, logged when the configuration says so."""
        while True:
            try:
                progress = next(steps)
            except StopIteration as end:
                result: R = end.value
                return result
            if self.config.verbose:
                _log.info("%s (%d of %d)", progress.what, progress.done, progress.total)
            yield progress


def _write_posterior(
    source: Source, fit: DocumentedFit, config: NanoparticleSegConfig, target: zarr.Array[Any]
) -> Steps[None]:
    depth, height, width = source.shape
    fitting = max(1, SLAB_BYTES // (height * width))
    items = list(spans(depth, target.chunks[0], min(fitting, max(source.chunks[0], 8))))
    task = partial(_write_slab, source=source, fit=fit, config=config, target=target)
    for span, _ in map_blocks(task, items):
        yield Progress(span.stop, depth, "Writing the posterior")


def _write_slab(
    span: slice, source: Source, fit: DocumentedFit, config: NanoparticleSegConfig, target: zarr.Array[Any]
) -> None:
    """Read a slab at once, but hold the posterior of one chunk's slices only."""
    planes = source.read((span, *(slice(0, n) for n in source.shape[1:])))
    for part in spans(len(planes), target.chunks[0], 1):
        tables = [documented_table(fit, slice_counts(plane), config) for plane in planes[part]]
        found = [look_up(plane, table) for plane, table in zip(planes[part], tables, strict=True)]
        target[span.start + part.start : span.start + part.stop] = np.stack(found)
