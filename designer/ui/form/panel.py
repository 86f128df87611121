"""The form: header with name and state, live bars, sections of fields, links; for one or several elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from operator import itemgetter
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.catalog.presets.own import OwnPreset
from designer.catalog.presets.shipped import common_preset, preset_list, preset_of
from designer.commands import edit, presets
from designer.commands.arrange import group
from designer.commands.links import sentence
from designer.errors import DesignerError
from designer.model.element import ROOT_ID, Element
from designer.model.fields import FieldSpec, acts, form_fields
from designer.model.project import BOX, ChangeSet
from designer.study.frames import ElementState
from designer.study.run import Run
from designer.ui.form.bars import WAITING, Bars, lines_of, read_waits
from designer.ui.form.editors import MIXED, CatalogButton, NoteEditor, TextEditor, editor_for
from designer.ui.form.link_form import LinkForm
from designer.ui.form.links import LinkSection
from designer.ui.form.name_line import NameLine
from designer.ui.form.neighbors import NeighborSection
from designer.ui.form.own import OwnPresetLine, has_preset
from designer.ui.parts.background import Stopped, paced
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon, pixmap
from designer.ui.parts.large import LARGE
from designer.ui.parts.theme import STATES, Theme
from designer.ui.parts.undo_keys import follow_place, stops
from designer.ui.preferences.quantities import byte_words
from designer.ui.shell.session import Session
from designer.words import tr

LABEL_PX, EDITOR_PX = 96, 96
PART = 2_000
"""Elements whose values are read at one go."""
CHANGING = tr("Changing …")
PLACE = frozenset(BOX)
"""Fields of which a form tells nothing."""
CATALOGS = {("vm", "instance_type"): tr("Choose Instance Type"), ("host", "model"): tr("Choose Dedicated Host")}
"""Fields with a button that opens a catalog, and the button's label."""

_LAST = {"Reliability": 1, "Notes": 2}
"""Sections that stand last in a form, in this order."""


class Row:
    """One field: label with the mark of a change, editor, and a line beneath for source, limits, errors."""

    def __init__(self, panel: ElementForm, spec: FieldSpec, place: QWidget) -> None:
        self.panel, self.spec = panel, spec
        self.label = QLabel(tr(spec.title), place)
        self.label.setProperty("muted", True)
        self.label.setWordWrap(True)
        self.head: QWidget = self.label
        title = CATALOGS.get((panel.kind, spec.name))
        if title is not None:
            self.catalog = CatalogButton(self.label, title, panel.theme.color("text.muted"))
            self.catalog.clicked.connect(lambda: panel.catalog_requested.emit(spec.name))
            self.head = self.catalog.field
        self.head.setFixedWidth(round(LABEL_PX * panel.theme.text_scale))
        self.editor = editor_for(panel.session.project, panel.kind, spec, place)
        main = preset_list(panel.kind)
        self.takes_own = main is not None and spec.editor == "preset" and spec.name == main.field
        self.editor.setAccessibleName(tr(spec.title))
        self.editor.edited.connect(self._edited)
        self.editor.wrong.connect(self.show_wrong)
        self.label.setBuddy(self.editor)
        self.editor.setMinimumWidth(EDITOR_PX)
        self.below: QLabel | None = None
        self.add_below: Callable[[QWidget], None] = lambda _: None
        self._shown = True

    def _edited(self, value: Any) -> None:
        session = self.panel.session
        ids = [i for i in self.panel.ids if i in session.project.elements]
        if not ids:
            return
        try:
            if isinstance(value, OwnPreset):
                session.perform(CHANGING, len(ids), presets.use, ids, value)
            elif self.spec.editor == "preset":
                session.perform(CHANGING, len(ids), edit.apply_preset, ids, value, self.spec.name)
            else:
                session.perform(CHANGING, len(ids), edit.change, ids, {self.spec.name: value})
        except Stopped as error:
            session.told.emit(str(error))
        except DesignerError as error:
            self.show_wrong(str(error))
            return
        self.show(self.panel.different())

    def show_wrong(self, sentence: str) -> None:
        """Show below the field what is wrong with the typed text."""
        if isinstance(self.editor, TextEditor):
            self.editor.mark(True)
        self._say(sentence, True)

    def _say(self, text: str, wrong: bool = False) -> None:
        """Write a line beneath, which most fields never have."""
        if self.below is None:
            if not text:
                return
            self.below = QLabel(self.editor.parentWidget())
            self.below.setTextFormat(Qt.TextFormat.PlainText)
            self.below.setFont(self.panel.theme.font("secondary"))
            self.below.setWordWrap(True)
            self.below.setProperty("muted", True)
            self.add_below(self.below)
        self.below.setText(text)
        if self.below.property("muted") is wrong:
            self.below.setProperty("wrong", wrong)
            self.below.setProperty("muted", not wrong)
            self.below.style().unpolish(self.below)
            self.below.style().polish(self.below)
        self.below.setVisible(bool(text))

    def show(self, elements: Sequence[Element]) -> None:
        """Show the present value, its source, and whether the field applies; `elements`: the different ones."""
        if self.takes_own:
            self.editor.offer(self.panel.session.own_presets(self.panel.kind))
        values = {element.__dict__[self.spec.name] for element in elements}
        mixed = len(values) > 1
        self.editor.show_value(MIXED if mixed else next(iter(values)))
        self._show_tip(elements)
        shown = self.spec.when is None or all(acts(type(e), self.spec.name, e.__dict__) for e in elements)
        self._say("" if mixed or not shown else self._origin(elements[0]))
        if shown != self._shown:
            self._shown = shown
            for widget in (self.head, self.editor):
                widget.setVisible(shown)

    def _show_tip(self, elements: Sequence[Element]) -> None:
        """Show the source of the preset's value in the tip, when all have the same."""
        preset = common_preset(elements, self.spec.name)
        tip = _tip(self.spec, preset.origin(self.spec.name) if preset is not None else None)
        for widget in (self.label, self.editor):
            widget.setToolTip(tip)

    def _origin(self, element: Any) -> str:
        """The preset's value and the user's change, what follows from it, or the assumption behind a default."""
        value = element.__dict__[self.spec.name]
        preset = preset_of(element, self.spec.name)
        given = preset.fields[self.spec.name] if preset is not None else None
        if preset is not None and given is not None:
            if value == given:
                own = preset.origins.get(self.spec.name)
                return tr("Assumption; edit freely") if own is not None and own[1] == "C" else ""
            return (
                tr("Preset {0}, changed by you", units.exact_text(float(given), self.spec.unit))
                if _number(given)
                else (tr("Changed by you"))
            )
        follows = self.panel.session.project.kinds[element.kind].follows
        if follows is not None and self.spec.name in (told := follows(element)):
            return told[self.spec.name]
        if self.spec.confidence != "C":
            return ""
        if value == self.spec.default:
            return tr("Assumption; edit freely")
        if not _number(self.spec.default):
            return tr("Changed by you")
        return tr("Default {0}, changed by you", units.exact_text(float(self.spec.default), self.spec.unit))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tip(spec: FieldSpec, origin: tuple[str, str] | None = None) -> str:
    source, confidence = origin or (spec.source, spec.confidence)
    parts = [tr(spec.help)]
    if source:
        parts.append(tr("Source: {0}", source) + (tr(" (confidence {0})", confidence) if confidence else ""))
    if spec.unit in ("MiB", "GiB"):
        parts.append(byte_words())
    return "\n".join(part for part in parts if part)


class FieldSection(QWidget):
    """A heading that folds, and its rows."""

    def __init__(self, title: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._lines = theme, 0
        self.head = QToolButton(self)
        self.head.setText(title)
        self.head.setFont(theme.font("title"))
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setCheckable(True)
        self.head.setChecked(True)
        self.head.setAccessibleName(tr("Section {0}", title))
        self.head.setObjectName("section")
        self.body = QWidget(self)
        self.grid = QGridLayout(self.body)
        self.grid.setContentsMargins(12, 0, 12, 10)
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(5)
        self.grid.setColumnMinimumWidth(0, LABEL_PX)
        self.grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.head)
        column.addWidget(self.body)
        line = QFrame(self)
        line.setProperty("line", True)
        line.setFixedHeight(1)
        column.addWidget(line)
        self.head.toggled.connect(self._fold)
        self._fold(True)

    def _fold(self, open_: bool) -> None:
        self.body.setVisible(open_)
        name = "chevron-down" if open_ else "chevron-right"
        self.head.setIcon(icon(name, self._theme.color("text.muted"), 16))

    def add(self, row: Row) -> None:
        """Add a field."""
        self._lines += 2
        tall = isinstance(row.editor, NoteEditor)  # its title stands beside the first line
        if tall:
            row.label.setContentsMargins(0, 6, 0, 0)
        self.grid.addWidget(row.head, self._lines, 0, Qt.AlignmentFlag.AlignTop if tall else Qt.AlignmentFlag(0))
        self.grid.addWidget(row.editor, self._lines, 1)
        line = self._lines + 1
        row.add_below = lambda below: self.grid.addWidget(below, line, 1)


@guarded
class ElementForm(QWidget):
    """The form of some elements of one kind, built from its place inward: what comes to its place later gets the style
    of the window at each step. `catalog_requested` carries the field of the pressed catalog button; `pause` is called
    between its parts."""

    catalog_requested = Signal(str)

    def __init__(
        self,
        session: Session,
        theme: Theme,
        ids: Sequence[int],
        pause: Callable[[], None] = lambda: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.session, self.theme, self.ids, self._pause = session, theme, list(ids), pause
        first = session.project.elements[self.ids[0]]
        self.kind = first.kind
        self.rows: dict[str, Row] = {}
        self._asked: tuple[Run | None, int] = None, 0
        """The run of which it was asked last how long users wait, and how much it had recorded."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        self.bars = Bars(theme)
        column.addWidget(self.bars)
        self.neighbors = NeighborSection(session, theme, self.ids, self)
        column.addWidget(self.neighbors)
        self._column = column
        self.own: OwnPresetLine | None = None
        sections: dict[str, FieldSection] = {}
        for spec in sorted(form_fields(type(first)), key=lambda s: _LAST.get(s.group, 0)):
            title = spec.group or "Properties"
            if title not in sections:
                pause()
                sections[title] = FieldSection(tr(title), theme, self)
                column.addWidget(sections[title])
            self.rows[spec.name] = Row(self, spec, sections[title].body)
            sections[title].add(self.rows[spec.name])
        pause()
        section = FieldSection(tr("Links"), theme, self)
        section.hide()
        self.links = LinkSection(session, theme, self.ids, section.body, pause)
        pause()
        if self.links.any:
            section.grid.addWidget(self.links, 0, 0, 1, 2)
            column.insertWidget(column.count() - ("Notes" in sections), section)
            section.setVisible(self.links.filled)
            self.links.changed.connect(lambda: section.setVisible(self.links.filled))
        column.addStretch(1)
        self.show_values()

    def minimumSizeHint(self) -> QSize:
        """The form is as wide as its column, whatever stands in it."""
        return QSize(0, super().minimumSizeHint().height())

    def take(self, ids: Sequence[int], pause: Callable[[], None] = lambda: None) -> None:
        """Show other elements of the same kind; what is being typed counts for those that were shown."""
        self._pause = pause
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            focus.clearFocus()
        self.ids = list(ids)
        if self.own is not None:
            self.own.take(self.ids)
        self.neighbors.take(self.ids)
        self.links.take(self.ids, pause)
        self._pause()
        self.show_values()

    def show_values(self) -> None:
        """Show the present values."""
        self._show_own()
        different = self.different()
        for row in self.rows.values():
            self._pause()
            row.show(different)

    def _show_own(self) -> None:
        """Show which saved preset was used, where there are any; the section is made for the first."""
        applies = has_preset(self.session, self.kind, self.ids)
        if applies and self.own is None:
            self._own_section = FieldSection(tr("Preset"), self.theme, self)
            self.own = OwnPresetLine(self.session, self.theme, self.ids, self._own_section.body)
            self._own_section.grid.addWidget(self.own, 0, 0, 1, 2)
            self._column.insertWidget(self._column.indexOf(self.neighbors) + 1, self._own_section)
            follow_place(self.neighbors, stops(self._own_section))
        if self.own is not None:
            self._own_section.setVisible(applies)
            if applies:
                self.own.show_value()

    def different(self) -> list[Element]:
        """One element for each set of values that the form shows, in the order of the selection."""
        known = self.session.project.elements
        names = list(self.rows)
        values = itemgetter(*names, names[0])  # two at least, so that it gives a tuple
        found: dict[tuple[Any, ...], Element] = {}
        for start in range(0, len(self.ids), PART):
            self._pause()
            for element in (known[i] for i in self.ids[start : start + PART] if i in known):
                found.setdefault(values(element.__dict__), element)
        return list(found.values())

    def show_load(self) -> None:
        """Show what the run says of the element."""
        run = self.session.run
        asks = (run, run.view.recorded) if run is not None and self.kind in WAITING else self._asked
        if run is not None and asks != self._asked and read_waits(self, run, self.show_load):
            self._asked = asks
        self.bars.show_lines(lines_of(self.session, self.ids))
        self.neighbors.show_load()


class Form(QWidget):
    """The right column: header and form of the selection, or the design's own fields without a selection."""

    catalog_requested = Signal(str)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.theme = session, theme
        self.form: ElementForm | None = None
        self.link_form: LinkForm | None = None
        self._icon = QLabel(self)
        self._name = NameLine(theme)
        self.session.title_changed.connect(self._show_title)
        self._name.editingFinished.connect(self._rename)
        self._pill = QLabel(self)
        self._pill_color = ""
        self._pill.setFont(theme.font("secondary"))
        self._where = QLabel(self)
        self._where.setTextFormat(Qt.TextFormat.PlainText)
        self._where.setProperty("muted", True)
        self._where.setFont(theme.font("secondary"))
        self._where.setWordWrap(True)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName(tr("Properties"))
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 0)
        head.addWidget(self._icon)
        head.addWidget(self._name, 1)
        head.addWidget(self._pill)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        where = QVBoxLayout()
        where.setContentsMargins(12, 0, 12, 4)
        where.addWidget(self._where)
        column.addLayout(where)
        column.addWidget(self._scroll, 1)
        session.selection_changed.connect(self._show_selection)
        session.library_changed.connect(self.rebuild)
        session.replaced.connect(self._show_other_design)
        session.changed.connect(self._follow)
        session.frame_changed.connect(self.show_load)
        session.run_changed.connect(self.show_load)
        theme.changed.connect(self.rebuild)
        self.rebuild()

    def rebuild(self) -> None:
        """Build the form of the present selection."""
        self._show_selection(anew=True)

    def _show_other_design(self) -> None:
        """Show another design: in the form that is there, unless something is being typed in it."""
        focus = QApplication.focusWidget()
        self._show_selection(anew=self.form is not None and focus is not None and self.form.isAncestorOf(focus))

    def _show_selection(self, anew: bool = False) -> None:
        """Show the present selection: in the form that is there where it is of the same kind, else `anew`."""
        project = self.session.project
        links = list(filter(project.links.__contains__, self.session.selection))
        if links and len(links) == len(self.session.selection):
            self._show_links(links)
            return
        self.link_form = None
        chosen = list(filter(project.elements.__contains__, self.session.selection)) or [ROOT_ID]
        table = type(project.elements[chosen[0]])
        same = [i for i in chosen if type(project.elements[i]) is table]
        if self.form is not None and self.form.kind == project.elements[same[0]].kind and not anew:
            self.form.take(same, self._pause_for(same))
        else:
            self._build(same)
        self._show_head(chosen, same)
        self.show_load()

    def _build(self, ids: list[int]) -> None:
        """Build the form of elements; of very many in parts, between which timers and progress have their turn."""
        form = ElementForm(self.session, self.theme, ids, self._pause_for(ids), self._scroll.viewport())
        self.form = form
        form.catalog_requested.connect(self.catalog_requested)
        self._scroll.setWidget(form)
        form.setAutoFillBackground(False)
        self._scroll.viewport().setAutoFillBackground(False)

    def _pause_for(self, ids: list[int]) -> Callable[[], None]:
        """What the form of some elements calls between its parts: with very many, timers have their turn."""
        return paced(self.window()) if len(ids) > LARGE else lambda: None

    def _show_links(self, ids: list[int]) -> None:
        self.form, self.link_form = None, LinkForm(self.session, self.theme, ids)
        self._scroll.setWidget(self.link_form)
        self._scroll.viewport().setAutoFillBackground(False)
        self._show_link_head(ids)

    def _show_link_head(self, ids: list[int]) -> None:
        project = self.session.project
        self._icon.setPixmap(pixmap("connect", self.theme.color("text.muted"), 20, self.devicePixelRatioF()))
        self._name.setReadOnly(True)
        link = project.links[ids[0]]
        self._name.setText(tr(project.link_kinds[link.kind].label) if len(ids) == 1 else tr("{0:,} links", len(ids)))
        self._where.setText(
            sentence(project, link.kind, link.source, link.target, link.role)
            if len(ids) == 1
            else tr("The role changes for all of them at once")
        )
        self._pill.hide()
        self._name.setCursorPosition(0)

    def _show_head(self, chosen: list[int], same: list[int]) -> None:
        project = self.session.project
        element = project.elements[same[0]]
        kind = project.kinds[element.kind]
        self._icon.setPixmap(
            pixmap(kind.icon.removesuffix(".svg"), self.theme.kind(element.kind).ink, 20, self.devicePixelRatioF())
        )
        one = len(chosen) == 1
        grouped = group.name_of(project, chosen)
        filed = element.id == ROOT_ID and self.session.path is not None  # a design is called as its file
        self._name.setReadOnly(filed or (not one and not grouped))
        name = self.session.title if filed else element.name
        self._name.setText(grouped or name if one or grouped else kind.counted(len(same)))
        if grouped:
            held = kind.counted(len(same))
            more = "" if len(same) == len(chosen) else tr("; this form changes {0} in it", held)
            self._where.setText(tr("A group of {0:,} elements{1}", len(chosen), more))
        elif not one and len(same) < len(chosen):
            others = len(chosen) - len(same)
            self._where.setText(tr("and {0:,} of other kinds, which this form does not change", others))
        elif element.id == ROOT_ID:
            self._where.setText(tr("Select an element to edit it. These are the fields of the design itself."))
        else:
            self._where.setText(self._path(element.id) if one else tr("An edit changes all of them at once"))
        self._name.setCursorPosition(0)  # a name too long for its line shows its beginning
        self._name.setToolTip(escape(self._name.text()))

    def _show_title(self) -> None:
        """Follow the name of the design's file."""
        if self.form is not None and list(self.form.ids) == [ROOT_ID] and not self._name.isModified():
            self._show_head([ROOT_ID], [ROOT_ID])

    def _path(self, element_id: int) -> str:
        project = self.session.project
        element = project.elements[element_id]
        parent = project.elements[element.parent]
        text = tr(project.kinds[element.kind].label)
        if parent.id != ROOT_ID:
            text += tr(" in {0}", parent.name)
            zones = [project.elements[i] for i in project.ancestors(element_id)]
            top = next((z for z in zones if z.kind == "zone" and z.id != parent.id), None)
            text += f", {top.name}" if top is not None else ""
        return text

    def _follow(self, changes: ChangeSet) -> None:
        if self.link_form is not None:
            left = [i for i in self.link_form.ids if i in self.session.project.links]
            if left == self.link_form.ids:
                self.link_form.show_values()
                self._show_link_head(left)
            return  # else the selection is about to be another one
        if self.form is None:
            return
        project = self.session.project
        if any(i not in project.elements for i in self.form.ids):
            self.rebuild()
        elif (
            any(not changes.changed.get(i, PLACE) <= PLACE for i in self.form.ids)
            or changes.added
            or changes.removed
            or any(project.elements[i].kind == "preset" for i in changes.changed if i in project.elements)
        ):
            self.form.show_values()
            self._show_head([i for i in self.session.selection if i in project.elements] or [ROOT_ID], self.form.ids)
            self.form.links.rebuild()
        if self.form is not None:
            self.form.show_load()

    def _rename(self) -> None:
        if self.form is None or self._name.isReadOnly():
            return
        session = self.session
        grouped = group.name_of(session.project, session.selection)
        if grouped and self._name.text() != grouped:
            session.do_large(
                tr("Renaming …"), len(session.selection), group.rename, session.selection, self._name.text()
            )
            session.flush()
            self._name.setText(group.name_of(session.project, session.selection))
        if len(self.form.ids) != 1:
            return
        element = self.session.project.elements.get(self.form.ids[0])
        if element is not None and self._name.text() != element.name:
            self.session.do(edit.rename, self.session.project, element.id, self._name.text())
            self.session.flush()
            self._name.setText(element.name)

    def show_load(self) -> None:
        """Show the run's figures and the state of what is selected."""
        if self.form is None:
            return
        self.form.show_load()
        run = self.session.run
        frame = run.view.frame if run is not None else None
        row = frame.row_of(self.form.ids[0]) if frame is not None and len(self.form.ids) == 1 else None
        self._pill.setVisible(row is not None)
        if frame is not None and row is not None:
            state = int(frame.state[row])
            name = "refused" if state == ElementState.REFUSED else STATES[state]
            color = self.theme.state(state)
            self._pill.setText(f"●  {name}" if state == ElementState.RUNNING else f"◆  {name}")
            if color.name() != self._pill_color:  # all rules of the window are read again for it
                self._pill_color = color.name()
                self._pill.setStyleSheet(
                    f"color: {color.name()}; background: {_tint(color)}; border-radius: 9px; padding: 2px 8px;"
                )


def _tint(color: Any) -> str:
    return f"rgba({color.red()},{color.green()},{color.blue()},34)"
