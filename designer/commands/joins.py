"""Links of many elements as one undo step: what may join them, and what to offer where nothing may.

Where no link joins the elements themselves, their content is joined: a rack with a service means its VMs with the
service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from designer.commands import links
from designer.errors import RuleError
from designer.model.element import Link
from designer.model.kind import LinkKind, with_article
from designer.model.project import Project
from designer.words import mark, tr, trn

Pair = tuple[int, int]
MOST_NEIGHBORS, MOST_OFFERED = 200, 8
"""How many links of an element are followed, and how many others are offered, where a link is impossible."""


@dataclass(frozen=True)
class LinkOffer:
    """Links of one kind from sources to targets that one step adds. `left`: how many others are impossible, the
    first of them for a `reason`. `replaces`: each source loses its link of this kind. `near`: how the target
    relates to the wanted one."""

    kind: str
    pairs: tuple[Pair, ...]
    left: int = 0
    reason: str = ""
    replaces: bool = False
    near: str = ""


def sides(project: Project, chosen: Sequence[int]) -> tuple[list[int], list[int]]:
    """Some elements in two parts to link: those of one kind, and the others; with one kind only, the last and the
    others. Among several ways to part them, the first that may be linked, from the last chosen on."""
    kinds = list(dict.fromkeys(project.elements[i].kind for i in chosen))
    parts = [
        (
            [i for i in chosen if project.elements[i].kind != kind],
            [i for i in chosen if project.elements[i].kind == kind],
        )
        for kind in reversed(kinds)
    ]
    if len(kinds) == 1:
        parts = [(list(chosen[:-1]), list(chosen[-1:]))]
    return next((part for part in parts if offers(project, *part)), parts[0])


def offers(project: Project, ones: Sequence[int], others: Sequence[int]) -> list[LinkOffer]:
    """All links that may join some elements with others, in either direction; those that start at the first come
    first. Where no kind of link fits, links with the content of the elements."""
    if any(True for way in ((ones, others), (others, ones)) for _ in _fitting(project, *way)):
        return _between(project, ones, others)
    inside = _inside(project, ones)
    return _between(project, inside, others) or _between(project, ones, _inside(project, others))


def offer(project: Project, kind: str, sources: Sequence[int], targets: Sequence[int]) -> LinkOffer:
    """The possible links of a kind from sources to targets, and how many are impossible."""
    rule, given = project.link_kinds[kind], Counter[int]()
    pairs: list[Pair] = []
    left, first = 0, ""
    for source in sources:
        for target in targets:
            reason = (
                project.why_no_link(kind, source, target)
                if source != target
                else tr("An element cannot be linked with itself")
            )
            if reason is None and rule.per_source is not None and given[source] >= rule.per_source:
                reason = tr("{0} takes one link “{1}”", project.elements[source].name, rule.label)
            if reason is None:
                given[source] += 1
                pairs.append((source, target))
            else:
                left, first = left + 1, first or reason
    return LinkOffer(kind, tuple(pairs), left, first)


def _between(project: Project, ones: Sequence[int], others: Sequence[int]) -> list[LinkOffer]:
    ways = ((ones, others), (others, ones)) if list(ones) != list(others) else ()
    found = (
        offer(project, rule.name, *ends)
        for back, way in enumerate(ways)
        for rule, *ends in _fitting(project, *way)
        if not (back and rule.mutual)
    )
    return [made for made in found if made.pairs]


def _fitting(
    project: Project, sources: Sequence[int], targets: Sequence[int]
) -> Iterator[tuple[LinkKind, list[int], list[int]]]:
    """Each kind of link that joins kinds of sources with kinds of targets, with the elements of one kind a side."""
    by_kind = [_by_kind(project, side) for side in (sources, targets)]
    for rule in project.link_kinds.values():
        for start in (kind for kind in by_kind[0] if kind in rule.sources):
            for end in (kind for kind in by_kind[1] if kind in rule.targets):
                yield rule, by_kind[0][start], by_kind[1][end]


def _by_kind(project: Project, ids: Sequence[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for element_id in ids:
        if element_id in project.elements:
            found.setdefault(project.elements[element_id].kind, []).append(element_id)
    return found


def _inside(project: Project, ids: Sequence[int]) -> list[int]:
    """The descendants of some elements, without the elements."""
    tops = {i: None for i in ids if i in project.elements}
    return [i for i in dict.fromkeys(i for top in tops for i in project.subtree(top)) if i not in tops]


# -- where no link may be made


def others_than(project: Project, ones: Sequence[int], others: Sequence[int]) -> list[LinkOffer]:
    """What to offer where nothing joins some elements with others: links that replace present ones, and links with
    what either side is linked with (users reach a load balancer through its service)."""
    found = [*_in_place(project, ones, others), *_in_place(project, others, ones)]
    for here, there in ((ones, others), (others, ones)):
        own = set(here)
        for neighbor, link in _neighbors(project, there):
            if neighbor not in own:
                near = links.sentence(project, link.kind, link.source, link.target)
                made = (made for made in _between(project, here, [neighbor]) if _alike(project, made.kind, link.kind))
                found += [replace(one, near=near) for one in made]
            if len(found) >= MOST_OFFERED:
                return found[:MOST_OFFERED]
    return found


def _alike(project: Project, one: str, other: str) -> bool:
    """Whether two kinds of link carry the same: requests, power, or packets."""
    return project.link_kinds[one].layer == project.link_kinds[other].layer


def _in_place(project: Project, sources: Sequence[int], targets: Sequence[int]) -> list[LinkOffer]:
    """Links that replace those of the same kind, of which each source has one."""
    found = []
    for rule, starts, ends in _fitting(project, sources, targets):
        if rule.per_source != 1 or len(ends) != 1:
            continue
        pairs = [(start, ends[0]) for start in starts if _may_replace(project, rule.name, start, ends[0])]
        if pairs:
            found.append(LinkOffer(rule.name, tuple(pairs), len(starts) - len(pairs), replaces=True))
    return found


def _may_replace(project: Project, kind: str, source: int, target: int) -> bool:
    present = [link for link in project.links_of(source, kind) if link.source == source]
    if len(present) != 1 or present[0].target == target:
        return False
    with project.without(present[0]):
        return project.why_no_link(kind, source, target) is None


def _neighbors(project: Project, ids: Sequence[int]) -> Iterator[tuple[int, Link]]:
    """The elements that some elements are linked with, and the links."""
    for element_id in ids[:MOST_OFFERED]:
        for link in project.links_of(element_id)[:MOST_NEIGHBORS]:
            yield link.target if link.source == element_id else link.source, link


def why_none(project: Project, ones: Sequence[int], others: Sequence[int]) -> str:
    """Why nothing joins some elements with others, and which kinds join their kinds."""
    for rule, starts, ends in (*_fitting(project, ones, others), *_fitting(project, others, ones)):
        made = offer(project, rule.name, starts, ends)
        if made.reason:
            return made.reason
    for inner in ((_inside(project, ones), others), (ones, _inside(project, others))):
        for rule, starts, ends in (*_fitting(project, *inner), *_fitting(project, *inner[::-1])):
            made = offer(project, rule.name, starts, ends)
            if made.left and not made.pairs:
                return tr("None of the content can be linked: {0}", made.reason)
    reason = links.why_not_connect(project, ones[0], others[0]) or tr("Nothing joins them")
    one, other = (project.elements[ids[0]].kind for ids in (ones, others))
    between = _through(project, one, other) if one != other else []
    if not between:
        return reason
    nouns = tr(" or ").join(with_article(noun) for noun in between)
    return tr("{0}; they are joined through {1}", reason, nouns)


def _through(project: Project, one: str, other: str) -> list[str]:
    """The nouns of kinds that links of one layer join with both of two kinds."""

    def joined(kind: str) -> set[tuple[str, str]]:
        rules = project.link_kinds.values()
        ends = [(rule.layer, rule.targets) for rule in rules if kind in rule.sources]
        ends += [(rule.layer, rule.sources) for rule in rules if kind in rule.targets]
        return {(layer, name) for layer, names in ends for name in names}

    both = {name for _, name in joined(one) & joined(other)}
    return [tr(kind.noun) for kind in project.kinds.values() if kind.name in both][:2]


# -- saying and making


def said(project: Project, made: LinkOffer) -> str:
    """What an offer says: “web-1 is a member of shop”, “72 VMs are members of shop”."""
    source, target = made.pairs[0]
    if len(made.pairs) == 1:
        text = links.sentence(project, made.kind, source, target)
    else:
        sources, targets = (list(dict.fromkeys(ends)) for ends in zip(*made.pairs))
        rule = project.link_kinds[made.kind]
        verb = tr(rule.verbs if len(sources) > 1 else rule.verb)
        text = f"{called(project, sources)} {verb} {called(project, targets)}"
    old = {link.target for s, _ in made.pairs for link in project.links_of(s, made.kind) if link.source == s}
    if made.replaces:
        return tr("{0}, no longer {1}", text, called(project, list(old)))
    return f"{text} ({made.near})" if made.near else text


def left_over(made: LinkOffer) -> str:
    """How many links were not added, and why; empty when all were."""
    if not made.left or not made.reason:
        return ""
    return trn(" {0:,} was not linked: {1}.", " {0:,} were not linked: {1}.", made.left, made.reason)


def called(project: Project, ids: Sequence[int]) -> str:
    """The name of one element, or how many of which kind."""
    if len(ids) == 1:
        return project.called(project.elements[ids[0]])
    kinds = {project.elements[i].kind for i in ids}
    kind = project.kinds[kinds.pop()] if len(kinds) == 1 else None
    return f"{len(ids):,} {tr(kind.plural if kind is not None else mark('elements'))}"


def connect_many(project: Project, made: LinkOffer) -> list[int]:
    """Add the links of an offer as one undo step; return their ids. Each is checked after the earlier ones: one that
    is refused then is left out. Raises RuleError when none is added."""
    rule = project.link_kinds[made.kind]
    ids: list[int] = []
    reason = made.reason
    with project.edit(tr("Link: {0}", rule.label)):
        for source, target in made.pairs:
            if made.replaces and _may_replace(project, made.kind, source, target):
                project.remove_many(k.id for k in project.links_of(source, made.kind) if k.source == source)
            why = project.why_no_link(made.kind, source, target)
            if why is not None:
                reason = reason or why
                continue
            ends = project.elements[source], project.elements[target]
            role = rule.role_of(project, *ends) if rule.role_of is not None else ""
            ids.append(project.add(Link(kind=made.kind, source=source, target=target, role=role)))
        if not ids:
            raise RuleError(tr("Not linked: {0}.", reason or tr("nothing joins them")))
    return ids
