"""A model as plain data and small arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.axes import check_axes
from specks._core.corrections import Corrections
from specks._core.errors import FileFormatError
from specks._core.provenance import Provenance
from specks.filters.exclusions import Exclusions
from specks.mixture.calibrated import BINS, Components
from specks.mixture.original import Original, Reader
from specks.mixture.peaks.by_hand import check_verdicts
from specks.mixture.peaks.candidates import COLUMNS
from specks.mixture.peaks.table import Peaks
from specks.mixture.statistics import SliceStatistics
from specks.mixture.strokes import StrokeCounts, painted
from specks.mixture.variable import Variable

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["from_document", "to_document"]

FORMAT, VERSION = "specks-mixture", 2


def to_document(model: Mixture) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Plain data for JSON, and arrays by name."""
    arrays: dict[str, npt.NDArray[Any]] = {
        "center": model.slices.center,
        "spread": model.slices.spread,
        "total": model.slices.total,
        "background": model.slices.background,
        "background_component": model.components.background,
        "particle_component": model.components.particle,
        "share": model.share,
        "share_error": model.share_error,
        "tables": model.tables,
    }
    if model.peaks is not None:
        arrays |= {"first_peak": model.peaks.first, "certainty": model.certainty}
        arrays |= {f"peak_{name}": column for name, column in model.peaks.columns.items()}
        if model.variable.further:  # else the pits are the background, and the kinds the components
            arrays |= _kinds_to_arrays(model.peaks, model.kinds)
    original = None
    if model.original is not None:
        original, more = model.original.to_document()
        arrays |= more
    records = []
    for i, record in enumerate(model.corrections):
        plain = dict(record)
        if isinstance(record.get("array"), np.ndarray):
            array = record["array"].astype(np.uint8)
            arrays[f"correction_{i}"] = array
            plain["array"] = list(array.shape)
        records.append({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in plain.items()})
    for i, counts in enumerate(model.strokes.counts.values()):
        arrays[f"strokes_{i}"] = counts
    return {
        "format": FORMAT,
        "version": VERSION,
        "mode": model.mode,
        "shape": list(model.shape),
        "axes": model.axes,
        "opened": list(model.opened),
        "unit": model.unit,
        "diameter": model.diameter,
        "polarity": model.polarity,
        "variable": asdict(model.variable),
        "fit_per": model.fit_per,
        "coupling": model.coupling,
        "saturation": model.saturation,
        "weight": model.components.weight,
        "kind_weights": [kind.weight for kind in model.kinds],
        "misfit": model.components.misfit,
        "prevalence": model.prevalence,
        "prevalence_error": model.prevalence_error,
        "peaks": None if model.peaks is None else int(model.peaks.first[-1]),
        "original": original,
        "corrections": records,
        "strokes": [[number, digest] for number, digest in model.strokes.counts],
        "warnings": list(model.warnings),
        "provenance": model.provenance.to_dict(),
    }, arrays


def from_document(document: Any, arrays: Reader) -> Mixture:
    """The model that `to_document` described.

    Raises
    ------
    FileFormatError
        When something is missing or cannot be so.
    """
    from specks.mixture.model import Mixture

    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise FileFormatError("it is something else than a mixture model")
    if document.get("version") != VERSION:
        raise FileFormatError(f"it has the version {document.get('version')!r}; this program reads {VERSION}")
    shape = tuple(_whole("shape", n, 1) for n in document["shape"])
    axes = check_axes(document["axes"], len(shape))
    if "c" in axes:
        raise FileFormatError("it names a channel axis")
    count = 1
    for n in shape[:-2]:
        count *= n
    wide = (count, BINS)
    share, error = _share(arrays, "share", (count,)), _share(arrays, "share_error", (count,))
    components = Components(
        _positive(arrays, "background_component", (BINS,)),
        _positive(arrays, "particle_component", (BINS,)),
        _number("weight", document["weight"], 0.0, 1.0),
        _number("misfit", document["misfit"], 0.0),
    )
    kept = document["original"]
    corrections = _corrections(document["corrections"], arrays, shape)
    variable = _variable(document["variable"], 4.0 * max(shape[-2:]))
    check_verdicts(corrections, variable.name, shape)
    slices = SliceStatistics(
        _finite(arrays, "center", (count,)),
        _positive(arrays, "spread", (count,)),
        _counts(arrays, "total", wide),
        _counts(arrays, "background", wide),
    )
    kinds: tuple[Components, ...] = ()
    peaks, certainty = None, np.zeros(0)
    if variable.name == "peaks":
        many = _whole("peaks", document["peaks"], 0)
        kinds = _kinds(document.get("kind_weights"), arrays, variable, components)
        peaks = _peaks(arrays, variable, slices.background, many, shape[-2:])
        certainty = _share(arrays, "certainty", (many,))
    return Mixture(
        mode=_one_of("mode", document["mode"], ("calibrated", "documented")),
        shape=shape,
        axes=axes,
        opened=_opened(document["opened"]),
        unit=_text("unit", document["unit"]),
        diameter=None if document["diameter"] is None else _number("diameter", document["diameter"], 0.0),
        polarity=_one_of("polarity", document["polarity"], ("bright", "dark")),
        variable=variable,
        slices=slices,
        components=components,
        share=share,
        share_error=error,
        tables=_share(arrays, "tables", wide),
        prevalence=_number("prevalence", document["prevalence"], 0.0, 1.0),
        prevalence_error=_number("prevalence_error", document["prevalence_error"], 0.0, 1.0),
        corrections=corrections,
        strokes=_strokes(document["strokes"], arrays),
        fit_per=_one_of("fit_per", document["fit_per"], ("stack", "frame")),
        coupling=_number("coupling", document["coupling"], 0.0),
        saturation=_number("saturation", document["saturation"], 0.0, 1.0),
        peaks=peaks,
        certainty=certainty,
        kinds=kinds,
        original=None if kept is None else Original.from_document(kept, arrays, components),
        warnings=tuple(_text("warnings", w) for w in document["warnings"]),
        provenance=Provenance.from_dict(document["provenance"]),
    )


def _corrections(records: Any, arrays: Reader, shape: tuple[int, ...]) -> Corrections:
    """The log, with its arrays, checked against the shape of the image."""
    log = []
    for i, record in enumerate(records):
        whole = dict(record)
        if "array" in whole:
            size = tuple(_whole("array", n, 1) for n in whole["array"])
            if size not in (shape, shape[1:], shape[-2:]):
                raise FileFormatError(f"correction {i} has the shape {size}")
            array = arrays.read(f"correction_{i}", "uint8", size)
            whole["array"] = array.astype(np.bool_) if whole.get("kind") == "mask" else array
        log.append(whole)
    corrections = Corrections(tuple(log))
    Exclusions.of(corrections, shape)
    painted(corrections, shape)
    return corrections


def _kinds_to_arrays(peaks: Peaks, kinds: tuple[Components, ...]) -> dict[str, npt.NDArray[Any]]:
    """What is known of each width where there are several."""
    return {
        "many_peaks": peaks.many,
        "pits": peaks.pits,
        "kind_backgrounds": np.array([kind.background for kind in kinds]),
        "kind_particles": np.array([kind.particle for kind in kinds]),
    }


def _kinds(
    weights: Any, arrays: Reader, variable: Variable, components: Components
) -> tuple[Components, ...]:
    """Components of each width."""
    if not variable.further:
        return (components,)
    wide = (len(variable.diameters), BINS)
    parts = _positive(arrays, "kind_backgrounds", wide), _positive(arrays, "kind_particles", wide)
    shares = [_number("kind_weights", weight, 0.0, 1.0) for weight in weights]
    return tuple(Components(*kind, 0.0) for kind in zip(*parts, shares, strict=True))


def _peaks(
    arrays: Reader, variable: Variable, pits: npt.NDArray[np.int64], total: int, plane: tuple[int, ...]
) -> Peaks:
    """The peaks of all slices, each within its plane and of a size that fits it.

    `pits` are those of all widths together.
    """
    slices, widths = len(pits), len(variable.diameters)
    first = _counts(arrays, "first_peak", (slices + 1,))
    if first[0] != 0 or first[-1] != total or (np.diff(first) < 0).any():
        raise FileFormatError("first_peak does not count the peaks")
    many, by_width = np.diff(first)[:, np.newaxis], pits[:, np.newaxis]
    if variable.further:
        many, by_width = (
            _counts(arrays, "many_peaks", (slices, widths)),
            _counts(arrays, "pits", (slices, widths, BINS)),
        )
        if not (
            np.array_equal(many.sum(axis=1), np.diff(first)) and np.array_equal(by_width.sum(axis=1), pits)
        ):
            raise FileFormatError("peaks and pits of the widths are not those of the slices")
    columns = {}
    for name in COLUMNS:
        column = arrays.read(f"peak_{name}", "float32", (total,))
        least, most = {"y": (0, plane[0]), "x": (0, plane[1])}.get(name, (1e-3, 4.0 * max(plane)))
        if name in ("contrast", "height"):
            least, most = 0, np.inf
        if not (np.isfinite(column) & (column >= least) & (column <= most)).all():
            raise FileFormatError(f"peak_{name} holds numbers that cannot be")
        columns[name] = column
    return Peaks(many, columns, by_width)


def _strokes(keys: Any, arrays: Reader) -> StrokeCounts:
    """Bins under strokes."""
    return StrokeCounts(
        {
            (_whole("strokes", number, 0), _text("strokes", digest)): _counts(
                arrays, f"strokes_{i}", (2, BINS)
            )
            for i, (number, digest) in enumerate(keys)
        }
    )


def _opened(data: Any) -> tuple[str | None, int | None]:
    axes, channel = data
    return None if axes is None else check_axes(axes), None if channel is None else _whole(
        "channel", channel, -9
    )


def _variable(data: Mapping[str, Any], widest: float) -> Variable:
    diameter_y, diameter_x = (_number("diameter", d, 1e-9, widest) for d in data["diameter"])
    further = tuple(
        (_number("further", y, 1e-9, widest), _number("further", x, 1e-9, widest))
        for y, x in data.get("further", ())  # which files of one width lack
    )
    name = _one_of("variable", data["name"], ("peaks", "contrast", "intensity", "gray"))
    sign = data["sign"]
    if sign not in (1, -1) or set(data) - {"further"} != {"name", "sign", "diameter"}:
        raise FileFormatError(f"variable is {dict(data)!r}")
    return Variable(name, int(sign), (diameter_y, diameter_x), further)


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> Any:
    if value not in known:
        raise FileFormatError(f"{name} is {value!r}; expected one of {', '.join(known)}")
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise FileFormatError(f"{name} is {value!r}; expected text")
    return value


def _whole(name: str, value: Any, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise FileFormatError(f"{name} is {value!r}; expected a whole number, {least} or more")
    return value


def _number(name: str, value: Any, least: float, most: float = 1e300) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise FileFormatError(f"{name} is {value!r}; expected a number from {least:g} to {most:g}")
    return float(value)


def _finite(arrays: Reader, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    array = arrays.read(name, "float64", shape)
    if not np.isfinite(array).all():
        raise FileFormatError(f"{name} holds numbers that are not finite")
    return array


def _positive(arrays: Reader, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    array = _finite(arrays, name, shape)
    if (array < 0).any():
        raise FileFormatError(f"{name} holds negative numbers")
    return array


def _share(arrays: Reader, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    array = _positive(arrays, name, shape)
    if (array > 1).any():
        raise FileFormatError(f"{name} holds numbers above 1")
    return array


def _counts(arrays: Reader, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    array = arrays.read(name, "int64", shape)
    if (array < 0).any():
        raise FileFormatError(f"{name} holds negative counts")
    return array
