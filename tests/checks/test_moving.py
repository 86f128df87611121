"""Findings of VMs that cannot leave their host: a design that triggers each, and one that does not."""

from __future__ import annotations

from designer.checks.check import Finding
from designer.checks.live import findings_of
from designer.checks.registry import BY_ID, CHECKS
from designer.commands import edit
from designer.model.project import Project


def found(project: Project) -> list[Finding]:
    """What the check finds in a design."""
    return [finding for finding in findings_of(project, CHECKS) if finding.check == "MOV-01"]


def test_that_a_vm_that_writes_faster_than_is_sent_is_found_and_auto_converge_mends_it(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    cluster = edit.place(project, "cluster", zone)
    host = edit.place(project, "host", zone, name="h1", migration_mbps=1000.0)
    calm = edit.place(project, "vm", host, name="calm", dirty_mib_s=100.0)
    wild = edit.place(project, "vm", host, name="wild", dirty_mib_s=500.0)
    assert not found(project)  # nobody moves VMs of a host without a cluster
    edit.connect(project, "in_cluster", host, cluster)
    (finding,) = found(project)
    assert (finding.text, finding.elements) == ("The migration of wild does not converge", (host, wild))
    assert finding.detail == (
        "wild writes 500 MiB/s to its memory, and h1 sends 119: a migration is given up, and the host "
        "cannot be drained."
    )
    edit.change(project, [calm], {"dirty_mib_s": 200.0})
    assert found(project)[0].text == "The migrations of 2 VMs of h1 do not converge"
    edit.change(project, [calm], {"powered_on": False})  # which is not migrated
    assert found(project)[0].text == "The migration of wild does not converge"
    edit.change(project, [calm], {"powered_on": True})
    edit.change(project, [calm, wild], {"hot_mib": 20.0})  # sent within the downtime of 0.3 s
    assert not found(project)
    edit.change(project, [wild], {"hot_mib": 0.0})
    fix = BY_ID["MOV-01"].fix
    assert fix is not None
    fix.run(project, found(project)[0])
    assert project.elements[host].__dict__["migration_converge"] and not found(project)


def test_that_hypervisors_that_always_end_it_are_not_found(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    cluster = edit.place(project, "cluster", zone)
    for rule in ("xen", "vmotion", "hyperv", "plain", "none"):
        host = edit.place(project, "host", zone, migration_rule=rule, migration_mbps=1000.0)
        edit.place(project, "vm", host, dirty_mib_s=5000.0)
        edit.connect(project, "in_cluster", host, cluster)
    assert not found(project)
