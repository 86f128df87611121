"""Save, copy or print the drawing as a picture: which part, how large, in which colors; shown before."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.errors import DesignerError
from designer.ui.canvas.view.view import Painted
from designer.ui.files.questions import file_name
from designer.ui.parts.background import Stopped, run_in_background
from designer.ui.parts.room import fitting
from designer.ui.pictures import formats
from designer.ui.pictures.picture import Part, Picture, picture_of
from designer.ui.shell.session import Session
from designer.words import tr

T = TypeVar("T")
PREVIEW = QSize(360, 260)
PARTS: dict[Part, str] = {"all": tr("Whole drawing"), "view": tr("What the window shows"), "selection": tr("Selection")}
ZOOMS: dict[str, float | None] = {"50%": 0.5, "100%": 1.0, "200%": 2.0, "400%": 4.0, tr("As in the window"): None}
"""How much is shown of each element: the zoom at which the window would show the same."""
SHARPNESS = (1, 2, 3, 4)
FILTERS = {tr("Picture (*.png)"): ".png", tr("Vector drawing (*.svg)"): ".svg", tr("Document (*.pdf)"): ".pdf"}
COPIED_SHARPNESS = 2.0


class PictureDialog(QDialog):
    """Asks what a picture shows. `print_requested` carries the picture that is to be printed."""

    print_requested = Signal(object)

    def __init__(self, session: Session, view: Painted, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._view = session, view
        self.picture: Picture | None = None
        self.setWindowTitle(tr("Save Picture"))
        self.part, self.zoom = _choice(tr("Part"), PARTS.values()), _choice(tr("Zoom"), ZOOMS)
        self.sharpness = _choice(tr("Sharpness"), [f"{n}×" for n in SHARPNESS])
        self.colors = _choice(tr("Colors"), (tr("Light"), tr("Dark")))
        self.zoom.setCurrentText("100%")
        self.sharpness.setCurrentIndex(1)
        self.sharpness.setToolTip(tr("Pixels of a PNG file for each pixel of a usual screen"))
        self.part.setCurrentIndex(2 if session.selection else 0)
        form = QFormLayout()
        form.setVerticalSpacing(4)
        for box in (self.part, self.zoom, self.sharpness, self.colors):
            form.addRow(box.accessibleName(), box)
            box.currentIndexChanged.connect(self.look)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(56)
        self.said.setContentsMargins(0, 8, 0, 0)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.preview = QLabel()
        self.preview.setFixedSize(PREVIEW)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        left = QVBoxLayout()
        left.addLayout(form)
        left.addWidget(self.said)
        left.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(left, 1)
        row.addWidget(self.preview)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(row)
        column.addWidget(self._buttons())
        self.resize(fitting(700, 360))
        self.look()

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Close)
        self.save_button = box.button(QDialogButtonBox.StandardButton.Save)
        self.save_button.setText(tr("Save As …"))
        self.copy_button = box.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.print_button = box.addButton(tr("Print …"), QDialogButtonBox.ButtonRole.ActionRole)
        self.save_button.clicked.connect(self._ask_name)
        self.copy_button.clicked.connect(self._copy)
        self.print_button.clicked.connect(lambda: self.print_requested.emit(self.picture))
        box.rejected.connect(self.reject)
        return box

    def look(self) -> None:
        """Show what the picture would be, or why there is none."""
        part = list(PARTS)[self.part.currentIndex()]
        wrong, self.picture = "", None
        try:
            zoom = ZOOMS[self.zoom.currentText()]
            self.picture = picture_of(self._session, self._view, part, zoom, self.colors.currentIndex() == 1)
            wrong = formats.why_not(self.picture, ".png", self._sharpness)
        except DesignerError as error:
            wrong = str(error)
        self.said.setText(wrong or self._size_text())
        self.said.setProperty("wrong", bool(wrong))
        self.said.style().polish(self.said)
        self.preview.setPixmap(_small(self.picture, self.devicePixelRatioF()) if self.picture else QPixmap())
        for button in (self.save_button, self.print_button):
            button.setEnabled(self.picture is not None)
        self.copy_button.setEnabled(self.picture is not None and not wrong)

    @property
    def _sharpness(self) -> float:
        return float(SHARPNESS[self.sharpness.currentIndex()])

    def _size_text(self) -> str:
        assert self.picture is not None
        size = self.picture.size * self._sharpness
        return tr("PNG: {0:,} × {1:,} pixels. SVG and PDF: sharp at any size.", size.width(), size.height())

    def _ask_name(self) -> None:
        session, picture = self._session, self.picture
        folder = session.path.parent if session.path else Path.home()
        name = str(folder / f"{file_name(session.title)}.png")
        text, chosen = QFileDialog.getSaveFileName(self, tr("Save Picture"), name, ";;".join(FILTERS))
        if not text or picture is None:
            return
        path = Path(text)
        if path.suffix.lower() not in formats.FORMATS:
            path = path.with_name(path.name + FILTERS.get(chosen, ".png"))
        sharpness = self._sharpness
        size = _painted_in_background(
            self, tr("Saving {0} …", path.name), partial(formats.save, picture, path, sharpness), self._refused
        )
        if size is not None:
            session.told.emit(tr("Saved {0}, {1}.", path.name, units.file_size_text(size)))
            self.accept()

    def _copy(self) -> None:
        picture, sharpness = self.picture, self._sharpness
        if picture is None:
            return
        image = _painted_in_background(
            self, tr("Copying the picture …"), partial(formats.image_of, picture, sharpness), self._refused
        )
        if image is not None:
            _to_clipboard(self._session, image)
            self.accept()

    def _refused(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.setProperty("wrong", True)
        self.said.style().polish(self.said)


def _choice(name: str, texts: Any) -> QComboBox:
    box = QComboBox()
    box.addItems(list(texts))
    box.setAccessibleName(name)
    return box


def _small(picture: Picture, ratio: float) -> QPixmap:
    """A picture as it looks, made smaller; what is far larger than its preview is painted at a lower zoom."""
    size = picture.size.scaled(PREVIEW, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    part = min(1.0, 4 * size.width() / picture.size.width())
    shown = Picture(picture.brush, picture.area, picture.zoom * part, picture.title, picture.foot)
    image = formats.image_of(shown, 1.0)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    sharp = image.scaled(size * ratio, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    painter.drawImage(QRectF(0, 0, size.width(), size.height()), sharp)
    painter.setPen(QPen(picture.brush.theme.color("strong"), 1))  # where the picture ends
    painter.drawRect(QRectF(0.5, 0.5, size.width() - 1, size.height() - 1))
    painter.end()
    return made


def _painted_in_background(
    parent: QWidget, text: str, work: Callable[[], T], refused: Callable[[str], None]
) -> T | None:
    """The result of painting on a thread, with *Cancel*; None where it was refused (which is said) or canceled."""
    try:
        return run_in_background(parent, text, work, leave=True)
    except Stopped:
        return None
    except DesignerError as error:
        refused(str(error))
        return None


def _to_clipboard(session: Session, image: QImage) -> None:
    QGuiApplication.clipboard().setImage(image)
    session.told.emit(tr("Copied a picture of {0:,} × {1:,} pixels.", image.width(), image.height()))


def copy_picture(session: Session, view: Painted, parent: QWidget) -> None:
    """Copy the selection, or all where nothing is selected, as a light picture at 100%, or at less where that would be
    too large."""
    try:
        picture = picture_of(session, view, "selection" if session.selection else "all", 1.0)
        picture.zoom = formats.fitting_zoom(picture, COPIED_SHARPNESS)
    except DesignerError as error:
        session.refused.emit(str(error))
        return
    work = partial(formats.image_of, picture, COPIED_SHARPNESS)
    image = _painted_in_background(parent, tr("Copying the picture …"), work, session.refused.emit)
    if image is not None:
        _to_clipboard(session, image)
