"""Where an instance type is offered: the region and zone of an element, by code and zone id."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from designer.catalog.reference.ec2 import Offer, ec2
from designer.catalog.rules.identity import catalog_region, zone_name
from designer.catalog.rules.storage import HOLD_VMS
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import ROOT_ID, Element
from designer.model.tree import Tree
from designer.words import tr


@dataclass(frozen=True)
class Place:
    """The code of a catalog region, and name and id of a zone in it; empty where unknown."""

    region: str
    zone: str = ""
    zone_id: str = ""

    @property
    def text(self) -> str:
        """The place as a sentence names it."""
        return f"{self.zone} ({self.zone_id})" if self.zone_id else self.region


def place_of(tree: Tree, element: Element) -> Place | None:
    """The catalog region of an element, with its zone; None outside of catalog regions."""
    zone_id = ""
    while element.id != ROOT_ID:
        fields = element.__dict__
        if element.kind == "zone":
            zone_id = fields["zone_id"]
        elif element.kind == "region":
            region = catalog_region(element)
            if region is None:
                return None
            zone = zone_name(region, zone_id)
            return Place(region.code, zone, zone_id if zone else "")
        element = tree.elements[fields["parent"]]
    return None


def offered(name: str, place: Place) -> Offer:
    """Whether a place offers a type; where nothing is known of the zone, whether its region does."""
    return ec2().had(name, place.region, place.zone_id or None)


def price_usd_h(tree: Tree, vm: Element) -> float | None:
    """On-demand USD an hour of a VM's instance type where it stands; None where no price is known, as with Windows."""
    name, place = vm.__dict__["instance_type"], place_of(tree, vm)
    return (
        None
        if place is None or not name or vm.__dict__["guest_os"] == "windows"
        else ec2().price_usd_h(name, place.region)
    )


def why_not_offered(tree: Tree, name: str, parent: Element) -> str | None:
    """Why a VM of a type may not stand in a parent: the place does not offer it, with the nearest that do; or None."""
    if not name:
        return None
    place = place_of(tree, parent)
    return None if place is None else reason(name, place)


def offered_in(builder: SpecBuilder, name: str) -> int:
    """The hosts, zones and subnets that offer a VM's type; anywhere when all do."""
    if not name:
        return spec.ANYWHERE
    return builder.memo(("offered", name), lambda: _offered_in(builder, name))


def _offered_in(builder: SpecBuilder, name: str) -> int:
    tree = builder.tree
    places = [e for e in tree.elements.values() if e.kind in HOLD_VMS]
    refused: dict[int, bool] = {}
    allowed: list[int] = []
    for place in places:
        zone = next((i for i in (place.id, *tree.ancestors(place.id)) if tree.elements[i].kind == "zone"), ROOT_ID)
        if zone not in refused:
            refused[zone] = zone != ROOT_ID and why_not_offered(tree, name, tree.elements[zone]) is not None
        if not refused[zone]:
            allowed.append(place.id)
    if len(allowed) == len(places):
        return spec.ANYWHERE
    return builder.reach(("offered", name), lambda: spec.Reach(tuple(sorted(allowed)), tr("offers {0}", name)))


@lru_cache(maxsize=4096)
def reason(name: str, place: Place) -> str | None:
    """Why a place does not offer a type, with the nearest that do; None when it does or nothing is known."""
    if offered(name, place) is not Offer.NO:
        return None
    near = ", ".join(kind.name for kind in ec2().nearest(name, place.region, zone_id=place.zone_id or None))
    return tr("{0} is not offered in {1}", name, place.text) + (
        tr("; the nearest that offer it: {0}", near) if near else ""
    )


def elsewhere(name: str, place: Place) -> list[str]:
    """Other zones of the region that offer a type, or else the nearest regions by latency that do."""
    region = ec2().regions[place.region]
    zones = [zone for zone, zone_id in region.zones if ec2().offered(name, place.region, zone_id) is Offer.YES]
    return zones if place.zone_id and zones else ec2().nearest_regions(name, place.region)
