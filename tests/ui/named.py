"""Elements of the design of a window by their names, and plots before there is a run."""

from __future__ import annotations

from designer.ui.plots.lanes import FIRST_SHOWN
from designer.ui.run.lanes import Lanes
from designer.ui.shell.window import Window


def named(window: Window, name: str) -> int:
    """The id of the first element of a name."""
    return next(e.id for e in window.session.project.elements.values() if e.name == name)


def add_plots(window: Window) -> None:
    """Add the lanes with the plots that a first run would show."""
    window.add_lanes(Lanes)
    for name in FIRST_SHOWN:
        window.panels.lanes.lane(name).show()
