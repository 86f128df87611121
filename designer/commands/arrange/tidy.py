"""Tidy: containers packed anew from the inside out, in rows by what their elements are. Raises RuleError.

What is placed depends on kinds, names, sizes and links alone, so that the same design always comes out the same, and a
second time changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from designer.commands.edit import tops, unlocked
from designer.errors import RuleError
from designer.model import layout
from designer.model.boxes import around
from designer.model.element import ROOT_ID
from designer.model.packing import Band, packed
from designer.model.project import Project
from designer.words import tr

BANDS = (
    ("note",),
    ("user_population", "dns_name", "service"),
    ("ups", "generator", "power_feed", "cooling", "cluster", "vpc", "internet_gateway", "router", "firewall", "switch",
     "load_balancer", "auto_scaling_group", "security_group", "placement_group", "affinity_rule", "resource_pool",
     "function", "bucket", "database"),
    ("region", "zone", "data_center", "rack", "host", "subnet", "vm", "application"),
    ("datastore", "volume"),
    ("storage_array",),
)  # fmt: skip
"""The kinds that stand in one band, from top to bottom and from left to right; links then lead down."""
_PLACE = {kind: (n, m) for n, band in enumerate(BANDS) for m, kind in enumerate(band)}
LANE, MOST_LANES = 6.0, 8
"""Room for each link that passes between two bands, and for how many at most."""


def scope(project: Project, ids: Iterable[int]) -> list[int]:
    """The containers whose content Tidy packs: those selected, or all."""
    chosen = tops(project, ids) or [ROOT_ID]
    return [i for root in chosen for i in project.subtree(root) if project.kind(i).box.flow == "free"]


def tidy(project: Project, ids: Iterable[int] = ()) -> None:
    """Pack the content of containers, or of the whole design; several siblings are packed among themselves, too.
    What is locked stays, and the rest is packed around it."""
    chosen = tops(project, ids)
    free = scope(project, chosen)
    groups: dict[int, list[int]] = {}
    for element_id in chosen:
        parent_id = project.elements[element_id].parent
        if project.kind(element_id).drawn and project.kind(parent_id).box.flow == "free":
            groups.setdefault(parent_id, []).append(element_id)
    siblings = {parent: some for parent, some in groups.items() if len(some) > 1}
    if not free and not siblings:
        raise RuleError(tr("Select a container, or several elements of one, or nothing to tidy the whole drawing."))
    with project.edit(tr("Tidy")):
        for container_id in reversed(free):
            _pack(project, container_id, layout.drawn_children(project, container_id))
            if container_id != ROOT_ID:
                layout.fit(project, container_id)
        layout.settle(project, dict.fromkeys(project.elements[i].parent for i in chosen))
        for parent_id, some in siblings.items():
            _pack(project, parent_id, some)
            layout.settle(project, [parent_id])


def _pack(project: Project, container_id: int, ids: Sequence[int]) -> None:
    """Place some children of a container in bands, around the others and those that are locked."""
    ids = unlocked(project, ids)
    if not ids:
        return
    box = project.kind(container_id).box
    rects = {i: layout.rect_of(project, i) for i in layout.drawn_children(project, container_id)}
    chosen = set(ids)
    fixed = [rect for i, rect in rects.items() if i not in chosen]
    whole = around(rects[i] for i in ids)
    inside = container_id != ROOT_ID and not fixed
    origin = (box.padding, box.header + box.padding) if inside else (whole.x, whole.y)
    ordered = sorted(ids, key=lambda i: _order(project, i))
    bands = [list(some) for _, some in groupby(ordered, key=lambda i: _order(project, i)[0])]
    lanes = _lanes(project, bands)
    rows = [
        Band(tuple((rects[i].w, rects[i].h) for i in some), box.gap + LANE * min(lanes[n], MOST_LANES))
        for n, some in enumerate(bands)
    ]
    places = packed(rows, origin, box.gap, fixed)
    project.arrange({i: rect for some, made in zip(bands, places) for i, rect in zip(some, made)})


def _order(project: Project, element_id: int) -> tuple[int, int, bool, list[tuple[int, int, str]], int]:
    """Where an element stands among its siblings: band, kind, public before private, name with numbers in their order,
    rank."""
    element = project.elements[element_id]
    band, place = _PLACE.get(element.kind, (3, len(BANDS[3])))
    return band, place, not element.__dict__.get("public", False), _natural(element.name), element.rank


def _natural(name: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|\D+", name.lower())
    return [(0, int(part[:18]), part) if part.isdecimal() else (1, 0, part) for part in parts]


def _lanes(project: Project, bands: Sequence[Sequence[int]]) -> list[int]:
    """How many links (several of one kind between two siblings are one) pass the room above each band."""
    band_of = {i: n for n, some in enumerate(bands) for i in some}
    inside = {below: i for some in bands for i in some for below in project.subtree(i)}
    seen: set[tuple[int, int, str]] = set()
    lanes = [0] * len(bands)
    for below, top in inside.items():
        for link in project.links_of(below):
            other = inside.get(link.target if link.source == below else link.source)
            if other is None or project.link_kinds[link.kind].shown in ("quiet", "around", "within"):
                continue
            key = (min(top, other), max(top, other), link.kind)
            if band_of[top] != band_of[other] and key not in seen:
                seen.add(key)
                for n in range(min(band_of[top], band_of[other]) + 1, max(band_of[top], band_of[other]) + 1):
                    lanes[n] += 1
    return lanes
