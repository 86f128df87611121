"""The list of findings, the worst first: a click selects and shows the element; a fix is one undo step."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from designer import units
from designer.checks.check import Finding
from designer.checks.registry import BY_ID
from designer.ui.parts.severity import WORDS, severity_icon
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedText
from designer.ui.shell.session import Session
from designer.words import tr

MOST_SHOWN = 500
"""Most findings in the list; the count includes the others."""


class FindingsPanel(QWidget):
    """Findings of the run, then of the design; below, why the chosen one matters, and its fix. `scrubbed` carries the
    time at which a chosen one began."""

    scrubbed = Signal(object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._shown: list[Finding] = []
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Findings"))
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setItemDelegate(WrappedText(self.list, (12, 6)))
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)
        self.list.currentRowChanged.connect(self._explain)
        self.empty = QLabel(tr("No findings."))
        self.empty.setProperty("muted", True)
        self.empty.setContentsMargins(12, 10, 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addWidget(self._foot())
        session.findings.changed.connect(self.refresh)
        theme.changed.connect(self._themed)
        self.refresh()

    def _foot(self) -> QFrame:
        self.foot, self.why, self.fix = QFrame(), QLabel(), QPushButton()
        self.why.setWordWrap(True)
        self.why.setProperty("muted", True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.fix.setAccessibleName(tr("Apply the fix of the chosen finding"))
        self.fix.clicked.connect(self.apply_fix)
        rows = QVBoxLayout(self.foot)
        rows.setContentsMargins(12, 8, 12, 8)
        rows.addWidget(self.why)
        rows.addWidget(self.fix, 0, Qt.AlignmentFlag.AlignLeft)
        return self.foot

    @property
    def count(self) -> int:
        """How many findings there are."""
        return len(self._session.findings.all)

    def refresh(self) -> None:
        """List the present findings; the chosen one stays chosen while it exists."""
        found = self._session.findings.all[:MOST_SHOWN]
        if found != self._shown:
            chosen = self.chosen
            self.list.blockSignals(True)
            self.list.clear()
            self._shown = found
            for finding in found:
                item = QListWidgetItem(severity_icon(finding.severity, self._theme), _words(finding))
                item.setToolTip(f"{finding.check}  {WORDS[finding.severity]}")
                self.list.addItem(item)
            if chosen in found:
                self.list.setCurrentRow(found.index(chosen))
            self.list.blockSignals(False)
        self.empty.setVisible(not found)
        self._explain()

    @property
    def chosen(self) -> Finding | None:
        """The chosen finding of the list."""
        row = self.list.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _themed(self) -> None:
        for row, finding in enumerate(self._shown):
            self.list.item(row).setIcon(severity_icon(finding.severity, self._theme))

    def _explain(self, row: int = -1) -> None:
        finding = self.chosen
        check = BY_ID.get(finding.check) if finding is not None else None
        self.foot.setVisible(check is not None)
        if finding is not None and check is not None:
            self.why.setText(f"{tr(check.why)}\n{check.id}, {check.source}")
            self.fix.setText(finding.fix)
            self.fix.setVisible(bool(finding.fix))

    def apply_fix(self) -> None:
        """Apply the fix of the chosen finding, as one undo step."""
        finding = self.chosen
        check = BY_ID.get(finding.check) if finding is not None else None
        if finding is not None and check is not None and check.fix is not None:
            self._session.do_large(tr("Fixing …"), len(finding.elements), check.fix.run, finding)

    def _go(self, item: QListWidgetItem) -> None:
        ids = [i for i in self._shown[self.list.row(item)].elements if i in self._session.project.elements]
        self._session.select(ids)
        self._session.reveal.emit(ids[:50])
        if (time_s := self._shown[self.list.row(item)].time_s) is not None:
            self.scrubbed.emit(time_s)


def _words(finding: Finding) -> str:
    """The sentence, and beneath it the evidence; what began in a run says when."""
    since = tr("From {0}. ", units.clock_text(finding.time_s)) if finding.time_s is not None else ""
    return f"{finding.text}\n{since}{finding.detail}" if since or finding.detail else finding.text
