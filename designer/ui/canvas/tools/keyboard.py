"""Keyboard navigation in the drawing: siblings, in, out; and nudging the selection."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from designer.commands import clipboard, edit
from designer.model.element import ROOT_ID
from designer.ui.canvas.world.world import World
from designer.ui.shell.session import Session
from designer.words import tr

NUDGE, FAR = 8, 40
"""How far an arrow key moves the selection, and how far with Shift, in drawing units."""
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def press(event: QKeyEvent, session: Session, world: World) -> bool:
    """Handle an arrow, Enter, or Ctrl+V where there is nothing to paste; return False for another key."""
    key = event.key()
    if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        go_in(session, world)
    elif key in ARROWS and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        go_on(session, world, ARROWS[Qt.Key(key)])
    elif key in ARROWS and session.selection:
        nudge(session, ARROWS[Qt.Key(key)], bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
    elif event.matches(QKeySequence.StandardKey.Paste):  # the action, which is off, would have taken it
        copied = QGuiApplication.clipboard().mimeData()
        session.refused.emit(tr(clipboard.FOREIGN if copied is not None and copied.formats() else clipboard.EMPTY))
    else:
        return False
    return True


def go_out(session: Session) -> None:
    """Select the parent of the selected element, or nothing."""
    selection, elements = session.selection, session.project.elements
    one = len(selection) == 1 and selection[0] in elements
    above = elements[selection[0]].parent if one else ROOT_ID
    session.select([] if above == ROOT_ID else [above])


def go_in(session: Session, world: World) -> None:
    """Select the first child of the selected element."""
    inside = session.project.children(session.selection[0] if session.selection else ROOT_ID)
    session.select([i for i in inside if i in world.row_of][:1] or session.selection)


def go_on(session: Session, world: World, way: tuple[int, int]) -> None:
    """Select the next or the previous sibling that has a box."""
    project, selection = session.project, session.selection
    if not selection or selection[0] not in world.row_of:
        go_in(session, world)
        return
    siblings = [i for i in project.children(project.elements[selection[0]].parent) if i in world.row_of]
    step = 1 if sum(way) > 0 else -1
    session.select([siblings[(siblings.index(selection[0]) + step) % len(siblings)]])


def nudge(session: Session, way: tuple[int, int], far: bool) -> None:
    """Move the selection by a step, or a large one, up to what stands in the way. Consecutive nudges are one undo
    step."""
    step = FAR if far else NUDGE
    by = (way[0] * step, way[1] * step)
    chosen = session.selection
    count = edit.extent(session.project, chosen)
    session.do_large(tr("Moving …"), count, edit.nudge, chosen, by, ("nudge", chosen))
