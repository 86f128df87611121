"""What a service is made of: the places that serve it, what it depends on, and the regions of both."""

from __future__ import annotations

from designer.checks.view import CheckView

ON = ("depends_on", "reads_from")


def region_code(view: CheckView, element_id: int) -> str:
    """The code of the provider's region in which an element stands; empty where there is none."""
    region = view.above(element_id, "region")
    fields = view.get(region) if region else {}
    return str(fields["code"]) if fields.get("provider") == "aws" else ""


def depends(view: CheckView, service: int, *kinds: str) -> list[int]:
    """What a service depends on or reads from, of some kinds."""
    found = dict.fromkeys(i for link in ON for i in view.targets(service, link))
    return [i for i in found if view.kind(i) in kinds]


def serving(view: CheckView, service: int) -> list[int]:
    """The VMs, applications, functions and buckets that serve a service."""
    return [i for link in ("member", "serves") for i in view.sources(service, link)]


def where(view: CheckView, element_id: int) -> list[int]:
    """Where an element's data is: the subnets of a database's replicas, else the element itself."""
    if view.kind(element_id) != "database":
        return [element_id]
    return [i for link in ("primary_in", "standby_in") for i in view.targets(element_id, link)] or [element_id]


def codes(view: CheckView, service: int) -> frozenset[str]:
    """The provider's regions in which a service is served."""
    return frozenset(view.value(region_code, i) for i in serving(view, service)) - {""}


def users_of(view: CheckView, element_id: int) -> list[int]:
    """The services that depend on a database or read from it."""
    return list(dict.fromkeys(i for link in ON for i in view.sources(element_id, link)))
