"""What volumes and instances of EC2 give at most, with their burst balances, as limits of a spec."""

from __future__ import annotations

import math

from designer import units
from designer.catalog.reference import ebs
from designer.catalog.reference.ebs import GP3_IOPS, GP3_IOPS_MOST, GP3_MIBPS, GP3_MIBPS_MOST
from designer.catalog.reference.ec2 import InstanceType
from designer.engine.spec import Limit
from designer.words import tr

MIB = 1024.0 * 1024.0 / 1e6
"""MB in a MiB: instances count MB, volumes MiB."""
GP2_CREDITS = 5_400_000.0
"""I/O credits of a gp2 volume at the start and at most (Amazon EC2 user guide, general purpose volumes; A)."""
SSD_KIB, HDD_KIB = 256.0, 1024.0
"""KiB that count as one operation (Amazon EC2 user guide, I/O characteristics; A)."""
HALF_HOUR_S = 1800.0
"""Seconds that an instance gives its maximum to volumes from a full balance (Amazon EC2 user guide, EBS-optimized
instances: 30 minutes at least once in 24 hours; the balance for smaller excess is an assumption, C)."""
NET_BURST_S = 600.0
"""Seconds at full burst that the network balance of an instance holds (5 to 60 minutes; its size is not published,
C)."""
FLOW_MBPS, CLUSTER_FLOW_MBPS = 5_000.0, 10_000.0
"""The most of a single flow, elsewhere and within a cluster placement group (Amazon EC2 user guide, network bandwidth;
A)."""


def why_not_ordered(kind: str, size_gib: float, iops: float, mibps: float) -> str | None:
    """Why no volume of a type and size can be ordered with some IOPS and MiB/s (0: what it has by itself), or None."""
    if kind == "gp3":
        most = min(max(GP3_IOPS, 500.0 * size_gib), GP3_IOPS_MOST)
        if iops and not GP3_IOPS <= iops <= most:
            return tr(
                "a gp3 volume of {0} has {1:,.0f} to {2:,.0f} IOPS, not {3:,.0f}", _gib(size_gib), GP3_IOPS, most, iops
            )
        most = min((iops or GP3_IOPS) / 4.0, GP3_MIBPS_MOST)
        if mibps and not GP3_MIBPS <= mibps <= most:
            has = f"{iops or GP3_IOPS:,.0f} IOPS"
            return tr("a gp3 volume with {0} has {1:,.0f} to {2:,.4g} MiB/s, not {3:,.4g}", has, GP3_MIBPS, most, mibps)
        return None
    if kind == "io2":
        most = min(1000.0 * size_gib, 256_000.0)
        if iops > most:
            return tr("an io2 volume of {0} has at most {1:,.0f} IOPS, not {2:,.0f}", _gib(size_gib), most, iops)
        return tr("the throughput of an io2 volume follows its IOPS") if mibps else None
    if kind in ebs.SIZES_GIB and (iops or mibps):
        return tr("the IOPS and throughput of {0} volumes follow their size", kind)
    return None


def _gib(size_gib: float) -> str:
    return units.text(size_gib, "GiB")


def volume_limits(of: int, name: str, kind: str, size_gib: float, iops: float, mibps: float) -> list[Limit]:
    """The limits of a volume; those of its own (local, virtual disks) where they are above 0."""
    given = ebs.rates(kind, size_gib, iops, mibps)
    if given is None:
        return _both(of, name, iops, mibps, 0.0)
    if kind in ("gp3", "io2"):
        return _both(of, name, given.iops, given.mibps)
    if kind == "gp2":
        # Above the credits its IOPS of 256 KiB are less than the throughput of its size, so this one has no balance.
        burst = given.burst_iops if given.burst_iops > given.iops else 0.0
        bucket = GP2_CREDITS if burst else 0.0
        credits = Limit(of, "iops", given.iops, burst, bucket, SSD_KIB, name=name)
        return [credits, Limit(of, "mibps", given.burst_mibps, name=name)]
    burst = given.burst_mibps if given.burst_mibps > given.mibps else 0.0
    return [Limit(of, "mibps", given.mibps, burst, size_gib * 1024.0 if burst else 0.0, name=name)]


def _both(of: int, name: str, iops: float, mibps: float, unit_kib: float = SSD_KIB) -> list[Limit]:
    """Limits of operations and MiB a second; 0: there is none."""
    made = [Limit(of, "iops", iops, unit_kib=unit_kib, name=name)] if iops else []
    return [*made, Limit(of, "mibps", mibps, name=name)] if mibps else made


def own_limits(of: int, name: str, iops: float, mibps: float) -> list[Limit]:
    """The limits of an array or datastore: each request counts once."""
    return _both(of, name, iops, mibps, 0.0)


def instance_limits(of: int, name: str, kind: InstanceType) -> list[Limit]:
    """The limits of an instance for its EBS volumes and for its network, each with its balance."""
    made = []
    if kind.ebs_mbps:
        low, high = (mbps / 8.0 / MIB for mbps in (kind.ebs_mbps, kind.ebs_peak_mbps or kind.ebs_mbps))
        made.append(Limit(of, "mibps", low, high, (high - low) * HALF_HOUR_S, name=name))
    if kind.ebs_iops:
        low, high = kind.ebs_iops, kind.ebs_peak_iops or kind.ebs_iops
        made.append(Limit(of, "iops", low, high, (high - low) * HALF_HOUR_S, SSD_KIB, name=name))
    if kind.net_mbps:
        low, high = kind.net_mbps, kind.net_peak_mbps or kind.net_mbps
        bucket = max(high - low, 0.0) * NET_BURST_S
        made += [Limit(of, "mbps", low, high, bucket, way="out", name=name)]
        made += [Limit(of, "mbps", low, high, bucket, way="in", name=name)]
    return made


def connections_mbps(vcpus: float, mbps: float, streams: int, *, leaves_region: bool, in_cluster: bool) -> float:
    """The most that some connections of an instance with `mbps` carry together; `mbps` inf where it is not known.

    Out of the region it is half of the bandwidth from 32 vCPUs on, and at most 5 Gbit/s below.
    """
    most = streams * (CLUSTER_FLOW_MBPS if in_cluster else FLOW_MBPS)
    if leaves_region:
        most = min(most, mbps / 2.0 if vcpus >= 32 and math.isfinite(mbps) else FLOW_MBPS)
    return min(most, mbps)
