"""Worlds of the reference of sharing, with all VMs crowded onto one host, so that they take from each other."""

from __future__ import annotations

from dataclasses import replace

from designer.engine import Spec
from tests.engine.test_sharing_reference import capacity_of, world


def crowded_world(seed: int) -> Spec:
    """A world in which all VMs stand on the first host, which shares and has at most two cores."""
    made = world(seed)
    rule = made.hosts[0].sharing if made.hosts[0].sharing != "reserved" else "weighted_max_min"
    host = replace(made.hosts[0], sharing=rule, cores=min(made.hosts[0].cores, 2), overcommit=99.0)
    most = 0.9 * capacity_of(host) / max(len(made.vms), 1)
    vms = [replace(vm, place=host.id, reservation_mhz=min(vm.reservation_mhz, most, vm.limit_mhz)) for vm in made.vms]
    events = [event for event in made.events if event.id == host.id]
    return replace(made, hosts=[host], vms=vms, events=events)
