"""The table of all rows, and the Qt actions made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup

from designer.ui.actions import arrange, edit, file, help, insert, run, view
from designer.ui.actions.row import Action
from designer.ui.parts.icons import icon
from designer.ui.preferences.keys import KeyRow, Keys
from designer.ui.shell.context import Context
from designer.words import mark, tr

ACTIONS: tuple[Action, ...] = (
    *file.ROWS, *edit.ROWS, *view.ROWS, *insert.ROWS, *arrange.ROWS, *run.ROWS, *help.ROWS,
)  # fmt: skip
MENUS = ("File", "Edit", "View", "Insert", "Arrange", "Run", "Help")
LETTERS = {
    "File": mark("&File"), "Edit": mark("&Edit"), "View": mark("V&iew"), "Insert": mark("I&nsert"),
    "Arrange": mark("A&rrange"), "Run": mark("R&un"), "Help": mark("He&lp"),
}  # fmt: skip
"""The menus with the letter that opens each together with Alt; none is that of a shortcut."""
SUBMENUS = {
    "New from Blueprint": ("File", "file.new"),
    **dict.fromkeys(("Blueprint", *insert.SECTIONS), ("Insert", "insert.scale_out")),
    arrange.SUBMENU: ("Arrange", "arrange.array"),
    file.SUBMENU: ("File", "file.import"),
    run.SUBMENU: ("Run", "run.recover"),
    run.ADVICE: ("Run", "run.places"),
    run.SHARE: ("Run", "run.export"),
}
"""Submenus: their menu, and the action they follow."""
INSERT = "insert"
"""In the place of an action: the kinds that may be inserted there."""
ON_ELEMENT = (
    ("run.fail", "run.recover", "run.fail_control", "run.recover_control"),
    (INSERT, "insert.many", "insert.scale_out"),
    ("edit.rename", "edit.connect", "edit.instance_type", "edit.dedicated_host"),
    ("edit.cut", "edit.copy", "edit.paste", "edit.duplicate", "edit.delete"),
    ("edit.select_kind", "view.selection"),
    ("view.collapse", "arrange.hug", "arrange.tidy", "arrange.array"),
    ("arrange.group", "arrange.ungroup", "arrange.lock", "arrange.hide"),
    ("edit.save_preset", "edit.save_blueprint", "edit.reset_preset"),
)
ON_LINK = (("edit.delete",),)
ON_CANVAS = (
    ("run.run",),
    (INSERT, "insert.many"),
    ("edit.paste", "edit.undo", "edit.redo"),
    ("edit.select_all", "arrange.tidy", "view.fit"),
)
"""The menus of an element, a link and the drawing, by section."""


def rows(context: Context) -> Iterator[Action]:
    """Yield all rows: those of the table, then those that place kinds and blueprints."""
    yield from ACTIONS
    yield from insert.kind_rows(context)
    for new, placed in zip(file.blueprint_rows(), insert.blueprint_rows()):
        yield from (new, placed)


def grow(context: Context, known: Sequence[Action], parent: QObject) -> dict[str, QAction]:
    """Make the Qt actions of rows, by id."""
    made: dict[str, QAction] = {}
    group = QActionGroup(parent)  # says of all which was triggered
    group.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
    for row in known:
        action = QAction(tr(row.text), parent)
        action.setObjectName(row.id)
        action.setProperty("menu", _menu_of(row))
        action.setCheckable(row.toggled is not None)
        if len(row.key) == 1:  # a letter belongs to the drawing: elsewhere it is typed
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        group.addAction(action)
        made[row.id] = action
    by_id = {row.id: row for row in known}
    group.triggered.connect(lambda action: _trigger(context, by_id[action.objectName()]))
    context.keys = Keys.read([KeyRow(r.id, tr(r.text), tr(r.menu), r.key) for r in known], context.settings)
    context.keys.apply(made)
    paint_icons(context, known, made)
    return made


def _menu_of(row: Action) -> str:
    """Where an action is in the menus, in words."""
    above = SUBMENUS.get(row.menu, (row.menu,))[0]
    return tr(above) if above == row.menu else f"{tr(above)}, {tr(row.menu)}"


def paint_icons(context: Context, known: Sequence[Action], actions: Mapping[str, QAction]) -> None:
    """Give the actions of rows icons in the colors of the theme."""
    for row in known:
        if row.icon:
            actions[row.id].setIcon(icon(row.icon, context.theme.color("text.muted")))


def _trigger(context: Context, row: Action) -> None:
    row.run(context)
    if row.toggled is not None:
        enable(context)


def _name(action: QAction, verb: str, what: str | None) -> None:
    """What an action would do, as plain text: it may hold names from a file."""
    text = f"{verb} {what}" if what else verb
    action.setText(text.replace("&", "&&"))
    action.setToolTip(f"<span>{escape(text)}</span>")


def enable(context: Context) -> None:
    """Update which actions are enabled and checked, and name what undo and redo would do."""
    actions = context.actions
    for row in ACTIONS:
        actions[row.id].setEnabled(row.when(context))
        if row.toggled is not None:
            actions[row.id].setChecked(row.toggled(context))
    history = context.session.project.history
    _name(actions["edit.undo"], tr("Undo"), history.undo_text)
    _name(actions["edit.redo"], tr("Redo"), history.redo_text)
    actions["run.run"].setText(tr("Pause") if context.control.going else tr("Run"))
