"""What an export that came later says of an estate that was imported before: new, changed and gone; applied as one undo
step. What was arranged by hand stays.

Elements are matched by the exporting program's own id; hosts, clusters and places, of which many exports tell none, by
kind and name among those of the same estate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from designer import units
from designer.collector import collector_off
from designer.commands import edit
from designer.commands.estates import placing
from designer.errors import RuleError
from designer.exchange.estate.inventory import Inventory, Join, Part
from designer.model.element import ROOT_ID, Element
from designer.model.fields import FieldSpec, field_specs
from designer.model.project import Project
from designer.words import tr

MADE_UP = frozenset(("hypervisor",))
"""Fields that no export tells."""


@dataclass(frozen=True)
class ChangedPart:
    """An element that the export tells otherwise: fields by name, before and now; `parent` where it moved."""

    id: int
    name: str
    fields: Mapping[str, tuple[Any, Any]]
    parent: int | None = None


@dataclass(frozen=True)
class Update:
    """What differs between a design and a later export of the same estate."""

    inventory: Inventory
    known: Mapping[str, int]
    """The element of each part that is there already."""
    new: Sequence[Part]
    changed: Sequence[ChangedPart]
    gone: Sequence[int]

    @property
    def sentence(self) -> str:
        """How much differs, for people."""
        return tr("{0:,} new, {1:,} changed, {2:,} gone.", len(self.new), len(self.changed), len(self.gone))


def compare(project: Project, inventory: Inventory) -> Update:
    """What an export says otherwise than the design. Raises RuleError where nothing of it is in the design."""
    known = _matched(project, inventory)
    if not known:
        raise RuleError(tr("Nothing of {0} is in this design; import it as new.", inventory.origin))
    there = set(known.values())
    changed = [one for key, i in known.items() if (one := _change(project, inventory.parts[key], i, known)) is not None]
    new = [part for part in inventory.parts.values() if part.key not in known]
    return Update(inventory, known, new, changed, _gone(project, inventory, there))


def listed(project: Project, update: Update) -> list[tuple[str, str, str]]:
    """A row for each difference, before it is applied: what it is, the element, and its fields before and now."""
    rows = [(tr("New"), part.name, "") for part in update.new]
    for change in update.changed:
        specs = field_specs(type(project.elements[change.id]))
        fields = [
            f"{specs[name].title}: {_said(before, specs[name])} → {_said(now, specs[name])}"
            for name, (before, now) in change.fields.items()
        ]
        moved = [tr("moves to {0}", project.elements[change.parent].name)] if change.parent is not None else []
        rows.append((tr("Changed"), change.name, ", ".join([*moved, *fields])))
    return [*rows, *((tr("Gone"), project.elements[i].name, "") for i in update.gone)]


def _said(value: Any, spec: FieldSpec) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    if isinstance(value, (int, float)):
        return units.text(value, spec.unit)
    return str(value) or tr("nothing")


def _matched(project: Project, inventory: Inventory) -> dict[str, int]:
    """The elements of parts: those of an id, else those of a kind and name in the same container."""
    by_id: dict[tuple[str, str], int] = {}
    by_name: dict[tuple[str, str], list[int]] = {}
    for element in project.elements.values():
        fields = element.__dict__
        if fields["foreign_id"]:
            by_id[element.kind, fields["foreign_id"]] = element.id
        else:
            by_name.setdefault((element.kind, fields["name"].casefold()), []).append(element.id)
    known: dict[str, int] = {}
    for part in inventory.parts.values():
        if part.foreign_id:
            found = by_id.get((part.kind, part.foreign_id))
        else:
            same = by_name.get((part.kind, part.name.casefold()), [])
            found = same[0] if len(same) == 1 else next((i for i in same if _stands(project, i, part, known)), None)
        if found is not None:
            known[part.key] = found
    return known


def _stands(project: Project, element_id: int, part: Part, known: Mapping[str, int]) -> bool:
    """Whether an element stands where a part does."""
    return project.elements[element_id].parent == known.get(part.parent)


def _change(project: Project, part: Part, element_id: int, known: Mapping[str, int]) -> ChangedPart | None:
    row = project.elements[element_id]
    told = {**part.fields, "name": part.name}
    fields = {
        name: (row.__dict__[name], value)
        for name, value in told.items()
        if name not in MADE_UP and row.__dict__[name] != value
    }
    above = known.get(part.parent)
    moved = above if part.parent and above is not None and not _in(project, row, above) else None
    return ChangedPart(element_id, row.name, fields, moved) if fields or moved is not None else None


def _in(project: Project, row: Element, above: int) -> bool:
    """Whether an element stands in another or, as a host in a rack that was drawn by hand, deeper in it."""
    return row.parent == above or (row.kind != "vm" and above in project.ancestors(row.id))


def _gone(project: Project, inventory: Inventory, there: set[int]) -> list[int]:
    """Elements that came with an export of the estate, by their ids, and are in this one no more."""
    kinds = {part.kind for part in inventory.parts.values() if part.foreign_id}
    places = {i for i in there if project.elements[i].parent not in there}
    return [
        i
        for top in places
        for i in project.subtree(top)
        if i not in there and project.elements[i].kind in kinds and project.elements[i].__dict__["foreign_id"]
    ]


def apply(project: Project, update: Update) -> str:
    """Make the design what the export says, as one undo step; return a sentence about it."""
    with collector_off(), project.edit(tr("Update from {0}", update.inventory.origin)):
        ids = dict(update.known)
        fresh = _place(project, update, ids)
        moved: dict[int, list[int]] = {}
        for change in update.changed:
            if change.parent is not None:
                moved.setdefault(change.parent, []).append(change.id)
            if change.fields:
                project.set(change.id, **{name: now for name, (_, now) in change.fields.items()})
        for above, some in moved.items():
            edit.move(project, some, (0.0, 0.0), above)
        if update.gone:
            edit.delete(project, update.gone)
        _join(project, update.inventory, ids, fresh)
    return tr("{0}: {1}", update.inventory.origin, update.sentence)


def _place(project: Project, update: Update, ids: dict[str, int]) -> set[str]:
    """Place the new parts in what is there; return their keys."""
    new = {part.key: part for part in update.new}
    inside: dict[str, list[Part]] = {}
    for part in new.values():
        inside.setdefault(part.parent, []).append(part)
    known = [ids[key] for key, part in update.inventory.parts.items() if key in ids and not part.parent]
    beside = project.elements[known[0]].parent if known else ROOT_ID
    for parent, tops in inside.items():
        if parent in new:
            continue
        inner = Inventory(update.inventory.tool, update.inventory.origin)
        inner.parts = {part.key: replace(part, parent="") for part in tops}
        for part in (below := list(tops)):
            below += inside.get(part.key, ())
        inner.parts |= {part.key: part for part in below[len(tops) :]}
        ids.update(placing.place(project, inner, ids[parent] if parent else beside).ids)
    return set(new)


def _join(project: Project, inventory: Inventory, ids: Mapping[str, int], fresh: set[str]) -> None:
    """Make the links of new parts."""
    inner = Inventory(inventory.tool, inventory.origin, inventory.parts, _of_new(inventory.joins, fresh))
    placing.join(project, inner, ids)


def _of_new(joins: Iterable[Join], fresh: set[str]) -> list[Join]:
    return [join for join in joins if join.source in fresh or join.target in fresh]
