"""Two designs side by side: a list of differences in words, and both drawings with marks. Pan and zoom are linked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from designer.catalog import KINDS, LINKS
from designer.model.element import Element, Link
from designer.model.project import Project
from designer.store.history.compare import Difference, Going, compare
from designer.ui.canvas.view.camera import Look, look_at
from designer.ui.canvas.view.viewer import Viewer
from designer.ui.canvas.world.world import World
from designer.ui.files.change_list import ChangeList
from designer.ui.parts.background import run_with_progress
from designer.ui.parts.guard import guarded
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.words import tr

LIST_PX, CLOSE_SCALE, AROUND, AROUND_PX = 320, 1.6, 60.0, 24.0
SIZE = (1280, 780)
Rows = Iterable[Element | Link]


@dataclass(frozen=True)
class Comparison:
    """Two designs, ready to draw, and their differences, in the order of the second design."""

    old: World
    new: World
    found: Sequence[Difference]


def comparison(old: Rows, new: Rows, going: Going) -> Comparison:
    """Compare two designs. It touches no widget and may run on another thread. `going` may raise to end it."""
    before, after = Project(KINDS, LINKS, old), Project(KINDS, LINKS, new)
    found = compare(before.rows(), after.rows(), going)
    return Comparison(World(before), World(after), sorted(found, key=_Places(before, after)))


class _Places:
    """Where a difference stands in the list: as in the new design, what is gone beside what it stood in, links last."""

    def __init__(self, old: Project, new: Project) -> None:
        self._old = old
        self._place = {row.id: number for number, row in enumerate(new.rows())}

    def __call__(self, one: Difference) -> float:
        here, below = one.id, 0.0
        while here not in self._place:
            element = self._old.elements.get(here)
            if element is None:
                return len(self._place)
            here, below = element.parent, 0.5
        return self._place[here] + below


class CompareView(QWidget):
    """The list at the left, the first and the second design beside it. `activated` reports a double-clicked element."""

    activated = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.changes = ChangeList(theme)
        self.viewers = Viewer(theme, tr("First design")), Viewer(theme, tr("Second design"))
        self.titles = QLabel(), QLabel()
        self._shown: Comparison | None = None
        self._fits = True
        halves = QSplitter(Qt.Orientation.Horizontal)
        for title, viewer in zip(self.titles, self.viewers):
            title.setTextFormat(Qt.TextFormat.PlainText)
            title.setFont(theme.font("title"))
            title.setMargin(6)
            title.setMinimumWidth(40)
            half = QWidget()
            column = QVBoxLayout(half)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            column.addWidget(title)
            column.addWidget(viewer, 1)
            halves.addWidget(half)
            viewer.looked.connect(self._looked)
            viewer.clicked.connect(self._clicked)
            viewer.activated.connect(self.activated)
            viewer.stepped.connect(self.changes.step)
        halves.setChildrenCollapsible(False)
        left = QWidget()
        side = QVBoxLayout(left)
        side.setContentsMargins(8, 4, 8, 8)
        side.addWidget(self.changes, 1)
        side.addLayout(self._steps())
        left.setMinimumWidth(LIST_PX - 80)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(left)
        both.addWidget(halves)
        both.setStretchFactor(1, 1)
        both.setSizes([LIST_PX, 3 * LIST_PX])
        both.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(both)
        self.changes.chosen.connect(self._chosen)
        self.changes.activated.connect(self.activated)
        self.changes.filtered.connect(self._mark)

    def _steps(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        for text, tip, key, act in (
            (tr("Previous"), tr("Previous change (Shift+F7, P)"), "Shift+F7", lambda: self.changes.step(-1)),
            (tr("Next"), tr("Next change (F7, N)"), "F7", lambda: self.changes.step(1)),
            (tr("Fit"), tr("Show all of both (Ctrl+0)"), "Ctrl+0", self.fit),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip.partition(" (")[0])
            button.clicked.connect(act)
            QShortcut(QKeySequence(key), self, act)
            row.addWidget(button)
        row.insertStretch(2, 1)
        return row

    def show_comparison(self, shown: Comparison, titles: tuple[str, str]) -> None:
        """Show another comparison, with everything visible."""
        self._shown = shown
        for label, title in zip(self.titles, titles):
            label.setText(title)
            label.setToolTip(title.replace("<", "‹"))
        for viewer, world in zip(self.viewers, (shown.old, shown.new)):
            viewer.show_world(world, {})
        self.changes.show_found(shown.found)
        self._fits = True
        self.fit()

    def _mark(self) -> None:
        """Mark only the differences in the filtered list."""
        if self._shown is None:
            return
        sorts = self.changes.changes.marks
        gone = {row_id: name for row_id, name in sorts.items() if name != "added"}
        come = {row_id: name for row_id, name in sorts.items() if name != "removed"}
        for viewer, marks in zip(self.viewers, (gone, come)):
            viewer.show_marks(marks)

    def fit(self) -> None:
        """Show all of both."""
        if self._shown is not None:
            self._look_at(self._shown.old.bounds().united(self._shown.new.bounds()), 1.5)
            self._fits = True

    def fit_again(self) -> None:
        """Show all of both after a resize, unless the user looks at a part."""
        if self._fits:
            self.fit()

    def _look_at(self, box: QRectF, most: float) -> None:
        size = self.viewers[0].size().boundedTo(self.viewers[1].size())
        self._looked(look_at(box, size, most, AROUND_PX))

    def _looked(self, look: Look) -> None:
        self._fits = False
        for viewer in self.viewers:
            viewer.set_look(look)

    def _chosen(self, row_id: int | None) -> None:
        """Show an element where it was and where it is."""
        box = QRectF()
        for viewer in self.viewers:
            viewer.choose(row_id)
            if row_id is not None:
                box = box.united(viewer.box_of(row_id))
        if not box.isEmpty():
            self._look_at(box.adjusted(-AROUND, -AROUND, AROUND, AROUND), CLOSE_SCALE)

    def _clicked(self, element_id: int | None) -> None:
        if element_id is None or not self.changes.choose(element_id):
            for viewer in self.viewers:
                viewer.choose(element_id)


@guarded
class ComparisonDialog(QDialog):
    """Two designs in a window of their own. Raises Stopped when the user cancels."""

    def __init__(self, old: Rows, new: Rows, titles: tuple[str, str], theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle(tr("Compare {0} with {1}", titles[0], titles[1]))
        self.setWindowFlags(self.windowFlags() | Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(fitting(*SIZE))
        self.view = CompareView(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.view.show_comparison(run_with_progress(None, tr("Comparing …"), partial(comparison, old, new)), titles)

    def showEvent(self, event: QShowEvent) -> None:
        """Show all of both at first."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self.view.fit_again)
