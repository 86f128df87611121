"""Data centers with random feeds, UPSs, generators and cooling against small steps, written apart from the engine.

Hosts have no VMs, so each draws its idle watts while it is up. Nothing here knows events: at each step it looks who has
power, adds up watts, empties batteries and warms the hall by `C dT = (P_it - P_cool) dt`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from designer.engine import Domain, Host, Spec, TimedEvent, simulate
from designer.engine.spec import CoolingUnit, Feed, Generator, Hall, Power, Ups

DC, A, B, UPS, GENERATOR, COOLS, HOSTS = 1, 3, 4, 5, 6, (7, 8), (10, 11, 12)
STEP_S, FINE_S, UNTIL_S = 0.5, 0.03125, 900.0
"""Steps, and those of a second look: where a temperature hardly changes, a step late becomes many seconds."""


@dataclass
class Steps:
    """The slow way: the state of everything at one time."""

    spec: Spec
    step_s: float = STEP_S
    failed: set[int] = field(default_factory=set)
    told: list[tuple[float, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        power = self.spec.power
        assert power is not None
        self.feeds = {feed.id: feed for feed in power.feeds}
        self.hall, self.units = power.halls[0], power.cooling
        self.ups, self.generator = power.feeds[0].ups[0], power.feeds[0].generators[0]
        self.charge, self.over = self.ups.energy_j, dict.fromkeys(self.feeds, 0.0)
        self.tripped: set[int] = set()
        self.generator_s: float | None = None
        self.excess, self.hot = 0.0, set[int]()
        self.cool_s = {unit.id: 0.0 for unit in self.units}
        self.gave = dict.fromkeys(self.feeds, True)
        self.released_s = 0.0

    def gives(self, feed: int) -> bool:
        """Whether a feed supplies power."""
        if feed not in self.failed:
            return True
        if feed == B or feed in self.tripped:
            return False
        runs = self.generator_s is not None and self.generator_s <= 0.0
        return runs or (self.charge > 0.0 and UPS not in self.failed)

    def step(self, time_s: float) -> None:
        """Carry the state on by one step."""
        lost = A in self.failed and A not in self.tripped
        if not lost or GENERATOR in self.failed:
            self.generator_s = None
        elif self.generator_s is None:
            self.generator_s = self.generator.start_s
        for feed in self.feeds:
            now = self.gives(feed)
            if feed == A and now != self.gave[feed] and feed in self.failed and feed not in self.tripped:
                self.told.append((time_s, "supplied" if now else "cut", feed))
            self.gave[feed] = now
        watts, load = self.watts()
        self.carry(load, lost)
        self.trip(time_s, load)
        self.warm(time_s, watts)

    def watts(self) -> tuple[float, dict[int, float]]:
        """IT watts, and what each feed supplies."""
        load, total = dict.fromkeys(self.feeds, 0.0), 0.0
        for host in self.spec.hosts:
            giving = [feed for feed in host.feeds[0] if self.gives(feed)]
            if giving and host.id not in self.hot:
                total += host.power_w[0]
                for feed in giving:
                    load[feed] += host.power_w[0] / len(giving)
        return total, load

    def carry(self, load: dict[int, float], lost: bool) -> None:
        """Empty or fill the battery, and let the generator start."""
        runs = self.generator_s is not None and self.generator_s <= 0.0
        if UPS not in self.failed and A not in self.tripped:
            change = self.ups.recharge_w if not lost or runs else -load[A]
            self.charge = min(max(self.charge + change * self.step_s, 0.0), self.ups.energy_j)
        if self.generator_s is not None:
            self.generator_s -= self.step_s

    def trip(self, time_s: float, load: dict[int, float]) -> None:
        """Let feeds trip that carry too much for too long."""
        for feed, row in self.feeds.items():
            self.over[feed] = self.over[feed] + self.step_s if row.limit_w and load[feed] > row.limit_w + 1e-6 else 0.0
            if self.over[feed] > row.trip_s:
                self.over[feed] = 0.0
                self.failed.add(feed)
                self.tripped.add(feed)
                self.told.append((time_s, "tripped", feed))

    def warm(self, time_s: float, watts: float) -> None:
        """Warm the hall, shut hosts down and switch them on."""
        for unit in self.units:
            up = unit.id not in self.failed
            self.cool_s[unit.id] = max(self.cool_s[unit.id] - self.step_s, 0.0) if up else unit.restart_s
        capacity = sum(u.capacity_w for u in self.units if u.id not in self.failed and self.cool_s[u.id] <= 0.0)
        nameplate = sum(max(host.power_w) for host in self.spec.hosts)
        heat_j = nameplate / self.hall.warming_k_s
        half = self.excess + (watts - capacity - heat_j / self.hall.tau_s * self.excess) / heat_j * self.step_s / 2.0
        self.excess += (watts - capacity - heat_j / self.hall.tau_s * max(half, 0.0)) / heat_j * self.step_s
        self.excess = max(self.excess, 0.0)
        at_c = self.hall.set_c + self.excess
        if at_c >= self.hall.shutdown_c and len(self.hot) < len(self.spec.hosts):
            self.hot, self.released_s = {host.id for host in self.spec.hosts}, time_s
            self.told.append((time_s, "overheated", DC))
        elif self.hot and at_c <= self.hall.restart_c and capacity > 0.0 and self.released_s <= time_s:
            count = self.hall.restart_hosts or len(self.hot)
            self.hot -= set(sorted(self.hot)[:count])
            self.released_s = time_s + self.hall.restart_every_s
            self.told.append((time_s, "cooled", DC))

    def run(self) -> None:
        """Carry the state to the end."""
        events = sorted(self.spec.events, key=lambda event: event.time_s)
        for k in range(int(UNTIL_S / self.step_s)):
            while events and events[0].time_s <= k * self.step_s:
                event = events.pop(0)
                if event.what == "fail":
                    self.failed.add(event.id)
                else:
                    self.failed.discard(event.id)
                    self.tripped.discard(event.id)
            self.step(k * self.step_s)


@st.composite
def centers(draw: Any) -> Spec:
    """A data center of three hosts, and up to seven events."""
    fed = st.sampled_from([((A, B),), ((A,),), ((B,),)])
    watts = st.sampled_from([100.0, 170.0, 230.0])
    limits = st.sampled_from([0.0, 180.0, 260.0, 420.0])
    hosts = [Host(i, DC, 4, 1000.0, 8192.0, feeds=draw(fed), power_w=(draw(watts), 250.0)) for i in HOSTS]
    ups = Ups(UPS, draw(st.sampled_from([5e3, 31e3, 77e3])), draw(st.sampled_from([37.0, 500.0])))
    generator = Generator(GENERATOR, draw(st.sampled_from([20.0, 170.0])), 1.0)
    power = Power(
        feeds=(
            Feed(A, draw(limits), draw(st.sampled_from([3.0, 41.0])), (ups,), (generator,)),
            Feed(B, draw(limits), draw(st.sampled_from([3.0, 41.0]))),
        ),
        halls=(
            Hall(DC, warming_k_s=draw(st.sampled_from([0.02, 0.09])), tau_s=draw(st.sampled_from([500.0, 3600.0])),
                 shutdown_c=34.0, restart_c=29.0, restart_hosts=draw(st.sampled_from([0, 1])), restart_every_s=33.0),
        ),
        cooling=tuple(
            CoolingUnit(i, DC, draw(st.sampled_from([150.0, 310.0])), draw(st.sampled_from([0.0, 61.0]))) for i in COOLS
        ),
    )  # fmt: skip
    domains = (
        Domain(DC, 0, "data_center"),
        Domain(A, DC, "power_feed", gaps_s=()),
        Domain(B, DC, "power_feed"),
        *(Domain(i, DC, "cooling") for i in (UPS, GENERATOR, *COOLS)),
    )
    times = draw(st.lists(st.integers(1, 85), max_size=7, unique=True))
    targets = st.sampled_from([A, A, B, UPS, GENERATOR, *COOLS, *COOLS])
    events = [TimedEvent(10.0 * n, draw(st.sampled_from(["fail", "fail", "recover"])), draw(targets)) for n in times]
    return Spec(domains, hosts, (), events=tuple(events), power=power, until_s=UNTIL_S, sample_s=300.0)


TOLERANCE_S = 5.0
TOLD = ("tripped", "cut", "supplied", "overheated", "cooled")


def near_tie(spec: Spec, told: list[tuple[float, str, int]]) -> bool:
    """Whether two things happen at nearly the same time, or one near the end: in small steps their order is chance."""
    times = sorted({*(time_s for time_s, *_ in told), *(event.time_s for event in spec.events), UNTIL_S})
    return any(b - a < 2 * TOLERANCE_S for a, b in pairwise(times))


def near(one: list[tuple[float, str, int]], other: list[tuple[float, str, int]]) -> bool:
    """Whether the same is told at nearly the same times."""
    same = [row[1:] for row in one] == [row[1:] for row in other]
    return same and all(abs(a - b) < TOLERANCE_S for (a, *_), (b, *_) in zip(one, other, strict=True))


@given(centers())
def test_that_power_and_heat_are_those_of_small_steps(spec: Spec) -> None:
    made = simulate(spec)
    told = [(e.time_s, e.what, e.id) for e in made.log if e.what in TOLD]
    assume(not near_tie(spec, told))
    slow = Steps(spec)
    slow.run()
    if not near(told, slow.told):
        slow = Steps(spec, FINE_S)
        slow.run()
    assert [row[1:] for row in told] == [row[1:] for row in slow.told]
    for (exact_s, *_), (step_s, *_) in zip(told, slow.told, strict=True):
        assert step_s == pytest.approx(exact_s, abs=TOLERANCE_S)
