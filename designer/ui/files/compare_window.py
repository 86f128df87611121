"""The window that compares two of: this design, its backups and other files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.errors import DesignerError
from designer.model.element import Element, Link, clone
from designer.model.project import ChangeSet
from designer.model.sent import rows_of
from designer.report.apart import measures_apart
from designer.report.comparing import Measures
from designer.store.file import project_file
from designer.store.file.faults import shown
from designer.store.file.project_file import Stamp
from designer.store.history import backups
from designer.store.history.backups import Backup
from designer.store.history.compare import Going, in_short
from designer.ui.files.compare_figures import FiguresDialog
from designer.ui.files.comparison import SIZE, CompareView, Comparison, comparison
from designer.ui.files.files import Files
from designer.ui.files.questions import FILTER, say
from designer.ui.parts.background import Stopped, run_with_progress
from designer.ui.parts.guard import guarded
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

Rows = Sequence[Element | Link]
CHOOSE = tr("Choose a file …")


@dataclass(frozen=True)
class Source:
    """Something to compare: its name, and how its rows are read (on another thread)."""

    title: str
    read: Callable[[], Rows] = field(compare=False)


def when(saved_s: float) -> str:
    """A time as people write it, in local time."""
    return time.strftime("%d %b %Y, %H:%M:%S", time.localtime(saved_s))


def of_backup(backup: Backup, stamp: Stamp) -> Source:
    """A backup of the design with a time stamp."""
    title = tr("Save {0:,}, {1}", backup.revision, when(backup.saved_s)) + f", “{backup.label}”" * bool(backup.label)
    title += tr(" (of another copy)") * backups.of_another_copy(backup, stamp)
    return Source(title, lambda: backups.open_backup(backup).rows)


def of_file(path: Path) -> Source:
    """A file."""
    return Source(shown(path.name), lambda: project_file.load(path).rows)


@guarded
class CompareWindow(QDialog):
    """Chooses two designs and shows their differences. It stays open beside the window; entered elements are shown
    there."""

    def __init__(
        self, files: Files, session: Session, theme: Theme, parent: QWidget, first: Source | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self.setWindowTitle(tr("Compare"))
        self.setWindowFlags(self.windowFlags() | Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(fitting(*SIZE))
        self.now = Source(tr("This design now"), lambda: ())
        stamp = files.document.stamp
        saves = [of_backup(one, stamp) for one in backups.backups(stamp.document_id)] if stamp is not None else []
        self.choices: list[Source] = [self.now, *saves]
        self.boxes = QComboBox(), QComboBox()
        self.again = QPushButton(tr("Compare Again"))
        self.again.setAutoDefault(False)
        self.again.setToolTip(tr("The design was changed since it was compared"))
        self.figures = QPushButton(tr("Compare Figures …"))
        self.figures.setToolTip(tr("Cost, nines, findings, a run and downtime by scenario of both, with one seed"))
        self.figures.setAutoDefault(False)
        self.figures.clicked.connect(self.compare_figures)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.view = CompareView(theme)
        self._lay_out()
        self._fill()
        wanted = first or next(iter(saves), None)
        self._chosen = [wanted, self.now]
        self._show_chosen()
        session.changed.connect(self._changed)
        session.replaced.connect(self.close)
        self.view.activated.connect(self._reveal)
        QTimer.singleShot(0, self, self.compare)

    def _changed(self, changes: ChangeSet) -> None:
        self.again.setEnabled(self.now in self._chosen)

    def _lay_out(self) -> None:
        swap, close = QPushButton(tr("Swap")), QPushButton(tr("Close"))
        swap.clicked.connect(self.swap)
        close.clicked.connect(self.reject)
        self.again.clicked.connect(self.compare)
        row = QHBoxLayout()
        row.setContentsMargins(8, 8, 8, 0)
        for number, (box, text) in enumerate(zip(self.boxes, (tr("First"), tr("Second")))):
            label = QLabel(text)
            label.setBuddy(box)
            label.setProperty("muted", True)
            box.setAccessibleName(tr("{0} design", text))
            box.setMinimumWidth(180)
            box.activated.connect(lambda index, side=number: self._activated(side, index))
            row.addWidget(label)
            row.addWidget(box, 1)
            if not number:
                row.addWidget(swap)
        for button in (swap, close):
            button.setAutoDefault(False)
        row.addWidget(self.again)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 4, 8, 8)
        foot.addWidget(self.said, 1)
        foot.addWidget(self.figures)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        column.addLayout(foot)

    def _fill(self) -> None:
        for box in self.boxes:
            box.clear()
            box.addItems([one.title for one in self.choices])
            box.addItem(CHOOSE)

    def _show_chosen(self) -> None:
        for box, source in zip(self.boxes, self._chosen):
            box.setCurrentIndex(self.choices.index(source) if source is not None else -1)
            box.setPlaceholderText(tr("Choose what to compare with"))

    def _activated(self, side: int, index: int) -> None:
        if index < len(self.choices):
            self.choose(side, self.choices[index])
            return
        folder = str(self._session.path.parent) if self._session.path else str(Path.home())
        path, _ = QFileDialog.getOpenFileName(self, tr("Compare with"), folder, FILTER)
        if path:
            self.choose(side, of_file(Path(path)))
        else:
            self._show_chosen()

    def choose(self, side: int, source: Source) -> None:
        """Compare another design, as the first (0) or the second (1)."""
        if source not in self.choices:
            self.choices.append(source)
            self._fill()
        self._chosen[side] = source
        self._show_chosen()
        self.compare()

    def swap(self) -> None:
        """Swap the two designs."""
        self._chosen.reverse()
        self._show_chosen()
        self.compare()

    def compare(self) -> None:
        """Read both designs and show their differences."""
        first, second = self._chosen
        self.again.setEnabled(False)
        if first is None or second is None:
            self.said.setText(tr("Choose a file or a backup to compare with."))
            return
        now = [clone(row) for row in self._session.project.rows()] if self.now in self._chosen else []

        def work(going: Going) -> Comparison:
            old, new = (now if one is self.now else one.read() for one in (first, second))
            return comparison(old, new, going)

        try:
            done = run_with_progress(self, tr("Comparing …"), work)
        except Stopped:
            self.said.setText(tr("The comparison was canceled."))
            self.again.setEnabled(True)
            return
        except DesignerError as error:
            self.said.setText(str(error))
            return
        self.view.show_comparison(done, (first.title, second.title))
        self.view.viewers[1].setFocus()
        self.said.setText(tr("From the first to the second: {0}", in_short(done.found)))

    def compare_figures(self) -> None:
        """Work out and show the figures of both designs, and of those that are added."""
        first, second = self._chosen
        if first is None or second is None:
            self.said.setText(tr("Choose a file or a backup to compare with."))
            return
        sides = [first, second]
        done = self._measured(sides)
        if done is None:
            return
        dialog = FiguresDialog([one.title for one in sides], *done, self._theme, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def add(paths: Sequence[Path]) -> None:
            more = [of_file(path) for path in paths]
            done = self._measured([*sides, *more], dialog)
            if done is not None:
                sides.extend(more)
                dialog.show_figures([one.title for one in sides], *done)

        dialog.more_wanted.connect(add)
        dialog.open()

    def _measured(self, sides: Sequence[Source], parent: QWidget | None = None) -> tuple[list[Measures], int] | None:
        """The figures of designs and their seed; None where it was canceled or one cannot be read, which is told."""
        now = rows_of(self._session.project)

        def work(going: Going) -> tuple[list[Measures], int]:
            all_rows = [
                now if one is self.now else [(type(row), dict(row.__dict__)) for row in one.read()] for one in sides
            ]
            return measures_apart(all_rows, going)

        try:
            return run_with_progress(parent or self, tr("Comparing the figures …"), work)
        except Stopped:
            self.said.setText(tr("The comparison was canceled."))
        except DesignerError as error:
            self.said.setText(str(error))
            if parent is not None:
                say(parent, tr("The designs were not added"), str(error))
        return None

    def _reveal(self, row_id: int) -> None:
        """Show the entered element in the window, where the design has it."""
        project = self._session.project
        link = project.links.get(row_id)
        ids = [row_id] if row_id in project.elements else [link.source, link.target] if link is not None else []
        if ids:
            self._session.select([row_id])
            self._session.reveal.emit(ids)

    def changeEvent(self, event: QEvent) -> None:
        """The whole is shown again where the window has another state."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            QTimer.singleShot(0, self, self.view.fit_again)
