"""Call, form, shell and recipe are one step: equal bits, whatever the kind of parameter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
import toy_engine  # noqa: F401 - registers its step

import specks
from specks._core.corrections import Corrections
from specks._core.corrections_file import save_corrections
from specks._core.registry import STEPS, find_step
from specks._core.spec import Kind
from specks._core.types import Role
from specks.cli.commands import command_of
from specks.cli.main import main
from specks.io import open_image, read_table
from specks.recipe import append_step, run_recipe
from specks.recipe.outputs import is_single_file
from specks.recipe.yaml_file import dump_yaml

Outputs = Mapping[str, Path]


def scene(dtype: str = "uint16") -> np.ndarray:
    rng = np.random.default_rng(7)
    image = rng.normal(100, 6, (3, 64, 72))
    y, x = np.mgrid[:64, :72]
    for t, cy, cx in ((0, 20, 20), (0, 44, 50), (1, 22, 20), (1, 46, 50), (2, 24, 20), (2, 12, 60)):
        image[t] += 90 * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 30)
    return image.astype(dtype)


STROKES = np.zeros((64, 72), np.uint8)
STROKES[2:6, 2:6] = 2
STROKES[20:24, 18:22] = 1
MASK = np.zeros((3, 64, 72), bool)
MASK[:, :50] = True
OFFSETS = pd.DataFrame({"offset": [0.5, 1 / 3, -2.0]})
LOG = Corrections().add("scribble", array=STROKES).add("exclude_frame", frame=1)
SETTINGS: list[dict[str, Any]] = [
    {},
    {"diameter": 3},
    {"diameter": (3.3, 4.7), "level": 1 / 3 + 110},
    {"level": "auto", "method": "below", "repeats": 3},
    {"weights": (0.9, 1.1, 1 / 3), "fill": True},
    {"bounds": {"min": 95.5, "max": 150}, "note": "no, really"},
    {"axes": "tyx", "spacing": (0.25, 0.25), "units": "um", "diameter": 1.0},
    {"spacing": None, "fill": False, "bounds": None},
]
TOY = [("find_blobs", settings, {}, Corrections()) for settings in SETTINGS] + [
    ("find_blobs", {"diameter": 3}, {"offsets": OFFSETS}, Corrections()),
    ("find_blobs", {"diameter": 3}, {"mask": MASK, "scribbles": STROKES}, Corrections()),
    ("find_blobs", {"diameter": 3}, {"offsets": OFFSETS, "mask": MASK}, LOG),
]
PARTICLES = [
    ("segment_particles", {"diameter": 10, "axes": "tyx"}, {}, Corrections()),
    (
        "segment_particles",
        {"diameter": (10.0, 11), "polarity": "bright", "threshold": 0.35, "min_size": 3, "axes": "tyx"},
        {},
        Corrections(),
    ),
    ("segment_particles", {"diameter": 10, "axes": "tyx", "spacing": 0.5, "units": "nm"}, {}, Corrections()),
    (
        "segment_particles",
        {"diameter": 5.0, "further_diameters": (1.5, 20.0), "axes": "tyx", "spacing": 0.5, "units": "nm"},
        {},
        Corrections(),
    ),
    (
        "segment_particles",
        {"diameter": 10, "axes": "tyx"},
        {},
        Corrections().add("exclude_frame", frame=1).add("threshold", value=0.6),
    ),
]


def posterior() -> np.ndarray:
    return (scene("float32") / 200).clip(0, 1).astype(np.float32)


def numbered() -> np.ndarray:
    return np.asarray(specks.label_particles(posterior(), 0.7, axes="tyx"), dtype=np.int32)


def objects() -> pd.DataFrame:
    """Two objects in every frame, and one that is missed at times; in no order."""
    rng = np.random.default_rng(3)
    rows = [
        (t, k + 1, y + rng.normal(0, 0.3), x + rng.normal(0, 0.3), 4.0 + k)
        for t in range(6)
        for k, (y, x) in enumerate(((10, 12), (40, 15), (30, 50)))
        if (t, k) not in ((2, 2), (3, 2))
    ]
    table = pd.DataFrame(rows, columns=["frame", "label", "y", "x", "radius"])
    return table.sample(frac=1, random_state=0).reset_index(drop=True)


def linked() -> pd.DataFrame:
    return specks.link(objects(), 5).table


def voids() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = np.sort(rng.integers(0, 4, 40))
    return pd.DataFrame(
        {
            "frame": frame,
            "particle": rng.integers(0, 15, 40),
            "radius": rng.uniform(2, 9, 40),
            "touches_side": frame > 2,
        }
    )


def features() -> pd.DataFrame:
    return specks.locate(scene(), 11, minmass=200, axes="tyx")[["frame", "y", "x"]]


def moved() -> specks.Drift:
    """How far the objects of the scene are said to have moved."""
    tracks = pd.DataFrame(
        {"frame": [0, 1, 2], "particle": 0, "y": [0.0, 1.75, -1 / 3], "x": [0.0, -2.5, 1.0]}
    )
    return specks.drift_from_tracks(tracks)


#: What the first input of a step is given.
FIRST = {
    "estimate_drift": scene,
    "drift_from_tracks": lambda: voids().drop_duplicates(["frame", "particle"]).assign(y=2.0, x=1 / 3),
    "correct_positions": lambda: voids().query("frame < 3").assign(y=2.0, x=1 / 3).reset_index(drop=True),
    "correct_images": scene,
    "find_blobs": scene,
    "segment_particles": scene,
    "fit_mixture": scene,
    "locate": scene,
    "refine": features,
    "label_particles": posterior,
    "measure_objects": numbered,
    "link": objects,
    "summarize_tracks": linked,
    "measure_swelling": voids,
    "track_voids": scene,
}
SINGLE = [
    ("fit_mixture", {"diameter": 10, "axes": "tyx"}, {}, Corrections().add("exclude_frame", frame=0)),
    ("fit_mixture", {"diameter": 10, "axes": "tyx"}, {"scribbles": np.stack([STROKES] * 3)}, Corrections()),
    ("label_particles", {"threshold": 0.7, "closing_radius": 1.5, "axes": "tyx"}, {}, Corrections()),
    (
        "label_particles",
        {"threshold": 2 / 3, "min_size": 1, "spacing": (0.5, 0.25), "axes": "tyx"},
        {},
        Corrections(),
    ),
    (
        "label_particles",
        {"threshold": 0.7, "closing_radius": 3, "axes": "tyx"},
        {"mask": MASK},
        Corrections(),
    ),
    ("measure_objects", {"axes": "tyx"}, {"image": scene()}, Corrections()),
    ("measure_objects", {"axes": "tyx", "spacing": 0.5, "units": "um"}, {}, Corrections()),
    ("estimate_drift", {"max_shift": 10.5, "reference": "previous"}, {"mask": MASK[0]}, Corrections()),
    ("estimate_drift", {}, {}, Corrections().add("bad_frame", frame=1)),
    ("drift_from_tracks", {"minimum_tracks": 2, "statistic": "mean"}, {}, Corrections()),
    ("correct_positions", {}, {"drift": moved()}, Corrections()),
    ("correct_images", {}, {"drift": moved()}, Corrections()),
    ("correct_images", {"border": "expand", "order": 3, "fill": 7.0}, {"drift": moved()}, Corrections()),
    ("locate", {"diameter": 11, "axes": "tyx"}, {}, Corrections()),
    (
        "locate",
        {
            "diameter": (9, 11),
            "minmass": 1 / 3,
            "separation": 6.5,
            "noise_size": (1, 1.5),
            "topn": 3,
            "axes": "tyx",
        },
        {},
        Corrections(),
    ),
    (
        "locate",
        {"diameter": 11, "invert": True, "percentile": 12.5, "characterize": False, "axes": "tyx"},
        {},
        Corrections(),
    ),
    ("refine", {"diameter": 13, "axes": "tyx"}, {"images": scene()}, Corrections()),
    (
        "refine",
        {
            "diameter": (11.0, 13.0),
            "profile": "disc",
            "size": "frame",
            "tails": "mask",
            "loss": "poisson",
            "gain": 1 / 3,
            "separation": 9.5,
            "bounds": {"signal": [0, 1e4], "x_diff": 2},
            "param_mode": {"background": "frame"},
            "axes": "tyx",
        },
        {"images": scene()},
        Corrections(),
    ),
    (
        "refine",
        {"diameter": "auto", "size": "var", "constraints": {"dimer": 1 / 3 + 9}, "axes": "tyx"},
        {"images": scene()},
        Corrections().add("point_add", frame=1, position=[30.25, 40.5]),
    ),
    ("measure_swelling", {"area": 4e4, "thickness": 50.0, "dt": 0.1, "dose_rate": 1 / 3}, {}, Corrections()),
    (
        "measure_swelling",
        {
            "area": (90.0, 110.0),
            "spacing": 0.47,
            "units": "nm",
            "edges": "unbiased",
            "frame_numbers": (2, 3, 5, 8, 9),
        },
        {},
        Corrections(),
    ),
]
TRACKS = [
    ("link", {}, {}, Corrections()),
    ("link", {"search_range": 4.5, "memory": 1, "adaptive_stop": 0.5}, {}, Corrections()),
    ("link", {"search_range": 1 / 3 + 4, "method": "trackpy", "predictor": "drift"}, {}, Corrections()),
    (
        "link",
        {"search_range": (2.5, 3.5), "spacing": 0.5, "units": "nm", "splitting": True},
        {},
        Corrections(),
    ),
    (
        "link",
        {"merging": True, "predictor": "nearest_velocity"},
        {},
        Corrections().add("link_forbid", frame_a=0, label_a=1, frame_b=1, label_b=1),
    ),
    ("summarize_tracks", {}, {}, Corrections()),
    (
        "summarize_tracks",
        {"spacing": 1 / 3, "units": "nm", "dt": 0.7, "dose_rate": 0.01, "level": 0.9},
        {},
        Corrections(),
    ),
]
VOIDS = [
    (
        "track_voids",
        {
            "min_size": 10,
            "search_range": 6.5,
            "min_frames": 2,
            "diameter": 10,
            "spacing": 1 / 3,
            "units": "nm",
        },
        {},
        Corrections().add("exclude_frame", frame=1),
    ),
    (
        "track_voids",
        {
            "min_size": 10,
            "drop_edges": False,
            "dt": 0.7,
            "dose_rate": 1 / 3,
            "thickness": 90.5,
            "merging": True,
        },
        {"labels": numbered()},
        Corrections()
        .add("bad_frame", frame=1)
        .add("link_forbid", frame_a=0, label_a=1, frame_b=1, label_b=3),
    ),
    (
        "track_voids",
        {"min_size": 10, "method": "trackpy", "search_range": (5, 6.5), "drift_from": "images"},
        {},
        Corrections(),
    ),
]


def test_every_step_is_tried() -> None:
    assert set(FIRST) == {target.partition(":")[2] for target in STEPS}
    assert {case[0] for case in TOY + PARTICLES + SINGLE + TRACKS + VOIDS} == set(FIRST)


def test_the_toy_has_every_kind_of_parameter() -> None:
    assert {p.kind for p in find_step("find_blobs").spec().params} == set(Kind)


def by_call(name: str, settings: dict[str, Any], data: dict[str, Any], log: Corrections) -> Any:
    corrections = {"corrections": log} if len(log) else {}
    return find_step(name)(FIRST[name](), **settings, **data, **corrections)


def saved(data: Any, path: Path) -> str:
    """Data as a file of the usual kind."""
    if isinstance(data, specks.Drift):
        data.save(path.with_suffix(".json"))
        return str(path.with_suffix(".json"))
    if isinstance(data, pd.DataFrame):
        data.to_csv(path.with_suffix(".csv"), index=False)
        return str(path.with_suffix(".csv"))
    stack = data.ndim == 3
    tifffile.imwrite(
        path.with_suffix(".tif"),
        data.astype(np.uint8) if data.dtype == bool else data,
        metadata={"axes": "TYX" if stack else "YX"},
        photometric="minisblack",
    )
    return str(path.with_suffix(".tif"))


def typed(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(repr, value))
    return "none" if value is None else str(value)


def by_shell(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    settings: dict[str, Any],
    data: dict[str, Any],
    log: Corrections,
    in_file: bool,
) -> Outputs:
    spec = find_step(name).spec()
    ending = Path(spec.results[0].file).suffix if is_single_file(spec) else ""
    words = [
        command_of(name),
        saved(FIRST[name](), folder / "first"),
        "-o",
        str(folder / f"shell{ending}"),
        "--json",
    ]
    filed = {n: v for n, v in settings.items() if in_file or spec.param(n).kind is Kind.MAPPING}
    if filed:
        plain = {n: list(v) if isinstance(v, tuple) else v for n, v in filed.items()}
        (folder / "params.yaml").write_text(dump_yaml(plain))
        words += ["--params", str(folder / "params.yaml")]
    for n, value in settings.items():
        if n in filed:
            continue
        flag = n.replace("_", "-")
        words += (
            [f"--{flag}" if value else f"--no-{flag}"]
            if isinstance(value, bool)
            else [f"--{flag}", typed(value)]
        )
    for n, value in data.items():
        flags = [] if spec.param(n).required else [f"--{n}"]
        words += [*flags, saved(value, folder / n)]
    if len(log):
        save_corrections(log, folder / "log.json")
        words += ["--corrections", str(folder / "log.json")]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    report = json.loads(capsys.readouterr().out)["steps"][0]
    return {name: Path(path) for name, path in report["outputs"].items()}


def by_recipe(
    folder: Path, name: str, settings: dict[str, Any], data: dict[str, Any], log: Corrections
) -> Outputs:
    """As a dock adds it and a person runs it."""
    path = folder / "recipe.yaml"
    first = find_step(name).spec().inputs[0].name
    wires = {first: first} | {n: n for n in data}
    append_step(path, find_step(name).spec(), settings, wires, log, name="one")
    inputs = {first: saved(FIRST[name](), folder / "again")} | {
        n: saved(v, folder / n) for n, v in data.items()
    }
    return run_recipe(path, inputs, folder / "recipe")[0].outputs


def pixels(path: Path) -> np.ndarray:
    source = open_image(path)
    return source.read(tuple(slice(0, n) for n in source.shape))


def compare(name: str, result: Any, outputs: Outputs) -> None:
    """A result in memory and one on disk."""
    spec = find_step(name).spec()
    for output in spec.results:
        value, path = spec.fields(result)[output.name], outputs.get(output.name, Path())
        if output.role in (Role.IMAGE, Role.LABELS):
            expected = np.asarray(value)
            if output.name == "posterior":  # stored in steps of 1/255
                assert np.abs(pixels(path) / 255 - expected).max() <= 0.5 / 255 + 1e-6
            else:
                np.testing.assert_array_equal(pixels(path), expected)
        elif output.role in (Role.TABLE, Role.POINTS, Role.TRACKS):
            if value is None:
                assert output.name not in outputs
                continue
            pd.testing.assert_frame_equal(read_table(path), value, check_exact=True)
        elif isinstance(value, specks.Drift):
            again = specks.Drift.load(path)
            pd.testing.assert_frame_equal(again.table, value.table, check_exact=True)
            assert [r["kind"] for r in again.corrections] == [r["kind"] for r in value.corrections]
            assert again.provenance.parameters == value.provenance.parameters
        else:
            np.testing.assert_array_equal(specks.Mixture.load(path).tables, value.tables)


@pytest.mark.parametrize("in_file", [False, True], ids=["options", "params-file"])
@pytest.mark.parametrize(("name", "settings", "data", "log"), TOY + PARTICLES + SINGLE + TRACKS + VOIDS)
def test_the_shell_gives_what_the_call_gives(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    settings: dict[str, Any],
    data: dict[str, Any],
    log: Corrections,
    in_file: bool,
) -> None:
    result = by_call(name, settings, data, log)
    compare(name, result, by_shell(tmp_path, capsys, name, settings, data, log, in_file))


@pytest.mark.parametrize(("name", "settings", "data", "log"), TOY + PARTICLES + SINGLE + TRACKS + VOIDS)
def test_a_recipe_gives_what_the_call_gives(
    tmp_path: Path, name: str, settings: dict[str, Any], data: dict[str, Any], log: Corrections
) -> None:
    compare(name, by_call(name, settings, data, log), by_recipe(tmp_path, name, settings, data, log))


@pytest.mark.widgets
@pytest.mark.parametrize(("name", "settings", "data", "log"), TOY + PARTICLES + SINGLE + TRACKS + VOIDS)
def test_a_form_gives_what_the_call_gives(
    qapp: Any, name: str, settings: dict[str, Any], data: dict[str, Any], log: Corrections
) -> None:
    from specks.ui.form import Form

    form = Form(find_step(name).spec())
    form.update(settings)
    assert not form.faults
    spec = find_step(name).spec()
    result = spec.fields(by_call(name, settings, data, log))
    other = spec.fields(by_call(name, form.values, data, log))
    for output in spec.results:
        if output.role in (Role.IMAGE, Role.LABELS):
            np.testing.assert_array_equal(np.asarray(other[output.name]), np.asarray(result[output.name]))
        elif output.role in (Role.TABLE, Role.POINTS, Role.TRACKS) and result[output.name] is not None:
            pd.testing.assert_frame_equal(other[output.name], result[output.name], check_exact=True)


@pytest.mark.parametrize("cases", [TOY, PARTICLES], ids=["toy", "particles"])
def test_the_cases_tell_results_apart(cases: list[Any]) -> None:
    """A comparison of results that are all alike would hold nothing."""
    labels = [np.asarray(by_call(*case).labels) for case in cases]
    assert len({array.tobytes() for array in labels}) >= 0.7 * len(cases)
    assert all(array.max() > 0 for array in labels)
