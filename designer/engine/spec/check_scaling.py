"""Whether the scaling policies of groups have a meaning."""

from __future__ import annotations

import math

from designer.engine.spec import Group
from designer.engine.spec.check_numbers import check_numbers
from designer.errors import SpecError

_NUMBERS = ("target_frac", "threshold_frac", "warmup_s", "cooldown_s", "least_change")


def check_scaling(group: Group) -> None:
    """Raise SpecError with the first thing of a group's policy that has no meaning."""
    scaling = group.scaling
    if scaling is None:
        return
    who = f"Group {group.name or group.id}"
    check_numbers(scaling, who, _NUMBERS, of="of its scaling")
    if not (math.isfinite(scaling.period_s) and scaling.period_s >= 1.0):
        raise SpecError(f"{who} must look at its CPU once in 1 s or longer, not {scaling.period_s:g} s.")
    if scaling.out_periods < 1 or scaling.in_periods < 1:
        raise SpecError(f"{who} must look at least once before it scales.")
    if not all(math.isfinite(number) for step in scaling.steps for number in step):
        raise SpecError(f"{who}: the steps of its scaling must be numbers.")
    for at_s, count in scaling.schedule:
        if not (0.0 <= at_s < 86_400.0 and group.least <= count <= group.most):
            raise SpecError(f"{who}: its schedule must lie within a day, and its counts within its least and most.")
