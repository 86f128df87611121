"""What another program drags onto the window: it is taken as ours only where it is, and never hurts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, Qt

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.ui.parts.stock import IDS_MIME, ITEM_MIME, KIND_MIME, ids_of, item_of
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.ui.side.outline import OutlineModel
from tests.store.memory import at_most


def mime(name: str, data: bytes) -> QMimeData:
    made = QMimeData()
    made.setData(name, data)
    return made


PRESET = {"sort": "preset", "kind": "vm", "name": "a", "note": "", "fields": {"vcpus": 2}}
BLUEPRINT = {"sort": "blueprint", "title": "a", "text": "{}", "lesson": ""}
ITEMS: dict[str, Any] = {
    "nothing": b"", "no text": b"\xff\xfe", "a number": b"7", "a list": b"[1, 2]", "null": b"null",
    "a text": b'"preset"', "nested": b"[" * 300_000, "an object nested": b'{"sort":' * 100_000,
    "very many": b"[" + b"[]," * 6_000_000 + b"[]]", "a number of 100,000 digits": b"9" * 100_000,
    "no sort": {}, "a sort of a list": {**PRESET, "sort": ["preset"]}, "no fields": {**PRESET, "fields": None},
    "fields of a list": {**PRESET, "fields": [1]}, "fields of a text": {**PRESET, "fields": "vcpus"},
    "a kind of an object": {**PRESET, "kind": {}}, "another kind": {**PRESET, "kind": "no such"},
    "an unknown field": {**PRESET, "fields": {"no such": 1}}, "a wild value": {**PRESET, "fields": {"vcpus": 1e308}},
    "a field of its place": {**PRESET, "fields": {"parent": 1, "id": 1}},
    "no text of a blueprint": {**BLUEPRINT, "text": None}, "a text of a list": {**BLUEPRINT, "text": []},
    "a blueprint of brackets": {**BLUEPRINT, "text": "[" * 100_000}, "a blueprint of nothing": BLUEPRINT,
    "a blueprint of 20 MB": {**BLUEPRINT, "text": '{"a": "' + "x" * 20_000_000 + '"}'},
    "half a character": {**PRESET, "name": "\ud800", "fields": {"note": "\ud800"}},
}  # fmt: skip


@pytest.mark.parametrize("name", ITEMS)
def test_that_a_dragged_item_that_is_not_ours_is_none(name: str) -> None:
    given = ITEMS[name]
    data = given if isinstance(given, bytes) else json.dumps(given).encode()
    with at_most(150):
        assert item_of(mime(ITEM_MIME, data), Project(KINDS, LINKS)) is None


@pytest.mark.parametrize("data", [b"", b"no such", b"\xff", b"vm\0", b"design " * 100_000])
def test_that_a_dragged_kind_that_is_not_ours_is_none(data: bytes) -> None:
    assert item_of(mime(KIND_MIME, data), Project(KINDS, LINKS)) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"9" * 5_000, b"1 " * 300_000, b"-1", b"1e5", "\N{ARABIC-INDIC DIGIT THREE}".encode(), b"\xff", b"0",
     b"77", b"1", b"9999999999999999999", b"LINK", b"ZONE REGION", b"ZONE ZONE", b"REGION 77"],
)  # fmt: skip
def test_that_dragged_ids_that_are_not_of_this_design_move_nothing_that_may_not_move(data: bytes) -> None:
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    for word, row_id in (("LINK", 5), ("ZONE", zone), ("REGION", region)):
        data = data.replace(word.encode(), str(row_id).encode())
    session = Session(project)
    model = OutlineModel(session, Theme("light"))
    before, given = dict(project.elements), mime(IDS_MIME, data)
    rows = [QModelIndex(), model.index(0, 0, QModelIndex())]
    for above in [*rows, model.index(0, 0, rows[1])]:
        if model.canDropMimeData(given, Qt.DropAction.MoveAction, -1, -1, above):
            model.dropMimeData(given, Qt.DropAction.MoveAction, -1, -1, above)
    assert project.elements == before
    assert list(project.subtree(ROOT_ID)) == [ROOT_ID, region, zone]
    assert len(ids_of(given)) <= 300_000
