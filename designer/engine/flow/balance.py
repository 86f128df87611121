"""Burst balances: what a limit gives now, and when its balance is used up or full again.

What is used below the rate fills the balance, what is above it empties it. While there is some, the limit gives its
burst; then its rate (Amazon EC2 user guide, EBS volume types: gp2, st1, sc1, and EBS-optimized instances; network
bandwidth of instances). Columns of arrays are limits, all functions work on many at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]


def capacity(rate: F, burst: F, balance: F) -> F:
    """What limits give now: their burst while there is a balance, then their rate."""
    given: F = np.where(balance > 0.0, np.maximum(burst, rate), rate)
    return given


def until_turn(balance: F, rate: F, used: F, bucket: F) -> F:
    """Seconds until balances are used up, or full again; inf where they never are."""
    saved = rate - used
    with np.errstate(divide="ignore", invalid="ignore"):
        empty = np.where((saved < 0.0) & (balance > 0.0), balance / -saved, np.inf)
        full = np.where((saved > 0.0) & (balance < bucket), (bucket - balance) / saved, np.inf)
    return np.minimum(empty, full)
