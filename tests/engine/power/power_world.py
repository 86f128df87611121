"""Small data centers with feeds, a UPS, a generator and cooling units."""

from __future__ import annotations

import random
from typing import Any

from designer.engine import Constant, DayCurve, Domain, Host, Spec, TimedEvent, Vm, simulate
from designer.engine.spec import CoolingUnit, Draw, Feed, Generator, Hall, Power, Ups

DC, A, B, UPS, GENERATOR, COOL, OTHER_COOL, SWITCH = 1, 3, 4, 5, 6, 7, 8, 9
HOST, VM = 10, 30


def world(power: Power | None, hosts: int = 2, load: float = 0.5, **more: Any) -> Spec:
    """Hosts of 100 to 300 W, each fed by A and B, with a VM of all of its cores each."""
    feeds = more.pop("feeds", ((A, B),))
    bridged = {feed.id for feed in power.feeds if feed.ups or feed.generators} if power is not None else set()
    domains = (
        Domain(DC, 0, "data_center", "hall"),
        *(Domain(i, DC, "power_feed", f"feed-{i}", gaps_s=() if i in bridged else (0.0,)) for i in (A, B)),
        Domain(UPS, DC, "ups", "ups"),
        Domain(GENERATOR, DC, "generator", "generator"),
        Domain(COOL, DC, "cooling", "cooling", more.pop("cooling_feeds", ())),
        Domain(OTHER_COOL, DC, "cooling", "other cooling"),
        Domain(SWITCH, DC, "switch", "switch", ((A,),)),
    )
    rows = [
        Host(
            HOST + n,
            DC,
            4,
            1000.0,
            8192.0,
            f"host-{n}",
            feeds=feeds,
            power_w=(100.0, 300.0),
            post_s=more.get("post_s", 0.0),
        )
        for n in range(hosts)
    ]
    more.pop("post_s", None)
    demand = more.pop("demand", Constant(load))
    vms = tuple(Vm(VM + n, HOST + n, 4, 1000.0, 1024.0, demand, f"vm-{n}", boot_s=10.0) for n in range(hosts))
    return Spec(domains, rows, vms, **{"until_s": 3600.0, "sample_s": 600.0, "power": power} | more)


def told(spec: Spec, *events: tuple[float, str, int]) -> list[tuple[float, str, int, int]]:
    """The log without what follows for VMs: time (to the ms), event type, element, cause."""
    made = simulate(spec.with_events([TimedEvent(time_s, what, i) for time_s, what, i in events]))  # type: ignore[arg-type]
    skipped = ("detected", "lost", "restarting", "running")
    return [(round(e.time_s, 3), e.what, e.id, e.cause) for e in made.log if e.what not in skipped]


def random_power(seed: int) -> Spec:
    """A data center in which much happens, with loads that change."""
    dice = random.Random(seed)
    ups = (Ups(UPS, dice.choice((1e4, 1e5, 1e6)), dice.choice((0.0, 50.0, 2000.0))),)
    generator = (Generator(GENERATOR, dice.uniform(0, 60), dice.random(), dice.choice((float("inf"), 300.0))),)
    power = Power(
        feeds=(
            Feed(A, dice.choice((0.0, 300.0, 500.0)), dice.choice((0.0, 30.0)), ups, generator),
            Feed(B, dice.choice((0.0, 300.0, 500.0)), dice.choice((0.0, 30.0)), (), dice.choice((generator, ()))),
        ),
        halls=(
            Hall(DC, 1.5, 0.3, 0.7, warming_k_s=0.1, tau_s=dice.choice((600.0, 3600.0)), shutdown_c=32.0,
                 restart_hosts=dice.choice((0, 1)), restart_every_s=50.0),
        ),
        cooling=(
            CoolingUnit(COOL, DC, dice.choice((200.0, 400.0)), dice.choice((0.0, 120.0)), dice.random() < 0.5),
            CoolingUnit(OTHER_COOL, DC, dice.choice((200.0, 400.0)), 60.0, dice.random() < 0.5),
        ),
        draws=(Draw(SWITCH, 40.0),),
        split=dice.choice(("", "vcpus", "memory")),
    )  # fmt: skip
    targets = (A, B, UPS, GENERATOR, COOL, OTHER_COOL, SWITCH, HOST, HOST + 1, DC)
    events = [
        TimedEvent(dice.uniform(0.0, 3600.0) if dice.random() < 0.7 else 600.0 * dice.randrange(6),
                   dice.choice(("fail", "fail", "recover")), dice.choice(targets))
        for _ in range(12)
    ]  # fmt: skip
    demand = DayCurve(0.5, 0.5, dice.uniform(0, 24), 0.3)
    feeds = dice.choice((((A, B),), ((A,),), ((B,),)))
    return world(
        power, 3, feeds=feeds, demand=demand, events=tuple(events), seed=seed, cooling_feeds=((A,),),
        post_s=dice.choice((0.0, 40.0)),
    )  # fmt: skip
