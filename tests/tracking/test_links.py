"""`Links`: corrections by hand, splits and merges, and files."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from moving_objects import Movie, links_of

import specks
from specks._core.errors import CorrectionError, FileFormatError, InputError, NotFoundError
from specks.cli.main import main
from specks.io import write_table

Log = specks.Corrections


def crossing() -> pd.DataFrame:
    """Two objects side by side for eight frames, and one alone; labels 1, 2, 3."""
    rows = [
        (t, k + 1, y + 0.1 * t, x)
        for t in range(8)
        for k, (y, x) in enumerate(((10, 10), (10, 14), (60, 60)))
    ]
    return pd.DataFrame(rows, columns=["frame", "label", "y", "x"])


def link_of(frame_a: int, label_a: int, frame_b: int, label_b: int) -> dict[str, int]:
    return {"frame_a": frame_a, "label_a": label_a, "frame_b": frame_b, "label_b": label_b}


def places(table: pd.DataFrame) -> set[tuple[int, int, int, int]]:
    """Links by frame and label."""
    frame, label = table["frame"].tolist(), table["label"].tolist()
    return {(frame[a], label[a], frame[b], label[b]) for a, b in links_of(table, "particle")}


def test_a_forbidden_link_is_not_made() -> None:
    links = specks.link(crossing(), search_range=3)
    log = Log().add("link_forbid", **link_of(3, 3, 4, 3))
    refit = links.refit(log)
    assert places(links.table) - places(refit.table) == {(3, 3, 4, 3)}
    assert (3, 3, 5, 3) in places(refit.table) or (4, 3, 5, 3) in places(refit.table)
    assert refit.table["particle"].nunique() == 4 or (3, 3, 5, 3) in places(refit.table)
    assert refit.corrections == log
    assert refit.provenance.corrections[0]["kind"] == "link_forbid"


def test_drawn_links_are_made_however_far_and_what_they_displace_is_linked_anew() -> None:
    links = specks.link(crossing(), search_range=3)
    log = Log().add("link_draw", **link_of(3, 1, 4, 2)).add("link_draw", **link_of(3, 2, 4, 1))
    crossed = places(links.refit(log).table)
    assert {(3, 1, 4, 2), (3, 2, 4, 1)} <= crossed
    assert not {(3, 1, 4, 1), (3, 2, 4, 2)} & crossed
    far = links.refit(Log().add("link_draw", **link_of(0, 3, 7, 1)))
    assert (0, 3, 7, 1) in places(far.table)
    assert (0, 3, 1, 3) not in places(far.table)
    assert far.table.query("frame == 7 and label == 1")["confidence"].item() == 1.0


def test_a_confirmed_link_is_certain() -> None:
    table = Movie(frames=6, walk=2.5).table(0)
    links = specks.link(table)
    linked = links.table[links.table["particle"].duplicated() & (links.table["frame"] == 5)]
    doubtful = linked["confidence"].idxmin()
    assert links.table.loc[doubtful, "confidence"] < 0.95
    frame, label, particle = links.table.loc[doubtful, ["frame", "label", "particle"]]
    before = links.table.query(f"particle == {particle} and frame < {frame}")
    assert len(before)
    last = before.loc[before["frame"].idxmax()]
    record = link_of(int(last["frame"]), int(last["label"]), int(frame), int(label))
    refit = links.refit(Log().add("link_confirm", **record))
    assert refit.table.loc[doubtful, "confidence"] == 1.0
    assert places(refit.table) == places(links.table)


def test_only_frames_near_a_correction_are_linked_again() -> None:
    table = Movie(frames=30, count=80, walk=1.5).table(1)
    links = specks.link(table, memory=1)
    far, near = (links.table.query(f"frame == {t}").iloc[0] for t in (14, 15))
    log = Log().add("link_draw", **link_of(14, int(far["label"]), 15, int(near["label"])))
    refit = links.refit(log)
    changed = places(refit.table) ^ places(links.table)
    assert changed
    assert all(a >= 12 and b <= 17 for a, _, b, _ in changed)
    frames = links.table["frame"]
    outside = (frames < 12) | (frames > 18)
    same = links.table["confidence"][outside] == refit.table["confidence"][outside]
    assert same.all()


@pytest.mark.parametrize("method", ["lap", "trackpy"])
def test_a_refit_is_what_linking_with_the_corrections_gives(method: str) -> None:
    table = Movie(frames=10, walk=1.5).table(2)
    links = specks.link(table, 6, method=method)
    log = Log()
    for frame in (2, 5):
        log = log.add("link_forbid", **link_of(frame, 1, frame + 1, 1)).add(
            "link_draw", **link_of(frame, 2, frame + 1, 3)
        )
    anew = specks.link(table, 6, method=method, corrections=log)
    refit = links.refit(log)
    pd.testing.assert_frame_equal(refit.table, anew.table)
    assert (2, 2, 3, 3) in places(refit.table)
    pd.testing.assert_frame_equal(refit.refit().table, links.table)


def test_a_refit_takes_a_moment() -> None:
    table = Movie(frames=200, side=512.0, count=200).table(3)
    links = specks.link(table)
    log = Log().add("link_forbid", **link_of(100, 1, 101, 1))
    links.refit(log)
    started = time.process_time()
    links.refit(log)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("records", "words"),
    [
        (
            [("link_confirm", (3, 1, 4, 1)), ("link_forbid", (3, 1, 4, 1))],
            r"link_confirm\(frame 3, label 1 -> frame 4, label 1\) contradicts link_forbid\(frame 3, label 1 -> "
            r"frame 4, label 1\)",
        ),
        (
            [("link_draw", (3, 1, 4, 1)), ("link_confirm", (3, 2, 4, 1))],
            r"link_draw\(frame 3, label 1 .*contradicts link_confirm\(frame 3, label 2 .*two links into one object",
        ),
        (
            [("link_draw", (3, 1, 4, 1)), ("link_draw", (3, 1, 5, 2))],
            r"link_draw\(frame 3, label 1 -> frame 4.*contradicts.*frame 5, label 2\): two links out of one object",
        ),
        ([("link_draw", (3, 9, 4, 1))], "there is no object with label 9 in frame 3"),
        ([("link_draw", (4, 1, 3, 1))], "frame_a must be before frame_b"),
        ([("link_draw", (3, 1, 3, 2))], "frame_a must be before frame_b"),
    ],
)
def test_corrections_that_contradict_are_named_both(
    records: list[tuple[str, tuple[int, int, int, int]]], words: str
) -> None:
    links = specks.link(crossing(), search_range=3)
    log = Log()
    for kind, ends in records:
        log = log.add(kind, **link_of(*ends))
    with pytest.raises(CorrectionError, match=words):
        links.refit(log)
    with pytest.raises(CorrectionError, match=words):
        specks.link(crossing(), search_range=3, corrections=log)


def test_every_contradiction_is_named() -> None:
    log = Log().add("link_draw", **link_of(0, 7, 1, 1)).add("link_draw", **link_of(2, 8, 3, 1))
    with pytest.raises(CorrectionError) as caught:
        specks.link(crossing(), corrections=log)
    assert len(caught.value.faults) == 2


def test_the_same_said_twice_contradicts_nothing() -> None:
    log = Log().add("link_draw", **link_of(3, 1, 4, 2)).add("link_confirm", **link_of(3, 1, 4, 2))
    assert (3, 1, 4, 2) in places(specks.link(crossing(), 3, corrections=log).table)


def test_corrections_that_mean_nothing_here_are_refused() -> None:
    log = Log().add("link_forbid", **link_of(0, 1, 1, 1))
    with pytest.raises(CorrectionError, match="has no column 'label', by which corrections name objects"):
        specks.link(crossing().drop(columns="label"), corrections=log)
    with pytest.raises(CorrectionError, match="link takes no correction of kind 'threshold'"):
        specks.link(crossing(), corrections=Log().add("threshold", value=0.5))


def coalescing() -> pd.DataFrame:
    """Voids at rest; in frame 6 two become one, and in frame 9 one becomes two."""
    rng = np.random.default_rng(0)
    rows = []

    def see(t: int, y: float, x: float, radius: float) -> None:
        rows.append((t, y + rng.normal(0, 0.1), x + rng.normal(0, 0.1), radius * np.exp(rng.normal(0, 0.02))))

    for t in range(14):
        for k in range(40):
            see(t, 20.0 + 30 * (k % 7), 20.0 + 30 * (k // 7), 4.0 + k % 5)
        if t < 6:
            see(t, 250.0, 100.0, 6.0)
            see(t, 250.0, 111.0, 5.0)
        else:
            see(t, 250.0, 104.5, np.sqrt(61.0))
        if t < 9:
            see(t, 250.0, 200.0, np.sqrt(50.0))
        else:
            see(t, 250.0, 195.0, 5.0)
            see(t, 250.0, 205.5, 5.0)
    table = pd.DataFrame(rows, columns=["frame", "y", "x", "radius"])
    table.insert(1, "label", table.groupby("frame").cumcount() + 1)
    return table


def at(table: pd.DataFrame, frame: int, x: float) -> int:
    """Track of the object of the last line nearest to x."""
    some = table.query(f"frame == {frame} and y > 240")
    return int(some.loc[(some["x"] - x).abs().idxmin(), "particle"])


def test_voids_that_merge_and_split_are_parents_of_what_they_become() -> None:
    links = specks.link(coalescing(), search_range=8, splitting=True, merging=True)
    table = links.table
    one, other, whole = at(table, 5, 100), at(table, 5, 111), at(table, 6, 104)
    parent, left, right = at(table, 8, 200), at(table, 9, 195), at(table, 9, 205)
    assert len({one, other, whole, parent, left, right}) == 6
    assert links.graph == {whole: sorted([one, other]), left: [parent], right: [parent]}
    parents = links.parents.set_index("particle")
    assert set(parents.loc[[whole], "event"]) == {"merge"}
    assert set(parents.loc[[left, right], "event"]) == {"split"}
    assert parents.loc[[whole], "frame"].tolist() == [6, 6]
    assert (parents["confidence"] > 0.5).all()
    assert "1 merge, 1 split" in links.summary()
    assert table["particle"].nunique() == 40 + 6


def test_tracks_neither_split_nor_merge_unless_they_are_asked_to() -> None:
    plain = specks.link(coalescing(), search_range=8)
    assert plain.parents is None
    assert plain.graph == {}
    merging = specks.link(coalescing(), search_range=8, merging=True)
    assert set(merging.parents["event"]) == {"merge"}


def test_missing_and_invented_objects_are_no_events() -> None:
    links = specks.link(Movie(frames=20).table(4), splitting=True, merging=True)
    assert links.parents["particle"].nunique() <= 4


def test_events_can_be_drawn_and_forbidden() -> None:
    table = coalescing()
    links = specks.link(table, search_range=8, splitting=True, merging=True)
    label = {
        (frame, round(x)): number
        for frame, number, y, x in table[["frame", "label", "y", "x"]].to_numpy()
        if y > 240
    }
    whole = next(number for (frame, x), number in label.items() if frame == 6 and 102 < x < 107)
    ends = [next(n for (f, x), n in label.items() if f == 5 and abs(x - at_) < 3) for at_ in (100, 111)]
    loser = next(
        end for end in ends
        if (5, end, 6, whole) not in places(specks.link(table, search_range=8).table)
    )  # fmt: skip
    without = links.refit(Log().add("link_forbid", **link_of(5, int(loser), 6, int(whole))))
    assert set(without.parents["event"]) == {"split"}
    log = Log()
    for end in ends:
        log = log.add("link_draw", **link_of(5, int(end), 6, int(whole)))
    drawn = links.refit(log)
    assert drawn.graph == links.graph
    assert drawn.parents.query("event == 'merge'")["confidence"].tolist() == [1.0, 1.0]
    with pytest.raises(CorrectionError, match="two links into one object"):
        specks.link(table, search_range=8, splitting=True, corrections=log)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_links_come_back_from_a_file(tmp_path: Path, suffix: str) -> None:
    log = Log().add("link_forbid", **link_of(5, 1, 6, 1))
    links = specks.link(coalescing(), (8, 9), splitting=True, merging=True, corrections=log)
    links.save(tmp_path / f"voids.{suffix}")
    again = specks.Links.load(tmp_path / f"voids.{suffix}")
    pd.testing.assert_frame_equal(again.table, links.table, check_exact=True)
    pd.testing.assert_frame_equal(again.parents, links.parents, check_exact=True)
    assert again.settings == links.settings
    assert again.corrections == log
    assert again.graph == links.graph
    assert again.search_range == links.search_range
    assert again.summary() == links.summary()
    pd.testing.assert_frame_equal(again.refit(log).table, links.table)
    pd.testing.assert_frame_equal(again.refit().table, links.refit().table)


def test_what_the_shell_wrote_can_be_loaded_and_corrected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(crossing(), tmp_path / "objects.csv")
    with pytest.raises(SystemExit) as end:
        main(["link", str(tmp_path / "objects.csv"), "--search-range", "3", "-o", str(tmp_path / "linked")])
    assert end.value.code == 0
    links = specks.Links.load(tmp_path / "linked")
    assert places(links.table) == places(specks.link(crossing(), 3).table)
    assert "3 tracks of 24 objects in 8 frames" in capsys.readouterr().out
    refit = links.refit(Log().add("link_draw", **link_of(3, 1, 4, 2)))
    assert (3, 1, 4, 2) in places(refit.table)


def test_files_that_hold_no_links_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        specks.Links.load(tmp_path / "none.csv")
    write_table(crossing().assign(particle=0, confidence=1.0), tmp_path / "other.csv")
    with pytest.raises(FileFormatError, match=r"other\.csv is no result of link"):
        specks.Links.load(tmp_path / "other.csv")


def test_a_predictor_object_cannot_be_made_again_from_a_file(tmp_path: Path) -> None:
    from trackpy.predict import NullPredict

    links = specks.link(crossing(), 3, method="trackpy", predictor=NullPredict())
    assert links.table["particle"].nunique() == 3
    links.save(tmp_path / "links.csv")
    loaded = specks.Links.load(tmp_path / "links.csv")
    with pytest.raises(InputError, match="predictor is 'NullPredict'"):
        loaded.refit()


def test_it_says_what_it_rests_on() -> None:
    links = specks.link(crossing(), search_range=3)
    assert repr(links) == "<Links: 3 tracks of 24 objects in 8 frames>"
    assert links.details().startswith("Looked up to ")
    assert links.provenance.step.endswith(":link")
    assert links.provenance.parameters["search_range"] == 3
    assert links.provenance.inputs["table"]["rows"] == 24
    lonely = specks.link(crossing().iloc[:1])
    assert np.isnan([lonely.search_range, lonely.scale]).all()
    assert lonely.details() == "Nothing follows anything"
