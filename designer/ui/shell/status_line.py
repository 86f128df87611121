"""The line at the foot of the window: the selection, hints, where the design is saved."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStatusBar, QToolButton

from designer.checks.check import SEVERITIES
from designer.study.cost.table import left_out
from designer.study.run import Run
from designer.study.states import RunState
from designer.ui.parts.guard import guarded
from designer.ui.parts.severity import severity_icon
from designer.ui.parts.theme import Theme
from designer.ui.preferences.quantities import currency
from designer.ui.shell.panels import LEFT_PX
from designer.ui.shell.session import Session
from designer.words import tr, trn

NEWS = {"gone": tr("The file was renamed or deleted"), "changed": tr("The file was changed by another program")}
"""The message while another program has touched the file."""
ADVICE = {
    RunState.RUNNING: tr("Right-click an element to fail or recover it while the run goes on"),
    RunState.PAUSED: tr("Drag the time line to look back; Fail Now branches there"),
    RunState.FINISHED: tr("Drag the time line to look back; Fail Now branches there"),
    RunState.STARTING: tr("Preparing the simulation; the first time takes some seconds"),
}
EDGE_PX, GAP_PX = 2, 6
"""What a status bar leaves at its edge, and between two labels."""
REOPENING = tr("Opening the saved run; it does not run again")


@guarded
class _Hint(QLabel):
    """A sentence that is shortened where there is no room for it."""

    whole = ""

    def say(self, text: str) -> None:
        """Show a sentence."""
        if text == self.whole:
            return
        self.whole = text
        self.setToolTip(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten it to the new width."""
        self._fit()

    def _fit(self) -> None:
        room = max(self.contentsRect().width() - 2, 0)
        self.setText(self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, room))


class StatusLine(QObject):
    """Labels in the status bar of a frame; `findings` is a button that says how many there are, `cost` one that
    says what the design costs."""

    def __init__(self, bar: QStatusBar, session: Session, theme: Theme) -> None:
        super().__init__(bar)  # signals no longer arrive when the bar is gone
        self._session, self._theme = session, theme
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(24)
        self.chosen, self.advice, self.saved = _Hint(), _Hint(), QLabel()
        self.advice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for label in (self.chosen, self.advice, self.saved):
            label.setFont(theme.font("secondary"))
            label.setProperty("muted", True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.saved.setContentsMargins(0, 0, 12, 0)
        self.chosen.setFixedWidth(LEFT_PX - EDGE_PX - GAP_PX)  # what is beside it begins where the plots do
        self.chosen.setContentsMargins(12 - EDGE_PX, 0, 0, 0)
        bar.addWidget(self.chosen)
        bar.addWidget(self.advice, 1)
        self.findings = QToolButton()
        self.findings.setFont(theme.font("secondary"))
        self.findings.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.findings.setAutoRaise(True)
        self.findings.setAccessibleName(tr("Findings"))
        self.findings.setToolTip(tr("Show the findings"))
        self.cost = QToolButton()
        self.cost.setFont(theme.font("secondary"))
        self.cost.setAutoRaise(True)
        self.cost.setAccessibleName(tr("Cost"))
        bar.addPermanentWidget(self.findings)
        bar.addPermanentWidget(self.cost)
        bar.addPermanentWidget(self.saved)
        session.findings.changed.connect(self.show_findings)
        theme.changed.connect(self.show_findings)
        session.cost.changed.connect(self.show_cost)
        session.replaced.connect(self.show_cost)
        self.show_findings()
        self.show_cost()

    def show_selection(self) -> None:
        """Show the selection, or the size of the design."""
        project, selection = self._session.project, self._session.selection
        chosen = self._session.chosen
        words = [project.kinds[kind].counted(count) for kind, count in chosen.counts.items()]
        links = len(selection) - chosen.elements
        if links:
            words.append(f"{links:,} {'link' if links == 1 else 'links'}")
        inside = len(project.children(selection[0])) if len(selection) == 1 and chosen.elements else 0
        text = tr("{0} selected", ", ".join(words)) if words else tr("{0:,} elements", len(project.elements) - 1)
        self.chosen.say(text + (tr(", {0:,} inside", inside) if inside else ""))

    def show_findings(self) -> None:
        """Show how many findings there are, with the sign of the worst."""
        found = self._session.findings.all
        self.findings.setVisible(bool(found))
        if found:
            worst = min((finding.severity for finding in found), key=SEVERITIES.index)
            self.findings.setIcon(severity_icon(worst, self._theme, 12))
            self.findings.setText(trn("{0:,} finding", "{0:,} findings", len(found)))

    def show_cost(self) -> None:
        """Show what the design costs a month, and how many prices that leaves out."""
        cost = self._session.cost
        whole = cost.total
        self.cost.setVisible(whole is not None and bool(whole.usd or whole.unknown))
        if whole is None or cost.bill is None:
            return
        text = tr("{0:,.0f} {1} a month", currency().of(whole.usd), currency().code)
        unknown = trn("{0:,} price unknown", "{0:,} prices unknown", whole.unknown)
        known = text if not whole.unknown else tr("{0}, {1}", text, unknown)
        self.cost.setText(unknown if whole.unpriced else known)
        missing = ", ".join(tr("{0} ({1:,})", what, count) for what, count in left_out(cost.bill.lines)[:6])
        self.cost.setToolTip(tr("Show the costs. Without: {0}.", missing) if missing else tr("Show the costs"))

    def show_run(self, run: Run | None) -> None:
        """Show hints for the shown run."""
        text = ADVICE.get(RunState.RUNNING if run.held else run.state, "") if run is not None else ""
        if run is not None and run.state is RunState.STARTING and run.revives is not None:
            text = REOPENING
        self.advice.say(text)

    def show_file(self, unsafe: bool) -> None:
        """Show where the design is saved. `unsafe`: edits cannot be kept safe."""
        session = self._session
        text = tr("Read-only: saving asks for another name") if session.read_only else tr("Not saved yet")
        if session.path is not None:
            text = tr("Unsaved changes") if session.modified else tr("Saved in {0}", session.path.name)
            text = NEWS.get(session.news.what, text)
        wrong = unsafe or (session.path is not None and session.news.what)
        self.saved.setText(tr("Edits are not kept safe") if unsafe else text)
        self.saved.setStyleSheet(f"color: {self._theme.color('drop.refused').name()};" if wrong else "")
