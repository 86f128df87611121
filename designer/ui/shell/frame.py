"""The bare window: shown first, with only Qt's widgets loaded. The rest is added afterward."""

from __future__ import annotations

import base64
from collections.abc import Callable

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QLabel, QMainWindow, QVBoxLayout, QWidget

from designer.settings import Settings
from designer.ui.parts.guard import guarded
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme

SIZE = (1440, 900)
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
LARGEST = 20_000
"""Longest side of a window that is restored, px."""
SUFFIX = ".clouddesign"
EXPORTS = (".xlsx", ".xlsm", ".csv", ".json", ".xml", ".tfstate", ".yaml", ".yml")
"""Endings of exports of other programs."""


@guarded
class MainFrame(QMainWindow):
    """The main window. `may_close` is asked before it closes; `short_of_memory` asks for what is held back."""

    shown_first = Signal()
    resized = Signal()
    file_dropped = Signal(str)
    file_inserted = Signal(str)
    export_dropped = Signal(list)
    short_of_memory = Signal()

    def __init__(self, theme: Theme, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._first = True
        self.may_close: Callable[[], bool] = lambda: True
        self.setWindowTitle("Cloud Designer[*]")
        self.setMinimumSize(720, 480)
        self.setAcceptDrops(True)
        self.resize(fitting(*SIZE))
        placeholder = QWidget()
        column = QVBoxLayout(placeholder)
        label = QLabel("Cloud Designer")
        label.setFont(theme.font("clock"))
        label.setProperty("muted", True)
        column.addWidget(label, 0, Qt.AlignmentFlag.AlignCenter)
        self.setCentralWidget(placeholder)
        geometry = settings.get("geometry")
        if isinstance(geometry, str):
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(geometry.encode())))
            self._stay_on_screen()

    def _stay_on_screen(self) -> None:
        """Use the first start's place and size where edited settings name one off every screen; never larger than the
        screen."""
        rooms = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        fits = any(room.intersects(self.geometry()) for room in rooms)
        if not fits or any(side > LARGEST for side in (self.width(), self.height())):
            self.setGeometry(0, 0, *SIZE)
        self.resize(fitting(self.width(), self.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Report the first paint."""
        super().paintEvent(event)
        if self._first:
            self._first = False
            QTimer.singleShot(0, self, self.shown_first.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold panels where there is no room."""
        super().resizeEvent(event)
        self.resized.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close only when nothing is lost."""
        if not self.may_close():
            event.ignore()
            return
        self._settings.set("geometry", base64.b64encode(bytes(self.saveGeometry().data())).decode())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, as the space bar does."""
        here = self.focusWidget()
        if event.key() in ENTER and not event.isAutoRepeat() and isinstance(here, QAbstractButton):
            here.click()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a project file, or the files of an export."""
        paths = [url.toLocalFile() for url in event.mimeData().urls()]
        one = len(paths) == 1 and paths[0].endswith(SUFFIX)
        if one or (paths and all(path.lower().endswith(EXPORTS) for path in paths)):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file; with Shift insert it into the open design. Files of an export are imported."""
        paths = [url.toLocalFile() for url in event.mimeData().urls()]
        if not paths[0].endswith(SUFFIX):
            self.export_dropped.emit(paths)
            return
        path = paths[0]
        inserts = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        (self.file_inserted if inserts else self.file_dropped).emit(path)
