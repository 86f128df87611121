"""The user's library: whole or not at all, shared by windows, damage told and kept, strangers' rows left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from designer.catalog.presets.own import OwnBlueprint, OwnPreset
from designer.errors import FileError, RuleError
from designer.store.exchange.library import Library
from designer.store.file import project_file
from tests.store.designs import child, one_of_each, saved

HOST = OwnPreset("host", "Big", {"cores": 96}, "for databases")
TEXT = '{"format": 1, "roots": [{"id": 2, "x": 0, "y": 0}], "elements": [{"id": 2, "kind": "host"}]}'
RACK = OwnBlueprint("One host", TEXT, "How a host stands.")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library.json")


def test_that_what_is_put_comes_back_in_another_window(library: Library) -> None:
    assert library.content().presets == ()
    library.put(HOST)
    library.put(RACK)
    other = Library(library.path)
    assert other.presets("host") == [HOST]
    assert other.presets("vm") == []
    assert other.blueprints() == [RACK]
    assert other.content().warnings == ()


def test_that_a_window_sees_what_another_one_changes(library: Library) -> None:
    other = Library(library.path)
    assert other.presets() == []
    library.put(HOST)
    assert other.presets() == [HOST]
    library.rename(HOST, " Very  big ")
    assert [own.name for own in other.presets()] == ["Very big"]
    library.delete(other.presets()[0])
    assert other.presets() == []


def test_that_a_name_is_taken_once_for_a_kind_and_replaced_only_when_asked(library: Library) -> None:
    library.put(HOST)
    with pytest.raises(RuleError, match="already has “Big”"):
        library.put(HOST)
    library.put(OwnPreset("vm", "Big", {"vcpus": 8}))
    library.put(OwnPreset("host", "Big", {"cores": 12}), replaces=True)
    assert [own.fields for own in library.presets("host")] == [{"cores": 12}]
    library.put(OwnPreset("host", "Small", {"cores": 1}))
    with pytest.raises(RuleError, match="already has “Big”"):
        library.rename(OwnPreset("host", "Small", {}), "Big")
    with pytest.raises(RuleError, match="no longer in your library"):
        library.rename(OwnPreset("host", "Gone", {}), "Here")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 1}', '{"format": 9, "items": []}', '{"format":1,"items":[3]}']
)
def test_that_a_damaged_library_is_told_in_a_sentence_and_kept_aside(library: Library, text: str) -> None:
    library.path.write_text(text, "utf-8")
    (warning,) = library.content().warnings
    (aside,) = library.path.parent.glob("library.damaged-*.json")
    assert aside.name in warning
    assert aside.read_text("utf-8") == text
    library.put(HOST)
    assert (library.presets(), library.content().warnings) == ([HOST], ())


def test_that_damage_found_while_changing_is_told_afterwards(library: Library) -> None:
    library.path.write_text("{", "utf-8")
    library.put(HOST)
    assert library.presets() == [HOST]
    assert "a new one was started" in library.content().warnings[0]


def test_that_rows_of_a_newer_version_are_kept_and_not_offered(library: Library) -> None:
    strange = [
        {"sort": "preset", "kind": "quantum", "name": "Q", "fields": {"qubits": 3}},
        {"sort": "preset", "kind": "host", "name": "H", "fields": {"cores": 10**9}},
        {"sort": "theme", "name": "T"},
        {"name": 5},
        {"sort": "blueprint", "name": "B", "content": {"format": 1}},
    ]
    library.path.write_text(json.dumps({"format": 1, "items": strange}), "utf-8")
    assert library.content().presets == library.content().blueprints == ()
    warnings = library.content().warnings
    assert len(warnings) == len(strange)
    assert "“Q” in your library is for “quantum”, which is not a kind this version knows." in warnings[0]
    library.put(HOST)
    content = json.loads(library.path.read_text("utf-8"))["items"]
    assert content[: len(strange)] == strange


def test_that_a_folder_that_cannot_be_written_leaves_the_library_as_it_is(library: Library) -> None:
    library.put(HOST)
    before = library.path.read_bytes()
    lost = Library(library.path / "no folder" / "library.json")
    with pytest.raises(FileError, match="was not changed"):
        lost.put(HOST)
    assert library.path.read_bytes() == before


def test_that_two_programs_that_write_at_once_lose_nothing(library: Library) -> None:
    code = """
import sys
from pathlib import Path
from designer.catalog.presets.own import OwnPreset
from designer.store.exchange.library import Library
library = Library(Path(sys.argv[1]))
for n in range(20):
    library.put(OwnPreset("host", f"{sys.argv[2]}-{n}", {"cores": n + 1}))
"""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda who: child(code, library.path, who), ("a", "b")))
    assert {own.name for own in library.presets()} == {f"{who}-{n}" for who in "ab" for n in range(20)}
    assert list(library.path.parent.glob("*.tmp")) == []


def test_that_unsound_presets_of_a_file_are_left_out_with_a_sentence_and_the_rest_opens(tmp_path: Path) -> None:
    fields = {"preset": {"of_kind": "host", "held": '{"cores":-4}'}, "blueprint": {"data": b"\x00"}}
    path = saved(tmp_path / "a.clouddesign", one_of_each(fields=fields))
    loaded = project_file.load(path)
    assert loaded.warnings == [
        "The preset “preset-1”: Cores must be a whole number from 1 to 4,096. It was left out.",
        "The blueprint “blueprint-1” is damaged: its content cannot be read. It was left out.",
    ]
    left = {row.kind for row in one_of_each() if hasattr(row, "parent")} - {"preset", "blueprint"}
    assert {row.kind for row in loaded.rows if hasattr(row, "parent")} == left


def test_that_an_item_of_depth_is_kept_without_space_for_its_depth(library: Library) -> None:
    deep = '{"sort": "theme", "name": "T", "held": ' + "[" * 800 + "1," * 200_000 + "1" + "]" * 800 + "}"
    library.path.write_text(f'{{"format": 1, "items": [{deep}]}}')
    library.put(HOST)
    assert library.path.stat().st_size < 4 * len(deep)
    assert library.presets() == [HOST]
    assert json.loads(library.path.read_text("utf-8"))["items"][0] == json.loads(deep)
