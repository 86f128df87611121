"""Copy, paste and duplicate: new ids, the same insides, links among the copied kept."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.saved.trace import Trace, pack, unpack
from designer.commands import clipboard, edit
from designer.errors import RuleError
from designer.model.element import NAME_LIMIT, ROOT_ID, values
from designer.model.kind import why_not_inside
from designer.model.project import Project

GEOMETRY = {"id", "parent", "rank", "x", "y", "w", "h"}


@pytest.fixture
def zone(project: Project) -> int:
    """A zone with a host with three VMs, two of them members of a service."""
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone, name="h")
    service = edit.place(project, "service", name="shop")
    for number in range(3):
        vm = edit.place(project, "vm", host, name=f"v{number}", vcpus=number + 1, note="kept")
        if number:
            edit.connect(project, "member", vm, service)
    return zone


def by_name(project: Project, name: str) -> int:
    """The one element of a name."""
    (found,) = (i for i, e in project.elements.items() if e.name == name)
    return found


def test_that_a_copy_has_new_ids_and_the_same_values(project: Project, zone: int) -> None:
    old = set(project.elements)
    (made,) = clipboard.paste(project, clipboard.copy(project, [by_name(project, "h")]), zone)
    assert not set(project.subtree(made)) & old
    for copied, original in zip(project.subtree(made), project.subtree(by_old(project, old, "h")), strict=True):
        ours, theirs = values(project.elements[copied]), values(project.elements[original])
        other = {*GEOMETRY, "name"}
        assert {k: v for k, v in ours.items() if k not in other} == {k: v for k, v in theirs.items() if k not in other}


def by_old(project: Project, old: set[int], name: str) -> int:
    """The element of a name among those that were there before."""
    return next(i for i in old if project.elements[i].name == name)


def test_that_links_of_the_copied_lead_to_the_same_service(project: Project, zone: int) -> None:
    service = by_name(project, "shop")
    clipboard.duplicate(project, [by_name(project, "h")])
    assert len(project.sources(service, "member")) == 4


def test_that_links_among_the_copied_lead_to_the_copies(project: Project, zone: int) -> None:
    roots = [by_name(project, "h"), by_name(project, "shop")]
    other = Project(KINDS, LINKS)
    target = edit.place(other, "zone", edit.place(other, "region"))
    clipboard.paste(other, clipboard.copy(project, [roots[1]]), ROOT_ID)
    (host,) = clipboard.paste(other, clipboard.copy(project, [roots[0]]), target)
    assert len(other.children(host)) == 3
    assert list(other.links.values()) == []  # the service of the other design is not the one it left


def test_that_pasting_is_one_step(project: Project, zone: int) -> None:
    before = {row.id: values(row) for row in project.rows()}
    text = clipboard.copy(project, [by_name(project, "v0"), by_name(project, "v1")])
    clipboard.paste(project, text, by_name(project, "h"))
    assert project.history.undo_text == "Paste 2 elements"
    project.undo()
    assert {row.id: values(row) for row in project.rows()} == before


def test_that_pasting_where_it_may_not_stand_is_refused(project: Project, zone: int) -> None:
    text = clipboard.copy(project, [by_name(project, "v0")])
    steps = len(project.history.steps)
    assert clipboard.why_not_paste(project, text, ROOT_ID) == "VM needs a host, a subnet or a zone"
    with pytest.raises(RuleError, match="cannot be pasted here: VM needs"):
        clipboard.paste(project, text, ROOT_ID)
    assert len(project.history.steps) == steps


FOREIGN = [
    "",
    "hello",
    "[]",
    "{}",
    '{"format": 1}',
    '{"format": 2, "elements": []}',
    '{"format": 1, "elements": [7]}',
    '{"format": 1, "elements": [{"kind": "vm"}], "roots": [{"id": 1}]}',
    '{"format": 1, "elements": [{"kind": "rocket", "id": 5}], "roots": [{"id": 5, "x": 0, "y": 0}]}',
    '{"format": 1, "elements": [{"kind": "region", "id": 5, "parent": 9}], "roots": []}',
    '{"format": 1, "elements": [{"kind": "region", "id": 5}], "roots": [{"id": 5, "x": "a", "y": null}]}',
    '{"format": 1, "elements": [{"kind": "region", "id": 5, "h": 1e999}], "roots": [{"id": 5, "x": 0, "y": 0}]}',
    '{"format": 1, "elements": [{"kind": "region", "id": [5]}], "roots": [{"id": 5, "x": 0, "y": 0}]}',
    '{"format": 1, "elements": [{"kind": "region", "id": 5}], "roots": [{"id": 5, "x": 0, "y": 0}], "links": [3]}',
    '{"format": 1, "elements": [], "roots": 3}',
    '{"format": 1, "elements": [{"kind": "region", "id": 5, "name": {"base64": "?"}}], '
    '"roots": [{"id": 5, "x": 0, "y": 0}]}',
    '{"format": 1, "elements": [{"kind": "region", "id": 5, "w": NaN}], "roots": [{"id": 5, "x": 0, "y": 0}]}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", FOREIGN)
def test_that_foreign_text_is_refused_with_a_sentence(project: Project, zone: int, text: str) -> None:
    before = {row.id: values(row) for row in project.rows()}
    with pytest.raises(RuleError):
        clipboard.paste(project, text, ROOT_ID)
    assert {row.id: values(row) for row in project.rows()} == before


def test_that_what_this_version_does_not_know_is_left_out(project: Project, zone: int) -> None:
    content = json.loads(clipboard.copy(project, [zone]))
    content["elements"][0]["color_of_the_future"] = "red"
    region = project.elements[zone].parent
    (made,) = clipboard.paste(project, json.dumps(content), region)
    assert project.elements[made].kind == "zone"


def test_that_a_trace_keeps_its_data(project: Project) -> None:
    cells = np.arange(12, dtype=np.uint8).reshape(3, 4)
    trace = edit.place(project, "trace", **pack(cells))
    (made,) = clipboard.duplicate(project, [trace])
    copied = project.elements[made]
    assert isinstance(copied, Trace)
    assert np.array_equal(unpack(copied), cells)


def test_that_a_duplicate_stands_beside_the_original_in_the_same_parent(project: Project, zone: int) -> None:
    host = by_name(project, "h")
    (made,) = clipboard.duplicate(project, [host])
    assert project.elements[made].parent == zone
    assert project.history.undo_text == "Duplicate"


def test_that_links_which_need_others_are_pasted_in_any_order(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host, store = edit.place(project, "host", zone), edit.place(project, "datastore", zone)
    edit.connect(project, "sees", host, store)
    disk = edit.place(project, "volume", store, type="virtual_disk")
    vm = edit.place(project, "vm", host)
    edit.connect(project, "attached_to", disk, vm)
    content = json.loads(clipboard.copy(project, [zone]))
    for links in (content["links"], content["links"][::-1]):
        (made,) = clipboard.paste(project, json.dumps({**content, "links": links}), project.elements[zone].parent)
        inside = [k.kind for i in project.subtree(made) for k in project.links_of(i) if k.source == i]
        assert sorted(inside) == ["attached_to", "sees"]


def copied(**fields: Any) -> str:
    """A copied region with other fields."""
    row = {"kind": "region", "id": 5, "parent": 1, "name": "r", "x": 0, "y": 0, "w": 200, "h": 100, **fields}
    return json.dumps({"format": 2, "roots": [{"id": 5, "x": 0, "y": 0}], "elements": [row]})


ODD = [
    {"a": 1},
    {},
    [],
    [1],
    None,
    True,
    7,
    1.5,
    "\0",
    "a\nb",
    "\ud800",
    "x" * 100_000,
    {"base64": 7},
    "\u202e",
    "\x1b[31m",
]
FIELDS = ["name", "code", "note", "preset", "foreign_id", "hug", "rank", "parent", "kind", "id", "x", "w"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:12])
def test_that_an_odd_value_on_the_clipboard_is_pasted_as_it_may_be_or_refused_with_a_short_sentence(
    project: Project, field: str, value: Any
) -> None:
    text, before = copied(**{field: value}), {row.id: values(row) for row in project.rows()}
    for ask in (
        partial(clipboard.paste, project, text),
        partial(clipboard.why_not_paste, project, text, ROOT_ID),
        partial(clipboard.count_of, text),
        partial(clipboard.boxes_of, text),
        partial(clipboard.root_kinds, text),
    ):
        try:
            ask()
        except RuleError as error:
            assert str(error).isprintable()
            assert len(str(error)) < 300
    names = [element.name for element in project.elements.values()]
    assert all(isinstance(name, str) and name.strip() and len(name) <= NAME_LIMIT for name in names)
    while project.history.position:
        project.undo()
    assert {row.id: values(row) for row in project.rows()} == before


@pytest.mark.parametrize("name", ["", " ", "\t", "\u2003", "\n"])
def test_that_what_has_no_name_gets_one_when_it_is_pasted(project: Project, name: str) -> None:
    for number in (1, 2):
        (made,) = clipboard.paste(project, copied(name=name))
        assert project.elements[made].name == f"region-{number}"


NOT_THERE = (
    r"[A-Z][\w ()/-]* (needs (the|a|an) [^ ].*[^ .]|holds everything else and stands in nothing"
    r"|can only stand on the drawing itself)"
)


@pytest.mark.parametrize("parent", [*KINDS])
def test_that_no_reason_why_a_kind_may_not_stand_somewhere_lacks_a_word(parent: str) -> None:
    reasons = [reason for kind in KINDS if (reason := why_not_inside(KINDS, kind, parent)) is not None]
    assert reasons
    for reason in reasons:
        assert re.fullmatch(NOT_THERE, reason)
        assert "  " not in reason
