"""Random small worlds with random events, of every kind that the engine knows."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np

from designer.engine import (
    Answer,
    Application,
    Cluster,
    Constant,
    DayCurve,
    DnsName,
    Domain,
    Group,
    Host,
    PlacementGroup,
    Reach,
    Recorded,
    Service,
    Spec,
    TimedEvent,
    Trace,
    Users,
    Vm,
)
from designer.engine.spec import Demand

GAPS = [(0.0,), (0.0,), (300.0,), (120.0, 400.0), (0.0, 60.0), (60.0, 90.0, 800.0)]


class _World:
    def __init__(self, seed: int) -> None:
        self.seed, self.dice, self._id = seed, random.Random(seed), 100
        self.zones = [Domain(2 + n, 1, "zone", f"zone-{n}") for n in range(self.dice.randint(1, 3))]
        self.domains = [Domain(1, 0, "region", "region"), *self.zones]
        self.gateway = self.domain(1, "internet_gateway")
        self.nets = [net for zone in self.zones for net in self._nets(zone.id)]
        self.racks = [rack for zone in self.zones for rack in self._racks(zone.id)]
        store = self.domain(self.dice.choice(self.zones).id, "datastore")
        self.volumes = [self.domain(store.id, "volume") for _ in range(3)]
        self.bases = []
        if self.dice.random() < 0.6:
            places = tuple(n.id for n in self.dice.sample(self.nets, self.dice.randint(1, len(self.nets))))
            failover_s = self.dice.choice([0.0, 30.0, 90.0])
            self.bases.append(self.domain(1, "database", replicas=places, failover_s=failover_s))
        self.clusters = [
            Cluster(self.id(), "cluster", self.dice.choice([0.0, 15.0]), self.dice.random() < 0.8)
            for _ in range(self.dice.randint(0, 1))
        ]
        self.hosts = [self._host() for _ in range(self.dice.randint(1, 6))]
        values = np.random.default_rng(seed).integers(0, 101, (4, 13)).astype(np.uint8)
        self.trace = Trace(self.id(), self.dice.choice([300.0, 450.0, 100.0]), values)
        self.services: list[Service] = []
        for _ in range(self.dice.randint(0, 3)):
            self.services.append(self._service())
        self.names = self._names() if self.services and self.dice.random() < 0.5 else []
        strategy: Any = self.dice.choice(["spread", "partition", "cluster"])
        self.placements = [
            PlacementGroup(self.id(), "pg", strategy, self.dice.randint(1, 7)) for _ in range(self.dice.randint(0, 1))
        ]
        self.vms = [self._vm() for _ in range(self.dice.randint(1, 14))]
        self.groups = [self._group() for _ in range(self.dice.randint(0, 2))]

    def id(self) -> int:
        self._id += self.dice.choice([1, 1, 1, 7])
        return self._id

    def domain(self, parent: int, kind: str, **more: Any) -> Domain:
        made = Domain(self.id(), parent, kind, f"{kind}-{self._id}", **more)
        self.domains.append(made)
        return made

    def _nets(self, zone: int) -> list[Domain]:
        nat, made = self.domain(zone, "nat_gateway"), []
        for _ in range(self.dice.randint(1, 2)):
            outward = self.dice.choice([(), ((self.gateway.id,),), ((nat.id,), (self.gateway.id,))])
            shut = "" if outward or self.dice.random() < 0.5 else "no way out"
            made.append(self.domain(zone, "subnet", outward=outward, shut=shut))
        return made

    def _racks(self, zone: int) -> list[Domain]:
        feeds = [
            self.domain(zone, "power_feed", gaps_s=self.dice.choice(GAPS)).id for _ in range(self.dice.randint(0, 2))
        ]
        fed = [(), (tuple(feeds),), tuple((feed,) for feed in feeds)] if feeds else [()]
        return [self.domain(zone, "rack", feeds=self.dice.choice(fed)) for _ in range(self.dice.randint(0, 2))]

    def _host(self) -> Host:
        dice, parents = self.dice, [d.id for d in (*self.racks, *self.zones)]
        sharing: Any = dice.choice(["proportional", "max_min", "weighted_max_min", "reserved"])
        return Host(
            self.id(), dice.choice(parents), dice.choice([2, 4, 8]), dice.choice([1000.0, 2400.0, 1033.3]),
            dice.choice([4096.0, 8192.0]), f"host-{self._id}", threads_per_core=dice.choice([1, 2]),
            overcommit=dice.choice([1.0, 2.0, 4.0]), sharing=sharing, power_w=(50.0, 80.0, 100.0),
            vm_ram_frac=dice.choice([0.0, 0.03]), cpu_overhead_frac=dice.choice([0.0, 0.1]),
            cluster=self.clusters[0].id if self.clusters and dice.random() < 0.6 else 0,
        )  # fmt: skip

    def _demand(self) -> Demand:
        recorded = Recorded(self.trace.id, self.dice.randrange(4), self.dice.randrange(5), 0.9)
        curve = DayCurve(0.5, 0.2, 14.0, 0.1, "Asia/Kolkata")
        return self.dice.choice([Constant(self.dice.random()), curve, recorded])

    def _service(self) -> Service:
        dice = self.dice
        asked: Demand = dice.choice(
            [Constant(dice.uniform(1, 40)), DayCurve(20.0, 10.0, 2.0, 1.0), Recorded(self.trace.id, 1, 0, 30.0)]
        )
        through = dice.choice([(), tuple((base.id,) for base in self.bases), ((self.gateway.id,),)])
        depends = (self.services[0].id,) if self.services and dice.random() < 0.3 else ()
        users = (Users(self.id(), Constant(2.0), "users"),) if dice.random() < 0.3 else ()
        return Service(
            self.id(), asked, dice.choice([50.0, 83.3]), f"service-{self._id}", through=through, depends=depends,
            health_check_s=dice.choice([0.0, 10.0, 60.0]), users=users,
        )  # fmt: skip

    def _names(self) -> list[DnsName]:
        dice, routing = self.dice, self.dice.choice(["failover", "weighted"])
        answers = tuple(Answer(service.id, dice.choice([1.0, 2.0])) for service in self.services)
        users = (Users(self.id(), dice.choice([Constant(9.0), DayCurve(20.0, 10.0, 2.0, 1.0)]), "all"),)
        return [DnsName(self.id(), users, answers, "www", routing, dice.choice([0.0, 30.0, 90.0]), 60.0)]

    def _member_of(self) -> int:
        return self.dice.choice(self.services).id if self.services and self.dice.random() < 0.5 else 0

    def _apps(self) -> tuple[Application, ...]:
        count = self.dice.choice([0, 0, 1, 2])
        return tuple(
            Application(self.id(), 1, 1000.0, self._demand(), "app", service=self._member_of()) for _ in range(count)
        )

    def _vm(self, **more: Any) -> Vm:
        dice, hosts = self.dice, [host.id for host in self.hosts]
        place = dice.choice([*hosts, *hosts, *(net.id for net in self.nets)])
        given: dict[str, Any] = {
            "id": self.id(), "place": place, "vcpus": dice.choice([1, 2]), "mhz": dice.choice([1000.0, 2500.0, 333.3]),
            "ram_mib": dice.choice([256.0, 1024.0, 2000.0]), "demand": self._demand(), "name": f"vm-{self._id}",
            "shares": dice.choice([500.0, 1000.0, 2000.0]), "recovery": dice.choice(["none", "same_zone", "cluster"]),
            "detect_s": dice.choice([0.0, 15.0, 60.0]), "boot_s": dice.choice([0.0, 45.0, 90.0]),
            "powered_on": dice.random() < 0.95, "service": self._member_of(), "apps": self._apps(),
            "outward": dice.random() < 0.4, "address": dice.choice([0, 0, dice.choice(self.nets).id]),
            "placement": self.placements[0].id if self.placements and dice.random() < 0.4 else 0,
            "partition": dice.randint(1, 2), "counted": dice.random() < 0.95,
            "needs": ((dice.choice(self.volumes).id,),) if dice.random() < 0.2 else (),
            "reach": 0 if place in hosts and dice.random() < 0.3 else -1,
        }  # fmt: skip
        return Vm(**{**given, **more})

    def _group(self) -> Group:
        dice, group_id = self.dice, self.id()
        template = self._vm(place=self.nets[0].id, recovery="replace", needs=(), group=group_id, reach=-1,
                            powered_on=True)  # fmt: skip
        self.vms += [
            replace(template, id=self.id(), place=dice.choice(self.nets).id, apps=()) for _ in range(dice.randint(0, 3))
        ]
        places = tuple(net.id for net in self.nets if dice.random() < 0.8) or (self.nets[0].id,)
        desired = dice.randint(1, 4)
        most = desired + dice.randint(0, 3)
        return Group(group_id, 0, desired, most, places, template, "group", detect_s=dice.choice([0.0, 30.0, 60.0]))

    def events(self, until_s: float) -> tuple[TimedEvent, ...]:
        dice, ids = self.dice, [row.id for rows in (self.domains, self.hosts, self.vms) for row in rows]
        made: list[TimedEvent] = []
        for _ in range(dice.randint(0, 14)):
            time_s = float(dice.randrange(0, int(until_s), 30)) if self.seed % 3 == 0 else dice.uniform(0, until_s)
            what: Any = dice.choice(["fail", "fail", "recover"])
            made.append(TimedEvent(min(time_s, until_s - 1.0), what, dice.choice(ids)))
            if what == "fail" and dice.random() < 0.6:
                again_s = made[-1].time_s + dice.choice([5.0, 40.0, 90.0, 600.0])
                made.append(TimedEvent(min(again_s, until_s - 1.0), "recover", made[-1].id))
        return tuple(sorted(made, key=lambda event: event.time_s))


def random_world(seed: int) -> Spec:
    """A small world of every kind of thing, with up to 28 events; equal for equal seeds."""
    world = _World(seed)
    until_s, policy = world.dice.choice([3600.0, 7200.0]), world.dice.choice(["spread", "first_fit"])
    reach = Reach(tuple(host.id for host in world.hosts if host.id % 3) or (world.hosts[0].id,), "sees store")
    return Spec(
        domains=world.domains, hosts=world.hosts, vms=world.vms, services=world.services, groups=world.groups,
        dns_names=world.names, clusters=world.clusters, reaches=(reach,), placements=world.placements,
        traces=[world.trace],
        events=world.events(until_s), until_s=until_s, sample_s=world.dice.choice([300.0, 60.0, 450.0]),
        seed=seed + 1, policy=policy,
    )  # fmt: skip
