"""Pixel sizes in TIFF files: from OME-XML, ImageJ, electron microscopes, or the resolution tags."""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree

import tifffile

__all__ = ["tiff_geometry"]

Sizes = tuple[dict[str, float], dict[str, str]]
#: No print resolution is this fine: tags that say 72 or 300 dots per inch speak of paper.
FINEST_PRINT = 10.0
_PER_UNIT = {"inch": 25400.0, "centimeter": 10000.0}
_RESOLUTION_UNITS = {2: "inch", 3: "centimeter"}


def tiff_geometry(tiff: tifffile.TiffFile, series: int) -> Sizes:
    """Spacing and units of the axes for which a TIFF file states them.

    Parameters
    ----------
    tiff : tifffile.TiffFile
    series : int

    Returns
    -------
    spacing : dict of str to float
    units : dict of str to str
    """
    page = tiff.series[series].pages[0]
    if tiff.is_ome and tiff.ome_metadata:
        found = _ome(tiff.ome_metadata, series)
    elif tiff.is_fei or tiff.is_sem:
        found = _microscope(tiff)
    elif tiff.is_imagej:
        found = _imagej(tiff.imagej_metadata or {}, page)
    else:
        found = _resolution(page)
    spacing, units = found
    good = {a: s for a, s in spacing.items() if math.isfinite(s) and s > 0}
    return good, {a: units[a] for a in good if a in units}


def _ome(text: str, series: int) -> Sizes:
    images = [e for e in ElementTree.fromstring(text).iter() if e.tag.rpartition("}")[2] == "Pixels"]
    if series >= len(images):
        return {}, {}
    facts = images[series].attrib
    spacing: dict[str, float] = {}
    units: dict[str, str] = {}
    for letter in "xyz":
        size = _number(facts.get(f"PhysicalSize{letter.upper()}"))
        if size is not None:
            spacing[letter] = size
            units[letter] = facts.get(f"PhysicalSize{letter.upper()}Unit", "micrometer")
    step = _number(facts.get("TimeIncrement"))
    if step is not None:
        spacing["t"], units["t"] = step, facts.get("TimeIncrementUnit", "second")
    return spacing, units


def _imagej(facts: dict[str, Any], page: Any) -> Sizes:
    spacing: dict[str, float] = {}
    units: dict[str, str] = {}
    unit = str(facts.get("unit", "")).replace("\\u00B5", "µ").strip()
    per_unit = _per_unit(page)
    if unit and unit.lower() not in ("pixel", "pixels") and per_unit:
        factor = _PER_UNIT.get(unit.lower(), 1.0)
        name = "micrometer" if unit.lower() in _PER_UNIT else unit
        spacing |= {"x": factor / per_unit[0], "y": factor / per_unit[1]}
        units |= {"x": name, "y": name}
        depth = _number(facts.get("spacing"))
        if depth is not None:
            spacing["z"], units["z"] = abs(depth) * factor, name
    step = _number(facts.get("finterval"))
    if step is not None:
        spacing["t"], units["t"] = step, "second"
    return spacing, units


def _microscope(tiff: tifffile.TiffFile) -> Sizes:
    """From the notes of electron microscopes by FEI/Thermo Fisher (in meters) and Zeiss (with its unit)."""
    if tiff.is_fei:
        scan = (tiff.fei_metadata or {}).get("Scan", {})
        sizes = {a: _number(scan.get(f"Pixel{side}")) for a, side in (("x", "Width"), ("y", "Height"))}
        spacing = {a: 1e9 * size for a, size in sizes.items() if size is not None}
        return spacing, dict.fromkeys(spacing, "nanometer")
    note: Any = (tiff.sem_metadata or {}).get("ap_image_pixel_size") or (tiff.sem_metadata or {}).get(
        "ap_pixel_size"
    )
    size = _number(note[1]) if note is not None and len(note) > 2 else None
    if size is None:
        return {}, {}
    return {"x": size, "y": size}, {"x": str(note[2]), "y": str(note[2])}


def _resolution(page: Any) -> Sizes:
    unit = _RESOLUTION_UNITS.get(int(getattr(page, "resolutionunit", 1) or 1))
    per_unit = _per_unit(page)
    if unit is None or per_unit is None:
        return {}, {}
    width, height = (_PER_UNIT[unit] / n for n in per_unit)
    if max(width, height) >= FINEST_PRINT:
        return {}, {}
    return {"x": width, "y": height}, {"x": "micrometer", "y": "micrometer"}


def _per_unit(page: Any) -> tuple[float, float] | None:
    """Pixels per unit along x and y, when both are stated."""
    values = []
    for name in ("XResolution", "YResolution"):
        tag = page.keyframe.tags.get(name)
        if tag is None or not isinstance(tag.value, tuple) or 0 in tag.value:
            return None
        values.append(tag.value[0] / tag.value[1])
    return values[0], values[1]


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
