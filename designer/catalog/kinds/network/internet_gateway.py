"""An internet gateway: without one, internet users reach nothing in the VPC."""

from typing import ClassVar

from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element
from designer.model.kind import Box, Kind


class InternetGateway(Element, table=True):
    """An internet gateway."""

    __tablename__ = "internet_gateway"
    kind: ClassVar[str] = "internet_gateway"


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
