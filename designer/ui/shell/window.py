"""The window put together: three columns, run bar, lanes, status; panels do not know each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMenuBar,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.commands import clipboard
from designer.settings import Settings
from designer.study.run import EngineHost, RunState
from designer.ui import actions
from designer.ui.canvas.view.canvas import COLOR_BY, Canvas
from designer.ui.files.files import Files
from designer.ui.files.sharing import insert
from designer.ui.form.panel import Form
from designer.ui.parts.icons import icon
from designer.ui.parts.stock import Item, own_of
from designer.ui.parts.theme import Theme
from designer.ui.parts.toast import Toast
from designer.ui.pickers.dedicated_picker import DedicatedPicker
from designer.ui.pickers.ec2_picker import Ec2Picker
from designer.ui.presets import keeping
from designer.ui.run.run_bar import RunBar
from designer.ui.run.run_control import RunControl
from designer.ui.run.runs import Runs
from designer.ui.shell import view_state
from designer.ui.shell.command_palette import SearchBox
from designer.ui.shell.frame import Frame
from designer.ui.shell.layer_bar import LAYERS, LayerBar
from designer.ui.shell.session import Session
from designer.ui.side.history_panel import HistoryPanel
from designer.ui.side.outline import Outline
from designer.ui.side.palette import Palette

LEFT_PX, RIGHT_PX, LANES_PX, STRIP_PX, MENU_PX, PALETTE_PX, OUTLINE_PX = 252, 280, 252, 36, 36, 120, 150
HINTS = (
    "Drag a kind from the left onto the drawing; green says where it may stand.",
    "Press Run, then right-click a zone and choose Fail now.",
    "Ctrl+K finds every object and every command.",
)
TOAST_TOP_PX = 86
STATUS = {"gone": "The file was renamed or deleted", "changed": "The file was changed by another program"}
"""What the status line says as long as it is so."""
CATALOGS = {"instance_type": Ec2Picker, "model": DedicatedPicker}
"""The catalogs that the form asks for, by the field beside which the button stands."""


class Window(QObject):
    """Fills a frame with the panels and connects what they say with what is done."""

    filled = Signal()
    frame: Frame
    session: Session
    theme: Theme
    settings: Settings
    control: RunControl
    files: Files
    runs: Runs
    layers: LayerBar
    color_by: QComboBox
    palette: Palette
    canvas: Canvas
    search: SearchBox
    actions: dict[str, QAction]

    def __init__(self, frame: Frame, session: Session, theme: Theme, settings: Settings, engine: EngineHost) -> None:
        super().__init__(frame)
        self.frame, self.session, self.theme, self.settings = frame, session, theme, settings
        self.control = RunControl(session, engine, settings, self)
        self.files = Files(session, settings, theme, frame)
        self.runs = Runs(session, self.files, self.control, settings)
        self.files.document.look = lambda: view_state.look(self)
        self.palette, self.outline = Palette(session, theme, settings), Outline(session, theme)
        self.canvas, self.form = Canvas(session, theme), Form(session, theme)
        self.history = HistoryPanel(session, theme)
        self.run_bar = RunBar(session, theme)
        self.lanes: QWidget | None = None
        self.actions = actions.grow(self, frame)
        self._parts: dict[str, QWidget] = {}
        self._toast = Toast(theme, frame)
        self._lay_out()
        self.search = SearchBox(session, theme, self.actions, frame)
        self._fill_menus()
        self._connect()
        self.fold()
        self.show_title()
        self._enable()

    # -- layout

    def _lay_out(self) -> None:
        left = QSplitter(Qt.Orientation.Vertical)
        self.palette.setMinimumHeight(PALETTE_PX)
        left.addWidget(self.palette)
        self.outline.setMinimumHeight(OUTLINE_PX)
        left.addWidget(self.outline)
        for part, stretch in enumerate((3, 2)):
            left.setStretchFactor(part, stretch)
        left.setSizes([3 * PALETTE_PX, 2 * PALETTE_PX])
        left.setChildrenCollapsible(False)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._tool_strip())
        column.addWidget(self._hints())
        column.addWidget(self.canvas, 1)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(self.form)
        right.addWidget(self.history)
        right.setStretchFactor(0, 1)
        self.history.setVisible(bool(self.settings.get("history", False)))
        self._columns = QSplitter(Qt.Orientation.Horizontal)
        for widget, width in ((left, LEFT_PX), (middle, 0), (right, RIGHT_PX)):
            self._columns.addWidget(widget)
            if width:
                widget.setMinimumWidth(180)
        self._columns.setStretchFactor(1, 1)
        self._columns.setChildrenCollapsible(False)
        self._columns.setSizes(self.settings.get("columns", [LEFT_PX, 920, RIGHT_PX]))
        self._lanes_box = QWidget()
        QVBoxLayout(self._lanes_box).setContentsMargins(0, 0, 0, 0)
        self._lanes_box.setMinimumHeight(120)
        self._lanes_box.hide()
        top = QWidget()
        rows = QVBoxLayout(top)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._columns, 1)
        rows.addWidget(self.run_bar)
        self._rows = QSplitter(Qt.Orientation.Vertical)
        self._rows.addWidget(top)
        self._rows.addWidget(self._lanes_box)
        self._rows.setStretchFactor(0, 1)
        self._rows.setChildrenCollapsible(False)
        self._parts = {"left": left, "form": right, "history": self.history, "lanes": self._lanes_box}
        self.frame.setCentralWidget(self._rows)
        self._fill_status()

    def _tool_strip(self) -> QWidget:
        strip = QFrame()
        strip.setFixedHeight(STRIP_PX)
        row = QHBoxLayout(strip)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        self._tools: dict[str, QToolButton] = {}
        for name, tip in (
            ("select", "Select and move (V)"),
            ("hand", "Drag the drawing (Space)"),
            ("connect", "Connect two elements (C)"),
        ):
            button = QToolButton()
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(tip.partition(" (")[0])
            button.clicked.connect(lambda _, n=name: self.set_tool(n))
            row.addWidget(button)
            self._tools[name] = button
        row.addSpacing(12)
        self.layers = LayerBar(self.settings)
        self.layers.toggled.connect(self.canvas.set_layer)
        for name, _, _ in LAYERS:
            self.canvas.set_layer(name, name in self.layers.shown())
        row.addWidget(self.layers, 1)
        color = QLabel("Color by")
        color.setProperty("muted", True)
        row.addWidget(color)
        self.color_by = QComboBox()
        self.color_by.setAccessibleName("Color by")
        for name, text in COLOR_BY.items():
            self.color_by.addItem(text, name)
        self.color_by.activated.connect(lambda n: self.canvas.set_color_by(self.color_by.itemData(n)))
        row.addWidget(self.color_by)
        return strip

    def _hints(self) -> QWidget:
        self._hint = QFrame()
        row = QHBoxLayout(self._hint)
        row.setContentsMargins(12, 4, 8, 4)
        label = QLabel("   ·   ".join(HINTS))
        label.setWordWrap(True)
        label.setFont(self.theme.font("secondary"))
        close = QToolButton()
        close.setText("Got it")
        close.clicked.connect(self._hide_hints)
        row.addWidget(label, 1)
        row.addWidget(close)
        self._hint.setVisible(not self.settings.get("hints_seen", False))
        return self._hint

    def _hide_hints(self) -> None:
        self.settings.set("hints_seen", True)
        self._hint.hide()

    def _fill_status(self) -> None:
        bar = self.frame.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(24)
        self._chosen, self._advice, self._saved = QLabel(), QLabel(), QLabel()
        for label in (self._chosen, self._advice, self._saved):
            label.setFont(self.theme.font("secondary"))
            label.setProperty("muted", True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._saved.setContentsMargins(0, 0, 12, 0)
        self._chosen.setFixedWidth(LEFT_PX)
        self._chosen.setContentsMargins(8, 0, 0, 0)
        bar.addWidget(self._chosen)
        bar.addWidget(self._advice, 1)
        bar.addPermanentWidget(self._saved)

    def _fill_menus(self) -> None:
        bar = QMenuBar()
        bar.setNativeMenuBar(False)
        menus = {title: bar.addMenu(title) for title in actions.MENUS}
        inner = {after: title for title, (_, after) in actions.SUBMENUS.items()}
        for row in (*actions.ACTIONS, *actions.insert_rows(self), *actions.blueprint_rows()):
            if row.separate:
                menus[row.menu].addSeparator()
            menus[row.menu].addAction(self.actions[row.id])
            if row.id in inner:
                menus[inner[row.id]] = menus[row.menu].addMenu(inner[row.id])
            if row.id == "file.open":
                self._recent = menus["File"].addMenu("Open Recent")
                self._recent.aboutToShow.connect(self._fill_recent)
        top = QWidget()
        line = QHBoxLayout(top)
        line.setContentsMargins(0, 0, 12, 0)
        line.setSpacing(8)
        self._search_button = QPushButton("Search objects and commands        Ctrl K")
        self._search_button.setAccessibleName("Search objects and commands")
        self._search_button.setFixedWidth(320)
        self._search_button.clicked.connect(lambda: self.search.open(""))
        self._name = QLabel()
        self._name.setFont(self.theme.font("title"))
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._name.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(bar, 1, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._search_button)
        line.addWidget(self._name, 1)
        top.setFixedHeight(MENU_PX)
        self.frame.setMenuWidget(top)

    def _fill_recent(self) -> None:
        self._recent.clear()
        for text in self.settings.recent_files():
            action = self._recent.addAction(text)
            action.triggered.connect(lambda _=False, p=text: self.files.open(Path(p)))
        self._recent.setEnabled(bool(self.settings.recent_files()))

    def add_lanes(self, make: Callable[[Session, Theme, Settings], QWidget]) -> None:
        """Take the plots in, once they are loaded."""
        lanes = make(self.session, self.theme, self.settings)
        self.lanes = lanes
        layout = self._lanes_box.layout()
        assert layout is not None
        layout.addWidget(lanes)
        lanes.run_requested.connect(self.play_or_pause)  # type: ignore[attr-defined]
        lanes.scrubbed.connect(self.control.scrub)  # type: ignore[attr-defined]
        self.control.plots_due.connect(lanes.refresh)  # type: ignore[attr-defined]
        self.fold()
        view_state.show(self, {name: held for name, held in self.runs.aside.view.items() if name.startswith("lanes")})
        self.runs.may_show()

    def _connect(self) -> None:
        self.palette.place_requested.connect(lambda item: actions.place(self, item))
        self.palette.menu_requested.connect(self._palette_menu)
        self.palette.key_pressed.connect(self._palette_key)
        self.canvas.open_example_requested.connect(lambda: self.files.open_example())
        self.form.catalog_requested.connect(lambda name: self.open_dialog(CATALOGS[name]))
        self.canvas.context_menu_requested.connect(self._context_menu)
        self.canvas.view.tool_requested.connect(self.set_tool)
        for name, action in self.actions.items():
            if name.startswith("tool."):
                self.canvas.view.addAction(action)
        bar, control = self.run_bar, self.control
        bar.run_requested.connect(control.play)
        bar.pause_requested.connect(control.pause)
        bar.step_requested.connect(control.step)
        bar.cancel_requested.connect(control.cancel)
        bar.speed_changed.connect(control.set_speed)
        bar.scrubbed.connect(control.scrub)
        bar.speed.setCurrentIndex(max(bar.speed.findData(control.speed), 0))
        control.outline_due.connect(self.outline.refresh_load)
        session = self.session
        for signal in (session.changed, session.replaced, session.selection_changed, session.run_changed):
            signal.connect(self._enable)
        session.frame_changed.connect(self._run_moved)
        session.run_changed.connect(self._run_began)
        session.title_changed.connect(self.show_title)
        session.replaced.connect(self.show_title)
        session.refused.connect(lambda text: self.toast(text, wrong=True))
        session.told.connect(self.toast)
        session.told.connect(self.show_title)
        self.files.changed.connect(self.show_title)
        self.files.opened.connect(lambda: QTimer.singleShot(0, self, self._show_view))
        self.frame.resized.connect(self.fold)
        self.frame.file_dropped.connect(self._dropped)
        self.frame.file_inserted.connect(lambda path: insert(self, Path(path)))
        self.frame.may_close = self._may_close
        self.theme.changed.connect(self._themed)
        self.set_tool("select")
        self._themed()

    # -- what the window shows of itself

    def fold(self) -> None:
        """Fold panels where the window is small (see the look): the drawing keeps its room."""
        width, height = self.frame.width(), self.frame.height()
        hidden = self.settings.get("hidden", [])
        self._parts["form"].setVisible(width >= 1180 and "form" not in hidden)
        self.palette.set_compact(width < 1080)
        self.outline.setVisible(width >= 960)
        shows = self.lanes is not None and self.session.run is not None and height >= 700 and "lanes" not in hidden
        if shows and not self._lanes_box.isVisible():
            self._lanes_box.show()
            self._rows.setSizes([max(height - LANES_PX - 60, 300), LANES_PX])
        elif not shows:
            self._lanes_box.hide()
        if self.lanes is not None:
            self.lanes.limit(2 if height < 820 else 9)  # type: ignore[attr-defined]
        self._search_button.setVisible(width >= 900)

    def toggle(self, part: str) -> None:
        """Show or hide a panel."""
        if part == "history":
            self.settings.set("history", not self.history.isVisible())
            self.history.setVisible(bool(self.settings.get("history")))
            return
        hidden = list(self.settings.get("hidden", []))
        hidden.remove(part) if part in hidden else hidden.append(part)
        self.settings.set("hidden", hidden)
        self.fold()

    def set_tool(self, name: str) -> None:
        """Select, hand or connect."""
        self.canvas.set_tool(name)
        for other, button in self._tools.items():
            button.setChecked(other == name)

    def set_theme(self, mode: str) -> None:
        """Light, dark or the system's; remembered."""
        self.settings.set("theme", mode)
        self.theme.set_mode(mode)

    def _themed(self) -> None:
        for name, button in self._tools.items():
            button.setIcon(icon(name, self.theme.color("text")))
        self._search_button.setIcon(icon("search", self.theme.color("text.muted")))
        quiet = self.theme.color("accent.quiet").name()
        self._hint.setStyleSheet(f"QFrame {{ background: {quiet}; }}")

    def show_title(self) -> None:
        """The design's name, with a mark when it is not saved."""
        modified = self.session.modified
        only = " (read-only)" if self.session.read_only else ""
        self.frame.setWindowTitle(f"{self.session.title}{only}[*] – Cloud Designer")
        self.frame.setWindowModified(modified)
        self._name.setText(f"{self.session.title}{only}{' •' if modified else ''}")
        path = self.session.path
        where = "Read-only: saving asks for another name" if only else "Not saved yet"
        if path is not None:
            where = "Changes not saved" if modified else f"Saved in {path.name}"
            where = STATUS.get(self.session.news.what, where)
        unkept = self.files.document.behind
        self._saved.setText("Edits are not kept safe" if unkept else where)
        wrong = unkept or (path is not None and self.session.news.what)
        self._saved.setStyleSheet(f"color: {self.theme.color('drop.refused').name()};" if wrong else "")

    def _enable(self) -> None:
        actions.enable(self, self.actions)
        self._show_chosen()

    def _show_chosen(self) -> None:
        project, chosen = self.session.project, self.session.selection
        kinds: dict[str, int] = {}
        for element_id in chosen:
            if element_id in project.elements:
                kind = project.elements[element_id].kind
                kinds[kind] = kinds.get(kind, 0) + 1
        words = [f"{n:,} {project.kinds[k].noun if n == 1 else project.kinds[k].plural}" for k, n in kinds.items()]
        links = sum(1 for i in chosen if i in project.links)
        if links:
            words.append(f"{links:,} {'link' if links == 1 else 'links'}")
        inside = sum(1 for i in chosen if i in project.elements for j in project.children(i)) if len(chosen) == 1 else 0
        text = f"{', '.join(words)} selected" if words else f"{len(project.elements) - 1:,} elements"
        self._chosen.setText(text + (f", {inside:,} inside" if inside else ""))

    def toast(self, text: str, wrong: bool = False) -> None:
        """Say a sentence for a while; a refusal in red."""
        beneath = self._hint.height() + 8 if self._hint.isVisible() else 0  # the hints stay to be read
        self._toast.say(text, wrong, TOAST_TOP_PX + beneath)

    def _show_view(self) -> None:
        view_state.show(self, self.runs.aside.view)

    # -- the run

    def play_or_pause(self) -> None:
        """What the big button does."""
        run = self.session.run
        if run is not None and run.state in (RunState.RUNNING, RunState.STARTING):
            self.control.pause()
        else:
            self.control.play()

    def _run_began(self) -> None:
        self.fold()
        self._run_moved()

    def _run_moved(self) -> None:
        run = self.session.run
        state = run.state if run is not None else None
        if state is not getattr(self, "_state", None):
            self._state = state
            self._enable()
        advice = {
            RunState.RUNNING: "Right-click an element to fail or recover it while the run goes on",
            RunState.PAUSED: "Drag the time line to look back; Fail Now starts a branch from there",
            RunState.FINISHED: "Drag the time line to look back; Fail Now starts a branch from there",
            RunState.STARTING: "The simulation is being prepared; the first time takes some seconds",
        }
        if run is not None and run.revives is not None:
            advice[RunState.STARTING] = "The saved run is being opened; it does not run again"
        self._advice.setText(advice.get(state, "") if state is not None else "")

    def _context_menu(self, where: QPoint, element_id: int | None) -> None:
        menu = QMenu(self.frame)
        on_link = element_id in self.session.project.links
        names = actions.ON_LINK if on_link else actions.ON_ELEMENT if element_id is not None else actions.ON_CANVAS
        for name in names:
            if self.actions[name].isEnabled():
                menu.addAction(self.actions[name])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def _palette_menu(self, item: Item, where: QPoint) -> None:
        """What can be done with something of the palette: place it, and with one's own more."""
        own = own_of(item)
        if own is not None:
            keeping.menu_for(self.session, own, self.frame, where)
            return
        menu = QMenu(self.frame)
        menu.addAction(f"Place {item.title}").triggered.connect(lambda: actions.place(self, item))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def _palette_key(self, item: Item, key: int) -> None:
        own = own_of(item)
        if own is not None:
            keeping.press(self.session, own, key, self.frame)

    # -- small things

    def put_on_clipboard(self, text: str) -> None:
        """Our own kind of text, and plain text for other programs."""
        held = QMimeData()
        held.setData(clipboard.MIME, text.encode())
        elements = self.session.project.elements
        held.setText("\n".join(elements[i].name for i in self.session.selection if i in elements))
        QGuiApplication.clipboard().setMimeData(held)

    def from_clipboard(self) -> str | None:
        """What was copied in this or another window; empty when it is something else, None when nothing is copied or
        the program in which it was took it away with it."""
        held: QMimeData | None = QGuiApplication.clipboard().mimeData()  # none where nothing was ever copied
        if held is None or not held.formats():
            return None
        return bytes(held.data(clipboard.MIME).data()).decode("utf-8", "replace")

    def open_dialog(self, make: Callable[[Session, Theme, QWidget], QDialog]) -> None:
        """Open a dialog on the session; it is gone when it is closed."""
        dialog = make(self.session, self.theme, self.frame)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _dropped(self, path: str) -> None:
        self.files.open(Path(path))

    def _may_close(self) -> bool:
        if not self.files.may_leave():
            return False
        self.settings.set("columns", self._columns.sizes())
        self.control.close()
        self.files.close()
        return True
