"""What each file version that is no longer written had: tables with their columns. Never to be changed.

What a later version added is missing in an older file and takes its defaults; what is missing of this is damage.
"""

from __future__ import annotations

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
}
