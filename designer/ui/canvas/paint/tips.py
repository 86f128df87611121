"""The tip of an element under a resting mouse, as plain text."""

from __future__ import annotations

import numpy as np

from designer import units
from designer.catalog.rules.capacity import load_of
from designer.study.frames import SMALLEST_SHOWN, steal_above
from designer.ui.canvas.paint.brush import Brush, percent
from designer.ui.canvas.paint.content_marks import content_text
from designer.ui.canvas.paint.paint import STATE_NAMES
from designer.words import tr

LIMITED = ("function", "bucket")
"""Kinds that serve up to a rate of requests, without CPU of the design."""


def tip_of(brush: Brush, row: int) -> str:
    """Name, kind and sets of an element, and its state in the shown run."""
    world, live = brush.world, brush.live
    kind = world.project.kinds[world.kind_name(row)]
    brush.outlines.update()
    lines = f"{world.names[row]}  ({tr(kind.label)})"
    if live is not None and live.state[row] >= 0 and (live.state[row] != 0 or live.down[row]):
        lines += "  " + (tr("down") if live.down[row] else STATE_NAMES[max(int(live.state[row]), 0)])
    if live is not None and row in live.offline and not live.down[row]:
        lines += tr("\nDoes nothing: it needs the internet and does not reach it. {0}", live.offline[row])
    if live is not None and row in live.unreached and not live.down[row]:
        lines += tr("\nCut off from the network; it runs on. {0}", live.unreached[row])
    lines += f"\n{world.project.elements[int(world.ids[row])].note.strip()}" if kind.name == "note" else ""
    move = live.moves.get(int(world.ids[row])) if live is not None else None
    if move is not None:
        lines += tr("\nMigrates to {0}", world.names[move.target])
    sets = [world.names[owner] for owner in brush.outlines.sets_of(row)]
    if sets:
        lines += tr("\nIn {0}", ", ".join(sets))
    found = brush.findings.words(int(world.ids[row]))
    lines += f"\n{found}" if found else ""
    if kind.name == "host":
        host = world.project.elements.get(int(world.ids[row]))
        lines += tr("\nVMs take {0}", load_of(world.project, host).text) if host is not None else ""
    lines += f"\n{inside}" if (inside := content_text(world, row)) else ""
    traffic = live.traffic.get(row) if live is not None else None
    if traffic is not None and kind.name == "user_population":
        lines += f"\n{units.text(traffic.asked_rps, 'req/s')}"
    elif traffic is not None:
        lines += tr(
            "\n{0} arrive, {1} dropped",
            units.text(traffic.asked_rps, "req/s"),
            units.text(traffic.dropped_rps, "req/s"),
        )
    if live is not None and live.state[row] == 0 and not live.down[row]:
        if not np.isnan(live.heat[row]):
            what = tr("Requests, of its limit:") if kind.name in LIMITED else tr("CPU")
            lines += f"\n{what} {percent(float(live.heat[row]))}"
        if not np.isnan(live.steal[row]):
            above = steal_above(float(live.steal[row]))
            lines += tr("   steal {0}", percent(float(live.steal[row])))
            lines += tr(" (above {0})", percent(above)) if above else ""
        lines += f"\n{losing}" if (losing := losing_of(brush, row)) else ""
        for name in ("overhead", "throttled", "waiting"):
            value = float(getattr(live, name)[row])
            lines += f"   {name} {percent(value)}" if value >= SMALLEST_SHOWN else ""
        if not np.isnan(granted := float(live.granted[row])):
            lines += tr("\nMemory used {0}", units.text(granted, "MiB"))
            lines += tr(", active {0}", units.text(float(live.active[row]), "MiB"))
            taken = float(live.taken[row])
            lines += tr(", taken back {0}", units.text(taken, "MiB")) if taken >= 1.0 else ""
    return lines.replace("<", "‹")


def losing_of(brush: Brush, row: int) -> str:
    """What a VM loses at the shown moment and to whom, in words; empty for all else, and while that is not known."""
    live, world = brush.live, brush.world
    if live is None or not world.is_vm[row] or not live.steal[row] >= SMALLEST_SHOWN:
        return ""
    return live.losing(int(world.ids[row]))
