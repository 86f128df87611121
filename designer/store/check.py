"""Whether what was read from a file is a design: every value, then the tree and the links."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from designer.catalog import KINDS, LINKS
from designer.errors import FileError, RuleError
from designer.model.element import ROOT_ID, Element, Link
from designer.model.fields import check_value, field_specs
from designer.model.kind import why_not_inside
from designer.model.project import ELEMENT_LIMIT
from designer.store.content import Content
from designer.store.schema import Table, tables

_HELD = {int: (int,), bool: (int,), float: (float, int), str: (str,), bytes: (bytes,)}


def check_values(path: Path, content: Content) -> None:
    """Raise FileError that names the element and the field when a value is not one that a design can hold."""
    for table in tables().values():
        rows = content[table.name]
        if not rows:
            continue
        for place, (column, kind) in enumerate(zip(table.columns, table.types)):
            values = [row[place] for row in rows]
            if not _plausible(table, column, kind, values):
                _blame(path, table, column, kind, rows, place)


def _plausible(table: Table, column: str, kind: type, values: list[Any]) -> bool:
    """A quick look at a whole column; False when one by one must tell which value is wrong."""
    if not set(map(type, values)) <= set(_HELD[kind]):
        return False
    spec = field_specs(table.row).get(column)
    if kind is str:
        longest = (spec.max_length if spec else None) or 400
        if max(map(len, values)) > longest or any("\0" in value for value in values):
            return False
        return spec is None or not spec.choices or set(values) <= set(spec.choices)
    if kind is bool:
        return set(values) <= {0, 1}
    if kind is bytes:
        return True
    low, high = min(values), max(values)
    if not (math.isfinite(low) and math.isfinite(high)) or (column == "id" and low < 1):
        return False
    if spec is None:
        return True
    above = spec.low is None or low > spec.low or (low == spec.low and not spec.low_open)
    return above and (spec.high is None or high < spec.high or (high == spec.high and column != "day_peak_h"))


def _blame(path: Path, table: Table, column: str, kind: type, rows: Sequence[tuple[Any, ...]], place: int) -> None:
    for row in rows:
        value = row[place]
        fields = dict(zip(table.columns, row))
        who = str(fields.get("name") or f"{table.name} {fields.get('id', '')}")[:80].replace("\0", "")
        if type(value) not in _HELD[kind]:
            found = "nothing" if value is None else type(value).__name__
            raise FileError(f"{path.name} is damaged: {who} has {found} where its {column} should be.")
        if isinstance(value, str) and "\0" in value:
            raise FileError(f"{path.name} is damaged: the {column} of {who} holds a character that no text has.")
        if column == "id" and value < 1:
            raise FileError(f"{path.name} is damaged: {who} has the id {value}.")
        try:
            check_value(table.row, column, bool(value) if kind is bool and value in (0, 1) else value, who)
        except RuleError as error:
            raise FileError(f"{path.name} is damaged. {error}") from None


def check_graph(path: Path, rows: Sequence[Element | Link]) -> None:
    """Raise FileError when the elements are not one tree of legal parents, or a link does not join what it may."""
    elements: dict[int, Element] = {}
    links: list[Link] = []
    seen: set[int] = set()
    for row in rows:
        if row.id in seen:
            raise FileError(f"{path.name} is damaged: two things in it have the id {row.id}.")
        seen.add(row.id)
        if isinstance(row, Link):
            links.append(row)
        else:
            elements[row.id] = row
    if len(elements) > ELEMENT_LIMIT:
        raise FileError(f"{path.name} holds {len(elements):,} elements; the most is {ELEMENT_LIMIT:,}.")
    root = elements.get(ROOT_ID)
    if root is None or root.kind != "design" or sum(1 for e in elements.values() if e.kind == "design") != 1:
        raise FileError(f"{path.name} is damaged: it does not hold exactly one design.")
    for element in elements.values():
        if element.id != ROOT_ID:
            _check_parent(path, elements, element)
    _check_no_circle(path, elements)
    for link in links:
        _check_link(path, elements, link)


def _check_parent(path: Path, elements: dict[int, Element], element: Element) -> None:
    parent = elements.get(element.__dict__["parent"])
    name = element.__dict__["name"] or element.kind
    if parent is None:
        raise FileError(f"{path.name} is damaged: what {name} stands in is missing.")
    if parent is element:
        raise FileError(f"{path.name} is damaged: {name} stands in itself.")
    reason = why_not_inside(KINDS, element.kind, parent.kind)
    if reason:
        raise FileError(f"{path.name} is damaged: {name} stands in {parent.name or parent.kind}; {reason}.")


def _check_no_circle(path: Path, elements: dict[int, Element]) -> None:
    good = {ROOT_ID}
    for start in elements:
        way = []
        here = start
        while here not in good:
            way.append(here)
            if len(way) > len(elements):
                raise FileError(f"{path.name} is damaged: some elements stand in each other in a circle.")
            here = elements[here].__dict__["parent"]
        good.update(way)


def _check_link(path: Path, elements: dict[int, Element], link: Link) -> None:
    rule = LINKS.get(link.kind)
    source, target = elements.get(link.source), elements.get(link.target)
    if rule is None:
        raise FileError(f"{path.name} holds a link of the kind “{link.kind[:40]}”, which this version does not know.")
    if source is None or target is None:
        raise FileError(f"{path.name} is damaged: one end of a link “{rule.label}” is missing.")
    if source.kind not in rule.sources or target.kind not in rule.targets:
        raise FileError(f"{path.name} is damaged: “{rule.label}” joins {source.name} with {target.name}.")
