"""What the monkey does with mouse and keys, each at random: on the drawing, the panels, the form and the menus."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from designer.ui.shell.window import Window
from tests.ui.monkey.answers import LEFT_OUT, TEXTS, put_in, type_text, usable

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NO, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
COPY = Qt.DropAction.CopyAction
KEYS: tuple[tuple[Qt.Key, Qt.KeyboardModifier], ...] = (
    *[(key, keys) for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
      for keys in (NO, SHIFT, CTRL)],
    *[(key, NO) for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Delete, Qt.Key.Key_Tab, Qt.Key.Key_F2,
                            Qt.Key.Key_Space, Qt.Key.Key_V, Qt.Key.Key_H, Qt.Key.Key_C, Qt.Key.Key_X)],
    *[(key, CTRL) for key in (Qt.Key.Key_Z, Qt.Key.Key_D, Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_A, Qt.Key.Key_0,
                              Qt.Key.Key_G, Qt.Key.Key_J, Qt.Key.Key_L, Qt.Key.Key_Period)],
    (Qt.Key.Key_G, CTRL | SHIFT), (Qt.Key.Key_Period, CTRL | SHIFT), (Qt.Key.Key_C, CTRL | ALT),
    (Qt.Key.Key_Z, CTRL | SHIFT), (Qt.Key.Key_F, CTRL | SHIFT), (Qt.Key.Key_R, CTRL | SHIFT),
    (Qt.Key.Key_F5, NO), (Qt.Key.Key_F6, NO), (Qt.Key.Key_F5, SHIFT),
)  # fmt: skip
OFTEN = ("edit.undo", "edit.undo", "edit.redo", "file.save", "run.run", "run.fail", "run.recover", "edit.duplicate",
         "edit.paste", "view.light", "view.dark", "arrange.group", "arrange.ungroup", "view.collapse", "file.picture",
         "edit.copy_picture")  # fmt: skip
"""Actions that are chosen more often than the others."""


class Hands:
    """Acts on one window; `acts` are the ways, some of them more often than others, `what` the newest act."""

    def __init__(self, window: Window, chance: random.Random) -> None:
        self._window, self._chance = window, chance
        self._view = window.canvas.view
        self.what = ""
        self.acts: tuple[tuple[Callable[[], None], int], ...] = (
            (self.key, 18), (self.click, 22), (self.drag, 14), (self.wheel, 4), (self.click_anywhere, 12),
            (self.fill_in, 10), (self.act, 10), (self.search, 2), (self.drop, 5), (self.drop_in_outline, 4),
            (self.type_anywhere, 1), (self.group_siblings, 3),
        )  # fmt: skip

    def one(self) -> str:
        """Do one thing; what it was."""
        ways, weights = zip(*self.acts)
        way = self._chance.choices(ways, weights)[0]
        self.what = str(way.__name__)
        way()
        return str(way.__name__)

    def _point(self, widget: QWidget) -> QPoint:
        return QPoint(self._chance.randrange(max(widget.width(), 1)), self._chance.randrange(max(widget.height(), 1)))

    def key(self) -> None:
        """Press a key on the drawing or the outline."""
        key, keys = self._chance.choice(KEYS)
        QTest.keyClick(self._chance.choice((self._view, self._window.outline.tree)), key, keys)

    def click(self) -> None:
        """Click on drawing, outline or time line; the right button opens a menu."""
        window, view = self._window, self._view
        widget = self._chance.choice((view, view, view, view, window.outline.tree.viewport(), window.run_bar.line))
        act: Callable[..., None] = self._chance.choice((QTest.mouseClick, QTest.mouseClick, QTest.mouseDClick))
        keys = self._chance.choice((NO, NO, SHIFT, CTRL))
        act(widget, self._chance.choice((LEFT, LEFT, LEFT, RIGHT)), keys, self._point(widget))

    def click_anywhere(self) -> None:
        """Click on any part of the window."""
        widget = self._chance.choice(usable(self._window.frame, (QWidget,)))
        QTest.mouseClick(widget, self._chance.choice((LEFT, LEFT, LEFT, RIGHT)), NO, self._point(widget))

    def drag(self) -> None:
        """Drag on the drawing; sometimes given up with Esc."""
        view, button = self._view, self._chance.choice((LEFT, LEFT, LEFT, MIDDLE))
        keys = self._chance.choice((NO, NO, SHIFT, ALT))
        QTest.mousePress(view, button, keys, self._point(view))
        for _ in range(self._chance.randrange(1, 4)):
            QTest.mouseMove(view, self._point(view))
            if self._chance.random() < 0.1:
                QTest.keyClick(view, Qt.Key.Key_Escape)
        QTest.mouseRelease(view, button, keys, self._point(view))

    def wheel(self) -> None:
        """Turn the wheel over the drawing."""
        view = self._view
        at, turn = QPointF(self._point(view)), QPoint(0, self._chance.choice((-240, -120, 120, 240)))
        keys, begin = self._chance.choice((NO, SHIFT, CTRL)), Qt.ScrollPhase.NoScrollPhase
        there = QPointF(view.mapToGlobal(at.toPoint()))
        QApplication.sendEvent(
            view, QWheelEvent(at, there, QPoint(), turn, Qt.MouseButton.NoButton, keys, begin, False)
        )

    def fill_in(self) -> None:
        """Give a field of the form a value; where nothing is selected, select something first."""
        session, form = self._window.session, self._window.form
        if not session.selection:
            drawn = self._view.world.ids
            if len(drawn):
                session.select(int(self._chance.choice(drawn)) for _ in range(self._chance.choice((1, 1, 3))))
            QApplication.processEvents()
        fields = usable(form, (QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit))
        if fields:
            put_in(self._chance, self._chance.choice(fields))

    def act(self) -> None:
        """Choose an action that is enabled."""
        actions = self._window.actions
        names = [name for name in actions if name not in LEFT_OUT and not name.startswith("new.")]
        name = self._chance.choice(OFTEN if self._chance.random() < 0.4 else names)
        if name in actions and actions[name].isEnabled():
            self.what = f"act {name}"
            actions[name].trigger()

    def search(self) -> None:
        """Look for something in the command palette and choose it."""
        box = self._window.search
        box.open("")
        QTest.keyClicks(
            box.line, self._chance.choice(("zone", "place", "vm", "host-1", "zoom", ">un", "kind:vm", "zzz"))
        )
        for _ in range(self._chance.randrange(4)):
            QTest.keyClick(box.line, Qt.Key.Key_Down)
        if "quit" not in (item.text().lower() if (item := box.list.currentItem()) is not None else ""):
            QTest.keyClick(box.line, self._chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape)))
        box.hide()

    def drop(self) -> None:
        """Drag something from the palette over the drawing and drop it, or leave."""
        button = self._chance.choice(self._window.palette.buttons)
        mime, view = button.item.mime(), self._view
        self._send(QDragEnterEvent(self._point(view), COPY, mime, LEFT, NO))
        for _ in range(2):
            at = self._point(view)
            self._send(QDragMoveEvent(at, COPY, mime, LEFT, NO))
        if self._chance.random() < 0.1:
            self._send(QDragLeaveEvent())
        else:
            self._send(QDropEvent(QPointF(at), COPY, mime, LEFT, NO))

    def _send(self, event: Any) -> None:
        QApplication.sendEvent(self._view, event)

    def drop_in_outline(self) -> None:
        """Drag rows of the outline onto another."""
        model: Any = self._window.outline.model
        selected = self._window.outline.tree.selectionModel().selectedRows()
        mime = model.mimeData(selected) if selected else None
        rows = model.rowCount(QModelIndex())
        if mime is None or not rows:
            return
        above = model.index(self._chance.randrange(rows), 0, QModelIndex())
        while self._chance.random() < 0.7 and (count := model.rowCount(above)):
            above = model.index(self._chance.randrange(count), 0, above)
        if model.canDropMimeData(mime, Qt.DropAction.MoveAction, -1, -1, above):
            model.dropMimeData(mime, Qt.DropAction.MoveAction, -1, -1, above)

    def group_siblings(self) -> None:
        """Select some of what stands in one container; often, group or collapse it, or take that back."""
        project = self._window.session.project
        families = [inside for _, inside in project.families() if len(inside) > 1]
        if families:
            inside = self._chance.choice(families)
            self._window.session.select(self._chance.sample(inside, min(len(inside), self._chance.choice((2, 3, 5)))))
            keys = self._chance.choice(("Ctrl+G", "Ctrl+G", "Ctrl+Shift+G", "Ctrl+.", ""))
            if keys:
                QTest.keySequence(self._view, keys)

    def type_anywhere(self) -> None:
        """Type into what has the focus."""
        focused = QApplication.focusWidget()
        if focused is not None:
            type_text(focused, self._chance.choice(TEXTS))
