"""A database: its primary and standbys stand in subnets. It fails over when its primary is lost."""

from typing import ClassVar

from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.rules.terms.paying import own_price
from designer.catalog.rules.terms.residency import (
    backup_time_field,
    backups_elsewhere_field,
    backups_error,
    encrypted_field,
    interval_field,
    kept_field,
    restore_field,
)
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.element import Element, quantity, seconds
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr


class Database(Repaired, table=True):
    """A database."""

    kind: ClassVar[str] = "database"

    failover_s: float = seconds(
        90.0,
        "Failover takes",
        group="Failure",
        help="Time from the loss of the primary until a standby takes over. The database is down meanwhile.",
        source="Amazon RDS user guide, Multi-AZ failover: 60 to 120 s are typical",
        confidence="B",
    )
    lag_s: float = seconds(
        0.0,
        "Replication lag",
        group="Failure",
        zero="none",
        help="A failover loses what was written within this time before it (RPO). It loses nothing where a write needs "
        "two replicas or more: what was acknowledged is on another replica. 0: synchronous standbys lose nothing.",
        source="Amazon RDS user guide: Multi-AZ standbys are synchronous; read replicas lag",
        confidence="B",
    )

    quorum: int = quantity(
        0,
        "",
        "Replicas that a write needs",
        group="Failure",
        zero="the primary alone",
        ge=0,
        le=9,
        help="The database takes writes while this many of its replicas (the primary and the standbys) are up and "
        "reached, and fails over only with them. Services that only read from it go on with one.",
        source="Amazon RDS user guide, Multi-AZ DB clusters: a write is acknowledged by the writer and one of two "
        "readers; etcd and MongoDB documentation: a majority",
        confidence="B",
    )
    mtbf_h: float = mtbf(17_520.0)
    mttr_h: float = mttr(1.0)
    mtbf_factor: float = known_within(3.0, "MTBF known within a factor of")
    backup_h: float = interval_field()
    backup_at_h: float = backup_time_field()
    backup_region: str = backups_elsewhere_field()
    encrypted: bool = encrypted_field()
    own_usd_month: float = own_price()
    replica_rps: float = quantity(
        0.0,
        "req/s",
        "A replica serves",
        group="Capacity",
        zero="no limit",
        ge=0,
        le=1e9,
        help="Requests a second that each replica serves at most. Services that depend on the database write to its "
        "primary; those that only read from it share the standbys that are reached, or the primary without any. What "
        "is above that is dropped, the same part of each service.",
    )
    backup_keep_h: float = kept_field()
    restore_h: float = restore_field()


def why_no_replica(tree: Tree, database: Element, subnet: Element) -> str | None:
    """Why a replica of a database may not stand in a subnet, or None when it may."""
    zone = subnet.parent
    if tree.elements[zone].parent != database.parent:
        return tr("{0} is in another region than {1}", subnet.name, database.name)
    for kind in ("primary_in", "standby_in"):
        for other in (tree.elements[i] for i in tree.targets(database.id, kind)):
            if other.parent == zone:
                return tr(
                    "{0} already has a replica in {1}, in {2}", database.name, tree.elements[zone].name, other.name
                )
    return None


def _add_to_spec(builder: SpecBuilder, database: Element) -> None:
    """Add a database as a place of its own. Without replicas it fails with its region only. Raises RuleError."""
    primary, standbys = builder.targets(database.id, "primary_in"), builder.targets(database.id, "standby_in")
    if standbys and not primary:
        raise RuleError(tr("{0} has a standby but no primary; link it to the subnet of its primary.", database.name))
    needed, there = database.__dict__["quorum"], len(primary) + len(standbys)
    if needed > there:
        raise RuleError(
            tr("A write of {0} needs {1} replicas, and it has {2}; add standbys or let it need fewer.", database.name,
               needed, there)
        )  # fmt: skip
    builder.domains.append(
        spec.Domain(
            id=database.id,
            parent=builder.parent(database),
            kind=database.kind,
            name=database.__dict__["name"],
            replicas=tuple(primary + standbys),
            failover_s=database.__dict__["failover_s"],
            lag_s=database.__dict__["lag_s"],
            quorum=needed,
            replica_rps=database.__dict__["replica_rps"],
        )
    )


DATABASE = Kind(
    "database",
    "Database",
    "database.svg",
    Database,
    inside=("region",),
    value_error=backups_error,
    rule_fields=("backup_region",),
    prefix="db",
    plural="databases",
    section="storage",
    box=Box(min_w=150, min_h=32),
    help=(
        "Up while the subnet of its primary is up; then a standby takes over. Services that depend on it drop all "
        "requests while it is down, or without its quorum; those that read from it go on while a replica is up."
    ),
    add_to_spec=_add_to_spec,
)
