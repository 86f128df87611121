"""Placing many: how many, of what, where, under which names; with a preview of what goes where and what does not
fit."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.catalog.presets.shipped import preset_list, presets
from designer.commands import many
from designer.commands.many import Plan, Share
from designer.commands.scale_out import scale_out, service_of
from designer.errors import DesignerError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.ui.parts.combo import SearchedCombo
from designer.ui.parts.guard import guarded
from designer.ui.parts.number_box import CountDialog, NumberBox
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr, trn

SHOWN_NAMES, SHOWN_ROWS = 3, 8
USUAL = ("host", "vm")
"""Kinds that are offered first where they may stand."""
USUAL_PLACES = {"host": "rack", "vm": "host", "volume": "vm", "application": "vm"}
"""Where elements of a kind go at first, where what is selected holds such."""
WAYS = {"total": tr("in total"), "each": tr("in each")}
WAIT_MS = 80
"""Delay of the preview after the last key."""
TITLES = (tr("Into"), tr("There"), tr("New"), tr("No room"), tr("Why"))
NUMBERS = (1, 2, 3)


@guarded
class Shares(QAbstractTableModel):
    """What each parent gets, as a table: those with no room for some first."""

    def __init__(self, project: Project) -> None:
        super().__init__()
        self._project = project
        self.rows: list[Share] = []

    def show(self, plan: Plan | None) -> None:
        """Show a plan, or nothing."""
        self.beginResetModel()
        self.rows = sorted(plan.shares, key=lambda share: not share.reason) if plan is not None else []
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - as in Qt
        """One row a parent."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - as in Qt
        """One a title."""
        return 0 if parent.isValid() else len(TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The titles; numbers at the right."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return int(_side(section) | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The words and numbers of a row."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(_side(index.column()) | Qt.AlignmentFlag.AlignVCenter)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        share = self.rows[index.row()]
        element = self._project.elements.get(share.parent)
        name = self._project.called(element) if element is not None else ""
        reason = share.reason.removeprefix(f"{name} ")
        shown = (name, f"{share.there:,}", f"{share.given:,}", f"{share.left:,}" if share.left else "", reason)
        text = shown[index.column()]
        return text.replace("<", "‹") if role == Qt.ItemDataRole.ToolTipRole else text


def _side(column: int) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft


class ManyDialog(QDialog):
    """Places many elements into the selection as one undo step, after a preview of what goes where."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(tr("Place Many"))
        self.setMinimumWidth(650)
        project = session.project
        self.targets = many.nearest(project, [i for i in session.selection if i in project.elements]) or [ROOT_ID]
        self.what, self.preset, self.into = SearchedCombo(), QComboBox(), QComboBox()
        self.way, self.policy = QComboBox(), QComboBox()
        self.count = NumberBox(1, many.MOST, 30, tr("How many"))
        self.columns = NumberBox(0, 500, 0, tr("Columns"))
        self.columns.setSpecialValueText(tr("about as wide as high"))
        self.pattern, self.said, self.limit = QLineEdit(), QLabel(), QLabel(tr("at most {0:,} at once", many.MOST))
        self.shares, self.table = Shares(project), QTableView()
        self.found: Plan | None = None
        self._later = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._later.timeout.connect(self.preview)
        self._fill()
        self._lay_out()
        self.what.currentIndexChanged.connect(self._chosen)
        for box in (self.preset, self.into, self.way, self.policy):
            box.currentIndexChanged.connect(self._changed)
        for number in (self.count, self.columns):
            number.valueChanged.connect(self._changed)
        self.pattern.textChanged.connect(self._changed)
        self._chosen()
        self.count.setFocus()
        self.count.selectAll()

    # -- what there is to choose

    def _fill(self) -> None:
        kinds = self._session.project.kinds
        direct, inside = self._possible()
        for kind in (*direct, *inside):
            self.what.addItem(tr(kinds[kind].label), kind)
        if direct and inside:
            self.what.insertSeparator(len(direct))
        self.what.setCurrentIndex(next((direct.index(kind) for kind in USUAL if kind in direct), 0))
        for policy, text in many.POLICIES.items():
            self.policy.addItem(tr(text), policy)
        for way, text in WAYS.items():
            self.way.addItem(text, way)

    def _possible(self) -> tuple[list[str], list[str]]:
        """The kinds that may stand in what is selected, and those that may stand in what stands in it."""
        project = self._session.project
        here = {project.elements[i].kind for i in self.targets}
        offered = {name: kind for name, kind in project.kinds.items() if kind.in_palette}
        below = {project.elements[i].kind for i in many.below(project, self.targets)}
        direct = [name for name, kind in offered.items() if here & set(kind.inside)]
        inside = [name for name, kind in offered.items() if name not in direct and below & set(kind.inside)]
        return direct, inside

    def _places(self) -> None:
        """Offer where elements of the chosen kind may stand."""
        project = self._session.project
        found = many.places(project, self._kind, self.targets) if self._kind else {}
        self.into.blockSignals(True)
        self.into.clear()
        for kind, ids in found.items():
            text = (
                self._named(ids)
                if not kind
                else tr("{0} in {1}", _counted(project, kind, len(ids)), self._named(self.targets))
            )
            self.into.addItem(text, kind)
        usual = USUAL_PLACES.get(self._kind, "")
        self.into.setCurrentIndex(list(found).index(usual) if usual in found else 0)
        self.into.blockSignals(False)

    def _named(self, ids: list[int]) -> str:
        elements = self._session.project.elements
        shown = ", ".join(elements[i].name for i in ids[:SHOWN_NAMES])
        more = len(ids) - SHOWN_NAMES
        return tr("{0} and {1:,} more", shown, more) if more > 0 else shown

    def _lay_out(self) -> None:
        form = self._form = QFormLayout()
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        number = self._number = QHBoxLayout()
        number.setSpacing(8)
        number.addWidget(self.count, 1)
        number.addWidget(self.way)
        number.addWidget(self.limit)
        self.limit.setProperty("muted", True)
        rows: tuple[tuple[str, QWidget | QHBoxLayout], ...] = (
            (tr("What"), self.what), (tr("Preset"), self.preset), (tr("Into"), self.into), (tr("How many"), number),
            (tr("Policy"), self.policy), (tr("Names"), self.pattern), (tr("Columns"), self.columns),
        )  # fmt: skip
        for name, editor in rows:
            form.addRow(name, editor)
            if isinstance(editor, QWidget):
                editor.setAccessibleName(name)
        self.way.setAccessibleName(tr("In total or in each"))
        self.into.setMinimumContentsLength(30)
        self.into.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(36)
        self._lay_out_table()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.place)
        buttons.rejected.connect(self.reject)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        column = QVBoxLayout(self)
        column.addLayout(form)
        for widget in (self.said, self.table, buttons):
            column.addWidget(widget)

    def _lay_out_table(self) -> None:
        table = self.table
        table.setModel(self.shares)
        table.setAccessibleName(tr("What goes where"))
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QTableView.SelectionMode.NoSelection)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for section, width in enumerate((140, 60, 60, 70, 320)):
            header.resizeSection(section, width)
        table.setTabKeyNavigation(False)

    @property
    def _kind(self) -> str:
        return str(self.what.currentData() or "")

    @property
    def parents(self) -> list[int]:
        """Where the new elements go."""
        found = many.places(self._session.project, self._kind, self.targets) if self._kind else {}
        return found.get(str(self.into.currentData() or ""), [])

    def fields(self) -> dict[str, Any]:
        """The values of the chosen preset."""
        name, listed = self.preset.currentData(), preset_list(self._kind)
        return {listed.field: name, **listed.presets[name].fields} if name and listed else {}

    # -- what comes of it

    def _chosen(self) -> None:
        self._places()
        self.preset.blockSignals(True)
        self.preset.clear()
        self.preset.addItem(tr("none"), "")
        for name in presets(self._kind):
            self.preset.addItem(tr(name), name)
        self.preset.blockSignals(False)
        self._form.setRowVisible(self.preset, self.preset.count() > 1)
        kinds = self._session.project.kinds
        self.pattern.setText(many.usual_pattern(self._session.project, self._kind) if self._kind in kinds else "")
        self.preview()

    def _changed(self) -> None:
        self.ok.setEnabled(True)  # Enter in a field announces its number again
        self._later.start()

    def preview(self) -> None:
        """Show what goes where, what does not fit and why; nothing is changed."""
        self._later.stop()
        project, parents = self._session.project, self.parents
        one = len(parents) == 1
        self.way.setVisible(not one)
        self._form.setRowVisible(self.policy, not one and self.way.currentData() == "total")
        grid = any(project.kind(i).box.flow == "free" for i in parents) and project.kinds[self._kind].drawn
        self._form.setRowVisible(self.columns, grid)
        self.found, said = self._plan(parents)
        self.shares.show(self.found)
        wrong = self.found is None or self.found.left > 0
        self.table.setVisible(self.found is not None and (not one or self.found.left > 0))
        self.said.setProperty("wrong", wrong)
        self.said.style().polish(self.said)
        self.said.setText(said)
        self.table.setColumnHidden(TITLES.index(tr("No room")), not any(share.left for share in self.shares.rows))
        self.table.setColumnHidden(TITLES.index(tr("Why")), not any(share.reason for share in self.shares.rows))
        self.table.setFixedHeight(24 * min(max(len(self.shares.rows), 1), SHOWN_ROWS) + 34)
        placed, asked = (self.found.placed, self.found.asked) if self.found is not None else (0, 0)
        self.ok.setText(
            tr("Place {0:,} of {1:,}", placed, asked)
            if placed < asked
            else tr("Place {0:,}", placed)
            if placed
            else tr("Place")
        )
        self.ok.setEnabled(placed > 0)
        self.adjustSize()

    def _plan(self, parents: list[int]) -> tuple[Plan | None, str]:
        """The plan, and a sentence about it, or about why there is none."""
        if not parents:
            return None, tr("Nothing can be placed into the selection; select a rack, a data center or a zone.")
        wrong = self.count.limit_error or (self.columns.limit_error if self.columns.isVisibleTo(self) else "")
        if wrong:
            return None, wrong
        project, count = self._session.project, self.count.value()
        way = "each" if self.way.currentData() == "each" and len(parents) > 1 else "total"
        try:
            found = many.plan(project, self._kind, parents, count, way, self.policy.currentData(), self.fields())  # type: ignore[arg-type]
            taken = (e.name for e in project.of_kind(self._kind))
            named = many.names(self.pattern.text(), max(found.placed, 1), taken)
        except DesignerError as error:
            return None, str(error)
        return found, _told(project, found, named)

    def place(self) -> None:
        """Place what the preview shows. A plan that leaves some out is shown first; a refusal changes nothing."""
        if self._later.isActive():
            shown = self.said.text()
            self.preview()
            if self.found is not None and self.found.left and self.said.text() != shown:
                return
        if self.found is None or not self.found.placed:
            return
        try:
            text, count = tr("Placing {0:,} …", self.found.placed), self.found.placed
            given = self.found, self.pattern.text(), self.columns.value()
            made = self._session.perform(text, count, many.place_many, *given)
        except DesignerError as error:
            self.said.setText(str(error))
            return
        project = self._session.project
        self._session.flush()
        self._session.select(made)
        self._session.reveal.emit(made)
        left = tr(" {0:,} found no room.", self.found.left) if self.found.left else ""
        what = project.kinds[project.elements[made[0]].kind].counted(len(made))
        self._session.told.emit(tr("Placed {0}.{1}", what, left))
        self.accept()


def _counted(project: Project, kind: str, count: int) -> str:
    what = project.kinds[kind]
    return tr("the {0:,} {1}", count, tr(what.plural)) if count != 1 else tr("the {0}", tr(what.noun))


def _told(project: Project, plan: Plan, named: list[str]) -> str:
    """A plan as a sentence."""
    what = project.kinds[plan.kind]
    noun = tr(what.noun if plan.placed == 1 else what.plural)
    given = [share.given for share in plan.shares if share.given]
    spread = ""
    if len(given) > 1:
        each = f"{min(given):,}" if min(given) == max(given) else tr("{0:,} to {1:,}", min(given), max(given))
        into = len(given), len(plan.shares), each
        spread = (
            tr(", {2} in each of {0:,} of the {1:,}", *into)
            if len(given) < len(plan.shares)
            else tr(", {2} in each of the {0:,}", *into)
        )
    names = ", ".join(named) if len(named) <= SHOWN_NAMES else f"{', '.join(named[:2])} … {named[-1]}"
    if not plan.left:
        return f"{plan.placed:,} {noun}{spread}: {names}"
    placed = (
        tr("{0:,} of {1:,} {2} find room{3}", plan.placed, plan.asked, noun, spread)
        if plan.placed
        else tr("No {0} finds room", tr(what.noun))
    )
    if len(plan.shares) > 1:  # the table tells why
        return trn("{1}; {0:,} does not.", "{1}; {0:,} do not.", plan.left, placed)
    return trn("{1}; {0:,} does not: {2}.", "{1}; {0:,} do not: {2}.", plan.left, placed, plan.reason)


def ask_scale_out(session: Session, parent: QWidget) -> None:
    """Ask by how many members a service should grow, and add them."""
    if not session.selection:
        return
    elements, vm = session.project.elements, session.selection[0]
    service = service_of(session.project, vm)
    where = (
        tr("across the zones of {0}", elements[service].name) if service else tr("in its zone (it serves no service)")
    )
    number = NumberBox(1, many.MOST, 3, tr("How many more"))
    dialog = CountDialog(tr("Scale Out"), tr("How many more like {0}, {1}?", elements[vm].name, where), number, parent)
    dialog.accepted.connect(lambda: _scale_out(session, vm, number.value()))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _scale_out(session: Session, vm: int, count: int) -> None:
    made = session.do_large(tr("Scaling out …"), count, scale_out, vm, count)
    if made:
        session.flush()
        session.select(made)
        if made.report:
            session.told.emit(made.report)
        session.reveal.emit(made)
