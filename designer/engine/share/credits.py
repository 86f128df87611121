"""CPU credits of burstable VMs: what each earns and spends while its load does not change, and when that runs out.

A credit is one vCPU at full load for a minute. Launch credits are spent first and earn nothing back; meanwhile earned
credits are kept up to the most, and what is beyond is lost. Without credits a `standard` VM is held to its baseline,
which spends what it earns. An unlimited one goes on with surplus credits up to the same most, then each is charged;
earned credits pay surplus back before they are kept (Amazon EC2 user guide, burstable performance instances).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.compiled import brief_door, part
from designer.engine.share.arrays import CREDIT, Demand, F, I, Now, Ticks, Units
from designer.engine.share.cpu import is_behind, least_of, paced
from designer.engine.share.demand import fill
from designer.engine.share.kernels import first_above

AHEAD = 256
"""Ticks that are looked ahead for the instant at which a balance is empty; after them it is looked again."""
NONE = 1e-9
"""Credits that are none: rounding."""


def no_credits() -> Any:
    """Room for a copy of one balance."""
    return np.zeros(1, CREDIT)


@part
def spend(credit: Any, use: float, t: float, dt: float) -> None:
    """Spend `use` credits a second for `dt` seconds from `t` on, and earn meanwhile."""
    left = dt
    if credit.launch > 0.0 and use > 0.0:
        span = min(left, credit.launch / use)
        credit.launch = max(credit.launch - use * span, 0.0) if span == left else 0.0
        credit.balance = min(credit.balance + credit.earn * span, credit.most)
        left -= span
    amount = (credit.earn - use) * left
    if abs(credit.earn - use) <= 1e-12 * credit.earn:
        return
    if amount >= 0.0:
        paid = min(credit.surplus, amount)
        credit.surplus -= paid
        credit.balance = min(credit.balance + amount - paid, credit.most)
        return
    over = -amount - credit.balance
    credit.balance = max(-over, 0.0)
    if credit.unlimited > 0 and over > 0.0:
        if np.isnan(credit.gone_s):
            credit.gone_s = t + dt - over / (use - credit.earn)
        beyond = credit.surplus + over - credit.most
        if beyond > 0.0 and np.isnan(credit.charged_s):
            credit.charged_s = t + dt - beyond / (use - credit.earn)
        credit.surplus = min(credit.surplus + over, credit.most)
        credit.charged += max(beyond, 0.0)


@part
def lasts_s(credit: Any, use: float) -> float:
    """Seconds until a VM that spends `use` credits a second has none left; inf where it earns as much."""
    span = 0.0
    if credit.launch > 0.0:
        if use <= 0.0:
            return np.inf
        span = credit.launch / use
    net = use - credit.earn
    if net <= 1e-12 * credit.earn:
        return np.inf
    return float(span + min(credit.balance + credit.earn * span, credit.most) / net)


@part
def _wanted(
    credit: Any, k: int, n: int, demand: Demand, ticks: Ticks, units: Units, now: Now, key1: np.uint64, out: Any,
    part: Any,
) -> None:  # fmt: skip
    """Fill `out` with the credits a second that a VM would spend in `n` ticks from `k`: by the time that its vCPUs are
    busy, whatever the other thread of their core leaves them.
    """
    v, unit = credit.load, units.rows[credit.unit]
    load = demand.rows[v]
    cap = min(load.size, load.limit, load.vcpus * unit.thread_mhz)
    fill(v, k, n, demand, ticks, now, key1, unit.thread_mhz, out)
    for r in range(load.first_app, load.first_app + load.apps):
        fill(r, k, n, demand, ticks, now, key1, unit.thread_mhz, part)
        least = least_of(r, v, unit, demand, now)
        for b in range(n):
            out[b] += max(part[b], least)
    least = cap if is_behind(v, now) else 0.0
    for b in range(n):
        out[b] = min(paced(v, max(out[b], least), now), cap) * credit.a_mhz


@brief_door
def follow(
    which: I, end_s: float, ahead: bool, credits: Any, demand: Demand, ticks: Ticks, units: Units, now: Now,
    key1: np.uint64, balance: F, surplus: F, copy: Any, out: Any, part: Any,
) -> None:  # fmt: skip
    """Bring credits forward to `end_s`; or, `ahead`, decide from there on what each VM may have (`cap`) and `when` that
    is to be decided again. `balance`, `surplus`: row x VM, at the end of rows.
    """
    for n in range(which.size):
        c = which[n]
        if not ahead:
            _advance(credits[c], c, end_s, demand, ticks, units, now, key1, balance, surplus, out, part)
            continue
        credit = credits[c]
        if credit.launch + credit.balance <= NONE:
            credit.launch = credit.balance = 0.0
        credit.cap, credit.when_s = (credit.cap if credit.unit >= 0 else np.inf), np.inf
        if credit.unit >= 0:
            _decide(credit, end_s, demand, ticks, units, now, key1, copy[0], out, part)


@part
def _advance(
    credit: Any, c: int, end_s: float, demand: Demand, ticks: Ticks, units: Units, now: Now, key1: np.uint64,
    balance: F, surplus: F, out: Any, part: Any,
) -> None:  # fmt: skip
    t = credit.at_s
    k = first_above(ticks.edges, t) - 1
    while t < end_s:
        n = min(out.size, ticks.row.size - k)
        if credit.unit >= 0:
            _wanted(credit, k, n, demand, ticks, units, now, key1, out, part)
        b = 0
        while b < n and t < end_s:
            piece_s = min(ticks.edges[k + b + 1], end_s)
            if credit.unit >= 0:
                spend(credit, min(out[b], credit.cap * credit.a_mhz), t, piece_s - t)
            t = piece_s
            if t == ticks.edges[k + b + 1]:
                balance[ticks.row[k + b], c] = credit.launch + credit.balance
                surplus[ticks.row[k + b], c] = credit.surplus
            b += 1
        k += b
    credit.at_s = max(credit.at_s, end_s)


@part
def _decide(
    credit: Any, t: float, demand: Demand, ticks: Ticks, units: Units, now: Now, key1: np.uint64,
    copy: Any, out: Any, part: Any,
) -> None:  # fmt: skip
    """Set `cap` and `when_s` of a VM that earns credits.

    A VM that earned a little below its baseline, and asks in one tick for more than that lasts, has it evenly over the
    tick: the same work, and no further instant.
    """
    k = first_above(ticks.edges, t) - 1
    n = min(out.size, ticks.row.size - k)
    _wanted(credit, k, n, demand, ticks, units, now, key1, out, part)
    above, empty = out[0] > credit.earn * (1.0 + 1e-12), credit.launch + credit.balance == 0.0
    base, next_s = credit.earn / credit.a_mhz, ticks.edges[k + 1]
    if above and empty and np.isnan(credit.gone_s):
        credit.gone_s = t
    if credit.unlimited > 0:
        if not np.isnan(credit.gone_s):
            return
    elif (above and empty) or (credit.cap < np.inf and not above):
        credit.cap = base
    elif credit.cap < np.inf and t + lasts_s(credit, out[0]) < next_s:
        credit.cap = base + (credit.launch + credit.balance) / (next_s - t) / credit.a_mhz
        credit.when_s = next_s
        return
    else:
        credit.cap = np.inf
    copy.earn, copy.most, copy.unlimited = credit.earn, credit.most, 0
    copy.launch, copy.balance, copy.surplus = credit.launch, credit.balance, credit.surplus
    credit.when_s = _next_s(copy, credit.cap * credit.a_mhz, t, k, n, ticks, out)


@part
def _next_s(copy: Any, cap: float, t: float, k: int, n: int, ticks: Ticks, out: Any) -> float:
    """When a copy of a balance is empty; or, while it is held to `cap`, when the VM may ask for more."""
    start_s = t
    for b in range(n):
        edge_s = ticks.edges[k + b + 1]
        if cap < np.inf:
            if b > 0 and out[b] > copy.earn * (1.0 + 1e-12) and copy.launch + copy.balance > NONE:
                return float(t)
        else:
            end_s = t + lasts_s(copy, out[b])
            if end_s <= edge_s:
                return float(max(end_s, np.nextafter(start_s, np.inf)))
        spend(copy, min(out[b], cap), t, edge_s - t)
        t = edge_s
    return float(t) if k + n < ticks.row.size else np.inf
