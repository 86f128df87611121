"""The cases of hypervisors with known answers, by their meaning; skipped where they are not here."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.reference.credits import baseline_frac, break_even_frac, credits_of
from designer.catalog.reference.ec2 import ec2
from designer.catalog.reference.limits import MIB, connections_mbps, instance_limits, volume_limits, why_not_ordered
from designer.catalog.rules.capacity import load_of
from designer.commands import edit
from designer.engine import (
    Constant,
    Credits,
    Domain,
    Flow,
    Host,
    Limit,
    Pool,
    Recorded,
    Result,
    Simulation,
    Spec,
    Trace,
    Vm,
    simulate,
)
from designer.engine.flow.filling import Filling, filling_of, islands_of, paths_of
from designer.engine.memory import esxi, hyperv, proxmox
from designer.engine.share.cpu import weight_of
from designer.engine.spec import SURPLUS_USD_VCPU_H, capacity, numa
from designer.model.project import Project
from designer.study.build import build
from designer.study.frames import steal_mark
from designer.study.summary import surplus_usd
from tests.cases import FOLDER
from tests.engine import memory_reference as reference
from tests.engine.memory_reference import Asking
from tests.engine.networks import fill_up
from tests.engine.one_host import settle, targets

pytestmark = pytest.mark.skipif(not (FOLDER / "hypervisor").is_dir(), reason="the shared cases are not here")

NAMES = {"vmware-esxi": "VMware ESXi", "kvm": "KVM", "xen": "Xen", "ms-hyperv": "Microsoft Hyper-V"}
"""The presets of hypervisors, by their names in the cases."""


def case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a case gives, and the values that it expects."""
    told = json.loads((FOLDER / "hypervisor" / f"{name}.open.json").read_text("utf-8"))
    return told["given"], {key: answer["value"] for key, answer in told["expect"].items()}


def design(host: dict[str, Any], hypervisor: str, vms: list[dict[str, Any]]) -> tuple[Result, list[str]]:
    """A run of a design with one host under a hypervisor; the names of its VMs, in the order of its rows."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    cpu = {name: host[name] for name in ("cores", "threads_per_core", "mhz")}
    on = edit.place(project, "host", zone, ram_mib=2.0**20, **cpu, smt_yield=host.get("smt_yield", 0.25))
    edit.apply_preset(project, [on], hypervisor, "hypervisor")
    edit.change(project, [on], {"overcommit": 0.0, "cpu_overhead_frac": host["overhead_pct"] / 100.0})
    for row in vms:
        given = {"vcpus": row["vcpus"], "load_frac": row["load_frac"], "shares_level": row.get("level", "normal")}
        edit.place(project, "vm", on, name=row["id"], mhz=float(host["mhz"]), ram_mib=64.0, **given)
    result = simulate(build(project, until_s=600.0))
    return result, [vm.name for vm in result.spec.vms]


def small(capacity_mhz: float, vms: list[Vm]) -> Result:
    """A run of one host with so many MHz and VMs of 1 MHz a vCPU on it."""
    host = Host(1, 0, round(capacity_mhz), 1.0, 2.0**20)
    return simulate(Spec(hosts=[host], vms=vms, until_s=600.0))


def test_that_one_level_has_floors_and_ceilings() -> None:
    given, expect = case("CPU-01")
    vms = [
        Vm(10 + n, 1, row["demand_mhz"], 1.0, 1.0, Constant(1.0), row["id"], row["shares"],
           reservation_mhz=row["reservation_mhz"], limit_mhz=row["limit_mhz"] or math.inf)
        for n, row in enumerate(given["vms"])
    ]  # fmt: skip
    result = small(given["capacity_mhz"], vms)
    size = [row["demand_mhz"] for row in given["vms"]]
    assert dict(zip("abcde", result.vms.mean_mhz)) == pytest.approx(expect["allocated_mhz"], rel=1e-9)
    throttled, steal = (dict(zip("abcde", part * size)) for part in (result.vms.throttled, result.vms.steal))
    assert throttled == pytest.approx(expect["throttled_by_limit_mhz"], rel=1e-9)
    assert steal == pytest.approx(expect["unserved_runnable_mhz"], rel=1e-9)
    levels = result.vms.mean_mhz / [row["shares"] for row in given["vms"]]
    between = [levels["abcde".index(name)] for name in "be"]  # the only two that neither floor nor ceiling holds
    assert between == pytest.approx([expect["mhz_per_share"]] * 2, rel=1e-9)


def test_that_default_shares_of_esxi_follow_the_vcpus_and_the_level() -> None:
    given, expect = case("CPU-02")
    result, names = design(given["host"], NAMES[given["hypervisor"]], given["vms"])
    assert dict(zip(names, result.vms.mean_mhz)) == pytest.approx(expect["allocated_mhz"], rel=1e-9)
    assert dict(zip(names, result.vms.steal)) == pytest.approx(expect["steal_frac"], rel=1e-9, abs=1e-9)
    marks = {name: steal_mark(float(steal)) or "none" for name, steal in zip(names, result.vms.steal)}
    assert marks == expect["steal_mark"]
    t = Simulation(result.spec).tables
    loads, (unit,) = t.demand.rows.view(np.recarray), t.units.rows[:1].view(np.recarray)
    assert {name: weight_of.py_func(loads[n], unit) for n, name in enumerate(names)} == expect["shares"]


@pytest.mark.parametrize("hypervisor", ["kvm", "xen", "ms-hyperv"])
def test_that_default_weights_count_for_the_vm_or_for_its_vcpus(hypervisor: str) -> None:
    given, expect = case("CPU-03")
    result, names = design(given["host"], NAMES[hypervisor], given["vms"])
    wanted = expect[f"{hypervisor.removeprefix('ms-')}_mhz"]
    assert dict(zip(names, result.vms.mean_mhz)) == pytest.approx(wanted, rel=1e-9)


def pooled(tree: dict[str, Any], demand: dict[str, float]) -> tuple[Result, list[str]]:
    """A run of VMs in a tree of pools on one host; the names of the VMs."""
    pools, vms = [], []

    def add(node: dict[str, Any], above: int) -> None:
        if "children" in node:
            pool = Pool(100 + len(pools), above, node["w"], name=node["name"])
            pools.append(pool)
            for child in node["children"]:
                add(child, pool.id)
            return
        wants = demand.get(node["name"], node["dem"])
        limit = node.get("lim", math.inf)
        vms.append(
            Vm(200 + len(vms), 1, 1, wants, 1.0, Constant(1.0), node["name"], node["w"], limit_mhz=limit, pool=above)
        )

    for child in tree["children"]:
        add(child, 0)
    host = Host(1, 0, 1, 6000.0, 2.0**20)  # one core is enough: what each wants is one vCPU
    return simulate(Spec(hosts=[host], vms=vms, pools=pools, until_s=600.0)), [vm.name for vm in vms]


@pytest.mark.parametrize(("run", "demand"), [("busy_mhz", {}), ("quiet_mhz", {"qa1": 1000.0})])
def test_that_pools_share_first_and_then_the_vms_in_them(run: str, demand: dict[str, float]) -> None:
    given, expect = case("CPU-04")
    result, names = pooled(given["tree"], demand)
    got = dict(zip(names, result.vms.mean_mhz))
    got |= {pool["name"]: sum(got[vm["name"]] for vm in pool["children"]) for pool in given["tree"]["children"]}
    assert got == pytest.approx(expect[run], rel=1e-9)


@pytest.mark.parametrize("n", [0, 1])
def test_that_a_limit_throttles_and_contention_steals(n: int) -> None:
    given, expect = case("CPU-05")
    limits = {"a": given["runs"][n]["a_limit_mhz"]}
    cpu = given["host"]
    vms = [
        Vm(10 + k, 1, row["vcpus"], cpu["mhz"], 1.0, Constant(row["load_frac"]), row["id"], row["shares"],
           limit_mhz=limits.get(row["id"], math.inf))
        for k, row in enumerate(given["vms"])
    ]  # fmt: skip
    result = simulate(Spec(hosts=[Host(1, 0, cpu["cores"], cpu["mhz"], 1024.0)], vms=vms, until_s=600.0))
    assert dict(zip("ab", result.vms.mean_mhz)) == pytest.approx(expect["allocated_mhz"][n], rel=1e-9)
    assert dict(zip("ab", result.vms.throttled)) == pytest.approx(expect["throttled_frac"][n], rel=1e-9)
    assert dict(zip("ab", result.vms.steal)) == pytest.approx(expect["steal_frac"][n], rel=1e-9)


def test_that_threads_add_their_yield_and_a_lone_vcpu_is_one_thread() -> None:
    given, expect = case("CPU-06")
    hypervisor = NAMES[given["hypervisor"]]
    result, names = design(given["host"], hypervisor, given["vms"])
    capacity = result.store.arrays["capacity"][0, 0] / float(result.edges_s[1])
    assert capacity == pytest.approx(expect["capacity_mhz"], rel=1e-9)
    assert dict(zip(names, result.vms.mean_mhz)) == pytest.approx(expect["allocated_mhz"], rel=1e-9)
    assert dict(zip(names, result.vms.steal)) == pytest.approx(expect["steal_frac"], rel=1e-9)
    lone, _ = design(given["host"], hypervisor, [{"id": "lone", **given["lone_vm"]}])
    assert lone.vms.mean_mhz.tolist() == pytest.approx([expect["lone_vm_mhz"]], rel=1e-9)


def test_that_steal_in_ms_and_in_percent_is_the_same() -> None:
    given, expect = case("CPU-07")
    size = given["vcpus"] * given["vm_mhz"]
    vms = [
        Vm(10, 1, given["vcpus"], given["vm_mhz"], 1.0, Constant(given["demand_mhz"] / size), shares=8.0),
        Vm(11, 1, given["vcpus"], given["vm_mhz"], 1.0, Constant(1.0), shares=2.0),
    ]
    result = simulate(Spec(hosts=[Host(1, 0, 4, given["vm_mhz"], 1024.0)], vms=vms, until_s=given["interval_s"]))
    assert result.vms.mean[0] == pytest.approx(expect["busy_frac"], rel=1e-9)
    assert result.vms.steal[0] == pytest.approx(expect["steal_frac"], rel=1e-9)
    assert result.vms.steal[0] * 100.0 == pytest.approx(expect["ready_pct_per_vcpu"], rel=1e-9)
    assert result.vms.steal_ms[0] == pytest.approx(expect["steal_ms_sum_over_vcpus"], rel=1e-9)


def test_that_esxi_keeps_memory_free_by_its_scale_and_enters_its_states() -> None:
    given, expect = case("MEM-01")
    kept = {str(gib): esxi.min_free_mib(gib * 1024.0) for gib in given["hosts_gib"]}
    assert kept == pytest.approx(expect["minfree_mib"], abs=2.5)
    host_mib = given["state_host_gib"] * 1024.0
    assert esxi.entered_below_mib(host_mib) == pytest.approx(expect["entered_below_mib"], abs=2.5)
    assert [esxi.state_of(mib, host_mib) for mib in given["free_mib"]] == expect["states"]
    assert [esxi.large_pages_broken(mib, host_mib) for mib in given["free_mib"]] == expect["large_pages_broken"]


def test_that_esxi_takes_idle_pages_first_by_a_tax() -> None:
    given, expect = case("MEM-02")
    rows = given["vms"]
    wants, active, shares, floors = (
        np.array([row[name] for row in rows], np.float64)
        for name in ("configured_mib", "active_mib", "shares", "reservation_mib")
    )
    for tax, granted in zip(given["runs_tax"], expect["granted_mib"], strict=True):
        found = targets(given["available_mib"], wants, active, shares, floors, tax)
        assert dict(zip([row["id"] for row in rows], found)) == pytest.approx(granted, abs=2)
    assert [esxi.idle_page_cost(tax) for tax in given["runs_tax"]] == pytest.approx(expect["idle_page_cost"])


def ballooned(given: dict[str, Any], most_of_db_gib: float) -> tuple[dict[str, float], dict[str, float]]:
    """GiB above its minimum that each VM has in the end, and when it had that, as the daemon goes about it."""
    rows = given["vms"]
    names = [row["id"] for row in rows]
    least, most = (np.array([row[name] for row in rows]) * 1024.0 for name in ("min_gib", "max_gib"))
    most[0] = most_of_db_gib * 1024.0
    shares, size, used = np.array([row["shares"] for row in rows], np.float64), least.copy(), given["used_gib"] * 1024.0
    pressed, since, time_s = np.ones(size.size, np.bool_), np.zeros(size.size), 0.0
    for _ in range(200):
        time_s += given["cycle_s"]
        goal = proxmox.goal_mib(given["host_gib"] * 1024.0, used + float((size - least).sum()))
        after = proxmox.cycle(goal, size, least, most, shares, pressed)
        since[after != size] = time_s
        size = after
    return dict(zip(names, (size - least) / 1024.0)), dict(zip(names, since))


def test_that_balloons_of_proxmox_follow_its_daemon_and_its_manual() -> None:
    given, expect = case("MEM-03")
    goal = proxmox.goal_mib(given["host_gib"] * 1024.0, given["used_gib"] * 1024.0)
    assert goal / 1024.0 == pytest.approx(expect["to_give_gib"])
    shares = np.array([row["shares"] for row in given["vms"]], np.float64)
    by_manual = dict(zip([row["id"] for row in given["vms"]], proxmox.by_shares(goal, shares) / 1024.0))
    assert by_manual == pytest.approx(expect["above_min_gib"], abs=1e-6)
    above, since = ballooned(given, given["vms"][0]["max_gib"])
    assert above == pytest.approx(expect["above_min_gib"], abs=1e-6)
    assert since == pytest.approx(expect["reached_after_s"], abs=10)
    above, _ = ballooned(given, 4.0)
    assert above == pytest.approx(expect["second_above_min_gib"], abs=0.011)


def test_that_linux_kills_the_process_with_the_most_points() -> None:
    given, expect = case("MEM-04")
    rows = given["vms"]
    resident, swapped, adjust = (
        np.array([row[name] for row in rows], np.float64) for name in ("rss_gib", "swapped_gib", "oom_score_adj")
    )
    points = reference.badness(resident, swapped, adjust, given["ram_gib"] + given["swap_gib"])
    assert dict(zip([row["id"] for row in rows], points)) == pytest.approx(expect["points_gib"])
    killed = reference.victim(points, adjust)
    assert rows[killed]["id"] == expect["victim"]
    assert (rows[killed]["rss_gib"], rows[killed]["swapped_gib"]) == (expect["freed_ram_gib"], expect["freed_swap_gib"])


def test_that_hyper_v_gives_the_demand_and_a_buffer() -> None:
    given, expect = case("MEM-05")
    rows = given["vms"]
    demand, percent, least, most = (
        np.array([row[name] for row in rows], np.float64) for name in ("demand_mib", "buffer_pct", "min_mib", "max_mib")
    )
    nothing, has = np.zeros(4), float(given["host_available_mib"])
    vms = Asking(most, demand, least, np.full(4, hyperv.WEIGHT), nothing, percent / 100.0, nothing)
    found = settle("hyperv", vms, has, has).granted
    assert dict(zip([row["id"] for row in rows], found)) == pytest.approx(expect["target_mib"])
    assert found.sum() == pytest.approx(expect["sum_mib"])


@pytest.mark.parametrize("hypervisor", ["kvm", "xen", "ms-hyperv", "vmware-esxi"])
def test_that_each_vm_takes_overhead_by_its_hypervisor(hypervisor: str) -> None:
    given, expect = case("MEM-06")
    vm = given["vm"]["vcpus"], float(given["vm"]["mem_mib"])
    project = Project(KINDS, LINKS)
    host = edit.place(project, "host", ram_mib=float(given["host_mib"]))
    edit.apply_preset(project, [host], NAMES[hypervisor], "hypervisor")
    edit.change(project, [host], {"hypervisor_ram_mib": float(given["host_reserved_mib"]), "hypervisor_ram_frac": 0.0})
    load = load_of(project, project.elements[host])
    assert capacity.configured_mib(load.host, *vm) - vm[1] == pytest.approx(expect["overhead_mib"][hypervisor])
    fit = 0
    while load.takes(*vm, floor_mib=vm[1]):  # all of it guaranteed: without overcommit
        load.take(*vm, floor_mib=vm[1])
        fit += 1
    assert fit == expect["fit"][hypervisor]


def through(given: dict[str, float], flows: dict[str, tuple[float, list[str]]]) -> tuple[Filling, list[str], list[str]]:
    """Flows with what they want, through limits by name: what each gets; the names of flows and limits."""
    limits, names = list(given), list(flows)
    paths = [sorted(limits.index(name) for name in of) for _, of in flows.values()]
    flat, room = paths_of(paths, [[1.0] * len(path) for path in paths]), filling_of(len(names), len(limits))
    room.demand[:], room.capacity[:] = [wanted for wanted, _ in flows.values()], list(given.values())
    islands = islands_of(flat, len(limits))
    fill_up(np.arange(int(islands.islands[0])), islands, flat, room)
    return room, names, limits


@pytest.mark.parametrize(
    ("name", "limits", "flows", "got"),
    [
        ("STO-06", "limits_iops", "streams", "iops"),
        ("NET-01", "links_gbps", "flows", "gbps"),
        ("NET-02", "links_gbps", "flows", "gbps"),
    ],
)
def test_that_all_limits_at_once_share_by_max_min(name: str, limits: str, flows: str, got: str) -> None:
    given, expect = case(name)
    wanted: dict[str, tuple[float, list[str]]] = {}
    for flow, row in given[flows].items():
        row = row if isinstance(row, dict) else {"through": row}
        most = next((row[key] for key in ("wanted_iops", "wanted_gbps") if row.get(key) is not None), math.inf)
        wanted[flow] = most, row["through"]
    room, names, limit_names = through(given[limits], wanted)
    assert dict(zip(names, room.rate)) == pytest.approx(expect[got], rel=1e-9)
    stopped = {flow: "demand" if n < 0 else limit_names[n] for flow, n in zip(names, room.stopped.tolist())}
    assert {flow: stopped[flow] for flow in expect["stopped_by"]} == expect["stopped_by"]
    used = dict(zip(limit_names, room.used / room.capacity))
    assert {limit: used[limit] for limit in expect.get("used", {})} == pytest.approx(expect.get("used", {}), rel=1e-9)


def phased(
    limit: Limit, phases: list[dict[str, Any]], wanted: str, io_kib: float, step_s: float, unit: float = 1.0
) -> Result:
    """A run of one VM that asks a limit for one amount after the other; samples of `step_s`."""
    most = max(phase[wanted] for phase in phases)
    samples = [phase[wanted] / most for phase in phases for _ in range(round(phase["s"] / step_s))]
    flow = Flow(2, most * unit, 0 if io_kib == 0 else 3, io_kib, (3,), follows=True)
    vm = Vm(2, 1, 1, 1000.0, 1.0, Recorded(4, 0))
    return simulate(
        Spec(domains=[Domain(1, 0, "zone"), Domain(3, 1, "volume")], vms=[vm], limits=[limit], flows=[flow],
             traces=[Trace(4, step_s, np.array([samples]))], until_s=len(samples) * step_s, sample_s=step_s)
    )  # fmt: skip


def test_that_a_gp2_volume_lives_on_its_credits_through_a_day() -> None:
    given, expect = case("STO-03")
    limit = Limit(3, "iops", 300.0, 3000.0, float(given["start_credits"]), name="gp2")
    result = phased(limit, given["phases"], "wanted_iops", 4.0, 600.0)
    used, begin = result.store.arrays["limit_used"][: result.filled, 0], 0.0
    emptied = [entry.time_s for entry in result.log if entry.what == "emptied"]
    credits = float(given["start_credits"])
    for phase in given["phases"]:
        first, last = round(begin / 600.0), round((begin + phase["s"]) / 600.0)
        served = float(used[first:last].sum())
        assert served / phase["s"] == pytest.approx(expect["mean_iops"][phase["name"]], rel=1e-9)
        credits += 300.0 * phase["s"] - served
        assert credits == pytest.approx(expect["credits_at_end"][phase["name"]], rel=1e-9, abs=1e-3)
        found = [at_s - begin for at_s in emptied if begin <= at_s < begin + phase["s"]]
        wanted = [expect["empty_after_s"][phase["name"]]] if phase["name"] in expect["empty_after_s"] else []
        assert found == pytest.approx(wanted, rel=1e-9)
        begin += phase["s"]


def test_that_a_nic_bursts_while_its_bucket_lasts() -> None:
    given, expect = case("NET-04")
    gbit = 1000.0
    limit = Limit(1, "mbps", given["baseline_gbps"] * gbit, given["burst_gbps"] * gbit, given["bucket_gbit"] * gbit)
    result = phased(limit, given["phases"], "wanted_gbps", 0.0, 100.0, gbit)
    used, begin = result.store.arrays["limit_used"][: result.filled, 0], 0.0
    sent, emptied = {}, {}
    for phase in given["phases"]:
        rows = slice(round(begin / 100.0), round((begin + phase["s"]) / 100.0))
        sent[phase["name"]] = float(used[rows].sum()) / gbit
        found = [e.time_s - begin for e in result.log if e.what == "emptied" and begin <= e.time_s < begin + phase["s"]]
        if found:
            (emptied[phase["name"]],) = found
        begin += phase["s"]
    assert sent["push"] == pytest.approx(expect["gbit_sent"]["push"], rel=1e-9)
    assert sent["max"] == pytest.approx(expect["gbit_sent"]["max"], rel=1e-9)
    assert emptied == pytest.approx(expect["empty_after_s"], rel=1e-9)
    # The last phase bursts at 10 Gbit/s until what the idle one earned is gone.
    earned = emptied["max"] * (given["burst_gbps"] - given["baseline_gbps"])
    assert earned == pytest.approx(expect["bucket_after_idle_gbit"], rel=1e-9)
    assert given["bucket_gbit"] / (given["burst_gbps"] - given["baseline_gbps"]) == pytest.approx(
        expect["full_burst_s"]
    )


def bursting(given: dict[str, Any], launch: float = 0.0) -> Result:
    """A run of a VM of a T type that asks for so much in each phase, sampled every five minutes."""
    hours, wanted = ([phase[name] for phase in given["phases"]] for name in ("hours", "wanted_util_pct"))
    load = np.repeat(np.array(wanted) / 100.0, np.array(hours) * 12)
    unlimited = given["mode"] == "unlimited"
    credits = Credits(given["earn_per_h"], given["max_balance"], launch, given["start_balance"], unlimited)
    vm = Vm(10, 1, given["vcpus"], 2500.0, 1.0, Recorded(5, 0), credits=credits)
    trace = Trace(5, 300.0, load[None, :])
    return simulate(Spec(domains=[Domain(1, 0, "zone")], vms=[vm], traces=[trace], until_s=load.size * 300.0))


def at_ends(given: dict[str, Any], series: Any) -> dict[str, float]:
    """The values of a series at the end of each phase."""
    ends = np.cumsum([phase["hours"] for phase in given["phases"]]) * 12 - 1
    return {phase["name"]: float(series[end, 0]) for phase, end in zip(given["phases"], ends)}


def begins_s(given: dict[str, Any], name: str) -> float:
    """When a phase begins."""
    names = [phase["name"] for phase in given["phases"]]
    return float(sum(phase["hours"] for phase in given["phases"][: names.index(name)])) * 3600.0


def test_that_a_standard_t3_earns_spends_and_is_held_to_its_baseline() -> None:
    given, expect = case("CRED-01")
    assert credits_of(given["type"], "standard", 0.0) == Credits(given["earn_per_h"], given["max_balance"])
    result, begin_s = bursting(given), begins_s(given, "P5")
    assert at_ends(given, result.credits.balance) == pytest.approx(expect["balance_at_end"], rel=1e-9, abs=1e-9)
    assert (result.credits.gone_s[0] - begin_s) / 3600.0 == pytest.approx(expect["empty_after_h_in_P5"], rel=1e-9)
    first, size = int(begin_s / 300.0), given["vcpus"] * 2500.0 * 300.0
    used = result.integral("allocated")[:, 0] / size * 100.0
    assert used[first : first + 24].mean() == pytest.approx(expect["mean_util_pct_P5"], rel=1e-9)
    assert used[first + 23] == pytest.approx(expect["util_pct_when_empty"], rel=1e-9)
    assert baseline_frac(given["type"]) == pytest.approx(expect["baseline_pct"] / 100.0, rel=1e-9)


def test_that_an_unlimited_t3_owes_surplus_and_is_charged_beyond_a_day_of_it() -> None:
    given, expect = case("CRED-02")
    result = bursting(given)
    told, gone_s, from_s = result.credits, result.credits.gone_s[0], result.credits.charged_from_s[0]
    assert at_ends(given, told.surplus) == pytest.approx(expect["surplus_at_end"], rel=1e-9, abs=1e-9)
    assert gone_s / 3600.0 == pytest.approx(expect["balance_empty_after_h"], rel=1e-9)
    assert from_s / 3600.0 == pytest.approx(expect["surplus_full_after_h"], rel=1e-9)
    assert told.charged[0] == pytest.approx(expect["charged_credits"], rel=1e-9)
    assert surplus_usd(told.charged[0]) == pytest.approx(expect["charged_usd"], rel=1e-9)
    assert told.balance[-1, 0] == pytest.approx(expect["balance_at_end_idle"], abs=1e-9)
    burst = result.integral("allocated")[:60, 0].mean() / (given["vcpus"] * 2500.0 * 300.0)
    assert burst * 100.0 == pytest.approx(expect["served_util_pct_burst"], rel=1e-9)
    spent = given["start_balance"] + told.surplus[59, 0] + told.charged[0]
    assert spent == pytest.approx(expect["net_spend_burst"], rel=1e-9)


def test_that_launch_credits_of_a_t2_go_first_and_do_not_count_toward_the_most() -> None:
    given, expect = case("CRED-03")
    known = credits_of(given["type"], "by_type", 0.0)
    assert known == Credits(given["earn_per_h"], given["max_balance"], given["launch_credits"], kept_s=0.0)
    result = bursting(given, given["launch_credits"])
    ends = at_ends(given, result.credits.balance)
    assert ends == pytest.approx(expect["balance_at_end"], rel=1e-9)
    above = {name: max(ends[name] - given["max_balance"], 0.0) for name in ends}
    assert above == pytest.approx(expect["launch_left_at_end"], abs=1e-9)
    assert bool(np.isfinite(result.credits.gone_s[0])) == expect["empty_ever"]


def test_that_unlimited_costs_as_much_as_a_fixed_instance_at_the_break_even() -> None:
    given, expect = case("CRED-04")
    base, hours = given["baseline_pct"] / 100.0, given["hours"]
    even = break_even_frac("t3.large", given["burst_usd_h"], given["fixed_usd_h"])
    assert even * 100.0 == pytest.approx(expect["break_even_pct"], rel=1e-9)
    minutes = (given["fixed_usd_h"] - given["burst_usd_h"]) / SURPLUS_USD_VCPU_H * 60.0
    assert minutes == pytest.approx(expect["extra_minutes_per_vcpu_hour"], rel=1e-9)
    credits = (given["util_pct"] / 100.0 - base) * given["vcpus"] * 60.0 * hours
    cost = given["burst_usd_h"] * hours + surplus_usd(credits)
    assert cost == pytest.approx(expect["usd_at_util"], rel=1e-9)
    assert given["fixed_usd_h"] * hours == pytest.approx(expect["usd_fixed"], rel=1e-9)


def test_that_a_vm_stays_in_one_numa_node_where_it_fits() -> None:
    given, expect = case("CPU-08")
    of, nodes = given["host"], given["host"]["nodes"]
    cores, ram_mib = of["cores_per_node"] * nodes, of["mem_gib_per_node"] * nodes * 1024.0
    host = Host(1, 0, cores, 1000.0, ram_mib, threads_per_core=of["threads_per_core"], numa_nodes=nodes)
    vms = {vm["id"]: (vm["vcpus"], vm["mem_gib"] * 1024.0, vm.get("prefer_ht", False)) for vm in given["vms"]}
    spread = {name: numa.vcpus_by_node(host, vcpus, ht) for name, (vcpus, _, ht) in vms.items()}
    assert spread == expect["vcpus_per_node"]
    assert {name: len(by_node) for name, by_node in spread.items()} == expect["nodes_used"]
    remote = {name: numa.remote_frac(host, *vm) for name, vm in vms.items()}
    assert remote == pytest.approx(expect["remote_memory_frac"], rel=1e-9)


def test_that_a_gp3_volume_can_be_ordered_within_its_ratios() -> None:
    given, expect = case("STO-01")
    asked = [why_not_ordered("gp3", ask["gib"], ask["iops"], 0.0) is None for ask in given["asks"]]
    assert asked == expect["accepted"]
    asked = [why_not_ordered("gp3", 65_536.0, ask["iops"], ask["mibps"]) is None for ask in given["throughput_asks"]]
    assert asked == expect["throughput_accepted"]
    limits = volume_limits(3, "vol", "gp3", 100.0, 0.0, 0.0)
    served = [asked_of(limits, 1e6, io_kib) for io_kib in given["io_kib"]]
    assert served == pytest.approx(expect["ios_per_s"], rel=1e-9)
    mibps = [rate * io_kib / 1024.0 for rate, io_kib in zip(served, given["io_kib"])]
    assert mibps == pytest.approx(expect["mib_per_s"], rel=1e-9)


def asked_of(limits: list[Limit], iops: float, io_kib: float, until_s: float = 60.0) -> float:
    """Operations a second that one VM gets of limits when it asks for many."""
    limits = [replace(limit, of=3) for limit in limits]
    vm, flow = Vm(2, 1, 1, 1000.0, 1.0, Constant(0.5)), Flow(2, iops, 3, io_kib, (3,))
    domains = [Domain(1, 0, "zone"), Domain(3, 1, "volume")]
    result = simulate(Spec(domains=domains, vms=[vm], limits=limits, flows=[flow], until_s=until_s, sample_s=until_s))
    return float(result.vms.mean_of("disk_served")[0])


def test_that_gp2_bursts_and_refills_by_its_size() -> None:
    given, expect = case("STO-02")
    for n, gib in enumerate(given["gib"]):
        iops, throughput = volume_limits(3, "vol", "gp2", gib, 0.0, 0.0)
        assert iops.rate == expect["baseline_iops"][n]
        if expect["burst_s"][n] is None:
            assert (iops.burst, iops.bucket) == (0.0, 0.0)
        else:
            assert iops.bucket / (iops.burst - iops.rate) == pytest.approx(expect["burst_s"][n], rel=1e-9)
            assert iops.bucket / iops.rate == pytest.approx(expect["refill_s"][n], rel=1e-9)
        if (printed := expect["printed"].get(f"{gib}")) is not None:
            assert [round(iops.bucket / (iops.burst - iops.rate)), round(iops.bucket / iops.rate)] == printed
        assert expect["mibps"][n] in (throughput.rate, None)


def test_that_hard_disks_live_on_credits_of_mib() -> None:
    given, expect = case("STO-04")
    for kind in given["types"]:
        for n, tib in enumerate(given["tib"]):
            (limit,) = volume_limits(3, "vol", kind, tib * 1024.0, 0.0, 0.0)
            assert limit.rate == pytest.approx(expect["baseline_mibps"][kind][n], rel=1e-9)
            burst, bucket = limit.burst or limit.rate, limit.bucket or tib * 1024.0 * 1024.0
            assert burst == pytest.approx(expect["burst_mibps"][kind][n], rel=1e-9)
            scan_h = tib * 1024.0**2 / burst / 3600.0
            assert scan_h == pytest.approx(expect["scan_h"][kind][n], rel=1e-9)
            assert round(scan_h, 2) == expect["printed_scan_h"][kind].get(f"{tib:g}", round(scan_h, 2))
            drains = expect["drain_s"][kind][n]
            assert (bucket / (burst - limit.rate) if limit.burst else None) == (
                drains if drains is None else pytest.approx(drains, rel=1e-9)
            )
            assert bucket / limit.rate == pytest.approx(expect["refill_s"][kind][n], rel=1e-9)


def test_that_a_whole_scan_of_a_hard_disk_ends_before_its_credits() -> None:
    _, expect = case("STO-04")
    (limit,) = volume_limits(3, "vol", "st1", 2048.0, 0.0, 0.0)
    whole_s = expect["scan_h"]["st1"][2] * 3600.0
    read = asked_of([limit], 1e6, 1024.0, until_s=whole_s) * whole_s
    assert read == pytest.approx(2.0 * 1024.0**2, rel=1e-9)


def test_that_the_instance_is_the_narrow_place_and_its_half_hour_ends() -> None:
    given, expect = case("STO-05")
    kind = ec2().types[given["instance"]]
    assert [kind.ebs_mbps, kind.ebs_peak_mbps] == given["ebs_mbit_s"]
    limits = [limit for limit in instance_limits(3, "vm", kind) if limit.counts != "mbps"]
    mibps = next(limit for limit in limits if limit.counts == "mibps")
    assert [mibps.rate, mibps.burst] == pytest.approx(expect["limits_mib_s"], rel=1e-9)
    assert [mibps.rate * MIB, mibps.burst * MIB] == pytest.approx(expect["limits_mb_s"], rel=1e-9)
    assert mibps.bucket * MIB == pytest.approx(expect["bucket_mb"], rel=1e-9)
    limits += volume_limits(3, "vol", "gp3", 500.0, given["volume"]["iops"], given["volume"]["mibps"])
    for n, wanted in enumerate(given["runs_wanted_mib_s"]):
        iops = wanted * 1024.0 / given["io_kib"]
        first = asked_of(limits, iops, given["io_kib"], until_s=600.0) * given["io_kib"] / 1024.0
        assert first == pytest.approx(expect["served_first_mib_s"][n], rel=1e-9)
        domains = [Domain(1, 0, "zone"), Domain(3, 1, "volume")]
        vm, flow = Vm(2, 1, 1, 1000.0, 1.0, Constant(0.5)), Flow(2, iops, 3, given["io_kib"], (3,))
        long = Spec(domains=domains, vms=[vm], limits=limits, flows=[flow], until_s=12_000.0, sample_s=1000.0)
        result = simulate(long)
        emptied = [entry.time_s for entry in result.log if entry.what == "emptied"]
        full_s = expect["full_speed_s"][n]
        assert emptied == ([] if full_s is None else pytest.approx([full_s], rel=1e-9))
        at = [limit.counts for limit in limits].index("mibps")
        last = float(result.store.arrays["limit_used"][11, at]) / 1000.0
        assert last == pytest.approx(expect["served_after_mib_s"][n], rel=1e-9)


def test_that_connections_carry_what_ec2_says() -> None:
    given, expect = case("NET-03")
    for ask, wanted in zip(given["asks"], expect["gbps"]):
        to = ask["to"]
        mbps = connections_mbps(
            ask["vcpus"], ask["gbps"] * 1000.0, ask["flows"],
            leaves_region=to in ("internet", "other region"), in_cluster=to == "cluster placement group",
        )  # fmt: skip
        assert mbps / 1000.0 == pytest.approx(wanted, rel=1e-9), ask
