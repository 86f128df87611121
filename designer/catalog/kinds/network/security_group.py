"""A security group: the ports on which its VMs accept requests."""

from typing import ClassVar

from designer.catalog.rules.values import ports_error
from designer.model.element import Element, field
from designer.model.kind import Box, Kind


class SecurityGroup(Element, table=True):
    """A security group."""

    __tablename__ = "security_group"
    kind: ClassVar[str] = "security_group"

    ports: str = field(
        "443",
        "Allowed ports",
        group="Network",
        max_length=400,
        help="Ports like 80, 443, 8000-8100; all others are closed. A VM in several groups has the ports of all.",
    )


def _about(group: Element) -> str:
    return str(group.__dict__["ports"])


SECURITY_GROUP = Kind(
    "security_group",
    "Security group",
    "security-group.svg",
    SecurityGroup,
    inside=("region",),
    prefix="sg",
    plural="security groups",
    section="network",
    value_error=ports_error,
    rule_fields=("ports",),
    is_set=True,
    box=Box(min_w=150, min_h=32),
    help="Requests reach its VMs only on its ports. A VM in no security group can be reached on all.",
    about=_about,
)
