"""What can be drawn: kinds, presets and blueprints in sections that fold. Drag one onto the drawing, or press Enter
to place it in the selection; type to search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import get_args

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QFont, QFontMetrics, QIcon, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.catalog.presets.blueprints import blueprints
from designer.catalog.presets.own import OwnBlueprint, OwnPreset
from designer.model.kind import Section as SectionName
from designer.model.project import ChangeSet
from designer.settings import Settings
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.stock import BlueprintItem, Item, KindItem, own_item, own_of, shipped_item
from designer.ui.parts.theme import Theme
from designer.ui.parts.undo_keys import follow_place, leave_undo_keys
from designer.ui.shell.session import Session
from designer.words import tr

COLUMNS, COMPACT_COLUMNS = 2, 6
ROW_PX, HEAD_PX, BLUEPRINT_PX, TEXT_PX = 24, 20, 40, 24
KINDS_TAB, BLUEPRINTS_TAB = "kinds", "blueprints"
TABS = {KINDS_TAB: tr("Kinds"), BLUEPRINTS_TAB: tr("Blueprints")}
SECTIONS: dict[str, str] = {name: name.capitalize() for name in get_args(SectionName)}
DESIGN_PRESETS, LIBRARY_PRESETS = tr("Presets, this design"), tr("Presets, my library")
SHIPPED, DESIGN_BLUEPRINTS, LIBRARY_BLUEPRINTS = tr("Shipped"), tr("This design"), tr("My library")
OWN = {
    DESIGN_PRESETS: (OwnPreset, "design"),
    LIBRARY_PRESETS: (OwnPreset, "library"),
    DESIGN_BLUEPRINTS: (OwnBlueprint, "design"),
    LIBRARY_BLUEPRINTS: (OwnBlueprint, "library"),
}
"""The sections of what the user saved: what, and where."""
HINT = tr("Save your own: select a part of the drawing, then choose Edit, Save as Blueprint.")
FOLDED = "palette_folded"
"""The setting for the folded sections."""


@guarded
class ItemButton(QToolButton):
    """One item to place: its icon and title. Press and drag it onto the drawing."""

    def __init__(self, item: Item, theme: Theme, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self.item, self._theme, self._palette = item, theme, palette
        self._pressed: QPointF | None = None
        self.setText(item.title)
        self._tell(item.tip)
        self.setAccessibleName(tr("Place {0}", item.title))
        self.setAccessibleDescription(item.tip)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(ROW_PX)
        self.paint_icon()

    def _tell(self, tip: str) -> None:
        self.setToolTip(tr("{0}\n\nDrag it onto the drawing, or press Enter.", _plain(tip)))

    @property
    def kind(self) -> str:
        """The kind that it places; empty for presets and blueprints."""
        return self.item.kind if isinstance(self.item, KindItem) else ""

    def paint_icon(self) -> None:
        """Take the theme's colors."""
        self.setIcon(icon(self.item.icon, self._theme.kind(self.item.kind).ink))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag may begin."""
        self._pressed = event.position() if event.button() == Qt.MouseButton.LeftButton else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag."""
        if self._pressed is None:
            return
        if (event.position() - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self.setDown(False)
            self._drag()

    def _drag(self) -> None:
        drag = QDrag(self)
        drag.setMimeData(self.item.mime())
        drag.setPixmap(self.icon().pixmap(QSize(24, 24)))
        drag.exec(Qt.DropAction.CopyAction)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter places; arrows move the focus; other keys may belong to saved presets and blueprints."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._palette.place_requested.emit(self.item)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            self.focusNextChild()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Left):
            self.focusPreviousChild()
        elif event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Delete):
            self._palette.key_pressed.emit(self.item, event.key())
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click places, too."""
        self._palette.place_requested.emit(self.item)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open its menu."""
        self._palette.menu_requested.emit(self.item, event.globalPos())

    def set_compact(self, compact: bool) -> None:
        """Show the icon only, or with its title; the tip has the title where the button has none."""
        style = Qt.ToolButtonStyle
        self._tell(f"{self.item.title}\n{self.item.tip}" if compact else self.item.tip)
        self.setToolButtonStyle(style.ToolButtonIconOnly if compact else style.ToolButtonTextBesideIcon)

    def lines(self) -> list[tuple[str, tuple[str, ...], str, int]]:
        """The text: words, fonts of which the first that fits is used, color, top."""
        return [(self.text(), ("entry", "secondary"), "text", 2)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button's ground, then icon and lines, shortened where they do not fit."""
        painter, option = QStylePainter(self), QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text, option.icon = "", QIcon()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        if self.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly:
            self.icon().paint(painter, self.rect())
            return
        self.icon().paint(painter, QRect(4, 4, 16, 16))
        for text, fonts, color, top in self.lines():
            area = QRect(TEXT_PX, top, self.width() - TEXT_PX, 20)
            font, shown = self._fitting(text, fonts, area.width())
            painter.setFont(font)
            painter.setPen(self._theme.color(color))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)

    def _fitting(self, text: str, fonts: Sequence[str], width: int) -> tuple[QFont, str]:
        """The first font in which a text fits, and the text, shortened where it fits in none."""
        for name in fonts:
            font = self._theme.font(name)
            measures = QFontMetrics(font)
            needed = measures.horizontalAdvance(text)  # rounded: where it just fits, Qt may shorten
            if needed < width:
                return font, text
            if needed == width:
                break
        return font, measures.elidedText(text, Qt.TextElideMode.ElideRight, width)


class BlueprintButton(ItemButton):
    """A blueprint: icon, title, and beneath it one line on what it is."""

    def __init__(self, item: BlueprintItem, theme: Theme, palette: Palette, parent: QWidget) -> None:
        self.summary = item.summary
        super().__init__(item, theme, palette, parent)
        self.setFixedHeight(BLUEPRINT_PX)

    def set_compact(self, compact: bool) -> None:
        """Icon only, or with its two lines."""
        super().set_compact(compact)
        self.setFixedHeight(ROW_PX if compact else BLUEPRINT_PX)

    def lines(self) -> list[tuple[str, tuple[str, ...], str, int]]:
        """Title and summary."""
        return [*super().lines(), (self.summary, ("secondary",), "text.muted", 19)]


class PaletteSection(QWidget):
    """A heading that folds, and the buttons beneath it. Both are made with the first buttons."""

    folded = Signal()

    def __init__(self, name: str, title: str, columns: int, folded: bool, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.name, self._title, self.columns, self._theme = name, title, columns, theme
        self.buttons: list[ItemButton] = []
        self._shown: list[ItemButton] = []
        self._compact, self._folded_first, self.made = False, folded, False
        self.hide()

    @property
    def is_folded(self) -> bool:
        """Whether only the heading is to be seen."""
        return not self.head.isChecked() if self.made else self._folded_first

    def make(self) -> None:
        """Make heading and body."""
        self.made = True
        self.head = QToolButton(self)
        self.head.setText(tr(self._title))
        self.head.setFont(self._theme.font("secondary"))
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setIconSize(QSize(12, 12))
        self.head.setCheckable(True)
        self.head.setChecked(not self._folded_first)
        self.head.setFixedHeight(HEAD_PX)
        self.head.setAccessibleName(tr("Section {0}", tr(self._title)))
        self.head.setObjectName("palette_section")
        self.head.clicked.connect(self._fold)
        self.body = QWidget(self)
        self.grid = QGridLayout(self.body)
        self.grid.setContentsMargins(0, 0, 0, 2)
        self.grid.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.body)
        self.paint_head()

    def fill(self, buttons: Sequence[ItemButton]) -> None:
        """Replace the buttons of the section; the new ones are in its body."""
        for old in self.buttons:
            old.setParent(None)
            old.deleteLater()
        self.buttons = list(buttons)
        self._shown = []
        if self._compact:
            for button in self.buttons:
                button.set_compact(True)

    def show_only(self, wanted: Callable[[Item], bool], unfolded: bool) -> None:
        """Show the wanted buttons; a section without any is hidden. `unfolded`: even if it is folded."""
        if not self.made:
            return
        shown = [button for button in self.buttons if wanted(button.item)]
        if shown != self._shown:
            self._arrange(shown)
        _set_shown(self, bool(shown))
        _set_shown(self.head, not self._compact)
        _set_shown(self.body, unfolded or self._compact or self.head.isChecked())

    def _arrange(self, shown: list[ItemButton]) -> None:
        while self.grid.takeAt(0) is not None:
            pass
        columns = COMPACT_COLUMNS if self._compact else self.columns
        for place in range(COMPACT_COLUMNS):
            self.grid.setColumnStretch(place, 1 if place < columns else 0)
        for button in self.buttons:
            _set_shown(button, button in shown)
        for n, button in enumerate(shown):
            self.grid.addWidget(button, n // columns, n % columns)
        self._shown = shown

    def set_compact(self, compact: bool) -> None:
        """Icons only, or with titles."""
        self._compact = compact
        for button in self.buttons:
            button.set_compact(compact)
        self._shown = []

    def paint_head(self) -> None:
        """Show whether the section is folded."""
        name = "chevron-down" if self.head.isChecked() else "chevron-right"
        self.head.setIcon(icon(name, self._theme.color("text.muted"), 12))

    def paint(self) -> None:
        """Take the theme's colors."""
        if not self.made:
            return
        self.paint_head()
        for button in self.buttons:
            button.paint_icon()
            button.update()

    def _fold(self) -> None:
        self.paint_head()
        self.folded.emit()


@guarded
class Palette(QWidget):
    """Tabs, a search line, and the sections. It reports what to place; another object places it."""

    place_requested = Signal(object)
    menu_requested = Signal(object, QPoint)
    key_pressed = Signal(object, int)

    def __init__(
        self, session: Session, theme: Theme, settings: Settings | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._theme, self._settings = session, theme, settings
        self.tab = KINDS_TAB
        self._compact = False
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 6, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._head())
        column.addWidget(self._search_line())
        column.addWidget(self._scrolled(), 1)
        inner = QVBoxLayout(self.content)
        inner.setContentsMargins(0, 0, 2, 6)
        inner.setSpacing(0)
        self.sections = {section.name: section for section in self._make_sections()}
        kinds = [kind for kind in session.project.kinds.values() if kind.in_palette]
        for section in map(self.sections.__getitem__, SECTIONS):
            self._fill(section, [KindItem(kind) for kind in kinds if kind.section == section.name])
        for section in self.sections.values():
            inner.addWidget(section)
        self._hint = QLabel(HINT, self.content)
        self._nothing = QLabel(self.content)
        for label in (self._hint, self._nothing):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("muted", True)
            label.setFont(theme.font("secondary"))
            label.setContentsMargins(8, 6, 8, 6)
            inner.addWidget(label)
        inner.addStretch(1)
        self._fill_own()
        theme.changed.connect(self._paint)
        session.changed.connect(self._follow)
        session.replaced.connect(self._fill_own)
        session.library_changed.connect(self._fill_own)

    # -- parts

    def _head(self) -> QHBoxLayout:
        title = QLabel(tr("Insert"), self)
        title.setFont(self._theme.font("title"))
        title.setContentsMargins(8, 0, 0, 0)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(2)
        row.addWidget(title)
        row.addStretch(1)
        self.tabs: dict[str, QToolButton] = {}
        for name, text in TABS.items():
            button = QToolButton(self)
            button.setText(text)
            button.setCheckable(True)
            button.setFont(self._theme.font("secondary"))
            button.setAccessibleName(tr("Show {0}", text.lower()))
            button.clicked.connect(lambda _, n=name: self.show_tab(n))
            row.addWidget(button)
            self.tabs[name] = button
        return row

    def _search_line(self) -> QWidget:
        box = QWidget(self)
        self.line = QLineEdit(box)
        leave_undo_keys(self.line, typed=False)
        self.line.setPlaceholderText(tr("Find what to place"))
        self.line.setAccessibleName(tr("Find what to place"))
        self.line.setClearButtonEnabled(True)
        self.line.textChanged.connect(self._narrow)
        self.line.installEventFilter(self)
        row = QHBoxLayout(box)
        row.setContentsMargins(4, 0, 8, 2)
        row.addWidget(self.line)
        return box

    def _scrolled(self) -> QScrollArea:
        """The area of the sections. What is put into it later is given its style once, and not at each step."""
        self._area = QScrollArea(self)
        self.content = QWidget(self._area.viewport())
        self._area.setWidget(self.content)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setMinimumHeight(48)
        return self._area

    def _make_sections(self) -> list[PaletteSection]:
        folded = self._settings.get(FOLDED, []) if self._settings is not None else []

        def section_of(name: str, columns: int, title: str = "") -> PaletteSection:
            section = PaletteSection(name, title or name, columns, name in folded, self._theme, self.content)
            if name in SECTIONS:
                section.make()
            return section

        made = [section_of(name, COLUMNS, title) for name, title in SECTIONS.items()]
        made += [section_of(name, COLUMNS) for name in (DESIGN_PRESETS, LIBRARY_PRESETS)]
        made += [section_of(name, 1) for name in (SHIPPED, DESIGN_BLUEPRINTS, LIBRARY_BLUEPRINTS)]
        for section in made:
            section.folded.connect(self._folded)
        return made

    def _fill_shipped(self) -> None:
        """Make the buttons of the blueprints that come with the program, which are first wanted when they are shown or
        searched."""
        shipped = self.sections[SHIPPED]
        if not shipped.buttons:
            self._fill(shipped, [shipped_item(blueprint) for blueprint in blueprints().values()])
            follow_place(self.buttons[-1], shipped.buttons)

    def _fill(self, section: PaletteSection, items: Sequence[Item]) -> None:
        if items and not section.made:
            section.make()
            above = takewhile(lambda each: each is not section, self.sections.values())
            follow_place([each.head for each in above if each.made][-1], [section.head])
        section.fill([
            BlueprintButton(item, self._theme, self, section.body) if isinstance(item, BlueprintItem)
            else ItemButton(item, self._theme, self, section.body)
            for item in items
        ])  # fmt: skip

    # -- what is shown

    @property
    def buttons(self) -> list[ItemButton]:
        """The buttons of all kinds, in order."""
        return [b for section in self.sections.values() for b in section.buttons if b.kind]

    def items(self) -> list[ItemButton]:
        """All buttons, in order."""
        self._fill_shipped()
        return [b for section in self.sections.values() for b in section.buttons]

    def show_tab(self, name: str) -> None:
        """Show the kinds or the blueprints."""
        self.tab = name
        self._narrow()

    def search(self) -> None:
        """Search for the typed text now."""
        self.line.setFocus()
        self.line.selectAll()

    def reveal(self, button: ItemButton) -> None:
        """Bring a button into view: its tab, its section unfolded, scrolled to."""
        section = next(s for s in self.sections.values() if button in s.buttons)
        section.head.setChecked(True)
        section.paint_head()
        self.line.clear()
        self.show_tab(BLUEPRINTS_TAB if section.columns == 1 else KINDS_TAB)
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        self._area.ensureWidgetVisible(button, 0, 8)

    def set_compact(self, compact: bool) -> None:
        """Icons only, where the window is narrow."""
        if compact != self._compact:
            self._compact = compact
            for section in self.sections.values():
                section.set_compact(compact)
            self._narrow()

    def _narrow(self) -> None:
        words = self.line.text().lower().split()
        if words or self.tab == BLUEPRINTS_TAB:
            self._fill_shipped()
        titled = not words or any(_has(button.item.title, words) for button in self.items())

        def wanted(item: Item) -> bool:
            return _has(item.title if titled else f"{item.title} {item.words}", words)

        for section in self.sections.values():
            here = bool(words) or (section.columns == 1) == (self.tab == BLUEPRINTS_TAB)
            section.show_only(wanted if here else _never, unfolded=bool(words))
        for name, button in self.tabs.items():
            button.setChecked(not words and name == self.tab)
        found = any(not section.isHidden() for section in self.sections.values())
        self._nothing.setVisible(not found)
        self._nothing.setText(tr("No item matches “{0}”.", self.line.text()))
        own = any(self.sections[name].buttons for name in (DESIGN_BLUEPRINTS, LIBRARY_BLUEPRINTS))
        self._hint.setVisible(self.tab == BLUEPRINTS_TAB and not words and not own and not self._compact)

    def _follow(self, changes: ChangeSet) -> None:
        saved = [button for name in OWN for button in self.sections[name].buttons]
        here = {own.id for button in saved if (own := own_of(button.item)) is not None and own.id}
        kept = [e.id for kind in ("preset", "blueprint") for e in self._session.project.of_kind(kind)]
        if not changes.removed.isdisjoint(here) or any(i in changes.added or i in changes.changed for i in kept):
            self._fill_own()

    def _fill_own(self) -> None:
        own: list[OwnPreset | OwnBlueprint] = [*self._session.own_presets(), *self._session.own_blueprints()]
        for name, place in OWN.items():
            self._fill(
                self.sections[name],
                [own_item(self._session.project, o) for o in own if (type(o), o.where) == place],
            )
        self._narrow()
        for warning in self._session.library.told():
            self._session.told.emit(warning)

    def _folded(self) -> None:
        if self._settings is not None:
            self._settings.set(FOLDED, [s.name for s in self.sections.values() if s.is_folded])
        self._narrow()

    def _paint(self) -> None:
        for section in self.sections.values():
            section.paint()
        self._narrow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search line, Enter places the first match, Down goes to it, Escape ends the search."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        first = next((b for b in self.items() if b.isVisible()), None)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.line.text().strip():
            if first is not None:
                self.place_requested.emit(first.item)
            return True
        if event.key() == Qt.Key.Key_Down and first is not None:
            first.setFocus()
            return True
        if event.key() == Qt.Key.Key_Escape and self.line.text():
            self.line.clear()
            return True
        return super().eventFilter(watched, event)


def _set_shown(part: QWidget, shown: bool) -> None:
    """Show or hide a part. One that was never hidden is shown with what it stands in, and has its style only then: it
    would have another as soon as the palette stands in the window."""
    above = part.parentWidget()
    there = above is not None and above.isVisible()
    if there or not shown or part.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
        part.setVisible(shown)


def _has(text: str, words: Sequence[str]) -> bool:
    return all(word in text.lower() for word in words)


def _never(item: Item) -> bool:
    return False


def _plain(text: str) -> str:
    """Text that a tool tip does not take for markup, whatever a file says."""
    return text.replace("<", "‹")
