"""The drawing on paper: one page, as large as it fits, with Qt's preview."""

from __future__ import annotations

import math

from PySide6.QtCore import QSizeF, Qt
from PySide6.QtGui import QPageLayout, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrintPreviewDialog
from PySide6.QtWidgets import QComboBox, QGraphicsView, QLineEdit, QWidget

from designer.ui.pictures.picture import Picture
from designer.words import tr

INCH_PT = 72.0


def ask_print(picture: Picture, parent: QWidget) -> None:
    """Show a picture on a page and print it when the user wants it."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setDocName(picture.title)
    wide = picture.size.width() > picture.size.height()
    printer.setPageOrientation(QPageLayout.Orientation.Landscape if wide else QPageLayout.Orientation.Portrait)
    preview = QPrintPreviewDialog(printer, parent)
    preview.setWindowTitle(tr("Print"))
    preview.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for kind, name in ((QComboBox, tr("Zoom")), (QLineEdit, tr("Zoom")), (QGraphicsView, tr("Pages"))):
        for part in preview.findChildren(kind):
            for named in (part, part.viewport()) if isinstance(part, QGraphicsView) else (part,):
                named.setAccessibleName(name)
    preview.paintRequested.connect(lambda: print_on(picture, printer))  # it keeps the printer as long as the preview
    preview.open()


def print_on(picture: Picture, printer: QPrinter) -> None:
    """Paint a picture on one page: the resolution is chosen so that it fills the page, never above a usual screen's
    size."""
    page: QSizeF = printer.pageLayout().paintRect(QPageLayout.Unit.Point).size()
    size = picture.size
    dpi = max(size.width() / page.width(), size.height() / page.height()) * INCH_PT
    printer.setResolution(max(96, math.ceil(dpi)))
    painter = QPainter(printer)
    picture.paint(painter)
    painter.end()
