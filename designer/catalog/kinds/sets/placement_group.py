"""A placement group: which VMs may stand near each other, by one of the three EC2 strategies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as of
from typing import ClassVar, Literal

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.element import Element, choice
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr

MOST_OF_SPREAD = 7
"""Most running instances of a spread placement group in a zone (Amazon EC2 user guide, placement groups)."""
MOST_PARTITIONS = 7
"""Most partitions of a placement group in a zone (same source)."""

Strategy = Literal["spread", "partition", "cluster"]


class PlacementGroup(Element, table=True):
    """A placement group."""

    __tablename__ = "placement_group"
    kind: ClassVar[str] = "placement_group"

    strategy: Strategy = choice(
        "spread",
        "Strategy",
        group="Placement",
        help=(
            "spread: each VM on its own rack, at most seven in a zone. partition: VMs of different partitions share "
            "no rack. cluster: all VMs in one zone. Hosts outside of racks count as racks."
        ),
        source="Amazon EC2 user guide, placement groups",
        confidence="A",
    )


def _nearest(tree: Tree, place: int, kind: str) -> Element | None:
    """The element itself, or its nearest ancestor, of a kind."""
    here = tree.elements[place]
    if here.kind == kind:
        return here
    return next((tree.elements[i] for i in tree.ancestors(place) if tree.elements[i].kind == kind), None)


@dataclass
class _Seen:
    """Members of a placement group that already stand somewhere: by rack, and how many in each zone."""

    tree: Tree
    group: Element
    racks: dict[int, Element] = of(default_factory=dict)
    zones: Counter[int] = of(default_factory=Counter)
    last: Element | None = None

    def why_not(self, vm: Element, place: int) -> str | None:
        """Why one more VM may not stand in a place beside the members seen so far, or None."""
        name, strategy = self.group.name, self.group.__dict__["strategy"]
        zone = _nearest(self.tree, place, "zone")
        if strategy == "cluster":
            if self.last is None or self.zones[_id(zone)]:
                return None
            return tr("{0} keeps its VMs in one zone, that of {1}", name, self.last.name)
        rack = self.rack(place)
        other = self.racks.get(_id(rack)) if rack is not None else None
        if strategy == "spread":
            if rack is not None and other is not None:
                return tr("{0} keeps each VM on its own {1}, and {2} is on {3}", name, rack.kind, other.name, rack.name)
            if self.zones[_id(zone)] >= MOST_OF_SPREAD:
                where = zone.name if zone is not None else tr("one place")
                return tr(
                    "{0} has {1} VMs in {2}, the most of a spread placement group in a zone",
                    name,
                    MOST_OF_SPREAD,
                    where,
                )
        elif rack is not None and other is not None and other.__dict__["partition"] != vm.__dict__["partition"]:
            neighbor = tr("{0} of partition {1}", other.name, other.__dict__["partition"])
            return tr("{0} keeps each partition on its own racks, and {1} is on {2}", name, neighbor, rack.name)
        return None

    def rack(self, place: int) -> Element | None:
        """The rack of a place, or the host where it is in no rack. None on the provider's capacity."""
        if self.tree.elements[place].kind != "host":
            return None
        return _nearest(self.tree, place, "rack") or self.tree.elements[place]

    def add(self, vm: Element, place: int) -> None:
        """Count a member that stands somewhere."""
        rack = self.rack(place)
        if rack is not None:
            self.racks.setdefault(rack.id, vm)
        self.zones[_id(_nearest(self.tree, place, "zone"))] += 1
        self.last = vm


def _id(element: Element | None) -> int:
    return element.id if element is not None else 0


def _members(tree: Tree, group: Element, ids: Iterable[int]) -> Iterable[Element]:
    """The VMs of some that run: no templates and none that is off."""
    rows = (tree.elements[i] for i in ids)
    return (row for row in rows if row.__dict__["powered_on"] and not row.__dict__["template"])


def why_not_together(tree: Tree, group: Element, vm: Element, place: int) -> str | None:
    """Why a placement group does not allow one of its VMs in a place, or None when it does."""
    if vm.__dict__.get("template") or not vm.__dict__.get("powered_on", True):
        return None
    seen = _Seen(tree, group)
    for member in _members(tree, group, tree.sources(group.id, "placed_by")):
        if member.id != vm.id:
            seen.add(member, member.parent)
    return seen.why_not(vm, place)


def why_not_near(tree: Tree, vm: Element, parent: Element) -> str | None:
    """Why a VM's placement group, if it has one, does not allow it in a parent, or None when it does."""
    groups = tree.targets(vm.__dict__["id"], "placed_by")
    return why_not_together(tree, tree.elements[groups[0]], vm, parent.id) if groups else None


def why_not_member(tree: Tree, vm: Element, group: Element) -> str | None:
    """Why a VM may not join a placement group where it stands, or None when it may."""
    return why_not_together(tree, group, vm, vm.parent)


def _add_to_spec(builder: SpecBuilder, group: Element) -> None:
    """Check where the members stand. Raises RuleError where the group does not allow it."""
    fields = group.__dict__
    seen = _Seen(builder.tree, group)
    for member in _members(builder.tree, group, builder.sources(group.id, "placed_by")):
        reason = seen.why_not(member, member.parent)
        if reason:
            raise RuleError(tr("{0} is not allowed in its place: {1}.", member.name, reason))
        seen.add(member, member.parent)
    builder.placements.append(spec.PlacementGroup(group.id, fields["name"], fields["strategy"], MOST_OF_SPREAD))


def _about(group: Element) -> str:
    return str(group.__dict__["strategy"])


PLACEMENT_GROUP = Kind(
    "placement_group",
    "Placement group",
    "placement-group.svg",
    PlacementGroup,
    inside=("region",),
    prefix="pg",
    plural="placement groups",
    section="sets",
    rule_fields=("strategy",),
    is_set=True,
    box=Box(min_w=150, min_h=32),
    help=(
        "Says which of its VMs may share a rack or must share a zone, when they are placed by hand and when they "
        "restart. A VM that has no allowed place waits."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
)
