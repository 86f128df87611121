"""Tidy: everything inside its container, nothing on anything else, the same each time, one step of undo."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.commands import clipboard, edit
from designer.commands.arrange import align, tidy
from designer.commands.blueprints import begin
from designer.errors import RuleError
from designer.model import boxes, layout
from designer.model.element import ROOT_ID, values
from designer.model.project import Project


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


def places(project: Project) -> dict[str, layout.Rect]:
    """The boxes of all, by the names on the way to each."""
    found = {}
    for i in project.subtree(ROOT_ID):
        above = [project.elements[a].name for a in (i, *project.ancestors(i))]
        found["/".join(reversed(above))] = layout.rect_of(project, i)
    return found


def assert_in_order(project: Project) -> None:
    """Nothing overlaps, and all stands inside what holds it."""
    for i in project.subtree(ROOT_ID):
        rects = [layout.rect_of(project, c) for c in layout.drawn_children(project, i)]
        assert boxes.all_free(rects, ()), project.elements[i].name
        if i != ROOT_ID and rects:
            here, box = layout.rect_of(project, i), project.kind(i).box
            assert all(r.x >= box.padding - 1e-6 and r.y >= box.header + box.padding - 1e-6 for r in rects)
            assert all(r.right <= here.w - box.padding + 1e-6 for r in rects)
            assert all(r.bottom <= here.h - box.padding + 1e-6 for r in rects)


def begun(name: str) -> Project:
    """A new design from a blueprint."""
    project = Project(KINDS, LINKS)
    begin(project, blueprints()[name].text, "A design")
    return project


def scatter(project: Project, chance: random.Random) -> None:
    """Move and resize some containers as a hand would."""
    flows = {i: project.kind(e.parent).box.flow for i, e in project.elements.items()}
    ids = [i for i in project.elements if i != ROOT_ID and project.kind(i).drawn and flows[i] == "free"]
    for i in chance.sample(ids, min(len(ids), 12)):
        edit.move(project, [i], (chance.uniform(-200, 300), chance.uniform(-200, 300)))


@pytest.mark.parametrize("name", blueprints())
def test_that_a_tidied_blueprint_is_in_order_and_tidying_again_changes_nothing(name: str) -> None:
    project = begun(name)
    before = state(project)
    tidy.tidy(project)
    assert_in_order(project)
    after, steps = state(project), len(project.history.steps)
    tidy.tidy(project)
    assert (state(project), len(project.history.steps)) == (after, steps)
    if after != before:
        project.undo()
        assert state(project) == before


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from(["esxi-n-plus-one", "vpc-public-private", "serverless-site"]))
def test_that_tidy_gives_the_same_wherever_things_stood(seed: int, name: str) -> None:
    one, other = begun(name), begun(name)
    scatter(one, random.Random(seed))
    tidy.tidy(one)
    assert_in_order(one)
    after, steps = state(one), len(one.history.steps)
    tidy.tidy(one)
    assert (state(one), len(one.history.steps)) == (after, steps)
    for project in (one, other):
        tidy.tidy(project, everything=True)
    assert_in_order(one)
    corner = [places(p)[next(k for k in places(p) if k.count("/") == 1)] for p in (one, other)]
    moved = corner[0].x - corner[1].x, corner[0].y - corner[1].y  # the drawing as a whole stays where it was
    for name_of, rect in places(one).items():
        there = places(other)[name_of]
        shift = moved if name_of.count("/") == 1 else (0.0, 0.0)
        assert rect == pytest.approx((there.x + shift[0], there.y + shift[1], there.w, there.h), abs=1e-6)


def test_that_the_parts_of_the_esxi_blueprint_stand_from_top_to_bottom() -> None:
    project = begun("esxi-n-plus-one")
    tidy.tidy(project)
    (center,) = [e.id for e in project.of_kind("data_center")]
    tops = {project.elements[i].name: layout.rect_of(project, i) for i in layout.drawn_children(project, center)}
    assert tops["feed-A"].bottom < tops["rack-1"].y
    assert tops["rack-1"].y == tops["rack-2"].y
    assert tops["rack-1"].bottom < tops["ds-1"].y == tops["ds-2"].y
    assert tops["feed-A"].x < tops["feed-B"].x


def test_that_public_subnets_stand_before_private_ones(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    private = edit.place(project, "subnet", zone, name="a", cidr="10.0.0.0/24", public=False)
    public = edit.place(project, "subnet", zone, name="b", cidr="10.0.1.0/24", public=True)
    tidy.tidy(project)
    first, second = layout.rect_of(project, public), layout.rect_of(project, private)
    assert (first.y, first.x) < (second.y, second.x)


def test_that_names_with_numbers_stand_in_their_order(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    made = {n: edit.place(project, "host", zone, name=f"host-{n}") for n in (10, 2, 1)}
    tidy.tidy(project)
    spots = sorted((layout.rect_of(project, i).y, layout.rect_of(project, i).x, n) for n, i in made.items())
    assert [n for _, _, n in spots] == [1, 2, 10]


def test_that_only_the_selected_container_is_packed(project: Project) -> None:
    region = edit.place(project, "region")
    zones = [edit.place(project, "zone", region) for _ in range(2)]
    for zone in zones:
        edit.place(project, "host", zone, at=(200.0, 300.0))
    other = [layout.rect_of(project, i) for i in project.children(zones[1])]
    tidy.tidy(project, [zones[0]])
    (host,) = project.children(zones[0])
    assert layout.rect_of(project, host)[:2] == (12.0, 40.0)
    assert [layout.rect_of(project, i) for i in project.children(zones[1])] == other
    assert_in_order(project)


def test_that_selected_siblings_are_packed_around_the_others_which_stay(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    made = [edit.place(project, "host", zone, at=(20.0 + n * 190, 60.0 + n * 130)) for n in range(5)]
    stay = {i: layout.rect_of(project, i) for i in (made[1], made[4])}
    tidy.tidy(project, [made[0], made[2], made[3]])
    assert {i: layout.rect_of(project, i) for i in stay} == stay
    assert_in_order(project)


def test_that_what_was_placed_by_hand_stays_until_everything_is_tidied(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    made = [edit.place(project, "host", zone) for _ in range(6)]
    edit.move(project, [made[0]], (340.0, 260.0))
    align.align(project, made[1:3], "middle")
    stay = {i: layout.rect_of(project, i) for i in made[:3]}
    before = state(project)
    assert tidy.tidy(project) == 3
    assert {i: layout.rect_of(project, i) for i in stay} == stay
    assert [i for i in made if project.elements[i].placed] == made[:3]
    assert_in_order(project)
    (copy,) = clipboard.duplicate(project, [made[0]])
    assert not project.elements[copy].placed
    project.undo()
    project.undo()
    assert state(project) == before
    assert tidy.tidy(project, [zone], everything=True) == 0
    assert not any(element.placed for element in project.elements.values())
    assert layout.rect_of(project, made[0])[:2] == (12.0, 40.0)
    assert_in_order(project)


def test_that_what_was_placed_by_hand_makes_way_for_what_grew_over_it(project: Project) -> None:
    region = edit.place(project, "region")
    first, second = (edit.place(project, "zone", region) for _ in range(2))
    edit.move(project, [first], (1.0, 0.0))
    edit.move(project, [second], (1.0, 0.0))
    for _ in range(8):
        edit.place(project, "host", first)
    edit.resize(project, second, (*layout.rect_of(project, first)[:1], 700.0, 400.0, 300.0))
    tidy.tidy(project)
    assert_in_order(project)


def test_that_what_cannot_be_packed_is_refused(project: Project) -> None:
    host = edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region")))
    vm = edit.place(project, "vm", host)
    with pytest.raises(RuleError, match="Select a container"):
        tidy.tidy(project, [vm])


def test_that_an_empty_drawing_stays_empty(project: Project) -> None:
    tidy.tidy(project)
    assert len(project.elements) == 1
