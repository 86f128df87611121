"""Export the shown run as an animated picture: which part, which span, how long, in which colors."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QProgressDialog,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.errors import DesignerError, RuleError
from designer.ui.canvas.view.run_colors import RunColors
from designer.ui.canvas.view.view import Painted
from designer.ui.files.questions import file_name
from designer.ui.parts.guard import guarded
from designer.ui.pictures.animation import Animation
from designer.ui.pictures.encoder import ENDS, encode_error
from designer.ui.pictures.picture import Part, Picture, colored_picture
from designer.ui.shell.session import Session
from designer.words import tr

PARTS: dict[Part, str] = {"all": tr("Whole drawing"), "view": tr("What the window shows"), "selection": tr("Selection")}
ZOOMS = (25, 50, 75, 100, 150)
LENGTHS_S, RATES = (5, 10, 20, 30, 60), (2, 5, 10, 20)
USUAL_LENGTH, USUAL_RATE = 1, 1
TICK_MS = 10
FILTERS = {
    tr("Animated GIF (*.gif)"): ".gif", tr("Animated WebP (*.webp)"): ".webp", tr("Animated PNG (*.png)"): ".png",
}  # fmt: skip


@guarded
class AnimationDialog(QDialog):
    """Asks what the animation shows, and makes it while a bar says how far it is. It closes when the file is there."""

    def __init__(self, session: Session, view: Painted, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._view = session, view
        self.work: Animation | None = None
        self._path = Path()
        self._bar: QProgressDialog | None = None
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._advance)
        self.setWindowTitle(tr("Export Animation"))
        run = session.run
        self.part = _choice(tr("Part"), list(PARTS.values()), 0)
        self.zoom = _choice(tr("Zoom"), [f"{n} %" for n in ZOOMS], 1)
        self.colors = _choice(tr("Colors"), [tr("Light"), tr("Dark")], 0)
        self.begin, self.end = QLineEdit(), QLineEdit()
        self.begin.setText(units.clock_text(0.0, True))
        self.end.setText(units.clock_text(run.time_s if run is not None else 0.0, True))
        self.begin.setAccessibleName(tr("From"))
        self.end.setAccessibleName(tr("To"))
        self.length = _choice(tr("Length"), [tr("{0} s", n) for n in LENGTHS_S], USUAL_LENGTH)
        self.rate = _choice(tr("Images a second"), [str(n) for n in RATES], USUAL_RATE)
        form = QFormLayout()
        for box in (self.part, self.zoom, self.colors, self.begin, self.end, self.length, self.rate):
            form.addRow(box.accessibleName(), box)
        for choice in (self.part, self.zoom, self.length, self.rate):
            choice.currentIndexChanged.connect(self.look)
        for line in (self.begin, self.end):
            line.textChanged.connect(self.look)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(40)
        self.said.setMinimumWidth(340)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Close)
        self.save_button = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.save_button.setText(tr("Save As …"))
        self.save_button.clicked.connect(self._ask_name)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.said)
        column.addWidget(buttons)
        self.finished.connect(lambda _: self.cancel())
        self.look()

    @property
    def count(self) -> int:
        """How many images there are."""
        return LENGTHS_S[self.length.currentIndex()] * RATES[self.rate.currentIndex()]

    def span_s(self) -> tuple[float, float]:
        """The span of the run. Raises RuleError where it is none."""
        run = self._session.run
        begin_s, end_s = units.read_span_s(self.begin.text()), units.read_span_s(self.end.text())
        if run is None or not 0.0 <= begin_s < end_s <= run.time_s + 1.0:
            raise RuleError(tr("The span lies within the part of the run that is over, and ends after it begins."))
        return begin_s, min(end_s, run.time_s)

    def look(self) -> None:
        """Say how large it will be, or why it cannot be."""
        wrong = ""
        try:
            begin_s, end_s = self.span_s()
            picture, _ = self._picture()
            size = picture.size
            wrong = encode_error(Path("a.gif"), size.width(), size.height(), self.count)
            each_s = (end_s - begin_s) / max(self.count - 1, 1)
            text = tr("{0:,} images of {1:,} x {2:,} pixels, one for each {3} of the run.", self.count, size.width(),
                      size.height(), units.text(each_s, "s", 3))  # fmt: skip
        except DesignerError as error:
            wrong = str(error)
        self.said.setText(wrong or text)
        self.said.setProperty("wrong", bool(wrong))
        self.said.style().polish(self.said)
        self.save_button.setEnabled(not wrong)

    def _picture(self) -> tuple[Picture, RunColors]:
        part, zoom = list(PARTS)[self.part.currentIndex()], ZOOMS[self.zoom.currentIndex()] / 100
        return colored_picture(self._session, self._view, part, zoom, self.colors.currentIndex() == 1)

    def _ask_name(self) -> None:
        folder = self._session.path.parent if self._session.path else Path.home()
        name = str(folder / f"{file_name(self._session.title)}.gif")
        text, chosen = QFileDialog.getSaveFileName(self, tr("Export Animation"), name, ";;".join(FILTERS))
        if text:
            path = Path(text)
            self.make(path if path.suffix.lower() in ENDS else path.with_name(path.name + FILTERS.get(chosen, ".gif")))

    def make(self, path: Path) -> None:
        """Begin to make the file; a bar with *Cancel* says how far it is."""
        run = self._session.run
        if run is None or self.work is not None:
            return
        try:
            picture, colors = self._picture()
            each_ms = round(1000 / RATES[self.rate.currentIndex()])
            self.work = Animation(run, picture, colors, path, self.span_s(), self.count, each_ms)
        except DesignerError as error:
            self._show_error(str(error))
            return
        self._path = path
        self._bar = QProgressDialog(tr("Making {0} …", path.name), tr("Cancel"), 0, 100, self)
        self._bar.setWindowModality(Qt.WindowModality.WindowModal)
        self._bar.setAutoReset(False)
        self._bar.setAutoClose(False)
        self._bar.canceled.connect(self.cancel)
        self._bar.show()
        self._timer.start()

    def cancel(self) -> None:
        """End it without a file."""
        work = self._over()
        if work is not None:
            work.drop()

    def _over(self) -> Animation | None:
        self._timer.stop()
        work, self.work = self.work, None
        if self._bar is not None:
            self._bar.deleteLater()
            self._bar = None
        return work

    def _advance(self) -> None:
        work = self.work
        if work is None:
            return
        try:
            work.advance()
        except DesignerError as error:
            self._over()
            self._show_error(str(error))
            return
        if self._bar is not None:
            self._bar.setValue(round(work.far * 100))
        if work.over:
            self._over()
            self._session.told.emit(tr("Saved {0}, {1}.", self._path.name, units.file_size_text(work.size)))
            self.accept()

    def _show_error(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.setProperty("wrong", True)
        self.said.style().polish(self.said)


def _choice(name: str, texts: list[str], usual: int) -> QComboBox:
    box = QComboBox()
    box.addItems(texts)
    box.setCurrentIndex(usual)
    box.setAccessibleName(name)
    return box
