"""Tidy: containers packed anew from the inside out, in rows by what their elements are. Raises RuleError.

What is placed depends on kinds, names, sizes and links alone, so that the same design always comes out the same, and a
second time changes nothing. What was placed by hand stays, and the rest is packed around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from designer.commands.edit import tops, unlocked
from designer.errors import RuleError
from designer.model import layout
from designer.model.boxes import Rect, around
from designer.model.element import ROOT_ID, natural
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
MOST_PASSES = 8
"""How often boxes are packed anew at most, until their corner is where packing began."""


def scope(project: Project, ids: Iterable[int]) -> list[int]:
    """The containers whose content Tidy packs: those selected, or all."""
    chosen = tops(project, ids) or [ROOT_ID]
    return [i for root in chosen for i in project.subtree(root) if project.kind(i).box.flow == "free"]


def tidy(project: Project, ids: Iterable[int] = (), everything: bool = False) -> int:
    """Pack the content of containers, or of the whole design; several siblings are packed among themselves, too.

    What is locked or was placed by hand stays, and the rest is packed around it. `everything`: also what was placed by
    hand is packed, and no longer counts as such. Returns how many stay because they were placed by hand.
    """
    chosen = tops(project, ids)
    free, siblings = scope(project, chosen), _siblings(project, chosen)
    if not free and not siblings:
        raise RuleError(tr("Select a container, or several elements of one, or nothing to tidy the whole drawing."))
    by_hand = [i for some in _packs(project, free, siblings) for i in some if _is_placed(project, i)]
    with project.edit(tr("Tidy everything") if everything else tr("Tidy")):
        for element_id in by_hand if everything else ():
            project.set(element_id, placed=False)
        for container_id in reversed(free):
            _pack(project, container_id, layout.drawn_children(project, container_id))
            if container_id != ROOT_ID:
                layout.fit(project, container_id)
        layout.settle(project, dict.fromkeys(project.elements[i].parent for i in chosen))
        for parent_id, some in siblings.items():
            _pack(project, parent_id, some)
            layout.settle(project, [parent_id])
    return 0 if everything else len(by_hand)


def _siblings(project: Project, chosen: Iterable[int]) -> dict[int, list[int]]:
    """Those of some elements that are packed among themselves, by the container that they stand in."""
    groups: dict[int, list[int]] = {}
    for element_id in chosen:
        parent_id = project.elements[element_id].parent
        if project.kind(element_id).drawn and project.kind(parent_id).box.flow == "free":
            groups.setdefault(parent_id, []).append(element_id)
    return {parent: some for parent, some in groups.items() if len(some) > 1}


def _packs(project: Project, free: Iterable[int], siblings: Mapping[int, list[int]]) -> Iterable[list[int]]:
    """What is packed together, with what stays: the content of containers, and siblings in another."""
    whole = {i: layout.drawn_children(project, i) for i in free}
    return {**siblings, **whole}.values()


def _is_placed(project: Project, element_id: int) -> bool:
    return bool(project.elements[element_id].__dict__["placed"])


def _pack(project: Project, container_id: int, ids: Sequence[int]) -> None:
    """Place some children of a container in bands, around the others, those that are locked, and those that were
    placed by hand."""
    ids = [i for i in unlocked(project, ids) if not _is_placed(project, i)]
    box = project.kind(container_id).box
    chosen = set(ids)
    stay = [i for i in layout.drawn_children(project, container_id) if i not in chosen]
    _separate(project, container_id, stay)
    if not ids:
        return
    rects = {i: layout.rect_of(project, i) for i in layout.drawn_children(project, container_id)}
    fixed = [rects[i] for i in stay]
    ordered = sorted(ids, key=lambda i: _order(project, i))
    bands = [list(some) for _, some in groupby(ordered, key=lambda i: _order(project, i)[0])]
    lanes = _lanes(project, bands)
    rows = [
        Band(tuple((rects[i].w, rects[i].h) for i in some), box.gap + LANE * min(lanes[n], MOST_LANES))
        for n, some in enumerate(bands)
    ]
    by_hand = all(_is_placed(project, i) for i in stay)
    if container_id != ROOT_ID and by_hand:
        places = packed(rows, (box.padding, box.header + box.padding), box.gap, fixed)
    else:
        places = _packed_there(rows, around(rects[i] for i in ids), box.gap, fixed)
    project.arrange({i: rect for some, made in zip(bands, places) for i, rect in zip(some, made)})


def _packed_there(rows: Sequence[Band], whole: Rect, gap: float, fixed: Sequence[Rect]) -> list[list[Rect]]:
    """Boxes packed from the corner of where they stood on. Where something fixed stands at that corner, they begin
    where they then come to, so that a second time changes nothing."""
    for _ in range(MOST_PASSES if fixed else 1):
        places = packed(rows, (whole.x, whole.y), gap, fixed)
        corner, whole = whole, around(rect for made in places for rect in made)
        if (corner.x, corner.y) == (whole.x, whole.y):
            break
    return places


def _separate(project: Project, container_id: int, ids: Sequence[int]) -> None:
    """Let what was placed by hand make way where something else that stays has grown over it."""
    taken: list[Rect] = []
    hit: list[int] = []
    for element_id in sorted(ids, key=lambda i: _is_placed(project, i)):
        rect = layout.rect_of(project, element_id)
        if _is_placed(project, element_id) and any(rect.overlaps(other) for other in taken):
            hit.append(element_id)
        else:
            taken.append(rect)
    if hit:
        layout.give_way(project, container_id, hit)


def _order(project: Project, element_id: int) -> tuple[int, int, bool, list[tuple[int, int, str]], int]:
    """Where an element stands among its siblings: band, kind, public before private, name with numbers in their order,
    rank."""
    element = project.elements[element_id]
    band, place = _PLACE.get(element.kind, (3, len(BANDS[3])))
    return band, place, not element.__dict__.get("public", False), natural(element.name), element.rank


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
