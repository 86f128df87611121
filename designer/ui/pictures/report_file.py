"""A report as a file: one HTML page that needs nothing else, or PDF pages that Qt writes, both with the drawing."""

from __future__ import annotations

import base64
from pathlib import Path

from markupsafe import Markup, escape
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRect, QRectF, QSaveFile, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QImage,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPalette,
    QPdfWriter,
    QPicture,
    QPyTextObject,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextTable,
)
from PySide6.QtSvg import QSvgRenderer

from designer.errors import FileError
from designer.report.blocks import PlotBlock, Report
from designer.report.pages import page
from designer.store.file.faults import must_take, shown
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.parts.typeface import embolden
from designer.ui.parts.versions import PROGRAM
from designer.ui.pictures.formats import fitting_zoom, image_of, svg_of
from designer.ui.pictures.picture import Picture
from designer.words import tr

MOST_SVG_ROWS, MOST_WIDE_PX = 3_000, 2_400
"""A drawing of more elements is a PNG image, which pages show sooner, of at most this width."""
PDF_DPI, MARGIN_MM, FOOT_MM, TITLE_MM = 300, 15.0, 8.0, 7.0
INCH_MM = 25.4
TEXT_PT, TITLE_PT, FOOT_PT = 8.5, 9.0, 7.5
MOST_WHOLE_ROWS = 8
"""Tables of more rows are divided by the ends of pages."""
MOST_HIGH = 0.85
"""The part of a page that a picture may take."""
ENDS = (".html", ".pdf")


def save_report(report: Report, drawing: Picture | None, path: Path) -> None:
    """Write a report in the format that the name of the file ends in: whole, or not at all. It touches no widget.
    Raises FileError where the format is unknown or the file cannot be written.
    """
    end = path.suffix.lower()
    if end not in ENDS:
        raise FileError(tr("{0} must end in {1}.", shown(path), ", ".join(ENDS)))
    must_take(path)
    file = QSaveFile(str(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        raise FileError(tr("{0} cannot be written: {1}. Choose another place.", shown(path), file.errorString()))
    if end == ".html":
        file.write(page(report, _drawing(report, drawing)).encode())
    else:
        _write_pdf(report, drawing, file)
    if not file.commit():
        raise FileError(tr("{0} cannot be written: {1}. Choose another place.", shown(path), file.errorString()))


def _drawing(report: Report, picture: Picture | None) -> Markup:
    """The drawing as an image inside the page: what it holds is not run and reaches nothing."""
    if picture is None:
        return escape(tr("The drawing is empty. Draw something first."))
    if picture.brush.world.ids.size <= MOST_SVG_ROWS:
        sort, data = "svg+xml", svg_of(picture)
    else:
        sort, data = "png", _png(picture)
    text = base64.b64encode(data).decode()
    return Markup('<img alt="{}" src="data:image/{};base64,{}">').format(report.title, sort, text)


def _png(picture: Picture) -> bytes:
    zoom = min(fitting_zoom(picture, 1.0), picture.zoom * MOST_WIDE_PX / picture.size.width())
    small = Picture(picture.brush, picture.area, zoom, picture.title, picture.foot)
    made = QBuffer()
    made.open(QIODevice.OpenModeFlag.WriteOnly)
    image_of(small, 1.0).save(made, "PNG")  # type: ignore[call-overload]
    return bytes(made.data().data())


@guarded
class ReportPictures(QPyTextObject):
    """Paints the drawing and the plots where the text has its images, as shapes and not as pixels."""

    def __init__(self, drawing: Picture | None, page_size: QSizeF, dpi: int) -> None:
        super().__init__()
        self._page, self._dpi = page_size, dpi
        self._text, self._title = _font("base", TEXT_PT), _font("title", TITLE_PT)
        self._size_of: dict[str, QSizeF] = {}
        self._plots: list[tuple[QSvgRenderer, str]] = []
        self._drawing = QPicture()
        if drawing is not None:  # recorded at 100%: its letters have their size by pixels
            self._size_of["drawing"] = QSizeF(drawing.size)
            painter = QPainter(self._drawing)
            drawing.paint(painter)
            painter.end()

    def add(self, plot: PlotBlock) -> Markup:
        """Take a plot; return the element that shows it."""
        name = str(len(self._plots))
        self._plots.append((QSvgRenderer(plot.svg.encode()), plot.title))
        self._size_of[name] = QSizeF(plot.width, plot.height)
        return Markup('<img src="{}">').format(name)

    def intrinsicSize(self, doc: QTextDocument, at: int, shape: QTextFormat) -> QSizeF:
        """As wide as the page, or as high as may be."""
        name = shape.toImageFormat().name()
        most = QSizeF(self._page.width(), self._page.height() * MOST_HIGH)
        size = self._size_of[name].scaled(most, Qt.AspectRatioMode.KeepAspectRatio)
        return size + QSizeF(0.0, self._title_high) if name.isdigit() else size

    @property
    def _title_high(self) -> float:
        """Room for the title of a plot, which stands on the page of its plot."""
        return TITLE_MM / INCH_MM * self._dpi

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, doc: QTextDocument, at: int, shape: QTextFormat
    ) -> None:
        """Paint one of them in a rectangle."""
        name = shape.toImageFormat().name()
        painter.save()
        if name.isdigit():
            plot, title = self._plots[int(name)]
            painter.setFont(self._title)
            head = QRectF(rect.left(), rect.top(), rect.width(), self._title_high)
            painter.drawText(head, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, title)
            painter.setFont(self._text)
            plot.render(painter, QRectF(rect).adjusted(0, self._title_high, 0, 0))
        else:
            painter.translate(rect.topLeft())
            part = rect.width() / self._size_of[name].width() * self._drawing.logicalDpiX() / self._dpi
            painter.scale(part, part)
            painter.drawPicture(0, 0, self._drawing)
        painter.restore()


def _write_pdf(report: Report, drawing: Picture | None, file: QIODevice) -> None:
    writer = QPdfWriter(file)
    writer.setResolution(PDF_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM), QPageLayout.Unit.Millimeter)
    writer.setTitle(report.title)
    writer.setCreator(PROGRAM)
    pages = PaperPages(report, drawing, writer)
    painter = QPainter(writer)
    try:
        for number in range(pages.count):
            if number:
                writer.newPage()
            pages.paint(painter, number)
    finally:
        painter.end()


class PaperPages:
    """A report as pages as large as a device, which may be a PDF file or an image. It touches no widget."""

    def __init__(self, report: Report, drawing: Picture | None, device: QPaintDevice) -> None:
        self._title, self._foot = report.title, FOOT_MM / INCH_MM * device.logicalDpiY()
        self._size = QSizeF(device.width(), device.height() - self._foot)
        self._pictures = ReportPictures(drawing, self._size, device.logicalDpiY())
        self._text = QTextDocument()
        self._text.setDefaultFont(_font("base", TEXT_PT))
        self._text.setDocumentMargin(0)
        layout = self._text.documentLayout()
        layout.setPaintDevice(device)
        layout.registerHandler(QTextFormat.ObjectTypes.ImageObject, self._pictures)
        place = Markup('<img src="drawing">') if drawing is not None else _drawing(report, None)
        self._text.setHtml(page(report, place, paper=True, shown=self._pictures.add))
        embolden(self._text)
        self._text.setPageSize(self._size)
        self._keep_together(device.logicalDpiY())

    def _keep_together(self, dpi: int) -> None:
        """Begin on the next page what the end of a page would cut: titles with what they stand above, small tables, and
        rows. All is asked in its order: what is moved moves what follows."""
        part, titles = self._text.rootFrame().begin(), list[QTextBlock]()
        while not part.atEnd():
            table, block = part.currentFrame(), part.currentBlock()
            if isinstance(table, QTextTable):
                first, last = (table.cellAt(row, 0).firstCursorPosition().block() for row in (0, table.rows() - 1))
                self._keep_with(titles, last if table.rows() <= MOST_WHOLE_ROWS else first)
                self._keep_rows_whole(table, dpi)
            elif block.isValid() and block.blockFormat().headingLevel():
                titles.append(block)
            elif block.isValid() and block.length() > 1:
                self._keep_with(titles, block)
            part += 1

    def _keep_with(self, titles: list[QTextBlock], below: QTextBlock) -> None:
        """Begin a page with titles whose text would stand on another one, and forget them."""
        if titles and self._page_of(titles[0]) != self._page_of(below):
            shape = QTextBlockFormat()
            shape.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
            QTextCursor(titles[0]).mergeBlockFormat(shape)
            self._text.setPageSize(QSizeF())
            self._text.setPageSize(self._size)  # all is laid out anew: Qt leaves parts out otherwise
        titles.clear()

    def _page_of(self, block: QTextBlock) -> int:
        """The page on which a block begins."""
        return int(self._text.documentLayout().blockBoundingRect(block).top() // self._size.height())

    def _keep_rows_whole(self, table: QTextTable, dpi: int) -> None:
        """Begin each row that would be cut by the end of a page on the next one."""
        layout, high = self._text.documentLayout(), self._size.height()
        half_a_line = TEXT_PT / 72.0 * dpi / 2.0
        zoom = dpi / QImage(1, 1, QImage.Format.Format_RGB32).logicalDpiY()  # by which Qt multiplies paddings
        for row in range(table.format().toTableFormat().headerRowCount() + 1, table.rows()):
            cells = [table.cellAt(row, column) for column in range(table.columns())]
            boxes = [
                layout.blockBoundingRect(block) for cell in cells
                for block in (cell.firstCursorPosition().block(), cell.lastCursorPosition().block())
            ]  # fmt: skip
            top, bottom = min(box.top() for box in boxes), max(box.bottom() for box in boxes)
            end = (top // high + 1.0) * high
            if bottom <= end or bottom - top > high / 2.0:
                continue
            for column in range(table.columns()):  # room below the row before takes its first lines to the next page
                before = table.cellAt(row - 1, column)
                shape = before.format().toTableCellFormat()
                shape.setBottomPadding(shape.bottomPadding() + max(end - top - half_a_line, 0.0) / zoom)
                before.setFormat(shape)

    @property
    def count(self) -> int:
        """How many there are."""
        return self._text.pageCount()

    def paint(self, painter: QPainter, number: int) -> None:
        """Paint a page at the origin of a painter, and its number at the foot."""
        theme, size = Theme("light"), self._size
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = QRectF(0, number * size.height(), size.width(), size.height())
        context.palette.setColor(QPalette.ColorRole.Text, theme.color("text"))
        painter.save()
        painter.translate(0, -number * size.height())
        painter.setClipRect(context.clip)
        self._text.documentLayout().draw(painter, context)
        painter.restore()
        line = QRectF(0, size.height(), size.width(), self._foot)
        side = Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextSingleLine
        painter.setFont(_font("secondary", FOOT_PT))
        painter.setPen(theme.color("text.muted"))
        painter.drawText(line, side | Qt.AlignmentFlag.AlignRight, f"{number + 1} / {self.count}")
        painter.drawText(line, side | Qt.AlignmentFlag.AlignLeft, self._title)


def _font(name: str, size_pt: float) -> QFont:
    """A font of the window in a size of paper."""
    font = Theme("light").font(name)
    font.setPointSizeF(size_pt)
    return font
