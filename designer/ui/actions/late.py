"""Dialogs and panels that most starts never show are loaded when they are first wanted: the window is seen sooner."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

LATE: set[tuple[str, str]] = set()
"""What is loaded late: modules, and the names in them."""


def late(module: str, name: str) -> Callable[..., Any]:
    """A class or function of a module of the window, which is loaded when it is first called."""
    where = f"designer.ui.{module}"
    LATE.add((where, name))

    def call(*args: Any, **named: Any) -> Any:
        return getattr(import_module(where), name)(*args, **named)

    return call
