"""The working copy follows the design edit by edit; what it calls acknowledged is on the disk."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.errors import RuleError
from designer.model.element import Link, make
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.working.working_copy import WorkingCopy, path_facts, path_of, statements_of
from tests.copies import PIPE, Copy
from tests.store.designs import all_changed, child, content, one_of_each, small_ids
from tests.store.test_saving import mounted

IDS = small_ids()


@pytest.fixture
def design() -> Project:
    """One of each kind, open."""
    return Project(KINDS, LINKS, one_of_each())


@pytest.fixture
def copy(tmp_path: Path, design: Project) -> Iterator[WorkingCopy]:
    """A working copy that keeps the design."""
    made = WorkingCopy(tmp_path, design, print)
    made.begin(None, None)
    design.changed.connect(made.take)
    yield made
    made.close()


def kept(folder: Path) -> dict[int, Any]:
    """What the working copy in a folder holds, read as a killed program leaves it."""
    (path,) = folder.glob("working-*.db")
    return content(project_file.load(path).rows)


def rename(project: Project, name: str) -> None:
    with project.edit("Rename"):
        project.set(IDS["vm"], name=name)


def move(project: Project) -> None:
    with project.edit("Move"):
        for name in ("vm", "host", "rack"):
            project.set(IDS[name], x=project.elements[IDS[name]].x + 1.5, y=-2.0)


def place(project: Project) -> None:
    with project.edit("Place"):
        vm = project.add(make(KINDS["vm"].table, {"name": "new", "parent": IDS["host"]}))
        project.add(make(Link, {"kind": "member", "source": vm, "target": IDS["service"]}))


def cut(project: Project) -> None:
    with project.edit("Cut"):
        project.remove(IDS["zone"])


def swap(project: Project) -> None:
    """An element goes and comes back otherwise, in one edit."""
    with project.edit("Swap"):
        link = next(iter(project.links.values()))
        project.remove(link.id)
        project.add(link)
        project.set(link.id, role="back")
        vm = project.elements[IDS["vm"]]
        project.remove(vm.id)
        project.add(vm)


def gone_again(project: Project) -> None:
    """An element goes, comes back and goes, in one edit."""
    with project.edit("Gone"):
        vm = project.elements[IDS["vm"]]
        project.remove(vm.id)
        project.add(vm)
        project.remove(vm.id)


@pytest.mark.parametrize("edit", [move, place, cut, swap, gone_again, lambda project: rename(project, "ä")])
def test_that_every_edit_undo_and_redo_is_on_the_disk_when_acknowledged(
    tmp_path: Path, design: Project, copy: WorkingCopy, edit: Callable[[Project], None]
) -> None:
    for step in (lambda: edit(design), design.undo, design.redo, design.undo, lambda: edit(design)):
        step()
        assert copy.flush()
        assert copy.acknowledged == copy.edits
        copied(tmp_path)
        assert kept(tmp_path / "copy") == content(design.rows())


def copied(folder: Path) -> None:
    """The files of a working copy as they are now, in a folder of their own: what a kill would leave."""
    (folder / "copy").mkdir(exist_ok=True)
    for old in (folder / "copy").iterdir():
        old.unlink()
    for path in folder.glob("working-*"):
        (folder / "copy" / path.name).write_bytes(path.read_bytes())


def test_that_every_field_of_every_kind_is_followed(tmp_path: Path, design: Project, copy: WorkingCopy) -> None:
    refused = 0
    for row in all_changed():
        fields = {name: value for name, value in row.__dict__.items() if not name.startswith("_") and name != "id"}
        for name, value in fields.items():
            try:
                with design.edit("One"):
                    design.set(row.id, **{name: value})
            except RuleError:  # a value that a file may hold and a rule forbids
                refused += 1
    copy.close()
    assert kept(tmp_path) == content(design.rows())
    assert refused < 30
    changed = [i for i, fields in content(design.rows()).items() if fields != content(one_of_each())[i]]
    assert len(changed) == len(one_of_each())


def test_that_an_edit_of_one_field_writes_that_field_only(design: Project) -> None:
    found = []
    design.changed.connect(lambda changes: found.append(statements_of(design, changes)))
    with design.edit("Rename"):
        design.set(IDS["trace"], name="t")
    assert found == [{'UPDATE "trace" SET "name" = ? WHERE "id" = ?': [("t", IDS["trace"])]}]


def test_that_a_design_that_was_replaced_is_written_whole(tmp_path: Path, design: Project, copy: WorkingCopy) -> None:
    design.replace(all_changed())
    copy.begin(None, None)
    rename(design, "after")
    copy.close()
    assert kept(tmp_path) == content(design.rows())


@pytest.mark.parametrize("name", ["a", "/x/ü b.clouddesign", "/" + "long/" * 800, os.fsdecode(b"/tmp/\xff\xfe")])
def test_that_any_path_is_kept(name: str) -> None:
    facts = path_facts(Path(name))
    assert path_of(facts) == Path(name)
    assert max(map(len, facts.values())) <= 400
    assert path_of(path_facts(None)) is None
    assert path_of({"path_00": "§"}) is None


EDITOR = """
import sys
from pathlib import Path
from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.working.working_copy import WorkingCopy
from tests.store.designs import one_of_each, small_ids
project = Project(KINDS, LINKS, one_of_each())
copy = WorkingCopy(Path(sys.argv[1]), project, print)
copy.begin(None, None)
project.changed.connect(copy.take)
vm = small_ids()["vm"]
for number in range(1, 1_000_000):
    with project.edit("Rename"):
        project.set(vm, name=f"vm {number}", rank=number)
    if number % 50 == 0:
        copy.flush()
        print(copy.acknowledged - 1, flush=True)
"""


def test_that_a_killed_program_loses_no_acknowledged_edit(tmp_path: Path) -> None:
    with Copy("-c", EDITOR, tmp_path, stdout=PIPE) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(6)][-1]
        process.send_signal(signal.SIGKILL)
        told = max([told, *map(int, process.stdout.read().split())])
    found = {name: value for name, _, value in kept(tmp_path)[IDS["vm"]][1]}
    assert found["rank"] >= told
    assert found["name"] == f"vm {found['rank']}"


FULL = """
import json, os, sys
from pathlib import Path
from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.working.working_copy import WorkingCopy
from tests.store.designs import content, one_of_each, small_ids
import resource
folder, limit = Path(sys.argv[1]), int(sys.argv[2])
project, said = Project(KINDS, LINKS, one_of_each()), []
copy = WorkingCopy(folder, project, said.append, retry_s=0.0)
copy.begin(None, None)
project.changed.connect(copy.take)
assert copy.flush()
vm = small_ids()["vm"]
safe = 0
def edit():
    with project.edit("Note"):
        project.set(vm, note="n" * 20_000, rank=project.elements[vm].rank + 1)
        for other in ("host", "rack", "zone", "service", "region"):
            project.set(small_ids()[other], note=chr(97 + project.elements[vm].rank % 26) * 20_000)
    return copy.flush()
while safe < 5:
    assert edit()
    safe += 1
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
else:
    with open(folder / "ballast", "wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            pass
for _ in range(20):
    assert not edit()
assert copy.behind
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
there = next(r for path in folder.glob("working-*.db") for r in project_file.load(path).rows if r.id == vm).rank
if not limit:
    (folder / "ballast").unlink()
again = edit()
copy.close()
(path,) = folder.glob("working-*.db")
whole = content(project_file.load(path).rows) == content(project.rows())
print(json.dumps([said, safe, there, again, whole]))
"""


def check_full(found: str, reason: str) -> None:
    said, safe, given, again, whole = json.loads(found)
    assert safe == 5
    assert given == safe, "what was acknowledged is there, and nothing that was not"
    assert (again, whole) == (True, True)
    assert len(said) == 2, said
    assert said[0].startswith(f"Your edits are no longer kept safe beside the file: {reason} (")
    assert said[0].endswith("Make room there, or save the design in another place.")
    assert said[1] == "Your edits are kept safe again."


def test_that_a_file_larger_than_allowed_is_told_once_and_made_good(tmp_path: Path) -> None:
    check_full(child(FULL, tmp_path, 50_000), "the disk reports an error")


def test_that_a_full_disk_is_told_once_and_made_good(tmp_path: Path) -> None:
    check_full(child(FULL, tmp_path, 0, disk=mounted("size=3m", tmp_path)), "the disk is full")


def test_that_a_folder_that_cannot_be_written_does_not_stop_the_program(tmp_path: Path, design: Project) -> None:
    said: list[str] = []
    (tmp_path / "file").touch()
    copy = WorkingCopy(tmp_path / "file", design, said.append)
    copy.begin(None, None)
    design.changed.connect(copy.take)
    for number in range(3):
        rename(design, f"n{number}")
        assert not copy.flush()
    assert copy.behind
    assert len(said) == 1
    assert copy.acknowledged < 0
    copy.close()


def test_that_a_working_copy_older_than_the_saved_file_is_taken_away(tmp_path: Path, design: Project) -> None:
    copy = WorkingCopy(tmp_path / "state", design, lambda text: None, retry_s=1e9)
    (tmp_path / "state").mkdir()
    copy.begin(None, None)
    design.changed.connect(copy.take)
    assert copy.flush()
    (tmp_path / "state" / "working-2.db").mkdir()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))
    try:
        rename(design, "too much")
        assert not copy.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    stamp = project_file.save(tmp_path / "d.clouddesign", one_of_each())
    copy.saved(stamp, tmp_path / "d.clouddesign")
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == ["working-2.db"]
    copy.close()


def replaced_by_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


def emptied(folder: Path) -> None:
    for path in folder.glob("working-*"):
        path.unlink()


def replaced_file(folder: Path) -> None:
    for path in list(folder.glob("working-*.db")):
        path.unlink()
        path.write_bytes(b"something else")


def made_anew(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


LOSSES: dict[str, Callable[[Path], object]] = {
    "the folder is deleted": shutil.rmtree,
    "the folder has another name": lambda folder: folder.rename(folder.with_name("elsewhere")),
    "the folder is made anew": made_anew,
    "a file stands in its place": replaced_by_a_file,
    "the file in it is deleted": emptied,
    "the file in it is replaced": replaced_file,
    "the folder above is deleted": lambda folder: shutil.rmtree(folder.parent),
    "the file has another name": lambda folder: [p.rename(p.with_suffix(".old")) for p in folder.glob("working-*")],
}


@pytest.mark.parametrize("edits", [False, True])
@pytest.mark.parametrize("name", LOSSES)
def test_that_edits_are_not_called_safe_while_their_folder_is_gone_and_are_kept_again_when_it_can_be(
    tmp_path: Path, design: Project, name: str, edits: bool
) -> None:
    folder, said = tmp_path / "state" / "session", list[str]()
    folder.mkdir(parents=True)
    copy = WorkingCopy(folder, design, said.append, retry_s=0.0)
    copy.begin(None, None)
    design.changed.connect(copy.take)
    assert copy.flush()
    LOSSES[name](folder)
    rename(design, "after") if edits else copy.attend()
    safe = copy.flush() or copy.flush()
    assert len(said) >= 1
    assert "no longer kept safe" in said[0]
    if safe:
        assert "kept safe again" in said[-1]
    else:  # what stands in the way has to go first
        assert copy.behind
        assert not folder.is_dir()
        folder.unlink(missing_ok=True)
        folder.mkdir(parents=True)
        copy.attend()
        assert copy.flush() or copy.flush()
    rename(design, "last")
    assert copy.flush()
    names = [path for path in folder.glob("working-*.db") if path.read_bytes()[:6] == b"SQLite"]
    assert any(content(project_file.load(path).rows) == content(design.rows()) for path in names)
    copy.close()
