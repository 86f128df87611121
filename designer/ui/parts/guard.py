"""The guard around what Qt calls: a fault is reported, the frame is drawn without that part, the program goes on.

An exception that reaches Qt from a paint or an event would end the process. Every method by which one of our classes
overrides one of Qt's passes through `guarded`; each part of a picture passes through `paint_part`. What a slot raises
PySide hands to the excepthook itself. All faults end there, in one `hook`, which ends the painters that were begun.
"""

from __future__ import annotations

import functools
import inspect
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from PySide6.QtCore import QMimeData, QModelIndex, QSize, Qt
from PySide6.QtGui import QPainter, QValidator

C = TypeVar("C", bound=type)
Hook = Callable[[type[BaseException], BaseException, TracebackType | None], None]

OTHERWISE: dict[str, Callable[[], Any]] = {
    "canDropMimeData": bool,
    "columnCount": int,
    "dropMimeData": bool,
    "event": bool,
    "eventFilter": bool,
    "flags": lambda: Qt.ItemFlag.NoItemFlags,
    "index": QModelIndex,
    "mimeData": QMimeData,
    "mimeTypes": list,
    "minimumSizeHint": QSize,
    "parent": QModelIndex,
    "rowCount": int,
    "setData": bool,
    "sizeHint": QSize,
    "supportedDropActions": lambda: Qt.DropAction.IgnoreAction,
    "validate": lambda: (QValidator.State.Invalid, "", 0),
    "valueFromText": int,
}
"""What Qt gets, by method, where our method has failed; None for all others."""


def guarded(cls: C) -> C:
    """Guard each method of a class that overrides one of Qt's."""
    for name in overrides(cls):
        setattr(cls, name, _guard(vars(cls)[name], OTHERWISE.get(name, _nothing)))
    return cls


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


def _guard(method: Callable[..., Any], otherwise: Callable[[], Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any) -> Any:
        return attempt(method, args, otherwise)

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
