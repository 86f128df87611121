"""An internet gateway: without one, internet users reach nothing in the VPC."""

from typing import ClassVar

from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element
from designer.model.kind import Box, Kind


class InternetGateway(Repaired, table=True):
    """An internet gateway."""

    __tablename__ = "internet_gateway"
    kind: ClassVar[str] = "internet_gateway"
    mtbf_h: float = mtbf(438_000.0)
    mttr_h: float = mttr(1.0)
    mtbf_factor: float = known_within(5.0, "MTBF known within a factor of")


def _add_to_spec(builder: SpecBuilder, gateway: Element) -> None:
    builder.domain(gateway)


INTERNET_GATEWAY = Kind(
    "internet_gateway",
    "Gateway",
    "internet-gateway.svg",
    InternetGateway,
    inside=("region",),
    prefix="igw",
    plural="internet gateways",
    section="network",
    box=Box(min_w=150, min_h=32),
    help="Opens a VPC to the internet: requests of users come through it. While it is down, no request arrives.",
    add_to_spec=_add_to_spec,
)
