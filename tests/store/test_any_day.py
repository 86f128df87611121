"""Any day: edits, undo, redo, saves, files opened, crashes, recoveries; project, working copy and file always agree."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard, edit
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.settings import state_dir
from designer.store.file import project_file
from designer.store.working.open_document import OpenDocument
from designer.store.working.recovery import SessionFolder, left_over, read_folder
from tests.store.designs import content

seeds = st.integers(0, 2**32)


class AnyDay(RuleBasedStateMachine):
    """A user with two files, and a machine that fails now and then."""

    @initialize()
    def morning(self) -> None:
        """Switch the machine on."""
        self.folder = Path(tempfile.mkdtemp(prefix="designer-day-"))
        self.files: dict[Path, Any] = {self.folder / name: None for name in ("a.clouddesign", "b.clouddesign")}
        for name in ("sessions", "discarded"):
            shutil.rmtree(state_dir() / name, ignore_errors=True)
        self.start()
        self.doc.become([])

    def start(self) -> None:
        self.said: list[str] = []
        self.project = Project(KINDS, LINKS)
        self.doc = OpenDocument(self.project, self.said.append)

    def state(self) -> dict[int, Any]:
        return content(self.project.rows())

    @rule(seed=seeds)
    def edit(self, seed: int) -> None:
        """Do something to an element."""
        chance = random.Random(seed)
        ids = list(self.project.subtree(ROOT_ID))
        here, there, deed = chance.choice(ids), chance.choice(ids), chance.randrange(6)
        with suppress(RuleError):
            if deed < 2:
                kind = chance.choice([name for name, kind in KINDS.items() if kind.in_palette])
                edit.place_through(self.project, kind, here, None)
            elif deed == 2:
                edit.rename(self.project, here, f"name {seed} ä")
            elif deed == 3:
                edit.delete(self.project, [here])
            elif deed == 4:
                edit.move(self.project, [here], (chance.uniform(-300, 300), 40.0), there)
            else:
                clipboard.duplicate(self.project, [here])

    @rule()
    def undo(self) -> None:
        """Take the last step back."""
        self.project.undo()

    @rule()
    def redo(self) -> None:
        """Do it again."""
        self.project.redo()

    @rule(number=st.integers(0, 1), other=st.booleans())
    def save(self, number: int, other: bool) -> None:
        """Save to a file, the own one or another."""
        path = list(self.files)[number]
        if self.doc.path is not None and not other:
            path = self.doc.path
        self.doc.save(path, overwrite=True)
        self.files[path] = self.state()
        assert not self.project.history.modified

    @rule(number=st.integers(0, 1))
    def open(self, number: int) -> None:
        """Open a file; what is not saved is not wanted."""
        path = list(self.files)[number]
        if self.files[path] is not None:
            assert self.doc.open(path) == []
            assert self.state() == self.files[path]

    @rule(clean=st.booleans(), wanted=st.booleans())
    def crash(self, clean: bool, wanted: bool) -> None:
        """The program ends, orderly or in the middle; at the next start the unsaved work is taken or not."""
        expected, path, there = self.state(), self.doc.path, self.doc.edits
        assert self.doc.flush()
        assert self.doc.acknowledged >= there
        unsaved = expected != self.files[path] if path is not None else self.project.history.modified
        if clean:
            self.doc.leave()
        else:
            self.die()
        self.start()
        over = left_over()
        assert over.notes == []
        assert len(over.found) <= 1
        assert over.found or not unsaved, "unsaved work was not found"
        for found in over.found:
            assert content(found.rows) == expected
            assert found.path == path
            if wanted:
                self.doc.recover(found)
                assert self.project.history.modified
            else:
                found.put_away()
        if not over.found or not wanted:
            if path is not None and self.files[path] is not None:
                self.doc.open(path)
            else:
                self.doc.become([])
        assert left_over().found == []

    def die(self) -> None:
        """Leave what a kill leaves: the files of the session as they are, with their journals."""
        session = self.doc._session
        assert session is not None
        copy = SessionFolder()
        for file in session.path.iterdir():
            shutil.copyfile(file, copy.path / file.name)
        self.doc.close()
        copy.release()

    @invariant()
    def all_agree(self) -> None:
        """The working copy holds the project, each file what was saved, and nothing was amiss."""
        if not hasattr(self, "doc"):
            return
        assert self.said == []
        assert self.doc.flush()
        session = self.doc._session
        assert session is not None
        with tempfile.TemporaryDirectory() as folder:
            for file in session.path.iterdir():
                shutil.copyfile(file, Path(folder) / file.name)
            assert content(read_folder(Path(folder)).rows) == self.state()
        for path, found in self.files.items():
            assert path.exists() == (found is not None)
            if found is not None:
                loaded = project_file.load(path)
                assert loaded.warnings == []
                assert content(loaded.rows) == found

    def teardown(self) -> None:
        """Switch the machine off."""
        if hasattr(self, "doc"):
            self.doc.close()
            assert list((state_dir() / "sessions").iterdir()) == []
            shutil.rmtree(self.folder, ignore_errors=True)


TestAnyDay = AnyDay.TestCase
TestAnyDay.settings = settings(
    max_examples=int(os.environ.get("DESIGNER_EXAMPLES", "6")), stateful_step_count=25, deadline=None
)
