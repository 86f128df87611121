"""What serves requests of a service without a VM: functions and buckets, each up to its own limit."""

from __future__ import annotations

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element


def serve(builder: SpecBuilder, element: Element, limit_rps: float, at_once: int) -> None:
    """Add a member of the element's service that serves up to `limit_rps`, `at_once` requests, or a mere place
    without a service.

    It runs on the provider's capacity and goes down with its region, or with all of its subnets.
    """
    service = builder.target(element.id, "serves")
    subnets = builder.targets(element.id, "runs_in")
    if not service:
        builder.domain(element)
        return
    work_mhz_s = builder.tree.elements[service].__dict__["work_mhz_s"]
    builder.vms.append(
        spec.Vm(
            id=element.id,
            place=element.__dict__["parent"],
            vcpus=at_once,
            mhz=limit_rps * work_mhz_s / at_once,
            ram_mib=1.0,
            name=element.__dict__["name"],
            boot_s=0.0,
            service=service,
            counted=False,
            needs=(tuple(subnets),) if subnets else (),
        )
    )
