"""What EBS volumes have by type and size: the sizes that there are, and what a volume of a size gives."""

from __future__ import annotations

import math
from dataclasses import dataclass

from designer import units
from designer.words import tr

SIZES_GIB: dict[str, tuple[float, float]] = {
    "gp3": (1, 65_536),
    "gp2": (1, 16_384),
    "io2": (4, 65_536),
    "st1": (125, 16_384),
    "sc1": (125, 16_384),
}
"""Smallest and largest size (API descriptions in botocore 1.44.5, `ec2/2016-11-15`; confidence A)."""
GP3_IOPS, GP3_MIBPS, GP3_IOPS_MOST, GP3_MIBPS_MOST = 3000.0, 125.0, 80_000.0, 2000.0
"""What every gp3 volume has, and the most that can be ordered (the same source; A)."""


@dataclass(frozen=True)
class VolumeRates:
    """What a volume gives: I/O operations and MiB a second, without end (`iops`, `mibps`) and for a while from its
    credits (`burst_*`, the same where it has none). 0: its type promises no operations.
    """

    iops: float
    mibps: float
    burst_iops: float
    burst_mibps: float

    @property
    def text(self) -> str:
        """The rates in words, as `3,000 IOPS, 125 MiB/s` or `20 MiB/s, in bursts 122 MiB/s`."""
        told = _text(self.iops, self.mibps)
        more = _text(
            self.burst_iops if self.burst_iops > self.iops else 0.0,
            self.burst_mibps if self.burst_mibps > self.mibps else 0.0,
        )
        return tr("{0}, in bursts {1}", told, more) if more else told


def _text(iops: float, mibps: float) -> str:
    parts = [f"{iops:,.0f} IOPS"] if iops else []
    return ", ".join([*parts, units.text(mibps, "MiB/s", 3)] if mibps else parts)


def rates(kind: str, size_gib: float, iops: float = 0.0, mibps: float = 0.0) -> VolumeRates | None:
    """What a volume of a type and size gives with what is ordered; of io2 else the most that can be. None for other
    volumes.

    Amazon EC2 user guide, EBS volume types (state of May 2023), and the API descriptions in botocore 1.44.5 for the
    limits of io2; confidence A.
    """
    tib = size_gib / 1024.0
    match kind:
        case "gp3":  # what is included in its price, whatever the size, or what is ordered
            return _steady(iops or GP3_IOPS, mibps or GP3_MIBPS)
        case "gp2":
            base = min(max(3.0 * size_gib, 100.0), 16_000.0)
            return VolumeRates(
                base, 128.0 if size_gib < 334 else 250.0, max(base, 3000.0), 128.0 if size_gib <= 170 else 250.0
            )
        case "io2":
            order = min(iops or math.inf, 1000.0 * size_gib, 256_000.0)
            return _steady(order, min(0.256 * order, 4000.0))
        case "st1":
            return VolumeRates(0.0, min(40.0 * tib, 500.0), 0.0, min(250.0 * tib, 500.0))
        case "sc1":
            return VolumeRates(0.0, min(12.0 * tib, 250.0), 0.0, min(80.0 * tib, 250.0))
    return None


def _steady(iops: float, mibps: float) -> VolumeRates:
    return VolumeRates(iops, mibps, iops, mibps)
