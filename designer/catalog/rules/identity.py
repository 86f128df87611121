"""Which region and zone of a provider an element is, by its code and zone id. Names do not matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from designer.catalog.reference.ec2 import Ec2Region, ec2
from designer.model.element import Element
from designer.model.tree import Tree

AWS = "aws"
"""The provider whose regions the EC2 catalog knows."""


def catalog_region(region: Element) -> Ec2Region | None:
    """The catalog region of a region, or None where it is another provider's or your own."""
    fields = region.__dict__
    return ec2().regions.get(fields["code"]) if fields["provider"] == AWS and fields["code"] else None


def zone_name(region: Ec2Region, zone_id: str) -> str:
    """The catalog's name of a zone, empty when the region has none with that id."""
    return next((name for name, known in region.zones if known == zone_id), "")


def next_zone(tree: Tree, region: Element) -> Mapping[str, Any]:
    """Name and zone id of the first zone of a provider's region that is not drawn in it; empty when all are drawn."""
    known = catalog_region(region) if region.kind == "region" else None
    if known is None:
        return {}
    drawn = {tree.elements[i].__dict__.get("zone_id", "") for i in tree.children(region.id)}
    return next(({"name": name, "zone_id": zone_id} for name, zone_id in known.zones if zone_id not in drawn), {})


def region_from_name(name: str) -> Mapping[str, str]:
    """Provider and code of a region that a design of file version 3 or before knows by its name."""
    return {"provider": AWS, "code": name} if name in ec2().regions else {}


def zone_from_name(code: str, name: str) -> Mapping[str, str]:
    """The zone id of a zone that such a design knows by its name, in the region of a code."""
    region = ec2().regions.get(code)
    zone_id = dict(region.zones).get(name, "") if region is not None else ""
    return {"zone_id": zone_id} if zone_id else {}
