"""Which assumed mean time changes which of two designs is up for longer, worked out by hand in the test."""

from __future__ import annotations

from typing import Any

import pytest

from designer.engine.simulation import simulate
from designer.errors import SpecError
from designer.report.ordering import order_lines
from designer.study.availability.drawn_years import draw_years
from designer.study.availability.order import Order, order_of
from designer.study.build import build
from tests.study.availability.test_by_hand import NEVER, Drawn, down, hall


def drawn(hosts: int, rack: dict[str, Any] = NEVER, **fields: Any) -> Drawn:
    """One of so many hosts in a rack carries the shop."""
    made = hall()
    made.put("rack", "rack", "dc", **{"mtbf_factor": 1.0, "mttr_factor": 1.0, **rack})
    known = {"mtbf_h": 1000.0, "mttr_h": 10.0, "mtbf_factor": 1.0, "mttr_factor": 1.0}
    for n in range(hosts):
        made.put(f"host-{n}", "host", "rack", **{**known, **fields})
    made.service(*(f"host-{n}" for n in range(hosts)))
    return made


def order(one: Drawn, other: Drawn) -> Order:
    pair = (one.ids["shop"], other.ids["shop"])
    return order_of((one.project, other.project), [pair], lambda part: None)


def test_that_a_rate_is_told_with_the_value_at_which_the_order_changes_and_only_where_it_is_not_known() -> None:
    found = order(drawn(1, mtbf_factor=4.0), drawn(1, mtbf_h=2000.0))
    [swap] = found.swaps
    assert (swap.of.kind, swap.of.field, swap.of.factors) == ("host", "mtbf_h", (4.0, 1.0))
    assert swap.times == pytest.approx((2.0, 1.0), rel=2e-3)
    assert swap.far == 1.0 and swap.far_downs == pytest.approx((down(4000.0, 10.0), down(2000.0, 10.0)), rel=1e-9)
    [line] = order_lines("old", "new", found)
    assert line == (
        "Measure first: MTBF of hosts, known within a factor of 4. At 2 times what is assumed in old, shop is up "
        "for longer in old than in new; at 4 times what is assumed in old it is down 22 h a year against 44 h."
    )
    together = order(drawn(1, mtbf_factor=4.0), drawn(1, mtbf_h=2000.0, mtbf_factor=4.0))
    assert len(together.asked) == 1 and not together.swaps  # they are hosts of one kind: both are better, or both worse
    assert order_lines("old", "new", together) == [
        "1 mean time is assumed with a range; it does not change which of old and new is up for longer."
    ]


def test_that_what_changes_the_order_nearest_to_what_is_told_is_measured_first() -> None:
    """One host against two that share a rack: with better hosts the rack decides."""
    shared = {"mtbf_h": 1990.0, "mttr_h": 10.0, "mtbf_factor": 1.5}
    one = drawn(1, mtbf_factor=3.0, mttr_factor=9.0)
    two = drawn(2, rack=shared, mtbf_factor=3.0, mttr_factor=9.0)
    found = order(one, two)
    assert {(of.kind, of.field) for of in found.asked} == {("rack", "mtbf_h"), ("host", "mtbf_h"), ("host", "mttr_h")}
    assert [(swap.of.kind, swap.of.field) for swap in found.swaps] == [("host", "mttr_h"), ("host", "mtbf_h")]
    rack = down(1990.0, 10.0)
    for swap in found.swaps:
        by = swap.times[0]
        host = down(1000.0 * by, 10.0) if swap.of.field == "mtbf_h" else down(1000.0, 10.0 * by)
        assert swap.times[0] == swap.times[1]
        assert host == pytest.approx(1.0 - (1.0 - host**2) * (1.0 - rack), rel=5e-3)
    assert found.swaps[0].part == pytest.approx(-0.315, abs=0.005)  # log 0.5 by log 9


def test_that_what_has_no_order_or_no_answer_is_told() -> None:
    same = order(drawn(1, mtbf_factor=4.0), drawn(1, mtbf_factor=4.0))
    assert not same.swaps and order_lines("a", "b", same) == ["a and b are up for as long."]
    empty = hall()
    empty.service()
    refused = order(drawn(1), empty)
    assert not refused.services
    assert order_lines("a", "b", refused) == ["shop has no member that its requests reach, so it is never up."]


def test_that_a_service_that_never_holds_its_peak_has_neither_nines_nor_an_order_nor_years() -> None:
    """Two members carry 400 requests a second of the 1,000 below which it is down; nothing that fails matters."""
    weak, enough = hall(), drawn(2)
    for n in range(2):
        weak.put(f"host-{n}", "host", "dc", mtbf_h=1000.0, mttr_h=10.0)
    study = weak.service("host-0", "host-1", needed=5)
    with pytest.raises(SpecError, match="never holds its peak") as error:
        weak.asked()
    for pair in ((weak, enough), (enough, weak)):
        refused = order(*pair)
        assert not refused.services and refused.refused == (str(error.value),)
    assert not draw_years(study, study.services, lambda _: True, most=100).services


def test_that_what_depends_on_a_service_that_is_never_up_is_never_up() -> None:
    made = drawn(1)
    for name in ("store", "cache"):
        made.put(name, "service", rate_rps=1.0)
    made.link("depends_on", "store", "cache")
    made.link("depends_on", "shop", "store")
    result = simulate(build(made.project))
    assert result.served_rps.shape[1] == 3 and not result.served_rps.any()
    with pytest.raises(SpecError, match="shop depends on store, which is never up, so it"):
        made.asked()
