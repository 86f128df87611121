"""The window put together: three columns, run bar, lanes, status. Panels do not know each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.ui.actions import table
from designer.ui.actions.arrange import look_at_hidden
from designer.ui.actions.edit import look_at_clipboard
from designer.ui.actions.file import begin_with
from designer.ui.actions.insert import place
from designer.ui.actions.late import late
from designer.ui.actions.run import offer_branch
from designer.ui.canvas.view.canvas import Canvas
from designer.ui.canvas.view.spoken import boxes_of_selection, headers_of_selection
from designer.ui.files.files import Files
from designer.ui.files.sharing import insert
from designer.ui.form.panel import Form
from designer.ui.parts.background import breathe_unpainted
from designer.ui.parts.large import LARGE
from designer.ui.parts.stock import Item, own_of
from designer.ui.parts.theme import Theme
from designer.ui.parts.toast import Toast
from designer.ui.parts.undo_keys import follow_place, stops
from designer.ui.preferences.keys import follow_keys
from designer.ui.presets import saving
from designer.ui.run.run_bar import RunBar
from designer.ui.run.run_control import RunControl
from designer.ui.run.runs import Runs
from designer.ui.run.spoken_run import SpokenRun
from designer.ui.shell import view_state
from designer.ui.shell.announcer import Announcer
from designer.ui.shell.command_palette import SearchBox
from designer.ui.shell.context import Context
from designer.ui.shell.context_menu import open_menu
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.menus import MenuLine
from designer.ui.shell.panels import Panels
from designer.ui.shell.session import Session
from designer.ui.shell.status_line import StatusLine
from designer.ui.shell.tool_strip import Hints, ToolStrip
from designer.ui.side.history_panel import HistoryPanel
from designer.ui.side.outline import Outline
from designer.ui.side.palette import Palette
from designer.ui.start import thumbnails
from designer.ui.start.start_page import KEYED, StartPage
from designer.ui.start.tour import FAILING, Tour
from designer.words import tr
from designer.words.reasons import told

import_estate = late("files.estate_dialog", "import_estate")
DedicatedPicker = late("pickers.dedicated_picker", "DedicatedPicker")
Ec2Picker = late("pickers.ec2_picker", "Ec2Picker")

CATALOGS = {"instance_type": Ec2Picker, "model": DedicatedPicker}
"""The catalogs that the form opens, by the field of the button."""


class Window(QObject):
    """Fills a frame with the panels and connects their signals with actions. `filled`: everything is there."""

    filled = Signal()

    def __init__(
        self, frame: MainFrame, session: Session, theme: Theme, settings: Settings, engine: EngineHost
    ) -> None:
        super().__init__(frame)
        self.frame, self.session, self.theme, self.settings = frame, session, theme, settings
        self._let_breathe()
        self.control = RunControl(session, engine, settings, self)
        self.files = Files(session, settings, theme, frame, lambda: view_state.capture(self.context))
        self.runs = Runs(session, self.files, self.control, settings)
        self.panels = panels = Panels(frame, session, settings)
        self.palette = Palette(session, theme, settings, panels.left)
        self.outline = Outline(session, theme, panels.left)
        self._let_breathe()
        self.canvas = Canvas(session, theme, panels.middle)
        self._let_breathe()
        self.form = Form(session, theme, panels.right)
        self._let_breathe()
        self.history = HistoryPanel(session, theme, panels.right)
        self.run_bar = RunBar(session, theme, panels.top)
        self.strip = ToolStrip(self.canvas, theme, settings, panels.middle)
        self.hints = Hints(theme, settings, panels.middle)
        self.status = StatusLine(frame.statusBar(), session, theme)
        self.actions: dict[str, QAction] = {}
        middle = self.strip, self.hints, self.canvas
        panels.lay_out(self.palette, self.outline, middle, self.form, self.history, self.run_bar)
        canvas = self.canvas.view, self.canvas.foot
        follow_place(panels.rows, stops(frame.statusBar(), self.run_bar, self.strip, self.hints, *canvas))
        self.announcer = Announcer(frame)
        self.spoken = SpokenRun(session, self.announcer)
        self.message = Toast(theme, frame, self.canvas.view, self._spared)
        self.search = SearchBox(session, theme, self.actions, settings, frame)
        self.start = StartPage(session, theme, settings, self.canvas)
        view = self.canvas.view
        self.tour = Tour(session, theme, view, self._toured, lambda: self.panels.wanted("lanes"))
        self.menus = MenuLine(theme, settings, self.files, frame)
        self.context = self._context()
        rows = tuple(table.rows(self.context))
        self.actions.update(table.grow(self.context, rows, frame))
        self.menus.fill(table.LETTERS, rows, self.actions, table.SUBMENUS)
        theme.changed.connect(lambda: table.paint_icons(self.context, rows, self.actions))
        frame.setMenuWidget(self.menus)
        self._connect()
        self.fold()
        self.show_title()
        self._look_at_clipboard()

    def _let_breathe(self) -> None:
        """Called between two panels: when those before know of a large change, timers and progress have their turn.
        Nothing is painted meanwhile, and what the user does waits."""

        def pause(count: int) -> None:
            if count > LARGE:
                breathe_unpainted(self.frame)

        self.session.changed.connect(lambda changes: pause(len(changes)))
        self.session.selection_changed.connect(lambda: pause(len(self.session.selection)))

    def _context(self) -> Context:
        return Context(self.frame, self.session, self.theme, self.settings, self.control, self.files, self.runs,
                       self.palette, self.outline, self.canvas, self.strip, self.panels, self.search,
                       self.start, self.tour, self.actions)  # fmt: skip

    def add_lanes(self, make: Callable[[Session, Theme, Settings], QWidget]) -> None:
        """Add the plots, once they are loaded."""
        lanes = make(self.session, self.theme, self.settings)
        self.panels.add_lanes(lanes)
        lanes.run_requested.connect(self.control.play_or_pause)  # type: ignore[attr-defined]
        lanes.scrubbed.connect(self.control.scrub)  # type: ignore[attr-defined]
        self.control.plots_due.connect(lanes.follow)  # type: ignore[attr-defined]
        view = {name: value for name, value in self.runs.aside.view.items() if name.startswith("lanes")}
        view_state.restore(self.context, view)
        self.runs.may_show()

    def _connect(self) -> None:
        self.palette.place_requested.connect(self._place)
        self.palette.menu_requested.connect(self._palette_menu)
        self.palette.key_pressed.connect(self._palette_key)
        self.canvas.open_example_requested.connect(lambda: self.files.open_example())
        self.canvas.show_hidden_requested.connect(lambda: self.actions["arrange.show"].trigger())
        self.form.catalog_requested.connect(lambda name: self.context.open_dialog(CATALOGS[name]))
        self.canvas.view.beside = self.outline.element_at
        for part in (self.canvas, self.outline):
            part.context_menu_requested.connect(partial(open_menu, self.context))
        self.canvas.view.tool_requested.connect(self.strip.set_tool)
        for name, action in self.actions.items():
            if name.startswith("tool.") or name in ("insert.quick", "view.blast"):
                self.canvas.view.addAction(action)
        self.status.findings.clicked.connect(self.panels.show_findings)
        self.status.cost.clicked.connect(self.actions["run.cost"].trigger)
        self._tell_keys()
        self.menus.search_button.clicked.connect(lambda: self.search.open(""))
        self._connect_run()
        self._connect_start()
        session = self.session
        session.changed.connect(partial(look_at_hidden, self.context))
        session.replaced.connect(lambda: look_at_hidden(self.context))
        look_at_hidden(self.context)
        for signal in (session.changed, session.replaced, session.selection_changed, session.run_changed,
                       self.strip.tool_changed, self.theme.changed):  # fmt: skip
            signal.connect(self._enable)
        self._let_breathe()
        QGuiApplication.clipboard().dataChanged.connect(self._look_at_clipboard)
        session.title_changed.connect(self.show_title)
        session.replaced.connect(self.show_title)
        session.refused.connect(lambda text: self.toast(told(text), wrong=True))
        session.told.connect(self.toast)
        session.selection_changed.connect(self.message.settle)
        self.canvas.view.look_moved.connect(self.message.settle)
        session.undone.connect(self.message.hide)
        session.told.connect(self.show_title)
        self.files.changed.connect(self.show_title)
        self.files.opened.connect(lambda: QTimer.singleShot(0, self, self._restore_view))
        self.frame.resized.connect(self.fold)
        self.frame.file_dropped.connect(lambda path: self.files.open(Path(path)))
        self.frame.file_inserted.connect(lambda path: insert(self.context, Path(path)))
        self.frame.export_dropped.connect(lambda paths: import_estate(self.context, map(Path, paths)))
        self.frame.may_close = self._may_close

    def _tell_keys(self) -> None:
        """Say at buttons which keys do the same."""
        bar, search = self.run_bar, self.menus.search_button
        for name, button, text in (
            ("run.run", bar.play, tr("Run")),
            ("run.step", bar.step, tr("One recording step")),
            ("run.stop", bar.stop, tr("Stop")),
        ):
            follow_keys(self.actions[name], partial(_tell_key, button, text))
        follow_keys(self.actions["edit.commands"], search.show_key)
        for name in KEYED:
            follow_keys(self.actions[name], partial(self.start.show_key, name))

    def _connect_start(self) -> None:
        start, tour = self.start, self.tour
        self._thumbnail_of: object = None
        start.new_requested.connect(start.leave)
        start.tour_requested.connect(self.message.hide)
        for cover in (self.canvas.foot.setHidden, self.hints.set_covered, self.strip.set_covered):
            start.shown.connect(cover)
        start.open_requested.connect(self.actions["file.open"].trigger)
        start.import_requested.connect(self.actions["file.import"].trigger)
        start.tour_requested.connect(tour.begin)
        start.file_chosen.connect(lambda path: self.files.open(Path(path)))
        start.blueprint_chosen.connect(lambda item: begin_with(item, self.context))
        tour.shop_requested.connect(self._open_shop)
        tour.run_requested.connect(self.control.play)
        tour.fail_requested.connect(self.control.fail)
        self.files.changed.connect(lambda: QTimer.singleShot(0, self, self._keep_thumbnail))

    def _open_shop(self) -> None:
        if self.files.open_example():
            self.tour.shop_opened()

    def _keep_thumbnail(self) -> None:
        """Keep a thumbnail of the file once for each time that it was opened or saved: other changes of what a file
        holds are of its runs."""
        of = self.session.path, self.files.document.stamp
        if self.session.path is not None and not self.session.pending and of != self._thumbnail_of:
            self._thumbnail_of = of
            thumbnails.keep(self.session.path, self.canvas.view.world)

    def _connect_run(self) -> None:
        bar, control = self.run_bar, self.control
        bar.run_requested.connect(control.play)
        bar.pause_requested.connect(control.pause)
        bar.step_requested.connect(control.step)
        bar.cancel_requested.connect(control.cancel)
        bar.speed_changed.connect(control.set_speed)
        bar.scrubbed.connect(control.scrub)
        control.branch_needed.connect(partial(offer_branch, self.context))
        control.speed_set.connect(bar.show_speed)
        bar.show_speed(control.speed)
        control.outline_due.connect(self.outline.refresh_load)
        self._run_state: object = None
        self.session.frame_changed.connect(self._run_moved)
        self.session.run_changed.connect(self._run_began)

    # -- what the window shows of itself

    def fold(self) -> None:
        """Show what the size of the window allows."""
        self.panels.fold()
        self.menus.search_button.setVisible(self.frame.width() >= 900)
        for part in ("form", "lanes"):
            self.actions[f"view.{part}"].setChecked(self.panels.wanted(part))

    def show_title(self) -> None:
        """Show the design's name, with a mark when it is not saved."""
        modified = self.session.modified
        only = tr(" (read-only)") if self.session.read_only else ""
        self.frame.setWindowTitle(tr("{0}{1}[*] – Cloud Designer", self.session.title, only))
        self.frame.setWindowModified(modified)
        self.menus.name.setText(f"{self.session.title}{only}{' •' if modified else ''}")
        self.status.show_file(self.files.document.behind)

    def _look_at_clipboard(self) -> None:
        look_at_clipboard(self.context)
        self._enable()

    def _enable(self) -> None:
        table.enable(self.context)
        self.status.show_selection()

    def toast(self, text: str, wrong: bool = False) -> None:
        """Show a sentence for a while in a corner of the drawing, away from the selection; a refusal in red."""
        self.message.say(text, wrong)
        self.announcer.say(text, wrong)

    def _spared(self) -> list[list[QRect]]:
        """The boxes of the drawing that a sentence should not cover: names before what stands in their containers."""
        tour, view = [self.tour.geometry()] if self.tour.isVisible() else [], self.canvas.view
        return [tour, headers_of_selection(view), boxes_of_selection(view)]

    def _toured(self) -> QRectF:
        """The box that the card of the tour speaks of: the zone that fails, before that the drawing."""
        view, zone = self.canvas.view, self.tour.zone
        failing = zone is not None and self.tour.step >= FAILING
        return view.to_pixels(view.box_of([zone]) if failing and zone is not None else view.world.bounds())

    def _restore_view(self) -> None:
        view_state.restore(self.context, self.runs.aside.view)
        if self.tour.isVisible():
            self.tour.go.setFocus()
        elif not self.start.isVisible():
            self.canvas.view.setFocus()  # the next keys are for what was opened

    # -- the run

    def _run_began(self) -> None:
        self.fold()
        self._run_moved()

    def _run_moved(self) -> None:
        run = self.session.run
        state = run.state if run is not None else None, self.control.going
        if state != self._run_state:
            self._run_state = state
            self._enable()
        self.status.show_run(run)

    # -- menus

    def _place(self, item: Item) -> None:
        place(self.context, item)
        self.palette.line.clear()
        self.canvas.view.setFocus()  # the next keys are for what was placed

    def _palette_menu(self, item: Item, where: QPoint) -> None:
        """Open the menu of a palette item: place it, and more for a saved one."""
        own = own_of(item)
        if own is not None:
            saving.menu_for(self.session, own, self.frame, where)
            return
        menu = QMenu(self.frame)
        menu.addAction(tr("Place {0}", item.title)).triggered.connect(lambda: self._place(item))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def _palette_key(self, item: Item, key: int) -> None:
        own = own_of(item)
        if own is not None:
            saving.press(self.session, own, key, self.frame)

    def _may_close(self) -> bool:
        if not self.files.may_leave():
            return False
        self.panels.remember()
        self.control.close()
        self.files.close()
        return True


def _tell_key(button: QToolButton, text: str, key: str) -> None:
    button.setToolTip(f"{text} ({key})" if key else text)
