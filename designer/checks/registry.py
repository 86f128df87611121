"""All checks, in the order in which they are listed."""

from designer.checks import (
    affinity,
    capacity,
    clusters,
    data,
    failover,
    groups,
    identity,
    moving,
    network,
    parts,
    power,
    rules,
    sizing,
    spread,
)
from designer.checks.check import Check
from designer.checks.regional import chains, quorums, recovery, residency, traffic

FAMILIES = (
    rules,
    capacity,
    groups,
    parts,
    spread,
    failover,
    clusters,
    power,
    moving,
    affinity,
    network,
    data,
    identity,
    sizing,
    recovery,
    chains,
    quorums,
    residency,
    traffic,
)
CHECKS: tuple[Check, ...] = tuple(check for family in FAMILIES for check in family.CHECKS)
BY_ID: dict[str, Check] = {check.id: check for check in CHECKS}
