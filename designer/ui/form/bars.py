"""What a run says of one element, as bars at the top of its form; of a host also what its VMs have configured."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from designer import units
from designer.catalog.rules.capacity import load_of
from designer.catalog.rules.latency import ways
from designer.catalog.rules.replicas import policy_of, usable_gib, used_gib
from designer.model.element import Element
from designer.study.frames import SMALLEST_SHOWN, STEAL_MARKS, TAKING_BACK, ElementState, Frame
from designer.study.run import Run
from designer.study.traffic.at_moment import with_balancers
from designer.study.traffic.latency import MEAN, WAY, Latencies
from designer.ui.parts.background import LARGE_RUN, later
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import mark, tr

Line = tuple[str, float, str, bool]
"""Title, filled part of the bar (NaN: none), text, red or not."""
NO_VALUE = "–"
MEMORY_WORDS = {
    "high": mark("high"),
    "clear": mark("clear: equal pages"),
    "soft": mark("soft: balloon"),
    "hard": mark("hard: swap"),
    "low": mark("low: swap"),
    "merging": mark("equal pages"),
    "ballooning": mark("balloon"),
    "swapping": mark("swap"),
    "short": mark("short"),
}
"""How a host takes memory back at that moment, in few words."""

WAITING = ("service", "user_population")
"""Kinds whose form says how long users wait."""
WAYS_MOST = 6
"""Most regions of which a form tells the way."""
GAP_PX, BARS_END_PX = 8, 148
"""Between the longest title and the bars, and where bars end."""


@guarded
class Bars(QWidget):
    """Run figures of one element: CPU, steal, memory, power."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.lines: list[Line] = []
        self.setFixedHeight(0)

    def show_lines(self, lines: list[Line]) -> None:
        """Show lines: title, filled part of the bar, text, red or not."""
        if str(lines) == str(self.lines):  # NaN is NaN
            return
        self.lines = lines
        self.setFixedHeight(len(lines) * 22 + 8 if lines else 0)
        self.update()

    def sizeHint(self) -> QSize:
        """A line each."""
        return QSize(200, len(self.lines) * 22 + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines."""
        painter, theme = QPainter(self), self._theme
        painter.setFont(theme.font("base"))
        widest = max((painter.fontMetrics().horizontalAdvance(title) for title, *_ in self.lines), default=0)
        begin = min(max(72, widest + GAP_PX), BARS_END_PX - 24)
        for n, (title, part, text, red) in enumerate(self.lines):
            line = QRectF(12, 2 + n * 22, self.width() - 24, 22)
            painter.setPen(theme.color("text.muted"))
            short = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, begin - GAP_PX // 2)
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, short)
            bar = QRectF(line.left() + begin, line.center().y() - 2, BARS_END_PX - begin, 4)
            if not np.isnan(part) or text == NO_VALUE:
                painter.fillRect(bar, theme.color("hairline"))
            if not np.isnan(part):
                full = QRectF(bar.left(), bar.top(), bar.width() * min(max(part, 0), 1), 4)
                painter.fillRect(full, theme.heat(part) if title == tr("CPU") else theme.color("text.muted"))
                if red:
                    painter.fillRect(QRectF(bar.right() - 1, bar.top() - 3, 2, 10), theme.color("overload"))
            painter.setPen(theme.color("overload") if red else theme.color("text"))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


def read_waits(owner: QWidget, run: Run, shown: Callable[[], None]) -> bool:
    """Read how long users wait in a run that rests, beside the window where it is large, for `lines_of`; `shown` is
    called when that is known. False: it is known already, or the run goes on."""
    view = run.view
    if run.going or view.latencies() is not None:
        return False
    recorded, read = view.recorded, view.latency_reader()

    def take(found: list[Latencies]) -> None:
        view.take_latencies(recorded, found)
        shown()

    if len(run.spec.vms) + len(run.spec.hosts) <= LARGE_RUN:
        take(read())
    else:
        later(owner, read, take, lambda _: take([]))
    return True


def lines_of(session: Session, ids: Sequence[int]) -> list[Line]:
    """What the run says of one element; without a run what is known of the design."""
    run = session.run
    frame = run.view.frame if run is not None else None
    element = session.project.elements.get(ids[0]) if len(ids) == 1 else None
    if element is None:
        return []
    row = frame.row_of(element.id) if frame is not None else None
    if element.kind in WAITING:
        return [*_of_requests(session, element), *_of_users(session, element)]
    if element.kind == "datastore":
        return _of_store(session, element)
    if element.kind in ("database", "load_balancer"):
        return _of_requests(session, element)
    if frame is None or row is None:
        return _configured(session, element)
    lines = [*_of_cpu(frame, row), *_of_flows(frame, row)]
    power = float(frame.power_w[row])
    if element.kind == "host":
        lines += _of_host(session, element, frame, row)
        lines.append((tr("Power"), power / max(element.__dict__["full_w"], 1.0), units.text(power, "W", 3), False))
    elif element.kind == "vm":
        lines += _memory_lines(frame, row, element.__dict__["ram_mib"], tr("Memory"))
        if not np.isnan(power):
            lines.append((tr("Power"), float("nan"), units.text(power, "W", 3), False))
    elif not np.isnan(power) and power > 0:
        lines.append((tr("Power"), float("nan"), units.text(power, "W", 3), False))
    warm_c = float(frame.warmth_c[row])
    if element.kind in ("host", "rack", "data_center") and not np.isnan(warm_c):
        lines.append((tr("Temperature"), float("nan"), units.text(warm_c, "°C", 3), False))
    credits = run.view.credits(element.id, frame.time_s) if run is not None else None
    if credits is not None:
        left, owed = credits
        text = tr("{0} owed", units.number(owed)) if owed > 0.0 else tr("{0} left", units.number(left))
        lines.append((tr("Credits"), float("nan"), text, left <= 0.0))
    waits_s = run.view.backlog_s(element.id, frame.time_s) if run is not None else None
    if waits_s is not None:
        lines.append(
            (tr("Backlog"), float("nan"), units.text(waits_s, "s", 3) if waits_s else tr("none"), waits_s > 0.0)
        )
    return lines


def _of_requests(session: Session, element: Element) -> list[Line]:
    """The requests that come at the shown moment, and how many of them are dropped."""
    run = session.run
    frame = run.view.frame if run is not None else None
    if run is None or frame is None:
        return []
    traffic = with_balancers(session.project, run.view.traffic(frame.time_s)).get(element.id)
    if traffic is None:
        return []
    figures = (tr("Requests"), traffic.asked_rps, False), (tr("Dropped"), traffic.dropped_rps, True)
    return [(title, float("nan"), units.text(rps, "req/s", 3), red) for title, rps, red in figures if rps or not red]


def _of_cpu(frame: Frame, row: int) -> list[Line]:
    heat, steal = float(frame.heat[row]), float(frame.steal[row])
    lines = [(tr("CPU"), heat, NO_VALUE if np.isnan(heat) else f"{heat * 100:.0f}%", heat > 1.0)]
    lines.append((tr("Steal"), steal, NO_VALUE if np.isnan(steal) else f"{steal * 100:.0f}%", steal > STEAL_MARKS[1]))
    reasons = (tr("Overhead"), "overhead"), (tr("Throttled"), "throttled"), (tr("Waiting"), "waiting")
    for title, value in ((title, float(getattr(frame, name)[row])) for title, name in reasons):
        if value >= SMALLEST_SHOWN:
            lines.append((title, value, f"{value * 100:.0f}%", False))
    return lines


def _of_flows(frame: Frame, row: int) -> list[Line]:
    figures = (tr("Disk"), float(frame.disk[row])), (tr("Network"), float(frame.wire[row]))
    return [(title, value, f"{value * 100:.0f}%", value >= 1.0) for title, value in figures if not np.isnan(value)]


def _of_host(session: Session, host: Element, frame: Frame, row: int) -> list[Line]:
    """Memory of a host: of the VMs on it, what is in use, and how the hypervisor takes it back."""
    has, elements = host.__dict__["ram_mib"], session.project.elements
    placed = frame.ids[: frame.vms][frame.place == host.id].tolist()
    rams = float(sum(elements[i].__dict__["ram_mib"] for i in placed if i in elements))
    lines = [(tr("Memory"), rams / has, units.part_text(rams, has, "MiB"), rams > has)]
    lines += [*_configured(session, host), *_memory_lines(frame, row, has, tr("In use"))]
    state = frame.state_of_memory(row)
    if state and frame.state[row] == ElementState.RUNNING:
        lines.append((tr("Reclaim"), float("nan"), tr(MEMORY_WORDS[state]), state in TAKING_BACK))
    return lines


def _of_users(session: Session, element: Element) -> list[Line]:
    """How long users wait for a service, by a run that rests; without one how long their way to each region takes."""
    run, elements = session.run, session.project.elements
    found = run.view.latencies() if run is not None and not run.going else []
    lines = []
    for service, users, values in found or []:
        pair = service, users
        other = elements.get(pair[element.kind == "service"]) if element.id in pair else None
        if other is not None:
            value = next(values[title] for title in (MEAN, WAY) if title in values)
            lines.append((tr("Latency, {0}", other.name), float("nan"), units.text(*value, 3), False))
    if lines or element.kind == "service":
        return lines
    ways_there = ways(session.project, element)[:WAYS_MOST]
    return [
        (tr("To {0}", region.name), float("nan"), units.text(ms / 1000.0, "s", 3), False) for region, ms in ways_there
    ]


def _of_store(session: Session, store: Element) -> list[Line]:
    """How full a datastore is; one that is spread over hosts also without its largest host."""
    tree = session.project
    used, usable = used_gib(tree, store), usable_gib(tree, store)
    lines = [(tr("Used"), used / usable if usable else 1.0, units.part_text(used, usable, "GiB"), used > usable)]
    if policy_of(store) is not None:
        left = usable_gib(tree, store, without=1)
        part = used / left if left else 1.0
        lines.append((tr("After a loss"), part, units.part_text(used, left, "GiB"), used > left))
    return lines


def _configured(session: Session, element: Element) -> list[Line]:
    """The memory that VMs of a host have configured, of what it has for them; nothing of other kinds."""
    if element.kind != "host":
        return []
    load = load_of(session.project, element)
    ratio = load.configured_ratio
    return [(tr("Configured"), ratio, f"{ratio * 100:,.0f}%", load.too_much_configured)] if ratio > 0.0 else []


def _memory_lines(frame: Frame, row: int, ram_mib: float, used: str) -> list[Line]:
    """What a run knows of the memory of a VM or host: in use (titled `used`), active, taken back; nothing where it
    knows none.
    """
    lines = []
    for title, name in ((used, "granted"), (tr("Active"), "active"), (tr("Reclaimed"), "taken")):
        mib = float(frame.memory(name)[row])
        if not np.isnan(mib) and (mib >= 1.0 or name != "taken"):
            lines.append((title, mib / ram_mib, units.text(mib, "MiB", 3), False))
    return lines
