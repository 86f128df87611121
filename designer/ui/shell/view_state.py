"""How the design is looked at, as it is kept in its file: zoom, layers, colors, selection, open rows, lanes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from designer.ui.canvas.view.canvas import COLOR_BY

if TYPE_CHECKING:
    from designer.ui.shell.window import Window

MOST = 2_000
"""So many selected elements and open rows are remembered."""


def look(window: Window) -> dict[str, Any]:
    """How the design is looked at now; the names are those of `store.aside.VIEW`."""
    found: dict[str, Any] = {
        **window.canvas.view_state(),
        "hidden_layers": sorted(set(window.layers.actions_of) - window.layers.shown()),
        "color_by": str(window.color_by.currentData()),
        "selected": list(window.session.selection[:MOST]),
        "expanded": window.outline.expanded()[:MOST],
    }
    lanes: Any = window.lanes
    if lanes is not None:
        found["lanes"], found["lanes_by"] = lanes.choice()
    return found


def show(window: Window, view: Mapping[str, Any]) -> None:
    """Look at the design so; what is not said, or means nothing here, stays as it is."""
    if "hidden_layers" in view:
        for name, action in window.layers.actions_of.items():
            action.setChecked(name not in view["hidden_layers"])
    if view.get("color_by") in COLOR_BY:
        window.color_by.setCurrentIndex(window.color_by.findData(view["color_by"]))
        window.canvas.set_color_by(view["color_by"])
    if "selected" in view:
        window.session.select(view["selected"])
    if "expanded" in view:  # after the selection, which opens what it stands in
        window.outline.set_expanded(view["expanded"])
    lanes: Any = window.lanes
    if lanes is not None and "lanes" in view:
        lanes.choose(view["lanes"], view.get("lanes_by", ""))
    if {"scale", "x", "y"} <= view.keys():
        window.canvas.set_view_state(view)
