"""Several designs measured, and which assumed mean times would change the order of each and the first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from designer.catalog import KINDS
from designer.errors import DesignerError
from designer.model.element import id_text
from designer.model.project import Project
from designer.report.comparing import NINES, WHOLE, Measures, Tell, measures, same_ids
from designer.study.availability.answer import YEAR_H
from designer.study.availability.order import WORST, Order, Ordered, Swap, order_of, sign
from designer.study.availability.words import span
from designer.words import tr, trn

MEASURED = 0.8
"""The part of the work after which all designs are measured."""
MOST_SWAPS = 3
"""Most mean times that change an order and are told as text; JSON has all."""


def measures_in_order(
    projects: Sequence[Project], names: Sequence[str], seed: int, tell: Tell = lambda part: None
) -> list[Measures]:
    """The figures of several designs; of each but the first, what would change its order with the first. What `tell`
    raises ends the work.
    """
    found: list[Measures] = []
    for number, project in enumerate(projects):

        def so_far(part: float, done: int = number) -> object:
            return tell(MEASURED * (done + part) / len(projects))

        found.append(measures(project, names, seed, so_far))
    for number, one in enumerate(found[1:], 1):

        def and_on(part: float, done: int = number - 1) -> object:
            return tell(MEASURED + (1.0 - MEASURED) * (done + part) / (len(found) - 1))

        try:
            one.order = order_of((projects[0], projects[number]), _pairs(found[0], one), and_on)
        except DesignerError as error:
            one.notes += [str(error)] if str(error) not in one.notes else []
    return found


def _pairs(first: Measures, other: Measures) -> list[tuple[int, int]]:
    """The services with nines that two designs have in common."""
    ids = same_ids(first, other)
    mine, theirs = ({k.element for k in one.values if k.group == NINES} - {WHOLE} for one in (first, other))
    return sorted((ids.get(i, i), i) for i in theirs if ids.get(i, i) in mine)


def order_lines(first: str, other: str, order: Order | None) -> list[str]:
    """What to measure first to know which of two designs is up for longer, as sentences."""
    if order is None or not order.services:
        return list(order.refused) if order is not None else []
    if not order.ordered:
        lines = [tr("{0} and {1} are up for as long.", first, other)]
    elif not order.asked:
        lines = [tr("All mean times of {0} and {1} are known; none has a range to vary.", first, other)]
    elif not order.swaps:
        text = trn("{0:,} mean time is assumed with a range; it does not change which of {1} and {2} is up for longer.",
                   "{0:,} mean times are assumed with ranges; none alone changes which of {1} and {2} is up for "
                   "longer.", len(order.asked), first, other)  # fmt: skip
        lines = [text]
    else:
        lines = [_swap_line(first, other, swap, n == 0) for n, swap in enumerate(order.swaps[:MOST_SWAPS])]
        more = len(order.swaps) - MOST_SWAPS
        if more > 0:
            lines.append(trn("{0:,} more changes the order.", "{0:,} more change the order.", more))
    return [*lines, *order.refused]


def _swap_line(first: str, other: str, swap: Swap, leads: bool) -> str:
    better, worse = (first, other) if sign(swap.far_downs) < 0 else (other, first)
    hours = sorted(down * YEAR_H for down in swap.far_downs)
    of = swap.of
    what = KINDS[of.kind].plural
    what = tr("MTBF of {0}", what) if of.field == "mtbf_h" else tr("MTTR of {0}", what)
    told = (what, max(of.factors), _times(first, other, swap, swap.part), swap.service.name, better, worse)
    far = (_times(first, other, swap, swap.far), span(hours[0]), span(hours[1]))
    if leads:
        return tr("Measure first: {0}, known within a factor of {1:g}. At {2}, {3} is up for longer in {4} than "
                  "in {5}; at {6} it is down {7} a year against {8}.", *told, *far)  # fmt: skip
    return tr("Then: {0}, within a factor of {1:g}. At {2}, {3} is up for longer in {4} than in {5}; at {6} it is "
              "down {7} a year against {8}.", *told, *far)  # fmt: skip


def _times(first: str, other: str, swap: Swap, part: float) -> str:
    """What a mean time is multiplied with, and in which design where not in both alike."""
    one, two = swap.of.times(part)
    if one == two:
        return tr("{0:.2g} times what is assumed", one)
    each = ((by, title) for by, title in ((one, first), (two, other)) if by != 1.0)
    return ", ".join(tr("{0:.2g} times what is assumed in {1}", *some) for some in each)


def order_json(order: Order | None) -> dict[str, Any] | None:
    """What was asked of the order of a design and the first, and what changes it; parts of the time are fractions."""
    if order is None:
        return None

    def named(one: Ordered) -> dict[str, Any]:
        return {"service": None if one.service == WORST else id_text(one.service), "name": one.name}

    return {
        "services": [named(one) | {"unavailability": list(one.downs)} for one in order.services],
        "varied": [{"kind": one.kind, "field": one.field, "factors": list(one.factors)} for one in order.asked],
        "measure_first": [
            named(swap.service)
            | {
                "kind": swap.of.kind,
                "field": swap.of.field,
                "factors": list(swap.of.factors),
                "changes_at_times": list(swap.times),
                "at_times": list(swap.of.times(swap.far)),
                "unavailability_there": list(swap.far_downs),
            }
            for swap in order.swaps
        ],
        "refused": list(order.refused),
    }
