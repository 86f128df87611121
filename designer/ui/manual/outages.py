"""Published outages: what was told, observed and simulated, each as a line of time; their designs can be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup
from PySide6.QtCore import QByteArray, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QImage, QPainter, QResizeEvent, QTextDocument
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from designer.catalog.scenarios.outages import PublishedOutage, published_outages, told_outages
from designer.report.blocks import PlotBlock, Report
from designer.report.pages import page
from designer.report.plots import ACCENT, GRID, MUTED, TEXT
from designer.report.reality import LOSS, called, outage_section, score_of_outage
from designer.study.replay.book import parameters
from designer.study.replay.kept import kept_answers
from designer.study.replay.steps import course_of
from designer.ui.manual.listed import narrowed, stand_beside
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.parts.typeface import embolden
from designer.words import tr

LIST_PX, ROW_PX, EDGE_PX = 290, 28, 28
COLORS = {
    TEXT: "text", MUTED: "text.muted", GRID: "hairline", ACCENT: "accent", LOSS: "overload", "#FFFFFF": "panel",
    "#7F8694": "strong",
}  # fmt: skip
"""The colors of a printed page, and those of the window in their place."""


@guarded
class OutageText(QTextBrowser):
    """The page of an outage in the colors of the window; its pictures are as wide as it is."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._report = theme, Report("", "", ())
        self._plots: list[PlotBlock] = []
        self.setAccessibleName(tr("Outage"))
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # the width does not follow the text
        theme.changed.connect(self._fill)

    def show_report(self, report: Report) -> None:
        """Show the page of another outage from its top."""
        self._report = report
        self._fill()
        self.verticalScrollBar().setValue(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the pictures as wide as the page."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fill()

    def _fill(self) -> None:
        self._plots = []
        at = self.verticalScrollBar().value()
        text = page(self._report, Markup(""), paper=True, shown=self._shown)
        self.setHtml(self._colored(text.replace("<h1>", "<h3>").replace("</h1>", "</h3>")))
        embolden(self.document())
        self.verticalScrollBar().setValue(at)

    def _shown(self, plot: PlotBlock) -> Markup:
        """Take a picture; return the element that shows it."""
        size = self._size(plot)
        self._plots.append(plot)
        return Markup('<b>{}</b><br><img src="{}" width="{}" height="{}">').format(
            plot.title, f"plot:{len(self._plots) - 1}", size.width(), size.height()
        )

    def _size(self, plot: PlotBlock) -> QSize:
        wide = max(self.viewport().width() - EDGE_PX, 320)
        return QSize(wide, round(plot.height * wide / plot.width))

    def _colored(self, text: str) -> str:
        for printed, name in COLORS.items():
            text = text.replace(printed, self._theme.color(name).name())
        return text

    def loadResource(self, sort: int, name: QUrl | str) -> object:
        """Paint a picture of the page, sharp on every screen. Nothing else is loaded."""
        url = name if isinstance(name, QUrl) else QUrl(name)
        if sort != QTextDocument.ResourceType.ImageResource.value or url.scheme() != "plot":
            return None
        plot = self._plots[int(url.path())]
        ratio, size = self.devicePixelRatioF(), self._size(plot)
        image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setFont(self._theme.font("base"))
        QSvgRenderer(QByteArray(self._colored(plot.svg).encode())).render(painter)
        painter.end()
        return image


class OutagesPage(QWidget):
    """Outages with their scores at the left; the page of the chosen one at the right. `chosen` asks for its design."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(tr("Outages"))
        self._answers, self._told = kept_answers(), told_outages()
        self._outages = [one for one in published_outages().values() if one.id in self._answers]
        self.list, self.text = QListWidget(), OutageText(theme)
        self.list.setAccessibleName(tr("Outages"))
        self.list.setFixedWidth(round(LIST_PX * theme.text_scale))
        self.list.addItems([called(one) for one in self._outages])
        for n, one in enumerate(self._outages):
            self.list.item(n).setSizeHint(QSize(0, round(ROW_PX * theme.text_scale)))
            self.list.item(n).setToolTip(f"<span>{score_of_outage(one, self._answers[one.id])}</span>")
        self.list.currentRowChanged.connect(self._show)
        self.open = QPushButton(tr("Open Its Design"))
        self.open.setAutoDefault(False)  # Enter in the search opens nothing
        self.open.clicked.connect(lambda: self.chosen.emit(self._outages[self.list.currentRow()].id))
        self.said = QLabel(
            tr("What runs say that know only what was published; cloud-designer replay plays them again.")
        )
        self.said.setProperty("muted", True)
        self.said.setWordWrap(True)
        line = QHBoxLayout()
        line.addWidget(self.said, 1)
        line.addWidget(self.open)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addLayout(line)
        right.addWidget(self.text, 1)
        stand_beside(self, self.list, right)

    def _show(self, row: int) -> None:
        if row >= 0:
            self.text.show_report(self._report(self._outages[row]))

    def _report(self, outage: PublishedOutage) -> Report:
        told, said = self._told[outage.id], self._answers[outage.id]
        section = outage_section(outage, told, course_of(told, parameters(), outage.given), said)
        return Report(section.title, tr("Told, observed, simulated"), (replace(section, title=""),))

    def narrow(self, words: Sequence[str]) -> int:
        """Hide the outages without all words; return how many remain."""
        return narrowed(self.list, map(_searched, self._outages), words)


def _searched(outage: PublishedOutage) -> str:
    """The text in which a search looks for an outage."""
    return " ".join((outage.id, called(outage), outage.place, *(what for _, what, _ in outage.milestones)))
