"""Elements of the design of a window by their names."""

from __future__ import annotations

from designer.ui.shell.window import Window


def named(window: Window, name: str) -> int:
    """The id of the first element of a name."""
    return next(e.id for e in window.session.project.elements.values() if e.name == name)
