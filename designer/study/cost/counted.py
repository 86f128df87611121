"""What a run counted that costs something: bytes from place to place, and watts of hosts; and the bill of the bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from designer.catalog.reference.prices import HOURS_A_MONTH, Price, prices
from designer.catalog.rules.offers import place_of
from designer.engine.result.carried import INTERNET, PREMISES, Carried, sent_gb, through_gb
from designer.model.tree import Tree
from designer.study.cost.lines import CostLine
from designer.study.results.reading import RunResults
from designer.words import mark

SENT, ZONES = mark("Traffic to the internet"), mark("Traffic between zones")
REGIONS, OWN = mark("Traffic between regions"), mark("Traffic to own premises")
MONTH_S = HOURS_A_MONTH * 3600.0


@dataclass(frozen=True)
class Counted:
    """GB a month by service (0: of VMs) and ids of places (from, to), and through NAT gateways; mean watts of hosts."""

    sent: tuple[tuple[int, int, int, float], ...] = ()
    passed: tuple[tuple[int, int, int, float], ...] = ()
    """What load balancers passed on to their members and back: to other zones it costs nothing, unlike the rest (user
    guide of Elastic Load Balancing: no charge for traffic between an Application Load Balancer and its targets)."""
    through: Mapping[int, float] = field(default_factory=dict)
    watts: Mapping[int, float] = field(default_factory=dict)


def counted_of(results: RunResults) -> Counted | None:
    """What a run counted, as if its hours were those of each month; None where it has recorded no step."""
    series, figures = results.series_read, results.vms
    if not series.steps:
        return None
    a_month = MONTH_S / float(series.edges_s[-1] - series.edges_s[0])
    sent, passed = [], []
    through: dict[int, float] = {}
    if figures is not None:
        whole, own = (
            sent_gb(carried, results.spec.routes) for carried in (figures.carried, _entering(figures.carried))
        )
        of_entry = dict(zip(map(tuple, own.keys.tolist()), own.amounts.tolist(), strict=True))
        for key, gb in zip(map(tuple, whole.keys.tolist()), whole.amounts.tolist(), strict=True):
            entered = of_entry.get(key, 0.0) if INTERNET not in key[1:] else 0.0
            sent.append((*key, (gb - entered) * a_month))
            passed.append((*key, entered * a_month))
        through = {gateway: gb * a_month for gateway, gb in through_gb(figures.carried).items()}
    hosts = series.of_kind("host")
    drawn = np.average(np.array(series["power_w"][:, hosts], np.float64), 0, np.diff(series.edges_s))
    watts = {int(series.ids[host]): float(w) for host, w in zip(hosts, drawn) if not np.isnan(w)}
    return Counted(_known(sent), _known(passed), through, watts)


def _known(rows: Iterable[tuple[int, int, int, float]]) -> tuple[tuple[int, int, int, float], ...]:
    return tuple(row for row in rows if row[3] > 0.0)


def _entering(carried: Carried) -> Carried:
    """Of what was carried the requests themselves, which balancers pass to members."""
    found = Carried()
    for key, count in zip(carried.requests.keys.tolist(), carried.requests.amounts.tolist(), strict=True):
        if key[1] == 0:
            found.requests.add_one(tuple(key), count)
    return found


def sent_lines(tree: Tree, counted: Counted) -> Iterator[CostLine]:
    """A line for each service, or place of VMs, and way that costs something."""
    region = {i: _region(tree, i) for row in (*counted.sent, *counted.passed) for i in row[1:3]}
    far = (row for row in counted.passed if region[row[1]] != region[row[2]])
    out: dict[str, float] = defaultdict(float)
    sums: dict[tuple[str, int, int, str], float] = defaultdict(float)
    for service, start, end, gb in (*counted.sent, *far):
        here, there = region[start], region[end]
        what = OWN if end == PREMISES else SENT if end == INTERNET else ZONES if here == there else REGIONS
        if not here or start == end or (service and service not in tree.elements):
            continue
        if what == SENT:
            out[here] += gb
        sums[what, (service or start) if what == SENT else start, service, here] += gb
    price_of = {SENT: lambda code: prices().out(code, out[code]), OWN: _unknown,
                ZONES: prices().between_zones, REGIONS: prices().between_regions}  # fmt: skip
    for (what, element, service, code), gb in sums.items():
        yield CostLine(what, element, gb, "GB", price_of[what](code), service=service)


def _unknown(code: str) -> Price | None:
    """It depends on the connection, of which the design knows no price."""
    return None


def _region(tree: Tree, place: int) -> str:
    """The code of the provider's region of a place; empty for others."""
    found = place_of(tree, tree.elements[place]) if place in tree.elements and place != INTERNET else None
    return found.region if found is not None else ""
