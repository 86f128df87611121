"""How the engine's loops are compiled: doors, which are kept on disk, and parts, which are compiled into their
doors.

Python calls a door; what the door calls is a part, without an entry from Python, which saves the compiler a third of
its time. Compiled doors are kept in a folder named by the source of all kernels, so a change in any part never meets an
old door.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

from designer.settings import cache_dir

F = TypeVar("F", bound=Callable[..., Any])


def folder() -> Path:
    """Where compiled doors are kept: under NUMBA_CACHE_DIR, or else in the user's cache."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    return (Path(given) if given else cache_dir() / "numba") / fingerprint()


def fingerprint() -> str:
    """A short name for the source of all kernels: the modules of `share`, and others that import this one."""
    h = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted(here.rglob("*.py")):
        source = path.read_bytes()
        if path.parent.name == "share" or b"engine.compiled import" in source or path.name == Path(__file__).name:
            h.update(path.relative_to(here).as_posix().encode())
            h.update(source)
    return h.hexdigest()[:16]


_WHOLE = "whole"
"""A file beside the doors that says that all of them are there."""


def is_whole() -> bool:
    """Whether all doors have been compiled before. They are loaded then, but for another processor or compiler."""
    return (folder() / _WHOLE).exists()


def note_whole() -> None:
    """Note that all doors are compiled, where notes can be kept."""
    with contextlib.suppress(OSError):
        (folder() / _WHOLE).touch()


_config: Any = numba.config
_config.CACHE_DIR = str(folder())


_jit: Any = numba.njit


def door(function: F) -> F:
    """Compile a function that Python calls; keep it on disk."""
    made: F = _jit(function, cache=True, error_model="numpy")
    return made


def part(function: F) -> F:
    """Compile a function into the doors that call it. It allocates nothing, and Python reaches it as `py_func` only."""
    made: F = _jit(function, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)
    return made


def inlined(function: F) -> F:
    """Copy a function into its caller before that is compiled: cheaper where there is one call of it."""
    made: F = _jit(function, error_model="numpy", inline="always")
    return made
