"""Saved presets and blueprints, in the design or the library: dialogs, and their menus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.catalog.presets.own import PLACES, OwnBlueprint, OwnPreset, Where
from designer.commands import presets
from designer.errors import DesignerError
from designer.model.element import NAME_LIMIT, ROOT_ID
from designer.ui.parts.background import Stopped
from designer.ui.parts.icons import icon
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

Own = OwnPreset | OwnBlueprint
Sort = Literal["preset", "blueprint"]
HEAD = (tr("Name"), tr("What"), tr("Saved in"), tr("Used by"))


def save(session: Session, own: Own, where: Where, from_id: int = 0) -> None:
    """Save a preset or blueprint; its original element notes it. Raises DesignerError."""
    if where == "design":
        presets.save(session.project, own, from_id)
    else:
        session.library.put(own)
        session.library_changed.emit()
        if from_id:
            session.perform(tr("Saving …"), 1, presets.remember, [from_id], own.name)
    session.told.emit(tr("“{0}” is saved in {1}. Find it in the palette.", own.name, tr(PLACES[where])))


def rename(session: Session, own: Own, name: str) -> None:
    """Rename it; elements of this design that were made from it follow. Raises DesignerError."""
    users = presets.users_of(session.project, own)
    if own.where == "design":
        session.perform(tr("Renaming …"), len(users), presets.rename, own, name)
        return
    session.library.rename(own, name)
    try:
        session.perform(tr("Renaming …"), len(users), presets.remember, users, " ".join(name.split()))
    except Stopped:
        session.library.rename(replace(own, name=" ".join(name.split())), own.name)
        raise
    finally:
        session.library_changed.emit()


def delete(session: Session, own: Own) -> None:
    """Delete it; elements made from it stay unchanged. Raises DesignerError."""
    if own.where == "design":
        users = presets.users_of(session.project, own)
        session.perform(tr("Deleting …"), len(users), presets.forget, own)
        return
    session.library.delete(own)
    session.library_changed.emit()


def copy_over(session: Session, own: Own) -> None:
    """Copy it to the other place. Raises DesignerError."""
    if own.where == "design":
        session.library.put(replace(own, where="library", id=0))
        session.library_changed.emit()
    else:
        presets.save(session.project, replace(own, id=0))


def update(session: Session, own: Own) -> None:
    """Replace its content with the selection. Raises DesignerError."""
    project = session.project
    chosen = [i for i in session.selection if i in project.elements]
    given: Own
    if isinstance(own, OwnPreset):
        same = [i for i in chosen if project.elements[i].kind == own.kind] or chosen or [ROOT_ID]
        given = presets.preset_from(project, same[0], own.name)
    else:
        given = presets.blueprint_from(project, chosen, own.name)
    if own.where == "design":
        presets.update(project, own, given)
        return
    presets.check_like(project, own, given)
    session.library.put(replace(given, note=own.note), replaces=True)
    session.library_changed.emit()


def reset(session: Session) -> None:
    """Give the selection the values of its preset again."""
    chosen = [i for i in session.selection if i in session.project.elements]
    session.do_large(tr("Resetting …"), len(chosen), presets.reset, chosen, session.own_presets())


class SavePresetDialog(QDialog):
    """Asks for a name and a place, and saves the selection as a preset or blueprint."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget, sort: Sort = "preset") -> None:
        super().__init__(parent)
        self._session, self._sort = session, sort
        project = session.project
        self.ids = [i for i in session.selection if i in project.elements]
        self.setWindowTitle(tr("Save as Blueprint") if sort == "blueprint" else tr("Save as Preset"))
        self.setMinimumWidth(420)
        self.name, self.where, self.note = QLineEdit(), QComboBox(), QPlainTextEdit()
        self.name.setMaxLength(NAME_LIMIT)
        self.name.setText(project.elements[self.ids[0]].name if self.ids else "")
        self.name.selectAll()
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(64)
        for where, words in PLACES.items():
            self.where.addItem(tr(words).capitalize(), where)
        form = QFormLayout()
        note = tr("What it teaches") if sort == "blueprint" else tr("Note")
        for title, editor in ((tr("Name"), self.name), (tr("Save in"), self.where), (note, self.note)):
            editor.setAccessibleName(title)
            form.addRow(title, editor)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setProperty("wrong", True)
        self.said.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.save)
        buttons.rejected.connect(self.reject)
        ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setText(tr("Save"))
        column = QVBoxLayout(self)
        about = QLabel(self._about())
        about.setTextFormat(Qt.TextFormat.PlainText)
        about.setWordWrap(True)
        about.setProperty("muted", True)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(self.said)
        column.addWidget(buttons)

    def _about(self) -> str:
        project = self._session.project
        if not self.ids:
            return tr("Nothing is selected.")
        kind = project.kind(self.ids[0])
        if self._sort == "preset":
            return tr("Saves the values of {0} for other {1}.", project.elements[self.ids[0]].name, tr(kind.plural))
        count = sum(1 for top in self.ids for _ in project.subtree(top))
        return tr("Saves the selection with everything in it ({0:,} elements), to place again.", count)

    def save(self) -> None:
        """Save it and close, or say why not."""
        project, name, note = self._session.project, self.name.text(), self.note.toPlainText().strip()
        try:
            if self._sort == "preset":
                own: Own = replace(presets.preset_from(project, self.ids[0], name), note=note)
            else:
                own = presets.blueprint_from(project, self.ids, name, note)
            save(self._session, own, self.where.currentData(), self.ids[0] if self._sort == "preset" else 0)
        except DesignerError as error:
            self.said.setText(str(error))
            self.said.show()
            return
        self.accept()


class OwnDialog(QDialog):
    """All saved presets and blueprints, to rename, update, copy and delete."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self.setWindowTitle(tr("Presets and Blueprints"))
        self.resize(fitting(720, 420))
        self.table = QTableWidget(0, len(HEAD))
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(tr("Saved presets and blueprints"))
        self.table.setHorizontalHeaderLabels(list(HEAD))
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in ((1, 140), (2, 110), (3, 110)):
            self.table.setColumnWidth(column, width)
        self.empty = QLabel(tr("None yet. Select something, then choose Edit, Save as Preset or Save as Blueprint."))
        self.said = QLabel()
        for label in (self.empty, self.said):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.empty.setProperty("muted", True)
        self.said.setProperty("wrong", True)
        row = QHBoxLayout()
        self.buttons: dict[str, QPushButton] = {}
        for title, act in DEEDS.items():
            button = QPushButton(title)
            button.clicked.connect(lambda _=False, a=act: self._do(a))
            button.setAutoDefault(False)
            row.addWidget(button)
            self.buttons[title] = button
        row.addStretch(1)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.accept)
        row.addWidget(close)
        column_box = QVBoxLayout(self)
        for widget in (self.empty, self.table, self.said):
            column_box.addWidget(widget)
        column_box.addLayout(row)
        self.table.itemSelectionChanged.connect(self._enable)
        self.fill()

    def fill(self) -> None:
        """Show the present list."""
        session = self._session
        self.owns: list[Own] = [*session.own_presets(), *session.own_blueprints()]
        place = self.table.currentRow()
        self.table.setRowCount(len(self.owns))
        for n, own in enumerate(self.owns):
            kinds = session.project.kinds
            kind = kinds.get(own.kind if isinstance(own, OwnPreset) else own.icon_kind, kinds["note"])
            what = tr("Preset, {0}", tr(kind.label)) if isinstance(own, OwnPreset) else tr("Blueprint")
            used = len(presets.users_of(session.project, own))
            texts = (own.name, what, tr(PLACES[own.where]).capitalize(), tr("{0:,} here", used) if used else "")
            for column, text in enumerate(texts):
                self.table.setItem(n, column, QTableWidgetItem(text))
            first = self.table.item(n, 0)
            if first is not None:
                first.setIcon(icon(kind.icon.removesuffix(".svg"), self._theme.kind(kind.name).ink))
                first.setToolTip(own.note.replace("<", "‹"))
        self.empty.setVisible(not self.owns)
        self.table.setVisible(bool(self.owns))
        if self.owns:
            self.table.selectRow(min(max(place, 0), len(self.owns) - 1))
        self._enable()

    def chosen(self) -> Own | None:
        """The selected row of the table."""
        row = self.table.currentRow()
        return self.owns[row] if 0 <= row < len(self.owns) else None

    def _enable(self) -> None:
        for button in self.buttons.values():
            button.setEnabled(self.chosen() is not None)
        own = self.chosen()
        if own is not None:
            self.buttons[COPY].setText(tr("Copy to {0}", _other(own)))

    def _do(self, act: Callable[[Session, Own, QWidget], None]) -> None:
        own = self.chosen()
        if own is None:
            return
        self.said.clear()
        try:
            act(self._session, own, self)
        except DesignerError as error:
            self.said.setText(str(error))
        self._session.flush()
        self.fill()


def _other(own: Own) -> str:
    return tr(PLACES["library" if own.where == "design" else "design"]).title()


def _ask_rename(session: Session, own: Own, parent: QWidget) -> None:
    name, said = QInputDialog.getText(parent, tr("Rename"), tr("Name"), text=own.name)
    if said and name != own.name:
        rename(session, own, name)


def _ask_delete(session: Session, own: Own, parent: QWidget) -> None:
    """Ask before deleting from the library: undo restores the design's, not the library's."""
    if own.where == "library":
        box = QMessageBox(parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Delete?"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(tr("“{0}” will be deleted from your library for all designs.", own.name))
        box.addButton(QMessageBox.StandardButton.Cancel)
        sure = box.addButton(tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.exec()
        if box.clickedButton() is not sure:
            return
    delete(session, own)


COPY = tr("Copy to My Library")
DEEDS: dict[str, Callable[[Session, Own, QWidget], None]] = {
    tr("Rename …"): _ask_rename,
    tr("Update from Selection"): lambda session, own, parent: update(session, own),
    COPY: lambda session, own, parent: copy_over(session, own),
    tr("Delete"): _ask_delete,
}
"""Actions on a saved preset or blueprint."""


def menu_for(session: Session, own: Own, parent: QWidget, where: QPoint) -> QMenu:
    """The context menu of a saved preset or blueprint."""
    menu = QMenu(parent)
    for title, act in DEEDS.items():
        action = menu.addAction(tr("Copy to {0}", _other(own)) if title == COPY else title)
        action.triggered.connect(lambda _=False, a=act: session.do(a, session, own, parent))
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(where)
    return menu


def press(session: Session, own: Own, key: int, parent: QWidget) -> None:
    """Handle F2 and Del on a saved preset or blueprint."""
    act = {int(Qt.Key.Key_F2): _ask_rename, int(Qt.Key.Key_Delete): _ask_delete}.get(key)
    if act is not None:
        session.do(act, session, own, parent)
