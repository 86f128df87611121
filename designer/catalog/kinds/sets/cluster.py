"""A cluster: hosts that restart each other's VMs. It may span zones."""

from typing import ClassVar

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element, field, quantity
from designer.model.kind import Box, Kind
from designer.words import tr


class Cluster(Element, table=True):
    """A cluster of hosts."""

    kind: ClassVar[str] = "cluster"

    ha: bool = field(
        True,
        "HA",
        group="Failure",
        help=(
            "Whether VMs with the recovery rule “cluster” restart on the other hosts of the cluster. When off, they "
            "stay down until their host is back."
        ),
    )
    detect_s: float = quantity(
        15.0,
        "s",
        "Failure detected after",
        group="Failure",
        ge=0,
        le=86_400,
        help="Time until a dead host is declared dead and its VMs with the recovery rule “cluster” restart.",
        source="vSphere HA: 15 s without heartbeats",
        confidence="B",
    )


def _add_to_spec(builder: SpecBuilder, cluster: Element) -> None:
    fields = cluster.__dict__
    builder.clusters.append(spec.Cluster(fields["id"], fields["name"], fields["detect_s"], fields["ha"]))


def _about(cluster: Element) -> str:
    return "" if cluster.__dict__["ha"] else tr("HA off")


CLUSTER = Kind(
    "cluster",
    "Cluster",
    "cluster.svg",
    Cluster,
    inside=("data_center", "zone", "region"),
    prefix="cluster",
    plural="clusters",
    section="sets",
    is_set=True,
    box=Box(min_w=140, min_h=32),
    help=(
        "Groups the hosts that are linked to it. VMs with the recovery rule “cluster” restart on its other hosts, "
        "wherever they stand."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
)
