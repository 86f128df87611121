"""The user's folders and small remembered things (theme, recent files), kept as one JSON file."""

from __future__ import annotations

import contextlib
import json
import math
import os
from pathlib import Path
from typing import Any

import platformdirs

APP = "cloud-designer"


def state_dir() -> Path:
    """Folder for logs, working copies, backups and runs; nobody else looks into it."""
    return made_folder(Path(platformdirs.user_state_dir(APP, appauthor=False)))


def cache_dir() -> Path:
    """Folder for what can be computed again: compiled kernels."""
    return _made(Path(platformdirs.user_cache_dir(APP, appauthor=False)))


def config_dir() -> Path:
    """Folder of the user's settings."""
    return _made(Path(platformdirs.user_config_dir(APP, appauthor=False)))


def alive(pid: int) -> bool:
    """True while a process of that id is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _made(path: Path) -> Path:
    return made_folder(path, 0o777)


def made_folder(path: Path, mode: int = 0o700) -> Path:
    """A folder that is there, and still is after a power cut. Raises OSError."""
    if not path.is_dir():
        if path.parent != path:
            made_folder(path.parent, 0o777)
        path.mkdir(mode=mode, exist_ok=True)
        with contextlib.suppress(OSError):  # not every disk can flush a folder
            flush_folder(path.parent)
    return path


def flush_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _alike(value: Any, default: Any) -> bool:
    """Whether a value can stand where a default could: a number for a number, a list of texts for a list of texts."""
    if isinstance(default, list) and isinstance(value, list):
        return not default or all(_alike(one, default[0]) for one in value)
    if isinstance(default, bool) or not isinstance(default, (int, float)):
        return default is None or isinstance(value, type(default))
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


class Settings:
    """Remembered values by name; every `set` is written at once, whole (temp file and rename)."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or config_dir() / "settings.json"
        self._values: dict[str, Any] = {}
        try:
            loaded = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            loaded = {}
        if isinstance(loaded, dict):
            self._values = loaded

    def get(self, name: str, default: Any = None) -> Any:
        """The remembered value, or `default` where there is none of its shape (the file may have been edited)."""
        value = self._values.get(name, default)
        return value if _alike(value, default) else default

    def set(self, name: str, value: Any) -> None:
        """Remember a JSON value; a settings folder that cannot be written is no reason to stop."""
        if self._values.get(name) == value:
            return
        self._values[name] = value
        temp = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            temp.write_text(json.dumps(self._values, indent=1, sort_keys=True), "utf-8")
            temp.replace(self._path)
        except OSError:
            temp.unlink(missing_ok=True)

    def recent_files(self) -> list[str]:
        """Paths of the last projects, newest first."""
        return [p for p in self.get("recent_files", []) if isinstance(p, str)]

    def add_recent_file(self, path: str, keep: int = 10) -> None:
        """Put a project at the head of the recent files."""
        others = [p for p in self.recent_files() if p != path]
        self.set("recent_files", [path, *others][:keep])
