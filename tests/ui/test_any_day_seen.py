"""Any day, seen: whatever is edited, undone, saved, opened, lost and recovered, canvas and outline show the design."""

from __future__ import annotations

import os
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, rule
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from designer.model.element import ROOT_ID
from designer.ui.canvas.paint.tips import tip_of
from designer.ui.canvas.view.view import View
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.ui.side.outline import Outline
from tests.store.test_any_day import AnyDay
from tests.ui.test_canvas import assert_same
from tests.ui.test_outline import chosen, tree_in, tree_of


class SeenDay(AnyDay):
    """The same user, who also looks and selects."""

    def start(self) -> None:
        super().start()
        self.close_window()
        self.session = Session(self.project)
        theme = Theme("light")
        self.view, self.outline = View(self.session, theme), Outline(self.session, theme)
        self.view.resize(600, 400)
        self.session.told.connect(self.said.append)

    def close_window(self) -> None:
        """The window of a program that ended."""
        for name in ("view", "outline"):
            if hasattr(self, name):
                getattr(self, name).deleteLater()
        QApplication.processEvents()

    @rule(numbers=st.lists(st.integers(0, 10_000), max_size=4), links=st.booleans())
    def select(self, numbers: list[int], links: bool) -> None:
        """Select elements, or links."""
        ids = list(self.project.links if links and self.project.links else self.project.subtree(ROOT_ID))
        self.session.select(ids[number % len(ids)] for number in numbers)

    @rule(x=st.integers(0, 599), y=st.integers(0, 399))
    def paint(self, x: int, y: int) -> None:
        """Look at the drawing, and point at something."""
        self.view.zoom_to_fit(animated=False)
        self.view.grab()
        spot = self.view.to_drawing(QPoint(x, y))
        row = self.view.world.at(spot.x(), spot.y())
        assert row < 0 or self.project.elements[int(self.view.world.ids[row])].name in tip_of(self.view.brush, row)

    @invariant()
    def what_is_seen_is_the_design(self) -> None:
        """Rows of the drawing, rows of the outline and the selection."""
        if not hasattr(self, "view"):
            return
        self.session.flush()
        assert_same(self.view.world, self.project)
        assert tree_of(self.outline.model) == tree_in(self.project)
        known = self.project.elements.keys() | self.project.links.keys()
        assert set(self.session.selection) <= known
        assert chosen(self.outline) == set(self.session.selection) & self.project.elements.keys()

    def teardown(self) -> None:
        super().teardown()
        self.close_window()


@pytest.mark.usefixtures("qapp")
@pytest.mark.qt_log_ignore("^This plugin does not support")
class TestSeenDay(SeenDay.TestCase):  # type: ignore[misc, name-defined]
    settings: Any = settings(
        max_examples=int(os.environ.get("DESIGNER_EXAMPLES", "10")) // 2, stateful_step_count=25, deadline=None
    )
