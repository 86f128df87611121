"""The text field over an element's name for renaming it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from designer.commands import edit
from designer.commands.arrange import group
from designer.model.element import NAME_LIMIT
from designer.ui.canvas.tools.tool import ToolHost
from designer.ui.parts.guard import guarded
from designer.words import tr


@guarded
class RenameBox(QLineEdit):
    """Enter and leaving the field rename; Escape does not."""

    def __init__(self, host: ToolHost) -> None:
        super().__init__(host.widget())
        self._host = host
        self._ids: tuple[int, ...] = ()
        self.setMaxLength(NAME_LIMIT)
        self.setAccessibleName(tr("Name"))
        self.hide()
        self.installEventFilter(self)
        self.editingFinished.connect(self._commit)

    def open(self, ids: Sequence[int]) -> None:
        """Show the field over an element, or over all elements of a group, with the name selected."""
        if not ids or any(i not in self._host.world.row_of for i in ids):
            return
        self._ids = tuple(ids)
        self.setText(self._name())
        self.follow()
        self.show()
        self.selectAll()
        self.setFocus()

    def _name(self) -> str:
        project = self._host.session.project
        return project.elements[self._ids[0]].name if len(self._ids) == 1 else group.name_of(project, self._ids)

    def follow(self) -> None:
        """Stay over the element when the drawing moves."""
        world, box = self._host.world, QRectF()
        for element_id in self._ids:
            if element_id not in world.row_of:
                return
            box = box.united(self._host.to_pixels(world.rect(world.row_of[element_id])))
        width = max(140, min(round(box.width()), 280))
        self.setGeometry(round(box.left()), round(box.top()), width, 28)

    def _commit(self) -> None:
        if not self.isVisible():
            return
        session = self._host.session
        there = all(i in session.project.elements for i in self._ids)
        old, ids, self._ids = self._name() if there else self.text(), self._ids, ()
        self.hide()
        if self.text() != old and len(ids) == 1:
            session.do(edit.rename, session.project, ids[0], self.text())
        elif self.text() != old:
            session.do_large(tr("Renaming …"), len(ids), group.rename, ids, self.text())
        self._host.widget().setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep keys from the drawing."""
        super().keyPressEvent(event)
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape keeps the old name."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self._ids = ()
            self.hide()
            self._host.widget().setFocus()
            return True
        return super().eventFilter(watched, event)
