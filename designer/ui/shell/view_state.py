"""The view of the design as its file stores it: zoom, layers, colors, selection, open rows, lanes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from designer.ui.canvas.view.canvas import COLOR_BY
from designer.ui.shell.context import Context

MOST = 2_000
"""The most selected elements and open rows that are remembered."""


def capture(context: Context) -> dict[str, Any]:
    """Return the present view; the names are those of `store.file.aside.VIEW`."""
    strip, lanes = context.strip, context.panels.lanes
    found: dict[str, Any] = {
        **context.canvas.view_state(),
        "hidden_layers": sorted(set(strip.layers.actions_of) - strip.layers.shown()),
        "color_by": str(strip.color_by.currentData()),
        "selected": list(context.session.selection[:MOST]),
        "expanded": context.outline.expanded()[:MOST],
        "collapsed": sorted(context.canvas.view.world.collapsed)[:MOST],
    }
    if lanes is not None:
        found["lanes"], found["lanes_by"] = lanes.choice()
    return found


def restore(context: Context, view: Mapping[str, Any]) -> None:
    """Restore a saved view; missing or unknown parts stay unchanged."""
    strip, lanes = context.strip, context.panels.lanes
    if "hidden_layers" in view:
        for name, action in strip.layers.actions_of.items():
            action.setChecked(name not in view["hidden_layers"])
    if view.get("color_by") in COLOR_BY:
        strip.color_by.setCurrentIndex(strip.color_by.findData(view["color_by"]))
        context.canvas.set_color_by(view["color_by"])
    if "collapsed" in view:
        context.canvas.view.set_collapsed(view["collapsed"])
    if "selected" in view:
        context.session.select(view["selected"])
    if "expanded" in view:  # after the selection, which opens what it stands in
        context.outline.set_expanded(view["expanded"])
    if lanes is not None and "lanes" in view:
        lanes.choose(view["lanes"], view.get("lanes_by", ""))
    if {"scale", "x", "y"} <= view.keys():
        context.canvas.set_view_state(view)
