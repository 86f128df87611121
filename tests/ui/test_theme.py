"""What the theme gives can be told from its ground, light and dark, and follows when the theme changes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontDatabase, QFontInfo, QFontMetricsF, QIcon, QImage, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from designer.ui.parts import icons, typeface
from designer.ui.parts.theme import Theme
from designer.ui.parts.toast import Toast

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
LEGIBLE, DISCERNIBLE = 4.5, 3.0
"""How much text, and the edge of something to click, differs at least from its ground (WCAG 2, AA)."""


@pytest.fixture(params=["light", "dark"])
def looked(theme: Theme, request: pytest.FixtureRequest) -> Theme:
    theme.set_mode(request.param)
    request.addfinalizer(lambda: theme.set_mode("light"))
    return theme


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(600, 300)
    QVBoxLayout(made)
    return made


def lightness(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((lightness(one), lightness(other)))
    return (high + 0.05) / (low + 0.05)


def drawn(widget: QWidget, parent: QWidget) -> QImage:
    layout = parent.layout()
    assert layout is not None
    layout.addWidget(widget)
    parent.show()
    QApplication.processEvents()
    return widget.grab().toImage()


def strongest(image: QImage, row: QRect, ground: QColor) -> float:
    """The most that what is drawn along the middle of a box differs from the ground beside it."""
    y = row.center().y()
    return max(contrast(image.pixelColor(QPoint(x, y)), ground) for x in range(row.left(), row.right() + 1))


@pytest.mark.parametrize("state", list(Qt.CheckState))
def test_that_the_edge_of_a_check_box_is_seen(looked: Theme, parent: QWidget, state: Qt.CheckState) -> None:
    box = QCheckBox("Yes")
    box.setTristate()
    box.setCheckState(state)
    image = drawn(box, parent)
    option = QStyleOptionButton()
    box.initStyleOption(option)
    where = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
    assert strongest(image, QRect(where.left(), where.top(), 3, where.height()), looked.color("panel")) >= DISCERNIBLE
    if state is not Qt.CheckState.Unchecked:
        assert strongest(image, where.adjusted(3, 0, -3, 0), looked.color("accent")) >= DISCERNIBLE


def test_that_the_edge_of_a_check_box_in_a_list_is_seen(looked: Theme, parent: QWidget) -> None:
    found, item = QListWidget(), QListWidgetItem("web")
    item.setCheckState(Qt.CheckState.Unchecked)
    found.addItem(item)
    image = drawn(found, parent)
    row = found.visualItemRect(item)
    assert strongest(image, QRect(row.left(), row.top(), 22, row.height()), looked.color("panel")) >= DISCERNIBLE


def test_that_what_is_chosen_in_a_combo_box_can_be_read(looked: Theme, parent: QWidget, qtbot: QtBot) -> None:
    box = QComboBox()
    box.addItems(["MMMMMM", "MMMMMM"])
    drawn(box, parent)
    box.showPopup()
    view = box.view()
    view.setCurrentIndex(view.model().index(1, 0))
    QApplication.processEvents()
    image = view.viewport().grab().toImage()
    row = view.visualRect(view.model().index(1, 0)).intersected(image.rect())
    box.hidePopup()
    ground = image.pixelColor(row.right() - 3, row.center().y())
    assert ground != looked.color("raised")
    assert strongest(image, row, ground) >= LEGIBLE


def test_that_a_sentence_follows_the_theme_while_it_is_shown(theme: Theme, parent: QWidget, qtbot: QtBot) -> None:
    parent.show()
    toast = Toast(theme, parent, parent)
    toast.say("Something was done.", wrong=False)
    theme.set_mode("dark")
    try:
        QApplication.processEvents()
        assert toast.grab().toImage().pixelColor(6, 6) == theme.color("raised")
    finally:
        theme.set_mode("light")


def test_that_sentences_said_at_once_are_shown_together(theme: Theme, parent: QWidget) -> None:
    parent.show()
    toast = Toast(theme, parent, parent, clock=lambda: 7.0)
    for text in ("No backup of a was made.", "Saved a.", "Saved a."):
        toast.say(text, wrong=False)
    assert toast.text() == "No backup of a was made.\nSaved a."


def test_that_a_sentence_said_later_takes_the_place_of_the_one_before(theme: Theme, parent: QWidget) -> None:
    parent.show()
    times_s = iter((7.0, 7.25))
    toast = Toast(theme, parent, parent, clock=lambda: next(times_s))
    toast.say("That cannot be.", wrong=True)
    assert toast.isVisible()
    toast.say("Saved a.", wrong=False)
    assert toast.text() == "Saved a."


# -- the typeface


def test_that_texts_are_set_in_the_typeface_that_comes_with_the_program(theme: Theme) -> None:
    assert QFontInfo(theme.font("base")).family() == "Inter"
    widths = {name: QFontMetricsF(theme.font(name)).horizontalAdvance("zone-b 100%") for name in ("base", "title")}
    assert widths["title"] > widths["base"]  # semibold, not the one face that Qt would choose of its own accord
    digits = {QFontMetricsF(theme.font("base", figures=True)).horizontalAdvance(digit) for digit in "0123456789"}
    assert len(digits) == 1


def test_that_without_its_package_texts_are_set_in_the_system_s_typeface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeface, "PACKAGE", "fontpkg_that_is_missing")
    typeface.inter.cache_clear()
    try:
        font = Theme("light").font("base")
    finally:
        typeface.inter.cache_clear()
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    assert (font.family(), font.pixelSize()) == (system.family(), 13)


# -- icons


@pytest.mark.parametrize("mode", QIcon.Mode)
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_that_an_icon_is_drawn_only_when_it_is_seen_and_as_its_pictures_are(
    mode: QIcon.Mode, ratio: float, qapp: QApplication
) -> None:
    icons._drawn.cache_clear()
    shown = icons.icon("vm", QColor("#123456"))
    assert not icons._drawn.cache_info().currsize
    drawn = QIcon()
    for each in (1.0, 2.0):
        drawn.addPixmap(icons.pixmap("vm", QColor("#123456"), 16, each))
    for size in (QSize(12, 12), QSize(16, 16), QSize(24, 24)):
        assert shown.pixmap(size, ratio, mode).toImage() == drawn.pixmap(size, ratio, mode).toImage()
        assert shown.actualSize(size, mode) == drawn.actualSize(size, mode)
        seen = []
        for icon in (shown, drawn):
            image = QImage(60, 60, QImage.Format.Format_ARGB32_Premultiplied)
            image.setDevicePixelRatio(ratio)
            image.fill(0)
            painter = QPainter(image)
            icon.paint(painter, QRect(QPoint(2, 3), size), Qt.AlignmentFlag.AlignLeft, mode)
            painter.end()
            seen.append(image)
        assert seen[0] == seen[1]


def test_that_a_copy_of_an_icon_may_be_changed(qapp: QApplication) -> None:
    copy = QIcon(icons.icon("vm", QColor("#123456")))
    copy.setIsMask(True)
    assert copy.pixmap(16).toImage() == icons.icon("vm", QColor("#123456")).pixmap(16).toImage()
