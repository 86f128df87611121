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
}
