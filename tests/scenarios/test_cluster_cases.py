"""The cases of clusters with known answers, by their meaning; skipped where they are not here."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.sets.cluster import MASTER_MORE_S, PRIMARY_ISOLATED_S
from designer.commands import edit
from designer.engine import Result, TimedEvent, simulate
from designer.engine.cluster.slots import Size, Slots, left_of, slots_of
from designer.engine.cluster.votes import device_votes, majority, may_fail, quorate_side
from designer.model.project import Project
from designer.study.build import build
from tests.cases import FOLDER

pytestmark = pytest.mark.skipif(not (FOLDER / "hypervisor").is_dir(), reason="the shared cases are not here")


def case(name: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """What a case gives, the values that it expects, and how close these are asked for."""
    told = json.loads((FOLDER / "hypervisor" / f"{name}.open.json").read_text("utf-8"))
    return told["given"], {key: answer["value"] for key, answer in told["expect"].items()}, told["expect"]


def manual(given: dict[str, Any]) -> tuple[list[Size], list[Size]]:
    return [[Size(row["cpu_ghz"], row["mem_gb"]) for row in given[name]] for name in ("hosts", "vms")]  # type: ignore[return-value]


def test_that_slots_are_those_of_the_manual() -> None:
    given, expect, _ = case("HA-01")
    hosts, vms = manual(given)
    found = slots_of(hosts, vms)
    assert found.size._asdict() == {"mhz": expect["slot"]["cpu_ghz"], "mib": expect["slot"]["mem_gb"]}
    assert dict(zip(("H1", "H2", "H3"), found.hosts, strict=True)) == expect["slots"]
    assert (found.may_fail, found.free(given["tolerate_hosts"])) == (expect["failover_capacity"], expect["free_slots"])
    more = [slots_of(hosts, [*vms, *vms[-1:] * n]).may_fail >= given["tolerate_hosts"] for n in (1, 2)]
    assert more == [expect["power_on_one_more"], expect["power_on_two_more"]]


def test_that_a_percentage_is_kept_free() -> None:
    given, expect, _ = case("HA-02")
    left = left_of(*manual(given))
    found = {"cpu": left.mhz * 100, "mem": left.mib * 100}
    assert found == pytest.approx(expect["failover_capacity_pct"], rel=1e-9)
    kept = {name: found[name] - given["reserve_pct"][name] for name in found}
    assert kept == pytest.approx(expect["left_for_power_on_pct"], rel=1e-9)
    whole = {name: int(found[name]) for name in found} | {f"left_{name}": int(kept[name]) for name in kept}
    assert whole == expect["printed_pct"]  # the manual rounds down


def test_that_one_large_reservation_makes_a_cluster_look_too_small() -> None:
    given, expect, _ = case("HA-03")
    hosts = [Size(host["cpu_mhz"], host["mem_mb"]) for host in given["hosts"]]

    def size(of: str) -> Size:
        return Size(given[of]["cpu_res_mhz"], given[of]["mem_res_mb"] + given[of]["overhead_mb"])

    small = [size("small")] * given["small_vms"]
    both = [*small, size("large")]
    runs: list[Slots] = [slots_of(hosts, small), slots_of(hosts, both), slots_of(hosts, both, 500.0, 1024.0)]
    assert [{"cpu_mhz": run.size.mhz, "mem_mb": run.size.mib} for run in runs] == expect["slot"]
    assert [run.hosts[0] for run in runs] == expect["slots_per_host"]
    assert [run.used for run in runs] == expect["slots_used"]
    assert [run.may_fail for run in runs] == expect["failover_capacity"]
    assert [sum(run.hosts) >= run.used for run in runs] == expect["enough_with_all_hosts"]


class Drawn:
    """A cluster of a type: hosts on switches of their own, VMs of 1 GiB on them that boot at once."""

    def __init__(self, hosts: int, vms: int = 1, ram_gib: float = 10.0, boot_s: float = 0.0, **fields: Any) -> None:
        self.project = Project(KINDS, LINKS)
        zone = edit.place(self.project, "zone", edit.place(self.project, "region"))
        self.cluster = edit.place(self.project, "cluster", zone, **fields)
        self.hosts, self.switches, self.vms = [], [], []
        for n in range(hosts):
            self.switches.append(edit.place(self.project, "switch", zone))
            host = edit.place(
                self.project, "host", zone, name=f"h{n + 1}", cores=64, mhz=1000.0, ram_mib=1024 * ram_gib
            )
            self.hosts.append(host)
            edit.connect(self.project, "in_cluster", host, self.cluster)
            edit.connect(self.project, "connects", self.switches[n], host)
            for _ in range(vms):
                own = {"vcpus": 1, "mhz": 1000.0, "ram_mib": 1024.0, "boot_s": boot_s}
                self.vms.append(edit.place(self.project, "vm", host, **own))
        self.zone = zone

    def run(self, *events: tuple[float, int]) -> Result:
        failed = [TimedEvent(time_s, "fail", element) for time_s, element in events]
        return simulate(build(self.project, until_s=1200.0, events=failed))


def first(result: Result, what: str, element: int) -> float:
    return next(e.time_s for e in result.log if e.what == what and e.id == element)


def test_that_restarts_go_to_the_failover_host_first() -> None:
    given, expect, _ = case("HA-04")
    drawn = Drawn(4, vms=8, admission="failover_hosts")
    edit.change(drawn.project, drawn.hosts[3:], {"failover_host": True})
    result = drawn.run((200.0, drawn.hosts[0]), (600.0, drawn.hosts[1]))
    asked = [[e.what for e in result.log if e.id == vm] for vm in drawn.vms[24:]]
    assert asked == [[expect["power_on_on_f"]]] * 8

    def on(until_s: float) -> dict[str, int]:
        place = {vm: drawn.hosts[n // 8] for n, vm in enumerate(drawn.vms[:24])}
        for entry in result.log:
            if entry.time_s <= until_s and entry.what in ("restarting", "waiting"):
                place[entry.id] = entry.place
        where = list(place.values())
        return {name: where.count(host) for name, host in zip(("h1", "h2", "h3", "f"), drawn.hosts, strict=True)} | {
            "waiting": where.count(0)
        }

    assert {k: v for k, v in on(500.0).items() if k != "h1"} == expect["after_h1"]
    assert {k: v for k, v in on(1200.0).items() if k not in ("h1", "h2")} == expect["after_h2"]
    assert len(given["events"]) == 3


def test_that_vsphere_declares_hosts_dead_and_isolated_by_their_role() -> None:
    _, expect, _ = case("HA-05")
    drawn = Drawn(3, isolation="power_off")
    dead = [first(drawn.run((100.0, drawn.hosts[1])), "detected", drawn.vms[1]) - 100.0]
    alone = [drawn.run((100.0, drawn.switches[n])) for n in (1, 0)]
    store = edit.place(drawn.project, "datastore", drawn.zone)
    for host in drawn.hosts[1:]:
        edit.connect(drawn.project, "sees", host, store)
    dead += [first(drawn.run((100.0, drawn.hosts[n])), "detected", drawn.vms[n]) - 100.0 for n in (1, 0)]
    assert dead == expect["declared_dead_s"]
    assert [first(run, "isolated", drawn.hosts[n]) - 100.0 for n, run in zip((1, 0), alone)] == expect["isolated_s"]
    told = [first(run, "stopped", drawn.vms[n]) - 100.0 for n, run in zip((1, 0), alone)]
    assert told == expect["isolation_response_s"]
    assert expect["isolated_s"][1] == PRIMARY_ISOLATED_S


def test_that_a_proxmox_node_without_network_resets_itself_and_its_vms_restart_when_its_lock_is_free() -> None:
    given, expect, close = case("HA-06")
    drawn = Drawn(given["nodes"], rule="proxmox", lock_s=given["agent_lock_s"], watchdog_s=given["watchdog_s"])
    assert given["fence_delay_s"] == MASTER_MORE_S
    for k, n in enumerate((2, 0)):
        result = drawn.run((120.0, drawn.switches[n]))
        reset, lock = first(result, "fenced", drawn.hosts[n]), first(result, "detected", drawn.vms[n])
        up = first(result, "running", drawn.vms[n])
        assert reset < lock <= up
        found = {"watchdog_reset_at": reset, "lock_got_at": lock, "vm_started_at": up, "outage_s": up - 120.0}
        # A run has no manager that sees nodes: a node is unknown to a master that lives from the moment in which it is
        # not reached, and to the one that takes over, the lock of the lost one being free, at a moment that nothing
        # tells. It is fenced at an instant of its own only by a master that lives: of that, too, nothing is told.
        if n == 0:
            found["fence_at"] = lock
        else:
            found["unknown_at"] = first(result, "unreached", drawn.hosts[n])
        for name, value in found.items():
            assert value == pytest.approx(expect[name][k], abs=close[name]["abs"]), name


def test_that_votes_decide_who_goes_on() -> None:
    given, expect, _ = case("HA-07")
    for nodes in given["nodes"]:
        for name, device in ((f"{nodes}", 0), (f"{nodes}+q", device_votes(nodes))):
            if name in expect["table"]:
                votes = nodes + device
                assert expect["table"][name] == {
                    "votes": votes,
                    "quorum": majority(votes),
                    "nodes_may_fail": may_fail(nodes, device),
                    "nodes_may_fail_without_device": may_fail(nodes, device, device_up=False),
                }
    sides = []
    for part in given["partitions"]:
        device = 0 if part["device_with"] is None else device_votes(part["nodes"])
        sides.append(quorate_side(part["split"], part["nodes"] + device, device, part["device_with"]))
    assert sides == expect["quorate_side"]


def test_that_vms_restart_by_priority_in_waves() -> None:
    given, expect, _ = case("HA-08")
    waves = given["survivors"] + 1
    drawn = Drawn(waves, vms=0, ram_gib=64.0, detect_s=given["detected_s"], primary_detect_s=given["detected_s"])
    edit.change(drawn.project, drawn.hosts, {"boots_at_once": given["boots_at_once_per_host"]})
    level = {}
    for name, count in given["vms"].items():
        for _ in range(count):
            own = {"vcpus": 1, "mhz": 1000.0, "ram_mib": 1024.0, "boot_s": given["boot_s"], "restart_priority": name}
            level[edit.place(drawn.project, "vm", drawn.hosts[0], **own)] = name
    result = drawn.run((0.0, drawn.hosts[0]))
    up = [(level[e.id], e.time_s) for e in result.log if e.what == "running"]
    found = {
        name: {f"{t:g}": up.count((name, t)) for _, t in sorted(set(up)) if up.count((name, t))}
        for name in level.values()
    }
    assert found == expect["up_at_s"]
    assert max(t for _, t in up) == expect["all_up_s"]
    assert sum(t for _, t in up) == expect["downtime_sum_s"]
    assert all(a[1] <= b[1] for a, b in pairwise(up))
