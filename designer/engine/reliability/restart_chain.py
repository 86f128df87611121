"""The long run of VMs that start again elsewhere, as a Markov chain: hosts alike, of one slot, in one scope."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from designer.engine.reliability.chains import Small, explored, rate
from designer.engine.reliability.cluster import Restarts, check_restarts
from designer.engine.reliability.exact import Long, TooLarge
from designer.engine.reliability.markov import stationary
from designer.engine.reliability.system import Unit


def restart_long_run(restarts: Restarts, service: str) -> tuple[float, Long]:
    """The unavailability of a VM, and the figures of a service that all VMs belong to. Raises TooLarge."""
    check_restarts(restarts)
    fails, mends = _alike(restarts)
    ready = rate(restarts.restart, "The restart")
    hosts, vms, k = len(restarts.hosts), len(restarts.vms), restarts.needed[service]

    def moves(state: Small) -> Iterator[tuple[float, Small]]:
        up, running, parked = state
        waiting = vms - running - parked
        if running:
            yield running * fails, (up - 1, running - 1, parked)
        if up > running:
            yield (up - running) * fails, (up - 1, running, parked)
        if up < hosts:
            yield (hosts - up) * mends, (up + 1, running, 0)
        if restarts.reserves:
            if going := min(waiting, up - running):
                yield going * ready, (up, running + 1, 0)
        elif waiting:
            yield waiting * ready, (up, running + 1, parked) if up > running else (up, running, parked + 1)

    states, rates = explored((hosts, vms, 0), moves)
    p = stationary(rates)
    runs = np.array([state[1] for state in states])
    down = runs < k
    often = float(p[~down] @ rates[np.ix_(~down, down)].sum(axis=1))
    return float(p @ (vms - runs)) / vms, Long(float(p[~down].sum()), float(p[down].sum()), often)


def _alike(restarts: Restarts) -> tuple[float, float]:
    """Rates of failure and repair of the hosts, which are alike; raises TooLarge where they are not."""
    components = {c.id: c for c in restarts.components}
    found = set()
    for host in restarts.hosts:
        if not isinstance(host.needs, Unit) or host.slots != 1:
            raise TooLarge
        one = components[host.needs.id]
        found.add((rate(one.up, one.id), rate(one.down, one.id), host.scope))
    if len(found) != 1 or len({host.needs for host in restarts.hosts}) < len(restarts.hosts):
        raise TooLarge
    ((fails, mends, _),) = found
    return fails, mends
