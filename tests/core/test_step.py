"""One declaration: signature to spec, call and checks."""

from __future__ import annotations

import inspect
import re
from typing import Annotated, Any

import numpy as np
import pytest
from toy_engine import Blobs, find_blobs

from specks._core.errors import InputError
from specks._core.progress import Progress, Steps
from specks._core.registry import find_step, register
from specks._core.spec import REQUIRED, Kind
from specks._core.step import step
from specks._core.types import Image, Param, Role

IMAGE = np.random.default_rng(0).random((3, 20, 24))


def test_the_spec_says_what_the_signature_says() -> None:
    spec = find_blobs.spec()
    kinds = {p.name: p.kind for p in spec.params}
    assert kinds == {
        "image": Kind.DATA,
        "offsets": Kind.DATA,
        "diameter": Kind.PER_AXIS,
        "level": Kind.FLOAT,
        "method": Kind.CHOICE,
        "weights": Kind.SEQUENCE,
        "bounds": Kind.MAPPING,
        "repeats": Kind.INT,
        "fill": Kind.BOOL,
        "note": Kind.TEXT,
        "axes": Kind.TEXT,
        "spacing": Kind.PER_AXIS,
        "units": Kind.TEXT,
        "mask": Kind.DATA,
        "scribbles": Kind.DATA,
        "corrections": Kind.CORRECTIONS,
        "out": Kind.OUT,
        "executor": Kind.RUNTIME,
    }
    assert spec.param("image").default is REQUIRED
    assert spec.param("level").choices == ("auto",)
    assert spec.param("diameter").limits == Param(gt=0, le=200, unit="length")
    assert spec.param("repeats").help == "How often to smooth."
    assert [(r.name, r.role) for r in spec.results] == [
        ("smooth", Role.IMAGE),
        ("labels", Role.LABELS),
        ("centers", Role.POINTS),
        ("objects", Role.TABLE),
    ]
    assert spec.results[0].like is not None
    assert spec.results[0].like.param == "image"
    assert spec.summary == "Smooth, cut and label, frame by frame."


def test_a_call_and_an_iteration_give_the_same() -> None:
    called = find_blobs(IMAGE)
    run, seen = find_blobs.iterate(IMAGE), []
    while True:
        try:
            seen.append(next(run))
        except StopIteration as end:
            iterated = end.value
            break
    assert [p.done for p in seen] == [1, 2, 3]
    assert seen[-1].where is not None
    assert seen[-1].where.output == "labels"
    np.testing.assert_array_equal(called.labels, iterated.labels)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        find_blobs(IMAGE, diamter=2, method="abov", level=-1, weights=(1, "a"), repeats=1.5)  # type: ignore[call-arg]
    assert caught.value.faults == (
        "no parameter 'diamter'; did you mean 'diameter'?",
        "method is 'abov'; it must be 'above' or 'below'; did you mean 'above'?",
        "level is -1; it must be a number, 0 or more or 'auto'",
        "weights has the element 'a'; it must be a sequence of numbers",
        "repeats is 1.5; it must be a whole number, from 1 to 9",
    )


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (
            {"diameter": 0},
            "diameter is 0; it must be a number or one per spatial axis, above 0 and at most 200",
        ),
        ({"diameter": (3, -1)}, "diameter has the element -1"),
        ({"diameter": "big"}, "diameter is 'big'"),
        ({"diameter": None}, "diameter is None"),
        ({"level": float("nan")}, "level is nan"),
        ({"level": True}, "level is True"),
        ({"fill": 1}, "fill is 1; it must be True or False"),
        ({"bounds": [1]}, "bounds is"),
        ({"weights": {1: 2}}, "weights is"),
        ({"weights": {1, 2}}, "weights is"),
        ({"note": 3}, "note is 3; it must be text"),
        ({"image": None}, "image is None, but it is required"),
        (
            {"repeats": 10**30},
            "repeats is 1000000000000000000000000000000; whole numbers end at 9223372036854775807",
        ),
        ({"level": 10**400}, "level is 1000"),
        ({"diameter": np.array(-1.0)}, "diameter is -1"),
        ({"method": np.array(["above", "below"])}, "method is ['above', 'below']"),
        ({"method": np.zeros((200, 200))}, "method is array"),
        ({"method": "x" * 10**6}, "method is 'xxx"),
        (
            {"corrections": [{"kind": "threshold"}]},
            "corrections is [{'kind': 'threshold'}]; it must be Corrections",
        ),
        ({"corrections": "log.json"}, "corrections is 'log.json'; it must be Corrections"),
    ],
)
def test_a_bad_value_is_named(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        find_blobs(**({"image": IMAGE} | values))
    assert len(str(caught.value)) < 400


def test_numpy_numbers_are_taken_as_the_numbers_they_are() -> None:
    usual = find_blobs(IMAGE, diameter=5.0, weights=(1.0, 2.0), repeats=2, fill=True)
    same = find_blobs(
        IMAGE, diameter=np.array(5.0), weights=np.array([1.0, 2.0]), repeats=np.int64(2), fill=np.bool_(True)
    )
    np.testing.assert_array_equal(usual.labels, same.labels)
    assert same.provenance.parameters == usual.provenance.parameters | {"weights": [1.0, 2.0]}


def test_missing_and_doubled_arguments_are_named() -> None:
    with pytest.raises(InputError, match="image is missing: what to look at"):
        find_blobs()  # type: ignore[call-arg]
    with pytest.raises(InputError, match="image was given twice"):
        find_blobs(IMAGE, image=IMAGE)  # type: ignore[call-arg, misc]


def test_checks_run_before_the_first_progress() -> None:
    with pytest.raises(InputError):
        find_blobs.iterate(IMAGE, repeats=0)


def test_an_old_name_still_works() -> None:
    hole = np.ones((1, 9, 9))
    hole[0, 4, 4] = -100
    old = find_blobs(hole, diameter=1, level=0, fill_holes=True)  # type: ignore[call-arg]
    np.testing.assert_array_equal(old.labels, find_blobs(hole, diameter=1, level=0, fill=True).labels)
    assert old.labels.min() == 1
    with pytest.raises(InputError, match="fill was given twice"):
        find_blobs(hole, fill=True, fill_holes=True)  # type: ignore[call-arg]


def test_the_provenance_tells_how_it_was_made() -> None:
    made = find_blobs(IMAGE, diameter=5).provenance
    assert made.step == "toy_engine:find_blobs"
    assert made.parameters["diameter"] == 5
    assert made.parameters["level"] == "auto"
    assert "image" not in made.parameters
    assert made.inputs["image"]["shape"] == [3, 20, 24]
    assert made.seconds > 0
    assert type(made).from_dict(made.to_dict()).to_dict() == made.to_dict()


def test_help_and_doctest_see_the_original_function() -> None:
    assert inspect.signature(find_blobs).parameters["repeats"].default == 1
    assert "Smooth, cut and label" in (find_blobs.__doc__ or "")


def test_a_step_that_forgets_its_docstring_is_found_out() -> None:
    @step("Bad")
    def bad(image: Image, size: int = 1) -> Steps[Blobs]:
        """Do.

        Parameters
        ----------
        image : array
            It.
        """
        yield Progress(0, 1, "")
        raise NotImplementedError

    with pytest.raises(TypeError, match="'size' is missing from the docstring"):
        bad.spec()


def test_a_type_that_no_form_can_show_is_found_out() -> None:
    @step("Bad")
    def bad(image: Image, size: Annotated[complex, Param()] = 1j) -> Steps[Blobs]:
        """Do.

        Parameters
        ----------
        image, size : array
            It.
        """
        yield Progress(0, 1, "")
        raise NotImplementedError

    with pytest.raises(TypeError, match="which no form can show"):
        bad.spec()


def test_steps_are_found_by_name_and_only_those_on_the_list() -> None:
    register("toy_engine:find_blobs")
    assert find_step("find_blobs") is find_blobs
    with pytest.raises(InputError, match=r"there is no step 'os\.system'"):
        find_step("os.system")
    with pytest.raises(InputError, match="did you mean 'find_blobs'"):
        find_step("find_blob")
