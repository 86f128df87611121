"""Help and small dialogs: about, the shortcuts."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QDialog, QMessageBox, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from designer import __version__
from designer.settings import state_dir
from designer.ui.shell.session import Session
from designer.words import tr

ABOUT = tr(
    "Cloud Designer {0}\n\nDraw a cloud and find out whether it holds.\n\nMIT licence. Built on Qt (PySide6, LGPL), "
    "pyqtgraph, SQLModel, numpy and numba; set in Inter (OFL).\n\nCloud Designer is not affiliated with, endorsed by "
    "or sponsored by Amazon Web Services, VMware (Broadcom), Microsoft or Proxmox. Their names are used only to say "
    "what is modeled. Figures and their sources: resources/SOURCES.md.",
    __version__,
)


def show_about(parent: QWidget) -> None:
    """Show what this program is, its licence and its disclaimer."""
    box = QMessageBox(parent)
    box.setWindowTitle(tr("About Cloud Designer"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(ABOUT)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def show_log_folder(session: Session) -> None:
    """Open the folder with the log and the reports of crashes in the system's file browser, or say where it is."""
    folder = state_dir()
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
        session.told.emit(tr("The log and the reports of crashes are in {0}.", folder))


def show_keys(parent: QWidget, actions: dict[str, QAction]) -> None:
    """The keys of all actions, and those of the drawing."""
    rows = [(a.text(), a.shortcut().toString()) for a in actions.values() if not a.shortcut().isEmpty()]
    rows += [
        (tr("Drawing: nudge by 8, with Shift by 40"), "Arrows"),
        (tr("Drawing: next and previous sibling"), "Ctrl+Arrows"),
        (tr("Drawing: go in, go out"), tr("Enter, Esc")),
        (tr("Drawing: pan"), tr("Space, middle button")),
        (tr("Drawing: zoom at the pointer"), "Ctrl+wheel, pinch"),
        (tr("Drawing: move without changing the container"), "Alt+drag"),
        (tr("Time line: one step, start, newest"), tr("Arrows, Home, End")),
    ]
    dialog = QDialog(parent)
    dialog.setWindowTitle(tr("Keyboard"))
    dialog.resize(520, 560)
    table = QTableWidget(len(rows), 2, dialog)
    table.setTabKeyNavigation(False)
    table.setAccessibleName(tr("Keyboard shortcuts"))
    table.setHorizontalHeaderLabels([tr("What"), tr("Keys")])
    table.verticalHeader().hide()
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.setShowGrid(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    for n, (text, key) in enumerate(rows):
        table.setItem(n, 0, QTableWidgetItem(text))
        table.setItem(n, 1, QTableWidgetItem(key))
    table.setColumnWidth(0, 330)
    table.setColumnWidth(1, 150)
    QVBoxLayout(dialog).addWidget(table)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
