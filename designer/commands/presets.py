"""Presets and blueprints saved in the design: save, use, rename, update, remove.

Each is one undo step. Those of the library come as records; the library itself is the store's. Raises RuleError.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from designer.catalog.kinds.saved.blueprint import own_blueprint
from designer.catalog.kinds.saved.preset import own_preset
from designer.catalog.presets.own import OwnBlueprint, OwnPreset, packed_fields, packed_text, storable
from designer.catalog.presets.shipped import known_preset, preset_lists
from designer.commands import edit
from designer.commands.blueprints import text_of
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element, make
from designer.model.project import Project
from designer.words import tr

Own = OwnPreset | OwnBlueprint


def presets_of(project: Project, kind: str = "") -> list[OwnPreset]:
    """The presets saved in the design, of a kind or of all, by kind and name, without damaged ones."""
    rows = [row for row in _sound(project, "preset") if kind in ("", row.__dict__["of_kind"])]
    return sorted((own_preset(project.kinds, row) for row in rows), key=lambda own: (own.kind, own.name))


def blueprints_of(project: Project) -> list[OwnBlueprint]:
    """The blueprints saved in the design, by name, without damaged ones."""
    found = (own_blueprint(row) for row in _sound(project, "blueprint"))
    return sorted(found, key=lambda own: own.name)


def _sound(project: Project, sort: str) -> list[Element]:
    load_error = project.kinds[sort].load_error
    return [row for row in project.of_kind(sort) if load_error is None or load_error(project.kinds, row) is None]


# -- from what is drawn to what is saved


def preset_from(project: Project, element_id: int, name: str) -> OwnPreset:
    """A preset with the values of an element."""
    element = project.elements[element_id]
    kind = project.kinds[element.kind]
    fields = {field: element.__dict__[field] for field in storable(kind)}
    if not fields or element_id == ROOT_ID:
        raise RuleError(tr("{0} has no fields for a preset; save it as a blueprint instead.", kind.label))
    return OwnPreset(element.kind, _named(name), fields)


def blueprint_from(project: Project, ids: Iterable[int], name: str, teaches: str = "") -> OwnBlueprint:
    """A blueprint of elements, everything in them and the links among them."""
    drawn = [i for i in edit.tops(project, ids) if project.kind(i).drawn]
    if not drawn:
        raise RuleError(tr("Select one or more elements for the blueprint first."))
    own = OwnBlueprint(_named(name), text_of(project, drawn), teaches.strip())
    packed_text(own.text, own.name)  # too large: said before anything is done
    return own


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise RuleError(tr("A name needs at least one letter."))
    return name


# -- saving


def save(project: Project, own: Own, from_id: int = 0) -> int:
    """Save a preset or blueprint in the design; return the id of its element. `from_id` is the element it was made
    of."""
    _check_free(project, own)
    if isinstance(own, OwnPreset):
        kind, values = "preset", {"of_kind": own.kind, "held": packed_fields(own.fields)}
    else:
        kind, values = "blueprint", {"data": packed_text(own.text, f"“{own.name}”")}  # type: ignore[dict-item]
    with project.edit(tr("Save {0}", own.name)):
        made = project.add(make(project.kinds[kind].table, {"name": own.name, "note": own.note, **values}))
        if from_id:
            project.set(from_id, preset=own.name)
    return made


def _check_free(project: Project, own: Own, but: int = 0) -> None:
    """Refuse a name of another preset of the kind, or of another blueprint."""
    if isinstance(own, OwnPreset):
        taken = any(p.name == own.name and p.id != but for p in presets_of(project, own.kind))
        what = tr("preset “{0}” for {1}", own.name, project.kinds[own.kind].plural)
    else:
        taken = any(b.name == own.name and b.id != but for b in blueprints_of(project))
        what = tr("blueprint “{0}”", own.name)
    if taken:
        raise RuleError(tr("This design already has a {0}; update that one, or choose another name.", what))


def check_like(project: Project, own: Own, given: Own) -> None:
    """Refuse to replace a preset or blueprint with one of another sort or kind."""
    if isinstance(own, OwnPreset) != isinstance(given, OwnPreset):
        raise RuleError(tr("“{0}” cannot be replaced: one is a preset, the other a blueprint.", own.name))
    if isinstance(own, OwnPreset) and isinstance(given, OwnPreset) and own.kind != given.kind:
        there, here = (tr(project.kinds[k].plural) for k in (own.kind, given.kind))
        raise RuleError(tr("“{0}” is a preset for {1}; it cannot hold the values of {2}.", own.name, there, here))


def update(project: Project, own: Own, given: Own) -> None:
    """Replace the content of a saved preset or blueprint and keep its name."""
    check_like(project, own, given)
    values: dict[str, Any]
    if isinstance(given, OwnPreset):
        values = {"held": packed_fields(given.fields)}
    else:
        values = {"data": packed_text(given.text, f"“{own.name}”")}
    with project.edit(tr("Update {0}", own.name)):
        project.set(own.id, **values)


def rename(project: Project, own: Own, name: str) -> None:
    """Rename a saved preset or blueprint; elements made from it follow."""
    name = _named(name)
    _check_free(project, replace(own, name=name), but=own.id)
    with project.edit(tr("Rename {0}", own.name)):
        project.set(own.id, name=name)
        for element_id in users_of(project, own):
            project.set(element_id, preset=name)


def forget(project: Project, own: Own) -> None:
    """Remove a saved preset or blueprint from the design; elements made from it stay unchanged."""
    with project.edit(tr("Delete {0}", own.name)):
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
    """Fill elements of its kind with the values of a preset, and note its name in them."""
    chosen = [i for i in ids if project.elements[i].kind == own.kind]
    if not chosen:
        raise RuleError(tr("“{0}” is a preset for {1}; select some first.", own.name, project.kinds[own.kind].plural))
    edit.fill(project, chosen, {**own.fields, "preset": own.name}, tr("Use {0}", own.name))


def place(project: Project, own: OwnPreset, parent_id: int = ROOT_ID, at: tuple[float, float] | None = None) -> int:
    """Place a new element made from a preset, with the missing levels in between; return its id."""
    fields = {**own.fields, "preset": own.name, **({"note": own.note} if own.note else {})}
    return edit.place_through(project, own.kind, parent_id, at, **fields)


def remember(project: Project, ids: Iterable[int], name: str) -> None:
    """Note the preset of elements (empty: none), without changing their values."""
    with project.edit(tr("Note preset {0}", name) if name else tr("Clear preset")):
        for element_id in ids:
            project.set(element_id, preset=name)


def reset(project: Project, ids: Iterable[int], known: Iterable[OwnPreset]) -> None:
    """Give elements the values of their presets again: saved presets first, then shipped ones."""
    found = {(own.kind, own.name): own for own in reversed(list(known))}
    chosen = list(ids)
    with project.edit(tr("Reset to preset")):
        reached = [i for i in chosen if _reset_one(project, i, found)]
        if not reached:
            names = sorted({project.elements[i].preset for i in chosen} - {""})
            gone = tr(" The preset “{0}” is neither in this design nor in your library.", names[0]) if names else ""
            raise RuleError(tr("No selected element was made from an available preset.{0}", gone))


def _reset_one(project: Project, element_id: int, known: dict[tuple[str, str], OwnPreset]) -> bool:
    element = project.elements[element_id]
    own = known.get((element.kind, element.preset)) if element.preset else None
    if own is not None:
        edit.fill(project, [element_id], own.fields, tr("Reset to preset"))
        return True
    done = False
    for kind, field in preset_lists():
        name = element.__dict__[field] if kind == element.kind else ""
        if name and known_preset(kind, field, name) is not None:
            edit.apply_preset(project, [element_id], name, field)
            done = True
    return done
