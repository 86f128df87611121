"""The menu of what is under the mouse, in the drawing and in the outline: sections, and only what is possible."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from designer.model.element import ROOT_ID
from designer.ui.actions import table
from designer.ui.parts.icons import icon
from designer.ui.parts.stock import KindItem
from designer.ui.shell.context import Context
from designer.words import tr


def open_menu(context: Context, where: QPoint, element_id: int | None) -> None:
    """Open the menu of an element, a link, or with None of the drawing itself."""
    on_link = element_id in context.session.project.links
    sections = table.ON_LINK if on_link else table.ON_ELEMENT if element_id is not None else table.ON_CANVAS
    menu = QMenu(context.frame)
    for section in sections:
        line = menu.addSeparator()
        for name in section:
            if name == table.INSERT:
                _add_insert(menu, context, element_id if element_id is not None else ROOT_ID)
            elif context.actions[name].isEnabled() and _makes_sense(context, name):
                menu.addAction(context.actions[name])
        if line in (menu.actions()[0], menu.actions()[-1]):
            menu.removeAction(line)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(where)


def _makes_sense(context: Context, name: str) -> bool:
    """Whether an action changes something at the shown moment: what is up cannot recover, what failed cannot fail."""
    run = context.session.run
    frame = run.view.frame if run is not None else None
    if frame is None or name not in ("run.fail", "run.recover"):
        return True
    failed = set(frame.ids[frame.failed_root].tolist())
    chosen = context.session.selection
    return any(i in failed for i in chosen) if name == "run.recover" else any(i not in failed for i in chosen)


def _add_insert(menu: QMenu, context: Context, parent_id: int) -> None:
    """A submenu of the kinds that may stand in an element, in the sections of the palette."""
    project = context.session.project
    items = [KindItem(kind) for kind in project.kinds.values() if kind.in_palette]
    fitting = [item for item in items if item.target(project, parent_id) == ([], None)]
    if not fitting:
        return
    inner = menu.addMenu(tr("Insert"))
    inner.setObjectName(table.INSERT)
    for n, item in enumerate(fitting):
        if n and item.what.section != fitting[n - 1].what.section:
            inner.addSeparator()
        made = inner.addAction(icon(item.icon, context.theme.kind(item.kind).ink), item.title)
        made.setObjectName(f"{table.INSERT}.{item.kind}")
        made.triggered.connect(partial(context.session.place, item.place, parent_id, None, item.hint))
