"""The design as a tree: selection both ways, renaming, moving, search, load. The accessible twin of the drawing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from designer.commands import edit, select
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.project import ChangeSet, Project
from designer.study.frames import ElementState, Frame
from designer.ui.parts.figures import figures_of
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import draw_icon, draw_state, icon
from designer.ui.parts.large import LARGE
from designer.ui.parts.stock import IDS_MIME, ids_of
from designer.ui.parts.theme import Theme
from designer.ui.parts.undo_keys import leave_undo_keys
from designer.ui.shell.session import Session
from designer.ui.side.opening import Opening, holders
from designer.words import tr

MARK_PX, BAR_PX, LOAD_PX = 12.0, 20.0, 70
"""The icon of what is locked or hidden, which stands in place of the bar of load; the column that has both."""
LOAD_ROLE = Qt.ItemDataRole.UserRole + 1
STATE_ROLE = Qt.ItemDataRole.UserRole + 2
MARK_ROLE = Qt.ItemDataRole.UserRole + 3
"""The icon of an element that is hidden or locked."""
PLACED = {"x", "y", "w", "h", "hug"}
"""Fields that no filter reads."""
MOST_OPENED = 50
"""Most rows that are opened because something new stands in them."""
WAIT_MS = 40
"""So often the outline looks whether a pressed button is let go."""
SHOWN = {"name", "locked", "hidden"}
"""Fields that a row shows."""
Index = QModelIndex | QPersistentModelIndex
ROW = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemIsDropEnabled
)
NAMED = ROW | Qt.ItemFlag.ItemIsEditable


@guarded
class OutlineModel(QAbstractItemModel):
    """Rows are element ids; the project answers what stands where. A filter keeps matches and their ancestors."""

    def __init__(self, session: Session, theme: Theme) -> None:
        super().__init__()
        self._session, self._theme = session, theme
        self._children: dict[int, list[int]] = {}
        self._row_of: dict[int, int] = {}
        self._filter = ""
        self._kept: set[int] | None = None
        self._frame: Frame | None = None
        self._frame_row: dict[int, int] = {}
        self._question: tuple[list[int], int, int] = ([], 0, 0)
        self._answer = False
        self._read()

    def _read(self) -> None:
        project = self._session.project
        self._children.clear()
        self._row_of.clear()
        self._kept = _matches(self._session, self._filter) if self._filter else None
        for element_id, inside in project.families():
            kept = inside if self._kept is None else [i for i in inside if i in self._kept]
            if kept:
                self._children[element_id] = list(kept)
                self._row_of.update(zip(kept, range(len(kept))))

    def reset(self) -> None:
        """Read the whole tree again."""
        self.beginResetModel()
        self._read()
        self.endResetModel()

    @property
    def filtered(self) -> bool:
        """Whether only matches are shown."""
        return bool(self._filter)

    def set_filter(self, text: str) -> None:
        """Show only matches and their ancestors."""
        self._filter = text.strip()
        self.reset()

    def is_other_tree(self, changes: ChangeSet) -> bool:
        """Whether a change adds, removes or moves rows."""
        fields = changes.changed.values()
        if changes.added or changes.removed or any({"parent", "rank"} & some for some in fields):
            return True
        return bool(self._filter) and any(some - PLACED for some in fields)

    def follow(self, changes: ChangeSet) -> None:
        """Note what changed; where the tree was replaced, read it again."""
        if self.is_other_tree(changes):
            self.reset()
            return
        shown = [i for i, fields in changes.changed.items() if SHOWN & fields and i in self._row_of]
        if len(shown) > LARGE:  # a view looks at all rows that it shows, whichever they are, when it hears of several
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, 1))
            return
        for element_id in shown:
            self.dataChanged.emit(self.index_of(element_id), self.index_of(element_id, 1))

    def set_frame(self, frame: Frame | None) -> None:
        """Take the loads of a frame (the view asks for the visible ones)."""
        if frame is not None and (self._frame is None or frame.ids is not self._frame.ids):
            self._frame_row = {i: row for row, i in enumerate(frame.ids.tolist())}
        self._frame = frame

    # -- as Qt asks

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        """The index of a child."""
        above = int(parent.internalId()) if parent.isValid() else ROOT_ID
        inside = self._children.get(above, [])
        if 0 <= row < len(inside) and 0 <= column < 2:
            return self.createIndex(row, column, inside[row])
        return QModelIndex()

    def parent(self, child: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        """The index of what an element stands in."""
        if not child.isValid():
            return QModelIndex()
        element = self._session.project.elements.get(int(child.internalId()))
        if element is None or element.__dict__["parent"] == ROOT_ID:
            return QModelIndex()
        return self.index_of(element.__dict__["parent"])

    def index_of(self, element_id: int, column: int = 0) -> QModelIndex:
        """The index of an element."""
        if element_id not in self._row_of:
            return QModelIndex()
        return self.createIndex(self._row_of[element_id], column, element_id)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many stand in an element."""
        if parent.column() > 0:
            return 0
        return len(self._children.get(int(parent.internalId()) if parent.isValid() else ROOT_ID, ()))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Name and load."""
        return 2

    def headerData(self, section: int, way: Qt.Orientation, role: int = 0) -> Any:
        """The titles of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and way == Qt.Orientation.Horizontal:
            return (tr("Outline"), tr("CPU"))[section]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Name, icon, load, state of an element."""
        element_id = int(index.internalId())
        element = self._session.project.elements.get(element_id)
        if element is None:
            return None
        if index.column() == 0 and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return element.__dict__["name"]
        if index.column() == 0 and role == Qt.ItemDataRole.DecorationRole:
            kind = self._session.project.kinds[element.kind]
            down = self._state(element_id) == ElementState.FAILED and self._is_root(element_id)
            ink = self._theme.state("failed") if down else self._theme.kind(element.kind).ink
            return icon(kind.icon.removesuffix(".svg"), ink)
        if index.column() == 0 and role == Qt.ItemDataRole.ForegroundRole and self._is_root(element_id):
            return self._theme.state("failed")
        if (
            index.column() == 0
            and role == Qt.ItemDataRole.ForegroundRole
            and _is_hidden(self._session.project, element_id)
        ):
            return self._theme.color("text.disabled")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = [word for word in ("hidden", "locked") if element.__dict__[word]]
            return ", ".join([element.__dict__["name"], tr(self._session.project.kinds[element.kind].label), *said])
        if index.column() == 1 and role in (MARK_ROLE, LOAD_ROLE, STATE_ROLE):
            return self.cell(element_id)[(MARK_ROLE, LOAD_ROLE, STATE_ROLE).index(role)]
        return None

    def cell(self, element_id: int) -> tuple[str | None, float, int | None]:
        """What the cell of an element's load shows: the icon of what is hidden or locked, its load, the state of what
        has failed itself."""
        element = self._session.project.elements.get(element_id)
        if element is None:  # the panels hear of it a little later
            return None, float("nan"), None
        fields = element.__dict__
        mark = "hidden" if fields["hidden"] else "lock" if fields["locked"] else None
        row = self._frame_row.get(element_id)
        load = float(self._frame.heat[row]) if self._frame is not None and row is not None else float("nan")
        return mark, load, self._state(element_id) if self._is_root(element_id) else None

    def _state(self, element_id: int) -> int | None:
        row = self._frame_row.get(element_id)
        return int(self._frame.state[row]) if self._frame is not None and row is not None else None

    def _is_root(self, element_id: int) -> bool:
        row = self._frame_row.get(element_id)
        return bool(self._frame.failed_root[row]) if self._frame is not None and row is not None else False

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Names can be edited, elements dragged."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return NAMED if index.column() == 0 else ROW

    def setData(self, index: Index, value: Any, role: int = 0) -> bool:
        """Rename an element."""
        if role != Qt.ItemDataRole.EditRole or value == self.data(index, role):
            return False
        self._session.do(edit.rename, self._session.project, int(index.internalId()), str(value))
        return bool(self.data(index, role) == " ".join(str(value).split()))

    def mimeTypes(self) -> list[str]:
        """What can be dropped."""
        return [IDS_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The ids that are dragged."""
        mime = QMimeData()
        ids = dict.fromkeys(int(i.internalId()) for i in indexes)
        mime.setData(IDS_MIME, " ".join(map(str, ids)).encode())
        return mime

    def supportedDropActions(self) -> Qt.DropAction:
        """Elements are moved."""
        return Qt.DropAction.MoveAction

    def canDropMimeData(self, data: QMimeData, action: Any, row: int, column: int, parent: Index) -> bool:
        """Whether they may stand there: the same rule as on the drawing."""
        ids = ids_of(data)
        above = int(parent.internalId()) if parent.isValid() else ROOT_ID
        question = ids, above, self._session.project.history.position
        if question != self._question:  # Qt asks at each move of the mouse, and all that stands in `ids` is asked
            self._question = question
            self._answer = bool(ids) and edit.why_not_move(self._session.project, ids, above) is None
        return self._answer

    def dropMimeData(self, data: QMimeData, action: Any, row: int, column: int, parent: Index) -> bool:
        """Move them: one step of undo."""
        above = int(parent.internalId()) if parent.isValid() else ROOT_ID
        count = edit.extent(self._session.project, ids_of(data))
        self._session.do_large(tr("Moving …"), count, edit.move, ids_of(data), (0.0, 0.0), above)
        return False


def _matches(session: Session, text: str) -> set[int]:
    """What matches a filter, with its ancestors: a rule, or words in name and kind."""
    kept, elements = {ROOT_ID}, session.project.elements
    for element_id in _matching(session, text):
        while element_id not in kept:
            kept.add(element_id)
            element_id = elements[element_id].__dict__["parent"]
    return kept


def _matching(session: Session, text: str) -> list[int]:
    project, words = session.project, text.lower().split()
    if select.is_rule(text):
        with contextlib.suppress(RuleError):  # not yet typed whole, or a name with such a sign
            return select.matching(project, text, figures_of(session.run))
    found: list[int] = []
    for kind in project.kinds:
        fields = [element.__dict__ for element in project.of_kind(kind)]
        for word in [word for word in words if word not in kind]:
            fields = [one for one in fields if word in one["name"].lower()]
        found += [one["id"] for one in fields]
    return found


def _is_hidden(project: Project, element_id: int) -> bool:
    """Whether an element or what it stands in is hidden."""
    return any(project.elements[i].__dict__["hidden"] for i in (element_id, *project.ancestors(element_id)))


@guarded
class LoadDelegate(QStyledItemDelegate):
    """A small bar (or the icon of what is locked or hidden) and the number, red above 100%; a failure's diamond."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """The cell has no text and no icon of the style's: the model need not be asked for any."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the load of a row."""
        super().paint(painter, option, index)
        theme, box, model = self._theme, QRectF(option.rect), index.model()
        assert isinstance(model, OutlineModel)
        mark, load, state = model.cell(int(index.internalId()))
        if mark:
            place = QRectF(box.left(), box.center().y() - MARK_PX / 2, MARK_PX, MARK_PX)
            draw_icon(painter, mark, place, theme.color("text.muted"))
        if state == ElementState.FAILED:
            place = QRectF(box.right() - 18, box.center().y() - 5, 10, 10)
            draw_state(painter, place, ElementState.FAILED, theme.state("failed"))
            return
        if np.isnan(load):
            return
        if not mark:
            bar = QRectF(box.left(), box.center().y() - 2, BAR_PX, 4)
            painter.fillRect(bar, theme.color("hairline"))
            painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * min(load, 1.0), 4), theme.heat(load))
            if load > 1.0:
                painter.fillRect(QRectF(bar.right(), bar.top() - 3, 1.5, 10), theme.color("overload"))
        painter.setFont(theme.font("secondary", figures=True))
        painter.setPen(theme.color("overload") if load > 1.0 else theme.color("text"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box.adjusted(0, 0, -8, 0), right, f"{load * 100:.0f}%")


@guarded
class OutlineTree(QTreeView):
    """A tree whose rows open by the chevrons that open sections elsewhere."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        """Paint the chevron of a row that holds others."""
        if not self.model().hasChildren(index):
            return
        side = self.indentation()
        place = QRectF(rect.right() + 1 - side, rect.center().y() - side / 2 + 0.5, side, side)
        name = "chevron-down" if self.isExpanded(index) else "chevron-right"
        draw_icon(painter, name, place, self._theme.color("text.muted"))


class Outline(QWidget):
    """The tree with a filter line. `context_menu_requested` carries a point of the screen and an id, or None."""

    context_menu_requested = Signal(QPoint, object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._following = False
        self._unmarked: list[int] = []
        self._parted: tuple[tuple[int, ...], dict[int, list[int]]] = (), {}
        self._open: list[int] = []
        self._top = 0
        self._opening = Opening(self._expand, self)
        self.model = OutlineModel(session, theme)
        self.filter = QLineEdit(self)
        leave_undo_keys(self.filter, typed=False)
        self.filter.setPlaceholderText(tr("Filter: a name, kind:vm, cpu>80"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName(tr("Filter the outline"))
        self.filter.textChanged.connect(self._filtered)
        self.tree = self._made_tree(theme)
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 8, 4)
        title = QLabel(tr("Outline"), self)
        title.setFont(theme.font("title"))
        self._unit = QLabel(tr("CPU"), self)
        self._unit.setProperty("muted", True)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self._unit)
        self._unit.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        box = QVBoxLayout()
        box.setContentsMargins(8, 0, 8, 4)
        box.addWidget(self.filter)
        column.addLayout(box)
        self.empty = QLabel(self)
        self.empty.setProperty("muted", True)
        self.empty.setContentsMargins(12, 6, 12, 0)
        self.empty.setWordWrap(True)
        column.addWidget(self.empty)
        column.addWidget(self.tree, 1)
        self._waits = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._waits.timeout.connect(self._show_current)
        session.changed.connect(self._follow)
        session.replaced.connect(self._replaced)
        session.selection_changed.connect(self._show_selection)
        session.run_changed.connect(self.refresh_load)
        theme.changed.connect(self.tree.viewport().update)
        self._replaced()

    def _made_tree(self, theme: Theme) -> QTreeView:
        tree = OutlineTree(theme, self)
        tree.setModel(self.model)
        tree.setUniformRowHeights(True)
        tree.setHeaderHidden(True)
        tree.setIndentation(12)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        tree.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        tree.setDefaultDropAction(Qt.DropAction.MoveAction)
        tree.setAccessibleName(tr("Outline of the design"))
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._ask_menu)
        tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names of many differ at the end
        tree.setItemDelegateForColumn(1, self._delegate())
        tree.header().setStretchLastSection(False)
        tree.header().setMinimumSectionSize(24)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        tree.header().resizeSection(1, LOAD_PX)
        tree.selectionModel().selectionChanged.connect(self._selected)
        tree.expanded.connect(self._opened)
        tree.doubleClicked.connect(lambda index: self._session.reveal.emit([int(index.internalId())]))
        return tree

    def _ask_menu(self, at: QPoint) -> None:
        index = self.tree.indexAt(at)
        element_id = int(index.internalId()) if index.isValid() else None
        self.context_menu_requested.emit(self.tree.viewport().mapToGlobal(at), element_id)

    def element_at(self, at: QPoint) -> int:
        """The id of the element whose row is at a point of the screen, that of the design below all rows, else 0."""
        port = self.tree.viewport()
        here = port.mapFromGlobal(at)
        if not port.isVisible() or not port.rect().contains(here):
            return 0
        index = self.tree.indexAt(here)
        return int(index.internalId()) if index.isValid() else ROOT_ID

    def _delegate(self) -> LoadDelegate:
        self._load_delegate = LoadDelegate(self._theme)
        return self._load_delegate

    def _replaced(self) -> None:
        self.model.reset()
        self.tree.expandToDepth(1)
        self._tell_empty()

    def _tell_empty(self) -> None:
        """Say why no row is there, where none is."""
        self.empty.setText(tr("No matches.") if self.model.filtered else tr("Nothing drawn yet."))
        self.empty.setVisible(self.model.rowCount() == 0)

    def _filtered(self, text: str) -> None:
        if not self.model.filtered:
            self._open, self._top = self.expanded(), self._uppermost()
        self.model.set_filter(text)
        if self.model.filtered:
            self._opening.begin(holders(self.model._children))
        else:
            self._opening.stop()
            self._expand(self._open)
            self._scroll_to(self._top)
        self._show_selection()
        self._tell_empty()

    def _uppermost(self) -> int:
        """The id of the uppermost row in sight; 0 where there is none."""
        index = self.tree.indexAt(QPoint())
        return int(index.internalId()) if index.isValid() else 0

    def _scroll_to(self, element_id: int) -> None:
        """Let a row be the uppermost in sight again, where it still is."""
        index = self.model.index_of(element_id)
        if index.isValid():
            self.tree.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)

    def expanded(self) -> list[int]:
        """The ids of the rows that are open."""
        model = self.model
        return [i for i in model._children if i != ROOT_ID and self.tree.isExpanded(model.index_of(i))]

    def set_expanded(self, ids: Iterable[int]) -> None:
        """Open these rows and close all others."""
        self.tree.collapseAll()
        self._expand(ids)

    def _expand(self, ids: Iterable[int]) -> None:
        was, self._following = self._following, True
        for element_id in ids:
            index = self.model.index_of(element_id)
            if index.isValid():
                self.tree.setExpanded(index, True)
        self._following = was
        if not self._opening.goes_on:
            self._opened()

    def _follow(self, changes: ChangeSet) -> None:
        if any("hidden" in fields for fields in changes.changed.values()):
            self.tree.viewport().update()  # what stands in it is gray, too
        other = self.model.is_other_tree(changes)
        expanded = self.expanded() if other and not self.model.filtered else []  # asks the tree of each container
        top = self._uppermost()
        self._parted = (), {}
        self.model.follow(changes)
        if other:
            if self.model.filtered:
                self._opening.begin(holders(self.model._children), int(self.model.index_of(top).parent().internalId()))
            else:
                self._expand([*expanded, *self._parents_of(changes.added)])
            self._scroll_to(top)
            self._show_selection()
        self._tell_empty()

    def _parents_of(self, ids: Iterable[int]) -> list[int]:
        elements = self._session.project.elements
        found: dict[int, None] = {}
        for element_id in ids:
            if len(found) == MOST_OPENED:
                break
            if element_id in elements:
                found[elements[element_id].__dict__["parent"]] = None
        return list(found)

    def _selected(self) -> None:
        if self._following:
            return
        chosen = [int(index.internalId()) for index in self.tree.selectionModel().selectedRows(0)]
        if QApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier:
            chosen += self._unmarked
        self._following = True
        self._session.select(chosen)
        self._following = False

    def _runs(self, ids: Iterable[int]) -> list[tuple[int, int]]:
        """The first and the last id of each run of siblings that follow each other, without ids that have no row."""
        elements = self._session.project.elements
        found = ((i, self.model.index_of(i).row()) for i in ids if i in elements)
        rows = sorted((elements[i].__dict__["parent"], row, i) for i, row in found if row >= 0)
        starts = [n for n, (above, row, _) in enumerate(rows) if n == 0 or rows[n - 1][:2] != (above, row - 1)]
        return [(rows[n][2], rows[end - 1][2]) for n, end in zip(starts, [*starts[1:], len(rows)])]

    def _marked(self) -> list[int]:
        """Which of the selection get a mark: all, but of very many only those whose parents are open. Qt asks of each
        row that it paints whether it is in each of the runs of marked siblings."""
        self._unmarked = []
        if len(self._session.selection) <= LARGE:
            return list(self._session.selection)
        marked: list[int] = []
        for parent, some in self._by_parent().items():
            is_open = parent == ROOT_ID or self.tree.isExpanded(self.model.index_of(parent))
            (marked if is_open else self._unmarked).extend(some)
        return marked

    def _by_parent(self) -> dict[int, list[int]]:
        """The selection by what its elements stand in."""
        selection, elements = self._session.selection, self._session.project.elements
        if self._parted[0] is not selection:
            found: dict[int, list[int]] = {}
            for i in selection:
                if i in elements:
                    found.setdefault(elements[i].__dict__["parent"], []).append(i)
            self._parted = selection, found
        return self._parted[1]

    def _opened(self) -> None:
        if self._unmarked and not self._following:
            self._mark()

    def _mark(self) -> None:
        chosen = QItemSelection()
        for top, bottom in self._runs(self._marked()):
            chosen.select(self.model.index_of(top), self.model.index_of(bottom, 1))
        self._following = True
        self.tree.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._following = False

    def _show_selection(self) -> None:
        if self._following:
            return
        self._parted = (), {}  # they may stand elsewhere
        self._mark()
        self._show_current()

    def _show_current(self) -> None:
        """Scroll to the selection: once no button is pressed, since what is dragged here is aimed at a row."""
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._waits.start()
            return
        first = next(filter(QModelIndex.isValid, map(self.model.index_of, self._session.selection)), QModelIndex())
        if first.isValid():
            was_open = self.tree.isExpanded(first.parent())
            self._following = True
            self.tree.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.tree.scrollTo(first)
            self._following = False
            if not was_open:
                self._opened()  # what it stands in is open now

    def refresh_load(self) -> None:
        """Show the loads of the newest frame in the visible rows (called twice a second): only what is other than
        painted is painted again."""
        run, port, model = self._session.run, self.tree.viewport(), self.model
        rows = self._rows_in_sight()
        before = [model.cell(i) for i, _ in rows]
        model.set_frame(run.view.frame if run is not None else None)
        self._unit.setVisible(run is not None)  # no title over a column that has no values
        left = self.tree.header().sectionViewportPosition(1)
        for (element_id, row), was in zip(rows, before):
            now = model.cell(element_id)
            if was[2] != now[2]:
                port.update(row)  # name and icon are red
            elif str(was) != str(now):  # NaN is NaN
                port.update(row.adjusted(left - row.left(), 0, 0, 0))

    def _rows_in_sight(self) -> list[tuple[int, QRect]]:
        """The rows that the tree shows: their elements and boxes."""
        tree, port = self.tree, self.tree.viewport().rect()
        found, index = list[tuple[int, QRect]](), tree.indexAt(QPoint(0, 0))
        if not index.isValid():
            return found
        top, height = tree.visualRect(index).top(), tree.rowHeight(index)
        while index.isValid() and top <= port.bottom():
            found.append((int(index.internalId()), QRect(0, top, port.width(), height)))
            index, top = tree.indexBelow(index), top + height
        return found
