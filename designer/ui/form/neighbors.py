"""Noisy neighbors of one VM or host, as bars under those of its load."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer.study.isolation.neighbors import Question
from designer.study.isolation.table import RULE, percent, ranked
from designer.ui.form.bars import Bars, Line
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

MOST = 5
"""Most neighbors that are shown."""
SPANS = 20
"""Parts of the length of a run after each of which, while it goes on, it is asked again."""


class NeighborSection(QWidget):
    """To whom a VM has lost CPU so far, or who has taken it from others on a host; hidden where nobody has."""

    def __init__(self, session: Session, theme: Theme, ids: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._ids = session, list(ids)
        self.title, self.bars = QLabel(), Bars(theme)
        self.title.setContentsMargins(12, 6, 12, 0)
        self.title.setProperty("muted", True)
        self.title.setWordWrap(True)
        self.setToolTip(tr(RULE))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.bars)
        self.hide()

    def take(self, ids: Sequence[int]) -> None:
        """Show what the run says of other elements of the same kind."""
        self._ids = list(ids)

    def show_load(self) -> None:
        """Show what the run says."""
        lines = self._lines()
        self.bars.show_lines(lines)
        self.setVisible(bool(lines))

    def _lines(self) -> list[Line]:
        run, elements = self._session.run, self._session.project.elements
        element = elements.get(self._ids[0]) if len(self._ids) == 1 else None
        frame = run.view.frame if run is not None else None
        if run is None or frame is None or element is None or element.kind not in ("vm", "host"):
            return []
        end_s, step_s = frame.time_s, run.until_s / SPANS
        if run.going:
            end_s = end_s // step_s * step_s
        losses = run.neighbors.lost(Question("form", 0.0, end_s, (element.id,))) if end_s > 0.0 else None
        if losses is None:
            return []
        hosts = losses.hosts.tolist()
        if element.kind == "vm":
            self.title.setText(tr("CPU lost to others so far"))
            found = ranked(losses.of(element.id), hosts, run.view.name)
        else:
            self.title.setText(tr("Who takes CPU from others here, so far"))
            pairs = losses.by(element.id)
            whole = sum(amount for _, amount in pairs)
            found = ranked([(i, amount / whole) for i, amount in pairs], hosts, run.view.name)
        return [(who, frac, percent(frac), False) for who, frac in found[:MOST]]
