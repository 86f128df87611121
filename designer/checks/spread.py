"""Services that one zone, host, rack or power feed takes down, or that lack capacity without a zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from designer.catalog.rules.capacity import load_of, needs_of
from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.standing import Standing, members, names
from designer.checks.view import CheckView
from designer.commands import edit
from designer.errors import RuleError
from designer.model.project import Project
from designer.words import tr

RELIABILITY = "AWS Well-Architected Framework, reliability pillar, REL10: deploy to multiple locations"


def _serving(view: CheckView, service: int) -> list[Standing]:
    """The members of a service that only VMs serve (no function, no bucket)."""
    return [] if view.sources(service, "serves") else view.value(members, service)


def _one_zone(view: CheckView, service: int) -> Iterator[Found]:
    found = _serving(view, service)
    zones = {member.zone for member in found}
    if len(found) > 1 and len(zones) == 1 and view.kind(min(zones)) == "zone":
        zone = zones.pop()
        yield Found(
            tr("All {0:,} members of {1} stand in {2}", len(found), view.name(service), view.name(zone)),
            tr("The loss of the zone takes the service down."),
            (zone, *(member.id for member in found)),
        )


def peak_mhz(view: CheckView, service: int) -> float:
    """The demand of a service at its peak, as far as fields say: its own, and that of users who reach it straight or
    through a DNS name.
    """
    fields = view.get(service)
    peaks = {
        "constant": fields["rate_rps"],
        "day_curve": fields["day_mean_rps"] + abs(fields["day_swing_rps"]),
        "trace": fields["trace_peak_rps"],
    }
    peak_rps = peaks[fields["demand"]] + _users_rps(view, service)
    doors = [service, *view.sources(service, "balances")]
    names = {name for door in doors for name in view.sources(door, "answers")}
    peak_rps += sum(_share(view, name, doors) * _users_rps(view, name) for name in sorted(names))
    return float(peak_rps * fields["work_mhz_s"])


def _users_rps(view: CheckView, target: int) -> float:
    """Requests a second that the users of a service or a DNS name send at most."""
    users = (view.get(i) for i in view.sources(target, "uses"))
    return float(sum(user["mean_rps"] + abs(user["swing_rps"]) for user in users))


def _share(view: CheckView, name: int, doors: Collection[int]) -> float:
    """The most of the users of a DNS name that it leads to some targets: with weights their part while all targets are
    healthy, with failover all users, because each target serves all of them when its turn comes.
    """
    view.targets(name, "answers")  # notes that the value depends on the links, also on their weights
    links = view.tree.links_of(name, "answers")
    if view.get(name)["routing"] == "failover":
        return 1.0
    weights = {link.target: _weight(link.role) for link in links if link.source == name}
    total = sum(weights.values())
    return sum(weight for target, weight in weights.items() if target in doors) / total if total > 0 else 0.0


def _weight(role: str) -> float:
    try:
        return max(float(role or "1"), 0.0)
    except ValueError:
        return 0.0


def _without_a_zone(view: CheckView, service: int) -> Iterator[Found]:
    by_zone: Counter[int] = Counter()
    for member in _serving(view, service):
        by_zone[member.zone] += member.mhz * member.part  # type: ignore[assignment]
    if len(by_zone) < 2:
        return
    need, whole = view.value(peak_mhz, service), sum(by_zone.values())
    short = [(whole - mhz, zone) for zone, mhz in by_zone.items() if need > whole - mhz]
    if short:
        left, zone = min(short)
        yield Found(
            tr("{0} lacks capacity without {1}", view.name(service), view.name(zone)),
            tr(
                "Its peak asks for {0:,.0f} MHz and {1:,.0f} would be left. With {2} zones each needs the "
                "peak divided by {3}.",
                need,
                left,
                len(by_zone),
                len(by_zone) - 1,
            ),
            (zone,),
        )


def _one_host(view: CheckView, service: int) -> Iterator[Found]:
    found = view.value(members, service)
    on_hosts = Counter(member.host for member in found if member.host)
    if len(found) < 2 or not on_hosts:
        return
    host, count = on_hosts.most_common(1)[0]
    if count * 2 > len(found) and count > 1:
        yield Found(
            tr("{0} holds {1:,} of the {2:,} members of {3}", view.name(host), count, len(found), view.name(service)),
            tr("The failure of one host takes the majority down."),
            (host, *(member.id for member in found if member.host == host)),
        )


def _one_rack(view: CheckView, service: int) -> Iterator[Found]:
    found = view.value(members, service)
    racks = {member.rack for member in found}
    if len(found) > 1 and len(racks) == 1 and 0 not in racks and len({member.host for member in found}) > 1:
        rack = racks.pop()
        yield Found(
            tr("All {0:,} members of {1} stand in {2}", len(found), view.name(service), view.name(rack)),
            tr("The members fail together with the rack, its switch or its power."),
            (rack,),
        )


def feeds_of(view: CheckView, host: int) -> frozenset[int]:
    """The power feeds of a host and of everything it stands in; empty without feeds."""
    found: set[int] = set()
    for place in (host, view.above(host, "rack"), view.above(host, "data_center")):
        if place:
            found.update(view.sources(place, "feeds"))
    return frozenset(found)


def _one_feed(view: CheckView, service: int) -> Iterator[Found]:
    hosts = sorted({member.host for member in view.value(members, service)})
    if len(hosts) < 2 or not hosts[0]:
        return
    feeds = frozenset.union(*(view.value(feeds_of, host) for host in hosts))
    if len(feeds) == 1:
        (feed,) = feeds
        yield Found(
            tr("All members of {0} get power from {1}", view.name(service), view.name(feed)),
            tr("Their hosts are {0}.", names(view, hosts)),
            (feed,),
        )


def spread_over_zones(project: Project, finding: Finding) -> None:
    """Move members of a service so that its zones have equal numbers: from subnets to subnets, from hosts to hosts."""
    view = CheckView(project)
    zone, *moved = finding.elements[1:]
    region = project.elements[zone].parent
    zones = [zone, *(i for i in project.children(region) if project.elements[i].kind == "zone" and i != zone)]
    if len(zones) == 1:
        raise RuleError(tr("{0} has only one zone; place another one first.", project.elements[region].name))
    with project.edit(tr("Spread {0} over {1} zones", view.name(finding.elements[0]), len(zones))):
        for n, member in enumerate(moved):
            place = zones[n % len(zones)]
            if place != zone:
                edit.move(project, [member], (0.0, 0.0), _place_like(project, member, place))


def _place_like(project: Project, member: int, zone: int) -> int:
    """Where a member may stand in another zone: in a place of the same kind as its own, or in the zone itself."""
    kind = project.elements[project.elements[member].parent].kind
    if kind == "host":
        return _emptiest(project, member, [i for i in project.subtree(zone) if project.elements[i].kind == "host"])
    public = project.elements[project.elements[member].parent].__dict__.get("public")
    nets = [i for i in project.children(zone) if project.elements[i].kind == "subnet"]
    alike = [i for i in nets if project.elements[i].__dict__["public"] == public]
    return next(iter(alike), zone)


def _emptiest(project: Project, member: int, hosts: list[int]) -> int:
    """The emptiest of some hosts that takes a VM. Raises RuleError where no host does."""
    fields = project.elements[member].__dict__
    loads = [(load_of(project, project.elements[i]), i) for i in hosts]
    fitting = [(load.emptiness, i) for load, i in loads if load.takes(*needs_of(fields))]
    if not fitting:
        raise RuleError(tr("No other host has room for {0}.", fields["name"]))
    return max(fitting, key=lambda row: row[0])[1]


def separate(project: Project, finding: Finding) -> None:
    """Move members of a service from the host that holds most of them to other hosts of its zone, one each."""
    service, host, *crowd = finding.elements
    zone = CheckView(project).value(_zone_of, host)
    taken = {project.elements[i].parent for i in project.sources(service, "member")}
    hosts = [i for i in project.subtree(zone) if project.elements[i].kind == "host" and i not in taken]
    with project.edit(tr("Separate the members of {0}", project.elements[service].name)):
        for member in crowd[1:]:
            place = _emptiest(project, member, hosts or [i for i in taken if i != host])
            edit.move(project, [member], (0.0, 0.0), place)
            hosts = [i for i in hosts if i != place]


def _zone_of(view: CheckView, host: int) -> int:
    return view.above(host, "zone") or view.above(host, "data_center") or view.above(host, "rack") or 0


CHECKS = (
    Check(
        "REL-01",
        "Service in one zone",
        "high",
        "A zone is one failure domain: when it fails, all members fail at once.",
        RELIABILITY,
        ("service",),
        _one_zone,
        Fix("Spread over all zones of the region", spread_over_zones),
    ),
    Check(
        "REL-02",
        "No spare capacity after the loss of a zone",
        "high",
        "Scaling out during the failure needs the control plane and free instances, which everyone wants then.",
        "Amazon Builders' Library, static stability using availability zones",
        ("service",),
        _without_a_zone,
    ),
    Check(
        "REL-05",
        "Majority of a service on one host",
        "high",
        "One host failure takes most of the members down, and the quorum of a cluster with them.",
        "AWS Well-Architected Framework, reliability pillar, REL10; EC2 spread placement groups",
        ("service",),
        _one_host,
        Fix("Move its members to separate hosts", separate),
    ),
    Check(
        "REL-06",
        "Service in one rack",
        "medium",
        "A rack fails as a whole: its switch, its power, its cooling.",
        RELIABILITY,
        ("service",),
        _one_rack,
    ),
    Check(
        "REL-26",
        "Service on one power feed",
        "medium",
        "The members go down with the feed, on however many hosts they stand.",
        RELIABILITY,
        ("service",),
        _one_feed,
    ),
)
