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
    6: {
        "meta": "name value",
        "design": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset start_utc until_h "
            "sample_s seed policy energy_split provider_smt_yield"
        ),
        "region": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset code provider "
            "time_zone within_zone_s between_zones_s launches_per_min"
        ),
        "zone": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset zone_id capacity",
        "data_center": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset pue pue_fixed_frac "
            "pue_cooling_frac design_w set_c warming_k_min time_constant_s shutdown_c restart_c restart_hosts "
            "restart_every_s"
        ),
        "power_feed": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset limit_w trip_s "
            "battery_s battery_wh recharge_w generator start_probability generator_start_s fuel_h"
        ),
        "ups": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset battery_wh recharge_w",
        "generator": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset start_probability "
            "start_s fuel_h"
        ),
        "cooling": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset heat_up_s capacity_w "
            "restart_s by_hand"
        ),
        "rack": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset units_u uplink_mbps",
        "host": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset model cores "
            "threads_per_core smt_yield mhz ram_mib overcommit numa_nodes numa_loss_frac sharing hypervisor "
            "cpu_overhead_frac io_core_frac host_os_cpu_frac default_shares shares_per hypervisor_ram_mib "
            "hypervisor_ram_frac vm_ram_base_mib vm_ram_per_vcpu_mib vm_ram_frac memory_rule ram_overcommit "
            "swap_mib sharable_frac swap_slowdown migration_rule migration_mbps migrations_at_once "
            "migration_downtime_s migration_converge migration_timeout_s_gib migration_core_per_gbps idle_w "
            "full_w power_points_w storage_gib nic_mbps post_s boots_at_once failover_host size_u"
        ),
        "switch": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset power_w size_u",
        "router": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset power_w size_u",
        "firewall": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ports power_w size_u",
        "cluster": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ha rule detect_s "
            "store_detect_s primary_detect_s isolation isolated_s isolation_response_s lock_s watchdog_s "
            "heartbeat_s resiliency_s balancer balance_every_s drs_deviation proxmox_imbalance proxmox_hold "
            "proxmox_margin overload_rule overload_parameter migrates_first cooldown_s power_off_empty wake_s "
            "admission tolerate_hosts slot_mhz slot_mib reserve_cpu_frac reserve_ram_frac"
        ),
        "resource_pool": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset shares_level shares "
            "cpu_reservation_mhz cpu_limit_mhz"
        ),
        "storage_array": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset iops mibps power_w size_u"
        ),
        "datastore": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset iops mibps "
            "capacity_gib spread tolerates rebuild_delay_s rebuild_mibps"
        ),
        "vm": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset instance_type vcpus "
            "mhz ram_mib shares_level shares cpu_reservation_mhz cpu_limit_mhz prefer_ht unserved credit_mode "
            "credits_at_start demand load_frac day_mean_frac day_swing_frac day_peak_h day_noise_frac trace "
            "trace_row trace_shift io_pattern disk_iops disk_io_kib write_frac net_mbps net_streams memory_use "
            "active_frac active_mean_frac active_swing_frac memory_trace memory_trace_row ram_guaranteed_mib "
            "ram_shares ram_buffer_frac oom_adjust dirty_mib_s hot_mib recovery detect_s boot_s "
            "restart_priority needs_internet partition guest_os powered_on template"
        ),
        "application": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset vcpus mhz ram_mib "
            "demand load_frac day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row "
            "trace_shift io_pattern disk_iops disk_io_kib write_frac net_mbps net_streams start_s"
        ),
        "volume": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset type size_gib iops mibps"
        ),
        "subnet": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cidr public",
        "vpc": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cidr",
        "internet_gateway": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset",
        "nat_gateway": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset",
        "service": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset demand rate_rps "
            "day_mean_rps day_swing_rps day_peak_h day_noise_rps time_zone trace trace_row trace_peak_rps "
            "work_mhz_s response_times waiting_most timeout_s retries backoff_s most_backoff_s jitter "
            "retry_budget_frac clients request_kib answer_kib read_kib slo_frac port health_check_s"
        ),
        "user_population": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mean_rps swing_rps "
            "peak_h noise_rps time_zone near access_s"
        ),
        "dns_name": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset routing ttl_s "
            "check_interval_s failed_checks managed_in"
        ),
        "load_balancer": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cross_zone algorithm "
            "most_rps check_interval_s failed_checks check_timeout_s good_checks dns_min_frac routing_min_frac"
        ),
        "function": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset concurrency duration_s"
        ),
        "bucket": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset prefix_rps prefixes",
        "database": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset failover_s lag_s quorum"
        ),
        "auto_scaling_group": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset min_count "
            "desired_count max_count detect_s health_check scaling target_frac upper_frac add_frac lower_frac "
            "remove_frac warmup_s cooldown_s scale_in schedule rebalance"
        ),
        "security_group": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ports",
        "placement_group": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset strategy",
        "affinity_rule": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset wants level strict"
        ),
        "note": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset",
        "trace": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset step_s rows samples "
            "cells data origin"
        ),
        "preset": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset of_kind held",
        "blueprint": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset data",
        "link": "id kind source target role",
    },
    7: {
        "meta": "name value",
        "design": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset start_utc until_h "
            "sample_s seed policy energy_split provider_smt_yield"
        ),
        "region": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law code provider time_zone within_zone_s between_zones_s "
            "launches_per_min shared_fate_frac"
        ),
        "zone": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law zone_id capacity"
        ),
        "data_center": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law pue pue_fixed_frac pue_cooling_frac design_w set_c "
            "warming_k_min time_constant_s shutdown_c restart_c restart_hosts restart_every_s kwh_usd"
        ),
        "power_feed": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law limit_w trip_s battery_s battery_wh recharge_w generator "
            "start_probability generator_start_s fuel_h"
        ),
        "ups": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor battery_wh recharge_w"
        ),
        "generator": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor start_probability start_s fuel_h"
        ),
        "cooling": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law heat_up_s capacity_w restart_s by_hand"
        ),
        "rack": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law units_u uplink_mbps"
        ),
        "host": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law model cores threads_per_core smt_yield mhz ram_mib overcommit "
            "numa_nodes numa_loss_frac sharing hypervisor cpu_overhead_frac io_core_frac host_os_cpu_frac "
            "default_shares shares_per hypervisor_ram_mib hypervisor_ram_frac vm_ram_base_mib "
            "vm_ram_per_vcpu_mib vm_ram_frac memory_rule ram_overcommit swap_mib sharable_frac swap_slowdown "
            "migration_rule migration_mbps migrations_at_once migration_downtime_s migration_converge "
            "migration_timeout_s_gib migration_core_per_gbps idle_w full_w power_points_w storage_gib nic_mbps "
            "post_s boots_at_once failover_host size_u purchase_usd life_years licenses_usd_year own_usd_month"
        ),
        "switch": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law power_w size_u"
        ),
        "router": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law power_w size_u"
        ),
        "firewall": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law ports power_w size_u"
        ),
        "cluster": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ha rule detect_s "
            "store_detect_s primary_detect_s isolation isolated_s isolation_response_s lock_s watchdog_s "
            "heartbeat_s resiliency_s balancer balance_every_s drs_deviation proxmox_imbalance proxmox_hold "
            "proxmox_margin overload_rule overload_parameter migrates_first cooldown_s power_off_empty wake_s "
            "admission tolerate_hosts slot_mhz slot_mib reserve_cpu_frac reserve_ram_frac"
        ),
        "resource_pool": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset shares_level shares "
            "cpu_reservation_mhz cpu_limit_mhz"
        ),
        "storage_array": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law iops mibps power_w size_u"
        ),
        "datastore": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset iops mibps "
            "capacity_gib spread tolerates rebuild_delay_s rebuild_mibps"
        ),
        "vm": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law instance_type vcpus mhz ram_mib shares_level shares "
            "cpu_reservation_mhz cpu_limit_mhz prefer_ht unserved credit_mode credits_at_start demand load_frac "
            "day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row trace_shift io_pattern "
            "disk_iops disk_io_kib write_frac net_mbps net_streams memory_use active_frac active_mean_frac "
            "active_swing_frac memory_trace memory_trace_row ram_guaranteed_mib ram_shares ram_buffer_frac "
            "oom_adjust dirty_mib_s hot_mib recovery detect_s boot_s restart_priority needs_internet partition "
            "guest_os powered_on template plan own_usd_month"
        ),
        "application": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset vcpus mhz ram_mib "
            "demand load_frac day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row "
            "trace_shift io_pattern disk_iops disk_io_kib write_frac net_mbps net_streams start_s"
        ),
        "volume": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law type size_gib iops mibps backup_h encrypted own_usd_month"
        ),
        "subnet": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cidr public",
        "vpc": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cidr endpoint",
        "internet_gateway": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law"
        ),
        "nat_gateway": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law own_usd_month"
        ),
        "service": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset demand rate_rps "
            "day_mean_rps day_swing_rps day_peak_h day_noise_rps time_zone trace trace_row trace_peak_rps "
            "work_mhz_s response_times waiting_most timeout_s retries backoff_s most_backoff_s jitter "
            "retry_budget_frac clients request_kib answer_kib read_kib slo_frac down_below_frac residency "
            "strategy standby_region rto_s rpo_s port health_check_s"
        ),
        "user_population": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mean_rps swing_rps "
            "peak_h noise_rps time_zone near access_s"
        ),
        "dns_name": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset routing ttl_s "
            "check_interval_s failed_checks managed_in"
        ),
        "load_balancer": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law cross_zone algorithm most_rps check_interval_s failed_checks "
            "check_timeout_s good_checks dns_min_frac routing_min_frac own_usd_month"
        ),
        "function": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law concurrency duration_s memory_mib own_usd_month"
        ),
        "bucket": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law prefix_rps prefixes encrypted stored_gib own_usd_month"
        ),
        "database": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law failover_s lag_s quorum backup_h backup_region encrypted "
            "own_usd_month"
        ),
        "auto_scaling_group": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset min_count "
            "desired_count max_count detect_s health_check scaling target_frac upper_frac add_frac lower_frac "
            "remove_frac warmup_s cooldown_s scale_in schedule rebalance"
        ),
        "security_group": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ports",
        "placement_group": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset strategy",
        "affinity_rule": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset wants level strict"
        ),
        "note": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset",
        "trace": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset step_s rows samples "
            "cells data origin"
        ),
        "preset": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset of_kind held",
        "blueprint": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset data",
        "mute": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset check_id of",
        "scenario": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset events",
        "link": "id kind source target role",
    },
    8: {
        "meta": "name value",
        "design": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset start_utc until_h "
            "sample_s seed policy energy_split provider_smt_yield"
        ),
        "region": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law code provider time_zone within_zone_s between_zones_s "
            "launches_per_min shared_fate_frac"
        ),
        "zone": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law zone_id capacity"
        ),
        "data_center": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law pue pue_fixed_frac pue_cooling_frac design_w set_c "
            "warming_k_min time_constant_s shutdown_c restart_c restart_hosts restart_every_s kwh_usd"
        ),
        "power_feed": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law limit_w trip_s battery_s battery_wh recharge_w generator "
            "start_probability generator_start_s fuel_h"
        ),
        "ups": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor battery_wh recharge_w"
        ),
        "generator": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor start_probability start_s fuel_h"
        ),
        "cooling": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law heat_up_s capacity_w restart_s by_hand"
        ),
        "rack": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law units_u uplink_mbps"
        ),
        "host": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law model cores threads_per_core smt_yield mhz ram_mib overcommit "
            "numa_nodes numa_loss_frac sharing hypervisor cpu_overhead_frac io_core_frac host_os_cpu_frac "
            "default_shares shares_per hypervisor_ram_mib hypervisor_ram_frac vm_ram_base_mib "
            "vm_ram_per_vcpu_mib vm_ram_frac memory_rule ram_overcommit swap_mib sharable_frac swap_slowdown "
            "migration_rule migration_mbps migrations_at_once migration_downtime_s migration_converge "
            "migration_timeout_s_gib migration_core_per_gbps idle_w full_w power_points_w storage_gib nic_mbps "
            "post_s boots_at_once failover_host size_u purchase_usd life_years licenses_usd_year own_usd_month"
        ),
        "switch": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law power_w size_u"
        ),
        "router": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law power_w size_u"
        ),
        "firewall": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law ports power_w size_u"
        ),
        "cluster": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ha rule detect_s "
            "store_detect_s primary_detect_s isolation isolated_s isolation_response_s fencing fence_delay_s "
            "fence_s two_node lock_s watchdog_s heartbeat_s resiliency_s balancer balance_every_s drs_deviation "
            "proxmox_imbalance proxmox_hold proxmox_margin overload_rule overload_parameter migrates_first "
            "cooldown_s power_off_empty wake_s admission tolerate_hosts slot_mhz slot_mib reserve_cpu_frac "
            "reserve_ram_frac"
        ),
        "resource_pool": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset shares_level shares "
            "cpu_reservation_mhz cpu_limit_mhz"
        ),
        "storage_array": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law iops mibps power_w size_u"
        ),
        "datastore": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset iops mibps "
            "capacity_gib spread tolerates rebuild_delay_s rebuild_mibps"
        ),
        "vm": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law instance_type vcpus mhz ram_mib shares_level shares "
            "cpu_reservation_mhz cpu_limit_mhz prefer_ht unserved credit_mode credits_at_start demand load_frac "
            "day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row trace_shift io_pattern "
            "disk_iops disk_io_kib write_frac net_mbps net_streams memory_use active_frac active_mean_frac "
            "active_swing_frac memory_trace memory_trace_row ram_guaranteed_mib ram_shares ram_buffer_frac "
            "oom_adjust dirty_mib_s hot_mib recovery detect_s boot_s restart_priority needs_internet partition "
            "guest_os powered_on template plan own_usd_month"
        ),
        "application": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset vcpus mhz ram_mib "
            "demand load_frac day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row "
            "trace_shift unserved io_pattern disk_iops disk_io_kib write_frac net_mbps net_streams start_s"
        ),
        "volume": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law type size_gib iops mibps backup_h encrypted own_usd_month"
        ),
        "subnet": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cidr public",
        "vpc": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cidr endpoint",
        "internet_gateway": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law"
        ),
        "nat_gateway": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law own_usd_month"
        ),
        "service": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset demand rate_rps "
            "day_mean_rps day_swing_rps day_peak_h day_noise_rps time_zone trace trace_row trace_peak_rps "
            "work_mhz_s response_times waiting_most timeout_s retries backoff_s most_backoff_s jitter "
            "retry_budget_frac clients request_kib answer_kib read_kib slo_frac down_below_frac residency "
            "strategy standby_region rto_s rpo_s port health_check_s"
        ),
        "user_population": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mean_rps swing_rps "
            "peak_h noise_rps time_zone near access_s"
        ),
        "dns_name": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset routing ttl_s "
            "check_interval_s failed_checks managed_in"
        ),
        "load_balancer": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law cross_zone algorithm most_rps check_interval_s failed_checks "
            "check_timeout_s good_checks dns_min_frac routing_min_frac own_usd_month"
        ),
        "function": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law concurrency duration_s memory_mib own_usd_month"
        ),
        "bucket": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law prefix_rps prefixes encrypted stored_gib own_usd_month"
        ),
        "database": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law failover_s lag_s quorum backup_h backup_region encrypted "
            "own_usd_month"
        ),
        "auto_scaling_group": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset min_count "
            "desired_count max_count detect_s health_check scaling target_frac upper_frac add_frac lower_frac "
            "remove_frac warmup_s cooldown_s scale_in schedule rebalance"
        ),
        "security_group": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ports",
        "placement_group": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset strategy",
        "affinity_rule": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset wants level strict"
        ),
        "note": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset",
        "trace": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset step_s rows samples "
            "cells data origin"
        ),
        "preset": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset of_kind held",
        "blueprint": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset data",
        "mute": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset check_id of",
        "scenario": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset events",
        "link": "id kind source target role",
    },
    9: {
        "meta": "name value",
        "design": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset start_utc until_h "
            "sample_s seed policy energy_split provider_smt_yield"
        ),
        "region": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law code provider time_zone within_zone_s between_zones_s "
            "launches_per_min shared_fate_frac"
        ),
        "zone": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law zone_id capacity"
        ),
        "data_center": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law pue pue_fixed_frac pue_cooling_frac design_w set_c "
            "warming_k_min time_constant_s shutdown_c restart_c restart_hosts restart_every_s kwh_usd uplink_s"
        ),
        "power_feed": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law limit_w trip_s battery_s battery_wh recharge_w generator "
            "start_probability generator_start_s fuel_h"
        ),
        "ups": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor battery_wh recharge_w"
        ),
        "generator": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor start_probability start_s fuel_h"
        ),
        "cooling": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law heat_up_s capacity_w restart_s by_hand"
        ),
        "rack": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law units_u uplink_mbps uplink_s"
        ),
        "host": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law model cores threads_per_core smt_yield mhz ram_mib overcommit "
            "numa_nodes numa_loss_frac sharing hypervisor cpu_overhead_frac io_core_frac host_os_cpu_frac "
            "default_shares shares_per hypervisor_ram_mib hypervisor_ram_frac vm_ram_base_mib "
            "vm_ram_per_vcpu_mib vm_ram_frac memory_rule ram_overcommit swap_mib sharable_frac swap_slowdown "
            "migration_rule migration_mbps migrations_at_once migration_downtime_s migration_converge "
            "migration_timeout_s_gib migration_core_per_gbps idle_w full_w power_points_w storage_gib nic_mbps "
            "post_s boots_at_once failover_host size_u purchase_usd life_years licenses_usd_year own_usd_month"
        ),
        "switch": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law power_w size_u"
        ),
        "router": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law power_w size_u"
        ),
        "firewall": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law ports power_w size_u"
        ),
        "cluster": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ha rule detect_s "
            "store_detect_s primary_detect_s isolation isolated_s isolation_response_s fencing fence_delay_s "
            "fence_s two_node lock_s watchdog_s heartbeat_s resiliency_s balancer balance_every_s drs_deviation "
            "proxmox_imbalance proxmox_hold proxmox_margin overload_rule overload_parameter migrates_first "
            "cooldown_s power_off_empty wake_s admission tolerate_hosts slot_mhz slot_mib reserve_cpu_frac "
            "reserve_ram_frac"
        ),
        "resource_pool": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset shares_level shares "
            "cpu_reservation_mhz cpu_limit_mhz"
        ),
        "storage_array": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law iops mibps power_w size_u"
        ),
        "datastore": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset iops mibps "
            "capacity_gib spread tolerates rebuild_delay_s rebuild_mibps"
        ),
        "vm": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law instance_type vcpus mhz ram_mib shares_level shares "
            "cpu_reservation_mhz cpu_limit_mhz prefer_ht unserved credit_mode credits_at_start demand load_frac "
            "day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row trace_shift io_pattern "
            "disk_iops disk_io_kib write_frac net_mbps net_streams memory_use active_frac active_mean_frac "
            "active_swing_frac memory_trace memory_trace_row ram_guaranteed_mib ram_shares ram_buffer_frac "
            "oom_adjust dirty_mib_s hot_mib recovery detect_s boot_s restart_priority needs_internet partition "
            "guest_os powered_on template plan own_usd_month"
        ),
        "application": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset vcpus mhz ram_mib "
            "demand load_frac day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row "
            "trace_shift unserved io_pattern disk_iops disk_io_kib write_frac net_mbps net_streams start_s"
        ),
        "volume": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law type size_gib iops mibps backup_h encrypted own_usd_month"
        ),
        "subnet": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cidr public",
        "vpc": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cidr endpoint",
        "internet_gateway": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law"
        ),
        "nat_gateway": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law own_usd_month"
        ),
        "service": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset demand rate_rps "
            "day_mean_rps day_swing_rps day_peak_h day_noise_rps time_zone trace trace_row trace_peak_rps "
            "work_mhz_s response_times waiting_most timeout_s retries backoff_s most_backoff_s jitter "
            "retry_budget_frac clients request_kib answer_kib read_kib slo_frac down_below_frac residency "
            "strategy standby_region rto_s rpo_s port health_check_s"
        ),
        "user_population": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mean_rps swing_rps "
            "peak_h noise_rps time_zone near access_s"
        ),
        "dns_name": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset routing ttl_s "
            "check_interval_s failed_checks managed_in"
        ),
        "load_balancer": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law cross_zone algorithm most_rps check_interval_s failed_checks "
            "check_timeout_s good_checks dns_min_frac routing_min_frac own_usd_month"
        ),
        "function": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law concurrency duration_s memory_mib own_usd_month"
        ),
        "bucket": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law prefix_rps prefixes encrypted stored_gib own_usd_month"
        ),
        "database": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law failover_s lag_s quorum backup_h backup_region encrypted "
            "own_usd_month replica_rps"
        ),
        "auto_scaling_group": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset min_count "
            "desired_count max_count detect_s health_check scaling target_frac upper_frac add_frac lower_frac "
            "remove_frac warmup_s cooldown_s scale_in schedule rebalance"
        ),
        "security_group": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ports",
        "placement_group": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset strategy",
        "affinity_rule": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset wants level strict"
        ),
        "note": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset",
        "trace": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset step_s rows samples "
            "cells data origin"
        ),
        "preset": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset of_kind held",
        "blueprint": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset data",
        "mute": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset check_id of",
        "scenario": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset events",
        "link": "id kind source target role",
    },
    10: {
        "meta": "name value",
        "design": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset start_utc until_h "
            "sample_s seed policy energy_split provider_smt_yield"
        ),
        "region": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law code provider time_zone within_zone_s between_zones_s "
            "launches_per_min shared_fate_frac"
        ),
        "zone": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law zone_id capacity"
        ),
        "data_center": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law pue pue_fixed_frac pue_cooling_frac design_w set_c "
            "warming_k_min time_constant_s shutdown_c restart_c restart_hosts restart_every_s kwh_usd uplink_s"
        ),
        "power_feed": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law limit_w trip_s battery_s battery_wh recharge_w generator "
            "start_probability generator_start_s fuel_h"
        ),
        "ups": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor battery_wh recharge_w"
        ),
        "generator": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor start_probability start_s fuel_h"
        ),
        "cooling": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law heat_up_s capacity_w restart_s by_hand"
        ),
        "rack": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law units_u uplink_mbps uplink_s"
        ),
        "host": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law model cores threads_per_core smt_yield mhz ram_mib overcommit "
            "numa_nodes numa_loss_frac sharing hypervisor cpu_overhead_frac io_core_frac host_os_cpu_frac "
            "default_shares shares_per hypervisor_ram_mib hypervisor_ram_frac vm_ram_base_mib "
            "vm_ram_per_vcpu_mib vm_ram_frac memory_rule ram_overcommit swap_mib sharable_frac swap_slowdown "
            "migration_rule migration_mbps migrations_at_once migration_downtime_s migration_converge "
            "migration_timeout_s_gib migration_core_per_gbps idle_w full_w power_points_w storage_gib nic_mbps "
            "post_s boots_at_once failover_host size_u purchase_usd life_years licenses_usd_year own_usd_month"
        ),
        "switch": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law power_w size_u"
        ),
        "router": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law power_w size_u"
        ),
        "firewall": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law ports power_w size_u"
        ),
        "cluster": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ha rule detect_s "
            "store_detect_s primary_detect_s isolation isolated_s isolation_response_s fencing fence_delay_s "
            "fence_s two_node lock_s watchdog_s heartbeat_s resiliency_s balancer balance_every_s drs_deviation "
            "proxmox_imbalance proxmox_hold proxmox_margin overload_rule overload_parameter migrates_first "
            "cooldown_s power_off_empty wake_s admission tolerate_hosts slot_mhz slot_mib reserve_cpu_frac "
            "reserve_ram_frac"
        ),
        "resource_pool": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset shares_level shares "
            "cpu_reservation_mhz cpu_limit_mhz"
        ),
        "storage_array": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law iops mibps power_w size_u"
        ),
        "datastore": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset iops mibps "
            "capacity_gib spread tolerates rebuild_delay_s rebuild_mibps backup_h backup_keep_h restore_h"
        ),
        "vm": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law instance_type vcpus mhz ram_mib shares_level shares "
            "cpu_reservation_mhz cpu_limit_mhz prefer_ht unserved credit_mode credits_at_start demand load_frac "
            "day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row trace_shift io_pattern "
            "disk_iops disk_io_kib write_frac net_mbps net_streams memory_use active_frac active_mean_frac "
            "active_swing_frac memory_trace memory_trace_row ram_guaranteed_mib ram_shares ram_buffer_frac "
            "oom_adjust dirty_mib_s hot_mib recovery detect_s boot_s restart_priority needs_internet partition "
            "guest_os powered_on template plan own_usd_month"
        ),
        "application": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset vcpus mhz ram_mib "
            "demand load_frac day_mean_frac day_swing_frac day_peak_h day_noise_frac trace trace_row "
            "trace_shift unserved io_pattern disk_iops disk_io_kib write_frac net_mbps net_streams start_s"
        ),
        "volume": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law type size_gib iops mibps backup_h encrypted own_usd_month "
            "backup_keep_h restore_h"
        ),
        "subnet": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cidr public",
        "vpc": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset cidr endpoint",
        "internet_gateway": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law"
        ),
        "nat_gateway": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law own_usd_month"
        ),
        "service": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset demand rate_rps "
            "day_mean_rps day_swing_rps day_peak_h day_noise_rps time_zone trace trace_row trace_peak_rps "
            "work_mhz_s response_times waiting_most timeout_s retries backoff_s most_backoff_s jitter "
            "retry_budget_frac clients request_kib answer_kib read_kib slo_frac down_below_frac residency "
            "strategy standby_region rto_s rpo_s port health_check_s"
        ),
        "user_population": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mean_rps swing_rps "
            "peak_h noise_rps time_zone near access_s"
        ),
        "dns_name": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset routing ttl_s "
            "check_interval_s failed_checks managed_in"
        ),
        "load_balancer": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law cross_zone algorithm most_rps check_interval_s failed_checks "
            "check_timeout_s good_checks dns_min_frac routing_min_frac own_usd_month"
        ),
        "function": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law concurrency duration_s memory_mib own_usd_month"
        ),
        "bucket": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law prefix_rps prefixes encrypted stored_gib own_usd_month"
        ),
        "database": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset mtbf_h mttr_h "
            "mtbf_factor mttr_factor repair_law failover_s lag_s quorum backup_h backup_region encrypted "
            "own_usd_month replica_rps backup_keep_h restore_h"
        ),
        "auto_scaling_group": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset min_count "
            "desired_count max_count detect_s health_check scaling target_frac upper_frac add_frac lower_frac "
            "remove_frac warmup_s cooldown_s scale_in schedule rebalance"
        ),
        "security_group": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset ports",
        "placement_group": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset strategy",
        "affinity_rule": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset wants level strict"
        ),
        "note": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset",
        "trace": (
            "id parent rank name x y w h hug locked hidden grouped note foreign_id preset step_s rows samples "
            "cells data origin"
        ),
        "preset": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset of_kind held",
        "blueprint": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset data",
        "mute": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset check_id of",
        "scenario": "id parent rank name x y w h hug locked hidden grouped note foreign_id preset events",
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
