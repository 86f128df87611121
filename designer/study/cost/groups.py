"""Groups of a bill: the zone, region, service or kind to which a line belongs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.model.tree import Tree
from designer.study.cost.lines import CostLine
from designer.words import mark, tr

By = Literal["line", "element", "kind", "zone", "region", "service"]
WAYS: tuple[By, ...] = ("line", "element", "kind", "zone", "region", "service")
SHARED = mark("Shared")
TO_SERVICE = {"vm": ("member",), "load_balancer": ("balances",), "function": ("serves",), "bucket": ("serves",)}


def key_of(tree: Project, by: By) -> Callable[[CostLine], int | str]:
    """What a line is summed by; of what belongs to no zone, region or service “Shared”."""
    if by == "line":
        return lambda line: tr(line.what)
    if by == "element":
        return lambda line: line.element
    if by == "kind":
        return lambda line: tr(tree.kinds[tree.elements[line.element].kind].label)
    if by == "service":
        return lambda line: line.service or _service(tree, line.element) or tr(SHARED)
    return lambda line: _above(tree, line.element, by) or tr(SHARED)


def _above(tree: Tree, element_id: int, kind: str) -> int:
    here = element_id
    while here != ROOT_ID:
        if tree.elements[here].kind == kind:
            return here
        here = tree.elements[here].__dict__["parent"]
    return 0


def _service(tree: Tree, element_id: int) -> int:
    """The service that an element serves; of a volume that of its VM, of a group that of its template; 0 for none."""
    element = tree.elements[element_id]
    if element.kind == "service":
        return element_id
    if element.kind == "volume":
        vms = tree.targets(element_id, "attached_to") or [element.__dict__["parent"]]
        return _service(tree, vms[0]) if tree.elements[vms[0]].kind == "vm" else 0
    if element.kind == "auto_scaling_group":
        templates = tree.targets(element_id, "template")
        return _service(tree, templates[0]) if templates else 0
    if element.kind == "database":
        users = tree.sources(element_id, "depends_on")
        return users[0] if len(users) == 1 and tree.elements[users[0]].kind == "service" else 0
    return next((i for link in TO_SERVICE.get(element.kind, ()) for i in tree.targets(element_id, link)), 0)
