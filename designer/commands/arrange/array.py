"""Arrays: copies of elements in rows and columns, as one undo step. Raises RuleError."""

from __future__ import annotations

from collections.abc import Iterable

from designer.commands import clipboard
from designer.commands.arrange.align import put
from designer.commands.copies import Copies
from designer.commands.edit import tops
from designer.errors import RuleError
from designer.model import layout
from designer.model.amounts import ELEMENT_LIMIT
from designer.model.boxes import Rect, around
from designer.model.project import Project
from designer.words import tr


def size_of(project: Project, ids: Iterable[int], columns: int, rows: int) -> int:
    """How many elements an array adds, with all that stands in them."""
    inside = sum(1 for i in tops(project, ids) for _ in project.subtree(i))
    return inside * max(columns * rows - 1, 0)


def array(
    project: Project, ids: Iterable[int], columns: int, rows: int, gap: tuple[float, float] | None = None
) -> Copies:
    """Repeat elements so that they stand `columns` times side by side and `rows` times one below the other.

    `gap`: horizontal and vertical, in drawing units; None: the usual one of the container. Return the ids of the
    copies.
    """
    chosen = tops(project, ids)
    if not chosen or columns < 1 or rows < 1 or columns * rows < 2:
        raise RuleError(tr("Select what to repeat, and give two or more columns or rows."))
    if len(project.elements) + size_of(project, chosen, columns, rows) > ELEMENT_LIMIT:
        raise RuleError(tr("A design holds at most {0:,} elements.", ELEMENT_LIMIT))
    groups: dict[int, list[int]] = {}
    for element_id in chosen:
        groups.setdefault(project.elements[element_id].parent, []).append(element_id)
    made = Copies()
    with project.edit(tr("Array of {0} × {1}", columns, rows)):
        for parent_id, some in groups.items():
            _repeat(project, parent_id, some, columns, rows, gap, made)
    return made


def _repeat(
    project: Project,
    parent_id: int,
    ids: list[int],
    columns: int,
    rows: int,
    gap: tuple[float, float] | None,
    made: Copies,
) -> None:
    """Repeat elements of one container; add the copies to `made`."""
    free = project.kind(parent_id).box.flow == "free"
    text = clipboard.copy(project, ids, bring=False)
    usual = project.kind(parent_id).box.gap
    boxes = [layout.rect_of(project, i) for i in ids]
    drawn = [n for n, i in enumerate(ids) if project.kind(i).drawn]
    whole = around([boxes[n] for n in drawn]) if drawn else Rect(0, 0, 0, 0)
    wide, high = gap if gap is not None else (usual, usual)
    places: dict[int, Rect] = {ids[n]: boxes[n] for n in drawn}
    for number in range(1, columns * rows):
        row, column = divmod(number, columns)
        dx, dy = column * (whole.w + wide), row * (whole.h + high)
        above = layout.absolute_rect(project, ids[0])
        at = (above.x + dx, above.y + dy) if free and drawn else None
        copies = clipboard.paste(project, text, parent_id, at)
        made.extend(copies)
        made.unlinked.extend(copies.unlinked)
        places.update((copies[n], boxes[n].moved(dx, dy)) for n in drawn)
    if free and drawn:
        put(project, parent_id, places)
        layout.settle(project, [parent_id])
