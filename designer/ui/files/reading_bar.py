"""The bar of files that are read on another thread: how far it is, and an end to it when nobody wants them any more."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QSizePolicy

from designer.exchange.going import Going
from designer.ui.parts.background import BAR_MS, Stopped
from designer.words import tr


class Work:
    """How far one reading is, told by its thread; stopped by the window's."""

    def __init__(self) -> None:
        self.far, self.wanted = 0.0, True

    def going(self, part: float) -> None:
        """Note how far it is. Raises Stopped where nobody waits for it."""
        self.far = max(self.far, part)
        if not self.wanted:
            raise Stopped(tr("Canceled; nothing was changed."))


class ReadingBar(QProgressBar):
    """Shown between `begin` and `end`. `work`: what is read now."""

    def __init__(self) -> None:
        super().__init__()
        self.work: Work | None = None
        self.setRange(0, 100)
        self.setAccessibleName(tr("Progress"))
        self.setTextVisible(False)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.setFixedHeight(6)
        self.hide()
        self._timer = QTimer(self, interval=BAR_MS)
        self._timer.timeout.connect(self._draw)

    def begin(self) -> Going:
        """The callback of a new reading; one that still runs ends at its next call."""
        self.end()
        self.work = Work()
        self.setValue(0)
        self.show()
        self._timer.start()
        return self.work.going

    def end(self) -> None:
        """Hide; what is still read is not wanted any more."""
        if self.work is not None:
            self.work.wanted = False
            self.work = None
        self._timer.stop()
        self.hide()

    def _draw(self) -> None:
        if self.work is not None:
            self.setValue(round(self.work.far * 100))
