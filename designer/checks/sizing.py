"""Sizes that waste what is there: odd vCPUs on cores with two threads, dedicated hosts that stand half empty."""

from __future__ import annotations

from collections.abc import Iterator

from designer.catalog.rules.dedicated import dedicated_host, need_of
from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.standing import names
from designer.checks.view import View
from designer.commands import edit
from designer.model.project import Project

LEAST_FILL = 0.6
"""The part of a dedicated host's cores below which it is under-filled."""


def _odd(view: View, host: int) -> Iterator[Found]:
    if view.get(host)["threads_per_core"] < 2:
        return
    vms = [vm for vm in view.inside(host, "vm") if vm.__dict__["vcpus"] % 2 and vm.__dict__["vcpus"] > 1]
    if vms:
        ids = [vm.id for vm in vms]
        yield Found(
            f"{names(view, ids)} on {view.name(host)} {'has' if len(vms) == 1 else 'have'} an odd number of vCPUs",
            "Its cores run two threads; the scheduler gives a VM whole cores, so a thread stays unused.",
            tuple(ids),
        )


def make_even(project: Project, finding: Finding) -> None:
    """Give VMs with an odd number of vCPUs one more."""
    with project.edit("Even vCPUs"):
        for vm in finding.elements[1:]:
            edit.change(project, [vm], {"vcpus": project.elements[vm].__dict__["vcpus"] + 1})


def _half_empty(view: View, host: int) -> Iterator[Found]:
    view.get(host)
    known = dedicated_host(view.tree.elements[host])
    if known is None:
        return
    needs = [need for vm in view.inside(host, "vm") if (need := need_of(known, vm)) is not None]
    used = max(sum(cores for cores, _ in needs) / known.cores, float(sum(part for _, part in needs)))
    if used < LEAST_FILL:
        yield Found(
            f"{view.name(host)} is a dedicated host and {used:.0%} of it are used",
            "It is billed whole, whatever runs on it.",
        )


CHECKS = (
    Check(
        "REL-22",
        "Odd number of vCPUs on a host with two threads a core",
        "low",
        "A core scheduler gives a VM whole cores and wastes the second thread of the last one.",
        "Microsoft, Hyper-V processor performance: multiples of two",
        ("host",),
        _odd,
        Fix("Give each of them one more vCPU", make_even),
    ),
    Check(
        "COST-03",
        "Dedicated host under-filled",
        "low",
        "A dedicated host is paid as a whole; consolidate its instances on fewer hosts.",
        "Amazon EC2 dedicated hosts: billed for each host",
        ("host",),
        _half_empty,
    ),
)
