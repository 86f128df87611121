"""Places an estate that was read from another program's export, laid out, as one undo step; or updates it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from designer.collector import collector_off
from designer.commands.arrange.tidy import tidy
from designer.errors import RuleError
from designer.exchange.estate.inventory import Inventory, Part
from designer.model import boxes, layout
from designer.model.boxes import Rect
from designer.model.element import NAME_LIMIT, ROOT_ID, Element, Link, make, new_id
from designer.model.project import Project
from designer.words import tr, trn

TOGETHER = 500
"""Elements and links that are made or added at once; where one of the links is refused, each."""


@dataclass(frozen=True)
class PlacedEstate:
    """What was placed: the id of each part by its key, those that stand in the chosen parent, and links made."""

    ids: Mapping[str, int]
    tops: tuple[int, ...]
    links: int
    inventory: Inventory

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        counts = self.inventory.counts
        return tr(
            "{0}: {1}, {2} and {3}.",
            self.inventory.origin,
            trn("{0:,} host", "{0:,} hosts", counts.get("host", 0)),
            trn("{0:,} VM", "{0:,} VMs", counts.get("vm", 0)),
            trn("{0:,} other", "{0:,} others", len(self.ids) - counts.get("host", 0) - counts.get("vm", 0)),
        )


def place(project: Project, inventory: Inventory, parent_id: int = ROOT_ID) -> PlacedEstate:
    """Place all parts of an inventory in a parent, as one undo step. A link that a rule refuses is left out and told
    in the inventory's remarks. Raises RuleError where a part may not stand where it should; then nothing is placed."""
    if not inventory.parts:
        raise RuleError(tr("{0} lists nothing that a design holds.", inventory.origin))
    order = _in_order(inventory.parts)
    with collector_off(), project.edit(tr("Import {0}", inventory.origin)):
        rows = _rows(project, order, parent_id)
        _lay_out(project, order, rows)
        tops = [rows[part.key] for part in order if not part.parent]
        _put_in_free_place(project, parent_id, tops)
        for first in range(0, len(order), TOGETHER):  # each of them is told, and may be the last
            project.add_many([rows[part.key] for part in order[first : first + TOGETHER]])
        ids = {key: int(row.__dict__["id"]) for key, row in rows.items()}
        links = join(project, inventory, ids)
        standing = [int(row.__dict__["id"]) for row in tops]
        layout.settle(project, [parent_id])
        if any(project.kind(i).box.flow == "free" for i in standing):
            tidy(project, standing)
    return PlacedEstate(ids, tuple(standing), links, inventory)


def _in_order(parts: Mapping[str, Part]) -> list[Part]:
    """Parts with those that they stand in before them. Raises RuleError for a circle or a parent that is not there."""
    order: dict[str, Part] = {}
    for part in parts.values():
        chain: list[Part] = []
        above: Part | None = part
        while above is not None and above.key not in order:
            if above in chain:
                raise RuleError(tr("{0} stands in itself.", above.name))
            chain.append(above)
            if above.parent and above.parent not in parts:
                raise RuleError(tr("{0} stands in something that is not listed.", above.name))
            above = parts[above.parent] if above.parent else None
        order.update((one.key, one) for one in reversed(chain))
    return list(order.values())


def _rows(project: Project, order: Sequence[Part], parent_id: int) -> dict[str, Element]:
    rows: dict[str, Element] = {}
    ranks: dict[str, int] = {}
    for number, part in enumerate(order):
        if number % TOGETHER == 0 and project.noted is not None:  # it may be the last
            project.noted(0)
        fields = {**part.fields, "name": part.name[:NAME_LIMIT] or part.kind, "foreign_id": part.foreign_id[:200]}
        if part.kind == "vm" and "mhz" not in fields and part.parent and rows[part.parent].kind == "host":
            fields["mhz"] = rows[part.parent].__dict__["mhz"]
        row = make(project.kinds[part.kind].table, fields)
        above = int(rows[part.parent].__dict__["id"]) if part.parent else parent_id
        row.__dict__.update(id=new_id(), parent=above, rank=ranks.setdefault(part.parent, 0))
        ranks[part.parent] += 1
        rows[part.key] = row
    return rows


def _lay_out(project: Project, order: Sequence[Part], rows: Mapping[str, Element]) -> None:
    """Give each part its box, from the innermost outwards."""
    inside: dict[str, list[Element]] = {}
    for part in reversed(order):
        row, kind = rows[part.key], project.kinds[part.kind]
        held = [one for one in reversed(inside.pop(part.key, [])) if project.kinds[one.kind].drawn]
        size = _filled(project, row, held) if kind.container else (kind.box.min_w, kind.box.min_h)
        row.__dict__.update(w=size[0], h=size[1])
        inside.setdefault(part.parent, []).append(row)


def _filled(project: Project, row: Element, held: Sequence[Element]) -> tuple[float, float]:
    """Arrange what stands in a container; return its width and height."""
    box = project.kinds[row.kind].box
    if box.flow == "grid":
        placed = layout.cells_of(box, len(held))
    elif box.flow == "stack":
        width = max((one.__dict__["w"] for one in held), default=box.min_w)
        heights = [one.__dict__["h"] for one in held]
        placed = [Rect(*at, width, h) for at, h in zip(layout.stacked(box, width, heights), heights)]
    else:
        placed = _in_rows(held, box.gap, (box.padding, box.header + box.padding))
    _put(held, placed)
    return layout.holding(box, placed)


def _in_rows(held: Sequence[Element], gap: float, origin: tuple[float, float]) -> list[Rect]:
    sizes = [(one.__dict__["w"], one.__dict__["h"]) for one in held]
    spots = boxes.in_rows(sizes, gap, layout.ROWS_SHAPE)
    return [Rect(origin[0] + x, origin[1] + y, *size) for (x, y), size in zip(spots, sizes)]


def _put_in_free_place(project: Project, parent_id: int, tops: Sequence[Element]) -> None:
    """Put the outermost parts beside what is there."""
    placed = _in_rows(tops, project.kind(parent_id).box.gap, (0.0, 0.0))
    size = max(box.right for box in placed), max(box.bottom for box in placed)
    x, y = layout.free_spot(project, parent_id, size)
    _put(tops, [box.moved(x, y) for box in placed])


def _put(rows: Iterable[Element], placed: Iterable[Rect]) -> None:
    for row, box in zip(rows, placed):
        row.__dict__.update(x=box.x, y=box.y, w=box.w, h=box.h)


def join(project: Project, inventory: Inventory, ids: Mapping[str, int]) -> int:
    """Make the links of an inventory between elements by the keys of its parts; return how many. One that a rule
    refuses is left out and told in the remarks."""
    made, waiting = 0, [list(inventory.joins)]
    while waiting:
        some = waiting.pop()
        if len(some) > TOGETHER:
            waiting += [some[TOGETHER:], some[:TOGETHER]]
            continue
        links = [make(Link, {"kind": one.kind, "source": ids[one.source], "target": ids[one.target]}) for one in some]
        try:
            made += len(project.add_many(links))
        except RuleError as error:
            if len(some) > 1:  # none was made: each by itself
                waiting += [[one] for one in reversed(some)]
            else:
                inventory.remark("left_out", tr("A link: {0}", error), inventory.parts[some[0].source].name)
    return made
