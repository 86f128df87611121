"""The lanes: utilization, unserved demand, requests, VMs by state, power, hosts over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import QGraphicsRectItem, QStyleOptionGraphicsItem, QWidget

from designer import units
from designer.study.frames import ElementState
from designer.study.results.quantities import FULL, OF_PLACES, Quantity
from designer.study.run import Run
from designer.study.series import RunSeries
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.plots.backlog_lane import BacklogLane
from designer.ui.plots.credit_lane import CreditLane
from designer.ui.plots.kept import Kept
from designer.ui.plots.lane import Areas, Curves, DrawnLine, Entry, Lane
from designer.ui.plots.limit_lane import LimitLane
from designer.ui.plots.moves_lane import MovesLane
from designer.ui.plots.power_lane import PowerLane
from designer.ui.plots.response_lane import ResponseLane
from designer.ui.plots.shape import count_text, nice_top, percent_text, thinned, thinned_rows, tick_text
from designer.ui.plots.unreached_lane import UnreachedLane
from designer.words import tr, trn

BY = ("zone", "host", "region")
"""What utilization, steal, overhead and power can be grouped by."""
MOST_LINES = 8
COUNTS = (
    ("running", ElementState.RUNNING),
    ("restarting", ElementState.RESTARTING),
    ("waiting", ElementState.WAITING),
    ("lost", ElementState.LOST),
)


class LoadLane(Lane):
    """A series by zone, host or region: lines for few; mean, band and the top few for many."""

    def __init__(self, theme: Theme, quantity: Quantity) -> None:
        super().__init__(theme)
        self.by = "zone"
        self._quantity, self._title, self._unit = quantity, tr(quantity.title), quantity.unit
        self._may_be_full = quantity.mark == FULL
        self._failed: frozenset[int] = frozenset()
        self._kept = Kept()
        self._zones: dict[int, Kept] = {}
        self._curves, self._band = Curves(self.plot), Areas(self.plot)
        self._full = pg.InfiniteLine(1.0, angle=0, pen=pg.mkPen(theme.color("overload"), width=1))
        if self._may_be_full:
            self.plot.addItem(self._full)

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what was recorded; the legend shows the values at a time."""
        by = next((kind for kind in (self.by, *BY) if series.of_kind(kind).size), self.by)
        chosen = series.of_kind(by)
        self._kept.follow(series.store, series[self._quantity.name], series.steps, chosen, series.most_steps)
        values = self._kept.values
        step, pixels = series.step_at(at_s), max(self.plot.width(), 50)
        high = self._scale(self._kept.most)
        self.plot.set_time(run.until_s, 0.0, high)
        self._full.setPen(pg.mkPen(self.theme.color("overload"), width=1))
        self._failed = _failed(run)
        if chosen.size <= MOST_LINES:
            self._show_lines(series, values, chosen, step, pixels, by)
        else:
            self._show_many(series, values, chosen, step, pixels, by)

    def _scale(self, most: float) -> float:
        if self._may_be_full:
            high = max(1.1, min(most * 1.1, 3.0))
            labels = [(0.0, "0"), (0.5, "50%"), (1.0, "100%")]
        else:
            high = nice_top(max(most, 0.05 if self._unit == "fraction" else 1.0)) * 1.05
            labels = [(0.0, "0"), (high / 1.05, units.text(high / 1.05, self._unit, 3))]
        self.axis.show_labels(0.0, high, labels)
        return high

    def _text(self, value: float) -> str:
        return percent_text(value) if self._unit == "fraction" else units.text(value, self._unit, 3)

    def _entry(self, name: str, color: QColor, drawn: DrawnLine, step: int, element_id: int = 0) -> Entry:
        """A line of the legend. Where nothing ran it says whether a failure is the reason."""
        value = float(drawn.values[step])
        if np.isnan(value):
            failed = element_id in self._failed
            unknown = tr("not known") if self._unit == "W" else "–"
            return Entry(name, color, tr("failed") if failed else unknown, red=failed, drawn=drawn)
        return Entry(name, color, self._text(value), red=value > self._quantity.mark, drawn=drawn)

    def _show_lines(
        self, series: RunSeries, values: np.ndarray, chosen: np.ndarray, step: int, pixels: int, by: str
    ) -> None:
        lines, entries = [], []
        for n, column in enumerate(chosen):
            color = self.theme.series(n)
            lines.append((*thinned(series.edges_s, values[:, n], pixels), color, n >= 4))
            drawn = DrawnLine(series.edges_s, values[:, n], self._text)
            entries.append(self._entry(series.names[column], color, drawn, step, int(series.ids[column])))
        self._curves.show(self.seen(lines, entries))
        self._band.show(
            self._bands(series, entries, pixels) if self._quantity.name == "asked_frac" and by == "zone" else []
        )
        self.legend.show_entries(tr("{0} by {1}", self._title, tr(by)), entries)

    def _bands(self, series: RunSeries, entries: Sequence[Entry], pixels: int) -> list[Any]:
        """From the least to the most loaded host of each zone, behind its line."""
        spans = []
        hosts = series.of_kind("host")
        for n, column in self.seen(list(enumerate(series.of_kind("zone")[:3])), entries):
            own = hosts[series.zone_of[hosts] == series.ids[column]]
            if own.size < 2:
                continue
            kept = self._zones.setdefault(n, Kept())
            kept.follow(series.store, series["asked_frac"], series.steps, own, series.most_steps)
            spans.append((*kept.band(series.edges_s, pixels), _faded(self.theme.series(n), 0.16)))
        return spans

    def _show_many(
        self, series: RunSeries, values: np.ndarray, chosen: np.ndarray, step: int, pixels: int, by: str
    ) -> None:
        spans = [(*self._kept.band(series.edges_s, pixels), _faded(self.theme.series(0), 0.16))]
        mean = self._kept.mean
        lines = [(*thinned(series.edges_s, mean, pixels), self.theme.series(0), False)]
        drawn = DrawnLine(series.edges_s, mean, self._text)
        entries = [self._entry(tr("mean of {0:,}", chosen.size), self.theme.series(0), drawn, step)]
        for n, column in enumerate(self._kept.top(3)):
            color = self.theme.series(n + 1)
            lines.append((*thinned(series.edges_s, values[:, column], pixels), color, False))
            shown = chosen[column]
            drawn = DrawnLine(series.edges_s, values[:, column], self._text)
            entries.append(self._entry(series.names[shown], color, drawn, step, int(series.ids[shown])))
        self._curves.show(self.seen(lines, entries))
        self._band.show(self.seen(spans, entries))
        self.legend.show_entries(tr("{0} by {1}", self._title, tr(by)), entries)


def _failed(run: Run) -> frozenset[int]:
    """Ids of what is down at the shown time."""
    if run.view.frame is None:
        return frozenset()
    return frozenset(run.view.frame.ids[run.view.frame.state == ElementState.FAILED].tolist())


def _faded(color: QColor, part: float) -> QColor:
    faded = QColor(color)
    faded.setAlphaF(part)
    return faded


class RequestsLane(Lane):
    """Requests a second of all services: served, and dropped on top."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._areas, self._curves = Areas(self.plot), Curves(self.plot)

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what was recorded."""
        step, pixels = series.step_at(at_s), max(self.plot.width(), 50)
        served, dropped = series.served_rps.sum(axis=1), series.dropped_rps.sum(axis=1)
        both = np.stack([served, dropped], axis=1)
        edges, rows = thinned_rows(series.edges_s, both, pixels)
        top = nice_top(float((served + dropped).max()) if served.size else 1.0) * 1.05
        self.plot.set_time(run.until_s, 0.0, top)
        self.axis.show_labels(0.0, top, [(0.0, "0"), (top / 1.05, tick_text(top / 1.05))])
        x, write = np.repeat(edges, 2)[1:-1], partial(units.text, digits=4)
        blue, red = self.theme.series(0), self.theme.state("failed")
        now = float(dropped[step])
        entries = [
            Entry(
                tr("served"), blue, write(float(served[step])), "area", drawn=DrawnLine(series.edges_s, served, write)
            ),
            Entry(tr("dropped"), red, write(now), "area", red=now > 0, drawn=DrawnLine(series.edges_s, dropped, write)),
        ]
        low = np.repeat(rows[:, 0], 2) * self.is_on(tr("served"))  # dropped ones alone stand on the axis
        high = low + np.repeat(rows[:, 1], 2)
        spans = [(x, np.zeros_like(low), low, _faded(blue, 0.16)), (x, low, high, _faded(red, 0.85))]
        self._areas.show(self.seen(spans, entries))
        self._curves.show(self.seen([(x, low, blue, False)], entries))
        self.legend.show_entries(tr("Requests per second"), entries)


class CountsLane(Lane):
    """VMs by state, one on the other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._areas, self._curves = Areas(self.plot), Curves(self.plot)

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what was recorded."""
        step = series.step_at(at_s)
        edges, rows = thinned_rows(series.edges_s, series.counts[:, :4], max(self.plot.width(), 50))
        total = float(rows.sum(axis=1).max()) if rows.size else 1.0
        top = max(total, 1.0) * 1.06
        self.plot.set_time(run.until_s, 0.0, top)
        self.axis.show_labels(0.0, top, [(0.0, "0"), (total, tick_text(total))])
        x, below = np.repeat(edges, 2)[1:-1], np.zeros(edges.size * 2 - 2)
        spans, entries = [], []
        for n, (name, state) in enumerate(COUNTS):
            above = below + np.repeat(rows[:, n], 2) * self.is_on(name)
            color = self.theme.state(state)
            if n == 0 or rows[:, n].any():  # a state that no VM was in has no area and no line
                spans.append((x, below, above, _faded(color, 0.22 if n == 0 else 0.4)))
                count = float(series.counts[step, n])
                said = f"{count:,.0f}" if count < 10_000 else f"{count / 1000:,.1f}k"
                drawn = DrawnLine(series.edges_s, series.counts[:, n], count_text)
                entries.append(Entry(name, color, said, state=int(state), drawn=drawn))
            below = above
        self._areas.show(self.seen(spans, entries))
        running = np.repeat(rows[:, 0], 2)
        self._curves.show(self.seen([(x, running, self.theme.state("running"), False)], entries))
        self.legend.show_entries(tr("VMs by state"), entries)


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Names without the words (between dashes) that all of them begin with."""
    words = [name.split("-") for name in names]
    same = 0
    while len(words) > 1 and all(len(w) > same + 1 and w[same] == words[0][same] for w in words):
        same += 1
    return {name: "-".join(w[same:]) for name, w in zip(names, words)}


@guarded
class HatchedItem(QGraphicsRectItem):
    """The ground of what has no data: gray with lines of 45°, whatever the scale of the plot."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Fill the rectangle in the pixels of the plot."""
        place = painter.worldTransform().mapRect(self.rect())
        painter.save()
        painter.resetTransform()
        painter.fillRect(place, self._theme.color("no_data"))
        painter.fillRect(place, QBrush(self._theme.color("no_data.hatch"), Qt.BrushStyle.BDiagPattern))
        painter.restore()


class HeatLane(Lane):
    """All hosts over time, a row of pixels each, sorted by zone."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._image = pg.ImageItem(axisOrder="row-major")
        self.axis.marks = lambda parts: None  # they name bands of hosts
        self._ground = HatchedItem(theme)
        self.plot.addItem(self._ground)
        self.plot.addItem(self._image)
        self._kept, self._cells = Kept(), np.zeros((0, 0), np.uint8)
        """Hosts x steps, the last host on top, as the picture has them; there is room for more steps."""

    def show_run(self, run: Run, series: RunSeries, at_s: float | None) -> None:
        """Draw what was recorded."""
        hosts, zones = series.of_kind("host"), series.of_kind("zone")
        place = np.full(hosts.size, zones.size)
        for n, zone in enumerate(zones):
            place[series.zone_of[hosts] == series.ids[zone]] = n
        hosts = hosts[np.argsort(place, kind="stable")]
        self.plot.set_time(run.until_s, 0.0, max(hosts.size, 1))
        by_zone = tr(", by zone") if zones.size and hosts.size else ""
        self.legend.show_entries(
            tr("Hosts over time"), [Entry(trn("{0:,} host{1}", "{0:,} hosts{1}", hosts.size, by_zone), _NONE, "")]
        )
        self._label_zones(series, hosts, zones)
        if not hosts.size or not series.steps:
            self._image.hide()
            self._ground.hide()
            return
        self._kept.follow(series.store, series["asked_frac"], series.steps, hosts, series.most_steps)
        edges, rows, first = self._kept.condensed(series.edges_s, max(self.plot.width(), 50))
        new = np.clip(np.nan_to_num(rows[first:], nan=0.0) * 254, 0, 254).astype(np.uint8)
        new[np.isnan(rows[first:])] = 255
        steps = rows.shape[0]
        if self._cells.shape[0] != hosts.size or self._cells.shape[1] < steps:
            grown = np.empty((hosts.size, max(steps, self.plot.width())), np.uint8)
            if first:
                grown[:, :first] = self._cells[:, :first]
            self._cells = grown
        self._cells[:, first:steps] = new.T[::-1]
        self._image.setImage(self._cells[:, :steps], levels=(0, 255), autoLevels=False, lut=self._lookup())
        self._image.setRect(QRectF(0, 0, float(edges[-1]), float(hosts.size)))
        self._image.show()
        self._ground.setRect(self._image.mapRectToParent(self._image.boundingRect()))
        self._ground.show()

    def _label_zones(self, series: RunSeries, hosts: np.ndarray, zones: np.ndarray) -> None:
        labels, from_top = [], 0
        short = short_names([series.names[zone] for zone in zones])
        for zone in zones:
            count = int((series.zone_of[hosts] == series.ids[zone]).sum())
            if count and len(zones) <= 4:
                labels.append((hosts.size - from_top - count / 2, short[series.names[zone]]))
            from_top += count
        self.axis.show_labels(0.0, float(max(hosts.size, 1)), labels)

    def _lookup(self) -> np.ndarray:
        """The colors of the cells; where there is no data, the hatched ground is seen."""
        colors = self.theme.heat_rgb()
        seen = np.full((colors.shape[0], 1), 255, colors.dtype)
        seen[255] = 0
        return np.concatenate([colors, seen], axis=1)


_NONE = QColor(0, 0, 0, 0)

_OWN: dict[str, tuple[str, Callable[[Theme], Any]]] = {
    "credits": (tr("CPU credits"), CreditLane),
    "backlog": (tr("Backlog of VMs"), BacklogLane),
    "limits": (tr("Limits in use"), LimitLane),
    "requests": (tr("Requests per second"), RequestsLane),
    "response": (tr("Response time"), ResponseLane),
    "counts": (tr("VMs by state"), CountsLane),
    "unreached": (tr("VMs unreached"), UnreachedLane),
    "moves": (tr("Migrations"), MovesLane),
    "facility": (tr("Facility power"), partial(PowerLane, name="facility_w")),
    "feeds": (tr("Power of feeds"), partial(PowerLane, name="feed_w")),
    "temperature": (tr("Temperature"), partial(PowerLane, name="temperature_c")),
    "hosts": (tr("Hosts over time"), HeatLane),
}
"""Lanes that draw more than one quantity of places."""
_ORDER = (
    "cpu", "credits", "backlog", "limits", "memory", "disk", "network", "requests", "response", "counts", "unreached",
    "moves", "power", "facility", "feeds", "temperature", "hosts",
)  # fmt: skip
"""What lanes show, from top to bottom: a resource, or a lane of its own; other resources stand below."""


def _lanes() -> dict[str, tuple[str, Callable[[Theme], Any]]]:
    found: list[tuple[str, str, str, Callable[[Theme], Any]]] = [
        (of.resource, of.lane, tr(of.title), partial(LoadLane, quantity=of)) for of in OF_PLACES if of.lane
    ]
    found += [(name, name, title, make) for name, (title, make) in _OWN.items()]
    found.sort(key=lambda lane: _ORDER.index(lane[0]) if lane[0] in _ORDER else len(_ORDER))
    return {name: (title, make) for _, name, title, make in found}


LANES = _lanes()
"""The lanes by name: title and how one is made."""
FIRST_SHOWN = ("used", "requests", "counts", "hosts")
