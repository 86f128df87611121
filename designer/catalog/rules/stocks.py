"""What the provider has in a zone: instance types, each with how many of it, as text like “m5.large=10, t3.micro=4”."""

from __future__ import annotations

from collections.abc import Mapping

from designer.catalog.reference.ec2 import ec2
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element
from designer.words import tr

MOST = 1_000_000
"""Most instances of a type that a text may name."""


def stock_of(text: str) -> dict[str, int]:
    """Instance types, each with how many of it. Raises ValueError where the text is none, or names a type twice."""
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, count = (half.strip() for half in part.split("="))
        if not name or name in found or not 0 <= int(count) <= MOST:
            raise ValueError(part)
        found[name] = int(count)
    return found


def stock_text(stock: Mapping[str, int]) -> str:
    """The text of `stock_of`."""
    return ", ".join(f"{name}={count}" for name, count in stock.items())


def stock_error(zone: Element) -> str | None:
    """What is wrong with what the provider has in a zone, or None."""
    try:
        stock = stock_of(zone.__dict__["capacity"])
    except ValueError:
        return tr("its capacity needs instance types with counts, each type once, like m5.large=10, t3.micro=4")
    unknown = next((name for name in stock if name not in ec2().types), None)
    return None if unknown is None else tr("its capacity names {0}, which is no instance type of the catalog", unknown)


def add_stocks(builder: SpecBuilder, zone: Element) -> None:
    """Add what the provider has in a zone for the VMs and templates of each type."""
    for name, most in stock_of(zone.__dict__["capacity"]).items():
        vms = builder.memo("types", lambda: _of_types(builder)).get(name, ())
        if vms:
            builder.stocks.append(spec.Stock(zone.id, name, most, tuple(vms)))


def _of_types(builder: SpecBuilder) -> dict[str, list[int]]:
    """The VMs that run and the templates of groups, by instance type."""
    found: dict[str, list[int]] = {}
    for vm in sorted(builder.tree.of_kind("vm"), key=lambda vm: vm.id):
        fields = vm.__dict__
        if fields["instance_type"] and (not fields["template"] or _launches(builder, vm.id)):
            found.setdefault(fields["instance_type"], []).append(vm.id)
    return found


def _launches(builder: SpecBuilder, template: int) -> bool:
    """Whether a group launches copies of a template: others are no part of a run."""
    return any(builder.targets(group, "spans") for group in builder.sources(template, "template"))
