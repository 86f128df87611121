"""Blueprints: a subtree as text, and placing one as a block, as one undo step. Raises RuleError."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from designer.commands import clipboard, edit
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.words import tr

FIRST_ID = 1001
"""The first element id in a blueprint's text. Placing assigns new ids."""
TRIED = 1_000
"""Most elements of a blueprint that is tried while it hovers: some tens of milliseconds."""


def text_of(project: Project, ids: Iterable[int], **told: str) -> str:
    """Elements, everything in them and the links among them, as compact JSON in the clipboard's format.

    Equal designs give equal text, whatever their ids. `told` goes in front (title, what it teaches ...).
    """
    copied: dict[str, Any] = json.loads(clipboard.copy(project, ids, bring=False))
    number = {row["id"]: FIRST_ID + n for n, row in enumerate(copied["elements"])}
    left = min((root["x"] for root in copied["roots"]), default=0.0)
    top = min((root["y"] for root in copied["roots"]), default=0.0)
    roots = [{"id": number[r["id"]], "x": r["x"] - left, "y": r["y"] - top} for r in copied["roots"]]
    links = sorted(
        (k["kind"], number[k["source"]], number[k["target"]], k["role"])
        for k in copied["links"]
        if k["source"] in number and k["target"] in number
    )
    made = {
        **told,
        "format": copied["format"],
        "roots": roots,
        "elements": [_compact(project, row, number) for row in copied["elements"]],
        "links": [dict(zip(("kind", "source", "target", "role"), link)) for link in links],
    }
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


def _compact(project: Project, row: Mapping[str, Any], number: Mapping[int, int]) -> dict[str, Any]:
    """A copied element without fields at their default."""
    fields = project.kinds[row["kind"]].table.model_fields
    kept = {k: v for k, v in row.items() if k in ("kind", "w", "h") or v != fields[k].get_default()}
    return {**kept, "id": number[row["id"]], "parent": number.get(row["parent"], ROOT_ID)}


def size_of(text: str) -> tuple[float, float]:
    """Width and height of a blueprint in the drawing."""
    boxes = clipboard.boxes_of(text)
    left, top = min((b.x for b in boxes), default=0.0), min((b.y for b in boxes), default=0.0)
    return max((b.right for b in boxes), default=0.0) - left, max((b.bottom for b in boxes), default=0.0) - top


def why_not_place(project: Project, text: str, parent_id: int) -> tuple[list[str], str | None]:
    """The kinds to add in between so that a blueprint may stand in a parent, or why it, or something in it, may not
    stand there. A blueprint of more than `TRIED` elements and links is asked for its outermost ones only.

    The design is changed and changed back; nobody is told. Not inside an edit.
    """
    between, reason = _why_not_outermost(project, text, parent_id)
    if reason is None and clipboard.count_of(text) <= TRIED:
        try:
            with project.edit(tr("Try")):
                _place(project, text, parent_id, between, None)
                raise _Tried
        except _Tried:
            return between, None
        except RuleError as error:
            return [], str(error).removesuffix(".")
    return between, reason


class _Tried(RuleError):
    """Ends an edit that was opened to be undone."""


def _why_not_outermost(project: Project, text: str, parent_id: int) -> tuple[list[str], str | None]:
    reason = clipboard.why_not_paste(project, text, parent_id)
    kinds = clipboard.root_kinds(text)
    if reason is None or len(kinds) != 1 or not kinds <= project.kinds.keys():
        return [], reason
    return edit.why_not_place_through(project, kinds.pop(), parent_id)


def place(
    project: Project, text: str, title: str, parent_id: int = ROOT_ID, at: tuple[float, float] | None = None
) -> list[int]:
    """Place a blueprint in a parent as one block, with its corner at a point relative to the parent or at the next
    free place.

    Add the levels that are missing in between. Return the ids of its outermost elements.
    """
    between, reason = _why_not_outermost(project, text, parent_id)
    if reason:
        raise RuleError(tr("{0} cannot be placed here: {1}.", title, reason))
    with project.edit(tr("Place {0}", title)):
        return _place(project, text, parent_id, between, at)


def _place(
    project: Project, text: str, parent_id: int, between: Iterable[str], at: tuple[float, float] | None
) -> list[int]:
    for level in between:
        parent_id, at = edit.place(project, level, parent_id, at), None
    return clipboard.paste(project, text, parent_id, _corner(project, text, parent_id, at))


def begin(project: Project, text: str, title: str) -> list[int]:
    """Start a new design from a blueprint and name it; return the ids of the outermost elements."""
    with project.edit(tr("New from {0}", title)):
        edit.rename(project, ROOT_ID, title)
        return place(project, text, title)


def _corner(
    project: Project, text: str, parent_id: int, wanted: tuple[float, float] | None
) -> tuple[float, float] | None:
    """Where the first of the outermost elements is drawn, so that all have their place."""
    if project.kind(parent_id).box.flow != "free":
        return None
    x, y = layout.free_spot(project, parent_id, size_of(text), wanted)
    above = layout.Rect(0, 0, 0, 0) if parent_id == ROOT_ID else layout.absolute_rect(project, parent_id)
    boxes = clipboard.boxes_of(text)
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    return above.x + x + boxes[0].x - left, above.y + y + boxes[0].y - top
