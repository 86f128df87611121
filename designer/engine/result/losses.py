"""What VMs lost to others, as a table: a result of `isolation`, which has the rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]


@dataclass(frozen=True)
class Losses:
    """What VMs lost to others from `begin_s` to `end_s`, a row a victim, taker and host, in the order of these ids.

    `victims` and `takers` are ids of VMs, `hosts` those on which it happened; migrations of a host take under the
    host's own id. `mhz_s` is what was lost, `frac` the same as a part of the victim's vCPUs x MHz while it ran in the
    window, `vcpu_s` as seconds of its vCPUs (steal time).
    """

    begin_s: float
    end_s: float
    victims: I
    takers: I
    hosts: I
    mhz_s: F
    frac: F
    vcpu_s: F

    def of(self, victim: int) -> list[tuple[int, float]]:
        """To whom a VM lost, the most first: id and fraction of its vCPUs x MHz."""
        return _ranked(self.takers, self.frac, self.victims == victim)

    def by(self, host: int) -> list[tuple[int, float]]:
        """Who took from others on a host, the most first: id and vCPU seconds."""
        return _ranked(self.takers, self.vcpu_s, self.hosts == host)


def _ranked(ids: I, amounts: F, which: NDArray[np.bool_]) -> list[tuple[int, float]]:
    found: dict[int, float] = {}
    for i, amount in zip(ids[which].tolist(), amounts[which].tolist()):
        found[i] = found.get(i, 0.0) + amount
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
