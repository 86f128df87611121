"""The worst drawn years of a service: how long it was down in each and why, to be played or saved as a scenario."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from designer.study.availability.bad_years import BadYear
from designer.study.availability.playing import year_name
from designer.study.availability.words import span
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedRow
from designer.words import tr, trn


@guarded
class WorstYears(QWidget):
    """A list of years, the worst first. `chosen` carries the ids of what caused the longest outage of one."""

    chosen = Signal(list)
    play_requested = Signal(object)
    save_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.years: tuple[BadYear, ...] = ()
        title = QLabel(tr("Worst years drawn"))
        title.setFont(theme.font("title"))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Worst years drawn"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemClicked.connect(lambda _: self._point())
        self.list.itemActivated.connect(lambda _: self.play())
        self.begin, self.keep = QPushButton(tr("Play This Year")), QPushButton(tr("Save as Scenario"))
        self.begin.setToolTip(tr("Run a year in which the same fails at the same times, and show its longest outage"))
        self.keep.setToolTip(tr("Save what fails in this year as a scenario of the design"))
        self.begin.clicked.connect(self.play)
        self.keep.clicked.connect(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (title, self.list, WrappedRow((self.begin, self.keep))):
            column.addWidget(widget)

    def show_years(self, years: Sequence[BadYear]) -> None:
        """Show the worst years that are drawn by now; the current one stays current while it is among them."""
        years = tuple(one for one in years if one.outages)
        self.setVisible(bool(years))
        if years == self.years:
            return
        before = self.current
        self.years = years
        with QSignalBlocker(self.list):
            self.list.clear()
            for year in years:
                count = trn("{0:,} outage", "{0:,} outages", len(year.outages))
                item = QListWidgetItem(tr("{0} – {1}", span(year.down_h), year.told))
                item.setToolTip(tr("{0}: {1} down in {2}. {3}", year_name(year), span(year.down_h), count, year.told)
                                .replace("<", "‹"))  # fmt: skip
                self.list.addItem(item)
            same = (n for n, one in enumerate(years) if before is not None and one.number == before.number)
            self.list.setCurrentRow(next(same, 0))
        self.list.setFixedHeight(
            len(years) * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth() + 8 if years else 0
        )

    @property
    def current(self) -> BadYear | None:
        """The current year."""
        row = self.list.currentRow()
        return self.years[row] if 0 <= row < len(self.years) else None

    def play(self) -> None:
        """Ask for the current year to be played."""
        if self.current is not None:
            self.play_requested.emit(self.current)

    def save(self) -> None:
        """Ask for the current year to be saved as a scenario."""
        if self.current is not None:
            self.save_requested.emit(self.current)

    def _point(self) -> None:
        year = self.current
        if year is not None and year.worst is not None:
            self.chosen.emit(list(year.worst.ids))
