"""Paints two pages of the manual: one host under each hypervisor, uncontended and overcommitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from hosts_compared import CORES, CROWD, CROWD_MIB, CROWD_VCPUS, SMALL_MIB, THREADS, Overcommitted, Uncontended
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPen

from designer.ui.parts.typeface import bold as bold_letters

WIDE, HIGH = 1440, 660
MARGIN, TOP, ROW_PX, BAR_PX = 48.0, 124.0, 62.0, 26.0
TEXT, MUTED, LINE, GROUND = QColor("#1B1E25"), QColor("#596070"), QColor("#E1E4EA"), QColor("#FFFFFF")
BAR, BUSY, RED = QColor("#2A67BD"), QColor("#D87106"), QColor("#C4283C")
"""Those of the window: its series, and red for what is lost."""
PARTS = {
    "served": BAR, "kept": BAR, "steal": RED, "overhead": QColor("#4D1A82"),
    "throttled": BUSY, "waiting": QColor("#7F8694"), "shared": QColor("#00A57B"),
    "ballooned": BUSY, "compressed": QColor("#66270D"), "swapped": RED,
}  # fmt: skip
WHY = {
    "reserved": "Each vCPU has a thread of its own: what has none is refused.",
    "weighted_max_min": "CPU by shares, none wasted.",
    "max_min": "Its host OS shares CPU among processes, evenly.",
    "configured": "All memory of a VM is asked for at its start.",
    "esxi": "Asks for reservations only, then takes memory back: pages shared, balloon, compression, swap.",
    "hyperv": "Asks for the startup memory; dynamic memory moves what is left.",
    "kvm": "Asks for all memory; equal pages are merged as memory fills.",
    "proxmox": "Balloons down to each VM's minimum as memory fills.",
}


class Page:
    """A picture with a title, on which rows of text and bars are painted."""

    def __init__(self, title: str, about: str) -> None:
        self.image = QImage(WIDE, HIGH, QImage.Format.Format_RGB32)
        self.image.fill(GROUND)
        self.painter = QPainter(self.image)
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.text(QRectF(MARGIN, 24, WIDE - 2 * MARGIN, 34), title, 18, bold=True)
        self.text(QRectF(MARGIN, 60, WIDE - 2 * MARGIN, 44), about, 10.5, MUTED)

    def text(
        self,
        box: QRectF,
        text: str,
        size: float = 10.5,
        color: QColor = TEXT,
        bold: bool = False,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        """Text in a box, wrapped, centered from top to bottom."""
        font = QFont("Inter")
        font.setPointSizeF(size)
        self.painter.setFont(bold_letters(font) if bold else font)
        self.painter.setPen(color)
        self.painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap), text)

    def box(self, box: QRectF, color: QColor, hatched: bool = False) -> None:
        """A filled box; hatched where its figure is assumed."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        if not hatched:
            self.painter.fillRect(box, color)
            return
        self.painter.fillRect(box, GROUND)
        self.painter.fillRect(box, QBrush(color, Qt.BrushStyle.BDiagPattern))
        self.painter.setPen(QPen(color, 1.0))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRect(box)

    def key(self, x: float, y: float, name: str, color: QColor, hatched: bool = False) -> float:
        """A square of a color and what it means; return where its text ends."""
        square = QRectF(x, y + 3, 14, 14)
        self.box(square, color, hatched)
        if color == GROUND:
            self.painter.setPen(QPen(MUTED, 1.0))
            self.painter.drawRect(square)
        self.text(QRectF(x + 20, y, 300, 20), name, 9.5)
        return x + 20 + self.painter.fontMetrics().horizontalAdvance(name)

    def line(self, start: QPointF, end: QPointF, color: QColor = LINE) -> None:
        """A thin line."""
        self.painter.setPen(QPen(color, 1.0))
        self.painter.drawLine(start, end)

    def done(self) -> QImage:
        """The picture."""
        self.painter.end()
        return self.image


def uncontended_picture(
    rows: Sequence[Uncontended], source: str, pairs: Sequence[tuple[str, str, float, float]]
) -> QImage:
    """Bars of throughput as percent of bare metal; beside them pairs of measured scores."""
    page = Page(
        "What a hypervisor costs: one full host",
        f"{CORES} cores of {THREADS} threads, {CORES} VMs of {THREADS} vCPUs, all at 100%. CPU that VMs get, as "
        "percent of bare metal, from a run of this program. (A): read from its source; (B): at second hand or by "
        "analogy.",
    )
    left, wide = 230.0, 440.0
    for percent in range(0, 101, 25):
        x = left + wide * percent / 100
        for n in range(len(rows)):  # behind the bars, not through what is written below them
            page.line(QPointF(x, TOP - 4 + n * ROW_PX), QPointF(x, TOP + n * ROW_PX + BAR_PX + 12))
        page.text(QRectF(x - 30, TOP - 24, 60, 18), f"{percent}%", 9, MUTED, side=Qt.AlignmentFlag.AlignHCenter)
    half = BAR_PX / 2
    for n, row in enumerate(rows):
        y = TOP + n * ROW_PX + 4
        page.text(QRectF(MARGIN, y, left - MARGIN - 8, BAR_PX), row.name, bold=True)
        for at, part, color, known in ((y, row.part, BAR, row.confidence),
                                       (y + half + 4, row.busy_part, BUSY, row.busy_confidence)):  # fmt: skip
            page.box(QRectF(left, at, wide * part, half), color, known == "C")
            page.text(QRectF(left + wide + 10, at - 2, 130, half + 4), f"{part * 100:.1f}%  ({known})", 9.5)
        said = row.source.removeprefix("https://www.").split(" (")[0].split(";")[0]
        page.text(QRectF(left, y + BAR_PX + 6, wide + 120, 18), said, 8, MUTED)
    y = TOP + len(rows) * ROW_PX + 6
    x = _key(page, left, y, (("CPU only", BAR), ("and they send 100 Gbit/s together", BUSY)))
    page.key(x, y, "(C): assumed", MUTED, hatched=True)
    _scatter(page, QRectF(960, TOP, 420, 420), source, pairs)
    return page.done()


def _scatter(page: Page, place: QRectF, source: str, pairs: Sequence[tuple[str, str, float, float]]) -> None:
    """Of each pair the score of the metal type, and that of the virtual one as percent of it."""
    most = max(pair[3] for pair in pairs) * 1.05
    low, high = 80.0, 120.0
    page.text(
        QRectF(place.left(), place.top() - 26, place.width(), 20),
        "Measured: CoreMark on EC2, virtual to metal",
        bold=True,
    )
    for percent in range(int(low), int(high) + 1, 10):
        y = place.bottom() - place.height() * (percent - low) / (high - low)
        page.line(QPointF(place.left(), y), QPointF(place.right(), y), MUTED if percent == 100 else LINE)
        page.text(QRectF(place.left() - 60, y - 9, 52, 18), f"{percent}%", 9, MUTED, side=Qt.AlignmentFlag.AlignRight)
    page.painter.setPen(Qt.PenStyle.NoPen)
    page.painter.setBrush(QColor(59, 111, 182, 150))
    outside = 0
    for _, _, virtual, metal in pairs:
        measured = 100.0 * virtual / metal
        if not low <= measured <= high:
            outside += 1
            continue
        x, y = (
            place.left() + place.width() * metal / most,
            place.bottom() - place.height() * (measured - low) / (high - low),
        )
        page.painter.drawEllipse(QPointF(x, y), 4.0, 4.0)
    middle = 100.0 * median(virtual / metal for _, _, virtual, metal in pairs)
    middle_of = Qt.AlignmentFlag.AlignHCenter
    for million in range(0, int(most / 1e6) + 1, 2):
        x = place.left() + place.width() * million * 1e6 / most
        page.text(QRectF(x - 30, place.bottom() + 2, 60, 18), str(million), 9, MUTED, side=middle_of)
    below = QRectF(place.left(), place.bottom() + 20, place.width(), 18)
    page.text(below, "Score of the metal type, million", 9, MUTED, side=middle_of)
    page.text(
        QRectF(place.left(), place.bottom() + 40, place.width(), 64),
        f"{len(pairs)} pairs of a type and its metal type with as many vCPUs, median {middle:.1f}%, from "
        f"{100 * min(v / m for _, _, v, m in pairs):.0f} to {100 * max(v / m for _, _, v, m in pairs):.0f}% "
        f"({outside} outside this frame): single runs, so noisy. {source}.", 9, MUTED,
    )  # fmt: skip


def overcommitted_picture(rows: Sequence[Overcommitted]) -> QImage:
    """Of each hypervisor what became of CPU and memory that were asked for, and why."""
    page = Page(
        "What each does when a host is asked for too much",
        f"{CORES} cores of {THREADS} threads and {SMALL_MIB / 1024:.0f} GiB; {CROWD} VMs of {CROWD_VCPUS} vCPUs at "
        f"60% and {CROWD_MIB / 1024:.0f} GiB, of which they use 40%. "
        "From a run of this program, with figures of the catalog.",
    )
    columns = ((230.0, 330.0, "CPU that all VMs ask for"), (590.0, 330.0, "Memory of all VMs"))
    for left, _, title in columns:
        page.text(QRectF(left, TOP - 24, 330, 20), title, bold=True)
    page.text(QRectF(950, TOP - 24, 400, 20), "Why", bold=True)
    for n, row in enumerate(rows):
        y = TOP + n * ROW_PX + 6
        page.text(QRectF(MARGIN, y - 4, 174, 22), row.name, bold=True)
        page.text(QRectF(MARGIN, y + 16, 174, 18), f"{row.running} of {CROWD} VMs run", 9, MUTED)
        for (left, wide, _), parts in zip(columns, (row.cpu, row.memory), strict=True):
            _stack(page, QRectF(left, y, wide, BAR_PX), parts)
        page.text(QRectF(950, y - 10, WIDE - 950 - MARGIN, 50), f"{WHY[row.sharing]} {WHY[row.memory_rule]}", 9.5)
    y = TOP + len(rows) * ROW_PX + 12
    _key(page, columns[0][0], y, (("served", BAR), ("steal", RED), ("of VMs that were refused", GROUND)))
    _key(page, columns[1][0], y, (("kept", BAR), ("shared pages", PARTS["shared"]), ("ballooned", PARTS["ballooned"]),
                                  ("of VMs that were refused", GROUND)))  # fmt: skip
    return page.done()


def _stack(page: Page, place: QRectF, parts: Mapping[str, float]) -> None:
    """Parts of a whole beside each other, each with its percent where it finds room."""
    x = place.left()
    for name, part in parts.items():
        wide = place.width() * part
        if part > 0.0 and name in PARTS:
            page.box(QRectF(x, place.top(), wide, place.height()), PARTS[name])
            told = f"{part * 100:.1f}%"
            if wide > 40:
                page.text(QRectF(x + 5, place.top(), wide, place.height()), told, 9,
                          TEXT if name in ("ballooned", "shared") else GROUND)  # fmt: skip
            else:  # below it
                middle = Qt.AlignmentFlag.AlignHCenter
                page.text(QRectF(x + wide / 2 - 30, place.bottom() + 1, 60, 16), told, 8.5, MUTED, side=middle)
        x += wide
    page.painter.setPen(QPen(MUTED, 1.0))
    page.painter.setBrush(Qt.BrushStyle.NoBrush)
    page.painter.drawRect(place)


def _key(page: Page, x: float, y: float, names: Sequence[tuple[str, QColor]]) -> float:
    """What colors mean, in a line; return where the next would begin."""
    for name, color in names:
        x = page.key(x, y, name, color) + 24
    return x
