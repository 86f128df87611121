"""The guard around what Qt calls: a fault is reported, the frame is drawn without that part, the program goes on.

An exception that reaches Qt from a paint or an event would end the process, or come up in whatever Python runs next.
Every method by which one of our classes overrides one of Qt's passes through `guarded`, those of pyqtgraph through
`guard_library`; each part of a picture passes through `paint_part`. What a slot raises PySide hands to the excepthook
itself. All faults end there, in one `hook`, which ends the painters that were begun.

Where Qt itself gets no memory, its std::bad_alloc ends the process and nothing here is asked. So large work is refused
before memory is short (`memory.must_have`), the window holds a reserve for saying that it has run out, and edits are
safe in the working copy.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from PySide6.QtCore import QMimeData, QModelIndex, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPixmap, QValidator

C = TypeVar("C", bound=type)
Hook = Callable[[type[BaseException], BaseException, TracebackType | None], None]

OTHERWISE: dict[str, Callable[[], Any]] = {
    "actualSize": QSize,
    "boundingRect": QRectF,
    "canDropMimeData": bool,
    "columnCount": int,
    "dropMimeData": bool,
    "event": bool,
    "eventFilter": bool,
    "flags": lambda: Qt.ItemFlag.NoItemFlags,
    "index": QModelIndex,
    "intrinsicSize": QSizeF,
    "mimeData": QMimeData,
    "mimeTypes": list,
    "minimumSizeHint": QSize,
    "parent": QModelIndex,
    "rowCount": int,
    "scaledPixmap": QPixmap,
    "setData": bool,
    "shape": QPainterPath,
    "sizeHint": QSize,
    "supportedDropActions": lambda: Qt.DropAction.IgnoreAction,
    "validate": lambda: (QValidator.State.Invalid, "", 0),
    "valueFromText": int,
}
"""What Qt gets, by method, where our method has failed; None for all others."""
CALLED = re.compile(r"paint|boundingRect|shape|sizeHint|itemChange|eventFilter|\w*[eE]vent")
"""Those methods of a library's classes that Qt calls; the others that bear a name of Qt's are called by Python only."""


def guarded(cls: C) -> C:
    """Guard each method of a class that overrides one of Qt's."""
    for name in overrides(cls):
        setattr(cls, name, _guard(vars(cls)[name], name))
    return cls


def guard_library(package: str) -> None:
    """Guard what Qt calls of the classes of a package in Python, as far as it is imported."""
    for cls in classes_of(package):
        for name in filter(CALLED.fullmatch, overrides(cls)):
            if not is_guarded(vars(cls)[name]):
                setattr(cls, name, _guard(vars(cls)[name], name))


def classes_of(package: str) -> set[type]:
    """The classes that the imported modules of a package define."""
    modules = [m for name, m in sys.modules.items() if name == package or name.startswith(f"{package}.")]
    found = {value for module in modules for value in vars(module).values() if inspect.isclass(value)}
    return {cls for cls in found if cls.__module__.split(".")[0] == package}


def overrides(cls: type) -> list[str]:
    """The names of the methods of a class that override one of Qt's."""
    qt = [base for base in cls.__mro__ if base.__module__.startswith("PySide6.")]
    return [
        name
        for name, value in vars(cls).items()
        if inspect.isfunction(value) and not name.startswith("__") and any(name in vars(base) for base in qt)
    ]


def is_guarded(method: Any) -> bool:
    """Return whether a method passes through the guard."""
    return bool(getattr(method, "guarded", False))


def _nothing() -> None:
    return None


def _guard(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **named: Any) -> Any:
        # What fails to follow a change of an item lets it be changed as asked.
        instead = (lambda: args[-1]) if name == "itemChange" else OTHERWISE.get(name, _nothing)
        return attempt(functools.partial(method, **named) if named else method, args, instead)

    call.guarded = True  # type: ignore[attr-defined]
    return call


def attempt(work: Callable[..., Any], args: tuple[Any, ...], otherwise: Callable[[], Any] = _nothing) -> Any:
    """Call a function; where it fails, report that, end the painters that it began, and return `otherwise`."""
    try:
        return work(*args)
    except Exception as error:
        _end_painters(error.__traceback__, args)
        sys.excepthook(type(error), error, error.__traceback__)
        traceback.clear_frames(error.__traceback__)
        return otherwise()


def hook(report: Hook) -> Hook:
    """An excepthook that reports a fault, and ends the painters that a slot began and let go of what it held."""

    def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        report(kind, error, trace)
        if not _passed_the_guard(trace):
            _end_painters(trace, ())
            traceback.clear_frames(trace)
            sys.last_traceback = sys.last_value = None  # PySide keeps both, and with them all that the slot knew

    return end


def paint_part(painter: QPainter, work: Callable[..., Any], *args: Any) -> None:
    """Paint one part of a picture; the painter is then as it was, also where the part fails."""
    painter.save()
    attempt(work, (painter, *args))
    painter.restore()


def _passed_the_guard(trace: TracebackType | None) -> bool:
    """Whether a fault was caught by `attempt`, which knows the painters that are not to be ended."""
    return trace is not None and trace.tb_frame.f_code is attempt.__code__


def _end_painters(trace: TracebackType | None, given: tuple[Any, ...]) -> None:
    """A painter that stays on a widget would crash Qt at the end of the frame; one that was given is not ours."""
    while trace is not None:
        for value in trace.tb_frame.f_locals.values():
            if isinstance(value, QPainter) and not any(value is one for one in given) and value.isActive():
                value.end()
        trace = trace.tb_next
