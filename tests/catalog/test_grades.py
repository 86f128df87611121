"""Shipped figures are the facts, each with the grade of the fact: A read at the source, B second-hand, C assumed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS
from designer.catalog.presets.shipped import DEDICATED, known_preset, preset_lists, presets
from designer.catalog.reference import ebs
from designer.catalog.reference.credits import EARNED_A_HOUR, credits_of
from designer.catalog.reference.ec2 import ec2
from designer.engine import Credits
from designer.engine.spec import SURPLUS_USD_VCPU_H
from designer.model.fields import field_specs

FACTS = Path(__file__).parents[3] / "shared" / "facts"
GRADES = {
    ("load_balancer", "check_interval_s"): "A",
    ("load_balancer", "failed_checks"): "A",
    ("placement_group", "strategy"): "A",
    ("auto_scaling_group", "rebalance"): "A",
    ("dns_name", "ttl_s"): "A",
    ("dns_name", "check_interval_s"): "B",
    ("cluster", "detect_s"): "B",
    ("service", "health_check_s"): "B",
    ("vm", "guest_os"): "B",
    ("vm", "boot_s"): "C",
    ("host", "idle_w"): "C",
}
"""What the facts say of defaults that the forms show with a source."""


CORRECTED = {"us-gov-west-1"}
"""Regions whose place the facts have wrong: Boardman in Ohio, while the region and its time zone are in Oregon."""


def facts(name: str) -> Any:
    """A file of facts, as read."""
    if not FACTS.is_dir():
        pytest.skip("the facts are not beside the project")
    return json.loads((FACTS / name).read_text("utf-8"))


def test_that_a_default_has_the_grade_of_its_fact() -> None:
    shown = {(kind, name): field_specs(KINDS[kind].table)[name].confidence for kind, name in GRADES}
    assert shown == GRADES


def test_that_only_figures_that_were_read_at_the_source_have_the_best_grade() -> None:
    for kind in KINDS.values():
        for name, spec in field_specs(kind.table).items():
            assert spec.confidence in ("", "A", "B", "C"), (kind.name, name)
            assert bool(spec.confidence) <= bool(spec.source), (kind.name, name)
            assert spec.confidence == "C" or not spec.source.startswith(("general", "assum")), (kind.name, name)
    some = [known_preset("vm", "instance_type", "c7i.4xlarge"), known_preset("host", "dedicated_host", "m5")]
    listed = [preset for kind, fills in preset_lists() for preset in presets(kind, fills).values()]
    for preset in [*listed, *filter(None, some)]:
        assert preset.confidence in ("A", "B", "C"), preset.name
        assert preset.confidence != "A" or "moto" not in preset.source, preset.name  # others gathered it


def test_that_instance_types_and_prices_are_the_facts() -> None:
    known, types = facts("instance_types.json")["types"], ec2().types
    assert types.keys() == known.keys()
    for name, fact in known.items():
        kind = types[name]
        told = (kind.vcpus, kind.cores, kind.threads_per_core, kind.mem_mib, kind.cpu, list(kind.arch), kind.usd_h)
        said = (fact["vcpu"], fact["cores"], fact["tpc"], fact["mem_mib"], fact["cpu"], fact["arch"])
        assert told == (*said, fact.get("usd_h_us_east_1")), name
        assert (kind.mhz or 0.0) == pytest.approx(1000.0 * (fact.get("ghz") or 0.0)), name
        assert (kind.burstable, kind.current, kind.dedicated_host) == (
            fact["burst"], fact["current"], fact["dedicated_host"]
        ), name  # fmt: skip


def test_that_places_carbon_and_price_ratios_of_regions_are_the_facts() -> None:
    regions = ec2().regions
    for fact in facts("regions.json")["regions"]:
        here = regions[fact["code"]]
        place = (here.lat, here.lon)
        assert here.code in CORRECTED or place == (fact.get("lat"), fact.get("lon")), here.code
        assert here.time_zone == fact.get("time_zone"), here.code
        assert here.grid_g_per_kwh == fact.get("grid_gco2e_per_kwh"), here.code
        assert here.price_ratio == fact.get("ec2_price_ratio_vs_us_east_1"), here.code
        assert here.zones == tuple((zone["name"], zone["id"]) for zone in fact.get("zones", ())), here.code
        anchors = [ratio for ratio in fact.get("ec2_price_ratio_anchors", {}).values() if ratio]
        if here.price_ratios is not None and len(anchors) > 1:
            assert here.price_ratios == pytest.approx((min(anchors), max(anchors)), abs=1e-3), here.code


def test_that_latencies_are_the_facts() -> None:
    fact = facts("latency.json")
    for n, one in enumerate(fact["codes"]):
        for m, other in enumerate(fact["codes"]):
            assert ec2().rtt_ms(one, other) == fact["rtt"][n][m]


def test_that_dedicated_hosts_are_the_facts() -> None:
    known = facts("dedicated_hosts.json")["families"]
    assert ec2().dedicated_hosts.keys() == known.keys()
    for family, fact in known.items():
        host = ec2().dedicated_hosts[family]
        assert (host.cores, host.vcpus, host.sockets) == (fact["cores"], fact["vcpus"], fact["sockets"]), family
        assert host.capacity == fact["capacity"], family


def test_that_credits_and_limits_are_the_facts() -> None:
    fact = facts("limits.json")
    credits = fact["cpu_credits"]["types"]
    assert {name: (row["earn_per_h"], row["vcpus"]) for name, row in credits["value"].items()} == EARNED_A_HOUR
    assert credits["confidence"] == "A"
    for name, row in credits["value"].items():
        family = name.partition(".")[0]
        unlimited = fact["cpu_credits"]["default_mode"]["value"][family] == "unlimited"
        kept_s = fact["cpu_credits"]["kept_after_stop_days"]["value"][family] * 86_400.0
        launched = Credits(row["earn_per_h"], pytest.approx(row["max"]), row["launch"], 0.0, unlimited, kept_s)  # type: ignore[arg-type]
        assert credits_of(name, "by_type", 0.0) == launched, name
    assert fact["cpu_credits"]["surplus_usd_per_vcpu_h"]["value"] == SURPLUS_USD_VCPU_H
    health = fact["elb"]["alb_health"]
    specs = field_specs(KINDS["load_balancer"].table)
    assert specs["check_interval_s"].default == health["value"]["interval_s"]
    assert specs["failed_checks"].default == health["value"]["unhealthy"]
    assert health["confidence"] == GRADES["load_balancer", "check_interval_s"]
    assert fact["placement"]["spread_group_per_zone"]["confidence"] == GRADES["placement_group", "strategy"]
    assert fact["auto_scaling"]["rebalance"]["confidence"] == GRADES["auto_scaling_group", "rebalance"]


def test_that_the_overhead_of_hypervisors_is_the_fact_with_its_grade() -> None:
    known = {
        row["name"].partition("/")[0]: row["cpu_overhead_pct"]
        for row in facts("hypervisors.json")["hypervisors"].values()
    }
    compared = 0
    for preset in presets("host", "hypervisor").values():
        fact = known.get(preset.name)
        if fact is None or "cpu_overhead_frac" not in preset.fields:
            continue
        compared += 1
        assert preset.fields["cpu_overhead_frac"] == pytest.approx(fact["value"] / 100.0), preset.name
        assert preset.origin("cpu_overhead_frac")[1] == fact["confidence"], preset.name
    assert compared == 7


def takes_mib(name: str, ram_mib: float, vcpus: int) -> float:
    """MiB that a VM takes under a hypervisor beside its own."""
    fields = presets("host", "hypervisor")[name].fields
    return float(fields["vm_ram_base_mib"] + fields["vm_ram_per_vcpu_mib"] * vcpus + fields["vm_ram_frac"] * ram_mib)


OF_A_VM: dict[str, tuple[str, str, Callable[[float, int], float]]] = {
    "Xen": (
        "xen", "1 MiB (LIBXL_MAXMEM_CONSTANT 1024 KiB) + paging ~ 1 MiB/vCPU + 8 KiB per MiB RAM",
        lambda ram, vcpus: 1 + vcpus + ram * 8 / 1024,
    ),
    "VMware ESXi": (
        "vmware-esxi", "14.7 + 4.0*vCPU + 0.0074*mem_MiB", lambda ram, vcpus: 14.7 + 4.0 * vcpus + 0.0074 * ram
    ),
    "Microsoft Hyper-V": (
        "ms-hyperv", "32 MiB for the first GiB + 8 MiB per further GiB",
        lambda ram, _: 32 + 8 * (ram - 1024) / 1024,
    ),
    "KVM": (
        "kvm", "mem/512 + 240 + 8*vCPU + 8 (+32 VGA)", lambda ram, vcpus: ram / 512 + 240 + 8 * vcpus + 8 + 32,
    ),
    "Oracle VirtualBox": ("virtualbox", "64 + 0.02*mem + VRAM", lambda ram, _: 64 + 0.02 * ram),
}  # fmt: skip
"""Memory that a VM takes beside its own: the fact's name and text, and what the text says."""


@pytest.mark.parametrize("name", OF_A_VM)
def test_that_a_vm_takes_the_memory_that_the_fact_says(name: str) -> None:
    key, text, formula = OF_A_VM[name]
    for ram_mib in (1024.0, 4096.0, 65_536.0):
        for vcpus in (1, 2, 16):
            assert takes_mib(name, ram_mib, vcpus) == pytest.approx(formula(ram_mib, vcpus)), (ram_mib, vcpus)
    known = facts("hypervisors.json")["hypervisors"][key]
    fact = known.get("vm_mem_overhead_formula") or known["vm_mem_overhead_fit"]
    assert fact["value"] == text
    origin = presets("host", "hypervisor")[name].origin
    grades = {origin(field)[1] for field in ("vm_ram_base_mib", "vm_ram_per_vcpu_mib", "vm_ram_frac")}
    assert grades == {fact["confidence"]}


ESXI_TABLE = {
    256.0: {1: 20.29, 2: 24.28, 4: 32.23, 8: 48.16},
    1024.0: {1: 25.9, 2: 29.91, 4: 37.86, 8: 53.82},
    4096.0: {1: 48.64, 2: 52.72, 4: 60.67, 8: 76.78},
    16_384.0: {1: 139.62, 2: 143.98, 4: 151.93, 8: 168.6},
}
"""MiB by memory and vCPUs: vSphere 6.7 Resource Management, table 6-1."""


@pytest.mark.parametrize("name", ["VMware ESXi", "VMware Workstation"])
def test_that_the_fit_to_the_table_of_its_maker_is_as_close_as_its_source_says(name: str) -> None:
    off = [
        abs(takes_mib(name, ram_mib, vcpus) - mib) for ram_mib, row in ESXI_TABLE.items() for vcpus, mib in row.items()
    ]
    assert max(off) <= 0.67
    source, grade = presets("host", "hypervisor")["VMware ESXi"].origin("vm_ram_base_mib")
    assert ("within 0.66 MiB" in source, grade) == (True, "B")
    fact = facts("hypervisors.json")["hypervisors"]["vmware-esxi"]["vm_mem_overhead_table_mib"]["value"]
    assert {float(ram): {int(n): mib for n, mib in row.items()} for ram, row in fact.items()} == ESXI_TABLE


OF_A_HOST = {
    "Xen": ("xen", "host_mem", 65_536.0, 1024 + 655.36),
    "VMware ESXi": ("vmware-esxi", "minFree_mib", 65_536.0, 2.25 * 1024 + 899 + 0.01 * (65_536 - 28 * 1024)),
    "Microsoft Hyper-V": ("ms-hyperv", "host_mem", 65_536.0, 2048 + 300),
    "KVM": ("kvm", "host_mem_reserved", 65_536.0, 512),
    "Oracle VirtualBox": ("virtualbox", "host_mem", 65_536.0, 3 * 1024),
    "VMware Workstation": ("vmware-workstation", "host_mem", 65_536.0, 3 * 1024),
    "AWS Nitro": ("aws-nitro", "vm_mem_overhead", 65_536.0, 0.0),
}
"""What a hypervisor keeps of a host of 64 GiB, MiB, with the name of the fact that says so. Nitro: sizes of instances
are nominal and hold it already."""
WEAKER = {"VMware ESXi"}
"""Its kernel's own memory is general knowledge (C), beside minFree (B): the sum has the weaker grade."""


@pytest.mark.parametrize("name", OF_A_HOST)
def test_that_a_host_keeps_the_memory_that_the_fact_says(name: str) -> None:
    key, of_fact, ram_mib, kept_mib = OF_A_HOST[name]
    preset = presets("host", "hypervisor")[name]
    told = preset.fields["hypervisor_ram_mib"] + preset.fields["hypervisor_ram_frac"] * ram_mib
    assert told == pytest.approx(kept_mib, abs=1.0)
    known = facts("hypervisors.json")["hypervisors"][key]
    grade = known["host_mem"]["confidence"] if name in WEAKER else known[of_fact]["confidence"]
    assert {preset.origin(field)[1] for field in ("hypervisor_ram_mib", "hypervisor_ram_frac")} == {grade}


OVERCOMMIT = {
    "VMware ESXi": ("esxi", 32.0, "C"),
    "KVM": ("kvm (plain, Proxmox)", 0.0, "C"),
    "Xen": ("xen", 0.0, "C"),
    "Microsoft Hyper-V": ("hyper-v", 0.0, "C"),
    "Oracle VirtualBox": ("virtualbox, workstation", 0.0, "C"),
    "VMware Workstation": ("virtualbox, workstation", 0.0, "C"),
    "AWS Nitro": ("nitro", 0.0, "C"),
}
"""vCPUs a core that a hypervisor asks for at every placement (0: none), the name of its row in the facts, the grade."""


@pytest.mark.parametrize("name", OVERCOMMIT)
def test_that_the_default_overcommit_is_that_of_the_hypervisor(name: str) -> None:
    row_name, limit, grade = OVERCOMMIT[name]
    preset = presets("host", "hypervisor")[name]
    assert (preset.fields["overcommit"], preset.origin("overcommit")[1]) == (limit, grade)
    rows = {row["hypervisor"]: row for row in facts("limits.json")["cpu_overcommit"]["rows"]}
    said = rows[row_name]["vcpus_per_core_max"]
    if name == "AWS Nitro":  # asked by its sharing rule
        assert (said, preset.fields["sharing"]) == ("1 vCPU a hardware thread", "reserved")
    else:
        assert (said or 0.0) == limit
    assert rows[row_name]["confidence"] == grade


def test_that_sizes_and_rates_of_volumes_are_the_facts() -> None:
    of_type, sizes = facts("limits.json")["ebs"], facts("hypervisors.json")["general"]["ebs"]["value"]
    assert {kind: list(size) for kind, size in ebs.SIZES_GIB.items()} == {k: sizes[k]["gib"] for k in ebs.SIZES_GIB}
    for kind in ("gp3", "gp2", "io2_block_express", "st1", "sc1"):
        assert of_type[kind]["confidence"] == "A", kind
    gp3, gp2, io2 = (of_type[kind]["value"] for kind in ("gp3", "gp2", "io2_block_express"))
    included = (gp3["iops_included"], gp3["mibps_included"])
    for size_gib in (1.0, 8.0, 100.0, 170.0, 200.0, 333.0, 334.0, 999.0, 1000.0, 5000.0, 16_384.0):
        assert ebs.rates("gp3", size_gib) == ebs.VolumeRates(*included, *included)
        base = min(max(gp2["iops_per_gib"] * size_gib, gp2["min"]), gp2["max"])
        assert ebs.rates("gp2", size_gib) == ebs.VolumeRates(
            base, gp2["mibps_from_334_gib"] if size_gib >= 334 else gp2["mibps_up_to_170_gib"],
            max(base, gp2["burst"]), gp2["mibps_up_to_170_gib"] if size_gib <= 170 else gp2["mibps_from_334_gib"],
        )  # fmt: skip
        iops = min(io2["iops_per_gib"] * size_gib, io2["max_iops"])
        mibps = min(io2["mibps_per_iops"] * iops, io2["max_mibps"])
        assert ebs.rates("io2", size_gib) == ebs.VolumeRates(iops, mibps, iops, mibps)
        for kind in ("st1", "sc1"):
            fact = of_type[kind]["value"]
            rates = (min(fact[f"{of}_mibps_per_tib"] * size_gib / 1024, fact["max_mibps"]) for of in ("base", "burst"))
            base, burst = rates
            assert ebs.rates(kind, size_gib) == ebs.VolumeRates(0.0, base, 0.0, burst)


def test_that_measured_watts_are_the_facts() -> None:
    names = {
        "HP ML110 G4": "HP ML110 G4 Xeon3040", "HP ML110 G5": "HP ML110 G5 Xeon3075",
        "IBM x3550 M3 X5675": "IBM x3550 X5675",
    }  # fmt: skip
    fact = facts("hypervisors.json")["general"]["specpower_watts_0_to_100"]
    for name, said in names.items():
        preset = presets("host", "model")[name]
        watts = [float(part) for part in preset.fields["power_points_w"].split(",")]
        assert watts == fact["value"][said], name
        assert (preset.fields["idle_w"], preset.fields["full_w"]) == (watts[0], watts[-1])
        assert preset.origin("power_points_w")[1] == fact["confidence"]


def test_that_no_preset_tells_what_a_host_of_the_provider_draws() -> None:
    told = [preset for name in ec2().dedicated_hosts if (preset := known_preset("host", "model", name + DEDICATED))]
    assert presets("host", "model")["m5" + DEDICATED] in told
    for preset in told:
        assert not {"idle_w", "full_w", "power_points_w"} & preset.fields.keys(), preset.name
        assert "power" not in preset.source, preset.name


def test_that_defaults_are_the_facts() -> None:
    limits, general = facts("limits.json"), facts("hypervisors.json")["general"]
    defaults = {
        ("host", "smt_yield"): general["smt_yield"]["value"]["default"],
        ("design", "provider_smt_yield"): general["smt_yield"]["value"]["default"],
        ("dns_name", "ttl_s"): limits["elb"]["dns_ttl_s"]["value"],
        ("dns_name", "check_interval_s"): limits["elb"]["route53"]["value"]["interval_s"][0],
        ("dns_name", "failed_checks"): limits["elb"]["route53"]["value"]["failure_threshold"],
        ("cluster", "detect_s"): facts("hypervisors.json")["hypervisors"]["vmware-esxi"]["ha"]["detect_s"]["value"],
    }
    grades = {
        ("host", "smt_yield"): general["smt_yield"]["confidence"],
        ("design", "provider_smt_yield"): general["smt_yield"]["confidence"],
        ("dns_name", "failed_checks"): limits["elb"]["route53"]["confidence"],
        ("dns_name", "ttl_s"): limits["elb"]["dns_ttl_s"]["confidence"],
    }
    for (kind, name), value in defaults.items():
        assert field_specs(KINDS[kind].table)[name].default == value, (kind, name)
    for (kind, name), grade in grades.items():
        assert field_specs(KINDS[kind].table)[name].confidence == grade, (kind, name)
    assert limits["placement"]["spread_group_per_zone"]["value"] == limits["placement"]["partitions_per_zone"]["value"]
    assert field_specs(KINDS["vm"].table)["partition"].high == limits["placement"]["partitions_per_zone"]["value"]
