"""Whether the rules that were asked when elements were placed and linked still hold after a change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from designer.model.element import ROOT_ID, Element, Link
from designer.model.kind import Kinds, LinkKinds
from designer.model.tree import Tree


def to_recheck(
    tree: Tree,
    kinds: Kinds,
    link_kinds: LinkKinds,
    changed: Mapping[int, Collection[str]],
    added: Iterable[int] = (),
) -> dict[int, None]:
    """The ids of elements and links whose rules a change may have broken, in order.

    `changed` has the names of changed fields by id. An element that changed in a field that rules read, or that moved,
    is checked with its descendants and everything linked with them, or with those that its kind's `narrow_rules` name;
    so is what was `added`. Links of kinds without a rule are not.
    """
    ruled = {name for name, kind in link_kinds.items() if kind.link_error is not None}
    elements: dict[int, None] = {}
    alone: dict[int, None] = {}
    links: dict[int, None] = {}
    for row_id, fields in changed.items():
        if row_id in tree.links:
            if not {"role"}.issuperset(fields):
                links[row_id] = None
        elif row_id in tree.elements:
            read = _read(kinds, tree.elements[row_id], fields)
            narrow = kinds[tree.elements[row_id].kind].narrow_rules
            if not read <= narrow.keys():
                elements.update(dict.fromkeys(tree.subtree(row_id)))
            elif read:
                alone.update(_named(tree, row_id, [narrow[name] for name in read]))
    for row_id in added:
        (links if row_id in tree.links else elements)[row_id] = None
    links.update((link.id, None) for element in elements for link in tree.links_of(element))
    return {**elements, **alone, **{i: None for i in links if tree.links[i].__dict__["kind"] in ruled}}


def _read(kinds: Kinds, element: Element, fields: Collection[str]) -> set[str]:
    """The changed fields that rules read; the parent is always one."""
    return set(fields).intersection((*kinds[element.kind].rule_fields, "parent"))


def _named(tree: Tree, element_id: int, who: Iterable[tuple[str, str] | None]) -> dict[int, None]:
    """An element, and its descendants of some kinds that have a value in a field."""
    found, fields = {element_id: None}, dict(filter(None, who))
    for row_id in tree.subtree(element_id) if fields else ():
        element = tree.elements[row_id]
        name = fields.get(element.kind)
        if name is not None and element.__dict__[name]:
            found[row_id] = None
    return found


def broken(tree: Tree, kinds: Kinds, link_kinds: LinkKinds, ids: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Those of some elements and links that break a rule, with the reason as a sentence."""
    for row_id in ids:
        sentence = why_broken(tree, kinds, link_kinds, row_id)
        if sentence:
            yield row_id, sentence


def why_broken(tree: Tree, kinds: Kinds, link_kinds: LinkKinds, row_id: int) -> str | None:
    """Why an element or a link breaks a rule, as a sentence; None where it breaks none."""
    if row_id in tree.links:
        reason = _link_error(tree, link_kinds, tree.links[row_id])
    else:
        reason = _element_error(tree, kinds, tree.elements[row_id]) if row_id in tree.elements else None
    return f"{reason}." if reason else None


def _element_error(tree: Tree, kinds: Kinds, element: Element) -> str | None:
    kind = kinds[element.kind]
    reason = kind.value_error(element) if kind.value_error is not None else None
    fields = element.__dict__
    if reason is None and kind.placement_error is not None and fields["id"] != ROOT_ID:
        reason = kind.placement_error(tree, element, tree.elements[fields["parent"]])
    return f"{element.name}: {reason}" if reason else None


def _link_error(tree: Tree, link_kinds: LinkKinds, link: Link) -> str | None:
    """Why a present link could not be added now."""
    rule = link_kinds[link.__dict__["kind"]]
    if rule.link_error is None:
        return None
    with tree.without(link):
        return rule.link_error(tree, tree.elements[link.source], tree.elements[link.target])
