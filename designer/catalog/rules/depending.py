"""What a service depends on, and whether services depend on each other in a circle."""

from __future__ import annotations

from designer.catalog.spec_builder import SpecBuilder
from designer.engine.spec import Feeds
from designer.model.circles import leads_to
from designer.model.element import Element
from designer.model.tree import Tree
from designer.words import tr


def why_not_depend(tree: Tree, service: Element, other: Element) -> str | None:
    """Why a service may not depend on something (it would depend on itself), or None when it may."""
    if other.id == service.id:
        return tr("{0} cannot depend on itself", service.name)
    if not leads_to(tree, "depends_on", other.id, service.id):
        return None
    return tr("{0} already depends on {1}, so neither could ever serve", other.name, service.name)


def needs(builder: SpecBuilder, service: Element) -> tuple[Feeds, tuple[int, ...]]:
    """What a service depends on: places (databases, functions and buckets without a service), one place of each group
    (the replicas of a database from which it only reads), and services.
    """
    found = builder.targets(service.id, "depends_on")
    read = builder.targets(service.id, "reads_from")
    replicas = (builder.targets(i, "primary_in") + builder.targets(i, "standby_in") or [i] for i in read)
    serving = [i for i in found if builder.tree.elements[i].kind == "service" or builder.target(i, "serves")]
    places = tuple((i,) for i in found if i not in serving)
    return places + tuple(map(tuple, replicas)), tuple(serving)
