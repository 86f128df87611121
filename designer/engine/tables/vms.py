"""The rows of a run: VMs of the design, then instances that groups may launch, then the applications in these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import ANYWHERE, Group, Spec, Vm
from designer.engine.spec.fields import Demands, Fields
from designer.engine.spec.packed import Joined, PackedVms, mapped, values_of
from designer.engine.tables.tree import slot_id

RECOVERIES = ("none", "same_zone", "cluster", "replace")
NONE, SAME_ZONE, CLUSTER, REPLACE = range(len(RECOVERIES))
RECOVERY_AT = {name: n for n, name in enumerate(RECOVERIES)}


class Rows(NamedTuple):
    """VMs and applications as records, of them the `others` than VMs of the spec; the row of the VM that each is in (a
    VM: its own); the row of the first application of each, and how many it has; the rows of each group's slots.
    """

    vms: Sequence[Vm]
    others: Sequence[Vm]
    inside: NDArray[np.int64]
    first_app: NDArray[np.int64]
    apps: NDArray[np.int64]
    slots: list[NDArray[np.int64]]


def rows_of(spec: Spec) -> Rows:
    """The rows of a checked spec."""
    others = PackedVms()
    slots = []
    for group in spec.groups:
        first = len(spec.vms) + len(others)
        if group.template is not None:
            _add_slots(others, group, group.template)
        slots.append(np.arange(first, len(spec.vms) + len(others), dtype=np.int64))
    vms = Joined(spec.vms, others)
    apps = mapped(values_of(vms, "apps"), len, np.int64, len(vms))
    first_app = len(vms) + np.cumsum(apps) - apps
    inside = np.concatenate([np.arange(len(vms)), np.repeat(np.arange(len(vms)), apps)])
    app_rows = [_as_row(vms[v], n) for v in np.flatnonzero(apps).tolist() for n in range(int(apps[v]))]
    none = np.zeros(len(app_rows), np.int64)
    for row in app_rows:
        others.append(row)
    return Rows(vms, others, inside, np.concatenate([first_app, none]), np.concatenate([apps, none]), slots)


def _as_row(vm: Vm, n: int) -> Vm:
    """The n-th application in a VM as a row: it stands nowhere itself and is not counted among the VMs."""
    app = vm.apps[n]
    return Vm(app.id, 0, app.vcpus, app.mhz, 0.0, app.demand, app.name, service=app.service, cut_off=app.cut_off,
              counted=False, keeps_backlog=app.keeps_backlog and not vm.keeps_backlog)  # fmt: skip


def _add_slots(others: PackedVms, group: Group, template: Vm) -> None:
    """Add the instances that a group may launch: copies of the template without its volumes, so bound to no place."""
    one = replace(template, place=0, recovery="replace", group=group.id, powered_on=True, needs=(), reach=ANYWHERE)
    for slot in range(group.most):
        own = slot_id(group.id, slot)
        apps = tuple(replace(app, id=slot_id(own, n)) for n, app in enumerate(template.apps))
        others.add_like(one, id=own, apps=apps, name=f"{group.name or 'group'}+{slot + 1}")


class Columns(NamedTuple):
    """Fields of all rows as arrays, a row a VM or application."""

    vm_ids: NDArray[np.int64]
    place: NDArray[np.int64]  # element id
    vcpus: NDArray[np.float64]
    mhz: NDArray[np.float64]
    ram_mib: NDArray[np.float64]
    ram_floor_mib: NDArray[np.float64]
    shares: NDArray[np.float64]
    reservation_mhz: NDArray[np.float64]
    limit_mhz: NDArray[np.float64]
    thread_frac: NDArray[np.float64]
    service: NDArray[np.int64]  # element id, 0: none
    group: NDArray[np.int64]  # element id, 0: none
    powered_on: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    detect_s: NDArray[np.float64]
    boot_s: NDArray[np.float64]
    address: NDArray[np.int64]  # element id, 0: none
    outward: NDArray[np.bool_]
    prefer_ht: NDArray[np.bool_]
    placement: NDArray[np.int64]  # element id, 0: none
    reach: NDArray[np.int64]  # row of `Spec.reaches`, -1: anywhere
    offered: NDArray[np.int64]  # likewise
    pool: NDArray[np.int64]  # element id, 0: none
    demands: Demands
    needs: NDArray[np.int64]  # the rows that have some
    cut_off: NDArray[np.int64]  # the rows that requests do not reach
    credits: NDArray[np.int64]  # the rows that have CPU credits
    keeps_backlog: NDArray[np.int64]  # the rows that keep what is not served


_FIELDS: tuple[tuple[str, type[np.generic]], ...] = (
    ("id", np.int64), ("place", np.int64), ("vcpus", np.float64), ("mhz", np.float64), ("ram_mib", np.float64),
    ("ram_floor_mib", np.float64),
    ("shares", np.float64), ("reservation_mhz", np.float64), ("limit_mhz", np.float64),
    ("thread_frac", np.float64), ("service", np.int64),
    ("group", np.int64), ("powered_on", np.bool_), ("counted", np.bool_),
    ("detect_s", np.float64), ("boot_s", np.float64), ("address", np.int64), ("outward", np.bool_),
    ("prefer_ht", np.bool_),
    ("placement", np.int64), ("reach", np.int64), ("offered", np.int64), ("pool", np.int64),
)  # fmt: skip


def columns_of(fields: Fields, others: Sequence[Vm]) -> Columns:
    """The fields of the spec's VMs, then of other rows, as arrays."""
    of_others = Fields(others)

    def column(name: str, kind: type[np.generic]) -> NDArray[Any]:
        own = fields.array(name, kind)
        return np.concatenate([own, of_others.array(name, kind)]) if others else own

    def given(name: str) -> NDArray[np.int64]:
        return np.concatenate([fields.given(name), len(fields.vms) + of_others.given(name)])

    made: list[Any] = [column(name, kind) for name, kind in _FIELDS]
    made += [fields.demands.then(of_others.demands), given("needs"), given("cut_off"), given("credits")]
    made += [given("keeps_backlog")]
    return Columns(*made)
