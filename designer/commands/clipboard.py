"""Copy and paste as JSON text under our own MIME type: new ids, new names, a legal parent, the same links."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, FiniteFloat

from designer.catalog.rules.identity import region_from_name, zone_from_name
from designer.commands.copies import Copies, lacks
from designer.commands.edit import tops
from designer.commands.names import NameSeries, Series
from designer.errors import DesignerError, RuleError
from designer.foreign import json_of, memory_for
from designer.memory import must_have
from designer.model import boxes, layout
from designer.model.boxes import BOX_LIMITS, within
from designer.model.element import ROOT_ID, Element, Link, make, new_id, values
from designer.model.fields import check_row, check_value, field_specs
from designer.model.project import Project
from designer.words import mark, tr, trn

MIME = "application/x-cloud-designer+json"
FORMAT = 2
REFERENCE = "reference:"
"""The prefix of the editor of a field that holds an id."""
PLACE = ("id", "parent", "rank", "x", "y", "w", "h", "hug", "locked", "hidden", "placed")
VALUES_LIMIT = 5_000_000
"""Most values in a text that can be pasted."""
MOST_TOLD, MORE = 1_000, mark("One more link was not copied.")
"""Most missing links of a copy whose reason is worked out; the others have this sentence."""
FOREIGN = mark("The clipboard holds nothing that can be pasted into a design.")
EMPTY = mark("The clipboard is empty. Closing the program in which something was copied may clear it.")


class _Root(BaseModel):
    """One of the outermost copied elements, with its place in the drawing."""

    id: int
    x: Annotated[FiniteFloat, AfterValidator(lambda x: _near("x", x, 0.0))]
    y: Annotated[FiniteFloat, AfterValidator(lambda y: _near("y", y, 0.0))]


class _Row(BaseModel, extra="allow"):
    """A copied element; its other fields are checked when it is added."""

    id: int
    kind: str
    parent: int = ROOT_ID


class _Link(BaseModel):
    """A copied link."""

    kind: str
    source: int
    target: int
    role: str = ""


class _Copied(BaseModel):
    """The content of the clipboard's text: parents before children. `brought` is what the elements refer to."""

    format: Literal[1, 2]
    roots: list[_Root]
    elements: list[_Row]
    links: list[_Link] = []
    brought: list[_Row] = []

    def is_whole(self) -> bool:
        """Whether each root is there once and each other element stands in an earlier one."""
        roots = {root.id for root in self.roots}
        seen: set[int] = set()
        for row in self.elements:
            if row.id in seen or (row.id not in roots and row.parent not in seen):
                return False
            seen.add(row.id)
        return roots <= seen and len(roots) == len(self.roots)


def copy(project: Project, ids: Iterable[int], bring: bool = True) -> str:
    """The elements, everything in them and their links, as JSON; `bring`: with the traces and presets that they
    refer to, for another design."""
    roots = tops(project, ids)
    inside = [i for root in roots for i in project.subtree(root)]
    links = {k.id: k for i in inside for k in project.links_of(i)}
    places = {i: layout.absolute_rect(project, i) for i in roots}
    return json.dumps(
        {
            "format": FORMAT,
            "roots": [{"id": i, "x": places[i].x, "y": places[i].y} for i in roots],
            "elements": [{"kind": project.elements[i].kind, **_plain(project.elements[i])} for i in inside],
            "links": [_plain(k) for k in links.values()],
            "brought": [
                {"kind": project.elements[i].kind, **_plain(project.elements[i])}
                for i in (referred(project, inside) if bring else ())
            ],
        }
    )


def references(project: Project, kind: str) -> list[str]:
    """The fields of a kind that hold the id of another element."""
    return [name for name, spec in field_specs(project.kinds[kind].table).items() if spec.editor.startswith(REFERENCE)]


def referred(project: Project, ids: Iterable[int]) -> list[int]:
    """The traces and saved presets that elements refer to and that are not among them."""
    given = set(ids)
    found: dict[int, None] = {}
    presets = {(e.__dict__["of_kind"], e.name): e.id for e in project.of_kind("preset")}
    for element in (project.elements[i] for i in given):
        fields = element.__dict__
        named = presets.get((element.kind, fields["preset"])) if fields["preset"] else None
        for other in (*(fields[name] for name in references(project, element.kind)), named):
            if other in project.elements and other not in given:
                found[other] = None
    return sorted(found)


def _plain(row: Element | Link) -> dict[str, Any]:
    return {
        name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in values(row).items()
    }


def _checked(read: Any) -> _Copied:
    """The content, its many rows checked one by one: other threads have their turn between them."""
    elements = read.get("elements") if isinstance(read, dict) else None
    if not isinstance(elements, list):
        return _Copied.model_validate(read)
    copied = _Copied.model_validate({**read, "elements": []})
    copied.elements = [_Row.model_validate(row) for row in elements]
    return copied


@lru_cache(maxsize=4)  # asked again and again while hovering; nobody changes it
def _parsed(text: str) -> _Copied:
    try:  # native code that gets no memory ends the process, or waits for ever
        must_have(memory_for(text))
    except DesignerError as error:
        raise RuleError(str(error)) from None
    try:
        read = json_of(text, VALUES_LIMIT, rows="elements")
        if "\\ud" in text.lower():  # half a character cannot be shown or written: UnicodeEncodeError is a ValueError
            json.dumps(read, ensure_ascii=False).encode()
        copied = _checked(read)
    except (ValueError, RecursionError):  # a ValidationError is a ValueError
        raise RuleError(tr(FOREIGN)) from None
    if not copied.is_whole():
        raise RuleError(tr(FOREIGN))
    if copied.format == 1:
        _lift(copied.elements)
    return copied


def _lift(rows: Iterable[_Row]) -> None:
    """Give regions and zones of format 1, which were known by name, their codes."""
    codes: dict[int, str] = {}
    for row in rows:
        extra = row.model_extra
        name = "" if extra is None else str(extra.get("name", ""))
        if extra is not None and row.kind == "region":
            extra.update(region_from_name(name))
            codes[row.id] = str(extra.get("code", ""))
        elif extra is not None and row.kind == "zone":
            extra.update(zone_from_name(codes.get(row.parent, ""), name))


def boxes_of(text: str) -> list[layout.Rect]:
    """The boxes of the outermost copied elements in the drawing, in their order."""
    copied = _parsed(text)
    rows = {row.id: row.model_extra or {} for row in copied.elements}
    sizes = {root.id: [_length(rows[root.id].get(side)) for side in ("w", "h")] for root in copied.roots}
    return [layout.Rect(root.x, root.y, *sizes[root.id]) for root in copied.roots]


def _length(value: Any) -> float:
    return within(value, BOX_LIMITS["w"]) if isinstance(value, int | float) and value >= 0 else 0.0


def count_of(text: str) -> int:
    """How many elements and links were copied: pasting them takes that long."""
    copied = _parsed(text)
    return len(copied.elements) + len(copied.links)


def root_kinds(text: str) -> set[str]:
    """The kinds of the outermost copied elements."""
    copied = _parsed(text)
    roots = {root.id for root in copied.roots}
    return {row.kind for row in copied.elements if row.id in roots}


def why_not_paste(project: Project, text: str, parent_id: int) -> str | None:
    """Why the copied elements may not be pasted into a parent, or None when they may."""
    return _why_not(project, _parsed(text), parent_id)


def _why_not(project: Project, copied: _Copied, parent_id: int) -> str | None:
    roots = {root.id for root in copied.roots}
    for row in copied.elements:
        if row.kind not in project.kinds:
            kind = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in row.kind[:40])
            return tr("“{0}” is not a kind this version knows", kind)
        reason = _why_not_root(project, row, parent_id) if row.id in roots else None
        if reason:
            return reason
    return None


def _why_not_root(project: Project, row: _Row, parent_id: int) -> str | None:
    """Why one of the outermost elements may not stand in a parent, or None."""
    table = project.kinds[row.kind].table
    made = make(table, {**_given(project, row), "parent": parent_id})
    try:
        _check(project, made)
    except RuleError as error:
        return str(error).rstrip(".")
    return project.why_not(row.kind, parent_id, made)


def _check(project: Project, made: Element) -> None:
    """Check the values of an element from outside, and its content where its kind has some. Raises RuleError."""
    kind, name = project.kinds[made.kind], made.__dict__.get("name")
    who = name if isinstance(name, str) and name else kind.label
    made.__dict__.update(check_row(kind.table, values(made), who))
    sentence = kind.load_error(project.kinds, made) if kind.load_error is not None else None
    if sentence:
        raise RuleError(sentence)


def _given(project: Project, row: _Row) -> dict[str, Any]:
    """The values of a copied element; it stands within the drawing."""
    known = project.kinds[row.kind].table.model_fields
    fields = {k: _revived(v) for k, v in row.model_dump(exclude={"kind"}).items() if k in known}
    fields.update((side, _near(side, fields[side], 0.0)) for side in "xy" if side in fields)
    return fields


def _near(side: str, value: Any, otherwise: float) -> Any:
    """A value of a box, or another one where it is beyond the drawing: what stands at its edge could only grow out of
    it. What is no number stays as it is, to be refused."""
    far = isinstance(value, int | float) and abs(value) > BOX_LIMITS[side]
    return otherwise if far else value


def paste(
    project: Project, text: str, parent_id: int = ROOT_ID, at: tuple[float, float] | None = None, verb: str = "Paste"
) -> Copies:
    """Paste copied elements into a parent, the first at a point of the drawing; return the outermost copies."""
    count = len(_parsed(text).roots)
    with project.edit(trn("{1} {0} element", "{1} {0} elements", count, verb)):
        made = add_copies(project, text, parent_id, at, OwnValues(project))
        inside = (i for root in made for i in project.subtree(root))
        layout.settle(project, {parent_id, *(i for i in inside if project.kind(i).container)})
    return made


def add_copies(project: Project, text: str, parent_id: int, at: tuple[float, float] | None, own: OwnValues) -> Copies:
    """As `paste`, inside an open edit, which settles the boxes when all are there."""
    copied = _parsed(text)
    reason = _why_not(project, copied, parent_id)
    if reason:
        raise RuleError(tr("This cannot be pasted here: {0}.", reason))
    fresh = {row.id: new_id() for row in copied.elements}
    roots = {root.id: (root.x, root.y) for root in copied.roots}
    fresh |= _bring(project, copied.brought)
    spots = _spots(project, [row for row in copied.elements if row.id in roots], roots, parent_id, at)
    for row in copied.elements:
        _paste_one(project, row, fresh, spots, parent_id, own)
    return Copies((fresh[i] for i in roots), _paste_links(project, copied.links, fresh))


def _bring(project: Project, rows: Iterable[_Row]) -> dict[int, int]:
    """Add what the copied elements refer to, unless the design holds the same; return the ids here."""
    found: dict[int, int] = {}
    for row in rows:
        kind = project.kinds.get(row.kind)
        if kind is None or kind.drawn or "design" not in kind.inside:
            continue
        made = make(kind.table, {**_given(project, row), "parent": ROOT_ID, "rank": 0})
        _check(project, made)
        same = [e.id for e in project.of_kind(row.kind) if _is_same(e, made)]
        if same:
            found[row.id] = same[0]
        elif project.why_not(row.kind, ROOT_ID, made) is None:
            made.__dict__["id"] = 0
            found[row.id] = project.add(made)
    return found


def _is_same(one: Element, other: Element) -> bool:
    """Whether two elements mean the same, wherever they stand. A kind has one preset of a name."""
    if one.kind == "preset":
        return all(one.__dict__[name] == other.__dict__[name] for name in ("of_kind", "name"))
    return all(one.__dict__[name] == value for name, value in values(other).items() if name not in PLACE)


class OwnValues:
    """What a copy has of its own: its name, and values that must be unique."""

    def __init__(self, project: Project) -> None:
        self._project, self._series = project, NameSeries(project)
        self._foreign = {e.__dict__["foreign_id"] for e in project.elements.values()} - {""}
        self._groups: dict[tuple[int, str], str] = {}
        self._grouped: dict[int, Series] = {}

    def values(self, element: Element) -> dict[str, Any]:
        """Values of a copy, not yet in the design, that replace those of its original."""
        fields, project = element.__dict__, self._project
        found: dict[str, Any] = {"foreign_id": ""} if fields["foreign_id"] in self._foreign else {}
        if fields["grouped"]:
            found["grouped"] = self._group(fields["parent"], fields["grouped"])
        copied_in = project.kinds[element.kind].copied_in
        if copied_in is not None:
            found.update(copied_in(project, element, project.elements[fields["parent"]]))
        return {**found, "name": self._series.own(element.kind, found.get("name", fields["name"]))}

    def _group(self, parent_id: int, name: str) -> str:
        """The name of a copied group in a container: copies are a group of their own."""
        key = parent_id, name
        if key not in self._groups:
            if parent_id not in self._grouped:
                beside = (self._project.elements[i].__dict__["grouped"] for i in self._project.children(parent_id))
                self._grouped[parent_id] = Series(beside)
            self._groups[key] = self._grouped[parent_id].own(name)
        return self._groups[key]


def _paste_one(
    project: Project,
    row: _Row,
    fresh: dict[int, int],
    spots: dict[int, layout.Rect],
    parent_id: int,
    own: OwnValues,
) -> None:
    kind = project.kinds[row.kind]
    size = _size(project, row, parent_id)
    fields = {**_given(project, row), "id": fresh[row.id], "w": size[0], "h": size[1], "locked": False, "hidden": False}
    for name in references(project, row.kind):
        wanted_id = check_value(kind.table, name, fields.get(name, 0), kind.label)
        wanted_id = fresh.get(wanted_id, wanted_id)
        fields[name] = wanted_id if wanted_id in project.elements else 0
    if row.id not in spots:
        _add_copy(project, make(kind.table, {**fields, "parent": fresh[row.parent]}), own)
        return
    fields.update(parent=parent_id, rank=0, placed=False, **spots[row.id]._asdict())
    _add_copy(project, make(kind.table, fields), own)


def _size(project: Project, row: _Row, parent_id: int) -> tuple[float, float]:
    """Width and height of a copied element, or those of a new one. Raises RuleError."""
    kind, fields = project.kinds[row.kind], row.model_extra or {}
    least = layout.size_in(project, row.kind, parent_id)
    width, height = (
        check_value(kind.table, side, _near(side, _revived(fields.get(side, usual)), usual), kind.label)
        for side, usual in zip("wh", least)
    )
    return width, height


def _spots(
    project: Project,
    rows: Sequence[_Row],
    roots: dict[int, tuple[float, float]],
    parent_id: int,
    at: tuple[float, float] | None,
) -> dict[int, layout.Rect]:
    """The boxes of the outermost elements in their parent. Where placement is free, they keep their arrangement."""
    free = project.kind(parent_id).box.flow == "free"
    rects: dict[int, layout.Rect] = {}
    for row in rows:
        size, least = _size(project, row, parent_id), layout.size_in(project, row.kind, parent_id)
        if not project.kinds[row.kind].container:
            size = (max(size[0], least[0]), max(size[1], least[1])) if free else least
        rects[row.id] = layout.Rect(*roots[row.id], *size)
    drawn = [row.id for row in rows if project.kinds[row.kind].drawn]
    if free and drawn:
        above = layout.Rect(0, 0, 0, 0) if parent_id == ROOT_ID else layout.absolute_rect(project, parent_id)
        wanted = None if at is None else (at[0] - above.x, at[1] - above.y)
        given = [rects[i] for i in drawn]
        for i, spot, box in zip(drawn, layout.free_spots(project, parent_id, given, wanted), given):
            rects[i] = layout.Rect(*spot, box.w, box.h)
    return rects


def _add_copy(project: Project, element: Element, own: OwnValues) -> None:
    fields = element.__dict__
    fields["name"] = check_value(type(element), "name", fields["name"], project.kinds[element.kind].label)
    fields.update(own.values(element))
    project.add(element)


def _revived(value: Any) -> Any:
    if not (isinstance(value, dict) and isinstance(value.get("base64"), str)):
        return value
    try:
        return base64.b64decode(value["base64"], validate=True)
    except ValueError:
        raise RuleError(tr(FOREIGN)) from None


def _paste_links(project: Project, links: Sequence[_Link], fresh: dict[int, int]) -> list[str]:
    """Link the copies; a sentence for each link that the copies lack. Try refused links again while their number
    shrinks: one link may need another."""
    given = {(link.kind, link.source, link.target): link for link in reversed(links)}  # a second one would be refused
    left = [link for link in reversed(given.values()) if link.source in fresh or link.target in fresh]
    while left:
        refused = [link for link in left if not _paste_link(project, link, fresh)]
        if len(refused) == len(left):
            told = [_lacks(project, link, fresh) for link in refused[:MOST_TOLD]]
            return [*told, *[tr(MORE)] * (len(refused) - len(told))]
        left = refused
    return []


def _paste_link(project: Project, link: _Link, fresh: dict[int, int]) -> bool:
    """Link the copies of a copied link's ends. An end that was not copied is the original, where this design has it."""
    source, target = fresh.get(link.source, link.source), fresh.get(link.target, link.target)
    if project.why_no_link(link.kind, source, target):
        return False
    project.add(Link(kind=link.kind, source=source, target=target, role=link.role))
    return True


def _lacks(project: Project, link: _Link, fresh: dict[int, int]) -> str:
    source, target = fresh.get(link.source, link.source), fresh.get(link.target, link.target)
    return lacks(project, link.kind, source, target, source if link.source in fresh else target)


BESIDE = 64
"""Most places to the right and below that are tried for a copy; beyond them it goes to the next free place."""


def duplicate(project: Project, ids: Sequence[int]) -> Copies:
    """Copy elements beside the originals, in the same parents; return the ids of the copies.

    Where placement is free, all of one parent go together: right of the originals and level with them, or below.
    """
    made = Copies()
    groups: dict[int, list[int]] = {}
    for root in tops(project, ids):
        groups.setdefault(project.elements[root].parent, []).append(root)
    with project.edit("Duplicate"):
        for parent_id, roots in groups.items():
            copies = paste(project, copy(project, roots, bring=False), parent_id, _next_to(project, parent_id, roots))
            made.extend(copies)
            made.unlinked.extend(copies.unlinked)
    return made


def _next_to(project: Project, parent_id: int, roots: Sequence[int]) -> tuple[float, float] | None:
    """Where the first drawn copy goes in the drawing, so that all are aligned beside the originals; None: anywhere."""
    drawn = [i for i in roots if project.kind(i).drawn]
    box = project.kind(parent_id).box
    if box.flow != "free" or not drawn:
        return None
    rects = [layout.rect_of(project, i) for i in drawn]
    whole = boxes.around(rects)
    taken = boxes.Bins((layout.rect_of(project, i) for i in layout.drawn_children(project, parent_id)), rects)
    for step in range(1, BESIDE + 1):
        for dx, dy in ((step * (whole.w + box.gap), 0.0), (0.0, step * (whole.h + box.gap))):
            if all(taken.free(rect.moved(dx, dy)) for rect in rects):
                first = layout.absolute_rect(project, drawn[0])
                return first.x + dx, first.y + dy
    return None
