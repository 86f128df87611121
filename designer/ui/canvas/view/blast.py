"""The blast radius of what is under the mouse, or of the selection: drawn before anything is run, while switched on."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from designer.model.project import ChangeSet
from designer.study.each.blast import BlastIndex, BlastRadius
from designer.ui.canvas.paint.blast_paint import BlastPicture
from designer.ui.canvas.tools.tool import ToolHost
from designer.ui.shell.session import Session
from designer.words import tr, trn

MOST_SERVICES = 4
"""Most services on the card."""


class Blast:
    """Keeps the index of the design, and the picture of one element's blast radius in the overlay."""

    def __init__(self, host: ToolHost, session: Session) -> None:
        self._host, self._session = host, session
        self.on = False
        self.radius: BlastRadius | None = None
        self._index: BlastIndex | None = None
        self._at = QPointF()
        session.changed.connect(self._forget)
        session.replaced.connect(self._forget)
        session.selection_changed.connect(self._show_selected)

    def switch(self, on: bool) -> None:
        """Show blast radii from now on, or no more."""
        self.on = on
        self._index = self._index if on else None
        self._show_selected()

    def look(self, row: int, where: QPointF) -> None:
        """Show what an element of the drawing (a row; -1: none, then the selection counts) would take along."""
        if not self.on:
            return
        self._at = where
        if row < 0:
            self._show_selected()
        else:
            self._show(int(self._host.world.ids[row]))

    def follow(self) -> None:
        """Keep the marks around their elements when the drawing is zoomed or scrolled."""
        if self.radius is not None:
            self._paint()

    def _forget(self, changes: ChangeSet | None = None) -> None:
        self._index = None
        self._show(0)

    def _show_selected(self) -> None:
        chosen = self._session.selection
        if self.on and len(chosen) == 1 and chosen[0] in self._host.world.row_of:
            self._at = self._host.to_pixels(self._host.world.rect(self._host.world.row_of[chosen[0]])).topRight()
            self._show(chosen[0])
        else:
            self._show(0)

    def _show(self, element_id: int) -> None:
        """Show the blast radius of an element; 0: of none."""
        if not (self.on and element_id):
            if self.radius is not None:
                self.radius = self._host.overlay.blast = None
                self._host.repaint_soon()
            return
        if self._index is None:
            self._index = BlastIndex(self._session.project)
        if self.radius is None or self.radius.id != element_id:
            self.radius = self._index.radius(element_id)
        self._paint()

    def _paint(self) -> None:
        found, host = self.radius, self._host
        host.overlay.blast = None
        if found is not None:
            falls, cut, takes = (self._boxes(ids) for ids in (found.falls, found.unreached, found.takes))
            element = self._session.project.elements[found.id]
            title = tr("If {0} fails", self._session.project.called(element))
            host.overlay.blast = BlastPicture(falls, cut, takes, title, self._lines(found), self._at)
        host.repaint_soon()

    def _boxes(self, ids: tuple[int, ...]) -> list[QRectF]:
        world = self._host.world
        return [self._host.to_pixels(world.rect(world.row_of[i])) for i in ids if i in world.row_of]

    def _lines(self, found: BlastRadius) -> list[tuple[str, str]]:
        vms = trn("{0:,} VM", "{0:,} VMs", found.vms)
        hosts = trn("{0:,} host", "{0:,} hosts", found.hosts)
        lines = [(tr("Falls"), tr("{0}, {1}", hosts, vms) if found.hosts else vms)]
        for title, count in (
            (tr("May restart elsewhere"), found.restart),
            (tr("Replaced by their group"), found.replaced),
            (tr("Stay down"), found.stays),
            (tr("Run on, reached no more"), found.cut),
        ):
            if count:
                lines.append((title, trn("{0:,} VM", "{0:,} VMs", count)))
        elements = self._session.project.elements
        for service, lost, of in found.services[:MOST_SERVICES]:
            name = self._session.project.called(elements[service])
            lines.append((tr("{0} loses", name), tr("{0:,} of {1:,} members", lost, of)))
        if len(found.services) > MOST_SERVICES:
            lines.append((tr("Other services"), f"{len(found.services) - MOST_SERVICES:,}"))
        return lines
