"""720 VMs that start again within their zone, as a model of cimba: a process a component, an event a restart.

What a component takes down at one time restarts at one time, so it is one chain and one event. Chains restart in the
order in which they were lost, because the time to restart is fixed: a ring holds them.
"""

from __future__ import annotations

import sys
import time

import cimba as cb
from cimba import random

RING = 1024


def chains() -> tuple[list[int], list[int]]:
    """The first VM on each host, and the VM after each on its host: VM 12 s + 4 z + n is of service s in zone z."""
    head, after = [-1] * 120, [-1] * 720
    for vm in range(720):
        s, z, n = vm // 12, vm % 12 // 4, vm % 4
        host = 40 * z + (4 * s + n) % 40
        after[vm], head[host] = head[host], vm
    return head, after


HEAD, AFTER = chains()


class Cluster(cb.Model):
    """Eight slots a host; sixty services of twelve VMs, down where fewer than eight run."""

    lost: cb.Array[int] = cb.Array(120)
    used: cb.Array[int] = cb.Array([6] * 120)
    head: cb.Array[int] = cb.Array(HEAD)
    after: cb.Array[int] = cb.Array(AFTER)
    free: cb.Array[int] = cb.Array([40] * 3)
    pointer: cb.Array[int] = cb.Array([39, 79, 119])
    waiting: cb.Array[int] = cb.Array([-1] * 3)
    ring: cb.Array[int] = cb.Array(RING)
    first: int = 0
    last: int = 0
    running: cb.Array[int] = cb.Array([12] * 60)
    since: cb.Array[float] = cb.Array([0.0] * 60)
    started: int = 0
    missing: int = 0
    count: float = 0.0
    vm_hours: float = 0.0
    hours: float = 0.0
    ended: float = 0.0
    again: float = 0.0
    failures: cb.Output[float]
    vm_downtime: cb.Output[float]
    downtime: cb.Output[float]
    outages: cb.Output[float]
    restarts: cb.Output[float]

    @cb.function
    def send(self, chain: int) -> None:
        """Let a chain of VMs restart after five minutes."""
        self.ring[self.last] = chain
        self.last = (self.last + 1) % 1024
        cb.schedule(self.restart, 0.08333333333333333)

    @cb.function
    def lose(self, first: int, size: int) -> None:
        """Hosts lose a part that they need; what ran on them is one chain."""
        chain = -1
        clock = cb.now()
        for h in range(first, first + size):
            self.lost[h] += 1
            if self.lost[h] > 1:
                continue
            if self.used[h] < 8:
                self.free[h // 40] -= 1
            self.missing += self.used[h]
            self.vm_hours -= clock * self.used[h]
            self.used[h] = 0
            vm = self.head[h]
            self.head[h] = -1
            while vm >= 0:
                s = vm // 12
                self.running[s] -= 1
                if self.running[s] == 7:
                    self.since[s] = clock
                    self.ended += 1.0
                following = self.after[vm]
                self.after[vm] = chain
                chain = vm
                vm = following
        if chain >= 0:
            self.send(chain)

    @cb.function
    def repair(self, first: int, size: int) -> None:
        """Hosts have the part again; where VMs wait for a host of the zone, they restart."""
        zone = first // 40
        for h in range(first, first + size):
            self.lost[h] -= 1
            if self.lost[h] == 0:
                self.free[zone] += 1
                if self.waiting[zone] >= 0:
                    chain = self.waiting[zone]
                    self.waiting[zone] = -1
                    self.send(chain)

    @cb.event
    def restart(self):
        """Each VM of the next chain goes to the next host of its zone that is up with a free slot, or waits."""
        vm = self.ring[self.first]
        self.first = (self.first + 1) % 1024
        clock = cb.now()
        zone = vm % 12 // 4
        at = self.pointer[zone]
        while vm >= 0:
            following = self.after[vm]
            if self.free[zone] == 0:
                self.after[vm] = self.waiting[zone]
                self.waiting[zone] = vm
                vm = following
                continue
            at = at + 1 if at < 40 * zone + 39 else 40 * zone
            while self.lost[at] > 0 or self.used[at] == 8:
                at = at + 1 if at < 40 * zone + 39 else 40 * zone
            self.used[at] += 1
            if self.used[at] == 8:
                self.free[zone] -= 1
            self.after[vm] = self.head[at]
            self.head[at] = vm
            self.missing -= 1
            self.vm_hours += clock
            self.again += 1.0
            s = vm // 12
            self.running[s] += 1
            if self.running[s] == 8:
                self.hours += clock - self.since[s]
            vm = following
        self.pointer[zone] = at

    @cb.process(copies=135)
    def component(self):
        """The life of a component: the first three are zones, then racks, then hosts."""
        me = self.started
        self.started += 1
        if me < 3:
            first, size, mtbf, mttr = me * 40, 40, 26280.0, 6.0
        elif me < 15:
            first, size, mtbf, mttr = (me - 3) * 10, 10, 43800.0, 12.0
        else:
            first, size, mtbf, mttr = me - 15, 1, 8760.0, 8.0
        while True:
            cb.hold(random.exponential(mtbf))
            self.count += 1.0
            self.lose(first, size)
            cb.hold(random.exponential(mttr))
            self.repair(first, size)

    @cb.on_end
    def measure(self):
        """What was counted; what is down at the end is down until then."""
        for s in range(60):
            if self.running[s] < 8:
                self.hours += 87600.0 - self.since[s]
        self.failures = self.count
        self.vm_downtime = self.vm_hours + 87600.0 * self.missing
        self.downtime = self.hours
        self.outages = self.ended
        self.restarts = self.again


def play(replications: int, seed: int) -> tuple[float, ...]:
    """Means of so many times ten years: failures, VM-hours down, hours of services down, their outages, restarts."""
    model = Cluster()
    window = cb.Window(warmup=0, duration=87600)
    done = cb.Experiment(model, replications=replications, window=window, seed=seed).run()[model]
    told = (done.failures, done.vm_downtime, done.downtime, done.outages, done.restarts)
    return tuple(float(one.values.sum()) / replications for one in told)


if __name__ == "__main__":
    play(8, 3)
    rates = []
    for seed in range(5):
        start = time.process_time()
        failures, *figures = play(200, seed)
        rates.append(200 * failures / (time.process_time() - start))
    print(*(f"{one:.6g}" for one in figures), file=sys.stderr)
    print(max(rates))
