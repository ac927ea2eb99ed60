"""Fill arrays block by block, on any executor, going on where an earlier run stopped."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks, spans
from specks._core.progress import Progress
from specks._core.source import Region, Source
from specks.io.journal import Journal

__all__ = ["CONVERT", "blocks", "copy_blocks", "halve_blocks"]

BLOCK_BYTES = 16 << 20
Array = npt.NDArray[Any]


def as_stored(pixels: Array) -> Array:
    """Pixels as they are; truth values as 0 and 1."""
    return pixels.view(np.uint8) if pixels.dtype == bool else pixels


def as_bytes(posterior: Array) -> Array:
    """Probabilities in steps of 1/255; bytes are taken to be that already, unknown is 0."""
    if posterior.dtype == np.uint8:
        return posterior
    steps: Array = np.rint(np.clip(np.nan_to_num(posterior), 0, 1) * 255)
    return steps.astype(np.uint8)


#: How pixels become what is stored.
CONVERT: dict[str, Callable[[Array], Array]] = {"as is": as_stored, "probability": as_bytes}


def blocks(
    shape: Sequence[int], chunks: Sequence[int], preferred: Sequence[int], itemsize: int
) -> Iterator[Region]:
    """Regions of whole chunks, of about 16 MB, that never share one.

    Parameters
    ----------
    shape, chunks : sequence of int
        Of the array to fill.
    preferred : sequence of int
        Chunks of what is read: blocks are as thick as these, as far as memory allows.
    itemsize : int
        Bytes a pixel.
    """
    widths = [*chunks[:-2], *(2 * n for n in chunks[-2:])]
    for axis in range(len(shape) - 3, -1, -1):
        room = max(1, BLOCK_BYTES // (int(np.prod(widths)) * itemsize))
        widths[axis] *= min(max(room, min(int(preferred[axis]), 4 * room)), shape[axis])
    cuts = [list(spans(n, c, w)) for n, c, w in zip(shape, chunks, widths, strict=True)]
    yield from product(*cuts)


def copy_blocks(
    source: Source, target: Any, convert: str, name: str, journal: Journal, executor: Executor | None
) -> Generator[Progress, None, None]:
    """Copy a source into a Zarr array of its shape."""
    regions = list(blocks(target.shape, target.chunks, source.chunks, source.dtype.itemsize))
    task = partial(_copy, source, target, convert)
    yield from _run(task, regions, name, f"Writing {name}", journal, executor)


def halve_blocks(
    fine: Any,
    coarse: Any,
    halve: Callable[[Array], Array],
    name: str,
    journal: Journal,
    executor: Executor | None,
) -> Generator[Progress, None, None]:
    """Fill a level of a pyramid from the finer one."""
    regions = list(blocks(coarse.shape, coarse.chunks, coarse.chunks, 4 * coarse.dtype.itemsize))
    task = partial(_halve, fine, coarse, halve)
    yield from _run(task, regions, name, f"Writing a coarser {name}", journal, executor)


def _run(
    task: Callable[[Region], None],
    regions: Sequence[Region],
    name: str,
    what: str,
    journal: Journal,
    executor: Executor | None,
) -> Generator[Progress, None, None]:
    def item(region: Region) -> str:
        return f"{name} {','.join(str(part.start) for part in region)}"

    todo = [region for region in regions if item(region) not in journal]
    done = len(regions) - len(todo)
    yield Progress(done, len(regions), what)
    for region, _ in map_blocks(task, todo, executor):
        journal.add(item(region))
        done += 1
        yield Progress(done, len(regions), what)


def _copy(source: Source, target: Any, convert: str, region: Region) -> None:
    target[region] = CONVERT[convert](source.read(region))


def _halve(fine: Any, coarse: Any, halve: Callable[[Array], Array], region: Region) -> None:
    twice = [
        slice(2 * s.start, min(2 * s.stop, n)) for s, n in zip(region[-2:], fine.shape[-2:], strict=True)
    ]
    coarse[region] = halve(fine[(*region[:-2], *twice)])
