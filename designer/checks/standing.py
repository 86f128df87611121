"""Where things stand: the zone, rack and host of VMs, and the members of services. Several checks read it."""

from __future__ import annotations

from typing import Any, NamedTuple

from designer.catalog.reference.threads import thread_frac_of
from designer.catalog.rules.capacity import host_record
from designer.checks.view import CheckView
from designer.engine.spec.capacity import vcpu_frac
from designer.model.element import ROOT_ID
from designer.words import listed


class Standing(NamedTuple):
    """A running VM: its zone, rack and host (0: none), and its size in MHz."""

    id: int
    zone: int
    rack: int
    host: int
    mhz: float
    part: float = 1.0
    """Of its MHz that it gets while all threads of its cores run."""


def spot(view: CheckView, place: int) -> tuple[int, int, int]:
    """The zone, rack and host of a place; 0 for none. Without a zone: the outermost place."""
    above = view.parent(place)
    zone, rack, host = view.value(spot, above) if above != ROOT_ID else (place, 0, 0)
    kind = view.kind(place)
    return (place if kind == "zone" else zone), (place if kind == "rack" else rack), (place if kind == "host" else host)


def standing(view: CheckView, element_id: int) -> Standing | None:
    """Where a VM, or an application, stands; None where it does not run (off or a template)."""
    fields = view.get(element_id)
    above: int = fields["parent"]
    if view.kind(element_id) == "application" and view.kind(above) == "vm":
        vm = view.value(standing, above)
        return None if vm is None else vm._replace(id=element_id, mhz=fields["vcpus"] * fields["mhz"])
    if fields.get("template") or not fields.get("powered_on", True):
        return None
    place = view.value(spot, above) if above != ROOT_ID else (element_id, 0, 0)
    return Standing(element_id, *place, fields["vcpus"] * fields["mhz"], _part(view, place[2], fields))


def _part(view: CheckView, host: int, fields: dict[str, Any]) -> float:
    """The part of a core that each vCPU has: on the provider's capacity and on its hosts two may share one."""
    if not host:
        kind_of_instance = fields.get("instance_type")
        return thread_frac_of(kind_of_instance, view.get(ROOT_ID)["provider_smt_yield"]) if kind_of_instance else 1.0
    return view.value(_part_on, host)


def _part_on(view: CheckView, host: int) -> float:
    """The part of a core that each vCPU on a host has."""
    view.get(host)
    return vcpu_frac(host_record(view.tree.elements[host]))


def members(view: CheckView, service: int) -> list[Standing]:
    """The members of a service that run."""
    found = (view.value(standing, member) for member in view.sources(service, "member"))
    return [member for member in found if member is not None]


def names(view: CheckView, ids: list[int], most: int = 3) -> str:
    """The names of some elements: "a, b and 4 more"."""
    return listed([view.name(i) for i in ids[:most]], most, len(ids))
