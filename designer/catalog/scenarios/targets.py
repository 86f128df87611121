"""Which elements of a design the events of a scenario hit: named ones, and those that a rule picks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from designer.catalog import KINDS
from designer.catalog.rules.flows import MAY_FAIL, called
from designer.catalog.scenarios.events import ACTIONS, ScenarioEvent
from designer.errors import RuleError
from designer.model.kind import with_article
from designer.model.tree import Tree
from designer.words import mark, tr

NOUNS = {"private_link": mark("link between zones")}
"""What is hit and is no element, by its kind."""
PARTS = {"fail_part": "fail", "recover_part": "recover"}
"""What happens to each host of a part."""
IN_A_RUN = {**PARTS, "no_start": "fail", "restore": "recover"}
"""What events are in a run, where that has another name: a generator that has failed does not start."""


@dataclass(frozen=True)
class EventHit:
    """What happens to one element or link at `time_s`; `event` is the number of its event in the scenario."""

    time_s: float
    what: str
    id: int
    value: float
    event: int


def target_error(tree: Tree, event: ScenarioEvent) -> str | None:
    """Why an event hits nothing of a design, as a sentence without its full stop, or None."""
    if event.target:
        known = event.target in tree.elements or event.target in tree.links
        return None if known else tr("what it hits is no longer in the design")
    if next(iter(_of_kind(tree, event.kind)), None) is not None:
        return None
    return tr("the design has no {0}", noun_of(event.kind))


def noun_of(kind: str) -> str:
    """What a kind is called in a sentence."""
    return tr(KINDS[kind].noun if kind in KINDS else NOUNS.get(kind, kind.replace("_", " ")))


def hits_of(tree: Tree, events: Sequence[ScenarioEvent], seed: int) -> list[EventHit]:
    """What a scenario does to a design, in order of time. Rules pick by a seed: another element changes no luck of the
    others. Raises RuleError where a target is gone or a rule finds nothing.
    """
    found: list[EventHit] = []
    hit: dict[int, None] = {}
    for number, event in enumerate(events):
        if error := target_error(tree, event):
            raise RuleError(tr("Event {0} of the scenario cannot happen: {1}.", number + 1, error))
        targets = [event.target] if event.target else _picked(tree, event, list(hit), seed)
        if not targets:
            raise RuleError(
                tr(
                    "Event {0} of the scenario cannot happen: no {1} belongs to what the events before it hit.",
                    number + 1,
                    noun_of(event.kind),
                )
            )
        for turn, target in enumerate(targets):
            begin_s = event.at_s + (turn * event.for_s if event.pick == "each" and not event.target else 0.0)
            found += _hits(tree, event, number, target, begin_s, seed)
        hit |= dict.fromkeys(targets)
    return sorted(found, key=lambda one: one.time_s)


def _hits(tree: Tree, event: ScenarioEvent, number: int, target: int, begin_s: float, seed: int) -> Iterator[EventHit]:
    if event.what == "upgrade":
        end_s = begin_s + event.for_s
        off_s = end_s - event.value * 60.0
        for what, time_s in (("drain", begin_s), ("fail", off_s), ("recover", end_s), ("open", end_s)):
            if event.value or what in ("drain", "open"):
                yield EventHit(time_s, what, target, 0.0, number)
        return
    ids = [target] if event.what not in PARTS else part_of(tree, target, event.value, seed)
    for what, time_s in (
        (event.what, begin_s),
        (ACTIONS[event.what].ends if event.for_s else "", begin_s + event.for_s),
    ):
        for element_id in ids if what else ():
            yield EventHit(time_s, IN_A_RUN.get(what, what), element_id, event.value, number)


def part_of(tree: Tree, place: int, part: float, seed: int) -> list[int]:
    """The hosts of a part of a place; where it has none, the VMs that stand straight in it. Raises RuleError."""
    inside = [i for i in tree.subtree(place) if tree.elements[i].kind == "host"]
    if not inside:
        inside = [i for i in tree.subtree(place) if tree.elements[i].kind == "vm" and not _is_template(tree, i)]
    if not inside:
        raise RuleError(tr("{0} has neither hosts nor VMs.", called(tree, place)))
    return sorted(_in_order(inside, seed, "part")[: max(round(part * len(inside)), 1 if part > 0.0 else 0)])


def nothing_hit(name: str, events: Sequence[ScenarioEvent]) -> RuleError:
    """The error of a scenario that hits nothing."""
    if not events:
        return RuleError(tr("The scenario “{0}” has no events.", name))
    return RuleError(tr("The events of the scenario “{0}” hit nothing.", name))


def _is_template(tree: Tree, vm: int) -> bool:
    return bool(tree.elements[vm].__dict__.get("template"))


def _picked(tree: Tree, event: ScenarioEvent, hit: list[int], seed: int) -> list[int]:
    candidates = list(_of_kind(tree, event.kind))
    if event.pick == "any":
        return _in_order(candidates, seed, event.kind)[:1]
    if event.pick == "theirs":
        near = set(_near(tree, hit))
        return [i for i in candidates if i in near]
    return candidates


def _of_kind(tree: Tree, kind: str) -> Iterator[int]:
    if kind in MAY_FAIL:
        yield from sorted(link.id for link in tree.links.values() if link.kind == kind)
        return
    for element in tree.of_kind(kind):
        if not element.__dict__.get("template"):
            yield element.id


def _near(tree: Tree, hit: Iterable[int]) -> Iterator[int]:
    """What stands in, holds, or is linked to some elements, or to what stands in them; ends of some links."""
    for one in hit:
        if one in tree.links:
            yield from (tree.links[one].source, tree.links[one].target)
            continue
        yield from tree.ancestors(one)
        for inner in tree.subtree(one):
            yield inner
            for link in tree.links_of(inner):
                yield from (link.id, link.source, link.target)


def _in_order(ids: Iterable[int], seed: int, purpose: str) -> list[int]:
    """Ids in an order by chance, in which each keeps its place among the others whatever comes or goes."""
    return sorted(ids, key=lambda i: hashlib.blake2b(f"{seed}/{purpose}/{i}".encode(), digest_size=16).digest())


def told(tree: Tree, event: ScenarioEvent) -> str:
    """What an event does, in words: "zone-a fails", "any one zone fails"."""
    if event.target:
        known = target_error(tree, event) is None
        who = called(tree, event.target) if known else tr("something that is gone")
    else:
        noun = noun_of(event.kind)
        who = {
            "any": tr("any one {0}", noun),
            "all": tr("every {0}", noun),
            "each": tr("each {0} in turn", noun),
            "theirs": tr("{0} that belongs to it", with_article(noun)),
        }[event.pick]
    return ACTIONS[event.what].told([who])
