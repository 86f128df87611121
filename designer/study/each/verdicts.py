"""Whether clusters, zones and regions hold the loss of any one of what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from designer.engine.spec import Spec
from designer.study.each.answer import KINDS, Fall, PlaceVerdict


def verdicts_of(spec: Spec, falls: Iterable[Fall], whole: bool) -> tuple[PlaceVerdict, ...]:
    """N+1 (and N+2) of each cluster for its hosts, each zone for what stands in it, each region for its zones. `whole`:
    whether every host was in maintenance meanwhile; where not, only what breaks is known.
    """
    by_id = {fall.id: fall for fall in falls}
    made = []
    for place, kind, ids in _asked(spec):
        tried = [by_id[i] for i in ids if i in by_id]
        if len(tried) < len(ids) or not tried:
            continue
        worst = min(tried, key=lambda fall: fall.rank)
        one = all(fall.holds for fall in tried)
        breaks = any(fall.meanwhile is not None and fall.meanwhile.breaks for fall in tried)
        told = whole and all(fall.meanwhile is not None for fall in tried)
        two = False if breaks else True if told else None
        made.append(PlaceVerdict(place, kind, len(tried), worst.id, one, two))
    return tuple(made)


def _asked(spec: Spec) -> Iterator[tuple[int, str, list[int]]]:
    """Each place with a kind of what it holds, and the elements of that kind."""
    for cluster in spec.clusters:
        yield cluster.id, "host", [host.id for host in spec.hosts if host.cluster == cluster.id]
    parent = {domain.id: domain.parent for domain in spec.domains} | {host.id: host.parent for host in spec.hosts}
    kind_of = {domain.id: domain.kind for domain in spec.domains} | {host.id: "host" for host in spec.hosts}
    inside: dict[tuple[int, str], list[int]] = {}
    for i, kind in kind_of.items():
        above = parent[i]
        while above in kind_of:
            if kind_of[above] == "zone" or (kind_of[above] == "region" and kind == "zone"):
                inside.setdefault((above, kind), []).append(i)
            above = parent[above]
    for place in (domain.id for domain in spec.domains if domain.kind in ("region", "zone")):
        for kind in KINDS:
            if (place, kind) in inside:
                yield place, kind, inside[place, kind]
