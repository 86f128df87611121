"""A rule of placing reads of a newcomer only the fields that its kind says: so one of many equal ones is asked."""

from __future__ import annotations

from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.shipped import DEDICATED
from designer.commands import edit
from designer.model.element import ROOT_ID, Element, make
from designer.model.project import Project

IDENTITY = {"id", "kind", "parent", "name", "__class__"}
ASKED = [kind.name for kind in KINDS.values() if kind.placement_reads is not None]


class Seen(dict[str, Any]):
    """Values that note who is read."""

    def __init__(self, found: dict[str, Any]) -> None:
        super().__init__(found)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """As a dictionary's."""
        self.read.add(name)
        return super().get(name, default)


class Newcomer:
    """An element that notes which of its fields are read."""

    def __init__(self, element: Element) -> None:
        object.__setattr__(self, "held", Seen(dict(element.__dict__)))
        object.__setattr__(self, "kind", element.kind)

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, "held")
        if name == "__dict__":
            return found
        return object.__getattribute__(self, "kind") if name == "kind" else found.get(name)


def places(project: Project) -> list[int]:
    """One of each container that may hold something, with a neighbor or two."""
    region = edit.place(project, "region", code="ap-south-1", provider="aws")
    zone = edit.place(project, "zone", region)
    center = edit.place(project, "data_center")
    rack = edit.place(project, "rack", center)
    hosts = [edit.place(project, "host", rack) for _ in range(2)]
    edit.change(project, [hosts[1]], {"model": f"m5{DEDICATED}"})
    vpc = edit.place(project, "vpc", region)
    subnet = edit.place(project, "subnet", zone)
    edit.connect(project, "in_vpc", subnet, vpc)
    for host in hosts:
        edit.place(project, "vm", host)
    return [ROOT_ID, region, zone, center, rack, *hosts, subnet]


@pytest.mark.parametrize("kind", ASKED)
def test_that_a_rule_reads_of_a_newcomer_only_what_its_kind_says(kind: str) -> None:
    project = Project(KINDS, LINKS)
    what, read = KINDS[kind], set()
    for parent in places(project):
        if project.elements[parent].kind in what.inside:
            for fields in ({}, {"instance_type": "m5.large"}, {"instance_type": "t3.micro"}):
                known = {name: value for name, value in fields.items() if name in what.table.model_fields}
                newcomer = Newcomer(make(what.table, {"id": 77, "parent": parent, "name": "new", **known}))
                assert what.placement_error is not None
                what.placement_error(project, newcomer, project.elements[parent])  # type: ignore[arg-type]
                read |= newcomer.__dict__.read
    assert read - IDENTITY <= set(what.placement_reads or ())


def test_that_the_rules_that_are_asked_for_many_are_these() -> None:
    assert ASKED == ["host", "switch", "router", "firewall", "storage_array", "vm", "nat_gateway"]
