"""What is edited can be saved, and what is saved can be opened: the sums are asked at all three doors."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard, edit
from designer.commands.imports import add_trace
from designer.errors import FileError, RuleError
from designer.model import amounts
from designer.model.element import clone, make
from designer.model.project import Project
from designer.store.file import check, project_file, reading
from tests.store.designs import ROOT, Rows, content, one_of_each, small_ids, spoil

SUMS = {"text": ("TEXT_LIMIT", str), "packed data": ("DATA_LIMIT", bytes)}


def bytes_in(path: Path, kind: type) -> int:
    """How many bytes of a type a file holds, as SQLite counts them."""
    with closing(sqlite3.connect(path)) as base:
        known = (table for table in reading.tables().values() if table.name != "meta")
        return sum(reading._sum(base, table, set(table.columns), kind) for table in known)


def limit(monkeypatch: pytest.MonkeyPatch, name: str, most: int) -> None:
    """Set a limit at all doors."""
    for module in (amounts, check, reading):
        monkeypatch.setattr(module, name, most)


def rows() -> Rows:
    found = one_of_each()
    for row in found:
        if "note" in type(row).model_fields:
            row.__dict__["note"] = "äöü€" * 10
    return found


@pytest.mark.parametrize("what", SUMS)
def test_that_what_is_at_the_limit_is_saved_and_opened_and_more_is_neither(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, kind = SUMS[what]
    path = tmp_path / "a.clouddesign"
    stamp = project_file.save(path, rows())
    total = bytes_in(path, kind)
    assert total > 0
    limit(monkeypatch, "TEXT_LIMIT", bytes_in(path, str))  # an opening adds up only files that are larger
    limit(monkeypatch, name, total)
    project_file.save_stamped(path, rows(), stamp)
    assert project_file.load(path).stamp.fingerprint == stamp.fingerprint
    before = path.read_bytes()
    limit(monkeypatch, name, total - 1)
    with pytest.raises(FileError, match=rf"was not saved\. It holds .* MiB of {what}; the most is"):
        project_file.save_stamped(path, rows(), stamp)
    assert path.read_bytes() == before
    with pytest.raises(FileError, match=f"MiB of {what}; the most is"):
        project_file.load(path)


def test_that_links_are_counted_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.clouddesign"
    stamp = project_file.save(path, rows())
    with closing(sqlite3.connect(path)) as base:
        links = base.execute("SELECT count(*) FROM link").fetchone()[0]
    for most, refused in ((links, False), (links - 1, True)):
        monkeypatch.setattr(check, "LINK_LIMIT", most)
        monkeypatch.setitem(reading.ROWS_LIMIT, "link", most)
        if refused:
            with pytest.raises(FileError, match=f"It holds {links} links; the most is {most}"):
                project_file.save_stamped(path, rows(), stamp)
            with pytest.raises(FileError, match=f"has {links} rows; the most is {most}"):
                project_file.load(path)
        else:
            project_file.save_stamped(path, rows(), stamp)
            assert project_file.load(path).warnings == []


def test_that_traces_imported_one_by_one_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amounts, "UNPACKED_LIMIT", 60)
    project = Project(KINDS, LINKS)
    for _ in range(3):
        add_trace(project, np.zeros((2, 10), np.uint8), 300.0, "load.csv")
    before = set(project.elements)
    with pytest.raises(RuleError, match="The traces hold"):
        add_trace(project, np.zeros((1, 1), np.uint8), 300.0, "one.csv")
    assert set(project.elements) == before


# -- at the edit

IDS = small_ids()
NOTE = "\u00e4" * 50
"""A text of 100 bytes."""


def type_a_note(project: Project) -> None:
    edit.change(project, [IDS["zone"]], {"note": NOTE}, merge_key="typing")


def paste_a_note(project: Project) -> None:
    text = clipboard.copy(project, [IDS["note"]]).replace('"note": ""', f'"note": "{NOTE}"')
    clipboard.paste(project, text)


def import_a_note(project: Project) -> None:
    with project.edit("Import"):
        project.add_many([make(KINDS["note"].table, {"name": "n", "note": NOTE}) for _ in range(20)])


def merge_a_note(project: Project) -> None:
    rows = [clone(row, note=NOTE) if row.id == IDS["host"] else row for row in project.rows()]
    with project.edit("Merge"):
        project.become(rows)


def paste_data(project: Project) -> None:
    with project.edit("Paste"):
        project.add(make(KINDS["trace"].table, {"name": "t", "data": b"x" * 100}))


def merge_data(project: Project) -> None:
    rows = [clone(row, data=b"x" * 100) if row.id == IDS["trace"] else row for row in project.rows()]
    with project.edit("Merge"):
        project.become(rows)


GROWS = {
    "type": (type_a_note, "TEXT_LIMIT", "MiB of text would be in one design"),
    "paste": (paste_a_note, "TEXT_LIMIT", "MiB of text would be in one design"),
    "import": (import_a_note, "TEXT_LIMIT", "MiB of text would be in one design"),
    "merge": (merge_a_note, "TEXT_LIMIT", "MiB of text would be in one design"),
    "add data": (paste_data, "DATA_LIMIT", "MiB of packed data would be in one design"),
    "merge data": (merge_data, "DATA_LIMIT", "MiB of packed data would be in one design"),
    "one large piece": (paste_data, "CELL_LIMIT", "MiB of packed data would be in one element"),
    "merge a large piece": (merge_data, "CELL_LIMIT", "MiB of packed data would be in one element"),
}


def exact(project: Project, name: str) -> int:
    """What a design holds of what a limit is about."""
    found = amounts.amounts_of(project.rows())
    largest = max(len(row.__dict__.get("data", b"")) for row in project.rows())
    return {"TEXT_LIMIT": found.text, "DATA_LIMIT": found.data, "CELL_LIMIT": largest}[name]


@pytest.mark.parametrize("name", GROWS)
def test_that_an_edit_is_refused_where_the_save_would_be_and_only_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, of, said = GROWS[name]
    after = Project(KINDS, LINKS, one_of_each())
    act(after)
    total = exact(after, of)
    for most, refused in ((total, False), (total - 1, True)):
        project = Project(KINDS, LINKS, one_of_each())
        before = content(project.rows())
        limit(monkeypatch, of, most)
        if refused:
            with pytest.raises(RuleError, match=said):
                act(project)
            assert content(project.rows()) == before
            assert project.history.undo_text is None
        else:
            act(project)
            project.undo()
            project.redo()
        project_file.save(tmp_path / "a.clouddesign", project.rows())
        assert content(project_file.load(tmp_path / "a.clouddesign").rows) == content(project.rows())


def test_that_what_makes_a_full_design_smaller_is_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(KINDS, LINKS, rows())
    for of in ("TEXT_LIMIT", "DATA_LIMIT"):
        limit(monkeypatch, of, exact(project, of))
    with pytest.raises(RuleError, match="of text would be"):
        edit.rename(project, IDS["vm"], "a much longer name than before")
    edit.move(project, [IDS["region"]], (40.0, 40.0))
    edit.delete(project, [IDS["trace"]])
    edit.change(project, [IDS["zone"]], {"note": ""})
    edit.rename(project, IDS["vm"], "a much longer name than before")
    while project.undo():
        pass
    assert content(project.rows()) == content(Project(KINDS, LINKS, rows()).rows())


def test_that_links_are_counted_at_the_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(KINDS, LINKS, one_of_each())
    monkeypatch.setattr(amounts, "LINK_LIMIT", len(project.links))
    link = next(iter(project.links.values()))
    with pytest.raises(RuleError, match=f"at most {len(project.links):,} links; it would have"):
        clipboard.duplicate(project, [IDS["vm"]])
    with project.edit("Cut"):
        project.remove(link.id)
    project.undo()
    assert link.id in project.links


TRACE = {"rows": 2, "samples": 10, "data": b"x"}


def with_traces(count: int, **fields: Any) -> Project:
    """A design with traces and a VM that follows the last one."""
    project = Project(KINDS, LINKS, one_of_each())
    edit.delete(project, [IDS["trace"]])
    with project.edit("Import"):
        for number in range(count):
            fresh = {"name": f"t{number}", **TRACE, **fields, "step_s": 60.0 + number}
            last = project.add(make(KINDS["trace"].table, fresh))
        project.set(IDS["vm"], trace=last)
    return project


@pytest.mark.parametrize(("cells", "each"), [("percent", 1), ("fraction", 8)])
def test_that_traces_pasted_or_merged_are_added_up_by_what_they_unpack_to(
    cells: str, each: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    three = with_traces(3, cells=cells)
    monkeypatch.setattr(amounts, "UNPACKED_LIMIT", 40 * each)
    copied = clipboard.copy(three, [IDS["vm"]])
    fits, full = with_traces(1, cells=cells), with_traces(2, cells=cells)
    clipboard.paste(fits, copied, IDS["host"])
    assert len(fits.of_kind("trace")) == 2
    before = content(full.rows())
    with pytest.raises(RuleError, match="The traces hold 0 MiB; the most is"):
        clipboard.paste(full, copied, IDS["host"])
    with pytest.raises(RuleError, match="The traces hold"), full.edit("Merge"):
        full.become(three.rows())
    one = full.of_kind("trace")[0].id
    with pytest.raises(RuleError, match="The traces hold"), full.edit("Set"):
        full.set(one, samples=11)
    assert content(full.rows()) == before
    edit.rename(full, one, "renamed")


def test_that_a_design_with_more_traces_than_run_opens_says_so_and_can_be_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.clouddesign"
    project_file.save(path, with_traces(3).rows())
    monkeypatch.setattr(amounts, "UNPACKED_LIMIT", 59)
    loaded = project_file.load(path)
    assert [text for text in loaded.warnings if "The traces hold" in text and "delete a trace" in text]
    project = Project(KINDS, LINKS, loaded.rows)
    first, second, _ = project.of_kind("trace")
    edit.rename(project, first.id, "renamed")
    edit.delete(project, [second.id])
    project_file.save(path, project.rows())
    assert project_file.load(path).warnings == []


# -- what an older file becomes


def test_that_a_file_that_is_too_much_once_it_is_lifted_is_refused_on_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.clouddesign"
    shutil.copyfile(ROOT / "tests" / "files" / "v3.clouddesign", path)
    spoil(path, "UPDATE region SET name = 'Mumbai (ap-south-1)'")
    total = amounts.amounts_of(project_file.load(path).rows).text
    for most, refused in ((total, False), (total - 1, True)):
        monkeypatch.setattr(check, "TEXT_LIMIT", most)
        if refused:
            with pytest.raises(FileError, match="MiB of text; the most is"):
                project_file.load(path)
        else:
            project_file.save(tmp_path / "new.clouddesign", project_file.load(path).rows)
