"""What elements draw, and which data centers become warm by the heat that cooling does not carry away."""

from __future__ import annotations

from typing import Any

from designer.model.element import ROOT_ID, Element, quantity
from designer.model.tree import Tree


def watts_drawn() -> Any:
    """The field of what an element that is no host draws."""
    return quantity(
        0.0,
        "W",
        "Power",
        group="Power",
        zero="not known",
        ge=0,
        le=1e7,
        help="What it draws while it is up. 0: not known.",
    )


def hall_of(tree: Tree, element_id: int) -> int:
    """The data center that an element is or stands in; 0: none."""
    while element_id != ROOT_ID:
        element = tree.elements[element_id]
        if element.kind == "data_center":
            return element_id
        element_id = element.__dict__["parent"]
    return 0


def halls_cooled(tree: Tree, cooling: int) -> list[int]:
    """The data centers that a cooling unit cools, in order."""
    return sorted({hall_of(tree, target) for target in tree.targets(cooling, "cools")} - {0})


def warms_by_load(tree: Tree, cooling: Element) -> bool:
    """Whether a cooling unit carries heat up to a capacity out of a data center; else all that it cools shuts down some
    time after its failure."""
    return bool(cooling.__dict__["capacity_w"]) and bool(halls_cooled(tree, cooling.id))
