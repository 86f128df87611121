"""Power feeds and cooling without one to spare: at nameplate while drawing, at the peak of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from designer import units
from designer.catalog.kinds.hardware.host import watts
from designer.catalog.rules.watts.power import DRAWING
from designer.checks.check import Check, Finding, Found
from designer.checks.view import CheckView
from designer.engine.result.power import PowerResult
from designer.engine.spec import Spec
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.words import tr

UPTIME = "Uptime Institute, Tier Standard: Topology; Annual Outage Analysis 2025: power 54% of impactful outages"
COOLING = "Uptime Institute, Tier Standard: Topology: N+1 of cooling at the load of that moment"


def nameplate_w(view: CheckView, element_id: int) -> float:
    """The most that an element draws; 0 of what draws nothing."""
    fields = view.get(element_id)
    if view.kind(element_id) in DRAWING:
        return float(fields["power_w"])
    try:
        return max(watts(view.tree.elements[element_id]))
    except RuleError:
        return 0.0


def drawing_in(view: CheckView, place: int) -> tuple[int, ...]:
    """What draws watts in a place, itself included."""
    if view.kind(place) in ("host", *DRAWING):
        return (place,)
    found = [view.value(drawing_in, child.id) for child in view.inside(place, "rack", "zone", "host", *DRAWING)]
    return tuple(i for each in found for i in each)


def supplied_by(view: CheckView, element_id: int) -> tuple[int, ...]:
    """The nearest power feeds of an element: its own, or those of what it stands in."""
    here = element_id
    while here != ROOT_ID:
        feeds = view.sources(here, "feeds")
        if feeds:
            return tuple(sorted(feeds))
        here = view.parent(here)
    return ()


def _loads(view: CheckView, feed: int) -> list[tuple[float, tuple[int, ...]]]:
    """Watts of all that a feed supplies, and the feeds of each."""
    drawing = {i for place in view.targets(feed, "feeds") for i in view.value(drawing_in, place)}
    rows = [(view.value(nameplate_w, i), view.value(supplied_by, i)) for i in sorted(drawing)]
    return [(most, feeds) for most, feeds in rows if feed in feeds]


def _overloaded(view: CheckView, feed: int) -> Iterator[Found]:
    limit = view.get(feed)["limit_w"]
    if not limit:
        return
    loads = _loads(view, feed)
    others = sorted({other for _, feeds in loads for other in feeds} - {feed})
    for lost in others or [0]:
        carried = sum(most / (len(feeds) - (lost in feeds)) for most, feeds in loads)
        if carried > limit * (1.0 + 1e-9):
            without = tr("{0} carries too much when {1} fails", view.name(feed), view.name(lost)) if lost else ""
            yield Found(
                without or tr("{0} carries too much", view.name(feed)),
                tr("{0} by the nameplates, and its limit is {1}", _w(carried), _w(limit)),
                (lost,) if lost else (),
            )
            return


def _cooling(view: CheckView, hall: int) -> Iterator[Found]:
    """A data center whose cooling units, without the largest, carry less than the nameplates draw."""
    capacity: dict[int, float] = {}
    places = [hall, *(child.id for child in view.inside(hall, "rack", "host", "storage_array"))]
    places += [host.id for child in view.inside(hall, "rack") for host in view.inside(child.id, "host")]
    for place in places:
        for unit in view.sources(place, "cools"):
            if view.get(unit)["capacity_w"]:
                capacity[unit] = view.get(unit)["capacity_w"]
    if not capacity:
        return
    draws = sum(view.value(nameplate_w, i) for i in view.value(drawing_in, hall))
    left = sum(capacity.values()) - max(capacity.values())
    if draws > left * (1.0 + 1e-9):
        yield Found(
            tr("{0} has no cooling unit to spare", view.name(hall)),
            tr("The nameplates draw {0}; without its largest unit {1} are carried away", _w(draws), _w(left)),
            tuple(sorted(capacity)),
        )


def _w(value: float) -> str:
    return units.text(value, "W", 4)


def of_power(spec: Spec, power: PowerResult | None) -> Iterator[Finding]:
    """Feeds that would carry too much without another one, and halls without a cooling unit to spare, at the peak of a
    run."""
    if power is None or spec.power is None:
        return
    names = {domain.id: domain.name for domain in spec.domains}
    most, at = power.feed_most_w, {i: n for n, i in enumerate(power.feed_ids.tolist())}
    for a, b in sorted(_pairs(spec, set(at))):
        for feed, lost in ((a, b), (b, a)):
            limit = spec.power.feeds[at[feed]].limit_w
            peak = float((most[:, at[feed]] + most[:, at[lost]]).max(initial=0.0))
            if limit and peak > limit * (1.0 + 1e-9):
                text = tr("{0} would not carry the peak of the run without {1}", names[feed], names[lost])
                detail = tr("{0} at the most, and its limit is {1}", _w(peak), _w(limit))
                yield Finding("RUN-06", "high", text, detail, (feed, lost))
    for n, hall in enumerate(spec.power.halls):
        units_of = [unit.capacity_w for unit in spec.power.cooling if unit.hall == hall.id]
        peak = float(power.it_w[:, n].max(initial=0.0))
        left = sum(units_of) - max(units_of, default=0.0)
        if units_of and peak > left * (1.0 + 1e-9):
            text = tr("{0} had no cooling unit to spare at the peak of the run", names[hall.id])
            detail = tr("IT drew {0}; without its largest unit {1} are carried away", _w(peak), _w(left))
            yield Finding("RUN-07", "medium", text, detail, (hall.id,))


def _pairs(spec: Spec, feeds: set[int]) -> set[tuple[int, int]]:
    """Feeds that supply the same, and nothing else does: two each."""
    rows: list[Sequence[Sequence[int]]] = [*(host.feeds for host in spec.hosts), *(d.feeds for d in spec.domains)]
    groups = {tuple(sorted(group)) for groups in rows for group in groups if feeds.issuperset(group)}
    return {(group[0], group[1]) for group in groups if len(group) == 2}


CHECKS = (
    Check(
        "PWR-01",
        "Power feed overloaded when another fails",
        "medium",
        "The remaining feed carries everything, trips, and takes down what both should keep up.",
        UPTIME,
        ("power_feed",),
        _overloaded,
    ),
    Check(
        "PWR-02",
        "No cooling unit to spare",
        "medium",
        "When the largest unit fails at full load the data center warms until its hosts shut down.",
        COOLING,
        ("data_center",),
        _cooling,
    ),
)
