"""A copy of a design for others: with every preset it uses, without large or private parts where that is wanted."""

from __future__ import annotations

from collections.abc import Iterable

from designer.catalog import KINDS
from designer.catalog.presets.own import OwnPreset, packed_fields
from designer.model.element import ROOT_ID, Element, Link, clone, make, new_id


def to_share(rows: Iterable[Element | Link], library: Iterable[OwnPreset], notes: bool = True) -> list[Element | Link]:
    """The rows of the copy, with the library presets that elements were made from; `notes`: with notes."""
    kept = list(rows)
    if not notes:
        kept = _without_notes(kept)
    there = {(r.__dict__["of_kind"], r.name) for r in kept if isinstance(r, Element) and r.kind == "preset"}
    used = {(r.kind, r.preset) for r in kept if isinstance(r, Element)}
    for own in library:
        if (own.kind, own.name) in used - there:
            there.add((own.kind, own.name))
            note = own.note if notes else ""
            fields = {"of_kind": own.kind, "held": packed_fields(own.fields), "name": own.name, "note": note}
            kept.append(make(KINDS["preset"].table, {"id": new_id(), "parent": ROOT_ID, **fields}))
    return kept


def _without_notes(rows: list[Element | Link]) -> list[Element | Link]:
    gone = {row.id for row in rows if isinstance(row, Element) and row.kind == "note"}
    found: list[Element | Link] = []
    for row in rows:
        if isinstance(row, Link):
            found += [] if {row.source, row.target} & gone else [row]
        elif row.id not in gone:
            found.append(clone(row, note="") if row.note else row)
    return found
