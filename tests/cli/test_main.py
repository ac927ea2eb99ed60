"""The command line: help that loads nothing, words for every fault, and exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tifffile
import toy_engine  # noqa: F401 - registers its step

from specks._core.corrections import Corrections
from specks._core.corrections_file import save_corrections
from specks.cli import commands
from specks.cli.main import main
from specks.io import open_image, open_result, read_table
from specks.synth import start_table, touching_particles

TESTS = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an image, a.tif."""
    rng = np.random.default_rng(3)
    image = rng.normal(100, 5, (3, 40, 48))
    image[:, 10:20, 10:20] += 70
    image[2, 28:34, 30:36] += 70
    tifffile.imwrite(
        tmp_path / "a.tif", image.astype(np.uint16), metadata={"axes": "TYX"}, photometric="minisblack"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def specks(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command line; gives exit code, standard output and standard error."""

    def run(line: str, *more: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([*line.split(), *more])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def fresh(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def test_help_loads_no_numbers() -> None:
    code = (
        "import sys; sys.argv = ['specks', '--help']\n"
        "from specks.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "print('numpy' in sys.modules)"
    )
    assert fresh(code).stdout.split()[-1] == "False"


def test_help_names_every_command_in_a_sentence(specks: Any) -> None:
    code, out, _ = specks("--help")
    assert code == 0
    for name in commands.names():
        assert re.search(rf"^  {name}\b", out, re.MULTILINE)
    for name, sentence in commands.HELP.items():
        assert " ".join(sentence.split()) in " ".join(out.split())
        assert name in commands.names()
    assert specks("")[0] == 2


def test_every_short_name_stands_for_a_step_that_is_there() -> None:
    from specks._core.registry import find_step

    for command, step in commands.SHORT.items():
        assert commands.step_of(command) == step
        assert find_step(step).spec().name == step
        assert commands.command_of(step) == command


@pytest.mark.parametrize("name", commands.names())
def test_every_command_has_help(specks: Any, name: str) -> None:
    code, out, _ = specks(f"{name} --help")
    assert code == 0
    assert out.startswith(f"Usage: specks {name}")


def test_help_of_a_step_says_limits_units_and_defaults(specks: Any, folder: Path) -> None:
    out = " ".join(specks("find-blobs --help")[1].split())
    assert "--diameter NUMBER[,NUMBER...]" in out
    assert "[above 0; at most 200; in the unit of the image; default: 3.0]" in out
    assert "--method above|below" in out
    assert "--level NUMBER|auto" in out
    assert "--fill, --fill-holes / --no-fill, --no-fill-holes" in out
    assert "Only in the file of --params: bounds." in out


def test_the_version_is_printed(specks: Any) -> None:
    code, out, _ = specks("--version")
    assert code == 0
    assert re.fullmatch(r"specks \S+\n", out)


def test_a_step_is_run_and_reported(specks: Any, folder: Path) -> None:
    code, out, err = specks("find-blobs a.tif -o found --diameter 3 --level 130")
    assert (code, out) == (0, "4 blobs in 3 frames\n  found\n")
    assert "\r" not in err
    stored = open_result("found")
    assert stored.labels["labels"].shape == (3, 40, 48)
    assert len(stored.table("centers")) == 4
    assert stored.provenance is not None
    assert stored.provenance.parameters["level"] == 130


def test_the_report_is_json_when_asked(specks: Any, folder: Path) -> None:
    code, out, _ = specks("find-blobs a.tif -o found --level 130 --json")
    (step,) = json.loads(out)["steps"]
    assert code == 0
    assert step["summary"] == "4 blobs in 3 frames"
    assert set(step["outputs"]) == {"smooth", "labels", "centers", "objects"}
    assert len(read_table(step["outputs"]["objects"])) == 3
    assert not step["kept"]


def test_options_win_over_the_file(specks: Any, folder: Path) -> None:
    (folder / "p.yaml").write_text("level: 1e9\nrepeats: 2\nbounds: {max: 200}\n")
    assert specks("find-blobs a.tif -o one --params p.yaml --level 130")[0] == 0
    made = open_result("one").provenance
    assert made is not None
    assert (made.parameters["level"], made.parameters["repeats"]) == (130, 2)
    assert made.parameters["bounds"] == {"max": 200}


def test_corrections_come_from_a_file(specks: Any, folder: Path) -> None:
    save_corrections(Corrections().add("exclude_frame", frame=2), folder / "log.json")
    code, out, _ = specks("find-blobs a.tif -o found --level 130 --corrections log.json")
    assert (code, out.splitlines()[0]) == (0, "2 blobs in 3 frames")


def test_a_model_and_a_table_go_to_files_of_any_name(specks: Any, folder: Path) -> None:
    assert specks("find-blobs a.tif -o found --level 130")[0] == 0
    code, out, _ = specks("measure found/labels/labels -o objects.csv")
    assert (code, out) == (0, "Measure objects: 4 rows\n  objects.csv\n")
    assert len(read_table("objects.csv")) == 4
    assert specks("fit a.tif -o model --diameter 10")[0] == 0
    import specks as library

    assert library.Mixture.load("model").diameter == 10
    assert specks("measure found/labels/labels -o objects.xyz")[0] == 2
    assert not (folder / "objects.xyz").exists()


def test_segment_then_label_its_posterior(specks: Any, folder: Path) -> None:
    code, out, _ = specks("segment a.tif -o seg --diameter 10 --variable contrast")
    assert code == 0
    assert out.startswith("4 particles in 3 frames")
    stored = open_result("seg")
    assert stored.posterior is not None
    assert stored.tables == ("objects",)
    code, _, _ = specks("label seg/posterior -o again")
    assert code == 0
    ours, theirs = (open_image(p).read((slice(0, 3), slice(0, 40), slice(0, 48))) for p in (
        "again/labels/labels", "seg/labels/particles"))  # fmt: skip
    np.testing.assert_array_equal(ours > 0, theirs > 0)


def test_a_dry_run_writes_nothing(specks: Any, folder: Path) -> None:
    before = sorted(folder.iterdir())
    code, out, _ = specks("find-blobs a.tif -o found --diameter 3,4 --dry-run")
    assert code == 0
    assert "  diameter: [3.0, 4.0]" in out
    assert "  results: found" in out
    plan = json.loads(specks("find-blobs a.tif -o found --dry-run --json")[1])
    assert plan["parameters"]["repeats"] == 1
    assert plan["inputs"] == {"image": "a.tif"}
    assert specks("find-blobs none.tif -o found --dry-run")[0] == 2
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("find-blobs none.tif -o x", ["there is no file or folder none.tif"]),
        ("find-blobs a.tif", ["Missing option"]),
        ("find-blobs a.tif -o x --diamter 3", ["--diamter", "--diameter"]),
        ("find-blob a.tif -o x", ["find-blob"]),
        (
            "find-blobs a.tif -o x --diameter wide --method abov --repeats 0",
            [
                "specks: diameter is 'wide'; it must be a number or one per spatial axis, above 0 and at most 200\n",
                "specks: method is 'abov'; it must be 'above' or 'below'; did you mean 'above'?\n",
                "specks: repeats is 0; it must be a whole number, from 1 to 9\n",
            ],
        ),
        ("find-blobs a.tif -o x --diameter 3,4,5", ["3 values"]),
        ("find-blobs a.tif -o x --params none.yaml", ["there is no file or folder none.yaml"]),
        ("find-blobs a.tif -o x --params list.yaml", ["list.yaml must hold a mapping of parameters"]),
        ("find-blobs a.tif -o x --params bad.yaml", ["no parameter 'diamter'; did you mean 'diameter'?"]),
        ("find-blobs a.tif -o x --params data.yaml", ["image is no setting; give it on the command line"]),
        ("find-blobs a.tif -o x --corrections list.yaml", ["list.yaml is not a corrections file"]),
        ("find-blobs a.tif -o x --mask list.yaml", ["there is no reader for .yaml"]),
        ("find-blobs a.tif -o x --offsets list.yaml", ["list.yaml"]),
        ("find-blobs a.tif -o there", ["there exists already", "--overwrite"]),
        (
            "find-blobs a.tif -o x.csv",
            ["-o is x.csv, but the result is a folder, not a .csv file; name it such as x.zarr"],
        ),
        ("find-blobs a.tif -o x.TIF", ["-o is x.TIF, but the result is a folder"]),
        ("find-blobs a.tif -o x --processes", ["--workers N"]),
        ("find-blobs a.tif -o x --workers 0", ["--workers is 0; it must be 1 or more"]),
        ("find-blobs a.tif -o x --workers two", ["--workers"]),
        ("steps find_blob", ["did you mean 'find_blobs'"]),
        ("view none", ["there is no file or folder none"]),
        ("run none.yaml a.tif -o x", ["there is no file or folder none.yaml"]),
    ],
)
def test_unusable_input_is_said_in_words(specks: Any, folder: Path, line: str, says: list[str]) -> None:
    (folder / "list.yaml").write_text("[1]")
    (folder / "bad.yaml").write_text("diamter: 3")
    (folder / "data.yaml").write_text("image: a.tif")
    (folder / "there").mkdir()
    before = sorted(folder.rglob("*"))
    code, out, err = specks(line)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err
    for words in says:
        assert words in err
    assert sorted(folder.rglob("*")) == before


def test_ctrl_c_is_answered(specks: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("specks.cli.run_step.follow", interrupted)
    before = sorted(folder.rglob("*"))
    assert specks("find-blobs a.tif -o x --diameter 3") == (130, "", "specks: stopped\n")
    assert sorted(folder.rglob("*")) == before


def test_a_name_that_is_too_long_is_said_in_words(specks: Any, folder: Path) -> None:
    code, out, err = specks(f"find-blobs a.tif -o {'n' * 300}")
    assert (code, out) == (1, "")
    assert err.endswith("cannot be written: the name is too long\n")


def test_a_file_that_cannot_be_written_is_found_before_the_work(specks: Any, folder: Path) -> None:
    code, out, err = specks("fit a.tif -o none/model")
    assert (code, out) == (1, "")
    assert "its folder does not exist" in err


def test_overwrite_replaces_results_and_nothing_else(specks: Any, folder: Path) -> None:
    assert specks("find-blobs a.tif -o found --level 130")[0] == 0
    assert specks("find-blobs a.tif -o found --level 1000 --overwrite")[1].startswith("0 blobs")
    (folder / "mine").mkdir()
    (folder / "mine" / "x").write_text("y")
    code, _, err = specks("find-blobs a.tif -o mine --overwrite")
    assert (code, (folder / "mine" / "x").read_text()) == (1, "y")
    assert err == "specks: mine exists and was not made by specks; choose another place\n"


def test_a_failure_is_one_sentence_and_debug_shows_where(
    specks: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("specks.cli.run_step.run_job", broken)
    code, _, err = specks("find-blobs a.tif -o x")
    assert (code, err) == (
        1,
        "specks: unexpected ZeroDivisionError: division by zero (--debug shows where)\n",
    )
    code, _, err = specks("find-blobs a.tif -o x --debug")
    assert code == 1
    assert "Traceback" in err


def test_a_fit_that_fails_is_a_failure(specks: Any, folder: Path) -> None:
    np.save(folder / "flat.npy", np.zeros((40, 40), np.uint8))
    code, _, err = specks("segment flat.npy -o x --diameter 5")
    assert code == 1
    assert err.startswith("specks: ")
    assert err.count("\n") == 1
    assert not (folder / "x").exists()


def test_warnings_are_told_without_their_source(specks: Any, folder: Path) -> None:
    rng = np.random.default_rng(0)
    tifffile.imwrite(
        folder / "color.tif", rng.integers(0, 255, (40, 40, 3)).astype(np.uint8), photometric="rgb"
    )
    code, _, err = specks("find-blobs color.tif -o x")
    assert code == 0
    assert err.startswith("specks: color.tif is in color, and its brightness is used")
    assert ".py" not in err


def test_workers_change_nothing(specks: Any, folder: Path) -> None:
    found = {}
    for name, more in (("one", ""), ("two", "--workers 2"), ("three", "--workers 1 --processes")):
        assert specks(f"segment a.tif -o {name} --diameter 10 {more}")[0] == 0
        found[name] = open_result(name).labels["particles"].read((slice(0, 3), slice(0, 40), slice(0, 48)))
    np.testing.assert_array_equal(found["one"], found["two"])
    np.testing.assert_array_equal(found["one"], found["three"])


def test_workers_refine_what_one_does(specks: Any, folder: Path) -> None:
    made = touching_particles(frames=2, count=6, seed=1)
    tifffile.imwrite(folder / "movie.tif", made.images, metadata={"axes": "TYX"})
    start_table(made.table, 0.5, seed=1).to_csv(folder / "found.csv", index=False)
    found = {}
    for name, more in (("alone", ""), ("several", "--workers 2")):
        code, _, err = specks(f"refine found.csv movie.tif -o {name} --diameter 17 {more}")
        assert code == 0, err
        found[name] = read_table(f"{name}/table.csv")
    pd.testing.assert_frame_equal(found["alone"], found["several"])


SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs us aside has it ignored
sys.path.insert(0, sys.argv.pop(1))
import toy_engine, numpy
from specks._core.source import ArraySource
plain = ArraySource.read
def slow(self, region):
    print("reading", flush=True)
    time.sleep(0.3)
    return plain(self, region)
ArraySource.read = slow
from specks.cli.main import main
main()
"""


def test_control_c_stops_with_130_and_leaves_nothing(folder: Path) -> None:
    np.save(folder / "long.npy", np.zeros((200, 40, 40), np.uint8))
    words = [sys.executable, "-c", SLOW, str(TESTS), "find-blobs", "long.npy", "-o", "x", "--axes", "tyx"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while not process.stdout.readline():
            assert process.poll() is None
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert sorted(p.name for p in folder.iterdir()) == ["a.tif", "long.npy"]


RECIPE = """format: specks-recipe/1
inputs: [image, offsets]
steps:
- name: blobs
  step: find_blobs
  inputs: {image: image, offsets: offsets}
  parameters: {level: 130}
- name: again
  step: find_blobs
  inputs: {image: blobs.smooth}
"""


def test_a_recipe_is_run_and_resumed(specks: Any, folder: Path) -> None:
    (folder / "r.yaml").write_text(RECIPE)
    (folder / "o.csv").write_text("offset\n0\n0\n0\n")
    np.save(folder / "b.npy", np.zeros((3, 40, 48)))
    line = "run r.yaml a.tif b.npy -o out --input offsets=o.csv"
    code, out, _ = specks(line, "--dry-run")
    assert (code, out.splitlines()[0]) == (0, f"{Path('out/a/blobs')}: would be run")
    assert not (folder / "out").exists()
    code, out, _ = specks(line)
    assert code == 0
    assert out.startswith(f"4 blobs in 3 frames\n  {Path('out/a/blobs')}\n")
    assert sorted(p.as_posix() for p in Path("out").glob("*/*")) == [
        "out/a/again",
        "out/a/blobs",
        "out/b/again",
        "out/b/blobs",
    ]
    code, out, _ = specks(line)
    assert out.count("(unchanged, not run again)") == 4
    assert "unchanged, would be kept" in specks(line, "--dry-run")[1]
    assert [s["kept"] for s in json.loads(specks(line, "--again", "--json")[1])["steps"]] == [False] * 4


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("", "input 'offsets' is missing"),
        ("--input offsets", "--input is 'offsets'; it must be NAME=PATH"),
        ("--input offset=o.csv", "did you mean 'offsets'"),
        ("--input offsets=none.csv", "there is no file or folder none.csv"),
        ("--input image=a.tif", "--input image is given twice"),
    ],
)
def test_inputs_of_a_recipe_are_checked(specks: Any, folder: Path, more: str, says: str) -> None:
    (folder / "r.yaml").write_text(RECIPE)
    code, out, err = specks(f"run r.yaml a.tif -o out {more}")
    assert (code, out) == (2, "")
    assert says in err
    assert not (folder / "out").exists()


def test_steps_are_listed_and_described(specks: Any) -> None:
    code, out, _ = specks("steps")
    assert code == 0
    assert re.search(r"^segment +segment_particles +Find the particles", out, re.MULTILINE)
    assert re.search(r"^find-blobs +find_blobs +Smooth, cut and label", out, re.MULTILINE)
    _, table, _ = specks("steps find_blobs")
    assert "| `diameter` | a number or one per spatial axis, above 0 and at most 200 | `3.0` |" in table
    assert "| `labels` | labels | One number a blob and frame. |" in table


def test_view_without_napari_names_the_extra(
    specks: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "napari", None)
    for name in [n for n in sys.modules if n.startswith("specks.ui")]:
        monkeypatch.delitem(sys.modules, name)
    code, _, err = specks("view a.tif")
    assert code == 2
    assert (
        err == "specks: specks view needs an optional package; install it with: pip install 'specks[all]'\n"
    )


@pytest.mark.parametrize("platform", ["", "offscreen"])
def test_view_without_a_display_says_so(
    specks: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    pytest.importorskip("napari")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    said = "specks: there is no display, not even a virtual one (Xvfb), so a.tif cannot be shown\n"
    assert specks("view a.tif") == (1, "", said)


def test_warnings_of_a_recipe_name_their_image(specks: Any, folder: Path) -> None:
    parameters = "parameters: {diameter: 10, variable: contrast}"
    step = f"- name: find\n  step: segment_particles\n  inputs: {{image: image}}\n  {parameters}\n"
    (folder / "r.yaml").write_text(f"format: specks-recipe/1\ninputs: [image]\nsteps:\n{step}")
    noise = np.random.default_rng(0).normal(100, 5, (2, 40, 48))
    for name in ("b", "c"):
        np.save(folder / f"{name}.npy", noise)
    code, _, err = specks("run r.yaml b.npy c.npy -o out")
    assert code == 0
    lines = [line for line in err.splitlines() if line.startswith("specks: ")]  # progress is there, too
    half = len(lines) // 2
    assert half >= 1
    assert all(line.startswith("specks: b: ") for line in lines[:half])
    assert [line.replace("specks: c: ", "specks: b: ") for line in lines[half:]] == lines[:half]
