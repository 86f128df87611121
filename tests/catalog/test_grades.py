"""Shipped figures are the facts, each with the grade of the fact: A read at the source, B second-hand, C assumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS
from designer.catalog.presets.shipped import known_preset, preset_lists, presets
from designer.catalog.reference.credits import EARNED_A_HOUR
from designer.catalog.reference.ec2 import ec2
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
