"""The blast radius of what is under the mouse, or of the selection: drawn before anything is run, while switched on."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from designer.model.project import ChangeSet
from designer.model.sent import plain, project_from, rows_of
from designer.study.each.blast import BlastIndex, BlastRadius
from designer.ui.canvas.paint.blast_paint import BlastPicture
from designer.ui.canvas.tools.tool import ToolHost
from designer.ui.parts.background import later
from designer.ui.shell.session import Session
from designer.words import tr, trn

MOST_SERVICES = 4
"""Most services on the card."""
FEW = 1_000
"""Most elements whose index is made at once (some milliseconds); that of more is made on a thread."""
SEEN_ONLY = {"x", "y", "w", "h", "name", "note"}
"""Fields of elements that the index does not read."""


class Blast:
    """Keeps the index of the design, and the picture of one element's blast radius in the overlay."""

    def __init__(self, host: ToolHost, session: Session) -> None:
        self._host, self._session = host, session
        self.on = False
        self.radius: BlastRadius | None = None
        self._index: BlastIndex | None = None
        self._wanted, self._version, self._making = 0, 0, False
        self._at = QPointF()
        session.changed.connect(self._forget)
        session.replaced.connect(self._forget)
        session.selection_changed.connect(self._show_selected)

    def switch(self, on: bool) -> None:
        """Show blast radii from now on, or no more."""
        self.on = on
        if not on:
            self._drop()
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
        """Drop the index where a change touched what it reads."""
        same = changes is not None and not (changes.added or changes.removed)
        if same and changes is not None and all(fields <= SEEN_ONLY for fields in changes.changed.values()):
            self.follow()
            return
        self._drop()
        self._show(0)

    def _drop(self) -> None:
        self._index, self._version = None, self._version + 1

    def _show_selected(self) -> None:
        chosen = self._session.selection
        if self.on and len(chosen) == 1 and chosen[0] in self._host.world.row_of:
            self._at = self._host.to_pixels(self._host.world.rect(self._host.world.row_of[chosen[0]])).topRight()
            self._show(chosen[0])
        else:
            self._show(0)

    def _make(self) -> None:
        """Make the index of the design as it is: on a thread where that takes longer than a frame."""
        project, version = self._session.project, self._version
        if len(project.elements) <= FEW:
            self._index = BlastIndex(project)
            return
        if self._making:
            return
        self._making, rows = True, rows_of(project)

        def made(index: BlastIndex | None) -> None:
            self._making = False
            if version == self._version:
                self._index = index
            if self.on and self._wanted in self._session.project.elements:
                self._show(self._wanted)

        kinds, links = project.kinds, project.link_kinds
        later(self._session, lambda: BlastIndex(project_from(kinds, links, plain(rows))), made, lambda _: made(None))

    def _show(self, element_id: int) -> None:
        """Show the blast radius of an element; 0: of none. While the index is made on a thread, nothing is shown."""
        self._wanted = element_id
        if not (self.on and element_id):
            if self.radius is not None:
                self.radius = self._host.overlay.blast = None
                self._host.repaint_soon()
            return
        if self._index is None:
            self._make()
        if self._index is None:
            self.radius = self._host.overlay.blast = None
            self._host.repaint_soon()
            return
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
            (tr("Running, but not reachable"), found.cut),
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
