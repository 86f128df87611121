"""The collapse map of a service: whether, and how soon, it recovers from a pause, by its load and by the retries of its
clients.

Each cell is a run of the same fluid as in a simulation: for the length of the pause nothing is served, then everything
that members have. A cell of a load and of retries says what a run of such a service does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer import units
from designer.engine.spec import Queueing, Spec
from designer.engine.spec.check_queueing import check_services
from designer.engine.spec.packed import values_of
from designer.errors import RuleError
from designer.study.engine_process import worked_out
from designer.words import tr

LOADS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Loads of a map, parts of the capacity."""
RETRIES = (0, 1, 2, 3, 4, 5)
HORIZON_S = 3600.0
"""Time after which a service counts as one that does not recover."""
LONGEST_PAUSE_S = 3600.0
NEVER = math.inf
GOOD = 0.99
"""The part of the requests that must be answered in time where a service counts as recovered: of those answered before
the pause."""

FALLS = 1e-6
"""A backlog that falls below the least so far by this part of it gets less."""


class Serves(NamedTuple):
    """What a service can do while all its members run: requests a second, and its number of workers."""

    capacity_rps: float
    workers: int


@dataclass(frozen=True)
class CollapseMap:
    """Seconds from the end of a pause until all is as before (retries x loads; inf: never within `HORIZON_S`).

    `loads` are parts of `capacity_rps`.
    """

    service: str
    pause_s: float
    capacity_rps: float
    loads: tuple[float, ...]
    retries: tuple[int, ...]
    recovery_s: NDArray[np.float64]


def serves(spec: Spec, service_id: int) -> Serves:
    """What the members of a service can do together. Raises RuleError where it has none that runs."""
    service = next(row for row in spec.services if row.id == service_id)
    there = Counter(values_of(spec.vms, "group"))
    running = [vm for vm in spec.vms if vm.powered_on]
    for group in spec.groups:
        if group.template is not None:
            running += [group.template] * (group.desired - there[group.id])
    members = [vm for vm in running if vm.service == service_id and not vm.cut_off]
    sizes = [(vm.vcpus, vm.mhz * vm.thread_frac) for vm in members]
    apps = [app for vm in running for app in vm.apps if app.service == service_id and not app.cut_off]
    sizes += [(app.vcpus, app.mhz) for app in apps]
    if not sizes:
        raise RuleError(tr("{0} has no member that runs; link some VMs to it.", service.name))
    capacity = sum(vcpus * mhz for vcpus, mhz in sizes) / service.work_mhz_s
    return Serves(capacity, sum(vcpus for vcpus, _ in sizes))


def recovery_s(queueing: Queueing, load: float, has: Serves, pause_s: float, horizon_s: float = HORIZON_S) -> float:
    """Seconds after a pause until a service answers again as before; inf: it does not.

    `load` is a part of the capacity.
    """
    from designer.engine.service.fluid import TALLY, carry, line_of, rule_for  # the compiler comes with it

    fresh = load * has.capacity_rps
    rule, delay = rule_for(queueing)
    line, cell_s = line_of(rule, delay), float(rule["cell_s"][0])
    lead_s = 4.0 * queueing.timeout_s if queueing.timeout_s < math.inf else 1.0

    def go(until_s: float, capacity: float) -> tuple[float, float]:
        """Requests answered in time, and what waits at the end."""
        tally = np.zeros(1, TALLY)
        carry(line, until_s, fresh, capacity, has.workers, 0.0, rule, tally)
        return float(tally["answered"][0]), float(line.now["backlog"][0])

    go(lead_s, has.capacity_rps)
    usual, _ = go(2.0 * lead_s, has.capacity_rps)
    begin_s = 2.0 * lead_s + pause_s
    _, least = go(begin_s, 0.0)
    time_s, span_s, silent_s = begin_s, 5.0 * cell_s, 0.0
    patience_s = 20.0 * (lead_s + float(delay.sum()) * cell_s) + 20.0 * pause_s
    while time_s < begin_s + horizon_s:
        answered, backlog = go(time_s + span_s, has.capacity_rps)
        if backlog == 0.0 and answered >= GOOD * usual / lead_s * span_s:
            return max(time_s - begin_s, 0.0)
        time_s += span_s
        falls, least = backlog < least * (1.0 - FALLS), min(backlog, least)
        silent_s = silent_s + span_s if answered <= 0.0 and not falls else 0.0
        if silent_s > patience_s:  # nothing is answered, what waits gets no less, and what arrives does not change
            return NEVER
        span_s = max(5.0 * cell_s, (time_s - begin_s) / 50.0)
    return NEVER


def recoveries(
    queueing: Queueing,
    has: Serves,
    pause_s: float,
    loads: Sequence[float],
    retries: Sequence[int],
    on_progress: Callable[[float], object] | None = None,
) -> NDArray[np.float64]:
    """The recovery times of a map, seconds (retries x loads). `on_progress` is told the part done before each cell."""
    found = np.full((len(retries), len(loads)), NEVER)
    for n, count in enumerate(retries):
        for k, load in enumerate(loads):
            if on_progress is not None:
                on_progress((n * len(loads) + k) / found.size)
            found[n, k] = recovery_s(replace(queueing, retries=count), load, has, pause_s)
    if on_progress is not None:
        on_progress(1.0)
    return found


def collapse_map(
    spec: Spec,
    service_id: int,
    pause_s: float = 1.0,
    loads: Sequence[float] = LOADS,
    retries: Sequence[int] = RETRIES,
    on_progress: Callable[[float], object] | None = None,
    apart: bool = False,
) -> CollapseMap:
    """The collapse map of a service of a design. `on_progress` is told the part done; what it raises ends the work.

    `apart`: it is worked out in a process of its own, and the compiler is not loaded into this one. Raises RuleError
    where clients never give up, or nothing is there that serves; SpecError where a run would refuse the service;
    EngineError when that process dies.
    """
    service = next((row for row in spec.services if row.id == service_id), None)
    if service is None:
        raise RuleError(tr("There is no such service."))
    queueing = service.queueing
    if queueing is None or queueing.timeout_s == math.inf:
        raise RuleError(
            tr("Clients of {0} never give up, so no retries follow a pause; give it a client timeout.", service.name)
        )
    if pause_s <= 0.0:
        raise RuleError(tr("A pause must be longer than 0 s."))
    if pause_s > LONGEST_PAUSE_S:
        raise RuleError(tr("A pause is at most {0}.", units.text(LONGEST_PAUSE_S, "s")))
    for count in retries:
        check_services([replace(service, queueing=replace(queueing, retries=count))])
    has = serves(spec, service_id)
    asked = queueing, has, pause_s, tuple(loads), tuple(retries)
    found = worked_out(recoveries, asked, on_progress) if apart else recoveries(*asked, on_progress)
    return CollapseMap(service.name, pause_s, has.capacity_rps, tuple(loads), tuple(retries), found)
