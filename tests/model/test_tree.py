"""The tree: children in order, ancestors nearest first, links at both ends."""

import pytest

from designer.commands import edit
from designer.model.element import ROOT_ID
from designer.model.project import Project


@pytest.fixture
def shop(project: Project) -> dict[str, int]:
    """A small design by name."""
    region = edit.place(project, "region", name="r")
    zone = edit.place(project, "zone", region, name="z")
    first = edit.place(project, "vm", zone, name="v1")
    second = edit.place(project, "vm", zone, name="v2")
    service = edit.place(project, "service", name="s")
    edit.connect(project, "member", first, service)
    edit.connect(project, "member", second, service)
    return {e.name: e.id for e in project.elements.values()}


def test_that_a_subtree_names_parents_first_in_order(project: Project, shop: dict[str, int]) -> None:
    names = [project.elements[i].name for i in project.subtree(ROOT_ID)]
    assert names == ["Untitled", "r", "z", "v1", "v2", "s"]


def test_that_ancestors_come_nearest_first(project: Project, shop: dict[str, int]) -> None:
    assert list(project.ancestors(shop["v1"])) == [shop["z"], shop["r"], ROOT_ID]
    assert list(project.ancestors(ROOT_ID)) == []


def test_that_links_are_seen_from_both_ends(project: Project, shop: dict[str, int]) -> None:
    assert set(project.sources(shop["s"], "member")) == {shop["v1"], shop["v2"]}
    assert project.targets(shop["v1"], "member") == [shop["s"]]
    assert project.links_of(shop["v1"], "attached") == []


def test_that_a_link_that_is_turned_is_seen_from_its_new_end(project: Project, shop: dict[str, int]) -> None:
    other = edit.place(project, "service")
    link = project.links_of(shop["v1"], "member")[0]
    with project.edit("Turn"):
        project.set(link.id, target=other)
    assert project.targets(shop["v1"], "member") == [other]
    assert project.sources(shop["s"], "member") == [shop["v2"]]
    project.undo()
    assert set(project.sources(shop["s"], "member")) == {shop["v1"], shop["v2"]}


def test_that_order_follows_rank(project: Project, shop: dict[str, int]) -> None:
    with project.edit("Order"):
        project.set(shop["v1"], rank=9)
    assert project.children(shop["z"]) == [shop["v2"], shop["v1"]]


def test_that_rows_put_parents_before_children_and_links_last(project: Project, shop: dict[str, int]) -> None:
    rows = project.rows()
    seen: set[int] = set()
    for row in rows[: len(project.elements)]:
        assert row.id == ROOT_ID or row.parent in seen
        seen.add(row.id)
    assert {row.id for row in rows[len(project.elements) :]} == set(project.links)
