"""Thumbnails of designs, painted by the drawing's own painter; those of files are kept in the cache folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter

from designer.catalog import KINDS, LINKS
from designer.catalog.rules.counting import numbers_of
from designer.commands import blueprints
from designer.commands.arrange import tidy
from designer.commands.edit import delete
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.settings import cache_dir
from designer.ui.canvas.links.links import DrawnLinks
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.paint import fitted, paint_project
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from designer.words import tr

SIZE = QSize(202, 112)
"""Size of a thumbnail, px."""
SHARPNESS = 2
"""Device pixels a pixel in which thumbnails are kept."""
MARGIN_PX = 12.0
AREA = QRectF(0, 0, SIZE.width(), SIZE.height()).adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
"""Where in a thumbnail the drawing is."""
MOST = 40
"""Most thumbnails of files that are kept."""
SUMMARY = "summary"
COUNTED = ("region", "host", "vm", "function")
"""The kinds that a summary counts, from the largest."""


def _unpainted(*text: Any) -> Any:
    """Paint nothing."""


class WordlessPainter(QPainter):
    """A painter that leaves texts out. Only our own code calls what it has otherwise, never Qt."""

    drawText = drawStaticText = staticmethod(_unpainted)  # type: ignore[assignment]


def painted(world: World, theme: Theme, sharpness: float = SHARPNESS, links: DrawnLinks | None = None) -> QImage:
    """The whole drawing as a thumbnail, without letters and the notes beside it; those in containers are blank.
    `links`: its links, where their ways are known."""
    image = QImage(SIZE * sharpness, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(sharpness)
    image.fill(theme.color("canvas"))
    if world.ids.size:
        painter = WordlessPainter(image)
        brush = Brush(theme, world, names_far=False)
        brush.links = links or brush.links
        brush.hidden = (world.kind == world.kinds.index("note")) & (world.parent < 0)
        paint_project(painter, brush, AREA)
        painter.end()
    return image


def of_blueprint(text: str, title: str, theme: Theme) -> QImage:
    """A thumbnail of a blueprint, without its notes. Raises RuleError when it cannot be read."""
    return painted(begun(text, title), theme, links=linked(text, title))


@cache
def begun(text: str, title: str) -> World:
    """The drawing of a new design from a blueprint, without its notes and the holes that they leave. It is made once,
    whatever it is painted with. Raises RuleError."""
    project = Project(KINDS, LINKS)
    blueprints.begin(project, text, title)
    notes = project.of_kind("note")
    left = {note.parent for note in notes} - {ROOT_ID}
    delete(project, [note.id for note in notes])
    if left:
        tidy.tidy(project, left)
    return World(project)


@cache
def linked(text: str, title: str) -> DrawnLinks:
    """The links of a blueprint's drawing with their ways in its thumbnail, found once as the drawing is. Raises
    RuleError."""
    world = begun(text, title)
    links = DrawnLinks(world)
    if world.ids.size:
        links.update(fitted(world, AREA)[1])
        links.find_ways(QRectF())
    return links


def summary_of(project: Project) -> str:
    """What a design holds, in a few words: "120 VMs on 3 hosts"."""
    counts = numbers_of(project.elements.values())
    parts = [project.kinds[name].counted(counts[name]) for name in COUNTED if counts[name]]
    if counts["vm"] and counts["host"]:
        return tr("{0} on {1}", parts[-1 if not counts["function"] else -2], parts[1 if counts["region"] else 0])
    return ", ".join(parts[:2]) if parts else tr("Empty")


def keep(path: Path, world: World) -> None:
    """Keep thumbnails of a file's design, light and dark. Files whose folder cannot be written have none."""
    summary = summary_of(world.project)
    folder = _folder()
    for mode in ("light", "dark"):
        image = painted(world, Theme(mode))
        image.setText(SUMMARY, summary)
        image.save(str(folder / _name(path, mode)))
    _forget_oldest(folder.glob("*.png"))


def kept(path: Path, dark: bool) -> tuple[QImage, str]:
    """The kept thumbnail of a file and the summary of its design; a null image where there is none."""
    image = QImage(str(_folder() / _name(path, "dark" if dark else "light")))
    image.setDevicePixelRatio(SHARPNESS)
    return image, image.text(SUMMARY)


def _folder() -> Path:
    folder = cache_dir() / "thumbnails"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _name(path: Path, mode: str) -> str:
    return f"{hashlib.sha256(str(path.absolute()).encode('utf-8', 'surrogateescape')).hexdigest()[:32]}-{mode}.png"


def _forget_oldest(pictures: Iterable[Path]) -> None:
    known = sorted(pictures, key=lambda p: (p.stat().st_mtime_ns, p.name), reverse=True)
    for old in known[2 * MOST :]:
        old.unlink(missing_ok=True)
