"""Results as OME-Zarr 0.5: valid for others, read back by us, resumed after a kill."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import yaozarrs
import zarr
from damage import unhurried
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader
from pandas.testing import assert_frame_equal
from statements import halving

from specks._core.axes import Geometry
from specks._core.errors import FileFormatError, InputError, NotFoundError, StoreError
from specks._core.progress import drain
from specks._core.provenance import Provenance
from specks._core.source import array_source
from specks.io import ResultStore, as_source, open_image, open_result, write_result

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 255, (3, 700, 1100), dtype=np.uint8)
LABELS = (RNG.random((3, 700, 1100)) > 0.5).astype(np.int32).cumsum(axis=2, dtype=np.int32) // 40
POSTERIOR = RNG.random((3, 700, 1100), dtype=np.float32)
TABLE = pd.DataFrame({"label": [1, 2], "y": [0.5, np.nan], "reason": ["", None]})
MADE = Provenance(step="specks.workflows:segment_particles", parameters={"threshold": 0.5}, seconds=2.0)


class Model:
    def save(self, path) -> None:
        path.write_text("weights")


def whole(source) -> np.ndarray:
    return source.read(tuple(slice(0, n) for n in source.shape))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    source = as_source(IMAGE, "zyx", spacing=(30, 4, 4), units="nm")
    path = tmp_path_factory.mktemp("out") / "found.ome.zarr"
    steps = write_result(
        path,
        source,
        labels={"particles": LABELS},
        posterior=POSTERIOR,
        tables={"objects": TABLE},
        models={"model": Model()},
        provenance=MADE,
    )
    drain(steps)
    return path


def test_others_find_it_valid(written) -> None:
    for group in ("", "posterior", "labels", "labels/particles"):
        yaozarrs.validate_zarr_store(str(written / group))
    nodes = [node for node in Reader(parse_url(written, mode="r"))() if node.data]
    assert [node.data[0].shape for node in nodes] == [IMAGE.shape, LABELS.shape]
    assert [len(node.data) for node in nodes] == [3, 3]
    np.testing.assert_array_equal(np.asarray(nodes[0].data[0]), IMAGE)
    np.testing.assert_array_equal(np.asarray(nodes[1].data[0]), LABELS)
    assert [node.metadata["name"] for node in nodes] == ["image", "particles"]
    assert nodes[0].metadata["coordinateTransformations"][1][0]["scale"] == [30, 8, 8]
    posterior = next(iter(Reader(parse_url(written / "posterior", mode="r"))()))
    assert posterior.data[0].dtype == np.uint8
    assert [axis.get("unit") for axis in posterior.metadata["axes"]] == ["nanometer"] * 3
    assert sorted(name for name, _ in zarr.open_group(written, mode="r").members()) == [
        "labels",
        "posterior",
        "s0",
        "s1",
        "s2",
        "specks",
    ]


def test_we_read_back_what_was_written(written) -> None:
    result = open_result(written)
    assert result.image.geometry == Geometry("zyx", (30, 4, 4), ("nanometer",) * 3)
    assert result.labels["particles"].geometry == result.posterior.geometry == result.image.geometry
    np.testing.assert_array_equal(whole(result.image), IMAGE)
    np.testing.assert_array_equal(whole(result.labels["particles"]), LABELS)
    assert np.abs(whole(result.posterior) * result.posterior_scale - POSTERIOR).max() <= 0.5 / 255 + 1e-6
    assert_frame_equal(result.table("objects"), TABLE)
    assert result.model_path("model").read_text() == "weights"
    assert result.provenance == MADE
    with pytest.raises(InputError, match=r"there is no table 'tracks' in found.ome.zarr; it has objects"):
        result.table("tracks")


def test_odd_probabilities(tmp_path) -> None:
    posterior = np.array([[np.nan, -0.1, 0.0], [0.5, 1.0, 1.2]], np.float32)
    stored = open_result(drain(write_result(tmp_path / "p.zarr", posterior=posterior))).posterior
    assert whole(stored).tolist() == [[0, 0, 0], [128, 255, 255]]
    again = open_result(drain(write_result(tmp_path / "b.zarr", posterior=whole(stored)))).posterior
    np.testing.assert_array_equal(whole(again), whole(stored))


def test_pyramids_keep_planes(written) -> None:
    result = open_result(written)
    fine, middle, coarse = result.levels("particles")
    assert [level.shape for level in (fine, middle, coarse)] == [(3, 700, 1100), (3, 350, 550), (3, 175, 275)]
    assert coarse.geometry.spacing == (30, 16, 16)
    np.testing.assert_array_equal(whole(middle)[1], halving.halved_labels(LABELS[1]))
    np.testing.assert_array_equal(whole(coarse)[1], halving.halved_labels(whole(middle)[1]))
    np.testing.assert_array_equal(whole(result.levels("image")[1])[2], halving.halved_mean(IMAGE[2]))


@settings(unhurried, suppress_health_check=[HealthCheck.too_slow], max_examples=25)
@given(
    shape=st.one_of(
        st.tuples(*[st.integers(1, 40)] * 2),
        st.tuples(st.integers(1, 4), *[st.integers(1, 40)] * 2),
        st.tuples(st.integers(1, 2), st.integers(1, 3), *[st.integers(500, 530)] * 2),
    ),
    dtype=st.sampled_from(["u1", "<u2", ">u2", "i2", "f2", "f4", "f8", "bool"]),
    kind=st.sampled_from(["numpy", "dask", "zarr"]),
    seed=st.integers(0, 99),
)
def test_round_trip(tmp_path_factory, shape, dtype, kind, seed) -> None:
    folder = tmp_path_factory.mktemp("r")
    pixels = np.random.default_rng(seed).integers(0, 2, shape).astype(dtype) * np.ones((), dtype)
    image = pixels
    if kind == "dask":
        image = da.from_array(pixels, chunks=tuple(max(1, n // 2) for n in shape))
    elif kind == "zarr":
        image = zarr.create_array(
            folder / "in.zarr", data=pixels, chunks=tuple(max(1, n // 3) for n in shape)
        )
    drain(write_result(folder / "r.zarr", image, labels={"same": image} if dtype in ("u1", "bool") else None))
    yaozarrs.validate_zarr_store(str(folder / "r.zarr"))
    stored = open_result(folder / "r.zarr").image
    assert stored.dtype == (np.dtype("u1") if dtype == "bool" else pixels.dtype.newbyteorder("="))
    np.testing.assert_array_equal(whole(stored), pixels)


@settings(unhurried, max_examples=20)
@given(
    axes=st.sampled_from(["yx", "zyx", "tyx", "tzyx"]),
    steps=st.lists(st.floats(1e-6, 1e6), min_size=4, max_size=4),
    units=st.lists(st.sampled_from(["pixel", "nanometer", "micrometer", "angstrom"]), min_size=3, max_size=3),
)
def test_geometry_round_trip(tmp_path_factory, axes, steps, units) -> None:
    """Spacing and units come back exactly, for the image and for what lies on it."""
    spatial = iter(units)
    given_units = ["second" if a == "t" else next(spatial) for a in axes]
    geometry = Geometry.of(axes, steps[: len(axes)], given_units)
    image = array_source(np.zeros((2,) * len(axes), np.uint8)).with_geometry(geometry)
    path = drain(
        write_result(tmp_path_factory.mktemp("g") / "r.zarr", image, labels={"a": image}, posterior=image)
    )
    result = open_result(path)
    assert result.image.geometry == result.labels["a"].geometry == result.posterior.geometry == geometry


def test_without_an_image_the_root_shows_the_posterior(tmp_path) -> None:
    path = drain(write_result(tmp_path / "p.zarr", posterior=POSTERIOR, labels={"a": LABELS}))
    yaozarrs.validate_zarr_store(str(path))
    assert open_result(path).image is None
    assert open_image(path).shape == POSTERIOR.shape
    path = drain(write_result(tmp_path / "l.zarr", labels={"a": LABELS[0]}))
    yaozarrs.validate_zarr_store(str(path))
    np.testing.assert_array_equal(whole(open_image(path)), LABELS[0])


@pytest.mark.parametrize("file", [True, False])
def test_processes_write_from_files_only(tmp_path, file) -> None:
    np.save(tmp_path / "a.npy", IMAGE)
    image = open_image(tmp_path / "a.npy") if file else IMAGE
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        if file:
            np.testing.assert_array_equal(
                whole(open_image(drain(write_result(tmp_path / "r.zarr", image, executor=executor)))), IMAGE
            )
        else:
            with pytest.raises(InputError, match="save it to a file"):
                drain(write_result(tmp_path / "r.zarr", image, executor=executor))
            assert not (tmp_path / "r.zarr.partial").exists()


class Counted:
    """An array that counts what is read of it."""

    def __init__(self, pixels, fail_at: int | None = None) -> None:
        self.pixels, self.shape, self.dtype, self.chunks = pixels, pixels.shape, pixels.dtype, (1, 700, 1100)
        self.read, self.fail_at = 0, fail_at

    def __getitem__(self, region):
        part = self.pixels[region]
        if part.size > 64 * 64 * 3:  # not the samples of a fingerprint
            self.read += part.size
            if self.fail_at is not None and self.read > self.fail_at:
                raise OSError(errno.ENOSPC, "No space left on device")
        return part


MANY = np.concatenate([IMAGE] * 12)


def test_a_stopped_call_goes_on_where_it_was(tmp_path) -> None:
    path = tmp_path / "r.zarr"
    steps = write_result(path, Counted(MANY), provenance=MADE, axes="zyx")
    for progress in steps:
        if progress.done == 3:
            break
    steps.close()
    assert not path.exists()
    with pytest.raises(FileFormatError, match="not a finished result"):
        open_result(tmp_path / "r.zarr.partial")
    again = Counted(MANY)
    drain(write_result(path, again, provenance=MADE, axes="zyx"))
    assert 0 < again.read <= MANY.size * 0.8
    np.testing.assert_array_equal(whole(open_image(path)), MANY)
    assert os.listdir(tmp_path) == ["r.zarr"]


@pytest.mark.parametrize("other", [None, Provenance(parameters={"threshold": 0.7})])
def test_another_call_begins_anew(tmp_path, other) -> None:
    steps = write_result(tmp_path / "r.zarr", Counted(MANY), provenance=MADE, axes="zyx")
    assert next(p for p in steps if p.done == 3)
    steps.close()
    again = Counted(MANY)
    drain(write_result(tmp_path / "r.zarr", again, provenance=other, axes="zyx"))
    assert again.read == MANY.size


def test_a_full_disk_is_said_and_survived(tmp_path) -> None:
    path = tmp_path / "r.zarr"
    with pytest.raises(StoreError, match=r"r.zarr cannot be written: the disk is full"):
        drain(write_result(path, Counted(MANY, fail_at=MANY.size // 2), provenance=MADE, axes="zyx"))
    assert not path.exists()
    again = Counted(MANY)
    drain(write_result(path, again, provenance=MADE, axes="zyx"))
    assert again.read < MANY.size
    np.testing.assert_array_equal(whole(open_image(path)), MANY)


def test_a_real_failure_to_write_is_in_words(tmp_path) -> None:
    """No file may grow beyond 100 kB in this process, so that the system itself refuses to write a chunk."""
    code = f"""
        import resource
        import numpy as np
        import specks.io
        from specks._core.errors import StoreError
        from specks._core.progress import drain

        noise = np.random.default_rng(0).integers(0, 255, (1, 600, 600), np.uint8)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            drain(specks.io.write_result({str(tmp_path / "r.zarr")!r}, noise))
        except StoreError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith(
        "r.zarr cannot be written: the file would be larger than is allowed here"
    )
    assert os.listdir(tmp_path) == ["r.zarr.partial"]


def test_a_killed_process_leaves_nothing_that_looks_finished(tmp_path) -> None:
    np.save(tmp_path / "in.npy", MANY)
    code = f"""
        import time
        from specks._core.provenance import Provenance
        from specks.io import open_image, write_result
        for progress in write_result({str(tmp_path / "r.zarr")!r}, open_image({str(tmp_path / "in.npy")!r}), provenance=Provenance(step="kill")):
            print(progress.done, flush=True)
            time.sleep(0.05)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if int(line) >= 2:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert sorted(os.listdir(tmp_path)) == [".r.zarr.lock", "in.npy", "r.zarr.partial"]
    for opener in (open_image, open_result):
        with pytest.raises(FileFormatError):
            opener(tmp_path / "r.zarr.partial")
    events = list(
        write_result(tmp_path / "r.zarr", open_image(tmp_path / "in.npy"), provenance=Provenance(step="kill"))
    )
    assert events[0].done >= 2
    np.testing.assert_array_equal(whole(open_image(tmp_path / "r.zarr")), MANY)


def test_what_is_in_the_way_is_left_alone(tmp_path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(StoreError, match="mine exists already"):
        drain(write_result(tmp_path / "mine", IMAGE))
    (tmp_path / "r.zarr.partial").mkdir()
    (tmp_path / "r.zarr.partial" / "thesis.tex").write_text("years of work")
    with pytest.raises(StoreError, match="is in the way and was not written by specks"):
        drain(write_result(tmp_path / "r.zarr", IMAGE))
    assert (tmp_path / "r.zarr.partial" / "thesis.tex").read_text() == "years of work"
    with pytest.raises(StoreError, match="its folder does not exist"):
        drain(write_result(tmp_path / "no" / "r.zarr", IMAGE))


def test_a_result_is_replaced_only_when_that_is_said_and_all_went_well(tmp_path, monkeypatch) -> None:
    path = drain(write_result(tmp_path / "r.zarr", IMAGE, tables={"old": TABLE}))
    with pytest.raises(StoreError, match=r"r\.zarr exists already; .*overwrite=True"):
        drain(write_result(path, IMAGE + 1))
    with pytest.raises(StoreError, match="disk is full"):
        drain(write_result(path, Counted(MANY, fail_at=MANY.size // 2), axes="zyx", overwrite=True))
    monkeypatch.setattr("specks.io.store.Journal.remove", lambda self: os.remove(tmp_path / "nothing"))
    with pytest.raises(StoreError, match=r"r\.zarr cannot be written"):
        drain(write_result(path, IMAGE + 1, overwrite=True))
    monkeypatch.undo()
    np.testing.assert_array_equal(whole(open_image(path)), IMAGE)
    assert drain(write_result(path, IMAGE + 1, overwrite=True)) == path
    np.testing.assert_array_equal(whole(open_image(path)), IMAGE + 1)
    assert open_result(path).tables == ()
    assert os.listdir(tmp_path) == ["r.zarr"]


def test_what_was_about_to_be_replaced_when_the_process_was_killed_comes_back(tmp_path) -> None:
    path = drain(write_result(tmp_path / "r.zarr", IMAGE))
    path.rename(tmp_path / ".r.zarr.old")
    with pytest.raises(StoreError, match="exists already"):
        drain(write_result(path, IMAGE + 1))
    np.testing.assert_array_equal(whole(open_image(path)), IMAGE)
    shutil.copytree(path, tmp_path / ".r.zarr.old")  # killed before what was replaced was away
    drain(write_result(path, IMAGE + 1, overwrite=True))
    np.testing.assert_array_equal(whole(open_image(path)), IMAGE + 1)
    assert os.listdir(tmp_path) == ["r.zarr"]


def test_nothing_but_a_result_is_replaced(tmp_path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("years of work")
    (tmp_path / "notes.txt").write_text("years of work")
    zarr.create_array(tmp_path / "raw.zarr", data=IMAGE)
    for name in ("thesis", "notes.txt", "raw.zarr"):
        with pytest.raises(
            StoreError, match=f"{name} is no finished result of specks, so it is not replaced"
        ):
            drain(write_result(tmp_path / name, IMAGE, overwrite=True))
    assert (tmp_path / "thesis" / "thesis.tex").read_text() == "years of work"
    np.testing.assert_array_equal(zarr.open_array(tmp_path / "raw.zarr")[:], IMAGE)


def test_a_read_only_folder(tmp_path, monkeypatch) -> None:
    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    with pytest.raises(StoreError, match="no permission to write there"):
        drain(write_result(tmp_path / "r.zarr", IMAGE))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "nothing to write"),
        (
            {"image": IMAGE, "labels": {"a": LABELS[0]}},
            r"a has the shape \(700, 1100\), but image has \(3, 700, 1100\)",
        ),
        (
            {"image": IMAGE, "labels": {"a": POSTERIOR}},
            "labels 'a' are of type float32; they must be whole numbers",
        ),
        ({"image": IMAGE, "labels": {"../a": LABELS}}, "labels are named '../a'"),
        ({"image": IMAGE.astype(complex)}, "complex"),
    ],
)
def test_what_cannot_be_written(tmp_path, arguments, words) -> None:
    with pytest.raises(InputError, match=words):
        drain(write_result(tmp_path / "r.zarr", **arguments))
    assert not list(tmp_path.iterdir())


def test_a_store_that_is_filled_by_its_caller(tmp_path) -> None:
    store = ResultStore(tmp_path / "r.zarr", {"run": 1})
    target = store.array("posterior", (2, 600, 30), np.uint8, Geometry.of("tyx"), "mean")
    target[0] = 7
    store.journal.add("frame 0")
    again = ResultStore(tmp_path / "r.zarr", {"run": 1})
    assert again.resumed
    assert "frame 0" in again.journal
    target = again.array("posterior", (2, 600, 30), np.uint8, Geometry.of("tyx"), "mean")
    target[1] = 9
    drain(again.add_levels("posterior"))
    result = open_result(again.finish())
    assert np.unique(whole(result.posterior)[0]).tolist() == [7]
    assert [level.shape for level in result.levels("posterior")] == [(2, 600, 30), (2, 300, 15)]
    yaozarrs.validate_zarr_store(str(tmp_path / "r.zarr"))
    with pytest.raises(InputError, match="nothing was written into the store"):
        ResultStore(tmp_path / "empty.zarr").finish()


def test_damaged_results_are_named(written, tmp_path) -> None:
    with pytest.raises(NotFoundError):
        open_result(tmp_path / "none.zarr")
    zarr.create_array(tmp_path / "plain.zarr", data=IMAGE)
    with pytest.raises(FileFormatError, match="not a finished result of specks"):
        open_result(tmp_path / "plain.zarr")
    path = drain(write_result(tmp_path / "r.zarr", IMAGE[0], tables={"objects": TABLE}, provenance=MADE))
    document = json.loads((path / "zarr.json").read_text())
    for tables in (["../../secret"], "objects", [".."], [3]):
        document["attributes"]["specks"]["tables"] = tables
        (path / "zarr.json").write_text(json.dumps(document))
        with pytest.raises(FileFormatError, match="the list of tables is"):
            open_result(path)
    document["attributes"]["specks"] = {}
    (path / "zarr.json").write_text(json.dumps(document))
    with pytest.raises(FileFormatError, match=r"r\.zarr"):
        open_result(path)


def test_memory_stays_small(tmp_path) -> None:
    """A picture of 270 MB that is made while it is read is written within a few blocks."""
    code = f"""
        import resource
        import numpy as np
        from specks._core.progress import drain
        from specks.io import write_result

        class Made:
            shape, dtype, chunks = (16, 4096, 4096), np.dtype("u1"), (1, 4096, 4096)
            def __getitem__(self, region):
                return np.full(tuple(s.stop - s.start for s in region), region[0].start % 200, np.uint8)

        drain(write_result({str(tmp_path / "small.zarr")!r}, np.zeros((2, 2048, 2048), np.uint8)))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        drain(write_result({str(tmp_path / "big.zarr")!r}, Made()))
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 150, f"{done.stdout} MB"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"labels": np.ones((8, 8), int)}, "labels is ndarray; it must be a mapping"),
        ({"tables": pd.DataFrame({"a": [1]})}, "tables is DataFrame; it must be a mapping"),
        ({"models": {"m": 5}}, r"models\['m'\] is int; it must have a method save"),
        ({"provenance": {}}, "provenance is dict; it must be a Provenance"),
        ({"labels": {5: np.ones((8, 8), int)}}, "labels are named 5"),
        ({"tables": {"../t": pd.DataFrame({"a": [1]})}}, "a plain name without folders"),
        ({"image": np.full((8, 8), "a")}, "has the type <U1; expected numbers"),
        ({"image": np.ones((8, 8), object)}, "has the type object; expected numbers"),
    ],
)
def test_what_cannot_be_a_result_is_named_and_nothing_gets_out(tmp_path, given, words) -> None:
    with pytest.raises(InputError, match=words):
        drain(write_result(tmp_path / "r.zarr", **({"image": np.ones((8, 8))} | given)))
    assert {p.name for p in tmp_path.iterdir()} <= {"r.zarr.partial"}
