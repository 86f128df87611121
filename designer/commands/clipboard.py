"""Copy and paste as JSON text under our own MIME type: new ids, a legal parent, links among the copied kept."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from typing import Any

from designer.commands.edit import tops
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Element, Link, make, new_id, values
from designer.model.project import Project

MIME = "application/x-cloud-designer+json"
FORMAT = 1


def copy(project: Project, ids: Iterable[int]) -> str:
    """The elements, all that stands in them and the links that start in them, as JSON."""
    roots = tops(project, ids)
    inside = [i for root in roots for i in project.subtree(root)]
    held = set(inside)
    links = {k.id: k for i in inside for k in project.links_of(i) if k.source in held}
    boxes = {i: layout.absolute_rect(project, i) for i in roots}
    return json.dumps(
        {
            "format": FORMAT,
            "roots": [{"id": i, "x": boxes[i].x, "y": boxes[i].y} for i in roots],
            "elements": [{"kind": project.elements[i].kind, **_plain(project.elements[i])} for i in inside],
            "links": [_plain(k) for k in links.values()],
        }
    )


def _plain(row: Element | Link) -> dict[str, Any]:
    return {
        name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in values(row).items()
    }


def _parsed(text: str) -> dict[str, Any]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict) or held.get("format") != FORMAT or not isinstance(held.get("elements"), list):
        raise RuleError("The clipboard holds nothing that can be pasted into a design.")
    return held


def why_not_paste(project: Project, text: str, parent_id: int) -> str | None:
    """Why the copied elements may not be pasted into a parent, or None when they may."""
    held = _parsed(text)
    kinds = {e.get("id"): str(e.get("kind")) for e in held["elements"]}
    for root in held.get("roots", []):
        kind = kinds.get(root.get("id"), "")
        if kind not in project.kinds:
            return f"“{kind}” is not a kind this version knows"
        reason = project.why_not(kind, parent_id)
        if reason:
            return reason
    return None


def paste(
    project: Project, text: str, parent_id: int = ROOT_ID, at: tuple[float, float] | None = None, verb: str = "Paste"
) -> list[int]:
    """Put copies of the copied elements into a parent, the first at a point of the drawing; ids of the outermost."""
    held = _parsed(text)
    reason = why_not_paste(project, text, parent_id)
    if reason:
        raise RuleError(f"This cannot be pasted here: {reason}.")
    fresh = {e["id"]: new_id() for e in held["elements"]}
    roots = {r["id"]: (float(r["x"]), float(r["y"])) for r in held["roots"]}
    count = len(roots)
    with project.edit(f"{verb} {count} element{'s' if count != 1 else ''}"):
        for given in held["elements"]:
            _paste_one(project, given, fresh, roots, parent_id, at)
        for given in held.get("links", []):
            _paste_link(project, given, fresh)
        parents = {project.elements[i].id for i in fresh.values() if project.kind(i).container}
        layout.settle(project, parents | {parent_id})
    return [fresh[i] for i in roots]


def _paste_one(
    project: Project,
    given: dict[str, Any],
    fresh: dict[int, int],
    roots: dict[int, tuple[float, float]],
    parent_id: int,
    at: tuple[float, float] | None,
) -> None:
    table = project.kinds[given["kind"]].table
    fields = {k: _revived(v) for k, v in given.items() if k in table.model_fields}
    old = fields["id"]
    fields["id"] = fresh[old]
    if old not in roots:
        fields["parent"] = fresh[fields["parent"]]
        project.add(make(table, fields))
        return
    fields.update(parent=parent_id, rank=0)
    if not project.kinds[given["kind"]].container:
        fields["w"], fields["h"] = layout.size_in(project, given["kind"], parent_id)
    if project.kind(parent_id).box.flow == "free" and project.kinds[given["kind"]].drawn:
        wanted = _wanted(project, roots, old, parent_id, at)
        fields["x"], fields["y"] = layout.free_spot(project, parent_id, (fields["w"], fields["h"]), wanted)
    project.add(make(table, fields))


def _wanted(
    project: Project,
    roots: dict[int, tuple[float, float]],
    old: int,
    parent_id: int,
    at: tuple[float, float] | None,
) -> tuple[float, float] | None:
    if at is None:
        return None
    first = next(iter(roots.values()))
    above = layout.Rect(0, 0, 0, 0) if parent_id == ROOT_ID else layout.absolute_rect(project, parent_id)
    return at[0] + roots[old][0] - first[0] - above.x, at[1] + roots[old][1] - first[1] - above.y


def _revived(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) and "base64" in value else value


def _paste_link(project: Project, given: dict[str, Any], fresh: dict[int, int]) -> None:
    """A copied link leads to the copy of its target, or to the target itself where that is in this design."""
    source = fresh.get(given["source"])
    target = fresh.get(given["target"], given["target"])
    if source is None or project.why_no_link(given["kind"], source, target):
        return
    project.add(Link(kind=given["kind"], source=source, target=target, role=given.get("role", "")))


def duplicate(project: Project, ids: Sequence[int]) -> list[int]:
    """Copies of elements beside the originals, in the same parents; ids of the copies."""
    made: list[int] = []
    with project.edit("Duplicate"):
        for root in tops(project, ids):
            made += paste(project, copy(project, [root]), project.elements[root].parent)
    return made
