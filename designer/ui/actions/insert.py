"""The Insert menu: kinds, blueprints, many at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import get_args

from designer.catalog.presets.blueprints import blueprints
from designer.model.element import ROOT_ID
from designer.model.kind import Section
from designer.model.project import Project
from designer.ui.actions.late import late
from designer.ui.actions.row import Action, kind_selected
from designer.ui.parts.stock import Item, KindItem, shipped_item
from designer.ui.shell.context import Context
from designer.words import tr

ManyDialog = late("pickers.many_dialog", "ManyDialog")
ask_scale_out = late("pickers.many_dialog", "ask_scale_out")
PlaceRegion = late("pickers.world_map", "PlaceRegion")


def place(context: Context, item: Item) -> None:
    """Place something by keyboard: in the selection, or in the nearest ancestor that takes it, or in the only container
    that does, and say which. Without one, say where it may stand."""
    session, project = context.session, context.session.project
    start = next((i for i in session.selection if i in project.elements), ROOT_ID)
    chain = [start, *project.ancestors(start)] if start != ROOT_ID else [ROOT_ID]
    holders = [i for i in chain if i == ROOT_ID or project.kind(i).container or item.target(project, i) == ([], None)]
    found = {i: item.target(project, i) for i in holders}
    direct = [i for i, (between, reason) in found.items() if not between and reason is None]
    through = [i for i, (_, reason) in found.items() if reason is None]
    parent = next(iter(direct or [_only_one(project, item, i) for i in through[:1]]), None)
    if parent is None:
        reason = next(reason for _, reason in found.values())
        session.refused.emit(tr("{0} was not placed: {1}.", item.title, reason))
        return
    first = found.get(start, ([], ""))[1]
    session.place(item.place, parent, None, item.hint, item.count)
    if parent != start:
        where = project.called(project.elements[parent]) if parent != ROOT_ID else tr("the design")
        why = tr(", because {0}{1}", first[0].lower() if first[1:2].islower() else first[0], first[1:]) if first else ""
        session.told.emit(tr("{0} placed in {1}{2}.", item.title, where, why))


def _only_one(project: Project, item: Item, parent: int) -> int:
    """In a parent that lacks levels for an item, the only container of the missing kind, and so on inward; the parent
    where there is none, or a choice."""
    between, _ = item.target(project, parent)
    there = [i for i in project.children(parent) if project.elements[i].kind in between[:1]]
    if len(there) != 1 or item.target(project, there[0])[1] is not None:
        return parent
    return _only_one(project, item, there[0])


def _place(item: Item, context: Context) -> None:
    place(context, item)


SECTIONS = tuple(section.capitalize() for section in get_args(Section))
"""The submenus of kinds, as the palette has them."""

ROWS = (
    Action("insert.quick", "Add Here …", "Insert", lambda c: c.canvas.add_here(), "A"),
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
            yield Action(
                f"insert.{kind.name}", tr(kind.label), kind.section.capitalize(), partial(_place, item), icon=item.icon
            )


def blueprint_rows() -> Iterator[Action]:
    """Yield an action for placing each shipped blueprint."""
    for blueprint in blueprints().values():
        item = shipped_item(blueprint)
        yield Action(f"blueprint.{blueprint.name}", tr("Insert {0}", item.title), "Blueprint", partial(_place, item),
                     icon=item.icon)  # fmt: skip
