"""Which VMs, and applications in others, keep a backlog of what they are not given."""

from __future__ import annotations

from designer.engine.spec import Spec
from designer.engine.spec.packed import values_of
from designer.engine.tables.tree import slot_id


def vms_with_backlogs(spec: Spec) -> list[tuple[int, str, float]]:
    """Id, name, and vCPUs x MHz of what keeps a backlog, in the order of `Tables.keeps`."""
    packed = zip(*(values_of(spec.vms, name) for name in ("keeps_backlog", "id", "name", "vcpus", "mhz")), strict=True)
    found = [(vm_id, name or str(vm_id), vcpus * mhz) for keeps, vm_id, name, vcpus, mhz in packed if keeps]
    for group in spec.groups:
        vm = group.template
        if vm is not None and vm.keeps_backlog:
            name = group.name or "group"
            found += [(slot_id(group.id, n), f"{name}+{n + 1}", vm.vcpus * vm.mhz) for n in range(group.most)]
    for vm_apps, vm_keeps in zip(values_of(spec.vms, "apps"), values_of(spec.vms, "keeps_backlog"), strict=True):
        if vm_apps and not vm_keeps:
            found += [(app.id, app.name or str(app.id), app.vcpus * app.mhz) for app in vm_apps if app.keeps_backlog]
    for group in spec.groups:
        vm = group.template
        for n in range(group.most if vm is not None and not vm.keeps_backlog else 0):
            own = slot_id(group.id, n)
            found += [
                (slot_id(own, k), f"{group.name or 'group'}+{n + 1}, {app.name or app.id}", app.vcpus * app.mhz)
                for k, app in enumerate(vm.apps if vm is not None else ())
                if app.keeps_backlog
            ]
    return found
