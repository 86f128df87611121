"""What an action acts on: the parts of the window by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QWidget

from designer.settings import Settings
from designer.ui.canvas.view.canvas import Canvas
from designer.ui.files.files import Files
from designer.ui.parts.theme import Theme
from designer.ui.preferences.keys import Keys
from designer.ui.run.run_control import RunControl
from designer.ui.run.runs import Runs
from designer.ui.shell.command_palette import SearchBox
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.panels import Panels
from designer.ui.shell.session import Session
from designer.ui.shell.tool_strip import ToolStrip
from designer.ui.side.outline import Outline
from designer.ui.side.palette import Palette
from designer.ui.start.start_page import StartPage
from designer.ui.start.tour import Tour


@dataclass
class Context:
    """The parts of one window. `lanes` is None until the plots are loaded; `actions` holds Qt's actions by id."""

    frame: MainFrame
    session: Session
    theme: Theme
    settings: Settings
    control: RunControl
    files: Files
    runs: Runs
    palette: Palette
    outline: Outline
    canvas: Canvas
    strip: ToolStrip
    panels: Panels
    search: SearchBox
    start: StartPage
    tour: Tour
    actions: dict[str, QAction] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)
    may_paste: bool = False
    """Whether the clipboard holds elements of a design."""
    hides: bool = False
    """Whether an element of the design is hidden."""

    def open_dialog(self, make: Callable[[Session, Theme, QWidget], QDialog]) -> None:
        """Open a dialog on the session; delete it when it is closed. One that is canceled while it reads what it shows
        is not opened."""
        dialog = self.session.do(make, self.session, self.theme, self.frame)
        if dialog is None:
            return
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def set_theme(self, mode: str) -> None:
        """Use light, dark or the system's colors; remember the choice."""
        self.settings.set("theme", mode)
        self.theme.set_mode(mode)
