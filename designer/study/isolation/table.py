"""Losses of VMs to others in rows and words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from designer.engine.result.losses import Losses
from designer.model.element import natural
from designer.study.isolation.neighbors import Neighbors, Question
from designer.study.run_view import RunView
from designer.study.summary import SummaryRow
from designer.words import mark, tr, trn

Named = tuple[str, float]
"""Who takes, and how much."""
MOST_NAMED = 3
"""Most neighbors that a sentence names."""
LOST = "lost"
"""The kind of a row that says what a VM lost to another."""
RULE = mark(
    "Steal is split at each moment among the other VMs on the host, by what each gets above its entitlement: its "
    "share if all asked for everything. If none is above, by what each gets."
)


def rows_of(losses: Losses, name: Callable[[int], str], most: int) -> list[SummaryRow]:
    """A row a victim, taker and host, the largest loss first, at most `most`."""
    order = np.lexsort((losses.takers, losses.victims, -losses.frac))[:most]
    of_victim: dict[int, float] = {}
    for victim, frac in zip(losses.victims.tolist(), losses.frac.tolist()):
        of_victim[victim] = of_victim.get(victim, 0.0) + frac
    rows = []
    for n in order.tolist():
        victim, frac = int(losses.victims[n]), float(losses.frac[n])
        rows.append(
            SummaryRow(
                victim,
                LOST,
                tr("{0} to {1}", name(victim), taker(losses, n, name)),
                {
                    mark("Of its CPU"): (frac, "fraction"),
                    mark("Of its steal"): (frac / of_victim[victim], "fraction"),
                    mark("Steal, sum of vCPUs"): (float(losses.vcpu_s[n]), "s"),
                },
            )
        )
    return rows


def taker(losses: Losses, n: int, name: Callable[[int], str]) -> str:
    """Who took in a row of losses, in words."""
    who, host = int(losses.takers[n]), int(losses.hosts[n])
    return tr("migrations of {0}", name(host)) if who == host else name(who)


def ranked(pairs: Sequence[tuple[int, float]], hosts: Iterable[int], name: Callable[[int], str]) -> list[Named]:
    """Ranked takers by name, those that take as much in the order of their names; a host stands for its migrations."""
    known = set(hosts)
    named = [(tr("migrations of {0}", name(i)) if i in known else name(i), amount) for i, amount in pairs]
    return sorted(named, key=lambda one: (-round(one[1], 3), natural(one[0])))


def losing_now(view: RunView, neighbors: Neighbors, vm_id: int) -> str:
    """What a VM loses at the shown moment and to whom, in words; empty while that is not known."""
    frame = view.frame
    losses = neighbors.lost(Question("hover", frame.time_s, frame.time_s, (vm_id,))) if frame is not None else None
    return "" if losses is None else losing_words(ranked(losses.of(vm_id), losses.hosts.tolist(), view.name))


def losing_words(pairs: Sequence[Named]) -> str:
    """What a VM loses and to whom, in words; empty where that is nobody."""
    if not pairs:
        return ""
    told = ", ".join(tr("{0} ({1})", who, percent(amount)) for who, amount in pairs[:MOST_NAMED])
    more = len(pairs) - MOST_NAMED
    told += trn(", {0:,} other", ", {0:,} others", more) if more > 0 else ""
    return tr("loses {0} to {1}", percent(sum(amount for _, amount in pairs)), told)


def percent(frac: float) -> str:
    """A fraction in percent, with a decimal below 10%."""
    return f"{frac * 100:.0f}%" if frac >= 0.0995 else f"{frac * 100:.1f}%"
