"""Changes of a design that make a service fail less: one more zone, host or feed, faster detection. Each is one step of
undo.

What each would buy is computed on a copy of the design (`study.availability`); the same change is then made for real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from designer.commands import clipboard, edit
from designer.errors import RuleError
from designer.model.element import Element, make
from designer.model.project import Project
from designer.words import tr, trn

FASTER = 0.5
"""Failures are found in this part of the time."""
BATTERY_S = 600.0
"""Runtime of a UPS that is put behind a feed: as long as a generator needs to start, many times over."""
STARTS = 0.975
"""How probably a generator that is added starts (MTechnology: 2 to 5% of 1,600 diesel generators do not)."""


@dataclass(frozen=True)
class Strengthening:
    """A change that may help a service: its title, the elements it is about, and what makes it."""

    title: str
    kind: str
    ids: tuple[int, ...]
    make: Callable[[Project], object]

    def apply(self, project: Project) -> None:
        """Make the change, in one step of undo. Raises RuleError where a rule forbids it."""
        with project.edit(self.title):
            self.make(project)


def strengthenings(project: Project, service_id: int) -> list[Strengthening]:
    """What may be changed for a service, each once."""
    members = _members(project, service_id)
    above = list(dict.fromkeys(place for vm in members for place in _above(project, vm)))
    found: list[Strengthening] = []
    for offer in (_zones, _hosts, _feeds, _bridges, _detection, _standbys, _balancers, _recovery):
        found += offer(project, service_id, members, [project.elements[i] for i in above])
    return found


def strengthen(project: Project, service_id: int, title: str, ids: tuple[int, ...]) -> None:
    """Make one of the changes for a service, by its title and elements, as one step of undo. Raises RuleError where it
    is on offer no more, or a rule forbids it.
    """
    known = service_id in project.elements
    offers = strengthenings(project, service_id) if known else []
    found = next((one for one in offers if (one.title, one.ids) == (title, ids)), None)
    if found is None:
        raise RuleError(tr("The design has changed since; this change is no longer possible."))
    with project.edit(title):
        found.make(project)


Offer = Iterator[Strengthening]


def _zones(project: Project, service: int, members: list[int], above: list[Element]) -> Offer:
    zones = [one for one in above if one.kind == "zone"]
    if zones:
        small = min(zones, key=lambda zone: sum(1 for _ in project.subtree(zone.id)))
        title = tr("One more zone like {0}", small.name)
        yield Strengthening(title, "zone", (small.id,), partial(_duplicate, element_id=small.id))


def _hosts(project: Project, service: int, members: list[int], above: list[Element]) -> Offer:
    hosts = [one for one in above if one.kind == "host"]
    sorts: dict[int, Element] = {}
    for host in hosts:
        cluster = project.targets(host.id, "in_cluster")
        sorts.setdefault(cluster[0] if cluster else 0, host)
    for cluster_id, host in sorts.items():
        ids: tuple[int, ...] = (host.id,)
        title = tr("One more host like {0}", host.name)
        if cluster_id:
            ids, title = (cluster_id, host.id), tr("One more host in {0}", project.elements[cluster_id].name)
        yield Strengthening(title, "host", ids, partial(add_host_like, like=host.id))


def _feeds(project: Project, service: int, members: list[int], above: list[Element]) -> Offer:
    single: dict[int, list[int]] = {}
    for one in above:
        feeds = list(project.sources(one.id, "feeds"))
        if len(feeds) == 1:
            single.setdefault(feeds[0], []).append(one.id)
    for feed, fed in single.items():
        names = project.elements[fed[0]].name if len(fed) == 1 else trn("{0} place", "{0} places", len(fed))
        title = tr("A second feed beside {0} for {1}", project.elements[feed].name, names)
        yield Strengthening(title, "power_feed", (feed, *fed), partial(_add_feed, like=feed, fed=fed))


def _bridges(project: Project, service: int, members: list[int], above: list[Element]) -> Offer:
    feeds = dict.fromkeys(i for one in above for i in project.sources(one.id, "feeds"))
    bare = [i for i in feeds if _is_bare(project, i)]
    if bare:
        title = trn("UPS and generator behind {0} feed", "UPS and generator behind {0} feeds", len(bare))
        values = {"generator": True, "battery_s": BATTERY_S, "start_probability": STARTS}
        yield Strengthening(title, "generator", tuple(bare), lambda design: edit.change(design, bare, values))


def _is_bare(project: Project, feed: int) -> bool:
    fields = project.elements[feed].__dict__
    return not (fields["generator"] or project.sources(feed, "backs_up"))


def _detection(project: Project, service: int, members: list[int], above: list[Element]) -> Offer:
    clusters = dict.fromkeys(i for one in above if one.kind == "host" for i in project.targets(one.id, "in_cluster"))
    groups = dict.fromkeys(i for vm in members for i in project.targets(vm, "instance"))
    slow = [i for i in (*clusters, *groups, *members) if project.elements[i].__dict__.get("detect_s")]

    def faster(design: Project) -> None:
        for seconds, ids in _by_value(design, slow, "detect_s").items():
            edit.change(design, ids, {"detect_s": seconds * FASTER})

    if slow:
        yield Strengthening(tr("Failures found in half the time"), "cluster", tuple(slow), faster)


def _standbys(project: Project, service: int, members: list[int], above: list[Element]) -> Offer:
    used = [*project.targets(service, "depends_on"), *project.targets(service, "reads_from")]
    for database in (project.elements[i] for i in used if project.elements[i].kind == "database"):
        if not project.targets(database.id, "primary_in"):
            continue
        place = next((s.id for s in project.of_kind("subnet")
                      if project.why_no_link("standby_in", database.id, s.id) is None), 0)  # fmt: skip
        if place:
            title = tr("A standby of {0} in {1}", database.name, project.elements[place].name)
            yield Strengthening(
                title,
                "database",
                (database.id, place),
                partial(_link, kind="standby_in", source=database.id, target=place),
            )


def _balancers(project: Project, service: int, members: list[int], above: list[Element]) -> Offer:
    found = project.sources(service, "balances")
    if len(found) == 1:
        title = tr("A second load balancer beside {0}", project.elements[found[0]].name)
        yield Strengthening(title, "load_balancer", (found[0],), partial(_duplicate, element_id=found[0]))


def _recovery(project: Project, service: int, members: list[int], above: list[Element]) -> Offer:
    left = [i for i in members if project.elements[i].__dict__.get("recovery") == "none"]
    if left:
        title = trn("{0} member that restarts by itself", "{0} members that restart by themselves", len(left))
        yield Strengthening(
            title, "vm", tuple(left), lambda design: edit.change(design, left, {"recovery": "by_place"})
        )
    off = dict.fromkeys(i for one in above if one.kind == "host" for i in project.targets(one.id, "in_cluster"))
    off = {i: None for i in off if not project.elements[i].__dict__["ha"]}
    if off:
        names = ", ".join(project.elements[i].name for i in off)
        ids = tuple(off)
        yield Strengthening(
            tr("HA switched on in {0}", names), "cluster", ids, lambda design: edit.change(design, ids, {"ha": True})
        )


def _members(project: Project, service_id: int) -> list[int]:
    """The VMs and hosts that serve a service."""
    serving = (project.elements[i] for i in project.sources(service_id, "member"))
    vms = dict.fromkeys(one.parent if one.kind == "application" else one.id for one in serving)
    return [i for i in vms if not project.elements[i].__dict__.get("template")]


def _above(project: Project, element_id: int) -> Iterator[int]:
    """An element's places, from within."""
    while element_id in project.elements and project.elements[element_id].kind != "design":
        yield element_id
        element_id = project.elements[element_id].parent


def _by_value(project: Project, ids: Iterable[int], name: str) -> dict[float, list[int]]:
    found: dict[float, list[int]] = {}
    for one in ids:
        found.setdefault(project.elements[one].__dict__[name], []).append(one)
    return found


def _duplicate(project: Project, element_id: int) -> int:
    made = clipboard.duplicate(project, [element_id])
    if not made:
        raise RuleError(tr("{0} cannot be copied here.", project.elements[element_id].name))
    return made[0]


def add_host_like(project: Project, like: int) -> int:
    """A host like another, without what stands on that; its feeds, cluster, datastores and network are the same. It
    stands beside the other, or beside its rack where that is full."""
    host = project.elements[like]
    fields = {name: value for name, value in host.__dict__.items() if name in _own(host)}
    here = host.parent
    place = here if project.why_not("host", here, _like(project, host)) is None else project.elements[here].parent
    made = edit.place(project, "host", place, **fields)
    for link in list(project.links_of(like)):
        if link.kind in _HOST_LINKS:
            ends = (made, link.target) if link.source == like else (link.source, made)
            if project.why_no_link(link.kind, *ends) is None:
                edit.connect(project, link.kind, *ends, link.role)
    return made


def _like(project: Project, host: Element) -> Element:
    """A new host with the values of another, which stands nowhere yet."""
    values = {name: value for name, value in host.__dict__.items() if name in _own(host)}
    return make(project.kinds["host"].table, {**values, "parent": host.parent})


def add_hosts(project: Project, like: int, title: str, enough: Callable[[], bool], most: int) -> list[int]:
    """Add hosts like another until there are enough, as one step of undo; return them. Raises RuleError where `most`
    do not suffice, or a rule forbids one; then none is added."""
    made: list[int] = []
    with project.edit(title):
        while not enough():
            if len(made) == most:
                raise RuleError(trn("{0} more host like {1} is not enough.", "{0} more hosts like {1} are not enough.",
                                    most, project.elements[like].name))  # fmt: skip
            made.append(add_host_like(project, like))
    return made


_HOST_LINKS = ("feeds", "cools", "in_cluster", "sees", "connects", "guards")
"""Links of a host that one more like it has, too."""


def _own(element: Element) -> set[str]:
    """The fields that a kind has beside those of every element."""
    return set(type(element).model_fields) - set(Element.model_fields)


def _add_feed(project: Project, like: int, fed: Iterable[int]) -> None:
    """A feed like another, to what that feeds alone."""
    feed = project.elements[like]
    fields = {name: value for name, value in feed.__dict__.items() if name in _own(feed)}
    made = edit.place(project, "power_feed", feed.parent, **fields)
    for one in fed:
        edit.connect(project, "feeds", made, one)


def _link(project: Project, kind: str, source: int, target: int) -> None:
    edit.connect(project, kind, source, target)
