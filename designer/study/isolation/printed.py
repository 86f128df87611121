"""Losses of VMs to others as text, JSON and CSV, for the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from designer import units
from designer.engine.result.losses import Losses
from designer.model.element import id_text
from designer.study.isolation.table import percent, ranked, rows_of

MOST_LINES, MOST_TAKERS = 40, 3
"""Most rows of the printed table, and most takers of a host that it names; the others are in the CSV file."""
LOSS_COLUMNS = (
    "victim_id", "victim", "taker_id", "taker", "host_id", "host", "lost_mhz_s", "lost_frac", "lost_vcpu_s"
)  # fmt: skip


def loss_lines(losses: Losses, name: Callable[[int], str]) -> list[str]:
    """Two tables, the largest loss first: what each VM lost to whom, and who took the most on each host."""
    span = f"{units.clock_text(losses.begin_s)} to {units.clock_text(losses.end_s)}"
    if not losses.victims.size:
        return [f"Noisy neighbors, {span}: no VM loses CPU to others."]
    lines = [f"{f'Noisy neighbors, {span}':48}{'of its CPU':>12}{'of its steal':>14}{'vCPU time':>12}"]
    for row in rows_of(losses, name, MOST_LINES):
        of_cpu, of_steal, seconds = (value for value, _ in row.values.values())
        lines.append(f"{row.name[:47]:48}{percent(of_cpu):>12}{percent(of_steal):>14}{units.text(seconds, 's'):>12}")
    if losses.victims.size > MOST_LINES:
        lines.append(f"and {losses.victims.size - MOST_LINES:,} more; --csv writes them all")
    hosts = sorted(set(losses.hosts.tolist()), key=lambda host: (-sum(s for _, s in losses.by(host)), host))
    for host in hosts[:MOST_LINES]:
        pairs = losses.by(host)
        whole = sum(amount for _, amount in pairs)
        most = ranked(pairs[:MOST_TAKERS], (host,), name)
        told = ", ".join(f"{who} {percent(amount / whole)}" for who, amount in most)
        lines.append(f"on {name(host)[:44]:45}{units.text(whole, 's')} of vCPU time lost, to {told}")
    return lines


def loss_cells(losses: Losses, name: Callable[[int], str]) -> list[tuple[Any, ...]]:
    """A row of `LOSS_COLUMNS` for each victim, taker and host. Migrations take under the id of the host."""
    columns = (losses.victims, losses.takers, losses.hosts)
    ids = zip(*(column.tolist() for column in columns))
    figures = zip(losses.mhz_s.tolist(), losses.frac.tolist(), losses.vcpu_s.tolist())
    return [
        (*(cell for i in three for cell in (id_text(i), name(i))), *amounts)
        for three, amounts in zip(ids, figures, strict=True)
    ]


def losses_json(losses: Losses, name: Callable[[int], str]) -> dict[str, Any]:
    """The same as plain values, with the window."""
    rows = [dict(zip(LOSS_COLUMNS, cells)) for cells in loss_cells(losses, name)]
    return {"begin_s": losses.begin_s, "end_s": losses.end_s, "losses": rows}
