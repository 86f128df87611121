"""Notes on the drawing: all of a blueprint's text can be read, and of what is too long whole lines."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import ORDER, blueprints
from designer.commands import blueprints as placing
from designer.commands import edit
from designer.model.project import Project
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.tips import tip_of
from designer.ui.canvas.world import sets
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme


def shown(brush: Brush, row: int, scale: float) -> str:
    """What of a note's text is in sight at a scale."""
    box = brush.world.rect(row)
    return sets.shown_text(brush, row, QRectF(0, 0, box.width() * scale, box.height() * scale), scale)


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.parametrize("scale", [0.75, 0.8, 1.0, 1.27, 1.5, 2.4])
def test_that_all_of_the_text_of_a_blueprint_s_note_is_in_sight(theme: Theme, name: str, scale: float) -> None:
    project = Project(KINDS, LINKS)
    placing.place(project, blueprints()[name].text, blueprints()[name].title)
    brush = Brush(theme, World(project))
    (row,) = brush.world.rows_of_kind("note").tolist()
    found = shown(brush, row, scale)
    assert found.endswith(blueprints()[name].lesson)
    assert found.startswith(blueprints()[name].title)


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.parametrize("scale", [0.3, 0.45, 0.6])
def test_that_from_afar_a_note_of_a_blueprint_has_its_title_whole(theme: Theme, name: str, scale: float) -> None:
    project = Project(KINDS, LINKS)
    placing.place(project, blueprints()[name].text, blueprints()[name].title)
    brush = Brush(theme, World(project))
    (row,) = brush.world.rows_of_kind("note").tolist()
    found = shown(brush, row, scale)
    assert found.startswith(blueprints()[name].title)
    assert "…" not in found.removesuffix(" …")  # whole sentences, and a sign that there are more
    assert blueprints()[name].lesson in tip_of(brush, row)


def test_that_text_without_room_ends_in_a_whole_line_with_an_ellipsis(theme: Theme, project: Project) -> None:
    text = "one two three four five six seven eight nine ten " * 30
    note = edit.place(project, "note", note=text.strip())
    brush = Brush(theme, World(project))
    found = shown(brush, brush.world.row_of[note], 1.0)
    assert found.endswith(" …")
    assert text.startswith(found.removesuffix(" …"))
    assert len(found) > 50
    assert shown(brush, brush.world.row_of[note], 0.4) != found
