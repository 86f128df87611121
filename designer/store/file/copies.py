"""Private copies of opened files: in the state folder, counted, and removed when no longer read."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from designer.settings import alive, made_folder, process_of, remove, state_dir

COPIES_LIMIT = 1 << 30
"""Most bytes of copies of all programs of this user at a time."""


@contextmanager
def private_folder(size: int = 0) -> Iterator[Path]:
    """A new folder of this process with room for `size` bytes; it is removed at the end.

    Raises OSError when the disk or COPIES_LIMIT has no room.
    """
    home = _copies()
    if home is None:
        with tempfile.TemporaryDirectory(prefix="cloud-designer-") as folder:
            yield Path(folder)
        return
    _sweep(home)
    if _size_of_copies(home) + size > COPIES_LIMIT:
        raise OSError(f"copies may take {COPIES_LIMIT >> 20:,} MiB together")
    path = home / f"{os.getpid()}-{secrets.token_hex(8)}"
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _copies() -> Path | None:
    try:
        home = made_folder(state_dir() / "copies")
    except OSError:
        return None
    return home if os.access(home, os.W_OK) else None


def _sweep(home: Path) -> None:
    """Remove the copies of programs that ended."""
    for left in home.iterdir():
        pid = process_of(left.name)
        if not pid or not alive(pid):
            remove(left)


def _size_of_copies(home: Path) -> int:
    """Bytes of all copies."""
    total = 0
    for path in home.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.lstat().st_size
    return total
