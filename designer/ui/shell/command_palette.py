"""Search over objects and commands: a name, an id, a rule such as `kind:host cpu>80`, or `>` for commands only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRectF, Qt
from PySide6.QtGui import QAction, QFontMetricsF, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from designer.commands import select
from designer.errors import RuleError
from designer.model.element import ROOT_ID, id_from_text
from designer.model.project import Project
from designer.settings import Settings
from designer.study.run import Run
from designer.ui.parts.figures import figures_of
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.line_over_list import leaves, takes_key
from designer.ui.parts.theme import Theme
from designer.ui.parts.undo_keys import leave_undo_keys
from designer.ui.shell.ranking import Habits, match
from designer.ui.shell.session import Session
from designer.words import tr

MOST, MOST_ROWS = 60, 13
"""Most results, and most of them that are in sight at once."""
ALL_ICON = "select"
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextSingleLine
WIDEST = "  1000%"
"""The room of a figure, after the word for it."""
GAP_PX, MOST_FIRST = 24.0, 0.6
"""The space between the columns, and the most of the width that the first takes."""
OBJECTS_FIRST = 0.2
"""How much objects are preferred to commands that match as well."""


@dataclass(frozen=True)
class Hit:
    """A search result: its text, and what choosing it does; `value`: a figure of the shown run; `over`: it is above
    100%."""

    text: str
    detail: str
    icon: str
    choose: Callable[[], object]
    value: str = ""
    over: bool = False


def find_elements(project: Project, text: str, run: Run | None = None) -> list[int]:
    """Ids of the elements that match a name, an id or a rule (see `commands.select.matching`); by name: best first.

    Raises RuleError for a rule that cannot be understood.
    """
    exact = id_from_text(text.strip()) if len(text.strip()) == 13 else None
    if exact in project.elements:
        return [exact]
    if select.is_rule(text):
        return select.matching(project, text, figures_of(run))
    words = text.lower().split()
    ranked: list[tuple[int, int, str, int]] = []
    for element_id, element in project.elements.items():
        name = element.__dict__["name"].lower()
        if element_id != ROOT_ID and words and all(word in name for word in words):
            rank = 0 if name == words[0] else 1 if name.startswith(words[0]) else 2
            ranked.append((rank, len(name), name, element_id))
    return [element_id for *_, element_id in sorted(ranked)]


@guarded
class _Columns(QStyledItemDelegate):
    """Paints what is found in two columns: what it is called, and, muted, what it is."""

    def __init__(self, theme: Theme, parent: QListWidget) -> None:
        super().__init__(parent)
        self._theme, self.hits, self._list = theme, list[Hit](), parent

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The ground and icon of the style, then both texts."""
        if index.row() >= len(self.hits):
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        measures, text = QFontMetricsF(option.font), option.text
        hit, style = self.hits[index.row()], self._list.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, _without_text(option), painter, self._list)
        option.text = text
        box = QRectF(style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, self._list))
        first = min(max(measures.horizontalAdvance(each.text) for each in self.hits) + GAP_PX, box.width() * MOST_FIRST)
        value_px = measures.horizontalAdvance(tr("CPU") + WIDEST) + 12.0
        painter.setFont(option.font)
        for words, left, width, color in (
            (hit.text, 0.0, first - GAP_PX, "text"),
            (hit.detail, first, box.width() - first - (value_px if hit.value else 0.0), "text.muted"),
        ):  # fmt: skip
            painter.setPen(self._theme.color(color))
            told = measures.elidedText(words, Qt.TextElideMode.ElideMiddle, width)
            painter.drawText(QRectF(box.left() + left + 3, box.top(), width, box.height()), LEFT, told)
        value = box.adjusted(0, 0, -6, 0)
        if hit.value:
            painter.setPen(self._theme.color("overload" if hit.over else "text"))
            painter.drawText(value, RIGHT, hit.value)
            value.adjust(0, 0, -measures.horizontalAdvance(WIDEST), 0)
            painter.setPen(self._theme.color("text.muted"))
            painter.drawText(value, RIGHT, tr("CPU"))


def _without_text(option: QStyleOptionViewItem) -> QStyleOptionViewItem:
    bare = QStyleOptionViewItem(option)
    bare.text = ""
    return bare


@guarded
class SearchBox(QFrame):
    """A line and its results, floating at the top of the window."""

    def __init__(
        self, session: Session, theme: Theme, actions: dict[str, QAction], settings: Settings, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._habits = Habits(settings)
        self._session, self._theme, self._actions, self._above = session, theme, actions, parent
        self._hits: list[Hit] = []
        self._before: QWidget | None = None
        self._made = False
        self.setObjectName("search")
        self.line = QLineEdit()
        leave_undo_keys(self.line, typed=False)
        self.line.setPlaceholderText(
            tr("A name, a rule such as kind:host cpu>80 state:failed tag:web, or > for commands")
        )
        self.line.setAccessibleName(tr("Search objects and commands"))
        self.line.textChanged.connect(self._look)
        self.line.installEventFilter(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.addWidget(self.line)
        self.hide()
        theme.changed.connect(self._paint)

    def _make(self) -> None:
        """Make what is only seen once the search was opened."""
        self._made = True
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("Found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # long lines are elided
        self._columns = _Columns(self._theme, self.list)
        self.list.setItemDelegate(self._columns)
        self.list.itemClicked.connect(lambda item: self._choose(self.list.row(item)))
        self._column.addWidget(self.list)
        self._paint()

    def _paint(self) -> None:
        if not self._made:
            return
        raised, strong = self._theme.color("raised").name(), self._theme.color("strong").name()
        self.setStyleSheet(f"#search {{ background: {raised}; border: 1px solid {strong}; border-radius: 8px; }}")

    def open(self, text: str) -> None:
        """Show it, with a beginning."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        if not self._made:
            self._make()
        width = min(620, self._above.width() - 40)
        self.setFixedWidth(width)
        self.move(QPoint((self._above.width() - width) // 2, 34))
        self.line.setText(text)
        self._look(text)
        self.show()
        self.raise_()
        self.line.setFocus()

    def _look(self, text: str) -> None:
        self._hits, said = self._found(text)
        self._columns.hits = self._hits
        self.list.clear()
        ink = self._theme.color("text.muted")
        for hit in self._hits:
            item = QListWidgetItem(f"{hit.text}    {hit.detail}    {hit.value}".rstrip())
            if hit.icon:
                item.setIcon(icon(hit.icon, ink))
            self.list.addItem(item)
        if not self._hits:
            nothing = QListWidgetItem(said or tr("No matches."))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        self._fit()
        several = len(self._hits) > 1 and self._hits[0].icon == ALL_ICON  # Enter goes to the first, Up takes all
        self.list.setCurrentRow(1 if several else 0)

    def _fit(self) -> None:
        """As high as what is found, in whole rows."""
        rows, frame = min(self.list.count(), MOST_ROWS), 2 * self.list.frameWidth()
        self.list.setFixedHeight(rows * self.list.sizeHintForRow(0) + frame)
        self.adjustSize()

    def _found(self, text: str) -> tuple[list[Hit], str]:
        """The results, best first: by match and use; and what is wrong with a rule."""
        if text.startswith(">"):
            return [hit for _, hit in self._commands(text.removeprefix(">"))][:MOST], ""
        if not text.strip():
            return [hit for _, hit in self._commands("")][:MOST], ""
        try:
            ids = find_elements(self._session.project, text, self._session.run)
        except RuleError as error:
            named = [hit for _, hit in self._commands(text)][:MOST]  # a command's own text may have a colon
            return named, "" if named else str(error)
        objects = self._objects(ids[:MOST], text)
        if select.is_rule(text):
            return ([self._all(ids)] if len(ids) > 1 else []) + [hit for _, hit in objects], ""
        hits = sorted([*objects, *self._commands(text)], key=lambda scored: -scored[0])
        return [hit for _, hit in hits][:MOST], ""

    def _all(self, ids: list[int]) -> Hit:
        return Hit(
            tr("Select all {0:,}", len(ids)),
            tr("that match; Up, then Enter"),
            ALL_ICON,
            partial(self._session.select, ids),
        )

    def _objects(self, ids: Iterable[int], text: str) -> list[tuple[float, Hit]]:
        project, run = self._session.project, self._session.run
        loads = figures_of(run).get("cpu", {})
        hits = []
        for element_id in ids:
            element = project.elements[element_id]
            kind = project.kinds[element.kind]
            above = project.elements[element.parent].name if element.parent != ROOT_ID else ""
            detail = tr("{0} in {1}", tr(kind.label), above) if above else tr(kind.label)
            hit = Hit(element.name, detail, kind.icon.removesuffix(".svg"), partial(self._reveal, element_id),
                      f"{loads[element_id]:.0f}%" if element_id in loads else "",
                      loads.get(element_id, 0.0) > 100.0)  # fmt: skip
            hits.append(((match(element.name, text) or 0.0) + OBJECTS_FIRST, hit))
        return hits

    def _reveal(self, element_id: int) -> None:
        self._session.select([element_id])
        self._session.reveal.emit([element_id])

    def _commands(self, text: str) -> list[tuple[float, Hit]]:
        """The possible commands that match, with how well they match and how often they were chosen here."""
        found = []
        for action in self._actions.values():
            if not action.isEnabled():
                continue
            menu = action.property("menu") or ""
            matched = match(action.text(), text)
            if matched is None:  # "insert host"
                beside = match(f"{menu} {action.text()}", text)
                matched = None if beside is None else beside / 2.0
            if matched is not None:
                name, key = action.objectName(), action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                detail = f"{menu}    {key}".strip()
                hit = Hit(action.text(), detail, "", partial(self._do, action))
                found.append((matched + self._habits.rank(name), hit))
        return sorted(found, key=lambda scored: -scored[0])

    def _do(self, action: QAction) -> None:
        self._habits.note(action.objectName())
        action.trigger()

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self._hits):
            hit = self._hits[row]
            self.close_box()
            hit.choose()

    def close_box(self) -> None:
        """Hide the search; return the focus to where it was."""
        before, self._before = self._before, None
        self.hide()
        (before if before is not None and isValid(before) else self._above).setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows choose, Enter does, Escape and leaving close."""
        if not self._made:
            return super().eventFilter(watched, event)
        if leaves(event, self.list):
            self.hide()
        if takes_key(event, self.list, self._choose, self.close_box):
            return True
        return super().eventFilter(watched, event)
