"""Whether a spec has a meaning: every refusal is a sentence that names the element."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import fields as fields_of
from itertools import chain
from operator import attrgetter
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import (
    ANYWHERE,
    SPEC_VERSION,
    Application,
    Constant,
    DayCurve,
    Demand,
    Domain,
    Host,
    Pool,
    Recorded,
    Service,
    Spec,
    Users,
    Vm,
    What,
)
from designer.engine.spec.affinity import check_affinities, names_of
from designer.engine.spec.check_balancers import check_balancers
from designer.engine.spec.check_clusters import check_clusters
from designer.engine.spec.check_flows import check_flows, check_replicated, check_routes
from designer.engine.spec.check_memory import check_host_memory, check_vm_memory, memory_is_sound
from designer.engine.spec.check_moving import check_migration
from designer.engine.spec.check_numbers import check_numbers, check_word
from designer.engine.spec.check_queueing import check_services
from designer.engine.spec.check_scaling import check_scaling
from designer.engine.spec.check_starts import check_starts, few, waiting_for_ever
from designer.engine.spec.fields import Demands, Fields, TraceRows, at_ids
from designer.engine.spec.packed import values_of
from designer.engine.spec.power.check import check_power
from designer.engine.spec.records import HealthSource
from designer.errors import SpecError

CELL_LIMIT = 400_000_000
"""Most cells (recording steps x units) of a result: five series of 8 bytes each."""


def check(spec: Spec, fields: Fields | None = None) -> None:
    """Raise SpecError with the first thing that has no meaning; nothing is simulated then.

    `fields` are those of the spec's VMs and hosts: what is read here need not be read again.
    """
    fields = fields or Fields(spec.vms, spec.hosts)
    if spec.version != SPEC_VERSION:
        raise SpecError(f"This simulation input has version {spec.version}; this program reads {SPEC_VERSION}.")
    _check_time(spec)
    _check_ids(spec, fields)
    _check_places(spec, fields)
    _check_traces(spec)
    clusters = {cluster.id for cluster in spec.clusters}
    for host in fields.kinds.each:
        _check_host(host)
    for host in spec.hosts:
        if host.cluster and host.cluster not in clusters:
            raise SpecError(f"Host {_name(host)} is in the cluster {host.cluster}, which is not there.")
    check_clusters(spec)
    _check_vms(spec, fields)
    for service in spec.services:
        check_numbers(service, f"Service {_name(service)}", ("health_check_s", "slo_frac"))
        _check_demand(spec, service, service.demand, most=math.inf)
        for users in service.users:
            _check_demand(spec, users, users.demand, most=math.inf)
    check_services(spec.services)
    check_balancers(spec)
    _check_groups(spec)
    _check_pools(spec)
    _check_names(spec)
    if spec.affinities:
        templates = [group.template for group in spec.groups if group.template is not None]
        check_affinities(spec.affinities, names_of(spec.vms) | names_of(templates))
    if spec.stocks:
        _check_stocks(spec, _asking(spec, fields))
    if spec.starts:
        check_starts(spec.starts, names_of(spec.vms))
    if spec.power is not None:
        check_power(spec.power, {domain.id: _name(domain) for domain in spec.domains})
    if spec.limits or spec.flows:
        check_flows(spec, _asking(spec, fields))
    if spec.replicated or spec.flows:
        check_replicated(spec)
    if spec.routes:
        check_routes(spec, set(fields.array("id", np.int64).tolist()))


def _asking(spec: Spec, fields: Fields) -> set[int]:
    """The ids of VMs, templates and applications."""
    found: set[int] = set(fields.array("id", np.int64).tolist())
    templates = [group.template for group in spec.groups if group.template is not None]
    found |= {template.id for template in templates}
    apps = chain.from_iterable(chain(values_of(spec.vms, "apps"), (template.apps for template in templates)))
    return found | {app.id for app in apps}


MOST_REPLICAS = 9
"""Most replicas of a database with a quorum."""
_WHAT = get_args(What)
MOST_SURGE = 1000.0
MOST_DELAY_MS = 60_000.0
"""By how much a load may surge."""
_ABOVE = ("vcpus", "mhz", "ram_mib")
_OF_DOMAINS = attrgetter(*(one.name for one in fields_of(Domain) if one.name not in ("id", "parent", "kind", "name")))
_PLAIN = _OF_DOMAINS(Domain(1, 0, ""))
"""What is looked at in a domain alone, and that of one of which nothing is said: most are volumes."""
_LEAST = ("shares", "reservation_mhz", "detect_s", "boot_s", "dirty_mib_s", "hot_mib")


def _check_vms(spec: Spec, fields: Fields) -> None:
    templates = [group.template for group in spec.groups if group.template is not None]
    sound = _are_sound(spec, fields) and _are_sound(spec, Fields(templates))
    if not sound:  # one of them is wrong, perhaps only its demand: say which
        for vm in (*spec.vms, *templates):
            check_numbers(vm, f"VM {_name(vm)}", _ABOVE, above=True)
            check_numbers(vm, f"VM {_name(vm)}", _LEAST)
            _check_limit(f"VM {_name(vm)}", vm)
            _check_credits(vm)
            if vm.keeps_backlog and vm.service:
                raise SpecError(
                    f"VM {_name(vm)} serves requests, which wait or are dropped by the rule of their service."
                )
            check_vm_memory(vm, f"VM {_name(vm)}")
            if not 0.0 < vm.thread_frac <= 1.0:
                raise SpecError(f"VM {_name(vm)}: a vCPU gets more than none of a core, and at most one.")
    services = {service.id for service in spec.services}
    some = map(spec.vms.__getitem__, fields.given("apps").tolist()) if sound else spec.vms
    for vm in (*some, *templates):
        for reach in (vm.reach, vm.offered):
            if not ANYWHERE <= reach < len(spec.reaches):
                raise SpecError(f"VM {_name(vm)} is bound to the places {reach}, which are not there.")
        _check_demand(spec, vm, vm.demand, most=1.0)
        _check_demand(spec, vm, vm.active, most=1.0, what="memory use")
        for app in vm.apps:
            check_numbers(app, f"Application {_name(app)}", ("vcpus", "mhz"), above=True)
            _check_demand(spec, app, app.demand, most=1.0)
            if app.keeps_backlog and app.service:
                raise SpecError(
                    f"Application {_name(app)} serves requests, which wait or are dropped by the rule of their service."
                )
            if app.service and app.service not in services:
                raise SpecError(f"Application {_name(app)} is a member of service {app.service}, which is not there.")


def _check_limit(who: str, row: Vm | Pool) -> None:
    if not row.limit_mhz > 0:
        raise SpecError(f"{who}: its CPU limit must be above 0 MHz, not {row.limit_mhz}.")
    if row.reservation_mhz > row.limit_mhz:
        raise SpecError(
            f"{who} reserves {row.reservation_mhz:g} MHz, more than its limit of {row.limit_mhz:g} MHz allows."
        )


def _check_credits(vm: Vm) -> None:
    has = vm.credits
    if has is None:
        return
    numbers = (has.earned_per_h, has.most, has.launch, has.balance, has.kept_s)
    if not all(math.isfinite(number) and number >= 0.0 for number in numbers):
        raise SpecError(f"VM {_name(vm)}: its CPU credits must be finite and at least 0, not {numbers}.")
    if not 0.0 < has.earned_per_h <= 60.0 * vm.vcpus:
        raise SpecError(
            f"VM {_name(vm)} must earn more than 0 CPU credits an hour and at most the {60 * vm.vcpus:g} that its "
            f"vCPUs spend, not {has.earned_per_h:g}."
        )
    if has.balance > has.most:
        raise SpecError(f"VM {_name(vm)} begins with {has.balance:g} CPU credits and keeps at most {has.most:g}.")


def _credits_are_sound(fields: Fields) -> bool:
    """Whether the CPU credits of VMs are all right; equal ones are looked at once."""
    if not fields.given("credits").size:
        return True
    each = set(zip(values_of(fields.vms, "credits"), values_of(fields.vms, "vcpus"), strict=True))
    return all(
        all(0.0 <= number < math.inf for number in (has.most, has.launch, has.balance, has.kept_s))
        and 0.0 < has.earned_per_h <= 60.0 * vcpus
        and has.balance <= has.most
        for has, vcpus in each
        if has is not None
    )


def _are_sound(spec: Spec, fields: Fields) -> bool:
    """Whether the numbers of VMs are all right; column by column takes a tenth of the time of row by row."""
    above, least = (np.concatenate([fields.brief(name) for name in names]) for names in (_ABOVE, _LEAST))
    if not (((above > 0) & (above < math.inf)).all() and ((least >= 0) & (least < math.inf)).all()):
        return False
    part, limit = fields.brief("thread_frac"), fields.brief("limit_mhz")
    if not (((part > 0) & (part <= 1)).all() and (limit > 0).all()):
        return False
    if (fields.brief("reservation_mhz") > limit).any():
        return False
    reaches = np.concatenate([fields.brief(name, np.int64) for name in ("reach", "offered")])
    if not ((reaches >= ANYWHERE) & (reaches < len(spec.reaches))).all():
        return False
    if fields.given("keeps_backlog").size:
        return False  # each is asked
    if not (memory_is_sound(fields) and _credits_are_sound(fields)):
        return False
    return all(_demands_are_sound(spec, fields, demands) for demands in (fields.demands, fields.memory_use))


def _demands_are_sound(spec: Spec, fields: Fields, demands: Demands) -> bool:
    """Whether what VMs ask for or use is all right; one that is not is found row by row."""
    if not all(0 <= demand.value <= 1.0 for demand in demands.those(Constant)):
        return False
    try:
        if not _follow_traces(spec, demands.followed):
            return False
        for demand in demands.those(DayCurve):
            _check_demand(spec, fields.vms[0], demand, most=1.0)
    except (SpecError, OverflowError):
        return False
    return True


def _follow_traces(spec: Spec, demands: TraceRows) -> bool:
    """Whether demands follow rows of traces that are there."""
    if not demands.row.size:
        return True
    trace = at_ids({trace.id: n for n, trace in enumerate(spec.traces)}, demands.trace)
    if (trace < 0).any():
        return False
    lengths = np.array([trace.values.shape[0] for trace in spec.traces])[trace]
    inside = (demands.row >= 0) & (demands.row < lengths) & (demands.shift >= 0)
    return bool((inside & (demands.scale >= 0) & (demands.scale < math.inf)).all())


def _check_host(host: Host) -> None:
    who = f"Host {_name(host)}"
    above = ("cores", "mhz", "ram_mib", "threads_per_core", "default_shares")
    check_numbers(host, who, ("post_s", "boots_at_once"))
    check_numbers(host, who, above if host.overcommit is None else (*above, "overcommit"), above=True)
    taken = ("cpu_overhead_frac", "ram_reserved_mib", "vm_ram_base_mib", "vm_ram_per_vcpu_mib", "vm_ram_frac")
    check_numbers(host, who, ("smt_yield", "io_core_frac", *taken))
    check_numbers(host, who, ("numa_nodes",), above=True)
    if not 0 <= host.numa_loss_frac < 1:
        raise SpecError(f"{who}: a VM that fits no NUMA node must lose less than all of its CPU.")
    if host.cpu_overhead_frac >= 1:
        raise SpecError(f"{who}: its hypervisor cannot take {host.cpu_overhead_frac:g} of the CPU; leave some of it.")
    if len(host.power_w) < 2 or not all(math.isfinite(w) and w >= 0 for w in host.power_w):
        raise SpecError(f"{who}: its power curve needs two or more numbers of watts, none negative.")
    check_host_memory(host, who)
    check_migration(who, host.migration)


def _name(row: Any) -> str:
    return row.name or str(row.id)


def _check_time(spec: Spec) -> None:
    if not (math.isfinite(spec.until_s) and spec.until_s > 0):
        raise SpecError(f"The run's length must be above 0 s, not {spec.until_s}.")
    if not (math.isfinite(spec.sample_s) and spec.sample_s > 0):
        raise SpecError(f"The recording step must be above 0 s, not {spec.sample_s}.")
    steps = spec.until_s / spec.sample_s
    units = len(spec.hosts) + len(spec.domains)
    if steps * max(units, 1) > CELL_LIMIT:
        raise SpecError(
            f"{steps:,.0f} recording steps for {units:,} places are too many to keep; "
            "choose a longer recording step or a shorter run."
        )
    if not 0 <= spec.seed < 2**32:
        raise SpecError(f"The seed must be a whole number from 0 to {2**32 - 1:,}, not {spec.seed}.")


def _check_ids(spec: Spec, fields: Fields) -> None:
    seen: set[int] = set()
    users = [users for service in spec.services for users in service.users]
    users += [users for name in spec.dns_names for users in name.users]
    apps = list(chain.from_iterable(values_of(spec.vms, "apps"))) if fields.given("apps").size else []
    sets = (
        spec.services,
        spec.dns_names,
        users,
        spec.groups,
        spec.clusters,
        spec.placements,
        spec.pools,
        spec.affinities,
    )
    tables = (spec.domains, spec.hosts, apps, *sets, spec.traces)
    others = [i for rows in tables for i in map(attrgetter("id"), rows)]
    if _are_ids(others, fields):
        return
    ids = [*others, *values_of(spec.vms, "id")]
    for i in ids:  # one of them is wrong: say which
        if not 0 < i < 2**63:
            raise SpecError(f"{i} is not an id; ids are whole numbers from 1 to 2^63 - 1.")
        if i in seen:
            raise SpecError(f"Two elements have the id {i}.")
        seen.add(i)


def _are_ids(others: list[int], fields: Fields) -> bool:
    """Whether all ids, those of VMs and others, are above 0 and each is there once."""
    try:
        ids = np.concatenate([np.array(others, np.int64), fields.array("id", np.int64)])
    except OverflowError:
        return False
    ids.sort()
    return not ids.size or bool(ids[0] > 0 and (ids[1:] != ids[:-1]).all())


def _check_database(domain: Domain, places: Collection[int]) -> None:
    for place in domain.replicas:
        if place not in places:
            raise SpecError(f"{_name(domain)} has a replica in {place}, which is not there.")
    if not 0.0 <= domain.replica_rps < math.inf:
        raise SpecError(f"{_name(domain)}: replica_rps must be a number from 0 on, not {domain.replica_rps}.")
    if domain.quorum and not 0 < domain.quorum <= len(domain.replicas) <= MOST_REPLICAS:
        raise SpecError(
            f"A write of {_name(domain)} needs {domain.quorum} of its {len(domain.replicas)} replicas; it must "
            f"need at most all of them, and at most {MOST_REPLICAS} may be there."
        )


def _check_places(spec: Spec, fields: Fields) -> None:
    domains = {d.id: d for d in spec.domains}
    places = domains.keys() | {h.id for h in spec.hosts}
    services, groups = {s.id for s in spec.services}, {g.id for g in spec.groups}
    groups_of_places = {group.id for group in spec.placements}
    special = [domain for domain in spec.domains if _OF_DOMAINS(domain) != _PLAIN]
    for rows, around in ((spec.domains, places), (spec.hosts, domains.keys())):
        if not {row.parent for row in rows} <= {0, *around}:
            row = next(row for row in rows if row.parent and row.parent not in around)
            raise SpecError(f"{_name(row)} stands in {row.parent}, which is not there.")
    several: list[Domain | Host] = [*special, *(host for host in spec.hosts if host.feeds or host.network)]
    for row in several:
        for feed in (feed for group in row.feeds for feed in group):
            if feed not in domains:
                raise SpecError(f"{_name(row)} is fed by {feed}, which is not there.")
        for device in (device for group in row.network for device in group):
            if device not in domains:
                raise SpecError(f"{_name(row)} is connected by {device}, which is not there.")
    feeds = spec.power.feeds if spec.power is not None else ()
    bridged = {feed.id for feed in feeds if feed.ups or feed.generators}
    for domain in special:
        gaps = domain.gaps_s
        if (
            (not gaps and domain.id not in bridged)
            or any(not 0 <= gap < math.inf for gap in gaps)
            or sorted(set(gaps)) != list(gaps)
        ):
            raise SpecError(f"{_name(domain)}: the times at which it gives or not must rise from 0 s or more.")
    for domain in special:
        _check_database(domain, domains.keys())
        if domain.ends and (len(set(domain.ends)) != 2 or not set(domain.ends) <= domains.keys()):
            raise SpecError(f"The link {_name(domain)} must join two places that are there.")
        for way in (way for group in domain.outward for way in group):
            if way not in domains:
                raise SpecError(f"From {_name(domain)} the internet is reached through {way}, which is not there.")
        check_numbers(domain, _name(domain), ("failover_s", "lag_s", "launches_per_min"))
        if domain.addresses is not None:
            check_numbers(domain, _name(domain), ("addresses",))
    _check_services(spec, domains.keys())
    _check_no_circles(spec.domains, {row.id: row.parent for rows in (spec.domains, spec.hosts) for row in rows})
    named = {
        "place": places, "service": {0, *services}, "group": {0, *groups}, "placement": {0, *groups_of_places},
        "address": {0, *domains}, "pool": {0, *(pool.id for pool in spec.pools)},
    }  # fmt: skip
    needs = chain.from_iterable(values_of(spec.vms, "needs")) if fields.given("needs").size else ()
    if not (_are_there(named, fields) and all(map(places.issuperset, needs))):
        _check_named(spec, named)
    for place in (place for reach in spec.reaches for place in reach.places):
        if place not in places:
            raise SpecError(f"Places to which VMs are bound hold {place}, which is not there.")
    _check_events(spec, places, services)


def _check_events(spec: Spec, places: Collection[int], services: Collection[int]) -> None:
    """Events concern what may have them."""
    known = set(places) | set(values_of(spec.vms, "id")) if spec.events else places
    asking = {*services, *(users.id for users in (*chain.from_iterable(s.users for s in spec.services),
                                                  *chain.from_iterable(n.users for n in spec.dns_names)))}  # fmt: skip
    for event in spec.events:
        if event.what == "surge":
            if event.id not in asking or not (math.isfinite(event.value) and 0.0 <= event.value <= MOST_SURGE):
                most = f"at most {MOST_SURGE:,.0f} times the usual load"
                raise SpecError(f"A load surge at {event.time_s} s is of a service or of users, and {most}.")
        elif event.what in ("stale", "fresh"):
            if all(name.id != event.id for name in spec.dns_names):
                raise SpecError(f"An event at {event.time_s} s concerns {event.id}, which is no DNS name.")
        elif event.id not in known:
            raise SpecError(f"An event at {event.time_s} s concerns {event.id}, which cannot fail or is not there.")
        if event.what == "degrade" and not 0.0 < event.value <= 1.0:
            raise SpecError(f"What carries less at {event.time_s} s carries a part above 0, at most 1.")
        if event.what == "delay" and not 0.0 <= event.value <= MOST_DELAY_MS:
            raise SpecError(f"Round trips at {event.time_s} s take up to {MOST_DELAY_MS:,.0f} ms longer, or 0.")
        if event.what == "delay" and all(row.of != event.id for row in spec.latencies):
            raise SpecError(f"An event at {event.time_s} s delays {event.id}, over which no round trips are told.")
        if event.what == "throttle" and not 0.0 <= event.value < math.inf:
            raise SpecError(f"Launches are throttled at {event.time_s} s to a number a minute, not {event.value}.")
        check_word(event, f"An event at {event.time_s} s", "what", _WHAT)
        if not (math.isfinite(event.time_s) and event.time_s >= 0):
            raise SpecError(f"An event is at {event.time_s} s; it must be a time since the start, 0 or later.")


def _are_there(named: Mapping[str, Set[int]], fields: Fields) -> bool:
    """Whether all that VMs name is there."""
    try:
        columns = {name: fields.brief(name, np.int64) for name in named}
    except (OverflowError, ValueError):
        return False
    return all(set(_but_runs(column).tolist()) <= named[name] for name, column in columns.items())


def _but_runs(column: NDArray[np.int64]) -> NDArray[np.int64]:
    """A column without values that are the same as the one before: VMs of one host often follow one another."""
    return column if column.size < 2 else np.append(column[:1], column[1:][column[1:] != column[:-1]])


def _check_named(spec: Spec, named: Mapping[str, Collection[int]]) -> None:
    """Say which VM names something that is not there, and what."""
    for vm in spec.vms:
        if vm.place not in named["place"]:
            raise SpecError(f"VM {_name(vm)} stands on {vm.place}, which is not there.")
        if vm.service not in named["service"]:
            raise SpecError(f"VM {_name(vm)} is a member of service {vm.service}, which is not there.")
        if vm.group not in named["group"]:
            raise SpecError(f"VM {_name(vm)} is an instance of group {vm.group}, which is not there.")
        if vm.placement not in named["placement"]:
            raise SpecError(f"VM {_name(vm)} is in the placement group {vm.placement}, which is not there.")
        if vm.pool not in named["pool"]:
            raise SpecError(f"VM {_name(vm)} is in the resource pool {vm.pool}, which is not there.")
        if vm.address not in named["address"]:
            raise SpecError(f"VM {_name(vm)} has its address in {vm.address}, which is not there.")
        for need in (need for group in vm.needs for need in group):
            if need not in named["place"]:
                raise SpecError(f"VM {_name(vm)} needs {need}, which is not there.")


def _check_services(spec: Spec, domains: Collection[int]) -> None:
    """What leads to services and what they depend on is there, and none depends on itself."""
    rows = {service.id: service for service in spec.services}
    dependent = any(service.depends for service in spec.services)
    known = rows.keys() | set(values_of(spec.vms, "id")) if dependent else rows.keys()
    for service in spec.services:
        for way in (way for group in service.through for way in group):
            if way not in domains:
                raise SpecError(f"Service {_name(service)} is reached through {way}, which is not there.")
        for need in service.depends:
            if need not in known:
                raise SpecError(f"Service {_name(service)} depends on {need}, which is not there.")
    waiting = waiting_for_ever({service.id: [i for i in service.depends if i in rows] for service in spec.services})
    if waiting:
        raise SpecError(f"{few([_name(rows[i]) for i in sorted(waiting)])} depend on one another in a circle.")


def _check_no_circles(domains: Iterable[Domain], parents: Mapping[int, int]) -> None:
    """Nothing stands in itself: of each domain the way up is followed to where it is known."""
    known = {0}
    for domain in domains:
        if domain.parent in known:
            known.add(domain.id)
            continue
        way, here = set[int](), domain.id
        while here not in known:
            if here in way:
                raise SpecError(f"Element {domain.id} stands in itself.")
            way.add(here)
            here = parents[here]
        known |= way


def _check_traces(spec: Spec) -> None:
    for trace in spec.traces:
        values = trace.values
        if values.ndim != 2 or values.shape[1] == 0:
            raise SpecError(f"Trace {trace.id} must have rows and samples, not the shape {values.shape}.")
        if values.dtype not in (np.dtype(np.uint8), np.dtype(np.float64)):
            raise SpecError(f"Trace {trace.id} must hold uint8 percents or float64 fractions, not {values.dtype}.")
        if not (math.isfinite(trace.step_s) and trace.step_s > 0):
            raise SpecError(f"Trace {trace.id}: its step must be above 0 s, not {trace.step_s}.")
        most = 100 if values.dtype == np.uint8 else 1.0
        least = 0 if values.dtype == np.uint8 or not values.size else values.min()
        if values.size and not 0 <= least <= values.max() <= most:
            row, sample = (int(i) for i in np.argwhere(~((values >= 0) & (values <= most)))[0])
            raise SpecError(
                f"Trace {trace.id}, row {row}, sample {sample}: the load {values[row, sample]} "
                f"is not between 0 and {most}."
            )


def _who(row: Vm | Application | Service | Users) -> str:
    return f"{'VM' if isinstance(row, Vm) else type(row).__name__} {_name(row)}"


def _check_demand(
    spec: Spec, row: Vm | Application | Service | Users, demand: Demand, most: float, what: str = "load"
) -> None:
    if isinstance(demand, Constant):
        if not 0 <= demand.value <= most:
            limit = "" if math.isinf(most) else f" and {most:g}"
            raise SpecError(f"{_who(row)}: its {what} {demand.value} must be a number of at least 0{limit}.")
    elif isinstance(demand, DayCurve):
        numbers = (demand.mean, demand.swing, demand.peak_h, demand.noise)
        if not all(math.isfinite(n) and n >= 0 for n in numbers):
            raise SpecError(f"{_who(row)}: mean, swing, peak and noise of its day curve must be numbers of at least 0.")
        try:
            ZoneInfo(demand.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SpecError(f"{_who(row)}: “{demand.time_zone}” is not the name of a time zone.") from None
    else:
        _check_recorded(spec, row, demand)


def _check_recorded(spec: Spec, row: Vm | Application | Service | Users, demand: Recorded) -> None:
    trace = next((t for t in spec.traces if t.id == demand.trace), None)
    if trace is None:
        raise SpecError(f"{_who(row)}: its trace is missing; choose one, or another kind of load.")
    if not 0 <= demand.row < trace.values.shape[0]:
        raise SpecError(f"{_who(row)}: its trace has rows 0 to {trace.values.shape[0] - 1}, but not {demand.row}.")
    if demand.shift < 0 or not (math.isfinite(demand.scale) and demand.scale >= 0):
        raise SpecError(f"{_who(row)}: shift and scale of its trace must be numbers of at least 0.")


def _check_pools(spec: Spec) -> None:
    above = {0: 0, **{pool.id: pool.above for pool in spec.pools}}
    for pool in spec.pools:
        who = f"Resource pool {_name(pool)}"
        check_numbers(pool, who, ("shares",), above=True)
        check_numbers(pool, who, ("reservation_mhz",))
        _check_limit(who, pool)
        if pool.above not in above:
            raise SpecError(f"{who} is in {pool.above}, which is not there.")
        here = pool.above
        for _ in spec.pools:
            here = above.get(here, 0)
        if here:
            raise SpecError(f"{who} is in itself.")


def _check_names(spec: Spec) -> None:
    """What DNS names lead to is there, once each."""
    services, domains = {service.id for service in spec.services}, {domain.id for domain in spec.domains}
    for name in spec.dns_names:
        who, named = f"DNS name {_name(name)}", [answer.service for answer in name.answers]
        if not named:
            raise SpecError(f"{who} answers with nothing.")
        missing = [service for service in named if service not in services]
        if missing:
            raise SpecError(f"{who} answers with {missing[0]}, which is no service.")
        if len(set(named)) < len(named):
            raise SpecError(f"{who} answers with one service twice.")
        for users in name.users:
            _check_demand(spec, users, users.demand, most=math.inf)
        for answer in name.answers:
            check_numbers(answer, f"An answer of {who}", ("weight",), above=True)
        check_numbers(name, who, ("check_s", "ttl_s"))
        if name.managed_in and name.managed_in not in domains:
            raise SpecError(f"{who} is managed in {name.managed_in}, which is not there.")


def _check_stocks(spec: Spec, known: set[int]) -> None:
    """What the provider has is in zones, and for VMs that are there."""
    zones = {domain.id for domain in spec.domains if domain.kind == "zone"}
    for stock in spec.stocks:
        if stock.zone not in zones:
            raise SpecError(f"The provider has {stock.name} in {stock.zone}, which is no zone.")
        if stock.most < 0:
            raise SpecError(f"The provider has at least 0 {stock.name} in a zone, not {stock.most}.")
        missing = [vm for vm in stock.vms if vm not in known]
        if missing:
            raise SpecError(f"The provider has {stock.name} for {missing[0]}, which is no VM.")


def _check_groups(spec: Spec) -> None:
    domains = {d.id: d for d in spec.domains}
    for group in spec.groups:
        if not 0 <= group.least <= group.desired <= group.most:
            raise SpecError(
                f"Group {_name(group)}: minimum {group.least}, desired {group.desired} and maximum {group.most} "
                "instances must be in order, the smallest first."
            )
        missing = [place for place in group.places if place not in domains]
        if missing:
            raise SpecError(f"Group {_name(group)} launches in {missing[0]}, which is not there.")
        regions = {_region(domains, place) for place in group.places}
        if len(regions) > 1:
            raise SpecError(
                f"Group {_name(group)} launches in {len(regions)} regions; a group belongs to one. Give each region a "
                "group of its own."
            )
        check_numbers(group, f"Group {_name(group)}", ("detect_s",))
        check_word(group, f"Group {_name(group)}", "health", get_args(HealthSource))
        check_scaling(group)


def _region(domains: Mapping[int, Domain], place: int) -> int:
    """The region in which a place is, 0 outside of regions."""
    while place in domains and domains[place].kind != "region":
        place = domains[place].parent
    return place
