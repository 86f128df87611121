"""The Arrange menu."""

from __future__ import annotations

from functools import partial

from designer.commands import edit
from designer.commands.arrange import align, group, lock, tidy
from designer.commands.arrange.align import TITLES
from designer.model.guides import Edge
from designer.model.project import ChangeSet
from designer.ui.actions.late import late
from designer.ui.actions.row import Action, elements_selected, selected, several_selected
from designer.ui.shell.context import Context
from designer.words import tr

ArrayDialog = late("pickers.array_dialog", "ArrayDialog")
ConsolidateDialog = late("pickers.consolidate_dialog", "ConsolidateDialog")
FewestDialog = late("pickers.fewest_dialog", "FewestDialog")

SUBMENU = tr("Align and Distribute")


def hug(context: Context) -> None:
    """Fit the selected containers to their content."""
    session, chosen = context.session, context.session.selection
    session.do_large(tr("Shrinking to content …"), edit.extent(session.project, chosen), edit.hug_content, chosen)


def tidy_up(context: Context, everything: bool = False) -> None:
    """Tidy the selected containers and siblings, or the whole drawing, show it, and tell what stays because it was
    placed by hand. `everything`: that is packed, too."""
    session, chosen = context.session, context.session.selection
    inside = tidy.scope(session.project, chosen)
    count = sum(len(session.project.children(i)) for i in inside)
    before = session.project.history.position
    stays = session.do_large(tr("Tidying …"), count, tidy.tidy, chosen, everything)
    session.flush()
    if stays:
        one = tr("One element placed by hand stays. Tidy Everything packs it, too.")
        session.told.emit(
            one if stays == 1 else tr("{0:,} elements placed by hand stay. Tidy Everything packs them, too.", stays)
        )
    if session.project.history.position == before:
        return
    if chosen:
        session.reveal.emit(list(chosen[:50]))
    else:
        context.canvas.view.zoom_to_fit()


def _align(edge: Edge, context: Context) -> None:
    session, chosen = context.session, context.session.selection
    session.do_large(tr("Aligning …"), edit.extent(session.project, chosen), align.align, chosen, edge)


def _distribute(across: bool, context: Context) -> None:
    session, chosen = context.session, context.session.selection
    session.do_large(tr("Distributing …"), edit.extent(session.project, chosen), align.distribute, chosen, across)


def same_size(context: Context) -> None:
    """Give the selected containers the size of the first one."""
    session, chosen = context.session, context.session.selection
    session.do_large(tr("Resizing …"), edit.extent(session.project, chosen), align.same_size, chosen)


def make_group(context: Context) -> None:
    """Make the selected elements a group."""
    session, chosen = context.session, context.session.selection
    if session.do_large(tr("Grouping …"), len(chosen), group.group, chosen):
        session.flush()


def dissolve_group(context: Context) -> None:
    """Dissolve the groups of the selected elements."""
    session, chosen = context.session, context.session.selection
    session.do_large(tr("Ungrouping …"), len(chosen), group.ungroup, chosen)


def _any_grouped(context: Context) -> bool:
    return context.session.chosen.grouped


def toggle_lock(context: Context) -> None:
    """Lock the selection; unlock it when all of it is locked."""
    session, chosen = context.session, context.session.selection
    locked = not lock.all_locked(session.project, chosen)
    text = tr("Locking …") if locked else tr("Unlocking …")
    session.do_large(text, len(chosen), lock.set_locked, chosen, locked)


def toggle_hidden(context: Context) -> None:
    """Hide the selection; show it when all of it is hidden."""
    session, chosen = context.session, context.session.selection
    hidden = not lock.all_hidden(session.project, chosen)
    session.do_large(tr("Hiding …") if hidden else tr("Showing …"), len(chosen), lock.set_hidden, chosen, hidden)
    session.flush()  # what is possible now follows from it


def toggle_placed(context: Context) -> None:
    """Have Tidy leave the selection where it is; let it pack the selection when all of it was placed by hand."""
    session, chosen = context.session, context.session.selection
    placed = not lock.all_placed(session.project, chosen)
    session.do_large(tr("Changing …"), len(chosen), lock.set_placed, chosen, placed)
    session.flush()


def show_all(context: Context) -> None:
    """Show everything that is hidden."""
    session = context.session
    session.do_large(tr("Showing …"), len(lock.hidden(session.project)), lock.show_all)
    session.flush()


def look_at_hidden(context: Context, changes: ChangeSet | None = None) -> None:
    """Note whether something is hidden, after a change or in another design: all elements are asked only when that
    may have become otherwise."""
    elements = context.session.project.elements
    touched = changes is None or any("hidden" in fields for fields in changes.changed.values())
    touched = touched or (context.hides and bool(changes and changes.removed))
    if changes is not None and not touched:
        came = filter(None, map(elements.get, changes.added))
        touched = any(element.__dict__["hidden"] for element in came)
    if touched:
        context.hides = any(element.__dict__["hidden"] for element in elements.values())


def _is_locked(context: Context) -> bool:
    return elements_selected(context) and lock.all_locked(context.session.project, context.session.selection)


def _is_hidden(context: Context) -> bool:
    return elements_selected(context) and lock.all_hidden(context.session.project, context.session.selection)


def _is_placed(context: Context) -> bool:
    return elements_selected(context) and lock.all_placed(context.session.project, context.session.selection)


def _align_row(edge: Edge, key: str, separate: bool = False) -> Action:
    return Action(f"arrange.{edge}", tr(TITLES[edge]).title(), SUBMENU, partial(_align, edge), key,
                  when=several_selected, separate=separate)  # fmt: skip


ROWS = (
    Action("arrange.consolidate", "Consolidate …", "Arrange", lambda c: c.open_dialog(ConsolidateDialog),
           "Ctrl+Shift+L"),
    Action("arrange.fewest", "How Few Hosts …", "Arrange", lambda c: c.open_dialog(FewestDialog)),
    Action("arrange.tidy", "Tidy", "Arrange", tidy_up, "Alt+T"),
    Action("arrange.tidy_all", "Tidy Everything", "Arrange", partial(tidy_up, everything=True), "Alt+Shift+T"),
    Action("arrange.hug", "Fit to Content", "Arrange", hug, "Alt+G", when=selected),
    Action("arrange.same_size", "Same Size", "Arrange", same_size, "Alt+Shift+S", when=several_selected),
    Action("arrange.array", "Array …", "Arrange", lambda c: c.open_dialog(ArrayDialog), "Ctrl+Shift+Y",
           when=elements_selected),
    Action("arrange.group", "Group", "Arrange", make_group, "Ctrl+G", when=several_selected, separate=True),
    Action("arrange.ungroup", "Ungroup", "Arrange", dissolve_group, "Ctrl+Shift+G", when=_any_grouped),
    Action("arrange.lock", "Lock", "Arrange", toggle_lock, "Ctrl+Shift+K", when=elements_selected, separate=True,
           toggled=_is_locked),
    Action("arrange.hide", "Hide", "Arrange", toggle_hidden, "Ctrl+Shift+H", when=elements_selected,
           toggled=_is_hidden),
    Action("arrange.placed", "Placed by Hand", "Arrange", toggle_placed, when=elements_selected, toggled=_is_placed),
    Action("arrange.show", "Show All Hidden", "Arrange", show_all, "Ctrl+Alt+H", when=lambda c: c.hides),
    _align_row("left", "Alt+A"),
    _align_row("center", "Alt+H"),
    _align_row("right", "Alt+D"),
    _align_row("top", "Alt+W", separate=True),
    _align_row("middle", "Alt+V"),
    _align_row("bottom", "Alt+S"),
    Action("arrange.across", "Distribute Horizontally", SUBMENU, partial(_distribute, True), "Alt+Shift+H",
           when=several_selected, separate=True),
    Action("arrange.down", "Distribute Vertically", SUBMENU, partial(_distribute, False), "Alt+Shift+V",
           when=several_selected),
)  # fmt: skip
