"""The manifest that napari reads: everything it names is there, and has an effect."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from napari.components import ViewerModel
from npe2 import PluginManifest

import specks
from specks.ui.preferences import Preferences, preferences

pytestmark = pytest.mark.widgets

FILE = Path(specks.__file__).parent / "napari.yaml"


@pytest.fixture(scope="module")
def manifest() -> PluginManifest:
    return PluginManifest.from_file(FILE)


def test_the_manifest_at_the_root_is_the_one_in_the_package():
    root = Path(__file__).parents[2] / "napari.yaml"
    assert root.read_bytes() == FILE.read_bytes()


def test_every_name_can_be_imported(manifest):
    manifest.validate_imports()


def test_every_command_is_used(manifest):
    parts = manifest.contributions
    used = [c.command for c in [*parts.widgets, *parts.readers, *parts.writers, *parts.sample_data]]
    assert {c.id for c in parts.commands} == set(used)


def test_docks_stand_in_the_menus_of_what_they_do(manifest):
    menus = {menu: [item.command for item in items] for menu, items in manifest.contributions.menus.items()}
    assert menus == {
        "napari/layers/segment": ["specks.mixture"],
        "napari/layers/register": ["specks.drift"],
        "napari/layers/track": ["specks.track"],
        "napari/layers/measure": ["specks.refine", "specks.voids"],
    }
    names = {w.command: w.display_name for w in manifest.contributions.widgets}
    assert names == {
        "specks.mixture": "Mixture",
        "specks.drift": "Drift",
        "specks.refine": "Refine",
        "specks.track": "Track",
        "specks.voids": "Voids",
    }


def test_titles_fit_a_narrow_dock(manifest):
    assert all(len(w.display_name) <= 16 for w in manifest.contributions.widgets)


def test_defaults_of_the_preferences_are_those_of_the_code(manifest):
    declared = {
        name: one.default
        for group in manifest.contributions.configurations.values()
        for name, one in group.properties.items()
    }
    assert declared == {field.name: field.default for field in fields(Preferences)}
    assert all(
        one.title and one.description
        for group in manifest.contributions.configurations.values()
        for one in group.properties.values()
    )


def test_preferences_are_read_where_napari_keeps_them(plugin_settings, npe2pm, manifest):
    npe2pm.register(manifest)
    from napari.settings import get_plugin_settings

    chosen = get_plugin_settings("specks")
    assert preferences() == Preferences()
    chosen.docks.preview_on = False
    chosen.layers.particles_opacity = 0.25
    assert preferences() == Preferences(preview_on=False, particles_opacity=0.25)


def test_without_the_plugin_the_defaults_hold(plugin_settings, npe2pm):
    assert preferences() == Preferences()


def test_napari_opens_and_saves_by_what_the_manifest_says(npe2pm, manifest, tmp_path):
    npe2pm.register(manifest)
    viewer = ViewerModel()
    image = viewer.add_image(np.arange(4096, dtype=np.uint8).reshape(64, 64), name="ramp", scale=(2, 3))
    labels = viewer.add_labels(np.kron(np.eye(2, dtype=np.uint8), np.ones((32, 32), np.uint8)), name="cells")
    labels.scale = image.scale
    path = str(tmp_path / "both.ome.zarr")
    assert viewer.layers.save(path, plugin="specks") == [path]
    fresh = ViewerModel()
    fresh.open(path, plugin="specks")
    assert [layer.name for layer in fresh.layers] == ["both", "both cells"]
    for before, after in zip(viewer.layers, fresh.layers, strict=True):
        assert np.array_equal(before.data, after.data)
        assert np.array_equal(before.scale, after.scale)
    points = fresh.add_points([[1, 2.5], [3, 4]], features={"mass": [7, 8]}, name="spots")
    table = str(tmp_path / "spots.csv")
    assert points.save(table, plugin="specks") == [table]
    (back,) = fresh.open(table, plugin="specks")
    assert np.array_equal(back.data, points.data)
    assert back.features["mass"].tolist() == [7, 8]


def test_samples_are_in_the_menu(npe2pm, manifest):
    npe2pm.register(manifest)
    viewer = ViewerModel()
    for sample in manifest.contributions.sample_data:
        layers = viewer.open_sample("specks", sample.key)
        assert layers
        assert all(layer.data.size for layer in layers)
