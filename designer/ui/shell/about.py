"""Help and small dialogs: about, the shortcuts, saving a picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QImage, QPainter
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from designer import __version__
from designer.settings import state_dir
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.paint import paint_project
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session

ABOUT = f"""Cloud Designer {__version__}

Draw a cloud and find out whether it holds.

MIT licence. Built on Qt (PySide6, LGPL), pyqtgraph, SQLModel, numpy and numba.

Cloud Designer is not affiliated with, endorsed by or sponsored by Amazon Web Services, VMware (Broadcom), Microsoft or
Proxmox. Their names are used only to say what is modeled. Figures and their sources: resources/SOURCES.md."""
PICTURE_PX, MOST_HIGH = 2400, 2
"""How wide a picture is, and how many times as high it may be."""


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


def picture(session: Session, theme: Theme, width: int = PICTURE_PX) -> QImage:
    """The drawing as an image of this width, or less where it would be too high, with the colors of the run that is
    shown."""
    world = World(session.project)
    bounds = world.bounds()
    shape = QSizeF(max(bounds.width(), 1.0), max(bounds.height(), 1.0))
    fitting = shape.scaled(width, MOST_HIGH * width, Qt.AspectRatioMode.KeepAspectRatio).toSize()
    width, height = max(fitting.width(), 1), max(fitting.height(), 1)
    image = QImage(QSize(width, height), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(theme.color("canvas"))
    painter = QPainter(image)
    if not bounds.isEmpty():
        frame = session.run.view.frame if session.run is not None else None
        paint_project(painter, Brush(theme, world), QRectF(0, 0, width, height), frame)
    painter.end()
    return image


def save_picture(parent: QWidget, session: Session, theme: Theme) -> None:
    """Ask for a name and write the drawing as PNG."""
    start = session.path.with_suffix(".png") if session.path else Path.home() / f"{session.title}.png"
    written, _ = QFileDialog.getSaveFileName(parent, "Save picture", str(start), "Picture (*.png)")
    if not written:
        return
    if picture(session, theme).save(written):
        session.told.emit(f"Saved {Path(written).name}.")
    else:
        session.refused.emit(f"{written} cannot be written; choose another place.")
