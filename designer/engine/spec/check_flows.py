"""Whether the limits, flows and routes of a spec have a meaning: every refusal is a sentence that names the element."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence, Set
from dataclasses import fields
from itertools import chain
from operator import attrgetter
from typing import Any

import numpy as np

from designer.engine.spec import Flow, Limit, Spec
from designer.errors import SpecError

_INF = math.inf
COUNTS, WAYS = ("iops", "mibps", "mbps"), ("both", "in", "out")
_OF_LIMITS = attrgetter(*(one.name for one in fields(Limit) if one.name not in ("of", "name")))
"""What is looked at in a limit alone."""


def check_flows(spec: Spec, loads: Set[int]) -> None:
    """Raise SpecError for the first limit or flow that has no meaning; `loads` are the ids that may ask."""
    sound: set[Any] = set()  # many are alike
    for limit in spec.limits:
        numbers = _OF_LIMITS(limit)
        if numbers not in sound:
            _check_limit(limit)
            sound.add(numbers)
    if not spec.flows:
        return
    known = {row.id for rows in (spec.domains, spec.hosts) for row in rows} | set(loads)
    limited = {limit.of for limit in spec.limits}
    if not _are_sound(spec.flows, loads, known, known | limited):
        for flow in spec.flows:  # one of them is wrong: say which
            _check_flow(flow, loads, known, limited)


def _are_sound(flows: Sequence[Flow], loads: Set[int], known: Set[int], through: Set[int]) -> bool:
    """Whether all flows have a meaning."""
    numbers = [np.fromiter(map(attrgetter(name), flows), np.float64, len(flows)) for name in ("most", "io_kib", "own")]
    return (
        all(((one >= 0.0) & (one < _INF)).all() for one in numbers[:2])
        and bool((numbers[2] > 0.0).all())
        and {flow.vm for flow in flows} <= loads
        and {flow.to for flow in flows} - {0} <= known
        and set(chain.from_iterable(map(attrgetter("through"), flows))) <= through
    )


def _check_limit(limit: Limit) -> None:
    name = limit.name or str(limit.of)
    if limit.counts not in COUNTS or limit.way not in WAYS:
        raise SpecError(f"The limit of {name} counts “{limit.counts}” {limit.way}, which has no meaning.")
    if not (
        0 <= limit.rate < _INF and 0 <= limit.burst < _INF and 0 <= limit.bucket < _INF and 0 <= limit.unit_kib < _INF
    ):
        field, value = _meaningless(limit, ("rate", "burst", "bucket", "unit_kib"))
        raise SpecError(f"The limit of {name}: {field} must be a number from 0 on, not {value}.")
    if len(limit.between) not in (0, 2):
        raise SpecError(f"The limit of {name} is between {len(limit.between)} zones; it must be between two.")


def _check_flow(flow: Flow, loads: Collection[int], known: Collection[int], limited: Collection[int]) -> None:
    if flow.vm not in loads:
        raise SpecError(f"A flow belongs to VM {flow.vm}, which is not there.")
    if not (0 <= flow.most < _INF and 0 <= flow.io_kib < _INF):
        field, value = _meaningless(flow, ("most", "io_kib"))
        raise SpecError(f"A flow of VM {flow.vm}: {field} must be a number from 0 on, not {value}.")
    if not flow.own > 0:
        raise SpecError(f"A flow of VM {flow.vm}: its connections must carry more than {flow.own}.")
    if flow.to and flow.to not in known:
        raise SpecError(f"A flow of VM {flow.vm} goes to {flow.to}, which is not there.")
    for i in flow.through:
        if i not in known and i not in limited:
            raise SpecError(f"A flow of VM {flow.vm} goes through {i}, which is not there.")


def _meaningless(row: Limit | Flow, fields: tuple[str, ...]) -> tuple[str, float]:
    """The first field of a row that is not a finite number from 0 on, and its value."""
    return next((name, value) for name in fields if not 0 <= (value := getattr(row, name)) < _INF)


def check_routes(spec: Spec, vms: Collection[int]) -> None:
    """Raise SpecError for the first route that has no meaning; `vms` are the ids of VMs."""
    services = {service.id: service.name or str(service.id) for service in spec.services}
    domains = {domain.id for domain in spec.domains}
    groups = [*(service.users for service in spec.services), *(name.users for name in spec.dns_names)]
    people = {users.id for users in chain.from_iterable(groups)}
    for latency in spec.latencies:
        if not (math.isfinite(latency.ms) and latency.ms >= 0.0):
            raise SpecError(f"The latency of {latency.one} and {latency.other} must be 0 ms or more, not {latency.ms}.")
        missing = {latency.one, latency.other, *filter(None, [latency.of])} - domains - people
        if missing:
            raise SpecError(f"There is a latency of {min(missing)}, which is not there.")
    seen: set[int] = set()
    for route in spec.routes:
        if route.service not in services:
            raise SpecError(f"A route belongs to service {route.service}, which is not there.")
        who = f"Service {services[route.service]}"
        if route.service in seen:
            raise SpecError(f"{who} has two routes.")
        seen.add(route.service)
        for name in ("request_kib", "answer_kib", "read_kib"):
            value = getattr(route, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise SpecError(f"{who}: {name} must be a number from 0 on, not {value}.")
        for node in (i for pair in route.entries for i in pair):
            if node not in domains:
                raise SpecError(f"{who}: its requests come through {node}, which is not there.")
        for users in route.users:
            if users not in people:
                raise SpecError(f"{who} tells the latency of users {users}, who are not there.")
        for source in route.reads:
            if source not in domains and source not in vms:
                raise SpecError(f"{who} reads from {source}, which is not there.")


def check_replicated(spec: Spec) -> None:
    """Raise SpecError for the first datastore spread over hosts that has no meaning."""
    names = {domain.id: domain.name or str(domain.id) for domain in spec.domains}
    hosts = {host.id for host in spec.hosts}
    for one in spec.replicated:
        if one.id not in names:
            raise SpecError(f"The datastore {one.id} is spread over hosts, and it is not there.")
        who = f"Datastore {names[one.id]}"
        if len(one.hosts) != len(one.host_gib) or not one.hosts:
            raise SpecError(f"{who} has {len(one.hosts)} hosts and {len(one.host_gib)} sizes of disks.")
        if one.copies < 1 or one.tolerates < 0 or one.rebuild_hosts < 1:
            raise SpecError(f"{who} needs 1 copy at least, and 1 host for what is made again.")
        missing = [host for host in one.hosts if host not in hosts]
        if missing:
            raise SpecError(f"{who} is spread over host {missing[0]}, which is not there.")
        for name in ("used_gib", "delay_s", "rebuild_mibps"):
            value = getattr(one, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise SpecError(f"{who}: {name} must be a number from 0 on, not {value}.")
        if not all(math.isfinite(gib) and gib >= 0.0 for gib in one.host_gib):
            raise SpecError(f"{who}: sizes of disks must be numbers from 0 on.")
    spread = {one.id for one in spec.replicated}
    for flow in spec.flows:
        if flow.spread and (flow.spread not in spread or not 0.0 <= flow.write_frac <= 1.0):
            raise SpecError(f"A flow of VM {flow.vm} writes {flow.write_frac} to {flow.spread}, which has no meaning.")
