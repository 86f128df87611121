"""A firewall: lets requests on some ports in to what it guards. What it guards is cut off when all its firewalls are
down."""

from typing import ClassVar

from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.kinds.hardware.rack import why_no_units
from designer.catalog.rules.values import ports_error
from designer.catalog.rules.watts.heat import watts_drawn
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, field, quantity
from designer.model.kind import Box, Kind


class Firewall(Repaired, table=True):
    """A firewall."""

    kind: ClassVar[str] = "firewall"

    ports: str = field(
        "80, 443",
        "Allowed ports",
        group="Network",
        max_length=400,
        help="Ports like 80, 443, 8000-8100. Requests on other ports do not reach what it guards.",
    )
    power_w: float = watts_drawn()
    size_u: int = quantity(1, "U", "Height", group="Placement", ge=1, le=60, help="Height in rack units.")
    mtbf_h: float = mtbf(87_600.0)
    mttr_h: float = mttr(4.0)
    mtbf_factor: float = known_within(3.0, "MTBF known within a factor of")


def _add_to_spec(builder: SpecBuilder, firewall: Element) -> None:
    builder.domain(firewall)


def _about(firewall: Element) -> str:
    return str(firewall.__dict__["ports"])


FIREWALL = Kind(
    "firewall",
    "Firewall",
    "firewall.svg",
    Firewall,
    inside=("rack", "data_center", "zone", "region"),
    prefix="fw",
    plural="firewalls",
    section="network",
    placement_error=why_no_units,
    value_error=ports_error,
    rule_fields=("size_u", "ports"),
    placement_reads=("size_u",),
    box=Box(min_w=118, min_h=28),
    help="Decides which requests reach what it guards. While all firewalls of an element are down, nobody reaches its "
    "VMs, which run on.",
    add_to_spec=_add_to_spec,
    about=_about,
)
