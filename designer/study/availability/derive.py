"""The reliability structure of a design, derived from the same rows that a run is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from designer.catalog.failing import Fallible
from designer.engine.spec import Domain, Feeds, Group, Host, Service, Spec, Vm
from designer.engine.spec.power.records import Feed
from designer.model.element import Element
from designer.model.project import Project
from designer.study.availability.bridging import bridged
from designer.study.availability.load import capacity_rps, peak_rps
from designer.study.availability.room import hosts_needed
from designer.study.availability.structure import (
    HOUR_S,
    UP,
    DesignStructure,
    FallibleComponent,
    Least,
    Node,
    ServiceNeeds,
    any_of,
    every,
)
from designer.words import mark, tr, trn

_NOTHING: Mapping[tuple[str, str], float] = {}
RESTART = mark("restart")
"""What a part is called that stands for the time until what failed runs again elsewhere."""
FAILOVER = mark("failover")
TOGETHER = mark("zones failing together")


def derive(project: Project, spec: Spec, scaled: Mapping[tuple[str, str], float] = _NOTHING) -> DesignStructure:
    """The structure of all services of a design, of which `spec` is what it was built to. `scaled`: by kind and field
    (mtbf_h, mttr_h), what that is multiplied with.
    """
    return _Deriving(project, spec, scaled).structure()


class _Deriving:
    """What is known while a structure is made: the rows of the spec by id, and the nodes that are made."""

    def __init__(self, project: Project, spec: Spec, scaled: Mapping[tuple[str, str], float]) -> None:
        self.project, self.spec, self.scaled = project, spec, scaled
        self.used: set[str] = set()
        self.parts: list[FallibleComponent] = []
        self._by_key: dict[tuple[int, str, float], int] = {}
        self._places: dict[int, Node] = {}
        self._swift: dict[tuple[Node, float, frozenset[int]], Node] = {}
        self._pools: dict[tuple[int, ...], tuple[Node, frozenset[int]]] = {}
        self._services: dict[int, ServiceNeeds] = {}
        self.domains: dict[int, Domain] = {one.id: one for one in spec.domains}
        self.hosts: dict[int, Host] = {one.id: one for one in spec.hosts}
        self.feeds: dict[int, Feed] = {one.id: one for one in (spec.power.feeds if spec.power else ())}
        self.vms: list[Vm] = [vm for vm in spec.vms if vm.powered_on]
        self._groups: dict[int, Group] = {one.id: one for one in spec.groups}
        self._of_service: dict[int, list[tuple[Vm, float]]] = {}
        for vm in self.vms:
            for service, mhz, cut_off in _serving(vm):
                if not cut_off and not self._is_shut(vm):
                    self._of_service.setdefault(service, []).append((vm, mhz))
        self._by_id = {vm.id: vm for vm in self.vms}
        self._cooled: dict[int, list[int]] = {}
        for unit in spec.power.cooling if spec.power else ():
            self._cooled.setdefault(unit.hall, []).append(unit.id)
        self._fate = self._shared_fate()

    def structure(self) -> DesignStructure:
        services = {one.id: self.service(one) for one in self.spec.services}
        return DesignStructure(self.parts, services, frozenset(self.used))

    # -- parts

    def part(self, part: FallibleComponent) -> int:
        """The number of a part; one of an element, of a way to fail and of a repair is one part."""
        key = part.id, part.what, part.mttr_h
        if key not in self._by_key:
            self._by_key[key] = len(self.parts)
            self.parts.append(part)
        return self._by_key[key]

    def own(self, element_id: int, restart_h: float | None = None) -> Node:
        """An element's own failures; what restarts by itself is down for that long only."""
        element = self.project.elements.get(element_id)
        if not isinstance(element, Fallible) or not element.__dict__["mtbf_h"]:
            return UP
        fields = element.__dict__
        mtbf_h, mttr_h = self._times(element)
        if element.kind == "power_feed":
            mtbf_h, mttr_h = self._bridged(element_id, mtbf_h, mttr_h, fields["repair_law"])
            if mtbf_h == float("inf"):
                return UP
        if element.kind == "zone":
            mtbf_h /= 1.0 - self._beta(element.__dict__["parent"])
        made = FallibleComponent(
            element_id,
            element.kind,
            fields["name"],
            mtbf_h,
            mttr_h,
            "",
            fields["mtbf_factor"],
            fields["mttr_factor"],
            fields.get("repair_law", "lognormal"),
        )
        return self.part(made if restart_h is None else _restarting(made, restart_h))

    def _times(self, element: Element) -> tuple[float, float]:
        """The mean times of an element between failures and to repair."""
        self.used.add(element.kind)
        fields, scaled = element.__dict__, self.scaled
        by = scaled.get((element.kind, "mtbf_h"), 1.0), scaled.get((element.kind, "mttr_h"), 1.0)
        return fields["mtbf_h"] * by[0], fields["mttr_h"] * by[1]

    def _bridged(self, feed_id: int, mtbf_h: float, mttr_h: float, law: str) -> tuple[float, float]:
        feed = self.feeds.get(feed_id)
        ups = [(one, self._down(one.id) if one.id != feed_id else 0.0) for one in (feed.ups if feed else ())]
        generators = [
            (one, self._down(one.id) if one.id != feed_id else 0.0) for one in (feed.generators if feed else ())
        ]
        watts = self._feed_w.get(feed_id, 0.0)
        return bridged(mtbf_h, mttr_h, law, self.domains[feed_id].gaps_s, ups, generators, watts)

    @cached_property
    def _feed_w(self) -> Mapping[int, float]:
        """The watts of each feed while all hosts work as hard as they can. As in a run, what draws watts takes equal
        parts from the nearest feeds of those that it, and what it stands in, are fed by.
        """
        found: dict[int, float] = {}
        draws = self.spec.power.draws if self.spec.power else ()
        loads = [(one.id, one.power_w[-1]) for one in self.hosts.values()] + [(one.id, one.watts) for one in draws]
        for at, watts in loads:
            feeds: list[int] = []
            while not feeds and (row := self.hosts.get(at) or self.domains.get(at)) is not None:
                feeds = [one for group in row.feeds for one in group if one in self.feeds]
                at = row.parent
            for one in feeds:
                found[one] = found.get(one, 0.0) + watts / len(feeds)
        return found

    def _down(self, element_id: int) -> float:
        node = self.own(element_id)
        return 0.0 if isinstance(node, Least) else self.parts[node].unavailability

    def _beta(self, region_id: int) -> float:
        """The part of the failures of a region's zones that hit all of them."""
        return self._fate.get(region_id, (0.0, UP))[0]

    def _shared_fate(self) -> dict[int, tuple[float, Node]]:
        found: dict[int, tuple[float, Node]] = {}
        for region in (one for one in self.spec.domains if one.kind == "region"):
            zones = [
                self.project.elements[one.id]
                for one in self.spec.domains
                if one.parent == region.id and one.kind == "zone"
            ]
            failing = [zone for zone in zones if zone.__dict__["mtbf_h"]]
            beta = self.project.elements[region.id].__dict__["shared_fate_frac"]
            if len(failing) < 2 or not beta:
                continue
            times = [self._times(zone) for zone in failing]
            rate = sum(1.0 / mtbf_h for mtbf_h, _ in times) / len(times)
            first = failing[0].__dict__
            made = FallibleComponent(
                region.id,
                "zone",
                region.name,
                1.0 / (beta * rate),
                sum(mttr_h for _, mttr_h in times) / len(times),
                TOGETHER,
                first["mtbf_factor"],
                first["mttr_factor"],
                first["repair_law"],
            )
            found[region.id] = min(beta, 1.0 - 1e-9), self.part(made)
        return found

    # -- places

    def place(self, place_id: int) -> Node:
        """What a domain or host needs to be up and reached."""
        if place_id not in self.domains and place_id not in self.hosts:
            return UP
        if place_id not in self._places:
            self._places[place_id] = UP  # what leads back to it asks for no more
            domain = self.domains.get(place_id)
            if domain is not None and domain.replicas:
                made = self._database(domain)
            elif domain is not None and domain.ends:
                made = UP
            else:
                made = self._place(domain or self.hosts[place_id])
            self._places[place_id] = made
        return self._places[place_id]

    def _place(self, row: Domain | Host) -> Node:
        needs = [self.own(row.id), self.place(row.parent), self.groups(row.feeds), self.groups(row.network)]
        if row.id in self._cooled:
            needs.append(any_of([self.place(unit) for unit in self._cooled[row.id]]))
        if isinstance(row, Domain) and row.kind == "zone":
            needs.append(self._fate.get(row.parent, (0.0, UP))[1])
        return every(needs)

    def groups(self, groups: Feeds) -> Node:
        """What is up while of each group a place is."""
        return every([any_of([self.place(one) for one in group]) for group in groups if group])

    def _database(self, row: Domain) -> Node:
        """A primary and standbys: down for the failover where it moves, and without a replica or its quorum."""
        replicas = [every([self._replica(row.id, n), self.place(place)]) for n, place in enumerate(row.replicas)]
        enough = Least(row.quorum, tuple(replicas)) if row.quorum > 1 else any_of(replicas)
        moves = self.swift(replicas[0], row.failover_s / HOUR_S, frozenset(), FAILOVER) if len(replicas) > 1 else UP
        return every([self.place(row.parent), moves, enough])

    def _replica(self, database_id: int, number: int) -> Node:
        node = self.own(database_id)
        if isinstance(node, Least) or not number:
            return node
        first = self.parts[node]
        return self.part(_with(first, what=tr("standby {0}", number)))

    # -- what comes back elsewhere

    def swift(self, node: Node, within_h: float, hard: frozenset[int], what: str = RESTART) -> Node:
        """A node of whose parts each failure lasts for at most `within_h`: what stood there runs elsewhere by then.
        Parts that are `hard` take everything with them, and stay what they are.
        """
        key = node, within_h, hard
        if key not in self._swift:
            if isinstance(node, Least):
                nodes = [self.swift(one, within_h, hard, what) for one in node.of]
                made: Node = Least(node.k, tuple(nodes)) if node.k else UP
            elif node in hard:
                made = node
            else:
                made = self.part(_restarting(self.parts[node], within_h, what))
            self._swift[key] = made
        return self._swift[key]

    def vm(self, vm: Vm) -> Node:
        """What a VM needs to serve."""
        place, volumes, out = self.place(vm.place), self.groups(vm.needs), self._outward(vm)
        group = self._groups.get(vm.group) if vm.recovery == "replace" else None
        if vm.recovery == "none" or not vm.counted or (group is not None and not _replaces(group, vm)):
            return every([self.own(vm.id), place, volumes, out])
        detect_s = vm.detect_s
        if group is not None:
            within_h = (group.detect_s + vm.boot_s) / HOUR_S
            scope = tuple(dict.fromkeys((vm.place, *group.places)))
        else:
            scope, detect_s = self._scope(vm)
            within_h = (detect_s + vm.boot_s) / HOUR_S
        own = self.own(vm.id, within_h)
        if len(scope) < 2:
            return every([own, place, volumes, out])
        pool, hard = self._pool(scope)
        moved = self.swift(place, within_h, hard)
        return every([own, moved, any_of([place, pool]), volumes, out])

    def _is_shut(self, vm: Vm) -> bool:
        """Whether a VM that needs the internet has no way there at all."""
        domain = self.domains.get(vm.address or vm.place)
        return vm.outward and domain is not None and bool(domain.shut)

    def _outward(self, vm: Vm) -> Node:
        if not vm.outward:
            return UP
        domain = self.domains.get(vm.address or vm.place)
        return UP if domain is None else self.groups(domain.outward)

    def _scope(self, vm: Vm) -> tuple[tuple[int, ...], float]:
        """The hosts on which a VM may restart, and when its loss is found, in seconds; its own place alone where it is
        on the provider's capacity.
        """
        host = self.hosts.get(vm.place)
        if host is None:
            return (vm.place,), vm.detect_s
        detect_s = vm.detect_s
        if vm.recovery == "cluster" and host.cluster:
            cluster = next(one for one in self.spec.clusters if one.id == host.cluster)
            if not cluster.ha:
                return (vm.place,), detect_s
            detect_s = cluster.detect_s
            if cluster.fencing == "power":
                detect_s = cluster.fence_after_s + cluster.fence_s
            scope = [one.id for one in self.spec.hosts if one.cluster == host.cluster]
        else:
            top = self._above(host.id, "data_center" if vm.recovery == "cluster" else "zone")
            free = [one for one in self.spec.hosts if not one.cluster or one.id == host.id]
            scope = [one.id for one in free if top and self._above(one.id, self.domains[top].kind) == top] or [host.id]
        reach = self.spec.reaches[vm.reach].places if vm.reach >= 0 else None
        return tuple(one for one in scope if reach is None or one in reach or one == host.id), detect_s

    def _above(self, place_id: int, kind: str) -> int:
        """The domain of a kind in which a place stands, 0 in none."""
        while place_id:
            row = self.domains.get(place_id) or self.hosts.get(place_id)
            if row is None:
                return 0
            if isinstance(row, Domain) and row.kind == kind:
                return place_id
            place_id = row.parent
        return 0

    def _pool(self, scope: tuple[int, ...]) -> tuple[Node, frozenset[int]]:
        """What is up while enough of some places are for all that runs there, and the parts that all of them need."""
        if scope not in self._pools:
            nodes = tuple(self.place(one) for one in scope)
            hosts = [self.hosts[one] for one in scope if one in self.hosts]
            needed = 1
            if hosts:
                inside = {host.id for host in hosts}
                needed = hosts_needed(hosts, [vm for vm in self.vms if vm.place in inside])
            hard = frozenset.intersection(*(frozenset(_needed_by(node)) for node in nodes))
            pool: Node = Least(needed, nodes) if needed > 1 else any_of(nodes)
            self._pools[scope] = pool, hard
        return self._pools[scope]

    # -- services

    def service(self, row: Service) -> ServiceNeeds:
        """What a service needs; what it depends on is up, too."""
        if row.id not in self._services:
            members = self._of_service.get(row.id, [])
            roots: list[Node] = [self.groups(row.through), *(self._depended(one) for one in row.depends)]
            peak, notes = peak_rps(self.spec, row), []
            carries = sorted(capacity_rps(self.hosts.get(vm.place), vm, mhz, row) for vm, mhz in members)
            wanted = peak * self.project.elements[row.id].__dict__["down_below_frac"]
            needed = _enough(carries, wanted)
            depended = [self._services[one] for one in row.depends if one in self._services]
            never = not carries or any(one.never for one in depended)
            refusal = _never_up(row.name, depended if carries else ()) if never else ""
            if not never and needed > len(carries):
                refusal = _short(row.name, carries, wanted)
            needed = min(needed, len(carries))
            notes += self._unreplaced(row.name, [vm for vm, _ in members])
            notes += [
                tr(
                    "{0}, which it depends on, never holds its peak; here it counts as up while all its members are.",
                    needs.name,
                )
                for needs in depended
                if needs.refusal
            ]
            nodes = tuple(self.vm(vm) for vm, _ in members)
            enough: Node = every(nodes) if needed == len(nodes) else Least(needed, nodes)
            if needed == 1 and len(nodes) > 1:
                enough = any_of(nodes)
            self._services[row.id] = ServiceNeeds(
                *(row.id, row.name, every([*roots, enough]), len(nodes), needed, peak, row.slo_frac, notes),
                *(refusal, never),
            )
        return self._services[row.id]

    def _unreplaced(self, service: str, members: Sequence[Vm]) -> list[str]:
        """What is assumed of members that their group should replace and does not."""
        groups = [self._groups[vm.group] for vm in members if vm.recovery == "replace" and vm.group in self._groups]
        idle = {one.name: one for vm in members for one in groups if vm.group == one.id and not _replaces(one, vm)}
        return [
            tr("{0} launches nothing that serves {1}: its VMs count as back once what they stand on is.", name, service)
            for name in idle
        ]

    def _depended(self, one: int) -> Node:
        service = next((row for row in self.spec.services if row.id == one), None)
        if service is not None:
            return self.service(service).node
        return self.vm(self._by_id[one]) if one in self._by_id else self.place(one)


def _serving(vm: Vm) -> Iterable[tuple[int, float, str]]:
    """The services that a VM or what runs in it serves, with the MHz for it, and why no request arrives."""
    if vm.service:
        yield vm.service, vm.vcpus * vm.mhz, vm.cut_off
    for app in vm.apps:
        if app.service:
            yield app.service, app.vcpus * app.mhz, app.cut_off


def _replaces(group: Group, vm: Vm) -> bool:
    """Whether a group launches copies that serve what a VM of it does."""
    if group.template is None or not group.places:
        return False
    served = {service for service, _, _ in _serving(group.template)}
    return all(service in served for service, _, _ in _serving(vm))


def _enough(carries: Sequence[float], wanted: float) -> int:
    """How many of the members, the weakest, carry what is `wanted`; one more than there are where all do not."""
    total = 0.0
    for count, one in enumerate(carries, 1):
        total += one
        if total >= wanted * (1.0 - 1e-9):
            return count
    return len(carries) + 1


def _never_up(name: str, depended: Sequence[ServiceNeeds]) -> str:
    """That a service is never up: it has no member, or depends on what is never up."""
    for one in depended:
        if one.never:
            return tr("{0} depends on {1}, which is never up, so it is never up.", name, one.name)
    return tr("{0} has no member that its requests reach, so it is never up.", name)


def _short(name: str, carries: Sequence[float], wanted: float) -> str:
    """That the members of a service do not hold its peak, whatever fails."""
    return trn(
        "{1} is down below {2} requests a second at its peak, and its {0} member carries {3}: it never holds "
        "its peak, whatever fails. Add members, or make them larger.",
        "{1} is down below {2} requests a second at its peak, and its {0} members together carry {3}: it "
        "never holds its peak, whatever fails. Add members, or make them larger.",
        len(carries), name, *(f"{one:,.0f}" if one >= 100.0 else f"{one:.3g}" for one in (wanted, sum(carries))),
    )  # fmt: skip


def _needed_by(node: Node) -> Iterable[int]:
    """The parts without which a node is down, each by itself."""
    if not isinstance(node, Least):
        yield node
    elif node.k == len(node.of):
        for one in node.of:
            yield from _needed_by(one)


def _restarting(part: FallibleComponent, within_h: float, what: str = RESTART) -> FallibleComponent:
    """A part whose failures end by a restart, where its repair takes longer."""
    if part.mttr_h <= within_h:
        return part
    within = {"mttr_h": max(within_h, 1e-9), "mttr_factor": 1.0, "repair_law": "fixed"}
    return _with(part, what=what, base=part.base or part, **within)


def _with(part: FallibleComponent, **changed: object) -> FallibleComponent:
    return FallibleComponent(**{**part.__dict__, **changed})
