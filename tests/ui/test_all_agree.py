"""Drawing, outline and design agree after every command, and a thousand commands are undone to the byte."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest

from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.store.exchange.dump import dump
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.ui.side.outline import OutlineModel
from tests.model.test_any_edits import AnyEdits, walk

WALKS = int(os.environ.get("DESIGNER_WALKS", "2"))
"""How many walks are gone (`make torture`: more)."""
COMMANDS = int(os.environ.get("DESIGNER_COMMANDS", "200"))
"""How many commands a walk has (`make torture`: 1,000)."""


def text_of(project: Project) -> str:
    return "\n".join(dump(project.rows()))


def outline_rows(model: OutlineModel) -> list[tuple[int, int]]:
    """Ids with their depth, from top to bottom, as a view asks for them."""
    found: list[tuple[int, int]] = []
    left = [(model.index(row, 0), 0) for row in reversed(range(model.rowCount()))]
    while left:
        index, depth = left.pop()
        found.append((int(index.internalId()), depth))
        left += [(model.index(row, 0, index), depth + 1) for row in reversed(range(model.rowCount(index)))]
    return found


@pytest.mark.parametrize("seed", range(WALKS))
def test_that_drawing_outline_and_design_agree_after_each_of_many_commands_and_all_are_undone(
    session: Session, theme: Theme, seed: int
) -> None:
    project, world, model = session.project, World(session.project), OutlineModel(session, theme)
    session.changed.connect(world.follow)
    session.changed.connect(model.follow)
    empty, texts = text_of(project), {0: text_of(project)}

    def compare() -> None:
        session.flush()
        fresh = World(project)
        assert fresh.ids.tolist() == world.ids.tolist()
        for column in ("x", "y", "w", "h", "parent", "end", "kind"):
            assert np.allclose(getattr(fresh, column), getattr(world, column)), column
        depths = {ROOT_ID: -1}
        for element_id in project.subtree(ROOT_ID):
            if element_id != ROOT_ID:
                depths[element_id] = depths[project.elements[element_id].parent] + 1
        assert outline_rows(model) == [(i, depth) for i, depth in depths.items() if i != ROOT_ID]
        texts[project.history.position] = text_of(project)

    machine = walk(random.Random(seed), COMMANDS, AnyEdits(project), compare)
    while project.history.position:
        assert text_of(project) == texts[project.history.position]
        project.undo()
    assert text_of(project) == empty
    assert machine.project is project
