"""Round trips between regions of the provider: measured where they are, else fitted to the distance."""

from __future__ import annotations

import math

from designer.catalog.reference.ec2 import Ec2Region, ec2

FIT_MS, FIT_MS_A_KM = 6.0, 0.0158
"""Round trip by great-circle distance, fitted to the 496 measured pairs of regions (cloudping.co, medians of the year
to May 2025): half of them are within 12% of it, nine in ten within 35%; confidence B."""
EARTH_KM = 6371.0


def round_trip_ms(one: str, other: str) -> float | None:
    """The median round trip between two regions by their codes; None where neither it nor the distance is known."""
    known = ec2().rtt_ms(one, other)
    if known is not None:
        back = ec2().rtt_ms(other, one)
        return (known + (known if back is None else back)) / 2.0
    regions = ec2().regions
    km = distance_km(regions[one], regions[other]) if one in regions and other in regions else None
    return None if km is None else FIT_MS + FIT_MS_A_KM * km


def distance_km(one: Ec2Region, other: Ec2Region) -> float | None:
    """The great-circle distance of two regions; None where the place of one is not known."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    here, there, turn = math.radians(one.lat), math.radians(other.lat), math.radians(other.lon - one.lon)
    half = math.sin((there - here) / 2.0) ** 2 + math.cos(here) * math.cos(there) * math.sin(turn / 2.0) ** 2
    return 2.0 * EARTH_KM * math.asin(math.sqrt(min(half, 1.0)))
