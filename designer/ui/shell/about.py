"""Help and small dialogs: about, the shortcuts."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QDialog, QMessageBox, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from designer import __version__
from designer.settings import state_dir
from designer.ui.shell.session import Session

ABOUT = f"""Cloud Designer {__version__}

Draw a cloud and find out whether it holds.

MIT licence. Built on Qt (PySide6, LGPL), pyqtgraph, SQLModel, numpy and numba; set in Inter (OFL).

Cloud Designer is not affiliated with, endorsed by or sponsored by Amazon Web Services, VMware (Broadcom), Microsoft or
Proxmox. Their names are used only to say what is modeled. Figures and their sources: resources/SOURCES.md."""


def show_about(parent: QWidget) -> None:
    """Show what this program is, its licence and its disclaimer."""
    box = QMessageBox(parent)
    box.setWindowTitle("About Cloud Designer")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(ABOUT)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def show_log_folder(session: Session) -> None:
    """Open the folder with the log and the reports of crashes in the system's file browser, or say where it is."""
    folder = state_dir()
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
        session.told.emit(f"The log and the reports of crashes are in {folder}.")


def show_keys(parent: QWidget, actions: dict[str, QAction]) -> None:
    """The keys of all actions, and those of the drawing."""
    rows = [(a.text(), a.shortcut().toString()) for a in actions.values() if not a.shortcut().isEmpty()]
    rows += [
        ("Drawing: nudge by 8, with Shift by 1", "Arrows"),
        ("Drawing: next and previous sibling", "Ctrl+Arrows"),
        ("Drawing: go in, go out", "Enter, Esc"),
        ("Drawing: pan", "Space, middle button"),
        ("Drawing: zoom at the pointer", "Ctrl+wheel, pinch"),
        ("Drawing: move without changing the container", "Alt+drag"),
        ("Time line: one step, start, newest", "Arrows, Home, End"),
    ]
    dialog = QDialog(parent)
    dialog.setWindowTitle("Keyboard")
    dialog.resize(520, 560)
    table = QTableWidget(len(rows), 2, dialog)
    table.setAccessibleName("Keyboard shortcuts")
    table.setHorizontalHeaderLabels(["What", "Keys"])
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    for n, (text, key) in enumerate(rows):
        table.setItem(n, 0, QTableWidgetItem(text))
        table.setItem(n, 1, QTableWidgetItem(key))
    table.setColumnWidth(0, 330)
    table.setColumnWidth(1, 150)
    QVBoxLayout(dialog).addWidget(table)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
