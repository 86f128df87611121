"""Adding by typing: a line at the mouse finds kinds, presets and blueprints, and places the chosen one, or several,
there."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSize, Qt
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from designer.catalog.presets.blueprints import blueprints
from designer.commands import many
from designer.ui.canvas.tools.tool import Target
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.line_over_list import leaves, takes_key
from designer.ui.parts.stock import Item, KindItem, SeveralItem, own_item, shipped_item
from designer.ui.parts.theme import Theme
from designer.ui.shell.ranking import match
from designer.ui.shell.session import Session
from designer.words import tr

SIZE = QSize(280, 236)
MOST = 30
MOST_REFUSED = 2
"""Most kinds of a typed name of which it is said why they may not stand there."""
COUNTED = re.compile(r"\s*(\d{1,6})\s*(?:x\s+|×\s*)?(\D.*)?$")
WORDS_COUNT = 0.3
"""How much a match in the words about an item counts, beside one in its title."""


@guarded
class QuickAdd(QFrame):
    """Opens at a point of the drawing. `target` says where an item would go there, `place` places it."""

    def __init__(
        self,
        session: Session,
        theme: Theme,
        over: QWidget,
        target: Callable[[Item, QPointF], Target],
        place: Callable[[Item, int, QPointF], None],
    ) -> None:
        super().__init__(over)
        self._session, self._theme, self._over = session, theme, over
        self._target, self._place = target, place
        self._at = QPointF()
        self._made = False
        self.items: list[Item] = []
        self._known: list[Item] = []
        """What is offered, while the line is open and the design as it was."""
        self._targets: dict[int, Target] = {}
        """Where what is offered would go, by its place there: to try a blueprint takes long for each letter."""
        self.setObjectName("quickadd")
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Add here: vm, 5 hosts, three-zone web shop"))
        self.line.setAccessibleName(tr("Add here"))
        self.line.textChanged.connect(self._look)
        self.line.installEventFilter(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 6, 6, 6)
        self._column.addWidget(self.line)
        self.resize(SIZE)
        self.hide()
        theme.changed.connect(self._paint)
        for signal in (session.changed, session.replaced, session.library_changed):
            signal.connect(self._forget)

    def _make(self) -> None:
        """Make what is only seen once the line was opened."""
        self._made = True
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("What can be added here"))
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda item: self._choose(self.list.row(item)))
        self._column.addWidget(self.list)
        self._paint()

    def open(self, at: QPointF, where: QPoint) -> None:
        """Open for a point of the drawing, at its place in the view."""
        self._forget()
        if not self._made:
            self._make()
        self._at = at
        area = self._over.rect()
        self.move(
            min(max(where.x(), 4), max(area.width() - self.width() - 4, 0)),
            min(max(where.y(), 4), max(area.height() - self.height() - 4, 0)),
        )
        self.line.clear()
        self._look("")
        self.show()
        self.raise_()
        self.line.setFocus()

    def _forget(self) -> None:
        """Ask again what is offered, and where it would go."""
        self._known, self._targets = [], {}

    def _target_of(self, place: int) -> Target:
        """Where what is offered there would go."""
        if place not in self._targets:
            self._targets[place] = self._target(self._known[place], self._at)
        return self._targets[place]

    def _offered(self) -> list[Item]:
        project = self._session.project
        return [
            *(KindItem(kind) for kind in project.kinds.values() if kind.in_palette),
            *(own_item(project, own) for own in self._session.own_presets()),
            *(own_item(project, own) for own in self._session.own_blueprints()),
            *(shipped_item(blueprint) for blueprint in blueprints().values()),
        ]

    def _several(self, count: int) -> list[Item]:
        """The kinds, `count` of one at once."""
        kinds = self._session.project.kinds.values()
        return [SeveralItem(kind, count=count) for kind in kinds if kind.in_palette]

    def _look(self, text: str) -> None:
        """Offer what matches and may stand there; after a number ("5 vms") that number of each. What is meant by its
        title and may not says why; then Enter adds nothing that matches less."""
        scored: list[tuple[float, int, Item]] = []
        refused: list[tuple[float, int, str]] = []
        counted = COUNTED.match(text)
        count = min(int(counted[1]), many.MOST) if counted else 0
        text = (counted[2] or "").strip() if counted else text
        self._known = self._known or self._offered()
        for n, item in enumerate(self._several(count) if count else self._known):
            kind = item.what if isinstance(item, KindItem) else None
            said = (item.title, tr(kind.label), tr(kind.plural)) if kind is not None else (item.title,)
            found = [score for name in said if (score := match(name, text)) is not None]
            title, words = max(found, default=None), match(item.words, text)
            score = title if title is not None else words * WORDS_COUNT if words is not None else None
            if score is None:
                continue
            target = self._target(item, self._at) if count else self._target_of(n)
            if target.allowed:
                scored.append((-score, n, item))
            elif title and target.text:
                refused.append((-title, n, target.text))
        scored.sort(key=lambda row: row[:2])
        refused.sort()
        self.items = [item for _, _, item in scored][:MOST]
        self.list.clear()
        for item in self.items:
            row = QListWidgetItem(icon(item.icon, self._theme.kind(item.kind).ink), item.title)
            row.setToolTip(item.tip)
            self.list.addItem(row)
        for _, _, reason in refused[:MOST_REFUSED]:
            self._say(f"{reason}.")
        if not self.list.count():
            self._say(tr("Nothing of that name can be placed here."))
        meant = bool(refused) and (not scored or refused[0][0] < scored[0][0])
        self.list.setCurrentRow(-1 if meant else 0)

    def _say(self, text: str) -> None:
        """Add a line that cannot be chosen."""
        row = QListWidgetItem(text)
        row.setFlags(Qt.ItemFlag.NoItemFlags)
        row.setToolTip(escape(text))
        self.list.addItem(row)

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self.items):
            item = self.items[row]
            parent_id = self._target(item, self._at).parent_id
            self.close_line()
            self._place(item, parent_id, self._at)

    def close_line(self) -> None:
        """Close the line; the keys are the drawing's again."""
        self.hide()
        self._over.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows choose, Enter adds, Escape and leaving close."""
        if not self._made:
            return super().eventFilter(watched, event)
        if leaves(event, self.list):
            self.hide()
        if takes_key(event, self.list, self._choose, self.close_line):
            return True
        return super().eventFilter(watched, event)

    def _paint(self) -> None:
        if not self._made:
            return
        raised, strong = self._theme.color("raised").name(), self._theme.color("strong").name()
        self.setStyleSheet(f"#quickadd {{ background: {raised}; border: 1px solid {strong}; border-radius: 8px; }}")
