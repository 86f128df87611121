"""Every method by which a class of ours, or of pyqtgraph where we use it, overrides one of Qt's: Qt calls it, it fails,
the fault is reported and the program goes on. Found by looking, so that a new class is asked too."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyqtgraph
import pytest
from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QIdentityProxyModel,
    QMetaObject,
    QMimeData,
    QModelIndex,
    QObject,
    QPoint,
    QPointF,
    QSize,
    QSizeF,
    QStringListModel,
    Qt,
    QUrl,
)
from PySide6.QtGui import (
    QCloseEvent,
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QEnterEvent,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QIcon,
    QIconEngine,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPyTextObject,
    QResizeEvent,
    QShowEvent,
    QTextDocument,
    QTextFormat,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsView,
    QHeaderView,
    QLineEdit,
    QListView,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import delete

import designer.ui
from designer.ui.parts.guard import CALLED, classes_of, is_guarded, overrides
from designer.ui.plots.lanes import LANES
from designer.ui.run.lanes import Lanes
from designer.ui.shell.window import Window
from tests.ui.named import add_plots

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support", "QWidget::paintEngine", extend=True)

NO, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
AT, THERE = QPoint(5, 5), QPointF(5, 5)
KIND = QEvent.Type
COPY = Qt.DropAction.CopyAction


class BrokenError(Exception):
    """What our methods raise here."""


def broken(*_: Any) -> Any:
    """Fail."""
    raise BrokenError


def ours() -> dict[str, tuple[type, str]]:
    """Each method of a class of the window that overrides one of Qt's."""
    found = {}
    for module in pkgutil.walk_packages(designer.ui.__path__, "designer.ui."):
        for cls in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(cls) and cls.__module__ == module.name:
                found.update({f"{cls.__name__}.{name}": (cls, name) for name in overrides(cls)})
    del found["LateIcon.clone"]  # nothing in it fails, and Qt takes nothing else instead
    del found["_Job.run"]  # runs on a thread; what it raises is raised again on the window's
    return found


METHODS = ours()


@contextmanager
def failing(cls: type, name: str) -> Iterator[None]:
    """Let what the guard guards fail; the guard stays as it is."""
    call = vars(cls)[name]
    inside = call.__closure__[call.__code__.co_freevars.index("method")]
    kept = inside.cell_contents
    inside.cell_contents = broken
    try:
        yield
    finally:
        inside.cell_contents = kept


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """The faults that reached the excepthook."""
    faults: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: faults.append(kind))
    return faults


def bare(cls: type, name: str) -> Any:
    """An object of a class of ours that has only what Qt's class gives it, and one method of ours."""
    own = [base for base in cls.__mro__ if base.__module__.startswith("designer.")]
    above = next(base for base in cls.__mro__ if base.__module__.startswith(("PySide6.", "pyqtgraph.")))
    parts = {other: getattr(above, other) for base in own for other in overrides(base) if other != name}
    if name == "dropEvent":
        parts["dragEnterEvent"] = lambda self, event: event.acceptProposedAction()

    def begin(self: Any) -> None:
        given = (Qt.Orientation.Horizontal,) if above is QHeaderView else ()
        above.__init__(self, *given)  # type: ignore[misc]

    return type(cls.__name__, (cls,), parts | {"__init__": begin, "__module__": cls.__module__})()


EVENTS: dict[str, Callable[[], QEvent]] = {
    "changeEvent": lambda: QEvent(KIND.PaletteChange),
    "closeEvent": QCloseEvent,
    "contextMenuEvent": lambda: QContextMenuEvent(QContextMenuEvent.Reason.Mouse, AT, AT),
    "dragEnterEvent": lambda: QDragEnterEvent(AT, COPY, MIME, LEFT, NO),
    "dropEvent": lambda: QDropEvent(THERE, COPY, MIME, LEFT, NO),
    "enterEvent": lambda: QEnterEvent(THERE, THERE, THERE),
    "event": lambda: QHelpEvent(KIND.ToolTip, AT, AT),
    "focusInEvent": lambda: QFocusEvent(KIND.FocusIn),
    "focusOutEvent": lambda: QFocusEvent(KIND.FocusOut),
    "hideEvent": QHideEvent,
    "keyPressEvent": lambda: QKeyEvent(KIND.KeyPress, Qt.Key.Key_A, NO, "a"),
    "keyReleaseEvent": lambda: QKeyEvent(KIND.KeyRelease, Qt.Key.Key_A, NO, "a"),
    "leaveEvent": lambda: QEvent(KIND.Leave),
    "mouseDoubleClickEvent": lambda: QMouseEvent(KIND.MouseButtonDblClick, THERE, THERE, LEFT, LEFT, NO),
    "mouseMoveEvent": lambda: QMouseEvent(KIND.MouseMove, THERE, THERE, LEFT, LEFT, NO),
    "mousePressEvent": lambda: QMouseEvent(KIND.MouseButtonPress, THERE, THERE, LEFT, LEFT, NO),
    "mouseReleaseEvent": lambda: QMouseEvent(KIND.MouseButtonRelease, THERE, THERE, LEFT, LEFT, NO),
    "resizeEvent": lambda: QResizeEvent(QSize(50, 40), QSize(40, 30)),
    "showEvent": QShowEvent,
    "wheelEvent": lambda: QWheelEvent(THERE, THERE, QPoint(), QPoint(0, 120), LEFT, NO, WHEEL, False),
}
"""A real event for each handler."""
MIME, WHEEL = QMimeData(), Qt.ScrollPhase.NoScrollPhase


def send(made: QWidget, name: str) -> None:
    """Let Qt hand an event to a widget; where a view has a widget within that gets it, to that one."""
    made.setAcceptDrops(True)
    views = QAbstractItemView | QTextBrowser | pyqtgraph.GraphicsView
    within = made.viewport() if isinstance(made, views) else made
    keys = name.startswith(("key", "focus", "change", "close", "show", "hide", "event", "leave"))
    if name == "dropEvent":
        QApplication.sendEvent(made, EVENTS["dragEnterEvent"]())
    QApplication.sendEvent(made if keys else within, EVENTS[name]())


WIDGETS: dict[str, Callable[[Any], object]] = {
    "accept": lambda made: QMetaObject.invokeMethod(made, "accept"),
    "drawBackground": lambda made: made.viewport().grab(),
    "drawBranches": lambda made: draw_a_row(made),
    "done": lambda made: QMetaObject.invokeMethod(made, "reject"),
    "loadResource": lambda made: made.document().resource(QTextDocument.ResourceType.ImageResource.value, QUrl("a:0")),
    "minimumSizeHint": lambda made: lay_out(made),
    "paintEvent": lambda made: made.grab(),
    "update": lambda made: made.update(),
    "paintSection": lambda made: (made.setModel(QStringListModel(["a line"], made)), made.grab()),
    "showPopup": lambda made: QTest.keyClick(made, Qt.Key.Key_F4),
    "sizeHint": lambda made: made.adjustSize(),
    "stepBy": lambda made: QTest.keyClick(made, Qt.Key.Key_Up),
    "validate": lambda made: type_into(made, "7"),
    "valueFromText": lambda made: type_into(made, "7"),
}
"""What makes Qt call a method of a widget."""


def draw_a_row(made: Any) -> None:
    """Let a tree paint a row."""
    made.setModel(QStringListModel(["a line"], made))
    made.viewport().grab()


def lay_out(made: QWidget) -> None:
    """Let a layout ask how small a widget may be."""
    above = QWidget()
    QVBoxLayout(above).addWidget(made)
    above.adjustSize()
    made.setParent(None)


def type_into(made: QAbstractSpinBox, text: str) -> None:
    """Type, and let Qt read what was typed."""
    made.lineEdit().setText(text)
    QTest.keyClick(made, Qt.Key.Key_Return)


def ask_model(model: QAbstractItemModel, name: str) -> None:
    """Let another model of Qt's pass a question on."""
    proxy, top = QIdentityProxyModel(), QModelIndex()
    proxy.setSourceModel(model)
    index = proxy.mapFromSource(QAbstractListModel.createIndex(model, 0, 0, 1))  # type: ignore[arg-type]
    asked: dict[str, Callable[[], object]] = {
        "canDropMimeData": lambda: proxy.canDropMimeData(MIME, COPY, 0, 0, top),
        "columnCount": lambda: proxy.columnCount(top),
        "data": lambda: proxy.data(index),
        "dropMimeData": lambda: proxy.dropMimeData(MIME, COPY, 0, 0, top),
        "flags": lambda: proxy.flags(index),
        "headerData": lambda: proxy.setHeaderData(0, Qt.Orientation.Horizontal, "") or proxy.headerData(
            0, Qt.Orientation.Horizontal),
        "index": lambda: proxy.index(0, 0, top),
        "mimeData": lambda: proxy.mimeData([index]),
        "mimeTypes": proxy.mimeTypes,
        "parent": lambda: proxy.parent(index),
        "rowCount": lambda: proxy.rowCount(top),
        "setData": lambda: proxy.setData(index, 1),
        "sort": lambda: proxy.sort(0),
        "supportedDropActions": proxy.supportedDropActions,
    }  # fmt: skip
    asked[name]()


def paint_with(delegate: QAbstractItemDelegate, qtbot: QtBot) -> None:
    """Let a list of Qt's paint a line."""
    view = QListView()
    qtbot.addWidget(view)
    view.setModel(QStringListModel(["a line"], view))
    view.setItemDelegate(delegate)
    view.grab()


def lay_out_text(made: QPyTextObject, name: str) -> None:
    """Let a text ask how large an object in it is, and paint it."""
    text = QTextDocument()
    text.documentLayout().registerHandler(QTextFormat.ObjectTypes.ImageObject, made)
    if name == "drawObject":
        type(made).intrinsicSize = lambda *_: QSizeF(5, 5)  # type: ignore[method-assign]
    text.setHtml('<img src="0">')
    text.setTextWidth(100)
    if name == "drawObject":
        image = QImage(50, 50, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        text.drawContents(painter)
        painter.end()


def show_in_scene(made: QGraphicsRectItem, qtbot: QtBot) -> None:
    """Let a view paint something in its scene."""
    scene = QGraphicsScene()
    view = QGraphicsView(scene)
    qtbot.addWidget(view)
    scene.addItem(made)
    view.grab()
    scene.removeItem(made)


def show_icon(made: QIconEngine, name: str) -> None:
    """Let an icon, which owns its engine, be painted or asked for its picture and size."""
    image = QImage(50, 50, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    asked: dict[str, Callable[[QIcon], object]] = {
        "actualSize": lambda icon: icon.actualSize(QSize(16, 16)),
        "paint": lambda icon: icon.paint(painter, image.rect()),
        "scaledPixmap": lambda icon: icon.pixmap(16),
    }
    asked[name](QIcon(made))
    painter.end()


def let_qt_call(made: Any, name: str, qtbot: QtBot) -> None:
    """Let Qt call a method of an object of ours."""
    if name == "eventFilter":
        watched = QObject()
        watched.installEventFilter(made)
        QApplication.sendEvent(watched, QEvent(KIND.User))
    elif isinstance(made, QAbstractItemDelegate):
        paint_with(made, qtbot)
    elif isinstance(made, QPyTextObject):
        lay_out_text(made, name)
    elif isinstance(made, QAbstractItemModel):
        ask_model(made, name)
    elif isinstance(made, QIconEngine):
        show_icon(made, name)
    elif isinstance(made, QGraphicsRectItem):
        made.setRect(0, 0, 5, 5)
        show_in_scene(made, qtbot)
    elif name in WIDGETS:
        WIDGETS[name](made)
    else:
        send(made, name)


@pytest.mark.parametrize("which", METHODS)
def test_that_qt_calls_it_and_a_fault_in_it_is_reported(
    which: str, qtbot: QtBot, reported: list[type[BaseException]]
) -> None:
    cls, name = METHODS[which]
    made = bare(cls, name)
    with failing(cls, name):
        let_qt_call(made, name, qtbot)
    if not isinstance(made, QIconEngine):  # its icon does that
        delete(made)  # before anything else is sent to it, which it could not take
    assert set(reported) == {BrokenError}


def live(window: Window) -> dict[type, Any]:
    """The objects of a window, one of each class of ours that overrides a method of Qt's."""
    found: dict[type, Any] = {}
    for widget in [window.frame, *window.frame.findChildren(QWidget)]:
        parts = [widget, *widget.findChildren(QObject, options=Qt.FindChildOption.FindDirectChildrenOnly)]
        if isinstance(widget, QAbstractItemView):
            parts += [widget.model(), widget.itemDelegate()]
        for part in parts:
            for cls in type(part).__mro__:
                if cls.__module__.startswith("designer.ui") and overrides(cls):
                    found.setdefault(cls, part)
    return found


def use(part: Any) -> None:
    """Do with a part of a window what a user does."""
    QApplication.processEvents()
    if isinstance(part, QWidget):
        for name in ("mouseMoveEvent", "mousePressEvent", "mouseReleaseEvent", "wheelEvent", "leaveEvent", "event"):
            send(part, name)
        if isinstance(part, QLineEdit):
            QTest.keyClick(part, Qt.Key.Key_A)
        part.updateGeometry()
        part.grab()
    QApplication.processEvents()


def test_that_a_whole_window_lives_on_whatever_part_of_it_fails(
    window: Window, reported: list[type[BaseException]]
) -> None:
    add_plots(window)
    window.files.open_example()
    window.session.select([e.id for e in window.session.project.of_kind("host")[:2]])
    QApplication.processEvents()
    parts, heard = live(window), dict[str, int]()
    for cls, part in parts.items():
        for name in overrides(cls):
            with failing(cls, name):
                use(part)
                if not reported:
                    window.frame.grab()
            heard[f"{cls.__name__}.{name}"] = len(reported)
            assert set(reported) <= {BrokenError}
            reported.clear()
    assert len(parts) > 25
    assert sum(count > 0 for count in heard.values()) > 35
    window.frame.grab()
    assert not reported


def test_that_what_qt_calls_of_the_library_of_plots_is_guarded_and_the_plot_lives_on(
    window: Window, reported: list[type[BaseException]]
) -> None:
    window.add_lanes(Lanes)
    lanes = window.frame.findChild(Lanes)
    assert isinstance(lanes, Lanes)
    lanes._stack.setCurrentIndex(1)
    sorts = {type(lane): lane for lane in map(lanes.lane, LANES)}
    plots = [lane.plot for lane in sorts.values()]
    for plot in plots:
        plot.set_time(3600.0, 0.0, 1.0)
        plot.grab()
    assert not reported
    failed = 0
    for cls in {c for plot in plots for o in (plot, plot.scene(), *plot.scene().items()) for c in type(o).__mro__}:
        for name in filter(CALLED.fullmatch, overrides(cls) if cls.__module__.startswith("pyqtgraph") else ()):
            with failing(cls, name):
                for plot in plots:
                    use(plot)
                    plot.scene().invalidate()
                    plot.resize(plot.width() + 1, plot.height())
                    plot.grab()
                    if reported:
                        break
            failed += bool(reported)
            assert set(reported) <= {BrokenError}
            reported.clear()
    assert failed > 8
    assert all(is_guarded(vars(c)[n]) for c in classes_of("pyqtgraph") for n in overrides(c) if CALLED.fullmatch(n))
