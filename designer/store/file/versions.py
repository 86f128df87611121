"""The columns of each earlier file version, and what lifts it to the next.

Never change what a version had: what is missing of it in a file is damage. What a later version added is missing in an
older file and takes its defaults, unless a lift gives it a value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from designer.catalog.rules.identity import region_from_name, zone_from_name

Tables = dict[str, dict[str, list[Any]]]
"""Columns by table and name, every column of the present version filled; a table without rows has none."""

KNOWN: dict[int, dict[str, str]] = {
    1: {
        "meta": "name value",
        "design": "id parent rank name x y w h hug note start_utc until_h sample_s seed policy",
        "region": "id parent rank name x y w h hug note time_zone",
        "zone": "id parent rank name x y w h hug note",
        "data_center": "id parent rank name x y w h hug note",
        "rack": "id parent rank name x y w h hug note units_u",
        "host": (
            "id parent rank name x y w h hug note model cores threads_per_core smt_yield mhz ram_mib "
            "overcommit sharing idle_w full_w power_points_w size_u"
        ),
        "vm": (
            "id parent rank name x y w h hug note instance_type vcpus mhz ram_mib shares demand load_frac "
            "day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row trace_shift recovery "
            "detect_s boot_s powered_on template"
        ),
        "subnet": "id parent rank name x y w h hug note cidr public",
        "service": (
            "id parent rank name x y w h hug note demand rate_rps day_mean_rps day_swing_rps day_peak_h "
            "day_noise_rps time_zone trace trace_row trace_peak_rps work_mhz_s health_check_s"
        ),
        "auto_scaling_group": "id parent rank name x y w h hug note min_count desired_count max_count detect_s",
        "trace": "id parent rank name x y w h hug note step_s rows samples cells data origin",
        "link": "id kind source target role",
    },
    2: {
        "meta": "name value",
        "design": "id parent rank name x y w h hug note start_utc until_h sample_s seed policy",
        "region": "id parent rank name x y w h hug note time_zone",
        "zone": "id parent rank name x y w h hug note",
        "data_center": "id parent rank name x y w h hug note",
        "power_feed": "id parent rank name x y w h hug note battery_s generator generator_start_s fuel_h",
        "cooling": "id parent rank name x y w h hug note heat_up_s",
        "rack": "id parent rank name x y w h hug note units_u",
        "host": (
            "id parent rank name x y w h hug note model cores threads_per_core smt_yield mhz ram_mib "
            "overcommit sharing hypervisor cpu_overhead_frac host_os_cpu_frac hypervisor_ram_mib "
            "hypervisor_ram_frac vm_ram_base_mib vm_ram_per_vcpu_mib vm_ram_frac idle_w full_w "
            "power_points_w size_u"
        ),
        "switch": "id parent rank name x y w h hug note size_u",
        "router": "id parent rank name x y w h hug note size_u",
        "firewall": "id parent rank name x y w h hug note ports size_u",
        "cluster": "id parent rank name x y w h hug note detect_s",
        "vm": (
            "id parent rank name x y w h hug note instance_type vcpus mhz ram_mib shares demand "
            "load_frac day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row "
            "trace_shift recovery detect_s boot_s powered_on template"
        ),
        "subnet": "id parent rank name x y w h hug note cidr public",
        "vpc": "id parent rank name x y w h hug note cidr",
        "internet_gateway": "id parent rank name x y w h hug note",
        "service": (
            "id parent rank name x y w h hug note demand rate_rps day_mean_rps day_swing_rps day_peak_h "
            "day_noise_rps time_zone trace trace_row trace_peak_rps work_mhz_s port health_check_s"
        ),
        "user_population": "id parent rank name x y w h hug note mean_rps swing_rps peak_h noise_rps time_zone",
        "load_balancer": "id parent rank name x y w h hug note check_interval_s failed_checks",
        "function": "id parent rank name x y w h hug note concurrency duration_s",
        "bucket": "id parent rank name x y w h hug note prefix_rps prefixes",
        "auto_scaling_group": "id parent rank name x y w h hug note min_count desired_count max_count detect_s",
        "security_group": "id parent rank name x y w h hug note ports",
        "note": "id parent rank name x y w h hug note",
        "trace": "id parent rank name x y w h hug note step_s rows samples cells data origin",
        "link": "id kind source target role",
    },
    3: {
        "meta": "name value",
        "design": "id parent rank name x y w h hug note preset start_utc until_h sample_s seed policy",
        "region": "id parent rank name x y w h hug note preset time_zone",
        "zone": "id parent rank name x y w h hug note preset",
        "data_center": "id parent rank name x y w h hug note preset",
        "power_feed": "id parent rank name x y w h hug note preset battery_s generator generator_start_s fuel_h",
        "cooling": "id parent rank name x y w h hug note preset heat_up_s",
        "rack": "id parent rank name x y w h hug note preset units_u",
        "host": (
            "id parent rank name x y w h hug note preset model cores threads_per_core smt_yield mhz "
            "ram_mib overcommit sharing hypervisor cpu_overhead_frac host_os_cpu_frac "
            "hypervisor_ram_mib hypervisor_ram_frac vm_ram_base_mib vm_ram_per_vcpu_mib vm_ram_frac "
            "idle_w full_w power_points_w size_u"
        ),
        "switch": "id parent rank name x y w h hug note preset size_u",
        "router": "id parent rank name x y w h hug note preset size_u",
        "firewall": "id parent rank name x y w h hug note preset ports size_u",
        "cluster": "id parent rank name x y w h hug note preset ha detect_s",
        "storage_array": "id parent rank name x y w h hug note preset size_u",
        "datastore": "id parent rank name x y w h hug note preset capacity_gib",
        "vm": (
            "id parent rank name x y w h hug note preset instance_type vcpus mhz ram_mib shares demand "
            "load_frac day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row "
            "trace_shift recovery detect_s boot_s needs_internet partition guest_os powered_on template"
        ),
        "application": (
            "id parent rank name x y w h hug note preset vcpus mhz ram_mib demand load_frac "
            "day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row trace_shift start_s"
        ),
        "volume": "id parent rank name x y w h hug note preset type size_gib",
        "subnet": "id parent rank name x y w h hug note preset cidr public",
        "vpc": "id parent rank name x y w h hug note preset cidr",
        "internet_gateway": "id parent rank name x y w h hug note preset",
        "nat_gateway": "id parent rank name x y w h hug note preset",
        "service": (
            "id parent rank name x y w h hug note preset demand rate_rps day_mean_rps day_swing_rps "
            "day_peak_h day_noise_rps time_zone trace trace_row trace_peak_rps work_mhz_s slo_frac port "
            "health_check_s"
        ),
        "user_population": (
            "id parent rank name x y w h hug note preset mean_rps swing_rps peak_h noise_rps time_zone"
        ),
        "load_balancer": "id parent rank name x y w h hug note preset check_interval_s failed_checks",
        "function": "id parent rank name x y w h hug note preset concurrency duration_s",
        "bucket": "id parent rank name x y w h hug note preset prefix_rps prefixes",
        "database": "id parent rank name x y w h hug note preset failover_s",
        "auto_scaling_group": (
            "id parent rank name x y w h hug note preset min_count desired_count max_count detect_s"
        ),
        "security_group": "id parent rank name x y w h hug note preset ports",
        "placement_group": "id parent rank name x y w h hug note preset strategy",
        "note": "id parent rank name x y w h hug note preset",
        "trace": "id parent rank name x y w h hug note preset step_s rows samples cells data origin",
        "preset": "id parent rank name x y w h hug note preset of_kind held",
        "blueprint": "id parent rank name x y w h hug note preset data",
        "link": "id kind source target role",
    },
    4: {
        "meta": "name value",
        "design": "id parent rank name x y w h hug note foreign_id preset start_utc until_h sample_s seed policy",
        "region": "id parent rank name x y w h hug note foreign_id preset code provider time_zone",
        "zone": "id parent rank name x y w h hug note foreign_id preset zone_id",
        "data_center": "id parent rank name x y w h hug note foreign_id preset",
        "power_feed": (
            "id parent rank name x y w h hug note foreign_id preset battery_s generator generator_start_s fuel_h"
        ),
        "cooling": "id parent rank name x y w h hug note foreign_id preset heat_up_s",
        "rack": "id parent rank name x y w h hug note foreign_id preset units_u",
        "host": (
            "id parent rank name x y w h hug note foreign_id preset model cores threads_per_core smt_yield "
            "mhz ram_mib overcommit sharing hypervisor cpu_overhead_frac host_os_cpu_frac hypervisor_ram_mib "
            "hypervisor_ram_frac vm_ram_base_mib vm_ram_per_vcpu_mib vm_ram_frac idle_w full_w power_points_w "
            "size_u"
        ),
        "switch": "id parent rank name x y w h hug note foreign_id preset size_u",
        "router": "id parent rank name x y w h hug note foreign_id preset size_u",
        "firewall": "id parent rank name x y w h hug note foreign_id preset ports size_u",
        "cluster": "id parent rank name x y w h hug note foreign_id preset ha detect_s",
        "storage_array": "id parent rank name x y w h hug note foreign_id preset size_u",
        "datastore": "id parent rank name x y w h hug note foreign_id preset capacity_gib",
        "vm": (
            "id parent rank name x y w h hug note foreign_id preset instance_type vcpus mhz ram_mib shares "
            "demand load_frac day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row "
            "trace_shift recovery detect_s boot_s needs_internet partition guest_os powered_on template"
        ),
        "application": (
            "id parent rank name x y w h hug note foreign_id preset vcpus mhz ram_mib demand load_frac "
            "day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row trace_shift start_s"
        ),
        "volume": "id parent rank name x y w h hug note foreign_id preset type size_gib",
        "subnet": "id parent rank name x y w h hug note foreign_id preset cidr public",
        "vpc": "id parent rank name x y w h hug note foreign_id preset cidr",
        "internet_gateway": "id parent rank name x y w h hug note foreign_id preset",
        "nat_gateway": "id parent rank name x y w h hug note foreign_id preset",
        "service": (
            "id parent rank name x y w h hug note foreign_id preset demand rate_rps day_mean_rps "
            "day_swing_rps day_peak_h day_noise_rps time_zone trace trace_row trace_peak_rps work_mhz_s "
            "slo_frac port health_check_s"
        ),
        "user_population": (
            "id parent rank name x y w h hug note foreign_id preset mean_rps swing_rps peak_h noise_rps time_zone"
        ),
        "dns_name": (
            "id parent rank name x y w h hug note foreign_id preset routing ttl_s check_interval_s failed_checks"
        ),
        "load_balancer": "id parent rank name x y w h hug note foreign_id preset check_interval_s failed_checks",
        "function": "id parent rank name x y w h hug note foreign_id preset concurrency duration_s",
        "bucket": "id parent rank name x y w h hug note foreign_id preset prefix_rps prefixes",
        "database": "id parent rank name x y w h hug note foreign_id preset failover_s",
        "auto_scaling_group": (
            "id parent rank name x y w h hug note foreign_id preset min_count desired_count max_count "
            "detect_s rebalance"
        ),
        "security_group": "id parent rank name x y w h hug note foreign_id preset ports",
        "placement_group": "id parent rank name x y w h hug note foreign_id preset strategy",
        "note": "id parent rank name x y w h hug note foreign_id preset",
        "trace": "id parent rank name x y w h hug note foreign_id preset step_s rows samples cells data origin",
        "preset": "id parent rank name x y w h hug note foreign_id preset of_kind held",
        "blueprint": "id parent rank name x y w h hug note foreign_id preset data",
        "link": "id kind source target role",
    },
    5: {
        "meta": "name value",
        "design": "id parent rank name x y w h hug note foreign_id preset start_utc until_h sample_s seed policy",
        "region": "id parent rank name x y w h hug note foreign_id preset code provider time_zone",
        "zone": "id parent rank name x y w h hug note foreign_id preset zone_id",
        "data_center": "id parent rank name x y w h hug note foreign_id preset",
        "power_feed": (
            "id parent rank name x y w h hug note foreign_id preset battery_s generator generator_start_s fuel_h"
        ),
        "cooling": "id parent rank name x y w h hug note foreign_id preset heat_up_s",
        "rack": "id parent rank name x y w h hug note foreign_id preset units_u",
        "host": (
            "id parent rank name x y w h hug note foreign_id preset model cores threads_per_core smt_yield mhz "
            "ram_mib overcommit sharing hypervisor cpu_overhead_frac host_os_cpu_frac default_shares shares_per "
            "hypervisor_ram_mib hypervisor_ram_frac vm_ram_base_mib vm_ram_per_vcpu_mib vm_ram_frac idle_w full_w "
            "power_points_w size_u"
        ),
        "switch": "id parent rank name x y w h hug note foreign_id preset size_u",
        "router": "id parent rank name x y w h hug note foreign_id preset size_u",
        "firewall": "id parent rank name x y w h hug note foreign_id preset ports size_u",
        "cluster": "id parent rank name x y w h hug note foreign_id preset ha detect_s",
        "storage_array": "id parent rank name x y w h hug note foreign_id preset size_u",
        "datastore": "id parent rank name x y w h hug note foreign_id preset capacity_gib",
        "vm": (
            "id parent rank name x y w h hug note foreign_id preset instance_type vcpus mhz ram_mib shares_level "
            "shares cpu_reservation_mhz cpu_limit_mhz demand load_frac day_mean_frac day_swing_frac day_peak_h "
            "day_noise_frac trace trace_row trace_shift recovery detect_s boot_s needs_internet partition "
            "guest_os powered_on template"
        ),
        "application": (
            "id parent rank name x y w h hug note foreign_id preset vcpus mhz ram_mib demand load_frac "
            "day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row trace_shift start_s"
        ),
        "volume": "id parent rank name x y w h hug note foreign_id preset type size_gib",
        "subnet": "id parent rank name x y w h hug note foreign_id preset cidr public",
        "vpc": "id parent rank name x y w h hug note foreign_id preset cidr",
        "internet_gateway": "id parent rank name x y w h hug note foreign_id preset",
        "nat_gateway": "id parent rank name x y w h hug note foreign_id preset",
        "service": (
            "id parent rank name x y w h hug note foreign_id preset demand rate_rps day_mean_rps day_swing_rps "
            "day_peak_h day_noise_rps time_zone trace trace_row trace_peak_rps work_mhz_s slo_frac port "
            "health_check_s"
        ),
        "user_population": (
            "id parent rank name x y w h hug note foreign_id preset mean_rps swing_rps peak_h noise_rps time_zone"
        ),
        "dns_name": (
            "id parent rank name x y w h hug note foreign_id preset routing ttl_s check_interval_s failed_checks"
        ),
        "load_balancer": "id parent rank name x y w h hug note foreign_id preset check_interval_s failed_checks",
        "function": "id parent rank name x y w h hug note foreign_id preset concurrency duration_s",
        "bucket": "id parent rank name x y w h hug note foreign_id preset prefix_rps prefixes",
        "database": "id parent rank name x y w h hug note foreign_id preset failover_s",
        "auto_scaling_group": (
            "id parent rank name x y w h hug note foreign_id preset min_count desired_count max_count detect_s "
            "rebalance"
        ),
        "security_group": "id parent rank name x y w h hug note foreign_id preset ports",
        "placement_group": "id parent rank name x y w h hug note foreign_id preset strategy",
        "note": "id parent rank name x y w h hug note foreign_id preset",
        "trace": "id parent rank name x y w h hug note foreign_id preset step_s rows samples cells data origin",
        "preset": "id parent rank name x y w h hug note foreign_id preset of_kind held",
        "blueprint": "id parent rank name x y w h hug note foreign_id preset data",
        "link": "id kind source target role",
    },
}


def lift(tables: Tables, version: int) -> None:
    """Give the tables of an older file, in place, the values that the present version would have written."""
    for older, step in LIFTS.items():
        if version <= older:
            step(tables)


def _codes_beside_names(tables: Tables) -> None:
    """3 to 4: a region was known by its name, and a zone by the name it has in that region."""
    regions, zones = tables["region"], tables["zone"]
    codes: dict[int, str] = {}
    for row, name in enumerate(regions.get("name", ())):
        known = region_from_name(name)
        for column, value in known.items():
            regions[column][row] = value
        codes[regions["id"][row]] = known.get("code", "")
    for row, name in enumerate(zones.get("name", ())):
        for column, value in zone_from_name(codes.get(zones["parent"][row], ""), name).items():
            zones[column][row] = value


LIFTS: dict[int, Callable[[Tables], None]] = {3: _codes_beside_names}
"""The lift of each version to the next, in order; versions that only gained defaults have none."""
