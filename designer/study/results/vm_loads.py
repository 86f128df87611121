"""Series of each VM, which a run keeps on request: how much memory they take, and reading them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from designer import units
from designer.engine.spec import Spec
from designer.engine.spec.packed import values_of
from designer.errors import RuleError
from designer.words import tr

if TYPE_CHECKING:
    from designer.engine.result.result import Result

BUDGET_MIB = 256.0
"""The most that the series of all VMs of a run may take."""
_BYTES = 4


def series_mib(spec: Spec) -> float:
    """What the series of all VMs of a run take, MiB: applications and all that groups may launch included."""
    count = sum(1 + len(apps) for apps in values_of(spec.vms, "apps"))
    count += sum(group.most * (1 + len(group.template.apps)) for group in spec.groups if group.template is not None)
    return count * math.ceil(spec.until_s / spec.sample_s) * _BYTES / 2**20


def must_fit(spec: Spec) -> float:
    """What the series of all VMs take, MiB. Raises RuleError, which says what to change, where that is too much."""
    found = series_mib(spec)
    if found > BUDGET_MIB:
        longer = units.text(spec.sample_s * math.ceil(found / BUDGET_MIB), "s")
        raise RuleError(
            tr(
                "Series of all VMs would take {0}, more than {1}. Record steps of {2}, or run without them: each VM "
                "has its mean, median, 95% and most all the same.",
                units.text(found, "MiB"),
                units.text(BUDGET_MIB, "MiB"),
                longer,
            )
        )
    return found


@dataclass(frozen=True)
class VmLoads:
    """Mean loads of VMs (rows as in `VmFigures`) in each recording step: parts of their vCPUs x MHz.

    `spreads` works out how they are spread over the VMs of each place (None: where VMs ran is not known here).
    """

    series: NDArray[np.float32]
    size_mhz: NDArray[np.float64]
    edges_s: NDArray[np.float64]
    spreads: Callable[[], NDArray[np.float64]] | None = None

    @classmethod
    def of(cls, result: Result) -> VmLoads | None:
        """Those of a result; None where it does not keep them."""
        history, series, edges_s = result.history, result.store.vm_series, result.edges_s
        if not result.spec.keep_vm_series or history is None:
            return None
        from designer.engine.result.vm_steps import spread_of  # it loads the compiler

        spreads = partial(spread_of, result.tables, history, series, edges_s)
        return cls(series, result.tables.demand.size, edges_s, spreads)

    @cached_property
    def loads(self) -> NDArray[np.float32]:
        """Steps x VMs, a fraction; 0 while a VM does not run."""
        whole = np.diff(self.edges_s)[:, None] * self.size_mhz[None, :]
        found: NDArray[np.float32] = (self.series[:, : self.edges_s.size - 1].T / whole).astype(np.float32)
        return found

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Of the VMs of each place the load that half, 95% and all of them do not exceed (3 x step x place)."""
        assert self.spreads is not None
        return self.spreads()
