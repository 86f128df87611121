"""Pictures as PNG, SVG and PDF, and as an image for the clipboard."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRect, QSaveFile, QSizeF
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from designer.errors import FileError, RuleError
from designer.memory import must_have
from designer.store.file.faults import must_take, shown
from designer.ui.parts.versions import PROGRAM
from designer.ui.pictures.picture import Picture
from designer.words import tr

DPI = 96
"""Pixels an inch of a usual screen."""
MOST_SIDE_PX, MOST_PX = 32_767, 200_000_000
"""Beyond that Qt does not paint; an image of that many pixels takes 800 MB of memory."""
PIXEL_BYTES, ROW_BYTES = 5, 6_000
"""About how much memory a pixel of an image takes, and an element of an SVG: Qt ends the process where it gets none."""
MOST_SVG_ROWS = 150_000
"""An SVG of more elements is larger than what shows such files can read."""
MOST_PDF_INCH = 200
"""A longer side is not shown by readers of PDF."""
INSTEAD = "Helvetica, Arial, sans-serif"
"""Families for machines that lack the one of an SVG."""


def why_not(picture: Picture, suffix: str, sharpness: float) -> str:
    """The sentence that refuses a picture that is too large for its format; empty where it is not."""
    if suffix == ".svg" and picture.brush.world.ids.size > MOST_SVG_ROWS:
        return tr(
            "An SVG file holds at most {0:,} elements; the drawing has {1:,}. Choose PNG or PDF, or a "
            "part of the drawing.",
            MOST_SVG_ROWS,
            picture.brush.world.ids.size,
        )
    if suffix == ".png":
        wide, high = _pixels(picture, sharpness)
        if max(wide, high) > MOST_SIDE_PX or wide * high > MOST_PX:
            return tr(
                "The picture would have {0:,} x {1:,} pixels; a PNG file has at most {2:,} a side and {3} "
                "million. Choose a lower zoom or sharpness, SVG or PDF.",
                wide,
                high,
                MOST_SIDE_PX,
                MOST_PX // 10**6,
            )
    return ""


def fitting_zoom(picture: Picture, sharpness: float) -> float:
    """The zoom of a picture, or the largest at which it is not too large for an image."""
    wide, high = _pixels(picture, sharpness)
    part = min(MOST_SIDE_PX / wide, MOST_SIDE_PX / high, math.sqrt(MOST_PX / (wide * high)))
    return picture.zoom * min(1.0, 0.999 * part)  # sides are rounded up


def _pixels(picture: Picture, sharpness: float) -> tuple[int, int]:
    return math.ceil(picture.size.width() * sharpness), math.ceil(picture.size.height() * sharpness)


def image_of(picture: Picture, sharpness: float) -> QImage:
    """A picture as an image of `sharpness` pixels a pixel. Raises RuleError where it is too large, DesignerError where
    there is no memory for it."""
    refused = why_not(picture, ".png", sharpness)
    if refused:
        raise RuleError(refused)
    wide, high = _pixels(picture, sharpness)
    must_have(PIXEL_BYTES * wide * high)
    image = QImage(wide, high, QImage.Format.Format_RGB32)
    if image.isNull():
        raise MemoryError
    image.setDevicePixelRatio(sharpness)
    image.setDotsPerMeterX(round(DPI * sharpness / 0.0254))
    image.setDotsPerMeterY(round(DPI * sharpness / 0.0254))
    image.setText("Title", picture.title)
    image.setText("Software", PROGRAM)
    painter = QPainter(image)
    picture.paint(painter)
    painter.end()
    return image


def save(picture: Picture, path: Path, sharpness: float = 2.0) -> int:
    """Write a picture in the format that the name of the file ends in: whole, or not at all; return its bytes. Raises
    RuleError where it is too large, FileError where the format is unknown or the file cannot be written, DesignerError
    where there is no memory for it."""
    write = FORMATS.get(path.suffix.lower())
    if write is None:
        raise FileError(tr("{0} must end in {1}.", shown(path), ", ".join(FORMATS)))
    refused = why_not(picture, path.suffix.lower(), sharpness)
    if refused:
        raise RuleError(refused)
    must_take(path)
    file = QSaveFile(str(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        raise FileError(tr("{0} cannot be written: {1}. Choose another place.", shown(path), file.errorString()))
    write(picture, file, sharpness)
    size = file.size()
    if not file.commit():
        raise FileError(tr("{0} cannot be written: {1}. Choose another place.", shown(path), file.errorString()))
    return size


def _write_png(picture: Picture, file: QIODevice, sharpness: float) -> None:
    if not image_of(picture, sharpness).save(file, "PNG"):  # type: ignore[call-overload]
        file.close()


def _write_svg(picture: Picture, file: QIODevice, sharpness: float) -> None:
    file.write(svg_of(picture))


def svg_of(picture: Picture) -> bytes:
    """A picture as the text of an SVG file. Raises DesignerError where there is no memory for it."""
    must_have(ROW_BYTES * picture.brush.world.ids.size)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # the other version has no clips
    made = QBuffer()
    made.open(QIODevice.OpenModeFlag.WriteOnly)
    generator.setOutputDevice(made)
    generator.setResolution(DPI)
    generator.setSize(picture.size)
    generator.setViewBox(QRect(0, 0, picture.size.width(), picture.size.height()))
    generator.setTitle(picture.title)
    generator.setDescription(PROGRAM)
    _paint(picture, generator)
    own = picture.brush.theme.font("base").family()
    made_text = bytes(made.data().data())
    return made_text.replace(f'font-family="{own}"'.encode(), f'font-family="{own}, {INSTEAD}"'.encode())


def _write_pdf(picture: Picture, file: QIODevice, sharpness: float) -> None:
    writer = QPdfWriter(file)
    dpi = max(DPI, math.ceil(max(picture.size.width(), picture.size.height()) / MOST_PDF_INCH))
    writer.setResolution(dpi)
    inches = QSizeF(picture.size.width() / dpi, picture.size.height() / dpi)
    writer.setPageSize(QPageSize(inches, QPageSize.Unit.Inch, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF())
    writer.setTitle(picture.title)
    writer.setCreator(PROGRAM)
    _paint(picture, writer)


def _paint(picture: Picture, device: QSvgGenerator | QPdfWriter) -> None:
    painter = QPainter(device)
    picture.paint(painter)
    painter.end()


FORMATS: dict[str, Callable[[Picture, QIODevice, float], None]] = {
    ".png": _write_png,
    ".svg": _write_svg,
    ".pdf": _write_pdf,
}
"""How a picture is written, by the end of the file's name."""
