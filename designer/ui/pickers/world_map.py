"""Placing a region from a small map of the world: dots to click, arrows or a typed name, and how many zones."""

from __future__ import annotations

import json
import lzma
import math
from functools import cache, cached_property

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from designer.assets import asset
from designer.catalog.reference.ec2 import Ec2Region, ec2
from designer.commands import regions
from designer.ui.parts.guard import guarded
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

NORTH, SOUTH = 76.0, -50.0
"""The shown part of the world, in degrees."""
LABELED = {
    "us-east-1": "N. Virginia", "us-west-2": "Oregon", "ap-south-1": "Mumbai", "eu-central-1": "Frankfurt",
    "ap-southeast-1": "Singapore",
}  # fmt: skip
"""The five regions whose names are always shown."""
LEFT_OF_DOT = ("ap-south-1",)
"""Regions with the name at the left, as another dot is at the right."""
DOT_PX, REACH_PX, APART_PX = 4.0, 12.0, 9.0
USUAL_ZONES = 3
ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


@cache
def land() -> QPainterPath:
    """The outlines of all land, a unit a degree, north upward negative."""
    world = json.loads(lzma.decompress(asset("catalog/world.json.xz").read_bytes()))
    path, scale = QPainterPath(), world["steps_per_degree"]
    path.setFillRule(Qt.FillRule.WindingFill)
    for ring in world["rings"]:
        x, y, corners = 0, 0, []
        for dx, dy in zip(ring[::2], ring[1::2]):
            x, y = x + dx, y + dy
            corners.append(QPointF(x / scale, -y / scale))
        path.addPolygon(QPolygonF(corners))
    return path


def on_map() -> list[Ec2Region]:
    """The regions with known zones and place, by code."""
    known = (r for r in ec2().regions.values() if r.zones and r.lat is not None and r.lon is not None)
    return sorted(known, key=lambda region: region.code)


def matches(region: Ec2Region, text: str) -> bool:
    """Whether a region's code, name, city or country has every word."""
    said = " ".join(part for part in (region.code, region.name, region.city, region.country) if part).lower()
    return all(word in said for word in text.lower().split())


@guarded
class WorldMap(QWidget):
    """The map: land, a dot for each region, the chosen one ringed and named."""

    chosen_changed = Signal()
    taken = Signal()

    def __init__(self, theme: Theme, present: set[str]) -> None:
        super().__init__()
        self._theme, self._present = theme, present
        self.regions = on_map()
        self.fitting = {region.code for region in self.regions}
        self.chosen = "us-east-1"
        self._hovered = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("World map of regions"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(540, 200)

    def sizeHint(self) -> QSize:
        """The aspect of the shown part of the world."""
        return QSize(900, 330)

    # -- where things are

    @property
    def _scale(self) -> float:
        return min(self.width() / 360.0, self.height() / (NORTH - SOUTH))

    def to_pixels(self, lon: float, lat: float) -> QPointF:
        """A place on earth in the widget."""
        middle, scale = QPointF(self.width() / 2, self.height() / 2), self._scale
        return middle + QPointF(lon * scale, ((NORTH + SOUTH) / 2 - lat) * scale)

    def spot(self, code: str) -> QPointF:
        """Where the dot of a region is; of two in one city, one is below the other."""
        region = ec2().regions[code]
        assert region.lat is not None and region.lon is not None
        return self.to_pixels(region.lon, region.lat) + QPointF(0, APART_PX * self._doubled.get(code, 0))

    @cached_property
    def _doubled(self) -> dict[str, int]:
        seen: dict[tuple[float | None, float | None], int] = {}
        made = {}
        for region in self.regions:
            place = region.lat, region.lon
            made[region.code] = seen.get(place, 0)
            seen[place] = made[region.code] + 1
        return made

    def at(self, where: QPointF) -> str:
        """The code of the region nearest to a point, empty when none is near."""
        near = min((math.dist(self.spot(r.code).toTuple(), where.toTuple()), r.code) for r in self.regions)
        return near[1] if near[0] <= REACH_PX else ""

    # -- choosing

    def choose(self, code: str) -> None:
        """Choose a region."""
        if code and code != self.chosen:
            self.chosen = code
            self.setAccessibleDescription(ec2().regions[code].name)
            self.chosen_changed.emit()
            self.update()

    def show_fitting(self, text: str) -> None:
        """Highlight the regions that match a text; the first is chosen unless the chosen one matches."""
        found = [region.code for region in self.regions if matches(region, text)]
        self.fitting = set(found)
        if found and self.chosen not in found:
            self.choose(found[0])
        self.update()

    def step(self, dx: int, dy: int) -> None:
        """Choose the nearest region in a direction, among those that match."""
        here = self.spot(self.chosen)
        best = []
        for code in self.fitting - {self.chosen}:
            way = self.spot(code) - here
            ahead, aside = way.x() * dx + way.y() * dy, abs(way.x() * dy) + abs(way.y() * dx)
            if ahead > 0 and aside <= 2 * ahead:
                best.append((ahead + 2 * aside, code))
        if best:
            self.choose(min(best)[1])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go to the next region."""
        way = ARROWS.get(Qt.Key(event.key()))
        if way is None:
            super().keyPressEvent(event)
        else:
            self.step(*way)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Name the region under the mouse."""
        self._hovered = self.at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if self._hovered else Qt.CursorShape.ArrowCursor)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Handle that the mouse has left."""
        self._hovered = ""
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses."""
        self.choose(self.at(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click chooses and closes."""
        if self.at(event.position()) == self.chosen:
            self.taken.emit()

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint sea, land, dots, names."""
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("sunken"))
        painter.save()
        painter.translate(self.to_pixels(0, 0))
        painter.scale(self._scale, self._scale)
        ground = theme.color("strong" if not theme.dark else "hairline")
        painter.setPen(QPen(ground, 0))  # closes the seams between countries
        painter.setBrush(ground)
        painter.drawPath(land())
        painter.restore()
        painter.setFont(theme.font("secondary"))
        self.paint_below_names(painter)
        for region in sorted(self.regions, key=lambda r: r.code in self.fitting):
            self._paint_dot(painter, region.code)
        named = [code for code in dict.fromkeys((self.chosen, self._hovered)) if code]
        taken = [self._name_box(painter, code, boxed_name(code)) for code in named]
        for code, name in LABELED.items():
            free = not any(self._name_box(painter, code, name).intersects(box) for box in taken)
            if code in self.fitting and code not in named and free:
                self._paint_name(painter, code, name, boxed=False)
        for code in named:
            self._paint_name(painter, code, boxed_name(code), boxed=True)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("focus"), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def paint_below_names(self, painter: QPainter) -> None:
        """Paint what a kind of map shows between the land and dots and names: here nothing."""

    def _paint_dot(self, painter: QPainter, code: str) -> None:
        theme, where = self._theme, self.spot(code)
        fits, size = code in self.fitting, DOT_PX + (1.5 if code in LABELED else 0.0)
        painter.setPen(QPen(theme.color("raised"), 1.0))
        painter.setBrush(theme.color("accent" if fits else "text.disabled"))
        if not fits:
            size = DOT_PX - 1.5
        painter.drawEllipse(where, size, size)
        if code in self._present:
            painter.setBrush(theme.color("raised"))
            painter.drawEllipse(where, size - 2.5, size - 2.5)
        if code == self.chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("text"), 2.0))
            painter.drawEllipse(where, size + 3.5, size + 3.5)

    def _name_box(self, painter: QPainter, code: str, text: str) -> QRectF:
        """Where the name of a region stands: beside its dot, within the map."""
        measure = QFontMetricsF(painter.font())
        width, height = measure.horizontalAdvance(text) + 12, measure.height() + 4
        box = QRectF(self.spot(code) + QPointF(10, -height / 2), QSize(math.ceil(width), math.ceil(height)))
        if box.right() > self.width() - 4 or code in LEFT_OF_DOT:
            box.moveRight(self.spot(code).x() - 10)
        box.moveTop(min(max(box.top(), 4.0), self.height() - height - 4))
        return box

    def _paint_name(self, painter: QPainter, code: str, text: str, boxed: bool) -> None:
        theme, box = self._theme, self._name_box(painter, code, text)
        if boxed:
            painter.setPen(QPen(theme.color("strong"), 1))
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(box, 4, 4)
        painter.setPen(theme.color("text"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def boxed_name(code: str) -> str:
    """The words for a region that is chosen or under the pointer."""
    return f"{_city(ec2().regions[code])}  {code}"


def _city(region: Ec2Region) -> str:
    return tr(region.place)


def _count(zones: int) -> str:
    return tr("no zones") if not zones else tr("1 zone") if zones == 1 else tr("{0} zones", zones)


@guarded
class PlaceRegion(QDialog):
    """Asks for a region on the map and how many of its zones, and places them as one undo step."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(tr("Place Region from Map"))
        self.resize(fitting(920, 560))
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Type a name: mumbai, frankfurt, us-west …; arrows go to the next region"))
        self.line.setAccessibleName(tr("Search regions"))
        self.line.setClearButtonEnabled(True)
        self.map = WorldMap(theme, {element.name for element in session.project.of_kind("region")})
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setAccessibleName(tr("About the region"))
        self.zones = QComboBox()
        self.zones.setAccessibleName(tr("Zones"))
        self.zones.activated.connect(self._name_zones)
        self.named = QLabel()
        self.named.setWordWrap(True)
        self.named.setAccessibleName(tr("Names and ids of the zones"))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText(tr("Place Region"))
        self.ok.setProperty("primary", True)
        self._lay_out()
        self.line.textChanged.connect(self._look)
        self.line.installEventFilter(self)
        self.map.chosen_changed.connect(self._tell)
        self.map.taken.connect(self.place)
        self.buttons.accepted.connect(self.place)
        self.buttons.rejected.connect(self.reject)
        self._tell()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(8)
        hidden = len(ec2().regions) - len(self.map.regions)
        missing = QLabel(
            tr("{0} regions. {1} more are not shown because their zones are unknown.", len(self.map.regions), hidden)
        )
        missing.setProperty("muted", True)
        row = QHBoxLayout()
        title = QLabel(tr("Zones"))
        title.setProperty("muted", True)
        title.setBuddy(self.zones)
        row.addWidget(title)
        row.addWidget(self.zones)
        row.addWidget(self.named, 1)
        self.named.setMinimumHeight(2 * self.named.fontMetrics().lineSpacing())
        last = QHBoxLayout()
        last.addWidget(missing)
        last.addWidget(self.buttons)
        column.addWidget(self.line)
        column.addWidget(self.map, 1)
        column.addWidget(self.about)
        column.addLayout(row)
        column.addLayout(last)

    def _look(self, text: str) -> None:
        self.map.show_fitting(text)
        self._tell()

    def _tell(self) -> None:
        fits = bool(self.map.fitting)
        self.ok.setEnabled(fits)
        self.zones.setEnabled(fits)
        if not fits:
            self.about.setText(tr("No region is called “{0}”. Type fewer letters.", self.line.text()))
            self.zones.clear()
            self._name_zones()
            return
        region = ec2().regions[self.map.chosen]
        parts = [
            f"{region.name}, {region.code}",
            tr("time zone {0}", region.time_zone),
            tr("{0} zones", len(region.zones)),
        ]
        if region.opt_in:
            parts.append(tr("must be enabled in the account first"))
        if region.code in {element.name for element in self._session.project.of_kind("region")}:
            parts.append(tr("already in the design"))
        self.about.setText(" · ".join(parts))
        self.zones.clear()
        for count in range(len(region.zones) + 1):
            self.zones.addItem(_count(count), count)
        self.zones.setCurrentIndex(min(USUAL_ZONES, len(region.zones)))
        self._name_zones()

    def _name_zones(self) -> None:
        """Show the names and ids of the zones to place."""
        zones = ec2().regions[self.map.chosen].zones[: self.zones.currentData() or 0]
        self.named.setText(",  ".join(f"{name} ({zone_id})" for name, zone_id in zones))

    def place(self) -> None:
        """Place the chosen region with its zones, select and show it."""
        if not self.ok.isEnabled():
            return
        session, code, zones = self._session, self.map.chosen, self.zones.currentData()
        made = session.do(regions.place_region, session.project, code, zones)
        if made is None:
            return
        session.flush()
        session.select([made])
        session.reveal.emit([made])
        session.told.emit(tr("Placed {0} with {1}.", code, _count(zones)))
        self.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and down in the line go over the map; left and right too while the line is empty."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = Qt.Key(event.key())
            upright = key in (Qt.Key.Key_Up, Qt.Key.Key_Down)
            if key in ARROWS and (upright or not self.line.text()):
                QApplication.sendEvent(self.map, event)
                return True
        return super().eventFilter(watched, event)
