"""Comparing two designs in words, and putting together what two people made of one."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.commands.restore import restore
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Link, clone, make, values
from designer.model.project import Project, snapshot
from designer.store.file.content import content_of
from designer.store.file.graph import check_graph
from designer.store.history.compare import DRAWING, compare
from designer.store.history.merge import Merged, merge
from tests.model.test_any_edits import overlapping, sticking_out
from tests.store.designs import Rows, all_changed, content, one_of_each, small_ids

IDS = small_ids()


def changed(kind: str, **fields: Any) -> Rows:
    return [clone(row, **fields) if row.id == IDS[kind] else clone(row) for row in one_of_each()]


def without(*kinds: str) -> Rows:
    """One of each but some elements and links; what is linked with them goes, too."""
    gone = {IDS[kind] for kind in kinds}
    ends = [{row.id, getattr(row, "source", row.id), getattr(row, "target", row.id)} for row in one_of_each()]
    return [clone(row) for row, touched in zip(one_of_each(), ends) if not touched & gone]


def without_all_in(kind: str) -> Rows:
    """One of each but an element, all that stands in it and all that is linked with any of these."""
    project = Project(KINDS, LINKS, one_of_each())
    edit.delete(project, [IDS[kind]])
    return [clone(row) for row in project.rows()]


def plus(kind: str, **fields: Any) -> Rows:
    return [*one_of_each(), make(KINDS[kind].table, {"id": 1000, **fields})]


# -- compare


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (one_of_each(), []),
        (changed("vm", vcpus=7), ["VM vm-1 has vCPUs 7, before 2."]),
        (changed("vm", name="web"), ["VM vm-1 is now named “web”."]),
        (changed("vm", parent=IDS["subnet"]), ["VM vm-1 was moved from host host-1 to subnet subnet-1."]),
        (changed("zone", x=5.0, y=7.0, placed=True), ["Zone zone-1 was moved in the drawing."]),
        (changed("zone", placed=True), ["Zone zone-1 is placed by hand."]),
        (changed("service", w=5.0), ["Service service-1 has another size in the drawing."]),
        (changed("rack", hug=False, w=500.0), ["Rack rack-1 has another size in the drawing."]),
        (changed("vm", trace=IDS["trace"]), ["VM vm-1 has Trace trace trace-1, before nothing."]),
        (changed("vm", trace=7_777), ["VM vm-1 has Trace a removed element, before nothing."]),
        (changed("trace", data=b"abc"), ["Trace trace-1 has Data 3 bytes of data, before 0 bytes of data."]),
        (changed("region", note="a\nb"), ["Region region-1 has Note “a b”, before nothing."]),
        (changed("member", role="main"), None),
        (without("member"), ["The link “Member of service” from VM vm-1 to service service-1 was removed."]),
        (plus("vm", name="new", parent=IDS["host"]), ["VM new was added in host host-1."]),
        (changed("design", name="shop"), ["The design is now named “shop”."]),
    ],
)
def test_that_a_difference_is_told_in_a_sentence(new: Rows, said: list[str] | None) -> None:
    found = [one.sentence for one in compare(one_of_each(), new)]
    assert said is None or found == said
    assert bool(found) == (content(new) != content(one_of_each()))


def test_that_values_that_read_alike_are_told_apart() -> None:
    (one,) = compare(changed("vm", mhz=2400.0), changed("vm", mhz=2400.01))
    assert "2400.01 MHz" in one.sentence
    assert one.fields == {"mhz": (2400.0, 2400.01)}


def test_that_every_field_of_every_kind_is_compared() -> None:
    found = compare(one_of_each(), all_changed())
    told = {(one.id, name) for one in found for name in one.fields}
    old, new = content(one_of_each()), content(all_changed())
    expected = {
        (row_id, name)
        for row_id, (_, fields) in new.items()
        for (name, _, value), (_, _, before) in zip(fields, old[row_id][1])
        if value != before
    }
    assert told <= expected
    assert all(name in DRAWING for _, name in expected - told)  # what follows from the order of siblings
    assert all(one.sentence.endswith(".") and one.sentence.isprintable() for one in found)


@pytest.mark.parametrize(("parents", "kind"), [(("rack", "host"), "vm"), (("rack",), "host"), (("subnet",), "vm")])
def test_that_of_cells_and_stacks_only_what_was_placed_removed_or_dragged_is_told(
    parents: tuple[str, ...], kind: str
) -> None:
    project = Project(KINDS, LINKS)
    within = edit.place(project, "zone", edit.place(project, "region"))
    for parent in parents:
        within = edit.place(project, parent, within)
    cells = [edit.place(project, kind, within) for _ in range(5)]

    def told(old: list[Any]) -> list[tuple[str, int]]:
        return [(one.sort, one.id) for one in compare(old, project.rows())]

    before = snapshot(project).rows()
    others = [edit.place(project, kind, within) for _ in range(9)]  # the cells get smaller, the container larger
    assert told(before) == [("added", one) for one in others]
    before = snapshot(project).rows()
    edit.delete(project, cells[:1])
    assert told(before) == [("removed", cells[0])]
    before = snapshot(project).rows()
    first, last = (layout.rect_of(project, one) for one in (cells[1], others[-1]))
    edit.move(project, [cells[1]], (last.x + last.w - first.x, last.y + last.h - first.y))
    assert told(before) == [("moved", cells[1])]
    project.undo()
    assert told(before) == []


# -- merge


def merged(mine: Rows, theirs: Rows, **options: Any) -> Merged:
    done = merge(one_of_each(), mine, theirs, **options)
    check_graph(content_of(done.rows))
    return done


def test_that_changes_of_two_are_put_together_field_by_field() -> None:
    done = merged(changed("vm", vcpus=7, note="mine"), changed("vm", vcpus=7, ram_mib=512.0, name="theirs"))
    assert done.conflicts == []
    assert content(done.rows) == content(changed("vm", vcpus=7, note="mine", ram_mib=512.0, name="theirs"))


@pytest.mark.parametrize(("choice", "value"), [(None, 3), ("mine", 3), ("theirs", 4)])
def test_that_a_field_that_both_changed_is_a_conflict(choice: Any, value: int) -> None:
    done = merged(changed("vm", vcpus=3), changed("vm", vcpus=4), choose=lambda key: choice)
    (conflict,) = done.conflicts
    assert conflict.key == (IDS["vm"], "vcpus")
    assert conflict.sentence == "VM vm-1: vCPUs is 3 in yours, 4 in theirs."
    assert conflict.taken == (choice or "mine")
    assert content(done.rows) == content(changed("vm", vcpus=value))


def test_that_places_in_the_drawing_are_mine_and_no_conflict() -> None:
    done = merged(changed("service", x=1000.0), changed("service", x=2000.0, w=7.0))
    assert done.conflicts == []
    assert next(row for row in done.rows if row.id == IDS["service"]).__dict__["x"] == 1000.0


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("choice", [None, "mine", "theirs"])
def test_that_what_one_removed_and_the_other_changed_stays(swap: bool, choice: Any) -> None:
    removed, kept = without_all_in("vm"), changed("vm", vcpus=7)
    done = merged(*((kept, removed) if swap else (removed, kept)), choose=lambda key: choice)
    (conflict,) = done.conflicts
    who = "they removed it, you changed it" if swap else "you removed it, they changed it"
    stays = choice in (None, "mine" if swap else "theirs")
    assert conflict.sentence == f"VM vm-1: {who}; {'it stays' if stays else 'it is removed'}."
    assert bare(done.rows) == bare(kept if stays else removed)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"vcpus": 16}, "changed: vCPUs 16"),
        ({"vcpus": 16, "ram_mib": 2048.0}, "changed: vCPUs 16, Memory 2 GiB"),
        ({"vcpus": 16, "ram_mib": 2048.0, "shares": 7.0, "note": "n"}, "changed: Note “n”, vCPUs 16, 2 more"),
    ],
)
def test_that_a_conflict_says_what_was_changed_of_what_the_other_removed(fields: dict[str, Any], words: str) -> None:
    (conflict,) = merged(without_all_in("vm"), changed("vm", **fields)).conflicts
    assert (conflict.mine, conflict.theirs) == ("removed", words)


def test_that_what_stays_though_one_removed_it_stays_with_what_is_in_it_but_for_what_is_chosen_to_go() -> None:
    removed = without_all_in("rack")
    done = merged(removed, changed("rack", note="theirs"))
    assert bare(done.rows) == bare(changed("rack", note="theirs"))
    assert [one.key for one in done.conflicts] == [(IDS["rack"], "")]
    both = [clone(row, note="theirs") if row.id in (IDS["rack"], IDS["host"]) else clone(row) for row in one_of_each()]
    done = merged(removed, both, choose=lambda key: "mine" if key == (IDS["host"], "") else None)
    there = {row.id for row in done.rows}
    assert IDS["rack"] in there
    assert not there & {IDS["host"], IDS["vm"]}
    assert IDS["switch"] in there
    gone = merged(removed, changed("rack", note="theirs"), choose=lambda key: "mine")
    assert bare(gone.rows) == bare(removed)


def test_that_what_one_removed_and_the_other_left_alone_goes() -> None:
    removed = without("trace")
    assert content(merged(removed, one_of_each()).rows) == content(removed)
    assert content(merged(one_of_each(), removed).rows) == content(removed)
    assert content(merged(removed, removed).rows) == content(removed)


def test_that_what_one_removed_stays_when_the_other_put_something_in_it() -> None:
    removed = without_all_in("host")
    done = merged(removed, plus("vm", name="new", parent=IDS["host"]))
    (conflict,) = done.conflicts
    assert conflict.sentence == "Host host-1 was removed by one of you; it stays, because VM new is in it."
    joined = {row.id for row in one_of_each() if isinstance(row, Link) and row.source == IDS["host"]}
    assert {row.id for row in done.rows} == {row.id for row in removed} | {1000, IDS["host"]} | joined


def link(number: int, kind: str, **ends: int) -> Link:
    return make(Link, {"id": number, "kind": kind, **ends})


def test_that_two_links_where_one_may_be_is_a_conflict_and_the_same_link_twice_is_none() -> None:
    other = make(KINDS["service"].table, {"id": 900, "parent": ROOT_ID, "name": "other"})
    base = [row for row in [*one_of_each(), other] if row.id != IDS["member"]]
    mine = [*base, link(2001, "member", source=IDS["vm"], target=IDS["service"])]
    same = [*base, link(2002, "member", source=IDS["vm"], target=IDS["service"])]
    another = [*base, link(2003, "member", source=IDS["vm"], target=900)]
    assert merge(base, mine, same).conflicts == []
    assert content(merge(base, mine, same).rows) == content(mine)
    done = merge(base, mine, another)
    assert [one.sentence for one in done.conflicts] == [
        "The link “Member of service” from VM vm-1 to service other was left out: each of you added another."
    ]
    assert content(done.rows) == content(mine)


def test_that_a_link_to_what_the_other_removed_is_left_out_and_told() -> None:
    base = without("attached")
    mine = [*base, link(2001, "attached", source=IDS["vm"], target=IDS["subnet"])]
    kept = {row.id for row in without_all_in("subnet")}
    theirs = [row for row in base if row.id in kept]
    done = merge(base, mine, theirs)
    assert [one.sentence for one in done.conflicts] == [
        "The link “Attached to subnet” from VM vm-1 to subnet subnet-1 was left out: one of its ends was removed."
    ]


# -- any two designs made of one


def anything(project: Project, chance: random.Random) -> None:
    """Some edits that a user might make."""
    for _ in range(chance.randrange(1, 8)):
        ids = [i for i in project.subtree(ROOT_ID) if i != ROOT_ID] or [ROOT_ID]
        here, there, number = chance.choice(ids), chance.choice(ids), chance.randrange(9)
        deeds: list[Callable[[], Any]] = [
            partial(edit.rename, project, here, f"n{number}"),
            partial(edit.delete, project, [here]),
            partial(edit.place, project, chance.choice(["vm", "host", "zone", "rack"]), here, None),
            partial(edit.change, project, [here], {"note": f"n{number}"}),
            partial(edit.move, project, [here], (chance.uniform(-200, 200), 30.0), chance.choice([None, *ids])),
            partial(edit.place, project, "service", ROOT_ID, (chance.uniform(0, 300), 0.0)),
            partial(edit.connect, project, chance.choice(["member", "in_cluster", "attached"]), here, there),
            partial(unlink, project, chance),
        ]
        with suppress(RuleError):
            chance.choice(deeds)()


def unlink(project: Project, chance: random.Random) -> None:
    """Take a link away."""
    if project.links:
        edit.delete(project, [chance.choice(sorted(project.links))])


def drawn_site() -> Project:
    """A region with zones, hosts, VMs, a cluster and a service, some linked."""
    base = Project(KINDS, LINKS)
    region = edit.place(base, "region", ROOT_ID, (0.0, 0.0))
    service = edit.place(base, "service", ROOT_ID, (0.0, 900.0))
    for _ in range(2):
        zone = edit.place(base, "zone", region, None)
        cluster, subnet = edit.place(base, "cluster", zone, None), edit.place(base, "subnet", zone, None)
        host = edit.place(base, "host", edit.place(base, "rack", zone, None), None)
        vm = edit.place(base, "vm", host, None)
        for kind, source, target in (
            ("in_cluster", host, cluster),
            ("attached", vm, subnet),
            ("member", vm, service),
        ):
            edit.connect(base, kind, source, target)
    return base


def bare(rows: Rows) -> list[Any]:
    """What a design is but for its drawing and the ids of its links, which nobody sees."""
    return sorted(
        repr((row.kind, row.source, row.target))
        if isinstance(row, Link)
        else repr((row.id, {name: value for name, value in values(row).items() if name not in DRAWING}))
        for row in rows
    )


EXAMPLES = int(os.environ.get("DESIGNER_EXAMPLES", "8"))


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 2**32))
def test_that_any_two_designs_made_of_one_are_put_together(seed: int) -> None:
    chance = random.Random(seed)
    base = drawn_site()
    mine, theirs = snapshot(base), snapshot(base)
    anything(mine, chance)
    anything(theirs, chance)
    done = merge(base.rows(), mine.rows(), theirs.rows())
    check_graph(content_of(done.rows))
    drawing = Project(KINDS, LINKS, done.rows)
    assert (overlapping(drawing), sticking_out(drawing)) == ([], [])
    assert content(merge(base.rows(), mine.rows(), base.rows()).rows) == content(mine.rows())
    assert content(merge(base.rows(), base.rows(), theirs.rows()).rows) == content(theirs.rows())
    assert content(merge(base.rows(), mine.rows(), mine.rows()).rows) == content(mine.rows())
    here = {row.id: row for row in done.rows}
    for one in [*compare(base.rows(), mine.rows()), *compare(base.rows(), theirs.rows())]:
        if not done.conflicts and not one.drawing_only:  # each difference of either is in it
            assert (one.id in here) == (one.what != "removed")
            for name, (_, value) in one.fields.items():
                assert name in DRAWING or here[one.id].__dict__[name] == value


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 2**32))
def test_that_it_is_the_same_from_the_other_side_when_the_same_is_chosen(seed: int) -> None:
    chance = random.Random(seed)
    base = drawn_site()
    mine, theirs = snapshot(base), snapshot(base)
    anything(mine, chance)
    anything(theirs, chance)
    for here, there in (("mine", "theirs"), ("theirs", "mine")):
        one = merge(base.rows(), mine.rows(), theirs.rows(), lambda key, side=here: side)
        other = merge(base.rows(), theirs.rows(), mine.rows(), lambda key, side=there: side)
        assert bare(one.rows) == bare(other.rows)
        assert len(one.conflicts) == len(other.conflicts)
        assert all(c.taken == here for c in one.conflicts if c.open)


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 2**32))
def test_that_every_choice_gives_a_design_in_which_it_is_so(seed: int) -> None:
    chance = random.Random(seed)
    base = drawn_site()
    mine, theirs = snapshot(base), snapshot(base)
    anything(mine, chance)
    anything(theirs, chance)
    asked: dict[tuple[int, str], Any] = {}
    done = merge(
        base.rows(), mine.rows(), theirs.rows(), lambda key: asked.setdefault(key, chance.choice(["mine", "theirs"]))
    )
    check_graph(content_of(done.rows))
    here = {row.id: row for row in done.rows}
    for one in done.conflicts:
        assert one.sentence.endswith(".")
        if one.open:
            assert one.taken == asked[one.key]
            assert one.mine != one.theirs
        if one.open and one.field:
            side = mine if one.taken == "mine" else theirs
            assert here[one.id].__dict__[one.field] == side.elements[one.id].__dict__[one.field]


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 2**32))
def test_that_what_two_did_in_different_places_is_what_one_would_have_done_in_either_order(seed: int) -> None:
    chance = random.Random(seed)
    base = drawn_site()
    ids = [i for i in base.elements if i != ROOT_ID]
    chance.shuffle(ids)
    halves = ids[: len(ids) // 2], ids[len(ids) // 2 :]

    def alter(project: Project, half: list[int]) -> None:
        dice = random.Random(f"{seed} {half[0]}")
        for here in half:
            with suppress(RuleError):
                edit.rename(project, here, f"n{dice.randrange(3)}")
            if dice.random() < 0.5:
                edit.change(project, [here], {"note": f"{dice.randrange(3)}"})
        zone = next((i for i in half if project.elements[i].kind == "zone"), None)
        if zone is not None:
            with project.edit("Place"):
                project.add(make(KINDS["host"].table, {"id": zone ^ 1, "parent": zone, "name": "new"}))
        gone = next((i for i in half if project.elements[i].kind == "vm"), None)
        if gone is not None:
            edit.delete(project, [gone])

    designs = []
    for order in ((0,), (1,), (0, 1), (1, 0)):
        made = snapshot(base)
        for half in order:
            alter(made, halves[half])
        designs.append(made.rows())
    done = merge(base.rows(), designs[0], designs[1])
    assert done.conflicts == []
    assert bare(done.rows) == bare(designs[2]) == bare(designs[3])


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 2**32))
def test_that_a_merge_in_the_design_is_one_step_and_undo_brings_back_what_was(seed: int) -> None:
    chance = random.Random(seed)
    base = drawn_site()
    mine, theirs = snapshot(base), snapshot(base)
    anything(mine, chance)
    anything(theirs, chance)
    before, steps = content(mine.rows()), mine.history.position
    done = merge(base.rows(), mine.rows(), theirs.rows())
    restore(mine, done.rows, "Merge")
    assert content(mine.rows()) == content(done.rows)
    if content(done.rows) != before:
        assert mine.history.position == steps + 1
        assert mine.undo() == "Merge"
    assert content(mine.rows()) == before


def test_that_without_a_base_all_that_differs_is_a_conflict_and_nothing_is_lost() -> None:
    mine, theirs = changed("vm", vcpus=3), changed("vm", vcpus=4, note="theirs")
    done = merge([], mine, [row for row in theirs if row.id != IDS["trace"]])
    assert {one.key for one in done.conflicts} == {(IDS["vm"], "vcpus"), (IDS["vm"], "note")}
    assert content(done.rows) == content(mine)


def test_that_two_things_of_one_id_are_a_choice() -> None:
    base = one_of_each()
    mine = [*base, make(KINDS["host"].table, {"id": 3000, "parent": ROOT_ID, "name": "h"})]
    theirs = [*base, make(KINDS["service"].table, {"id": 3000, "parent": ROOT_ID, "name": "s"})]
    for side, rows in (("mine", mine), ("theirs", theirs)):
        done = merge(base, mine, theirs, lambda key, side=side: side)
        (conflict,) = done.conflicts
        assert conflict.sentence == "Host h: it is host h in yours, service s in theirs."
        assert {row.id: type(row) for row in done.rows} == {row.id: type(row) for row in rows}


def test_that_both_put_something_into_what_both_moved_or_one_removed() -> None:
    removed = without_all_in("host")
    mine = [*changed("host", parent=IDS["zone"]), make(KINDS["vm"].table, {"id": 3000, "parent": IDS["host"]})]
    done = merge(one_of_each(), mine, removed)
    there = {row.id: row for row in done.rows}
    assert there[3000].__dict__["parent"] == IDS["host"]
    assert there[IDS["host"]].__dict__["parent"] == IDS["zone"]


def test_that_one_of_two_links_can_be_chosen_where_only_one_may_be() -> None:
    base = without("in_cluster")
    other = make(KINDS["cluster"].table, {"id": 900, "parent": IDS["zone"], "name": "other"})
    mine = [*base, link(2001, "in_cluster", source=IDS["host"], target=IDS["cluster"])]
    theirs = [*base, other, link(2003, "in_cluster", source=IDS["host"], target=900)]
    kept = {side: merge(base, mine, theirs, lambda key, side=side: side) for side in ("mine", "theirs")}
    ends = {side: [row.target for row in done.rows if isinstance(row, Link) and row.kind == "in_cluster"]
            for side, done in kept.items()}  # fmt: skip
    assert ends == {"mine": [IDS["cluster"]], "theirs": [900]}
    (conflict,) = kept["mine"].conflicts
    assert (conflict.mine, conflict.theirs) == ("leads to cluster cluster-1", "leads to cluster other")


def test_that_no_kind_stands_in_itself_however_deep_so_that_no_merge_makes_a_circle() -> None:
    def above(kind: str, seen: frozenset[str]) -> set[str]:
        return {name for up in KINDS[kind].inside if up not in seen for name in {up} | above(up, seen | {up})}

    assert [kind for kind in KINDS if kind in above(kind, frozenset())] == []
