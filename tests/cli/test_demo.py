"""``specks demo`` on a real micrograph; with napari where a window can be drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from specks.cli.main import main
from specks.io import open_result, read_table


def test_without_a_display_the_results_are_there_and_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    for _ in range(2):  # again, over what is there
        with pytest.raises(SystemExit) as end:
            main(["demo", "--out", str(tmp_path / "demo")])
        assert end.value.code == 0
        said = capsys.readouterr().out
        assert said.startswith("Pt2.jpg, a real micrograph of metal particles on a support: ")
        assert "There is no display" in said
    stored = open_result(tmp_path / "demo" / "Pt2.zarr")
    assert stored.image is not None
    assert stored.posterior is not None
    table = read_table(tmp_path / "demo" / "Pt2.csv")
    # 215 particles were marked by hand, faint ones not.
    assert 100 < len(table) < 500
    assert f": {len(table)} particles" in said


@pytest.mark.window
def test_on_a_virtual_display_a_picture_of_the_window_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    monkeypatch.setenv("SPECKS_VIRTUAL_DISPLAY", "1")
    with pytest.raises(SystemExit) as end:
        main(["demo", "-o", str(tmp_path)])
    assert end.value.code == 0
    assert "opened on a virtual one" in capsys.readouterr().out
    from imageio.v3 import imread

    picture = imread(tmp_path / "napari.png")
    assert picture.shape[0] > 400
    assert picture.std() > 10
