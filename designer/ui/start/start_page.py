"""The start page: what to begin with, recent files and blueprints with thumbnails, and the tour."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDateTime, QEvent, QLocale, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPalette, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from designer.catalog.presets.blueprints import blueprints
from designer.model.element import ROOT_ID
from designer.settings import Settings
from designer.ui.parts.guard import guarded
from designer.ui.parts.stock import BlueprintItem, shipped_item
from designer.ui.parts.theme import Theme
from designer.ui.parts.undo_keys import follow_place
from designer.ui.shell.session import Session
from designer.ui.start import thumbnails
from designer.ui.start.card import Card, CardGrid
from designer.ui.start.thumbnails import SIZE
from designer.words import tr, trn

MOST_COLUMNS, MARGIN_PX, BUTTON_PX, BAR_PX, HEAD_PX = 4, 20, 36, 8, 20
KEYED = ("file.new", "file.open", "file.import")
"""The actions whose keys are told at the buttons that do the same."""
FIRST_ROWS = 2
"""Least rows of blueprints shown before *All* is pressed; more where the page has room for them."""
DAY_S = 86_400.0


def when_text(then_s: float, now_s: float) -> str:
    """A time in the past in few words: "2 hours ago", "Yesterday", "19 Nov"."""
    minutes = int(max(now_s - then_s, 0.0) // 60)
    if minutes < 60:
        return tr("Just now") if minutes < 2 else tr("{0} minutes ago", minutes)
    then = QDateTime.fromSecsSinceEpoch(int(then_s)).date()
    days = then.daysTo(QDateTime.fromSecsSinceEpoch(int(now_s)).date())
    if days < 1:
        return trn("{0} hour ago", "{0} hours ago", minutes // 60)
    if days == 1:
        return tr("Yesterday")
    english = QLocale(QLocale.Language.English)
    return english.toString(then, "d MMM" if days < 300 else "d MMM yyyy")


@guarded
class StartPage(QScrollArea):
    """Covers an empty drawing until something is begun. Drops go to the drawing beneath. `shown` says whether it does
    so now; `first_painted`: it was painted once, and nothing of what it covers."""

    new_requested = Signal()
    open_requested = Signal()
    import_requested = Signal()
    tour_requested = Signal()
    file_chosen = Signal(str)
    blueprint_chosen = Signal(object)
    shown = Signal(bool)
    first_painted = Signal()

    def __init__(self, session: Session, theme: Theme, settings: Settings, over: QWidget) -> None:
        super().__init__(over)
        self._session, self._theme, self._settings, self._over = session, theme, settings, over
        self._painting: list[Callable[[], None]] = []
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._paint_next)
        self._all, self._first = False, True
        self._painted = 0
        """How many blueprints have a thumbnail, or will have one."""
        self._on_accent: list[QLabel] = []
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setAccessibleName(tr("Start page"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.hide()
        self._page: QWidget | None = None
        self._keys: dict[str, str] = {}
        over.installEventFilter(self)
        theme.changed.connect(self._themed)
        for signal in (session.changed, session.replaced):
            signal.connect(self._hide_when_drawn)

    def _made(self) -> QWidget:
        """Make what is only seen once the page was opened."""
        page = self._page = QWidget(self.viewport())
        column = QVBoxLayout(page)
        column.setContentsMargins(MARGIN_PX, MARGIN_PX - 4, MARGIN_PX, MARGIN_PX)
        column.setSpacing(4)
        title = QLabel(tr("Draw a cloud and find out whether it holds"))
        title.setFont(self._theme.font("clock"))
        told = QLabel(tr("Drag a region here, or start from something that works."))
        told.setProperty("muted", True)
        self.buttons = CardGrid()
        self.buttons.fill(self._buttons())
        self.clear = QToolButton()
        self.clear.setText(tr("Clear list"))
        self.clear.clicked.connect(self._clear_recent)
        self.more = QToolButton()
        self.more.setText(tr("All"))
        self.more.clicked.connect(self._show_all)
        self.recent, self.blueprints = CardGrid(), CardGrid()
        self._recent_head = self._head(tr("Recent"), self.clear)
        self._blueprints_head = self._head(tr("Blueprints"), self.more)
        for widget, above in ((title, 12), (told, 0), (self.buttons, 20), (self._recent_head, 0), (self.recent, 0),
                              (self._blueprints_head, 0), (self.blueprints, 0)):  # fmt: skip
            column.addSpacing(above)
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(page)
        page.installEventFilter(self)
        follow_place(self, [*self.buttons.cards, self.clear, self.more])
        return page

    def show_key(self, name: str, keys: str) -> None:
        """Tell at a button which keys do the same as it: those of an action of `KEYED`."""
        self._keys[name] = keys
        if self._page is not None:
            self._labels[name].setText(keys)

    def _buttons(self) -> list[QWidget]:
        made: list[QWidget] = []
        self._labels: dict[str, QLabel] = {}
        """The labels that tell keys, by the action that has them."""
        for text, key, signal in (
            (tr("New Design"), "file.new", self.new_requested),
            (tr("Open …"), "file.open", self.open_requested),
            (tr("Import CSV …"), "file.import", self.import_requested),
            (tr("Take the Tour"), tr("3 steps"), self.tour_requested),
        ):
            button = QPushButton()
            button.setAccessibleName(text.removesuffix(" …"))
            button.setProperty("primary", key == "file.new")
            button.setFixedSize(SIZE.width(), BUTTON_PX)
            row = QHBoxLayout(button)
            row.setContentsMargins(12, 0, 12, 0)
            for words, part in ((text, "base"), (key, "secondary")):
                label = QLabel(self._keys.get(words, words))
                label.setFont(self._theme.font(part))
                if words in KEYED:
                    self._labels[words] = label
                label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
                label.setProperty("muted", part == "secondary" and key != "file.new")
                if key == "file.new":
                    self._on_accent.append(label)
                row.addWidget(label)
                if part == "base":
                    row.addStretch(1)
            button.clicked.connect(signal)
            made.append(button)
        return made

    def _head(self, title: str, button: QToolButton) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, HEAD_PX, 0, 4)  # the space above goes with a list that is hidden
        label = QLabel(title)
        label.setFont(self._theme.font("title"))
        button.setFont(self._theme.font("secondary"))
        button.setAutoRaise(True)
        row.addWidget(label)
        row.addStretch(1)
        row.addWidget(button)
        return head

    # -- showing and hiding

    def open(self) -> None:
        """Show the page with the present recent files, where the drawing is empty."""
        if self._is_drawn():
            return
        self._fill()
        self._fit()
        self.show()
        self.raise_()

    def _is_drawn(self) -> bool:
        project = self._session.project
        return any(project.kind(i).drawn for i in project.children(ROOT_ID))

    def leave(self) -> None:
        """Show the drawing; the next keys are for it."""
        self._over.setFocus()
        self.hide()

    def _hide_when_drawn(self) -> None:
        if self.isVisible() and self._is_drawn():
            if self.isAncestorOf(self.window().focusWidget()):
                self.leave()
            else:
                self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        """Say that it is shown."""
        super().showEvent(event)
        self._go_on()
        self.shown.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Say that it is hidden."""
        super().hideEvent(event)
        self.shown.emit(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the drawing whatever its size; say once that it is painted."""
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._fit()
        if watched is self._page and event.type() == QEvent.Type.Paint and self._first:
            self._first = False
            QTimer.singleShot(0, self, self._was_painted)
        return super().eventFilter(watched, event)

    def _was_painted(self) -> None:
        self.first_painted.emit()
        self._timer.start()

    def _fit(self) -> None:
        self.setGeometry(self._over.rect())
        if self._page is None:
            return
        room = self.width() - 2 * MARGIN_PX - BAR_PX + CardGrid.GAP
        columns = min(max(room // (SIZE.width() + CardGrid.GAP), 1), MOST_COLUMNS)
        wide = columns * (SIZE.width() + CardGrid.GAP) - CardGrid.GAP
        self.buttons.arrange(columns)
        self.recent.arrange(columns, columns)
        count, first = len(self.blueprints.cards), columns * self._rows_in_sight()
        shown = count if self._all else min(first, count)
        self.blueprints.arrange(columns, shown)
        for head in (self._recent_head, self._blueprints_head):
            head.setFixedWidth(wide)
        self.more.setText(tr("Fewer") if self._all else tr("All {0}", count))
        self.more.setVisible(count > first)
        self._paint_first(shown)

    def _rows_in_sight(self) -> int:
        """How many rows of blueprints the page has room for."""
        layout = self._page.layout() if self._page is not None else None
        if layout is None or not self.blueprints.cards:
            return FIRST_ROWS
        layout.activate()
        room = self.height() - (layout.sizeHint().height() - self.blueprints.height())
        return max((room + CardGrid.GAP) // (self.blueprints.cards[0].height() + CardGrid.GAP), FIRST_ROWS)

    # -- content

    def _fill(self) -> None:
        cards: list[QWidget] = []
        for blueprint in blueprints().values():
            item = shipped_item(blueprint)
            card = Card(self._theme, item.title, item.summary, icon=item.icon)
            card.setToolTip(item.lesson)
            card.clicked.connect(partial(self.blueprint_chosen.emit, item))
            cards.append(card)
        if self._page is None:
            self._made()
        self.blueprints.fill(cards)
        self._themed()

    def _fill_recent(self) -> None:
        cards: list[QWidget] = []
        for text in self._settings.recent_files():
            path = Path(text)
            try:
                when = when_text(path.stat().st_mtime, time.time())
            except (OSError, ValueError):
                continue
            picture, summary = thumbnails.kept(path, self._theme.dark)
            card = Card(self._theme, path.stem, when, summary, icon="open")
            card.setToolTip(text)
            card.show_picture(picture)
            card.clicked.connect(partial(self.file_chosen.emit, text))
            cards.append(card)
        self.recent.fill(cards[:MOST_COLUMNS])
        for widget in (self._recent_head, self.recent):
            widget.setVisible(bool(cards))

    def _paint_blueprint(self, card: Card, item: BlueprintItem) -> None:
        picture = self._session.do(thumbnails.of_blueprint, item.text, item.title, self._theme)
        if picture is not None:
            card.show_picture(picture)

    @property
    def paints(self) -> bool:
        """Whether thumbnails are still to be painted."""
        return bool(self._painting)

    def _paint_next(self) -> None:
        """Paint one thumbnail a turn of the event loop, while the page is seen: it is there at once."""
        if self._painting and self.isVisible():
            self._painting.pop(0)()
            self._go_on()

    def _go_on(self) -> None:
        """Paint what is left, after the page itself."""
        if not self._first:
            self._timer.start()

    def _clear_recent(self) -> None:
        self._settings.set("recent_files", [])
        self._fill_recent()
        self._fit()

    def _show_all(self) -> None:
        self._all = not self._all
        self._fit()

    def _themed(self) -> None:
        if self._page is None:
            return
        for label in self._on_accent:
            label.setStyleSheet(f"color: {self._theme.color('text.on_accent').name()};")
        for button in (self.clear, self.more):
            ink = self._theme.color("focus").name()  # as a link, whose end is at the edge of what is below it
            button.setStyleSheet(
                f"QToolButton {{ color: {ink}; background: none; padding: 0;"
                " border: 0; border-bottom: 1px solid transparent; }"
                f" QToolButton:hover, QToolButton:focus {{ border-bottom-color: {ink}; }}"
            )
        color = self._theme.color("canvas")
        for widget in (self, self.viewport(), self._page):
            palette = widget.palette()
            palette.setColor(QPalette.ColorRole.Window, color)
            widget.setPalette(palette)
            widget.setAutoFillBackground(True)
        if not self.blueprints.cards:
            return
        self._painting.clear()
        self._painted = 0
        self._fill_recent()
        self._fit()

    def _paint_first(self, count: int) -> None:
        """Paint the thumbnails of the first blueprints, one after the other; hidden cards wait until they are seen."""
        if self._painted >= count:
            return
        items = [shipped_item(blueprint) for blueprint in blueprints().values()]
        pairs = list(zip(self.blueprints.cards, items))[self._painted : count]
        self._painting += [partial(self._paint_blueprint, card, i) for card, i in pairs if isinstance(card, Card)]
        self._painted = count
        self._go_on()
