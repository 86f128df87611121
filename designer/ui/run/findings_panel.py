"""The list of findings, the worst first: a click selects and shows the element; a fix is one undo step, and so is to
mute one with a reason."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.checks.check import Finding
from designer.checks.registry import BY_ID
from designer.commands import mutes
from designer.ui.parts.plain_table import keeping
from designer.ui.parts.severity import WORDS, severity_icon
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedText
from designer.ui.shell.session import Session
from designer.words import tr, trn

MOST_SHOWN = 500
"""Most findings in the list; the count includes the others."""
MOST_REASON = 400
"""Letters of a reason."""


class FindingsPanel(QWidget):
    """Findings of the run, then of the design, and the muted ones where they are wanted; below, why the chosen one
    matters, and its fix. `scrubbed` carries the time at which a chosen one began."""

    scrubbed = Signal(object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._shown: list[Finding] = []
        self._reasons: dict[Finding, str] = {}
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
        self.muted = QPushButton()
        self.muted.setCheckable(True)
        self.muted.setFlat(True)
        self.muted.setToolTip(tr("List the muted findings, too"))
        self.muted.toggled.connect(self.refresh)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addWidget(self.muted, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._foot())
        session.findings.changed.connect(self.refresh)
        theme.changed.connect(self._themed)
        self.refresh()

    def _foot(self) -> QFrame:
        self.foot, self.why, self.fix, self.mute = QFrame(), QLabel(), QPushButton(), QPushButton()
        self.why.setWordWrap(True)
        self.why.setProperty("muted", True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.fix.setAccessibleName(tr("Apply the fix of the chosen finding"))
        self.fix.clicked.connect(self.apply_fix)
        self.mute.setAccessibleName(tr("Mute the chosen finding, or list it again"))
        self.mute.clicked.connect(self._ask_reason)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(tr("Why the finding is muted"))
        self.reason.setPlaceholderText(tr("Why it stays as it is; Enter mutes"))
        self.reason.setMaxLength(MOST_REASON)
        self.reason.returnPressed.connect(self._mute_chosen)
        self.reason.hide()
        rows, buttons = QVBoxLayout(self.foot), QHBoxLayout()
        rows.setContentsMargins(12, 8, 12, 8)
        rows.addWidget(self.why)
        rows.addWidget(self.reason)
        rows.addLayout(buttons)
        for button in (self.fix, self.mute):
            buttons.addWidget(button)
        buttons.addStretch(1)
        return self.foot

    @property
    def count(self) -> int:
        """How many findings there are."""
        return len(self._session.findings.all)

    def refresh(self) -> None:
        """List the present findings; the chosen one stays chosen while it exists."""
        findings = self._session.findings
        muted = dict(findings.muted) if self.muted.isChecked() else {}
        found = [*findings.all[:MOST_SHOWN], *muted][:MOST_SHOWN]
        self.muted.setText(trn("{0:,} muted", "{0:,} muted", len(findings.muted)))
        self.muted.setVisible(bool(findings.muted))
        if found != self._shown or muted != self._reasons:
            self._reasons = muted
            with keeping(self.list, self._keys):
                self._fill(found)
        self.empty.setVisible(not found)
        self._explain()

    def _fill(self, found: list[Finding]) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            self._shown = found
            for finding in found:
                item = QListWidgetItem(severity_icon(finding.severity, self._theme), self._words(finding))
                if finding in self._reasons:
                    item.setForeground(self._theme.color("text.muted"))
                item.setToolTip(f"{finding.check}  {WORDS[finding.severity]}")
                self.list.addItem(item)

    def _keys(self) -> list[tuple[str, tuple[int, ...], bool]]:
        """What each finding is about; in a run its figures become others."""
        return [(finding.check, finding.elements, finding.time_s is None) for finding in self._shown]

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
        self.foot.setVisible(finding is not None)
        self.reason.hide()
        if finding is not None:
            self.why.setText(f"{tr(check.why)}\n{check.id}, {check.source}" if check is not None else finding.check)
            self.fix.setText(finding.fix)
            self.fix.setVisible(bool(finding.fix))
            self.mute.setText(tr("Unmute") if finding in self._reasons else tr("Mute"))

    def apply_fix(self) -> None:
        """Apply the fix of the chosen finding, as one undo step."""
        finding = self.chosen
        check = BY_ID.get(finding.check) if finding is not None else None
        if finding is not None and check is not None and check.fix is not None:
            self._session.do_large(tr("Fixing …"), len(finding.elements), check.fix.run, finding)

    def _ask_reason(self) -> None:
        """Ask why the chosen finding is muted, in the panel; list a muted one again."""
        finding = self.chosen
        if finding is not None and finding in self._reasons:
            self._session.do_large(tr("Unmuting …"), 1, mutes.unmute, finding.check, finding.elements[0])
        elif finding is not None:
            self.reason.clear()
            self.reason.show()
            self.reason.setFocus()

    def _mute_chosen(self) -> None:
        finding = self.chosen
        if finding is not None:
            args = finding.check, finding.elements[0], self.reason.text()
            self._session.do_large(tr("Muting …"), 1, mutes.mute, *args)

    def _words(self, finding: Finding) -> str:
        """The sentence, and beneath it the evidence; what began in a run says when, what is muted why."""
        reason = self._reasons.get(finding)
        if reason is not None:
            return "\n".join((finding.text, tr("Muted: {0}", reason)))
        since = tr("From {0}. ", units.clock_text(finding.time_s)) if finding.time_s is not None else ""
        return f"{finding.text}\n{since}{finding.detail}" if since or finding.detail else finding.text

    def _go(self, item: QListWidgetItem) -> None:
        ids = [i for i in self._shown[self.list.row(item)].elements if i in self._session.project.elements]
        self._session.select(ids)
        self._session.reveal.emit(ids[:50])
        if (time_s := self._shown[self.list.row(item)].time_s) is not None:
            self.scrubbed.emit(time_s)
