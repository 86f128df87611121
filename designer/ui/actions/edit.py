"""The Edit menu: undo, clipboard, selection, presets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QByteArray, QMimeData, Qt
from PySide6.QtGui import QGuiApplication

from designer.commands import clipboard, edit, joins, select
from designer.commands.arrange import group
from designer.commands.copies import Copies
from designer.errors import DesignerError
from designer.model.element import ROOT_ID
from designer.model.project import ChangeSet, Project
from designer.ui.actions.late import late
from designer.ui.actions.row import Action, elements_selected, kind_selected, one_selected, selected, several_selected
from designer.ui.canvas.tools.connect import ask
from designer.ui.parts.background import Stopped, breathe, run_in_background
from designer.ui.parts.large import LARGE
from designer.ui.preferences.keys import Keys
from designer.ui.presets import saving
from designer.ui.presets.saving import OwnDialog, SavePresetDialog
from designer.ui.shell.context import Context
from designer.words import tr

DedicatedPicker = late("pickers.dedicated_picker", "DedicatedPicker")
Ec2Picker = late("pickers.ec2_picker", "Ec2Picker")
RuleDialog = late("pickers.rule_dialog", "RuleDialog")
copy_picture = late("pictures.picture_dialog", "copy_picture")
PreferencesDialog = late("preferences.preferences_dialog", "PreferencesDialog")

T = TypeVar("T")
LONG = 200_000
"""A copied text of more bytes than this is read in the background."""


def undo(context: Context) -> None:
    """Undo the last step and show what changed."""
    _go(context, -1)


def redo(context: Context) -> None:
    """Redo the next step and show what changed."""
    _go(context, 1)


def _go(context: Context, steps: int) -> None:
    session, project = context.session, context.session.project
    told: list[ChangeSet] = []

    def note(changes: ChangeSet) -> None:
        told.append(changes)

    project.changed.connect(note)
    try:
        session.go_to(project.history.position + steps)
    finally:
        project.changed.disconnect(note)
    session.flush()
    for changes in told:
        if len(changes) > LARGE:
            breathe()
        _show(context, changes)


def _show(context: Context, changes: ChangeSet) -> None:
    """Show what changed; select what came back where nothing is selected, so that it can be worked on."""
    session, elements = context.session, context.session.project.elements
    came = changes.added & elements.keys()
    touched = came or (set() if changes.added else changes.ids & elements.keys()) - {ROOT_ID}
    tops = edit.tops(session.project, touched)
    if came and not session.selection:
        session.select(tops)
    if tops:
        session.reveal.emit(tops[:50])


def copy(context: Context) -> bool:
    """Copy the selection to the clipboard, in our own format and as names for other programs; False when the user
    canceled that."""
    session = context.session
    work = partial(clipboard.copy, session.project, session.selection)
    text = _in_background(context, tr("Copying …"), edit.extent(session.project, session.selection) > LARGE, work)
    if text is None:
        return False
    content = QMimeData()
    content.setData(clipboard.MIME, text.encode())
    elements = session.project.elements
    content.setText("\n".join(elements[i].name for i in session.selection if i in elements))
    QGuiApplication.clipboard().setMimeData(content)
    return True


def _in_background(context: Context, text: str, large: bool, work: Callable[[], T]) -> T | None:
    """The result of work that changes nothing; what is large runs in the background. None when it was refused (which
    is said) or canceled."""
    try:
        return run_in_background(context.frame, text, work, leave=True) if large else work()
    except Stopped:
        return None
    except DesignerError as error:
        context.session.refused.emit(str(error))
        return None


def clipboard_text() -> str | None:
    """Return what was copied in any window of the program; empty when the clipboard holds something else, None when
    it is empty or its program has ended."""
    found = _clipboard()
    return None if found is None else _text_of(found)


def _clipboard() -> QByteArray | None:
    content: QMimeData | None = QGuiApplication.clipboard().mimeData()  # none where nothing was ever copied
    return None if content is None or not content.formats() else content.data(clipboard.MIME)


def _text_of(found: QByteArray) -> str:
    return bytes(found.data()).decode("utf-8", "replace")


def look_at_clipboard(context: Context) -> None:
    """Note whether the clipboard holds elements of a design; another program may take its time to say that, so it is
    asked only when it has changed."""
    content: QMimeData | None = QGuiApplication.clipboard().mimeData()
    context.may_paste = content is not None and content.hasFormat(clipboard.MIME)


def cut(context: Context) -> None:
    """Copy the selection to the clipboard and remove it."""
    if copy(context):
        delete(context)


def paste(context: Context) -> None:
    """Paste under the mouse, or into the selection."""
    session, found = context.session, _clipboard()
    if found is None:
        session.refused.emit(tr(clipboard.EMPTY))
        return
    at = context.canvas.paste_point()
    parent_id = context.canvas.parent_at(at)

    def read() -> tuple[str, int]:
        text = _text_of(found)
        return text, clipboard.count_of(text)

    said = _in_background(context, tr("Reading the clipboard …"), found.size() > LONG, read)
    if said is None:
        return
    text, count = said

    def into(project: Project) -> Copies:
        # The container under the mouse, else what it stands in; where none of these takes it, what is selected.
        chosen = [i for one in session.selection if one in project.elements for i in (one, *project.ancestors(one))]
        beneath = [parent_id, *project.ancestors(parent_id)] if parent_id != ROOT_ID else [ROOT_ID]
        places = [(i, (at.x(), at.y())) for i in beneath] + [(i, None) for i in chosen]
        fitting = (place for place in places if clipboard.why_not_paste(project, text, place[0]) is None)
        return clipboard.paste(project, text, *next(fitting, places[0]))

    _select_made(context, session.do_large(tr("Pasting …"), count, into))


def duplicate(context: Context) -> None:
    """Copy the selection beside itself."""
    session, chosen = context.session, context.session.selection
    count = edit.extent(session.project, chosen)
    _select_made(context, session.do_large(tr("Duplicating …"), count, clipboard.duplicate, chosen))


def _select_made(context: Context, made: Copies | None) -> None:
    """Select the copies and bring them into sight, and tell which links they lack."""
    if made:
        context.session.flush()
        context.session.select(made)
        view = context.canvas.view
        box = view.box_of(made)
        if not view.sees(box):
            view.jumps.note(view.spot)
            view.keeps_fit = False
            view.show_box(box.adjusted(-60, -60, 60, 60), True, view.scale_now)
        if made.report:
            context.session.told.emit(made.report)


def delete(context: Context) -> None:
    """Remove the selection."""
    session, chosen = context.session, context.session.selection
    session.do_large(tr("Deleting …"), edit.extent(session.project, chosen), edit.delete, chosen)


def connect(context: Context) -> None:
    """Link the selected elements: those of one kind with the others; ask which link when several may join them."""
    view = context.canvas.view
    ones, others = joins.sides(context.session.project, context.session.selection)
    ask(view, context.session, ones, others, view.mapToGlobal(view.rect().center()))


def rename(context: Context) -> None:
    """Open the field for the name of the selected element or group: in the outline when it has the focus, else in the
    drawing."""
    tree = context.outline.tree
    if one_selected(context) and tree.hasFocus() and tree.currentIndex().isValid():
        tree.edit(tree.currentIndex())
    else:
        context.canvas.view.begin_rename(context.session.selection)


def _nameable(context: Context) -> bool:
    chosen = context.session.selection
    return one_selected(context) or bool(group.name_of(context.session.project, chosen))


def select_all(context: Context) -> None:
    """Select all that stands where the selection stands; when that is selected, everything."""
    context.session.select(select.widened(context.session.project, context.session.selection))


def select_kind(context: Context) -> None:
    """Select all elements of the kinds that are selected."""
    context.session.select(select.of_same_kinds(context.session.project, context.session.selection))


def _save_blueprint(context: Context) -> None:
    context.open_dialog(partial(SavePresetDialog, sort="blueprint"))


def preferences(context: Context) -> None:
    """Open the preferences."""

    def take(keys: Keys) -> None:
        context.keys = keys

    dialog = PreferencesDialog(context.keys, context.actions, context.theme, context.settings, context.frame, take)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


ROWS = (
    Action("edit.undo", "Undo", "Edit", undo, "Ctrl+Z", "undo",
           when=lambda c: c.session.project.history.undo_text is not None),
    Action("edit.redo", "Redo", "Edit", redo, "Ctrl+Shift+Z", "redo",
           when=lambda c: c.session.project.history.redo_text is not None),
    Action("edit.cut", "Cut", "Edit", cut, "Ctrl+X", when=elements_selected, separate=True),
    Action("edit.copy", "Copy", "Edit", copy, "Ctrl+C", "copy", when=elements_selected),
    Action("edit.copy_picture", "Copy as Picture", "Edit",
           lambda c: copy_picture(c.session, c.canvas.view, c.frame), "Ctrl+Alt+C",
           when=lambda c: bool(c.canvas.view.world.ids.size)),
    Action("edit.paste", "Paste", "Edit", paste, "Ctrl+V", "paste", when=lambda c: c.may_paste),
    Action("edit.duplicate", "Duplicate", "Edit", duplicate, "Ctrl+D", when=elements_selected),
    Action("edit.delete", "Delete", "Edit", delete, "Del", "delete", when=selected),
    Action("edit.rename", "Rename", "Edit", rename, "F2", when=_nameable, separate=True),
    Action("edit.connect", "Connect", "Edit", connect, "Ctrl+L", "connect", when=several_selected),
    Action("edit.select_all", "Select All", "Edit", select_all, "Ctrl+A", separate=True),
    Action("edit.select_kind", "Select All of This Kind", "Edit", select_kind, "Ctrl+Shift+A", when=elements_selected),
    Action("edit.select_rule", "Select by Rule …", "Edit", lambda c: c.open_dialog(RuleDialog), "Ctrl+Alt+A"),
    Action("edit.instance_type", "Choose Instance Type …", "Edit", lambda c: c.open_dialog(Ec2Picker),
           "Ctrl+T", when=partial(kind_selected, "vm"), separate=True),
    Action("edit.dedicated_host", "Choose Dedicated Host …", "Edit", lambda c: c.open_dialog(DedicatedPicker),
           "Ctrl+Shift+T", when=partial(kind_selected, "host")),
    Action("edit.save_preset", "Save as Preset …", "Edit", lambda c: c.open_dialog(SavePresetDialog), "Ctrl+B",
           "preset", when=one_selected, separate=True),
    Action("edit.save_blueprint", "Save as Blueprint …", "Edit", _save_blueprint, "Ctrl+Shift+B", "blueprint",
           when=selected),
    Action("edit.reset_preset", "Reset to Preset", "Edit", lambda c: saving.reset(c.session), "Ctrl+Shift+P",
           when=selected),
    Action("edit.own", "Presets and Blueprints …", "Edit", lambda c: c.open_dialog(OwnDialog), "Ctrl+Alt+B"),
    Action("edit.find", "Find …", "Edit", lambda c: c.search.open(""), "Ctrl+F", "search", separate=True),
    Action("edit.commands", "Search Objects and Commands …", "Edit", lambda c: c.search.open(""), "Ctrl+K"),
    Action("edit.preferences", "Preferences …", "Edit", preferences, "Ctrl+,"),
)  # fmt: skip
