"""Packing: rows that keep their order, never on one another, the same each time."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from designer.model.boxes import Rect
from designer.model.packing import Band, packed

lengths = st.floats(1, 300).map(lambda v: round(v, 1))
sizes = st.lists(st.tuples(lengths, lengths), max_size=9).map(tuple)
bands = st.lists(st.builds(Band, sizes, st.floats(0, 40)), min_size=1, max_size=4)
rects = st.builds(Rect, st.floats(-200, 600), st.floats(-200, 600), lengths, lengths)


@given(bands, st.lists(rects, max_size=4))
def test_that_no_box_comes_nearer_than_the_gap_to_another_or_to_what_is_fixed(
    some: list[Band], fixed: list[Rect]
) -> None:
    placed = packed(some, (10.0, 20.0), 8.0, fixed)
    boxes = [box for band in placed for box in band]
    assert not any(one.overlaps(two, 7.99) for n, one in enumerate(boxes) for two in boxes[:n])
    assert not any(box.overlaps(other, 7.99) for box in boxes for other in fixed)
    assert all(box.x >= 10.0 and box.y >= 20.0 for box in boxes)
    assert [tuple((b.w, b.h) for b in band) for band in placed] == [band.sizes for band in some]


@given(bands)
def test_that_bands_stand_below_each_other_with_their_room(some: list[Band]) -> None:
    placed = [(band, boxes) for band, boxes in zip(some, packed(some, (0.0, 0.0), 8.0)) if boxes]
    for (_, above), (band, below) in pairwise(placed):
        room = min(b.y for b in below) - max(b.bottom for b in above)
        assert abs(room - max(band.above, 8.0)) < 1e-6


@given(bands, st.lists(rects, max_size=3))
def test_that_packing_is_the_same_each_time(some: list[Band], fixed: list[Rect]) -> None:
    assert packed(some, (0.0, 0.0), 8.0, fixed) == packed(list(some), (0.0, 0.0), 8.0, list(fixed))


def test_that_rows_keep_their_order_and_come_near_the_shape() -> None:
    (made,) = packed([Band(((100.0, 50.0),) * 12)], (0.0, 0.0), 10.0)
    assert sorted(made, key=lambda b: (b.y, b.x)) == made
    assert {b.y for b in made} == {0.0, 60.0, 120.0, 180.0}


def test_that_what_is_fixed_is_flowed_around() -> None:
    (made,) = packed([Band(((50.0, 50.0),) * 3)], (0.0, 0.0), 10.0, [Rect(60.0, 0.0, 50.0, 50.0)])
    assert Rect(0.0, 0.0, 50.0, 50.0) in made
    assert not any(box.overlaps(Rect(60.0, 0.0, 50.0, 50.0), 9.9) for box in made)


def test_that_nothing_is_packed_to_nothing() -> None:
    assert packed([], (0.0, 0.0), 8.0) == []
    assert packed([Band(())], (0.0, 0.0), 8.0) == [[]]
