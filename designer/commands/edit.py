"""Placing, moving, changing, naming and removing: each function is one undo step. Raises RuleError."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from designer.catalog.presets.shipped import known_preset, preset_list
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Link, make
from designer.model.kind import Kind
from designer.model.project import Project
from designer.words import tr, trn

FEW_OF = 16
"""Elements are few where their design has this many times as many."""


def next_name(project: Project, kind: str) -> str:
    """A free name for a new element: prefix and the next number."""
    prefix = project.kinds[kind].prefix or kind
    taken = {e.__dict__["name"] for e in project.elements.values()}
    number = len(project.of_kind(kind)) + 1
    while f"{prefix}-{number}" in taken:
        number += 1
    return f"{prefix}-{number}"


def place(
    project: Project,
    kind: str,
    parent_id: int = ROOT_ID,
    at: tuple[float, float] | None = None,
    **fields: Any,
) -> int:
    """Place a new element in a parent, at a point relative to it or at the next free place; return its id. Raises
    RuleError.
    """
    what = project.kinds[kind]
    _must_have(what, fields)
    if parent_id in project.elements:
        fields = {**project.defaults_in(kind, parent_id), **fields}
    reason = project.why_not(kind, parent_id, make(what.table, {"parent": parent_id, **fields}))
    if reason:
        raise RuleError(tr("{0} cannot be placed here: {1}.", what.label, reason))
    with project.edit(tr("Place {0}", what.label)):
        size = layout.size_in(project, kind, parent_id)
        fields = {"name": next_name(project, kind), **fields}
        row = make(what.table, {"parent": parent_id, "w": size[0], "h": size[1], **fields})
        if what.drawn and project.kind(parent_id).box.flow == "free":
            row.__dict__["x"], row.__dict__["y"] = layout.free_spot(project, parent_id, (row.w, row.h), at)
        new_id = project.add(row)
        layout.settle(project, [parent_id])
    return new_id


def _must_have(kind: Kind, fields: Iterable[str]) -> None:
    """Raise RuleError where a kind has no such field."""
    for name in fields:
        if name not in kind.table.model_fields:
            raise RuleError(tr("{0}: there is no field “{1}”.", kind.label, name))


def why_not_place_through(
    project: Project, kind: str, parent_id: int, fields: Mapping[str, Any] | None = None
) -> tuple[list[str], str | None]:
    """The kinds to add in between so that `kind` may stand in a parent (outermost first), or why none fit.

    An empty list means that it may stand there directly, with some fields where they are given.
    """
    element = make(project.kinds[kind].table, {"parent": parent_id, **fields}) if fields else None
    reason = project.why_not(kind, parent_id, element)
    if reason is None:
        return [], None
    chain = _chain(project, kind, project.elements[parent_id].kind)
    return (chain, None) if chain else ([], reason)


def _chain(project: Project, kind: str, parent_kind: str) -> list[str]:
    """The shortest chain of kinds from a parent kind down to `kind`, without both; empty without one."""
    ways: list[list[str]] = [[name] for name in project.kinds[kind].inside if name in project.kinds]
    seen = {kind}
    while ways:
        way = ways.pop(0)
        if parent_kind in project.kinds[way[0]].inside:
            return way
        if way[0] not in seen:
            seen.add(way[0])
            ways.extend([above, *way] for above in project.kinds[way[0]].inside if above in project.kinds)
    return []


def place_through(
    project: Project, kind: str, parent_id: int, at: tuple[float, float] | None = None, **fields: Any
) -> int:
    """Like `place`, but add the levels that are missing in between, all as one undo step."""
    between, reason = why_not_place_through(project, kind, parent_id, fields)
    if reason:
        raise RuleError(tr("{0} cannot be placed here: {1}.", project.kinds[kind].label, reason))
    with project.edit(tr("Place {0}", project.kinds[kind].label)):
        for level in between:
            parent_id, at = place(project, level, parent_id, at), None
        return place(project, kind, parent_id, at, **fields)


def tops(project: Project, ids: Iterable[int]) -> list[int]:
    """Those of some elements that stand in none of the others, in drawing order, without the design."""
    elements = project.elements
    chosen = {i for i in ids if i in elements and i != ROOT_ID}
    inside = {ROOT_ID: False}  # whether what stands in an element stands in a chosen one
    kept = []
    for element_id in [i for i in chosen if elements[i].__dict__["parent"] not in chosen]:
        above, here = [], elements[element_id].__dict__["parent"]
        while here not in inside:
            above.append(here)
            if here in chosen:
                break
            here = elements[here].__dict__["parent"]
        held = inside.get(here, True)
        inside.update(dict.fromkeys(above, held))
        if not held:
            kept.append(element_id)
    return _in_order(project, kept)


def _in_order(project: Project, ids: list[int]) -> list[int]:
    """Elements in drawing order; few of a large design without a look at all others."""
    if len(ids) < 2:
        return ids
    if len(ids) * FEW_OF > len(project.elements):
        order = {i: n for n, i in enumerate(project.subtree(ROOT_ID))}
        return sorted(ids, key=order.__getitem__)

    def place(element_id: int) -> list[tuple[int, int]]:
        ways = [element_id, *project.ancestors(element_id)]
        return [(project.elements[i].__dict__["rank"], i) for i in reversed(ways)]

    return sorted(ids, key=place)


def unlocked(project: Project, ids: Iterable[int]) -> list[int]:
    """Those of some elements that are not locked."""
    return [i for i in ids if not project.elements[i].__dict__["locked"]]


def _who(project: Project, ids: Sequence[int]) -> str:
    return (
        tr("{0} is", project.called(project.elements[ids[0]])) if len(ids) == 1 else tr("{0:,} elements are", len(ids))
    )


def extent(project: Project, ids: Iterable[int]) -> int:
    """How many elements a command on some touches: they, what stands in them, and their siblings."""
    chosen = tops(project, ids)
    above = {project.elements[i].__dict__["parent"] for i in chosen}
    inside = sum(1 for i in chosen for _ in project.subtree(i))
    return inside + sum(len(project.children(i)) for i in above) - len(chosen)


def move(
    project: Project,
    ids: Sequence[int],
    by: tuple[float, float],
    parent_id: int | None = None,
    merge_key: object = None,
) -> None:
    """Move elements by a distance in the drawing; with `parent_id`, into that parent. Locked ones stay.

    What is moved by a distance is placed by hand: Tidy leaves it there.
    """
    given = tops(project, ids)
    chosen = unlocked(project, given)
    if given and not chosen:
        raise RuleError(
            trn("{1} locked and stays in place.", "{1} locked and stay in place.", len(given), _who(project, given))
        )
    if not chosen:
        return
    with project.edit(_text(project, tr("Move"), chosen), merge_key):
        left = {project.elements[i].parent for i in chosen}
        spots = _moved(project, chosen, by, parent_id)
        for element_id in chosen:
            _move_one(project, element_id, spots[element_id], parent_id, any(by))
        layout.settle(project, left | {project.elements[i].parent for i in chosen})


def nudge(project: Project, ids: Sequence[int], by: tuple[float, float], merge_key: object = None) -> None:
    """Move elements along one axis by a distance, or by as much of it as is free: they stop at what stands in the way,
    where `move` would find another place. Raises RuleError where they cannot move at all."""
    chosen = unlocked(project, tops(project, ids))
    way = layout.free_way(project, chosen, by)
    if chosen and way < layout.EPS:
        who = project.called(project.elements[chosen[0]])
        raise RuleError(tr("{0} cannot go further this way: something stands there.", who))
    step = max(abs(by[0]), abs(by[1]))
    move(project, ids, (by[0] / step * way, by[1] / step * way), None, merge_key)


def _moved(
    project: Project, ids: Sequence[int], by: tuple[float, float], parent_id: int | None
) -> dict[int, layout.Rect]:
    """Boxes of elements after a move, in their new parent. Where placement is free, they stay together."""
    boxes: dict[int, layout.Rect] = {}
    by_target: dict[int, list[int]] = {}
    for element_id in ids:
        here = project.elements[element_id]
        target = here.parent if parent_id is None else parent_id
        box = layout.absolute_rect(project, element_id)
        above = layout.Rect(0, 0, 0, 0) if target == ROOT_ID else layout.absolute_rect(project, target)
        size = box.w, box.h
        if target != here.parent and not project.kind(element_id).container:
            size = layout.size_in(project, here.kind, target)
        boxes[element_id] = layout.Rect(box.x + by[0] - above.x, box.y + by[1] - above.y, *size)
        by_target.setdefault(target, []).append(element_id)
    for target, some in by_target.items():
        if project.kind(target).box.flow == "free":
            given = [boxes[i] for i in some]
            spots = layout.free_spots(project, target, given, (given[0].x, given[0].y), frozenset(some))
            boxes.update((i, layout.Rect(*spot, box.w, box.h)) for i, spot, box in zip(some, spots, given))
    return boxes


def _move_one(project: Project, element_id: int, box: layout.Rect, parent_id: int | None, by_hand: bool) -> None:
    here = project.elements[element_id]
    target = here.parent if parent_id is None else parent_id
    changed: dict[str, Any] = {}
    if target != here.parent:
        siblings = project.children(target)
        changed = {
            "parent": target,
            "rank": project.elements[siblings[-1]].rank + 1 if siblings else 0,
            "placed": False,
        }
        if not project.kind(element_id).container:
            changed["w"], changed["h"] = box.w, box.h
    if project.kind(target).box.flow == "free":
        changed["x"], changed["y"] = box.x, box.y
        changed["placed"] = by_hand or (target == here.parent and here.__dict__["placed"])
    elif target == here.parent:
        changed["rank"] = _rank_at(project, element_id, (box.x, box.y))
    project.set(element_id, **changed)


def _rank_at(project: Project, element_id: int, wanted: tuple[float, float]) -> int:
    """The rank that puts a cell or stacked box where it was dropped among its siblings, which are renumbered."""
    here = project.elements[element_id]
    others = [i for i in layout.drawn_children(project, here.parent) if i != element_id]
    middle = wanted[0] + here.w / 2, wanted[1] + here.h / 2
    place_in_row = 0
    for place_in_row, other in enumerate(others):  # noqa: B007 - used after the loop
        box = layout.rect_of(project, other)
        if (middle[1] < box.bottom and middle[0] < box.x + box.w / 2) or middle[1] < box.y:
            break
    else:
        place_in_row = len(others)
    for rank, other in enumerate([*others[:place_in_row], element_id, *others[place_in_row:]]):
        if other == element_id:
            own = rank
        else:
            project.set(other, rank=rank)
    return own


def why_not_move(project: Project, ids: Sequence[int], parent_id: int) -> str | None:
    """Why elements may not move into a parent, or None when they may (asked while hovering).

    Each is asked alone, then all together with all that stands in them and is linked with them, as by `move`.
    """
    chosen = tops(project, ids)
    for element_id in chosen:
        if parent_id == element_id or element_id in project.ancestors(parent_id):
            return tr("An element cannot stand in itself")
        here = project.elements[element_id]
        if here.parent != parent_id:
            reason = project.why_not(here.kind, parent_id, here)
            if reason:
                return reason
    return project.why_not_set({i: {"parent": parent_id} for i in chosen if project.elements[i].parent != parent_id})


def resize(project: Project, element_id: int, box: tuple[float, float, float, float], merge_key: object = None) -> None:
    """Give a container a box (left, top, width, height relative to its parent). It no longer fits its content by
    itself."""
    left, top, width, height = box
    here = project.elements[element_id]
    if here.__dict__["locked"]:
        raise RuleError(tr("{0} is locked and keeps its size.", project.called(here)))
    with project.edit(_text(project, tr("Resize"), [element_id]), merge_key):
        needed = layout.needed_size(project, element_id)
        dx, dy = left - here.x, top - here.y
        project.set(element_id, x=left, y=top, hug=False)
        for child in layout.drawn_children(project, element_id):
            inner = project.elements[child]
            if (dx or dy) and project.kind(element_id).box.flow == "free":
                project.set(child, x=inner.x - dx, y=inner.y - dy)
        layout.resize(project, element_id, max(width, needed[0] - max(dx, 0)), max(height, needed[1] - max(dy, 0)))
        layout.make_way(project, element_id)
        layout.settle(project, [element_id])


def hug_content(project: Project, ids: Iterable[int]) -> None:
    """Fit containers to their content again."""
    chosen = [i for i in ids if i in project.elements and project.kind(i).container]
    with project.edit(_text(project, tr("Fit to content"), chosen)):
        for element_id in chosen:
            project.set(element_id, hug=True)
        layout.settle(project, chosen)


def change(project: Project, ids: Iterable[int], fields: Mapping[str, Any], merge_key: object = None) -> None:
    """Give fields of one or several elements new values, as one undo step."""
    chosen = list(ids)
    if not chosen:
        return
    table = type(project.elements[chosen[0]])
    first = next(iter(fields))
    title = table.model_fields[first].title if first in table.model_fields else first
    with project.edit(tr("Change {0}", title), merge_key):
        for element_id in chosen:
            project.set(element_id, **fields)


def apply_preset(project: Project, ids: Iterable[int], name: str, field: str = "") -> None:
    """Fill elements of one kind with the values of a preset.

    An empty name only clears the preset's name. `field` is the field that holds its name; empty: the main one of the
    kind.
    """
    chosen = list(ids)
    kind = project.elements[chosen[0]].kind
    listed = preset_list(kind, field)
    preset = known_preset(kind, listed.field, name) if listed is not None else None
    if listed is None or (name and preset is None):
        raise RuleError(tr("There is no preset “{0}” for {1}.", name, project.kinds[kind].label))
    filled = dict(preset.fields) if preset is not None else {}
    fill(project, chosen, {listed.field: name, **filled}, tr("Use {0}", name) if name else tr("Clear preset"))


def fill(project: Project, ids: Iterable[int], fields: Mapping[str, Any], text: str) -> None:
    """Give elements values, all or none: refused when one of them breaks a rule."""
    with project.edit(text):
        for element_id in ids:
            project.set(element_id, **fields)


def rename(project: Project, element_id: int, name: str) -> None:
    """Give an element a name."""
    name = " ".join(name.split())
    if not name:
        raise RuleError(tr("A name needs at least one letter."))
    with project.edit(tr("Rename")):
        project.set(element_id, name=name)


def delete(project: Project, ids: Iterable[int]) -> None:
    """Remove elements with everything in them and their links; also remove links given by id. Refused where one of them
    is locked."""
    given = list(ids)
    chosen = tops(project, given)
    kept = [i for top in chosen for i in project.subtree(top) if project.elements[i].__dict__["locked"]]
    if kept:
        raise RuleError(tr("{0} locked and cannot be deleted. Unlock first.", _who(project, kept)))
    links = [i for i in given if i in project.links]
    if not chosen and not links:
        return
    with project.edit(_text(project, tr("Delete"), chosen) if chosen else tr("Delete link")):
        left = {project.elements[i].parent for i in chosen}
        project.remove_many([*chosen, *links])
        layout.settle(project, left)


def connect(project: Project, kind: str, source_id: int, target_id: int, role: str = "") -> int:
    """Link two elements; return the link's id."""
    rule = project.link_kinds[kind]
    if not role and rule.role_of is not None and project.why_no_link(kind, source_id, target_id) is None:
        role = rule.role_of(project, project.elements[source_id], project.elements[target_id])
    with project.edit(tr("Link: {0}", rule.label)):
        return project.add(Link(kind=kind, source=source_id, target=target_id, role=role))


def _text(project: Project, verb: str, ids: Sequence[int]) -> str:
    if len(ids) == 1:
        return f"{verb} {project.elements[ids[0]].name or project.kind(ids[0]).label}"
    return tr("{0} {1} elements", verb, len(ids))
