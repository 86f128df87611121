"""One template of CloudFormation while it is made: its resources, their names, and what it cannot express."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from designer.catalog.reference.ec2 import InstanceType, Offer, ec2
from designer.exchange.estate.inventory import Remarks
from designer.model.element import Element
from designer.model.tree import Tree
from designer.words import tr

IMAGES = {
    "x86_64": "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    "arm64": "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
}
"""The newest image of Amazon Linux by architecture: names of public parameters (AWS Systems Manager user guide)."""
_WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass
class Stack(Remarks):
    """A template of one region. `ids`: the logical name of each element that is in it."""

    tree: Tree
    region: Element
    resources: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    zones: dict[int, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The code of the region."""
        return str(self.region.__dict__["code"])

    def of_kind(self, kind: str) -> list[Element]:
        """The elements of a kind in the region, by place."""
        below = (self.tree.elements[i] for i in self.tree.subtree(self.region.id))
        return [row for row in below if row.kind == kind]

    def put(self, row: Element, kind: str, **properties: Any) -> str:
        """Add the resource of an element; return its logical name. Properties that are None are left out."""
        self.ids[row.id] = self.add(row.name, kind, **properties)
        return self.ids[row.id]

    def add(self, name: str, kind: str, after: str = "", **properties: Any) -> str:
        """Add a resource; return its logical name, which is unique and made of its name."""
        words = "".join(word[:1].upper() + word[1:] for word in _WORD.findall(name))[:200]
        sort = kind.rpartition("::")[2]
        plain = words if words and not words[0].isdigit() else f"{sort}{words}"
        logical, number = plain, 1
        while logical in self.resources or logical in self.parameters:
            number += 1
            logical = f"{plain}x{number}"
        told = {key: value for key, value in properties.items() if value is not None}
        self.resources[logical] = {"Type": kind, **({"DependsOn": after} if after else {}), "Properties": told}
        return logical

    def ref(self, element_id: int) -> dict[str, str] | None:
        """A reference to the resource of an element; None where it has none."""
        logical = self.ids.get(element_id)
        return None if logical is None else {"Ref": logical}

    def refs(self, ids: list[int]) -> list[dict[str, str]]:
        """References to the resources of those elements that have one."""
        return [found for i in ids if (found := self.ref(i)) is not None]

    def above(self, row: Element, kind: str) -> Element | None:
        """The nearest container of a kind."""
        over = (self.tree.elements[i] for i in self.tree.ancestors(row.id))
        return next((one for one in over if one.kind == kind), None)

    def zone(self, row: Element) -> Any:
        """The name of the zone that an element stands in, as a template says it; None without one."""
        zone = self.above(row, "zone")
        return None if zone is None else self.zones[zone.id]

    def image(self, kind: str) -> dict[str, str]:
        """The image that instances of a type start from: a parameter of the template."""
        known = ec2().types.get(kind)
        arch = "arm64" if known is not None and "x86_64" not in known.arch and "arm64" in known.arch else "x86_64"
        name = f"Image{'Arm' if arch == 'arm64' else 'X86'}"
        self.parameters[name] = {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": IMAGES[arch]}
        return {"Ref": name}

    def instance_type(self, vm: Element) -> str:
        """The type of a VM; the cheapest that holds it where it has none."""
        fields = vm.__dict__
        if fields["instance_type"]:
            return str(fields["instance_type"])
        found = cheapest(self.code, fields["vcpus"], fields["ram_mib"])
        if found:
            self.remark("guessed", tr("A VM without a type gets the cheapest that holds it."), f"{vm.name} ({found})")
        return found

    def template(self) -> dict[str, Any]:
        """The whole template."""
        made: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09"}
        made["Description"] = f"{self.region.name} ({self.code})"
        if self.parameters:
            made["Parameters"] = self.parameters
        return {**made, "Resources": self.resources}


def tags(row: Element) -> list[Mapping[str, str]]:
    """The tag that names a resource as its element."""
    return [{"Key": "Name", "Value": row.name[:256]}]


def called(name: str, most: int, more: str = "-") -> str | None:
    """A name of letters, digits, and hyphens; None where nothing is left of it."""
    kept = "".join(c if (c.isascii() and c.isalnum()) or c in more else "-" for c in name)
    return kept.strip("-")[:most].strip("-") or None


def cheapest(region: str, vcpus: int, ram_mib: float) -> str:
    """The cheapest present type for usual images that holds a size and that a region offers; empty without one."""
    catalog = ec2()

    def fits(kind: InstanceType) -> bool:
        size = kind.vcpus >= vcpus and kind.mem_mib >= ram_mib
        return size and kind.current and "x86_64" in kind.arch and catalog.had(kind.name, region, None) is Offer.YES

    priced = [(price, name) for name, kind in catalog.types.items()
              if fits(kind) and (price := catalog.price_usd_h(name, region)) is not None]  # fmt: skip
    return min(priced, default=(0.0, ""))[1]
