"""A resource pool: VMs, and pools in it, that share what the pool gets of their hosts' CPU."""

from math import inf
from typing import ClassVar, Literal

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.circles import leads_to
from designer.model.element import Element, choice, quantity
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr

SHARES = {"low": 2000.0, "normal": 4000.0, "high": 8000.0}
"""CPU shares of a pool by level: those of a VM with four vCPUs (vSphere resource management)."""

ShareLevel = Literal["low", "normal", "high"]


class ResourcePool(Element, table=True):
    """A resource pool."""

    __tablename__ = "resource_pool"
    kind: ClassVar[str] = "resource_pool"

    shares_level: ShareLevel = choice(
        "normal",
        "CPU shares",
        group="CPU sharing",
        help="Shares of the pool beside VMs and pools that are in no pool or in the same one: low 2000, normal 4000, "
        "high 8000. They act under “weighted max-min”.",
        source="vSphere resource management: a pool has the shares of a VM with four vCPUs",
        confidence="C",
    )
    shares: float = quantity(
        0.0,
        "",
        "Shares of its own",
        group="CPU sharing",
        zero="by level",
        ge=0,
        le=10_000_000,
        help="Number of shares in place of the level; 0: the level counts.",
    )
    cpu_reservation_mhz: float = quantity(
        0.0,
        "MHz",
        "CPU reservation",
        group="CPU sharing",
        zero="none",
        ge=0,
        le=100_000_000,
        help="CPU that its VMs get together whenever they ask for it.",
    )
    cpu_limit_mhz: float = quantity(
        0.0,
        "MHz",
        "CPU limit",
        group="CPU sharing",
        zero="no limit",
        ge=0,
        le=100_000_000,
        help="Most CPU of all its VMs together; 0: no limit.",
    )


def why_not_in_pool(tree: Tree, inner: Element, pool: Element) -> str | None:
    """Why a pool may not be in another, or None; a VM may be in any."""
    if not leads_to(tree, "in_pool", pool.id, inner.id):
        return None
    return tr("{0} is in {1}", pool.name, inner.name) if pool.id != inner.id else tr("a pool cannot be in itself")


def _value_error(pool: Element) -> str | None:
    """Why reservation and limit contradict each other, or None."""
    reserved, most = pool.__dict__["cpu_reservation_mhz"], pool.__dict__["cpu_limit_mhz"]
    if 0 < most < reserved:
        return tr("it reserves {0:,.0f} MHz, more than its limit of {1:,.0f} MHz allows", reserved, most)
    return None


def _add_to_spec(builder: SpecBuilder, pool: Element) -> None:
    fields = pool.__dict__
    builder.pools.append(
        spec.Pool(
            fields["id"],
            builder.target(fields["id"], "in_pool"),
            fields["shares"] or SHARES[fields["shares_level"]],
            fields["cpu_reservation_mhz"],
            fields["cpu_limit_mhz"] or inf,
            fields["name"],
        )
    )


def _about(pool: Element) -> str:
    fields = pool.__dict__
    return tr("{0:,.0f} shares", fields["shares"] or SHARES[fields["shares_level"]])


RESOURCE_POOL = Kind(
    "resource_pool",
    "Resource pool",
    "resource-pool.svg",
    ResourcePool,
    inside=("data_center", "zone", "region"),
    prefix="pool",
    plural="resource pools",
    section="sets",
    is_set=True,
    value_error=_value_error,
    rule_fields=("cpu_reservation_mhz", "cpu_limit_mhz"),
    box=Box(min_w=140, min_h=32),
    help=(
        "Holds the VMs and pools that are linked to it: they share what it gets. A pool over several hosts is divided "
        "among them by the vCPUs of its running VMs."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
)
