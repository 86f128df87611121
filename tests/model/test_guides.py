"""Alignment as geometry: shared edges, equal gaps, the nearest snap; nothing on anything else."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.model.boxes import Rect, all_free
from designer.model.guides import Line, aligned, distributed, flipped, snap, snap_edges

lengths = st.floats(1, 400).map(lambda v: round(v, 2))
places = st.floats(-1000, 1000).map(lambda v: round(v, 2))
rects = st.builds(Rect, places, places, lengths, lengths)
EDGES = ("left", "center", "right", "top", "middle", "bottom")


def edge_of(box: Rect, edge: str) -> float:
    part = {"left": 0.0, "center": 0.5, "right": 1.0, "top": 0.0, "middle": 0.5, "bottom": 1.0}[edge]
    return box.x + box.w * part if edge in EDGES[:3] else box.y + box.h * part


@given(st.lists(rects, min_size=2, max_size=8), st.sampled_from(EDGES))
def test_that_aligned_boxes_share_the_edge_keep_their_size_and_never_overlap(boxes: list[Rect], edge: str) -> None:
    placed = aligned(boxes, edge, 8.0)  # type: ignore[arg-type]
    edges = [edge_of(box, edge) for box in placed]
    assert max(edges) - min(edges) < 1e-6
    assert [(b.w, b.h) for b in placed] == [(b.w, b.h) for b in boxes]
    assert all_free(placed, ())
    again = aligned(placed, edge, 8.0)  # type: ignore[arg-type]
    assert all(abs(a - b) < 1e-6 for one, two in zip(again, placed) for a, b in zip(one, two))


@pytest.mark.parametrize(("edge", "expected"), [("left", [0, 0]), ("right", [200, 240]), ("center", [100, 120])])
def test_that_boxes_align_by_the_outermost_edge_or_the_middle_of_all(edge: str, expected: list[float]) -> None:
    placed = aligned([Rect(0, 0, 100, 20), Rect(240, 50, 60, 20)], edge, 8.0)  # type: ignore[arg-type]
    assert [b.x for b in placed] == expected
    assert [b.y for b in placed] == [0, 50]


def test_that_boxes_in_one_row_stand_below_each_other_when_their_left_edges_align() -> None:
    placed = aligned([Rect(0, 0, 50, 20), Rect(60, 0, 50, 30), Rect(120, 0, 50, 20)], "left", 8.0)
    assert [(b.x, b.y) for b in placed] == [(0, 0), (0, 28), (0, 66)]


@given(st.lists(rects, min_size=3, max_size=8), st.booleans())
def test_that_distributed_boxes_have_equal_gaps_of_at_least_the_usual(boxes: list[Rect], across: bool) -> None:
    placed = distributed(boxes, across, 8.0)
    row = sorted(placed if across else map(flipped, placed), key=lambda b: b.x)
    gaps = [two.x - one.right for one, two in pairwise(row)]
    assert max(gaps) - min(gaps) < 1e-6
    assert min(gaps) > 8.0 - 1e-6
    assert [(b.w, b.h) for b in placed] == [(b.w, b.h) for b in boxes]


def test_that_the_first_and_last_stay_where_there_is_room() -> None:
    placed = distributed([Rect(0, 0, 20, 10), Rect(30, 5, 20, 10), Rect(180, 0, 20, 10)], True, 8.0)
    assert [b.x for b in placed] == [0, 90, 180]
    assert [b.y for b in placed] == [0, 5, 0]


def test_that_an_edge_snaps_to_the_nearest_edge_within_reach() -> None:
    found = snap(Rect(103, 200, 50, 20), [Rect(100, 0, 80, 40)], 5.0)
    assert (found.dx, found.dy) == (-3.0, 0.0)
    assert found.lines == (Line(100, 0, 100, 220),)


def test_that_centers_snap_to_centers() -> None:
    found = snap(Rect(117, 200, 50, 20), [Rect(100, 0, 80, 40)], 5.0)
    assert found.dx == -2.0
    assert found.lines == (Line(140, 0, 140, 220),)


def test_that_no_guide_crosses_out_a_box_whose_edges_have_guides() -> None:
    found = snap(Rect(103, 200, 80, 40), [Rect(100, 0, 80, 40)], 5.0)
    assert found.dx == -3.0
    assert {line.x1 for line in found.lines} == {100.0, 180.0}


def test_that_what_is_beyond_reach_does_not_snap() -> None:
    assert snap(Rect(110, 200, 30, 20), [Rect(100, 0, 80, 40)], 5.0).lines == ()


def test_that_a_box_snaps_to_the_gap_of_its_row() -> None:
    row = [Rect(0, 0, 50, 40), Rect(80, 0, 50, 40)]
    found = snap(Rect(157, 11, 50, 31), row, 5.0)
    assert found.dx == 3.0
    assert Line(50, 26.5, 80, 26.5, True) in found.lines
    assert Line(130, 26.5, 160, 26.5, True) in found.lines


def test_that_a_box_snaps_into_the_middle_of_two() -> None:
    found = snap(Rect(72, 11, 50, 31), [Rect(0, 0, 50, 40), Rect(150, 0, 33, 40)], 5.0)
    assert found.dx == 3.0
    assert {(line.x1, line.x2) for line in found.lines if line.gap} == {(50, 75), (125, 150)}


@given(rects, st.lists(rects, max_size=8), st.floats(0.5, 20))
def test_that_a_snap_stays_within_reach_and_is_steady(box: Rect, others: list[Rect], reach: float) -> None:
    found = snap(box, others, reach)
    assert abs(found.dx) <= reach + 1e-6
    assert abs(found.dy) <= reach + 1e-6
    again = snap(box.moved(found.dx, found.dy), others, reach)
    assert abs(again.dx) < 1e-6 or abs(again.dx) <= reach  # an equal gap may begin to fit once the row is met
    assert found == snap(box, others, reach)


def test_that_only_the_dragged_edges_of_a_resized_box_snap() -> None:
    other = Rect(200, 0, 60, 40)
    found = snap_edges(Rect(0, 100, 197, 50), "e", [other], 5.0)
    assert (found.dx, found.dy) == (3.0, 0.0)
    assert snap_edges(Rect(0, 100, 197, 50), "s", [other], 5.0).dx == 0.0


def test_that_a_resized_box_snaps_to_the_width_of_another() -> None:
    found = snap_edges(Rect(0, 100, 62, 50), "se", [Rect(200, 0, 60, 40)], 5.0)
    assert found.dx == -2.0
    assert any(line.gap and line.x2 - line.x1 == 60 for line in found.lines)
