"""Where things stand: the zone, rack and host of VMs, and the members of services. Several checks read it."""

from __future__ import annotations

from typing import NamedTuple

from designer.checks.view import CheckView
from designer.model.element import ROOT_ID


class Standing(NamedTuple):
    """A running VM: its zone, rack and host (0: none), and its size in MHz."""

    id: int
    zone: int
    rack: int
    host: int
    mhz: float


def spot(view: CheckView, place: int) -> tuple[int, int, int]:
    """The zone, rack and host of a place; 0 for none. Without a zone: the outermost place."""
    above = view.parent(place)
    zone, rack, host = view.value(spot, above) if above != ROOT_ID else (place, 0, 0)
    kind = view.kind(place)
    return (place if kind == "zone" else zone), (place if kind == "rack" else rack), (place if kind == "host" else host)


def standing(view: CheckView, element_id: int) -> Standing | None:
    """Where a VM, or an application, stands; None where it does not run (off or a template)."""
    fields, above = view.get(element_id), view.parent(element_id)
    if view.kind(element_id) == "application" and view.kind(above) == "vm":
        vm = view.value(standing, above)
        return None if vm is None else vm._replace(id=element_id, mhz=fields["vcpus"] * fields["mhz"])
    if fields.get("template") or not fields.get("powered_on", True):
        return None
    place = view.value(spot, above) if above != ROOT_ID else (element_id, 0, 0)
    return Standing(element_id, *place, fields["vcpus"] * fields["mhz"])


def members(view: CheckView, service: int) -> list[Standing]:
    """The members of a service that run."""
    found = (view.value(standing, member) for member in view.sources(service, "member"))
    return [member for member in found if member is not None]


def names(view: CheckView, ids: list[int], most: int = 3) -> str:
    """The names of some elements: "a, b and 4 more"."""
    told = [view.name(i) for i in ids[:most]]
    left = len(ids) - len(told)
    if left:
        return f"{', '.join(told)} and {left:,} more"
    return " and ".join(filter(None, (", ".join(told[:-1]), told[-1]))) if told else ""
