"""What VMs stand on, as the kernels read it: hosts, then domains (the provider's capacity there)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.share.arrays import MAX_MIN, PROPORTIONAL, PROVIDER, RESERVED, UNIT, WEIGHTED, Units
from designer.engine.spec import Host, Spec
from designer.engine.spec.capacity import cpu_mhz, thread_mhz, vcpu_mhz
from designer.engine.spec.fields import HostKinds
from designer.engine.spec.numa import node_mib, node_vcpus

_ONE_NODE = (np.inf, np.inf, np.inf, 0.0)
RULES = {"reserved": RESERVED, "proportional": PROPORTIONAL, "max_min": MAX_MIN, "weighted_max_min": WEIGHTED}


def units_table(spec: Spec, kinds: HostKinds, parent: NDArray[np.int64]) -> Units:
    """A record for each unit, which stands in a `parent` (a unit; -1: none), and its power curve."""
    hosts = len(spec.hosts)
    rows = np.zeros(hosts + len(spec.domains), UNIT)
    rows[:hosts] = kinds.array(_of_host, UNIT)
    rows[hosts:] = 0.0, np.inf, np.inf, 1.0, 0.0, *_ONE_NODE, 0.0, PROVIDER, 0, -1
    rows["above"] = np.where(parent >= 0, parent - hosts, -1)
    return Units(rows, _watts(spec, kinds))


def _of_host(host: Host) -> tuple[float, ...]:
    """The record of a host."""
    default = (host.default_shares, 0.0) if host.shares_per == "vm" else (0.0, host.default_shares)
    per = 1.0 if host.shares_per == "vcpu" else 0.0
    node = node_vcpus(host), node_vcpus(host, True), node_mib(host), host.numa_loss_frac
    node = node if host.numa_nodes > 1 else _ONE_NODE
    return cpu_mhz(host), thread_mhz(host), vcpu_mhz(host), *default, *node, per, RULES[host.sharing], 1, -1


def _watts(spec: Spec, kinds: HostKinds) -> NDArray[np.float64]:
    curves = [np.asarray(host.power_w, np.float64) for host in kinds.each]
    points = max(map(len, curves), default=2)
    at = np.linspace(0, 1, points)
    each = [own if len(own) == points else np.interp(at, np.linspace(0, 1, len(own)), own) for own in curves]
    watts = np.zeros((len(spec.hosts) + len(spec.domains), points))
    watts[: len(spec.hosts)] = np.array(each).reshape(-1, points)[kinds.of]
    return watts
