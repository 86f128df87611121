"""What burstable instance types earn: a CPU credit is one vCPU at full load for a minute."""

from __future__ import annotations

EARNED_A_HOUR: dict[str, tuple[float, int]] = {
    "t2.nano": (3.0, 1),
    "t2.micro": (6.0, 1),
    "t2.small": (12.0, 1),
    "t2.medium": (24.0, 2),
    "t2.large": (36.0, 2),
    "t2.xlarge": (54.0, 4),
    "t2.2xlarge": (81.6, 8),
    "t3.nano": (6.0, 2),
    "t3.micro": (12.0, 2),
    "t3.small": (24.0, 2),
    "t3.medium": (24.0, 2),
    "t3.large": (36.0, 2),
    "t3.xlarge": (96.0, 4),
    "t3.2xlarge": (192.0, 8),
    "t3a.nano": (6.0, 2),
    "t3a.micro": (12.0, 2),
    "t3a.small": (24.0, 2),
    "t3a.medium": (24.0, 2),
    "t3a.large": (36.0, 2),
    "t3a.xlarge": (96.0, 4),
    "t3a.2xlarge": (192.0, 8),
    "t4g.nano": (6.0, 2),
    "t4g.micro": (12.0, 2),
    "t4g.small": (24.0, 2),
    "t4g.medium": (24.0, 2),
    "t4g.large": (36.0, 2),
    "t4g.xlarge": (96.0, 4),
    "t4g.2xlarge": (192.0, 8),
}
"""Credits an hour and vCPUs, by type (Amazon EC2 user guide, burstable performance instances; confidence A)."""


def baseline_frac(name: str) -> float | None:
    """The share of its vCPUs that a type can use without end; None for a type without credits."""
    earned = EARNED_A_HOUR.get(name)
    return None if earned is None else earned[0] / 60.0 / earned[1]
