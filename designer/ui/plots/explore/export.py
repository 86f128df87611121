"""A plot as a file: PNG and SVG, light, with title and key; CSV with what is shown."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from designer.errors import ExportFileError
from designer.store.file.faults import shown
from designer.ui.parts.theme import Theme
from designer.ui.parts.versions import PROGRAM
from designer.ui.plots.explore.chart import MOST_LINES, Chart, PlottedTable
from designer.words import tr

SIZE, HEAD_PX, KEY_PX = QSize(1200, 640), 32, 20
SHARPNESS = 2
ENDS = (".png", ".svg", ".csv")


def save_plot(chart: Chart, path: Path) -> None:
    """Write what a chart shows in the format that the file's name ends in. Raises ExportFileError."""
    end = path.suffix.lower()
    if chart.table is None or end not in ENDS:
        raise ExportFileError(tr("{0} must end in {1}.", shown(path), ", ".join(ENDS)))
    data = csv_of(chart.table, chart.hidden) if end == ".csv" else _picture(chart, end)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ExportFileError(tr("{0} cannot be written: {1}.", shown(path), error.strerror or error)) from None


def csv_of(table: PlottedTable, hidden: set[int]) -> bytes:
    """The values of what is shown, a row a step; the head has the unit."""
    chosen = [n for n in range(len(table.names)) if n not in hidden]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time_s", *(f"{_plain(table.names[n])} {table.quantity.name}" for n in chosen)])
    for begin, row in zip(table.edges_s[:-1], table.values[:, chosen]):
        writer.writerow([f"{begin:g}", *("" if np.isnan(value) else f"{value:.9g}" for value in row)])
    return text.getvalue().encode()


def _plain(name: str) -> str:
    """A name that no spreadsheet reads as a formula."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name


def _picture(chart: Chart, end: str) -> bytes:
    """The chart in light colors, with its title and key above."""
    theme = Theme("light")
    copy = Chart(theme)
    copy.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    copy.resize(SIZE.width(), SIZE.height() - HEAD_PX - KEY_PX)
    copy.show()
    copy.grab()  # so that all parts have their places
    copy.show_table(chart.table, chart.view, chart.hidden)
    copy.getViewBox().setRange(xRange=chart.getViewBox().viewRange()[0], padding=0)
    copy.move_head(-1.0)
    copy.grab()
    made = QBuffer()
    made.open(QIODevice.OpenModeFlag.WriteOnly)
    if end == ".svg":
        device = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
        device.setOutputDevice(made)
        device.setSize(SIZE)
        device.setViewBox(QRect(0, 0, SIZE.width(), SIZE.height()))
        device.setTitle(chart.title_text())
        device.setDescription(PROGRAM)
        painter = QPainter(device)
        _paint(painter, copy, theme)
        painter.end()
    else:
        image = QImage(SIZE * SHARPNESS, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(SHARPNESS)
        painter = QPainter(image)
        _paint(painter, copy, theme)
        painter.end()
        image.save(made, "PNG")  # type: ignore[call-overload]
    copy.close()
    copy.deleteLater()
    return bytes(made.data().data())


def _paint(painter: QPainter, chart: Chart, theme: Theme) -> None:
    painter.fillRect(QRectF(0, 0, SIZE.width(), SIZE.height()), theme.color("panel"))
    painter.setFont(theme.font("title"))
    painter.setPen(theme.color("text"))
    line = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    painter.drawText(QRectF(16, 4, SIZE.width() - 32, HEAD_PX - 4), line, chart.title_text())
    painter.setFont(theme.font("secondary"))
    left = 16.0
    for name, place in key_of(chart):
        painter.fillRect(QRectF(left, HEAD_PX + KEY_PX / 2 - 2, 12, 4), chart.color_of(place)[0])
        painter.drawText(QRectF(left + 16, HEAD_PX, 200, KEY_PX), line, name)
        left += 32 + painter.fontMetrics().horizontalAdvance(name)
    area = QRectF(0, HEAD_PX + KEY_PX, SIZE.width(), SIZE.height() - HEAD_PX - KEY_PX)
    chart.render(painter, area, chart.viewport().rect())


def key_of(chart: Chart) -> list[tuple[str, int]]:
    """The names of the lines or areas of a chart, and the places of their colors."""
    table = chart.table
    if table is None or chart.view not in ("lines", "stack"):
        return []
    top, many = table.top(), len(table.names) > MOST_LINES
    first = 1 if many and chart.view == "lines" else 0
    found = [(table.names[n], place + first) for place, n in enumerate(top) if n not in chart.hidden]
    if many and -1 not in chart.hidden:
        rest = tr("mean of {0:,}", len(table.names)) if chart.view == "lines" else tr("all others")
        place = 0 if chart.view == "lines" else MOST_LINES - 1
        found = [(rest, place), *found] if chart.view == "lines" else [*found, (rest, place)]
    return found
