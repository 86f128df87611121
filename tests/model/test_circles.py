"""Links that make an order: whether one leads to another, and what it costs to ask that of many."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.checks.rules import BrokenRules
from designer.model.circles import groups_of, leads_to
from designer.model.element import ROOT_ID, Link, make
from designer.model.project import Project
from designer.model.tree import Tree
from tests.steps import calls

FIRST = 10
ORDERS = {"starts_after": "vm", "depends_on": "service", "in_pool": "resource_pool"}


def linked(count: int, ways: Iterable[tuple[int, int]], kind: str = "starts_after") -> Project:
    """Elements with links between them, which are not asked whether they may be."""
    table, region, zone = KINDS[ORDERS[kind]].table, ROOT_ID + 1, ROOT_ID + 2
    parent = ROOT_ID if kind == "depends_on" else zone
    rows = [
        make(KINDS["region"].table, {"id": region, "parent": ROOT_ID, "name": "r"}),
        make(KINDS["zone"].table, {"id": zone, "parent": region, "name": "z"}),
        *(make(table, {"id": FIRST + n, "parent": parent, "name": f"e{n}"}) for n in range(count)),
    ]
    links = [
        make(Link, {"id": 10**6 + n, "kind": kind, "source": FIRST + a, "target": FIRST + b})
        for n, (a, b) in enumerate(ways)
    ]
    return Project(KINDS, LINKS, [*rows, *links])


def reached(ways: set[tuple[int, int]], start: int) -> set[int]:
    """What is reached, by trying until nothing is new."""
    found = {start}
    while more := {b for a, b in ways if a in found} - found:
        found |= more
    return found


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_that_a_way_is_found_where_there_is_one(ways: set[tuple[int, int]]) -> None:
    tree: Tree = linked(8, sorted(ways))
    groups = groups_of({FIRST + a: [FIRST + b for one, b in ways if one == a] for a in range(8)})
    for a in range(8):
        for b in range(8):
            assert leads_to(tree, "starts_after", FIRST + a, FIRST + b) == (b in reached(ways, a))
            both = b in reached(ways, a) and a in reached(ways, b)
            assert (groups[FIRST + a] == groups[FIRST + b]) == both


def chain(n: int) -> list[tuple[int, int]]:
    return [(k, k + 1) for k in range(n - 1)]


def circle(n: int) -> list[tuple[int, int]]:
    return [(k, (k + 1) % n) for k in range(n)]


@pytest.mark.parametrize("kind", ORDERS)
@pytest.mark.parametrize("ways", [chain, circle])
def test_that_rules_of_ten_times_as_many_links_are_asked_by_ten_times_as_many_calls(
    kind: str, ways: Callable[[int], list[tuple[int, int]]]
) -> None:
    def asked(count: int) -> tuple[int, int]:
        rules = BrokenRules(linked(count, ways(count), kind))
        return calls(rules.work), sum(len(f.elements) for f in rules.findings())

    (few, broken), (lots, all_broken) = asked(100), asked(1000)
    assert lots < 10 * 1.6 * few
    assert (broken, all_broken) == ((0, 0) if ways is chain else (200, 2000))
