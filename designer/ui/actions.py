"""Everything that can be done, as rows: menus, keys, tool strip, command palette and enabling grow from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QInputDialog

from designer.catalog.presets.blueprints import blueprints
from designer.commands import clipboard, edit
from designer.commands.blueprints import begin
from designer.model.element import ROOT_ID
from designer.model.project import ChangeSet
from designer.study.run import RunState
from designer.ui.canvas.tools.connect import offer
from designer.ui.files.compare_window import CompareWindow
from designer.ui.files.import_dialog import ImportDialog
from designer.ui.files.saves_dialog import SavesDialog
from designer.ui.files.sharing import ask_export, ask_insert, ask_share
from designer.ui.parts.icons import icon
from designer.ui.parts.manual import ManualDialog
from designer.ui.parts.stock import BlueprintItem, Item, KindItem, shipped_item
from designer.ui.pickers.consolidate_dialog import ConsolidateDialog
from designer.ui.pickers.dedicated_picker import DedicatedPicker
from designer.ui.pickers.ec2_picker import Ec2Picker
from designer.ui.pickers.many_dialog import ManyDialog, ask_scale_out
from designer.ui.pickers.world_map import PlaceRegion
from designer.ui.presets import keeping
from designer.ui.presets.keeping import KeepDialog, OwnDialog
from designer.ui.run.runs_dialog import RunsDialog
from designer.ui.shell import about

if TYPE_CHECKING:
    from designer.ui.shell.window import Window

When = Callable[["Window"], bool]


def always(window: Window) -> bool:
    """At any time."""
    return True


def selected(window: Window) -> bool:
    """When something is selected."""
    return bool(window.session.selection)


def elements_selected(window: Window) -> bool:
    """When an element is selected."""
    return any(i in window.session.project.elements for i in window.session.selection)


def two_selected(window: Window) -> bool:
    """When just two elements are selected."""
    chosen = window.session.selection
    return len(chosen) == 2 and all(i in window.session.project.elements for i in chosen)


def one_selected(window: Window) -> bool:
    """When one element is selected."""
    return len(window.session.selection) == 1 and window.session.selection[0] in window.session.project.elements


def kind_selected(kind: str, window: Window) -> bool:
    """When an element of a kind is among what is selected."""
    elements = window.session.project.elements
    return any(i in elements and elements[i].kind == kind for i in window.session.selection)


def running(window: Window) -> bool:
    """When there is a run that something can happen to."""
    run = window.session.run
    return run is not None and (run.active or run.state is RunState.FINISHED)


def selected_in_run(window: Window) -> bool:
    """When something is selected and there is a run."""
    return running(window) and elements_selected(window)


@dataclass(frozen=True)
class Action:
    """One thing that can be done."""

    id: str
    text: str
    menu: str
    run: Callable[[Window], object]
    key: str = ""
    icon: str = ""
    when: When = always
    separate: bool = False


def undo(window: Window) -> None:
    """Take the last step back and show what changed."""
    _replay(window, window.session.project.undo)


def redo(window: Window) -> None:
    """Do the next step again and show what changed."""
    _replay(window, window.session.project.redo)


def _replay(window: Window, replay: Callable[[], str | None]) -> None:
    touched: set[int] = set()

    def note(changes: ChangeSet) -> None:
        touched.update(changes.added or changes.ids)

    project = window.session.project
    project.changed.connect(note)
    try:
        replay()
    finally:
        project.changed.disconnect(note)
    window.session.flush()
    shown = [i for i in touched if i in project.elements and i != ROOT_ID]
    if shown:
        window.session.reveal.emit(edit.tops(project, shown)[:50])


def compare(window: Window) -> None:
    """Open the window that compares."""
    shown = CompareWindow(window.files, window.session, window.theme, window.frame)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    shown.show()


def copy(window: Window) -> None:
    """Put the selection on the clipboard."""
    window.put_on_clipboard(clipboard.copy(window.session.project, window.session.selection))


def cut(window: Window) -> None:
    """Put the selection on the clipboard and remove it."""
    copy(window)
    window.session.do(edit.delete, window.session.project, window.session.selection)


def paste(window: Window) -> None:
    """Put what is on the clipboard beneath the mouse, or into what is selected."""
    session, text = window.session, window.from_clipboard()
    if text is None:
        session.refused.emit(clipboard.EMPTY)
        return
    at = window.canvas.paste_point()
    parent_id = window.canvas.parent_at(at)

    def into() -> list[int]:
        # The container beneath the mouse, else what it stands in; where none of these takes it, what is selected.
        project = session.project
        chosen = [i for one in session.selection if one in project.elements for i in (one, *project.ancestors(one))]
        beneath = [parent_id, *project.ancestors(parent_id)] if parent_id != ROOT_ID else [ROOT_ID]
        places = [(i, (at.x(), at.y())) for i in beneath] + [(i, None) for i in chosen]
        fitting = (place for place in places if clipboard.why_not_paste(project, text, place[0]) is None)
        return clipboard.paste(project, text, *next(fitting, places[0]))

    made = session.do(into)
    if made:
        session.flush()
        session.select(made)


def keep_run(window: Window) -> None:
    """Keep the run that is shown, under a label."""
    text, sure = QInputDialog.getText(window.frame, "Save This Run", "A label for it:")
    if sure:
        window.runs.keep(text)


def duplicate(window: Window) -> None:
    """Copy the selection beside itself."""
    made = window.session.do(clipboard.duplicate, window.session.project, window.session.selection)
    if made:
        window.session.flush()
        window.session.select(made)


def delete(window: Window) -> None:
    """Remove the selection."""
    window.session.do(edit.delete, window.session.project, window.session.selection)


def connect(window: Window) -> None:
    """Link the two selected elements, asking which link when several may join them."""
    view = window.canvas.view
    one, other = window.session.selection
    offer(view, window.session, one, other, view.mapToGlobal(view.rect().center()))


def rename(window: Window) -> None:
    """Open the line for the name of what is selected: in the outline when that has the keys, else in the drawing."""
    tree = window.outline.tree
    if tree.hasFocus() and tree.currentIndex().isValid():
        tree.edit(tree.currentIndex())
    else:
        window.canvas.view.begin_rename(window.session.selection[0])


def hug(window: Window) -> None:
    """Let the selected containers shrink to their content."""
    window.session.do(edit.hug_content, window.session.project, window.session.selection)


def select_all(window: Window) -> None:
    """Select all siblings of the selection, or all that stands in the design."""
    project, chosen = window.session.project, window.session.selection
    above = project.elements[chosen[0]].parent if chosen and chosen[0] in project.elements else ROOT_ID
    window.session.select(project.children(above))


def place(window: Window, item: Item) -> None:
    """Place something by keyboard: in the selected container, or the nearest in which it may stand."""
    session = window.session
    project = session.project
    start = session.selection[0] if session.selection and session.selection[0] in project.elements else ROOT_ID
    chain = [start, *project.ancestors(start)] if start != ROOT_ID else [ROOT_ID]
    direct = [i for i in chain if item.target(project, i) == ([], None)]
    parent_id = direct[0] if direct else chain[0]
    if direct or project.kind(parent_id).container or parent_id == ROOT_ID:
        session.place(item.place, parent_id, None, item.lesson)
    else:
        session.refused.emit(f"{item.title} cannot stand in {project.elements[parent_id].name}.")


ACTIONS: tuple[Action, ...] = (
    Action("file.new", "New", "File", lambda w: w.files.new(), "Ctrl+N", "new"),
    Action("file.open", "Open …", "File", lambda w: w.files.ask_open(), "Ctrl+O", "open"),
    Action("file.example", "Open Example: Web Shop", "File", lambda w: w.files.open_example()),
    Action("file.example_tight", "Open Example: Web Shop at 75 %", "File",
           lambda w: w.files.open_example("web-shop-tight")),
    Action("file.save", "Save", "File", lambda w: w.files.save(), "Ctrl+S", "save", separate=True),
    Action("file.save_as", "Save As …", "File", lambda w: w.files.save_as(), "Ctrl+Shift+S"),
    Action("file.label", "Save with Label …", "File", lambda w: w.files.save_with_label(), "Ctrl+Alt+S"),
    Action("file.share", "Save a Copy to Share …", "File", ask_share),
    Action("file.export", "Export Selection as Design …", "File", ask_export, when=selected),
    Action("file.insert", "Insert Design …", "File", ask_insert, "Ctrl+Alt+I"),
    Action("file.saves", "Earlier Saves …", "File", lambda w: SavesDialog(w.files, w.session, w.theme, w.frame).open(),
           "Ctrl+Shift+E", when=lambda w: w.files.document.stamp is not None),
    Action("file.compare", "Compare …", "File", compare, "Ctrl+Shift+D"),
    Action("file.merge", "Merge …", "File", lambda w: w.files.ask_merge()),
    Action("file.import", "Import CSV …", "File", lambda w: w.open_dialog(ImportDialog), "Ctrl+I", "import",
           separate=True),
    Action("file.picture", "Save Picture …", "File", lambda w: about.save_picture(w.frame, w.session, w.theme)),
    Action("file.quit", "Quit", "File", lambda w: w.frame.close(), "Ctrl+Q", separate=True),
    Action("edit.undo", "Undo", "Edit", undo, "Ctrl+Z", "undo",
           when=lambda w: w.session.project.history.undo_text is not None),
    Action("edit.redo", "Redo", "Edit", redo, "Ctrl+Shift+Z", "redo",
           when=lambda w: w.session.project.history.redo_text is not None),
    Action("edit.cut", "Cut", "Edit", cut, "Ctrl+X", when=elements_selected, separate=True),
    Action("edit.copy", "Copy", "Edit", copy, "Ctrl+C", "copy", when=elements_selected),
    Action("edit.paste", "Paste", "Edit", paste, "Ctrl+V", "paste"),
    Action("edit.duplicate", "Duplicate", "Edit", duplicate, "Ctrl+D", when=elements_selected),
    Action("edit.delete", "Delete", "Edit", delete, "Del", "delete", when=selected),
    Action("edit.rename", "Rename", "Edit", rename, "F2", when=one_selected, separate=True),
    Action("edit.connect", "Connect", "Edit", connect, "Ctrl+L", "connect", when=two_selected),
    Action("edit.select_all", "Select Siblings", "Edit", select_all, "Ctrl+A"),
    Action("edit.instance_type", "Choose Instance Type …", "Edit", lambda w: w.open_dialog(Ec2Picker),
           "Ctrl+T", when=partial(kind_selected, "vm"), separate=True),
    Action("edit.dedicated_host", "Choose Dedicated Host …", "Edit", lambda w: w.open_dialog(DedicatedPicker),
           "Ctrl+Shift+T", when=partial(kind_selected, "host")),
    Action("edit.keep_preset", "Save as Preset …", "Edit", lambda w: w.open_dialog(KeepDialog), "Ctrl+B", "preset",
           when=one_selected, separate=True),
    Action("edit.keep_blueprint", "Save as Blueprint …", "Edit",
           lambda w: w.open_dialog(partial(KeepDialog, sort="blueprint")), "Ctrl+Shift+B", "blueprint", when=selected),
    Action("edit.reset_preset", "Reset to Preset", "Edit", lambda w: keeping.reset(w.session), "Ctrl+Shift+P",
           when=selected),
    Action("edit.own", "Presets and Blueprints …", "Edit", lambda w: w.open_dialog(OwnDialog), "Ctrl+Alt+B"),
    Action("edit.find", "Find …", "Edit", lambda w: w.search.open(""), "Ctrl+F", "search", separate=True),
    Action("edit.commands", "Objects and Commands …", "Edit", lambda w: w.search.open(""), "Ctrl+K"),
    Action("view.fit", "Zoom to Fit", "View", lambda w: w.canvas.view.zoom_to_fit(), "Ctrl+0", "zoom-fit"),
    Action("view.selection", "Zoom to Selection", "View", lambda w: w.canvas.view.zoom_to_selection(), "Ctrl+2",
           when=selected),
    Action("view.one", "Zoom to 100 %", "View", lambda w: w.canvas.view.zoom_to(1.0), "Ctrl+1"),
    Action("view.in", "Zoom In", "View", lambda w: w.canvas.view.zoom_by(1.25), "Ctrl++"),
    Action("view.out", "Zoom Out", "View", lambda w: w.canvas.view.zoom_by(0.8), "Ctrl+-"),
    Action("tool.select", "Select and Move", "View", lambda w: w.set_tool("select"), "V", "select", separate=True),
    Action("tool.hand", "Drag the Drawing", "View", lambda w: w.set_tool("hand"), "H", "hand"),
    Action("tool.connect", "Connect by Dragging", "View", lambda w: w.set_tool("connect"), "C", "connect"),
    Action("view.light", "Light", "View", lambda w: w.set_theme("light"), icon="sun", separate=True),
    Action("view.dark", "Dark", "View", lambda w: w.set_theme("dark"), icon="moon"),
    Action("view.system", "As the System", "View", lambda w: w.set_theme("system")),
    Action("view.history", "History", "View", lambda w: w.toggle("history"), "Ctrl+H", separate=True),
    Action("view.lanes", "Plots and Events", "View", lambda w: w.toggle("lanes"), "Ctrl+J"),
    Action("view.form", "Properties", "View", lambda w: w.toggle("form"), "Ctrl+P"),
    Action("insert.search", "Find What to Place …", "Insert", lambda w: w.palette.search(), "Ctrl+Shift+I", "search"),
    Action("insert.map", "Place Region from Map …", "Insert", lambda w: w.open_dialog(PlaceRegion), "Ctrl+R",
           "region"),
    Action("insert.many", "Place Many …", "Insert", lambda w: w.open_dialog(ManyDialog), "Ctrl+M"),
    Action("insert.scale_out", "Scale Out …", "Insert", lambda w: ask_scale_out(w.session, w.frame), "Ctrl+Shift+M",
           when=partial(kind_selected, "vm")),
    Action("arrange.consolidate", "Consolidate …", "Arrange", lambda w: w.open_dialog(ConsolidateDialog),
           "Ctrl+Shift+L"),
    Action("arrange.hug", "Shrink to Content", "Arrange", hug, "Ctrl+G", when=selected),
    Action("run.run", "Run", "Run", lambda w: w.play_or_pause(), "F5", "run"),
    Action("run.step", "One Step", "Run", lambda w: w.control.step(), "F6", "step"),
    Action("run.stop", "Stop", "Run", lambda w: w.control.cancel(), "Shift+F5", "stop",
           when=lambda w: w.session.run is not None),
    Action("run.newest", "Back to the Newest Moment", "Run", lambda w: w.control.scrub(None), "Shift+F6", when=running),
    Action("run.fail", "Fail Now", "Run", lambda w: w.control.fail(w.session.selection), "Ctrl+Shift+F", "fail",
           when=selected_in_run, separate=True),
    Action("run.recover", "Recover", "Run", lambda w: w.control.recover(w.session.selection), "Ctrl+Shift+R", "recover",
           when=selected_in_run),
    Action("run.keep", "Save This Run …", "Run", keep_run, "Ctrl+Alt+K", when=lambda w: w.runs.can_keep,
           separate=True),
    Action("run.runs", "Runs …", "Run", lambda w: RunsDialog(w.runs, w.frame).open(), "Ctrl+Shift+U"),
    Action("help.kinds", "What There Is …", "Help",
           lambda w: ManualDialog(w.session.project, w.theme, w.frame).open(), "Shift+F1"),
    Action("help.keys", "Keyboard", "Help", lambda w: about.show_keys(w.frame, w.actions), "F1"),
    Action("help.log", "Show Log Folder", "Help", lambda w: about.show_log_folder(w.session), separate=True),
    Action("help.about", "About Cloud Designer", "Help", lambda w: about.show_about(w.frame)),
)  # fmt: skip
MENUS = ("File", "Edit", "View", "Insert", "Arrange", "Run", "Help")
ON_ELEMENT = ("run.fail", "run.recover", "edit.rename", "edit.cut", "edit.copy", "edit.duplicate", "edit.connect",
              "edit.delete", "edit.keep_preset", "edit.keep_blueprint", "edit.reset_preset", "arrange.hug",
              "view.selection")  # fmt: skip
SUBMENUS = {"New from Blueprint": ("File", "file.new"), "Blueprint": ("Insert", "insert.scale_out")}
"""Menus within menus: in which, and after which action."""
ON_LINK = ("edit.delete",)
ON_CANVAS = ("edit.paste", "edit.undo", "edit.redo", "view.fit", "run.run")


def _place(item: Item, window: Window) -> None:
    place(window, item)


def insert_rows(window: Window) -> Iterable[Action]:
    """An action for placing each kind."""
    for kind in window.session.project.kinds.values():
        if kind.in_palette:
            item = KindItem(kind)
            yield Action(f"insert.{kind.name}", kind.label, "Insert", partial(_place, item), icon=item.icon)


def blueprint_rows() -> Iterable[Action]:
    """Two actions for each shipped blueprint: placing it, and a new design that begins with it."""
    for blueprint in blueprints().values():
        item = shipped_item(blueprint)
        yield Action(f"new.{blueprint.name}", f"New from {item.title}", "New from Blueprint",
                     partial(begin_with, item), icon=item.icon)  # fmt: skip
        yield Action(f"blueprint.{blueprint.name}", f"Insert {item.title}", "Blueprint", partial(_place, item),
                     icon=item.icon)  # fmt: skip


def begin_with(item: BlueprintItem, window: Window) -> None:
    """Begin a new design with a blueprint."""
    if window.files.new():
        place_first = partial(begin, text=item.text, title=item.title)
        window.session.place(lambda project, parent, at: place_first(project), ROOT_ID, None, item.lesson)
        window.canvas.view.zoom_to_fit()


def grow(window: Window, parent: QObject) -> dict[str, QAction]:
    """Qt's actions for all rows, by id."""
    made: dict[str, QAction] = {}
    for row in (*ACTIONS, *insert_rows(window), *blueprint_rows()):
        action = QAction(row.text, parent)
        action.setObjectName(row.id)
        if row.key:
            action.setShortcut(QKeySequence(row.key))
        if len(row.key) == 1:  # a letter belongs to the drawing: elsewhere it is typed
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if row.icon:
            action.setIcon(icon(row.icon, window.theme.color("text.muted")))
        action.triggered.connect(lambda _=False, r=row: r.run(window))
        made[row.id] = action
    return made


def enable(window: Window, actions: dict[str, QAction]) -> None:
    """Let each action be possible or not, and say what undo and redo would do."""
    for row in ACTIONS:
        actions[row.id].setEnabled(row.when(window))
    history = window.session.project.history
    actions["edit.undo"].setText(f"Undo {history.undo_text}" if history.undo_text else "Undo")
    actions["edit.redo"].setText(f"Redo {history.redo_text}" if history.redo_text else "Redo")
    run = window.session.run
    going = run is not None and run.state is RunState.RUNNING
    actions["run.run"].setText("Pause" if going else "Run")
