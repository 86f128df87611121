"""Presets and blueprints of one's own in the design: kept, used, renamed, updated, removed. Each is one step of undo.

Those of the library come as records; what is done to the library itself is the library's. Raises RuleError.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from designer.catalog.kinds.kept.blueprint import own_blueprint
from designer.catalog.kinds.kept.preset import own_preset
from designer.catalog.presets.own import OwnBlueprint, OwnPreset, packed_fields, packed_text, storable
from designer.catalog.presets.shipped import known_preset, preset_lists
from designer.commands import edit
from designer.commands.blueprints import text_of
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element, make
from designer.model.project import Project

Own = OwnPreset | OwnBlueprint


def presets_of(project: Project, kind: str = "") -> list[OwnPreset]:
    """The presets that are kept in the design, of a kind or of all, by kind and name; damaged ones are left out."""
    rows = [row for row in _sound(project, "preset") if kind in ("", row.__dict__["of_kind"])]
    return sorted((own_preset(project.kinds, row) for row in rows), key=lambda own: (own.kind, own.name))


def blueprints_of(project: Project) -> list[OwnBlueprint]:
    """The blueprints that are kept in the design, by name; damaged ones are left out."""
    found = (own_blueprint(row) for row in _sound(project, "blueprint"))
    return sorted(found, key=lambda own: own.name)


def _sound(project: Project, sort: str) -> list[Element]:
    load_error = project.kinds[sort].load_error
    return [row for row in project.of_kind(sort) if load_error is None or load_error(project.kinds, row) is None]


# -- from what is drawn to what is kept


def preset_from(project: Project, element_id: int, name: str) -> OwnPreset:
    """A preset with the values of an element."""
    element = project.elements[element_id]
    kind = project.kinds[element.kind]
    fields = {field: element.__dict__[field] for field in storable(kind)}
    if not fields or element_id == ROOT_ID:
        raise RuleError(f"{kind.label} has no fields that a preset could hold; save it as a blueprint instead.")
    return OwnPreset(element.kind, _named(name), fields)


def blueprint_from(project: Project, ids: Iterable[int], name: str, teaches: str = "") -> OwnBlueprint:
    """A blueprint of elements, all that stands in them and the links among them."""
    drawn = [i for i in edit.tops(project, ids) if project.kind(i).drawn]
    if not drawn:
        raise RuleError("Select what shall be a blueprint first: one or several elements of the drawing.")
    own = OwnBlueprint(_named(name), text_of(project, drawn), teaches.strip())
    packed_text(own.text, own.name)  # too large: said before anything is done
    return own


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise RuleError("A name needs at least one letter.")
    return name


# -- keeping


def keep(project: Project, own: Own, from_id: int = 0) -> int:
    """Put a preset or blueprint into the design; the id of its element. `from_id` is the element it was made of."""
    _check_free(project, own)
    if isinstance(own, OwnPreset):
        kind, values = "preset", {"of_kind": own.kind, "held": packed_fields(own.fields)}
    else:
        kind, values = "blueprint", {"data": packed_text(own.text, f"“{own.name}”")}  # type: ignore[dict-item]
    with project.edit(f"Keep {own.name}"):
        made = project.add(make(project.kinds[kind].table, {"name": own.name, "note": own.note, **values}))
        if from_id:
            project.set(from_id, preset=own.name)
    return made


def _check_free(project: Project, own: Own, but: int = 0) -> None:
    """Refuse a name that another preset of the kind, or another blueprint, has."""
    if isinstance(own, OwnPreset):
        taken = any(p.name == own.name and p.id != but for p in presets_of(project, own.kind))
        what = f"preset “{own.name}” for {project.kinds[own.kind].plural}"
    else:
        taken = any(b.name == own.name and b.id != but for b in blueprints_of(project))
        what = f"blueprint “{own.name}”"
    if taken:
        raise RuleError(f"This design already has a {what}; update that one, or choose another name.")


def check_like(project: Project, own: Own, given: Own) -> None:
    """Refuse to let a preset or blueprint hold what is of another sort or kind."""
    if isinstance(own, OwnPreset) != isinstance(given, OwnPreset):
        raise RuleError(f"“{own.name}” is of another sort than what it shall hold.")
    if isinstance(own, OwnPreset) and isinstance(given, OwnPreset) and own.kind != given.kind:
        there, here = (project.kinds[k].plural for k in (own.kind, given.kind))
        raise RuleError(f"“{own.name}” is a preset for {there}; it cannot hold the values of {here}.")


def update(project: Project, own: Own, given: Own) -> None:
    """Let a kept preset or blueprint hold what another one holds, under its own name."""
    check_like(project, own, given)
    values: dict[str, Any]
    if isinstance(given, OwnPreset):
        values = {"held": packed_fields(given.fields)}
    else:
        values = {"data": packed_text(given.text, f"“{own.name}”")}
    with project.edit(f"Update {own.name}"):
        project.set(own.id, **values)


def rename(project: Project, own: Own, name: str) -> None:
    """Give a kept preset or blueprint another name; elements that were made from it follow."""
    name = _named(name)
    _check_free(project, replace(own, name=name), but=own.id)
    with project.edit(f"Rename {own.name}"):
        project.set(own.id, name=name)
        for element_id in users_of(project, own):
            project.set(element_id, preset=name)


def forget(project: Project, own: Own) -> None:
    """Take a kept preset or blueprint out of the design; what was made from it stays as it is."""
    with project.edit(f"Delete {own.name}"):
        for element_id in users_of(project, own):
            project.set(element_id, preset="")
        project.remove(own.id)


def users_of(project: Project, own: Own) -> list[int]:
    """The elements that were made from a preset."""
    if isinstance(own, OwnBlueprint):
        return []
    return [e.id for e in project.of_kind(own.kind) if e.preset == own.name]


# -- using


def use(project: Project, ids: Iterable[int], own: OwnPreset) -> None:
    """Fill elements of its kind with the values of a preset; they remember which it was."""
    chosen = [i for i in ids if project.elements[i].kind == own.kind]
    if not chosen:
        raise RuleError(f"“{own.name}” is a preset for {project.kinds[own.kind].plural}; select some first.")
    edit.fill(project, chosen, {**own.fields, "preset": own.name}, f"Use {own.name}")


def place(project: Project, own: OwnPreset, parent_id: int = ROOT_ID, at: tuple[float, float] | None = None) -> int:
    """Place a new element that is made from a preset, with the levels that are missing in between; its id."""
    fields = {**own.fields, "preset": own.name, **({"note": own.note} if own.note else {})}
    return edit.place_through(project, own.kind, parent_id, at, **fields)


def remember(project: Project, ids: Iterable[int], name: str) -> None:
    """Note from which preset elements were made (none: empty), without a change of their values."""
    with project.edit(f"Note preset {name}" if name else "Forget the preset"):
        for element_id in ids:
            project.set(element_id, preset=name)


def reset(project: Project, ids: Iterable[int], known: Iterable[OwnPreset]) -> None:
    """Give elements the values of the presets they were made from again: one's own, else those that ship."""
    found = {(own.kind, own.name): own for own in reversed(list(known))}
    chosen = list(ids)
    with project.edit("Reset to preset"):
        reached = [i for i in chosen if _reset_one(project, i, found)]
        if not reached:
            names = sorted({project.elements[i].preset for i in chosen} - {""})
            gone = f" The preset “{names[0]}” is neither in this design nor in your library." if names else ""
            raise RuleError(f"Nothing of what is selected was made from a preset that there is.{gone}")


def _reset_one(project: Project, element_id: int, known: dict[tuple[str, str], OwnPreset]) -> bool:
    element = project.elements[element_id]
    own = known.get((element.kind, element.preset)) if element.preset else None
    if own is not None:
        edit.fill(project, [element_id], own.fields, "Reset to preset")
        return True
    done = False
    for kind, field in preset_lists():
        name = element.__dict__[field] if kind == element.kind else ""
        if name and known_preset(kind, field, name) is not None:
            edit.apply_preset(project, [element_id], name, field)
            done = True
    return done
