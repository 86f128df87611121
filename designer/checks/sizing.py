"""Sizes that waste or lack: odd vCPUs on cores with two threads, CPU credits, half-empty dedicated hosts."""

from __future__ import annotations

from collections.abc import Iterator

from designer import units
from designer.catalog.reference.credits import baseline_frac, fixed_in_place_of
from designer.catalog.rules.dedicated import dedicated_host, need_of
from designer.checks.capacity import host_load
from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.standing import members, names
from designer.checks.view import CheckView
from designer.commands import edit
from designer.engine.spec import numa
from designer.model.project import Project
from designer.words import tr, trn

LEAST_FILL = 0.6
"""The used share of a dedicated host's cores below which it is underused."""


def _odd(view: CheckView, host: int) -> Iterator[Found]:
    if view.get(host)["threads_per_core"] < 2:
        return
    vms = [vm for vm in view.inside(host, "vm") if vm.__dict__["vcpus"] % 2 and vm.__dict__["vcpus"] > 1]
    if vms:
        ids = [vm.id for vm in vms]
        yield Found(
            trn(
                "{1} on {2} has an odd number of vCPUs",
                "{1} on {2} have an odd number of vCPUs",
                len(vms),
                names(view, ids),
                view.name(host),
            ),
            tr("Its cores run two threads. A core scheduler gives a VM whole cores, so one thread stays unused."),
            tuple(ids),
        )


def make_even(project: Project, finding: Finding) -> None:
    """Give each VM with an odd number of vCPUs one more."""
    with project.edit(tr("Make vCPUs even")):
        for vm in finding.elements[1:]:
            edit.change(project, [vm], {"vcpus": project.elements[vm].__dict__["vcpus"] + 1})


def _beyond_node(view: CheckView, host: int) -> Iterator[Found]:
    if view.get(host)["numa_nodes"] < 2:
        return
    record = view.value(host_load, host).host
    wide = [
        vm.id
        for vm in view.inside(host, "vm")
        if not numa.fits_node(record, *(vm.__dict__[name] for name in ("vcpus", "ram_mib", "prefer_ht")))
    ]
    if wide:
        node = tr("{0:.3g} cores and {1}", numa.node_vcpus(record), units.text(numa.node_mib(record), "MiB"))
        yield Found(
            trn(
                "{1} fits no NUMA node of {2}",
                "{1} fit no NUMA node of {2}",
                len(wide),
                names(view, wide),
                view.name(host),
            ),
            tr(
                "A node has {0}. A VM that fits none loses {1:.0%} of its CPU: an assumption.",
                node,
                record.numa_loss_frac,
            ),
            tuple(wide),
        )


def _mean_frac(view: CheckView, vm: int) -> float | None:
    """The mean load of a VM as a fraction of its vCPUs, from its own fields or its service; None where a trace sets
    it."""
    fields = view.get(vm)
    for service in view.targets(vm, "member"):
        return view.value(_service_frac, service)
    return {"constant": fields["load_frac"], "day_curve": fields["day_mean_frac"]}.get(fields["demand"])


def mean_rps(view: CheckView, service: int) -> float | None:
    """The mean rate of a service with that of its users; None where a trace sets it."""
    fields = view.get(service)
    users = sum(view.get(i)["mean_rps"] for i in view.sources(service, "uses"))
    rates = {"constant": fields["rate_rps"], "day_curve": fields["day_mean_rps"]}
    return float(rates[fields["demand"]] + users) if fields["demand"] in rates else None


def _service_frac(view: CheckView, service: int) -> float | None:
    """The mean load of the members of a service."""
    rps = view.value(mean_rps, service)
    has = sum(member.mhz for member in view.value(members, service))
    return rps * float(view.get(service)["work_mhz_s"]) / has if has and rps is not None else None


def _on_credits(view: CheckView, place: int) -> Iterator[Found]:
    found: dict[str, list[int]] = {}
    for vm in view.inside(place, "vm"):
        name = vm.__dict__["instance_type"]
        earned = baseline_frac(name)
        if earned is not None and vm.__dict__["powered_on"] and not vm.__dict__["template"]:
            mean = _mean_frac(view, vm.id)
            if mean is not None and mean > earned * (1.0 + 1e-9):
                found.setdefault(name, []).append(vm.id)
    for name, vms in found.items():
        earned, mean = baseline_frac(name) or 0.0, max(_mean_frac(view, vm) or 0.0 for vm in vms)
        yield Found(
            trn(
                "{1} in {2} uses more than {3} earns",
                "{1} in {2} use more than {3} earns",
                len(vms),
                names(view, vms),
                view.name(place),
                name,
            ),
            tr("The mean load is {0:.0%}; the type earns {1:.0%} of its vCPUs. The rest spends credits.", mean, earned)
            + _break_even(view, place, name),
            tuple(vms),
        )


def _break_even(view: CheckView, place: int, name: str) -> str:
    """Up to which mean load a type costs less than one without credits; empty where no price is known."""
    region = view.above(place, "region")
    fixed = fixed_in_place_of(name, (view.get(region)["code"] or None) if region else None)
    if fixed is None:
        return ""
    other = tr("{0} ({1:.4g} USD an hour, without credits)", fixed.name, fixed.usd_h)
    if fixed.break_even_frac <= (baseline_frac(name) or 0.0):
        return tr(" {0} costs less at any load.", other)
    if fixed.break_even_frac > 1.0:
        return tr(" In unlimited mode it costs less than {0} at any load.", other)
    return tr(" In unlimited mode it costs more than {0} above a mean load of {1:.1%}.", other, fixed.break_even_frac)


def _half_empty(view: CheckView, host: int) -> Iterator[Found]:
    view.get(host)
    known = dedicated_host(view.tree.elements[host])
    if known is None:
        return
    needs = [need for vm in view.inside(host, "vm") if (need := need_of(known, vm)) is not None]
    used = max(sum(cores for cores, _ in needs) / known.cores, float(sum(part for _, part in needs)))
    if used < LEAST_FILL:
        yield Found(
            tr("{0} is a dedicated host and {1:.0%} of it are used", view.name(host), used),
            tr("The whole host is billed, whatever runs on it."),
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
        Fix("Give each one more vCPU", make_even),
    ),
    Check(
        "REL-28",
        "VM larger than a NUMA node",
        "medium",
        "Memory of another node takes longer to reach.",
        "VMware vSphere resource management, NUMA; frankdenneman.nl 2021/12/02",
        ("host",),
        _beyond_node,
    ),
    Check(
        "REL-24",
        "Mean load above the CPU credits",
        "low",
        "When the credits run out, the instance falls to its baseline, or each surplus credit is billed.",
        "Amazon EC2 user guide, burstable performance instances: earning and spending CPU credits",
        ("subnet", "zone"),
        _on_credits,
    ),
    Check(
        "COST-03",
        "Dedicated host underused",
        "low",
        "The whole dedicated host is billed. Consolidate its instances on fewer hosts.",
        "Amazon EC2 dedicated hosts: billed for each host",
        ("host",),
        _half_empty,
    ),
)
