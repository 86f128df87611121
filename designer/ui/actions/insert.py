"""The Insert menu: kinds, blueprints, many at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from designer.catalog.presets.blueprints import blueprints
from designer.model.element import ROOT_ID
from designer.ui.actions.row import Action, kind_selected
from designer.ui.parts.stock import Item, KindItem, shipped_item
from designer.ui.pickers.many_dialog import ManyDialog, ask_scale_out
from designer.ui.pickers.world_map import PlaceRegion
from designer.ui.shell.context import Context


def place(context: Context, item: Item) -> None:
    """Place something by keyboard: in the selected container, or in the nearest one that may hold it."""
    session = context.session
    project = session.project
    start = session.selection[0] if session.selection and session.selection[0] in project.elements else ROOT_ID
    chain = [start, *project.ancestors(start)] if start != ROOT_ID else [ROOT_ID]
    direct = [i for i in chain if item.target(project, i) == ([], None)]
    parent_id = direct[0] if direct else chain[0]
    if direct or project.kind(parent_id).container or parent_id == ROOT_ID:
        session.place(item.place, parent_id, None, item.lesson, item.count)
    else:
        session.refused.emit(f"{item.title} cannot stand in {project.elements[parent_id].name}.")


def _place(item: Item, context: Context) -> None:
    place(context, item)


ROWS = (
    Action("insert.search", "Search Palette …", "Insert", lambda c: c.palette.search(), "Ctrl+Shift+I", "search"),
    Action("insert.map", "Place Region from Map …", "Insert", lambda c: c.open_dialog(PlaceRegion), "Ctrl+R",
           "region"),
    Action("insert.many", "Place Many …", "Insert", lambda c: c.open_dialog(ManyDialog), "Ctrl+M"),
    Action("insert.scale_out", "Scale Out …", "Insert", lambda c: ask_scale_out(c.session, c.frame), "Ctrl+Shift+M",
           when=partial(kind_selected, "vm")),
)  # fmt: skip


def kind_rows(context: Context) -> Iterator[Action]:
    """Yield an action for placing each kind."""
    for kind in context.session.project.kinds.values():
        if kind.in_palette:
            item = KindItem(kind)
            yield Action(f"insert.{kind.name}", kind.label, "Insert", partial(_place, item), icon=item.icon)


def blueprint_rows() -> Iterator[Action]:
    """Yield an action for placing each shipped blueprint."""
    for blueprint in blueprints().values():
        item = shipped_item(blueprint)
        yield Action(f"blueprint.{blueprint.name}", f"Insert {item.title}", "Blueprint", partial(_place, item),
                     icon=item.icon)  # fmt: skip
