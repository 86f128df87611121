"""Answers at random what opens and waits: dialogs are filled in and accepted or left, menus are chosen from."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QListView,
    QMenu,
    QMessageBox,
    QProgressDialog,
    QTreeView,
    QWidget,
)

TEXTS = ("7", "-1", "0", "1e308", "nan", "128G", "0.5 TiB", "3 h", "", " ", "=1+1", "<b>x</b>", "a b", "h-{n:02}",
         "ü" * 250, "\N{GRINNING FACE}", "10.0.0.0/8", "9" * 20, "web", "vm-1", ">", "kind:host")  # fmt: skip
"""What is typed into fields."""
LEFT_OUT = ("file.quit", "file.new_window", "file.open_window", "help.log")
"""Actions that end the program or start another one."""
PATIENCE = 6
"""So often one dialog is answered before it is left."""
PAUSE_MS = 2


class Answers:
    """Answers what waits, also in event loops within event loops, until it is stopped. `count`: how many answers;
    `what`: the newest one."""

    def __init__(self, chance: random.Random, folder: Path) -> None:
        self._chance, self._folder = chance, folder
        self._going, self.count, self.what = False, 0, ""
        self._last: tuple[int, int] = (0, 0)

    def start(self) -> None:
        """Begin to answer."""
        self._going = True
        QTimer.singleShot(PAUSE_MS, self._next)

    def stop(self) -> None:
        """Leave what still waits, and answer no more."""
        self._going = False
        while (waiting := self.waiting()) is not None:
            leave(waiting)
            QApplication.processEvents()

    @staticmethod
    def waiting() -> QWidget | None:
        """Return what waits for an answer."""
        return QApplication.activePopupWidget() or QApplication.activeModalWidget()

    def _next(self) -> None:
        if not self._going:
            return
        QTimer.singleShot(PAUSE_MS, self._next)  # first: what is answered may ask in turn
        waiting = self.waiting()
        if waiting is None:
            return
        self.count += 1
        self.what = f"{type(waiting).__name__} “{waiting.windowTitle()}”"
        times = self._last[1] + 1 if self._last[0] == id(waiting) else 1
        self._last = (id(waiting), times)
        if isinstance(waiting, QProgressDialog):
            if self._chance.random() < 0.02:
                waiting.cancel()
        elif times > PATIENCE:
            leave(waiting)
        else:
            self._answer(waiting)

    def _answer(self, waiting: QWidget) -> None:
        if isinstance(waiting, QMenu):
            self._choose(waiting)
        elif isinstance(waiting, QMessageBox):
            self._chance.choice(waiting.buttons()).click()
        elif isinstance(waiting, QFileDialog):
            self._name_file(waiting)
        elif isinstance(waiting, QDialog):
            self._fill(waiting)
        else:  # the list of a box to choose from
            QTest.keyClick(waiting, self._chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Escape)))

    def _choose(self, menu: QMenu) -> None:
        actions = [
            a for a in menu.actions() if a.isEnabled() and a.objectName() not in LEFT_OUT and not a.isSeparator()
        ]
        if not actions or self._chance.random() < 0.3:
            menu.close()
            return
        action = self._chance.choice(actions)
        menu.setActiveAction(action)
        QTest.keyClick(menu, Qt.Key.Key_Return)

    def _name_file(self, dialog: QFileDialog) -> None:
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        if self._chance.random() < 0.4 or not isinstance(line, QLineEdit):
            dialog.reject()
            return
        line.setText(str(self._folder / f"design-{self._chance.randrange(4)}.clouddesign"))
        QTest.keyClick(line, Qt.Key.Key_Return)

    def _fill(self, dialog: QDialog) -> None:
        if self._chance.random() < 0.15:
            dialog.reject()
            return
        fields: Sequence[QWidget] = usable(dialog, (QLineEdit, QAbstractSpinBox, QComboBox, QListView, QTreeView))
        buttons = usable(dialog, (QAbstractButton,))
        for _ in range(self._chance.randrange(3)):
            if fields:
                put_in(self._chance, self._chance.choice(fields))
        if buttons:
            QTest.mouseClick(self._chance.choice(buttons), Qt.MouseButton.LeftButton)
        else:
            dialog.reject()


def leave(waiting: QWidget) -> None:
    """Close something without an answer."""
    if isinstance(waiting, QDialog):
        waiting.reject()
    waiting.close()


def usable(parent: QWidget, kinds: Sequence[type[QWidget]]) -> list[QWidget]:
    """Return the widgets of some kinds that can be seen and used."""
    found: list[QWidget] = [w for kind in kinds for w in parent.findChildren(kind)]
    return [w for w in found if w.isVisible() and w.isEnabled() and not w.size().isEmpty()]


def put_in(chance: random.Random, field: QWidget) -> None:
    """Give a field some value, as by hand."""
    if isinstance(field, QLineEdit | QAbstractSpinBox):
        QTest.keySequence(field, "Ctrl+A") if chance.random() < 0.7 else None
        type_text(field, chance.choice(TEXTS))
        QTest.keyClick(field, chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab)))
    elif isinstance(field, QComboBox):
        QTest.keyClick(field, chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_End)))
    else:
        QTest.keyClick(field, chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Return)))


def type_text(widget: QWidget, text: str) -> None:
    """Type any letters; QTest knows those of ASCII only."""
    for letter in text:
        for sort in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(widget, QKeyEvent(sort, Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier, letter))
