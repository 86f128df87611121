"""Which VM of a host its load follows that of the others most: CloudSim's maximum correlation.

The load of each VM is fitted by a linear regression on the loads of the others, over the last looks; the VM with the
highest coefficient of multiple determination goes first (Beloglazov and Buyya 2012; CloudSim's
PowerVmSelectionPolicyMaximumCorrelation).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]

ALIKE = 1e-9
"""Coefficients that differ by less are equal: rounding decides nothing."""
_SINGULAR = 1e-8
"""Least eigenvalue of a correlation matrix that is inverted; below it the loads depend on each other."""


def determination(loads: F) -> F:
    """The part (0..1) of the variance of each VM's load that the loads of the others explain by a linear regression
    (`loads`: looks x VMs); 0 of one that does not vary.
    """
    centered = loads - loads.mean(axis=0)
    size = np.sqrt((centered**2).sum(axis=0))
    varies = np.flatnonzero(size > ALIKE * np.abs(loads).max(axis=0, initial=0.0))
    found = np.zeros(loads.shape[1])
    if varies.size > 1:
        found[varies] = _explained(centered[:, varies] / size[varies])
    return found


def _explained(unit: F) -> F:
    """The same of columns of length 1 around 0."""
    together = unit.T @ unit
    if np.linalg.eigvalsh(together)[0] > _SINGULAR:
        return np.asarray(1.0 - 1.0 / np.diag(np.linalg.inv(together)))
    found = np.zeros(unit.shape[1])
    for n in range(found.size):
        others = np.delete(unit, n, axis=1)
        rest = unit[:, n] - others @ np.linalg.lstsq(others, unit[:, n], rcond=_SINGULAR)[0]
        found[n] = 1.0 - rest @ rest
    return found


def most_correlated(past: F, ram_mib: F) -> int:
    """Which VM goes first, by the loads at the last looks (`past`: looks x VMs, NaN: it did not run); the first among
    equals. With no more looks than VMs nothing can be fitted: the one with the least memory then, as in CloudSim.
    """
    known = past[~np.isnan(past).any(axis=1)]
    if known.shape[0] <= known.shape[1] or known.shape[1] < 2:
        return int(np.argmin(ram_mib))
    found = determination(known)
    return int(np.argmax(found >= found.max() - ALIKE))
