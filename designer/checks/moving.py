"""VMs that cannot leave their host while they run."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.view import CheckView
from designer.commands import edit
from designer.engine.spec.precopy import GuestMemory, converges, mib_s_of, stop_of
from designer.model.project import Project
from designer.words import tr, trn


def _endless(view: CheckView, host: int) -> Iterator[Found]:
    fields = view.get(host)
    if not view.targets(host, "in_cluster") or fields["migration_rule"] == "none":
        return
    mib_s = mib_s_of(fields["migration_mbps"])
    stop = stop_of(fields["migration_rule"], fields["migration_downtime_s"], fields["migration_converge"])
    found = []
    for vm in view.inside(host, "vm"):
        own = view.get(vm.id)
        guest = GuestMemory(own["ram_mib"], own["dirty_mib_s"], own["hot_mib"] or inf)
        if own["powered_on"] and not own["template"] and not converges(guest, stop, mib_s):
            found.append((own["dirty_mib_s"], own["name"], vm.id))
    if found:
        most, name, _ = max(found)
        yield Found(
            trn(
                "The migration of {1} does not converge",
                "The migrations of {0:,} VMs of {2} do not converge",
                len(found),
                name,
                view.name(host),
            ),
            tr(
                "{0} writes {1:,.0f} MiB/s to its memory, and {2} sends {3:,.0f}: a migration is given up, and the "
                "host cannot be drained.",
                name,
                most,
                view.name(host),
                mib_s,
            ),
            tuple(i for _, _, i in found),
        )


def slow_down(project: Project, finding: Finding) -> None:
    """Let a host slow down VMs that change too much of their memory while they are migrated."""
    edit.change(project, [finding.elements[0]], {"migration_converge": True})


CHECKS = (
    Check(
        "MOV-01",
        "Migration that does not converge",
        "medium",
        "The VM changes its memory faster than it is sent, so its migration does not end.",
        "QEMU migration/migration.c: a VM is stopped only when the rest fits the downtime limit",
        ("host",),
        _endless,
        Fix("Turn on auto-converge", slow_down),
    ),
)
