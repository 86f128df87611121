"""The CPU credits of burstable VMs as they are launched."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.share.arrays import CREDIT
from designer.engine.spec import Spec
from designer.engine.spec.packed import values_of
from designer.engine.tables.tree import slot_id
from designer.engine.tables.vms import Columns, Rows

HOUR_S = 3600.0


def vms_with_credits(spec: Spec) -> list[tuple[int, str]]:
    """Id and name of the VMs that have CPU credits, in the order of `credits_of`."""
    packed = zip(*(values_of(spec.vms, name) for name in ("credits", "id", "name")), strict=True)
    found = [(vm_id, name or str(vm_id)) for has, vm_id, name in packed if has is not None]
    for group in spec.groups:
        if group.template is not None and group.template.credits is not None:
            found += [(slot_id(group.id, n), f"{group.name or 'group'}+{n + 1}") for n in range(group.most)]
    return found


def credits_of(rows: Rows, columns: Columns) -> NDArray[Any]:
    """A record for each VM with CPU credits: what it has when it is launched."""
    which = columns.credits
    made = np.zeros(which.size, CREDIT)
    given = [one for one in values_of(rows.vms, "credits") if one is not None]
    made["load"], made["unit"], made["cap"], made["when_s"] = which, -1, np.inf, np.inf
    made["gone_s"] = made["charged_s"] = made["off_s"] = np.nan
    made["earn"] = [one.earned_per_h / HOUR_S for one in given]
    for name in ("most", "launch", "balance", "unlimited", "kept_s"):
        made[name] = [getattr(one, name) for one in given]
    return made
