"""Small worlds in which running VMs move, and how their log is told."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from designer.engine import (
    Balancing,
    Cluster,
    Constant,
    Domain,
    Host,
    Migration,
    Recorded,
    Result,
    Spec,
    TimedEvent,
    Trace,
    Vm,
)

CLUSTER, ZONE = 1, 2
MBPS = 8589.934592
"""1,024 MiB/s."""
RULES: tuple[Any, ...] = ("kvm", "xen", "xen_classic", "vmotion", "hyperv", "plain")


def host(n: int, migration: Migration | None = None, **more: Any) -> Host:
    """Host 10 + n of 8 cores, 2 GHz and 64 GiB."""
    given = {"cores": 8, "mhz": 2000.0, "ram_mib": 65536.0, "cluster": CLUSTER, "power_w": (100.0, 200.0)} | more
    return Host(10 + n, ZONE, name=f"h{n}", migration=migration or Migration("kvm", MBPS), **given)


def vm(n: int, on: int, **more: Any) -> Vm:
    """VM 100 + n of 2 vCPUs and 16 GiB, half loaded, on host 10 + `on`."""
    given = {"vcpus": 2, "mhz": 2000.0, "ram_mib": 16384.0, "demand": Constant(0.5), "dirty_mib_s": 256.0} | more
    return Vm(100 + n, 10 + on, name=f"v{n}", **given)


def world(hosts: list[Host], vms: list[Vm], *events: tuple[float, Any, int], **more: Any) -> Spec:
    """Hosts and VMs of one cluster in a zone, for an hour."""
    given = {"clusters": [Cluster(CLUSTER, "c", balancing=more.pop("balancing", None))]}
    given |= {"until_s": 3600.0, "sample_s": 300.0} | more
    return Spec(
        domains=[Domain(ZONE, 0, "zone", "z")],
        hosts=hosts,
        vms=vms,
        events=tuple(TimedEvent(*e) for e in events),
        **given,
    )


def told(result: Result, *what: str) -> list[tuple[float, str, int, int]]:
    """Time, what, element and place of the entries of the log, of some types where given."""
    return [(e.time_s, e.what, e.id, e.place) for e in result.log if not what or e.what in what]


def random_moves(seed: int) -> Spec:
    """A cluster with a balancer of any kind, VMs of all loads, and hosts that fail, are drained and opened."""
    dice = random.Random(seed)
    rule, count = dice.choice(["none", "drs", "proxmox", "threshold"]), dice.randint(2, 5)
    migrations = [
        Migration(dice.choice(RULES), dice.choice([500.0, 2000.0, MBPS]), dice.randint(1, 3), 0.3, dice.random() < 0.5,
                  dice.choice([5.0, 800.0]))
        for _ in range(count)
    ]  # fmt: skip
    hosts = [host(n, migrations[n], cores=dice.choice([4, 8])) for n in range(count)]
    values = np.random.default_rng(seed).integers(0, 101, (4, 13)).astype(np.uint8)
    vms = [
        vm(n, dice.randrange(count), vcpus=dice.randint(1, 4), ram_mib=dice.choice([1024.0, 4096.0, 16384.0]),
           demand=dice.choice([Constant(dice.random()), Recorded(900, n % 4)]),
           dirty_mib_s=dice.choice([0.0, 50.0, 900.0]),
           hot_mib=dice.choice([0.0, 600.0]), recovery=dice.choice(["none", "cluster"]), detect_s=20.0, boot_s=40.0)
        for n in range(dice.randint(1, 9))
    ]  # fmt: skip
    balancing = Balancing(
        rule, dice.choice([60.0, 300.0]), dice.choice([0.1, 0.3, 0.8]), dice.randint(1, 3), 0.1,
        dice.choice([0.0, 500.0]), dice.choice(["thr", "mad", "lr"]), dice.choice(["mmt", "mu", "rs", "mc"]),
        dice.random() < 0.5, dice.choice([0.0, 100.0]),
    )  # fmt: skip
    what = ("fail", "recover", "drain", "open")
    events = [
        (round(dice.uniform(0.0, 3500.0)), dice.choice(what), 10 + dice.randrange(count))
        for _ in range(dice.randint(0, 8))
    ]
    return world(hosts, vms, *events, balancing=balancing, traces=[Trace(900, 300.0, values)], seed=seed)
