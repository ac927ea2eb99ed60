"""Particles of several sizes in one image: each found once, with its own size."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from discs import drawn, kinds, matches, right, scene
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage as ndi
from statements import widths as plain

import specks.data
from specks import Mixture, fit_mixture, segment_particles
from specks._core.corrections import Corrections
from specks._core.errors import FileFormatError
from specks.io import as_source
from specks.mixture.peaks import widths

SHAPE = (400, 400)
TWO, THREE = {8: 40, 40: 5}, {8: 30, 16: 14, 60: 2}


def found(image, counts, **more):
    first, *further = sorted(counts)
    given = {"diameter": first, "further_diameters": further, "polarity": "bright", **more}
    return segment_particles(image.astype(np.float32), **given)


def picture(counts, seed=0, noise=5, shape=SHAPE):
    places, diameters = kinds(shape, counts, seed)
    image = np.random.default_rng(seed + 1).normal(100, noise, shape)
    return image + drawn(shape, places, diameters, 60), places, diameters


def each_is_right(scores, least=0.95):
    return all(min(pair) >= least for pair in scores.values())


@pytest.mark.parametrize("counts", [TWO, THREE])
@pytest.mark.parametrize("noise", [5, 15])
def test_each_size_is_found(counts, noise):
    scores = []
    for seed in range(3):
        image, *truth = picture(counts, seed, noise)
        scores.append(right(found(image, counts).objects, *truth))
    assert each_is_right({size: np.mean([one[size] for one in scores], axis=0) for size in scores[0]})


@pytest.mark.parametrize("counts", [TWO, THREE])
def test_dark_particles_are_bright_ones_of_the_negative(counts):
    image, *truth = picture(counts)
    bright, dark = found(image, counts), found(-image, counts, polarity="dark")
    assert each_is_right(right(dark.objects, *truth))
    assert np.array_equal(bright.labels, dark.labels)
    assert np.array_equal(bright.posterior, dark.posterior)


def test_it_does_not_matter_which_width_comes_first():
    image, *_ = picture(THREE)
    orders = [(8, (16, 60)), (16, (60, 8)), (60, (8, 16))]
    several = [
        found(image, THREE, diameter=first, further_diameters=further).labels for first, further in orders
    ]
    assert np.array_equal(several[0], several[1])
    assert np.array_equal(several[0], several[2])


TEXTURE = ndi.gaussian_filter(np.random.default_rng(9).normal(0, 1, SHAPE), 2)
SLOW = ndi.gaussian_filter(np.random.default_rng(8).normal(0, 1, SHAPE), 40)
SUPPORTS = {"textured": 8 * TEXTURE / TEXTURE.std(), "slow": 15 * SLOW / SLOW.std()}


@pytest.mark.parametrize("support", SUPPORTS)
def test_each_size_is_found_on_uneven_supports(support):
    for seed in range(3):
        image, *truth = picture(TWO, seed)
        assert each_is_right(right(found(image + SUPPORTS[support], TWO).objects, *truth)), seed


def test_uneven_supports_and_noise_make_no_particles():
    for seed in range(6):
        noise = np.random.default_rng(seed).normal(100, 5, SHAPE)
        for image in (noise, noise + SUPPORTS["textured"]):
            assert len(found(image, TWO).objects) == len(found(image, THREE).objects) == 0, seed


def test_grains_within_large_particles_are_few_particles():
    places, diameters = kinds(SHAPE, TWO, 0)
    grainy = drawn(SHAPE, places, diameters, 60) * (1 + 0.2 * TEXTURE / TEXTURE.std())
    image = np.random.default_rng(1).normal(100, 5, SHAPE) + grainy
    (_, small), large = right(found(image, TWO).objects, places, diameters).values()
    assert large == (1, 1)
    assert small == 1
    assert len(found(image, TWO).objects) <= 1.2 * len(places)
    assert len(found(image, {8: 0}).objects) > 1.3 * len(places)  # what one width makes of them


def test_a_diameter_of_each_axis_gives_the_proportions_of_all():
    places, diameters = kinds((400, 200), {8: 20, 40: 3}, 0)
    image = np.repeat(drawn((400, 200), places, diameters, 60), 2, axis=1)
    image += np.random.default_rng(0).normal(100, 5, SHAPE)
    objects = found(image, {8: 0}, diameter=(8, 16), further_diameters=[80]).objects
    objects["x"] = (objects["x"] - 0.5) / 2
    objects["equivalent_diameter"] /= np.sqrt(2)
    assert each_is_right(right(objects, places, diameters))


def test_widths_are_lengths_in_the_unit_of_the_image():
    image, _, _ = picture(TWO)
    pixels = found(image, TWO)
    lengths = found(image, TWO, diameter=2.0, further_diameters=[10.0], spacing=0.25, units="nm")
    assert lengths.model.diameters == (2.0, 10.0)
    assert np.array_equal(lengths.labels, pixels.labels)
    assert "(diameter 2 or 10 nm)" in lengths.model.summary()


def clusters(gap):
    pitch = 8 + gap
    steps = [((j + i % 2 / 2) * pitch, i * pitch * 0.866) for i in range(-2, 3) for j in range(-2, 3)]
    near = np.array([step for step in steps if np.hypot(*step) < 2.3 * pitch])
    middles = np.array([[y, x] for y in (80, 200, 320) for x in (80, 200, 320)])
    return (middles[:, np.newaxis] + near).reshape(-1, 2)


@pytest.mark.parametrize("gap", [2, 4])
def test_a_cluster_of_small_particles_is_no_large_one(gap):
    places = clusters(gap)
    image = np.random.default_rng(0).normal(100, 5, SHAPE) + drawn(SHAPE, places, 8, 60)
    result = found(image, TWO)
    assert right(result.objects, places, np.full(len(places), 8)) == {8: (1, 1)}


def test_small_particles_that_touch_large_ones_are_found():
    middles = np.array([[y, x] for y in (100, 300) for x in (100, 300)], float)
    angles = np.arange(6) * np.pi / 3
    around = 25 * np.stack([np.sin(angles), np.cos(angles)], axis=1)
    places = np.vstack([middles, (middles[:, np.newaxis] + around).reshape(-1, 2)])
    diameters = np.r_[np.full(4, 40), np.full(24, 8)]
    image = np.random.default_rng(0).normal(100, 5, SHAPE) + drawn(SHAPE, places, diameters, 60)
    assert each_is_right(right(found(image, TWO).objects, places, diameters))


def test_small_particles_on_large_faint_ones_keep_their_pixels():
    places, diameters = kinds(SHAPE, {40: 6}, 1)
    small = places + np.array([6, 5])
    image = np.random.default_rng(1).normal(100, 5, SHAPE) + drawn(SHAPE, places, diameters, 40)
    image += drawn(SHAPE, small, 8, 60)
    result = found(image, TWO)
    every = np.vstack([places, small]), np.r_[diameters, np.full(6, 8)]
    assert each_is_right(right(result.objects, *every))


@pytest.mark.parametrize("further", [[14], [12, 14, 18]])
def test_widths_that_overlap_make_no_particle_twice(further):
    image, *truth = picture({10: 30, 14: 20})
    result = found(image, {10: 0}, further_diameters=further)
    assert len(result.objects) == 50
    assert each_is_right(right(result.objects, *truth))


def test_large_particles_at_the_border_are_not_broken():
    places, diameters = kinds(SHAPE, TWO, 3, rim=0)
    image = np.random.default_rng(3).normal(100, 5, SHAPE) + drawn(SHAPE, places, diameters, 60)
    assert right(found(image, TWO).objects, places, diameters)[8][0] >= 0.95


@pytest.mark.parametrize(("name", "polarity"), [("Pt2", "bright"), ("PtCo", "bright"), ("PtCo1", "dark")])
def test_without_further_widths_nothing_is_another_bit(name, polarity):
    image = np.asarray(as_source(specks.data.micrograph(name)).read((slice(None), slice(None))))
    plain_result = segment_particles(image, diameter=14.0, polarity=polarity)
    for further in (None, ()):
        other = segment_particles(image, diameter=14.0, polarity=polarity, further_diameters=further)
        assert np.array_equal(other.labels, plain_result.labels)
        assert np.array_equal(other.posterior, plain_result.posterior)
    assert plain_result.model.diameters == (14.0,)


def test_another_width_costs_a_micrograph_of_one_kind_little():
    """All its boxes are within a factor of two; what is judged at one width has no part in the other."""
    from specks.synth.truth import box_scores

    boxes = specks.data.boxes("Pt2")
    width = float(np.median(np.sqrt(boxes[:, 2] * boxes[:, 3])))
    one, two = (
        segment_particles(
            specks.data.micrograph("Pt2"), diameter=width, further_diameters=more, polarity="bright"
        )
        for more in ((), (2.5 * width,))
    )
    f1 = [box_scores(result.objects[["y", "x"]], boxes).f1 for result in (one, two)]
    assert f1[1] > f1[0] - 0.03


# files, hands, parts of images ------------------------------------------------------------------


@functools.cache
def series():
    """Two frames, the second with a hole, and a model with a frame's particle rejected by hand."""
    image = np.stack([picture({8: 20, 40: 3}, seed, shape=(220, 260))[0] for seed in (4, 5)]).astype(
        np.float32
    )
    image[1, 30:50, 60:90] = np.nan
    log = Corrections().add("region", polygon=[[-1, -1], [-1, 40], [220, 40], [220, -1]], frames=[0])
    model = fit_mixture(
        image, axes="tyx", diameter=8, further_diameters=[40], polarity="bright", corrections=log
    )
    return image, model, model.posterior(image)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_block_equals_that_part_of_the_whole(data):
    image, model, whole = series()
    region = []
    for n in image.shape:
        start = data.draw(st.integers(0, n - 1))
        region.append(slice(start, data.draw(st.integers(start + 1, n))))
    assert np.array_equal(model.posterior_block(model.source, tuple(region)), whole[tuple(region)])


def test_what_is_read_is_what_was_written(tmp_path):
    image, model, posterior = series()
    model.save(tmp_path / "m")
    again = Mixture.load(tmp_path / "m")
    assert again.variable == model.variable
    assert again.diameters == model.diameters == (8.0, 40.0)
    assert np.array_equal(again.peaks.many, model.peaks.many)
    assert np.array_equal(again.peaks.pits, model.peaks.pits)
    assert np.array_equal(again.posterior(image), posterior)
    assert np.array_equal(again.refit(None, image).certainty, model.refit(None).certainty)
    assert again.candidates().equals(model.candidates())
    other = image[:, ::-1].copy()
    assert np.array_equal(again.posterior(other), model.posterior(other))


def test_files_of_one_width_say_nothing_of_others(tmp_path):
    """As those that were written before there were several."""
    import json
    import zipfile

    image, _ = scene()
    model = fit_mixture(image, diameter=10, polarity="bright")
    model.save(tmp_path / "new")
    with (
        zipfile.ZipFile(tmp_path / "new") as new,
        zipfile.ZipFile(tmp_path / "old", "w") as old,
    ):
        for name in new.namelist():
            data = new.read(name)
            if name == "model.json":
                document = json.loads(data)
                del document["variable"]["further"], document["kind_weights"]
                data = json.dumps(document).encode()
            old.writestr(name, data)
    again = Mixture.load(tmp_path / "old")
    assert np.array_equal(again.posterior(image), model.posterior(image))
    assert np.array_equal(again.refit(None, image).certainty, model.certainty)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("many_peaks", lambda a: a + np.array([[1, 0], [0, 0]]), "not those of the slices"),
        ("pits", lambda a: a + 1, "not those of the slices"),
        ("pits", lambda a: a[:, :1], "pits is int64"),
        ("kind_particles", lambda a: -a - 1, "negative"),
    ],
)
def test_files_that_contradict_themselves_are_refused(tmp_path, name, change, words):
    import io
    import zipfile

    series()[1].save(tmp_path / "m")
    with zipfile.ZipFile(tmp_path / "m") as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    array = np.lib.format.read_array(io.BytesIO(members[f"{name}.npy"]))
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(change(array)))
    members[f"{name}.npy"] = buffer.getvalue()
    with zipfile.ZipFile(tmp_path / "edited", "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    with pytest.raises(FileFormatError, match=words):
        Mixture.load(tmp_path / "edited")


def test_a_refit_is_a_fit_with_the_same_corrections():
    image, model, _ = series()
    peaks = model.candidates().query("certainty > 0.9 and diameter > 30").iloc[0]
    log = Corrections().add("reject", frame=int(peaks.frame), position=(peaks.y, peaks.x))
    log = log.add("exclude_frame", frame=1 - int(peaks.frame))
    again = model.refit(log)
    anew = fit_mixture(
        image, axes="tyx", diameter=8, further_diameters=[40], polarity="bright", corrections=log
    )
    assert np.array_equal(again.certainty, anew.certainty)
    assert np.array_equal(again.posterior(image), anew.posterior(image))
    assert not again.posterior(image)[int(peaks.frame), round(peaks.y), round(peaks.x)] > 0.5


def test_each_frame_may_have_its_own_model():
    image = np.stack([picture(TWO, 0)[0], 3 * picture(TWO, 1)[0]])
    result = found(image, TWO, axes="tyx", fit_per="frame")
    for frame in range(2):
        rows = result.objects[result.objects["frame"] == frame]
        assert each_is_right(right(rows, *kinds(SHAPE, TWO, frame)))


# the rule and its formula -----------------------------------------------------------------------


@pytest.mark.parametrize("size", [0.1, 0.5, 1.0, 2.5])
@pytest.mark.parametrize("away", [0.0, 0.3, 1.0, 1.7])
def test_the_response_to_a_disc_is_that_of_the_plain_sum(size, away):
    assert widths.response(np.array([size]), np.array([away]))[0] == pytest.approx(
        plain.response(size, away), abs=2e-3
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 40), st.integers(10, 80), st.integers(0, 2**32 - 1))
def test_what_is_kept_is_what_the_plain_statement_keeps(count, side, seed):
    rng = np.random.default_rng(seed)
    discs = widths.Discs(
        *rng.uniform(0, side, (2, count)),
        rng.choice([2.4, 3.4, 4.8, 6.8, 12.0, 17.0, 24.0], count),
        rng.uniform(1, 60, count),
        rng.random(count) < 0.5,
    )
    constants = (
        widths.ALIKE, widths.SMALL, widths.INSIDE, widths.EDGE, widths.SHARE, widths.MADE, widths.AROUND
    )  # fmt: skip
    kept = widths.one_each(discs, 0.8)
    assert np.array_equal(kept, plain.one_each(discs, 0.8, constants, widths.response))


def test_places_of_one_particle_are_kept_once():
    image, places, _ = picture({40: 6})
    model = fit_mixture(image, diameter=8, further_diameters=[40], polarity="bright")
    sure = model.candidates().query("certainty > 0.5")
    assert matches(sure[["y", "x"]], places, 3.0) == len(sure) == 6
