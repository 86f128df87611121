"""The right side of a panel of answers: a number, why, and buttons that play the chosen one or copy the command."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from designer.ui.parts.theme import Theme
from designer.ui.run.run_bar import RIGHT_PX
from designer.words import tr


class VerdictSide(QWidget):
    """Shows what `big` and `why` are set to; the panel connects `start` and `copy`. `hint` says what is played."""

    def __init__(self, theme: Theme, hint: str) -> None:
        super().__init__()
        self.setFixedWidth(RIGHT_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        self.big, self.why = QLabel(), QLabel()
        self.big.setFont(theme.font("clock"))
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.why.setWordWrap(True)
        self.why.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.start, self.copy = QPushButton(tr("Play It")), QPushButton(tr("Copy as Command"))
        self.start.setToolTip(hint)
        column.addWidget(self.big)
        scroll = QScrollArea()
        scroll.setWidget(self.why)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(scroll, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.start)
        foot.addWidget(self.copy)
        column.addLayout(foot)
