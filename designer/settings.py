"""The user's folders, and settings (theme, recent files) as one JSON file."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import platformdirs

from designer.foreign import bytes_of, json_of, json_text
from designer.words import tr

APP = "cloud-designer"
SIZE_LIMIT = 1 << 20
"""Largest file of settings that is read, bytes."""
RECENT_LIMIT = 10
"""Most recent files."""
PATH_LIMIT = 4096
"""Longest path of a recent file, characters: no system takes a longer one."""
NUMBER_LIMIT = 1e7
"""Largest number among the settings: sizes and places of windows, speeds."""


def state_dir() -> Path:
    """Folder for logs, working copies, backups and runs; nobody else looks into it."""
    return _folder(Path(platformdirs.user_state_dir(APP, appauthor=False)), 0o700)


def cache_dir() -> Path:
    """Folder for what can be computed again: compiled kernels. It can be written."""
    return _folder(Path(platformdirs.user_cache_dir(APP, appauthor=False)), 0o777, written=True)


def config_dir() -> Path:
    """Folder of the user's settings."""
    return _folder(Path(platformdirs.user_config_dir(APP, appauthor=False)), 0o777)


def runs_dir() -> Path:
    """Folder for the arrays of runs that go on. It can be written."""
    return _folder(state_dir() / "runs", 0o700, written=True)


_SPARE: dict[Path, tuple[Path, str]] = {}
"""Folders that cannot be made or written: their replacement until the program ends, and the reason."""


def _folder(path: Path, mode: int, written: bool = False) -> Path:
    """A folder, made where it is missing, or a temporary one for this process. `written`: it must be writable."""
    try:
        made_folder(path, mode)
        if written and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, tr("you have no permission there"))
    except (OSError, ValueError) as error:
        if path not in _SPARE:
            why = getattr(error, "strerror", None) or str(error)
            _SPARE[path] = (Path(tempfile.mkdtemp(prefix=f"{APP}-{path.name}-")), why[:1].lower() + why[1:])
        return _SPARE[path][0]
    return path


def spare_folders() -> list[str]:
    """A sentence for each folder of the user that cannot be used."""
    return [
        tr(
            "The folder {0} cannot be used: {1}. Until the program ends it uses {2} instead; the next "
            "start finds nothing in there. Create the folder, or make it writable.",
            path,
            why,
            spare,
        )
        for path, (spare, why) in _SPARE.items()
    ]


def alive(pid: int) -> bool:
    """Whether a process of that id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def process_of(name: str) -> int:
    """The id of a process at the start of a name "ID-...", or 0: others may put any names there."""
    digits = name.partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def remove(path: Path) -> None:
    """Remove what has a name, a folder with all in it; what cannot be removed stays. A pipe is not waited for."""
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def made_folder(path: Path, mode: int = 0o700) -> Path:
    """Make a folder that survives a power cut, unless it exists. Raises OSError."""
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
    """Whether a value can replace a default: a number for a number, a list of texts for a list of texts."""
    if isinstance(default, list) and isinstance(value, list):
        return not default or all(_alike(one, default[0]) for one in value)
    if isinstance(value, str):
        return (default is None or isinstance(default, str)) and _is_text(value)
    if isinstance(default, bool) or not isinstance(default, (int, float)):
        return default is None or isinstance(value, type(default))
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and abs(value) <= NUMBER_LIMIT  # which no infinity and no NaN is


def _is_text(value: str) -> bool:
    """Whether a text can be shown and be part of a path."""
    return "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


class Settings:
    """Values by name that outlive the program; `set` writes all of them at once, whole (temporary file and rename).

    `trouble` is a sentence when the file cannot be used.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or config_dir() / "settings.json"
        self._values: dict[str, Any] = {}
        self._ours = True
        self._unread = False
        self.trouble = ""
        try:
            loaded = json_of(bytes_of(self._path, SIZE_LIMIT))
        except FileNotFoundError:
            return
        except OSError as error:
            self._ours = self._unread = self._path.is_file()
            why = error.strerror or str(error)
            self.trouble = tr(
                "Your settings {0} cannot be read: {1}. The program starts with its defaults.", self._path, why
            )
            return
        except ValueError:
            loaded = None
        if isinstance(loaded, dict):
            self._values = loaded
        else:
            self._unread = True
            self.trouble = tr("Your settings {0} are damaged. The program starts with its defaults.", self._path)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name, or `default` where it is missing or of another shape (the file may have been edited)."""
        value = self._values.get(name, default)
        return value if _alike(value, default) else default

    def set(self, name: str, value: Any) -> None:
        """Save a JSON value. Where the file cannot be written, it is remembered until the program ends. A file that
        could not be read is kept beside the new one as `settings.damaged.json`."""
        if self._values.get(name) == value:
            return
        self._values[name] = value
        if not self._ours:  # a pipe, a folder ...: somebody else's
            return
        temp = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            temp.write_text(self._text(), "utf-8")
            if self._unread:
                self._path.replace(self._path.with_suffix(f".damaged{self._path.suffix}"))
                self._unread = False
            temp.replace(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                temp.unlink(missing_ok=True)

    def _text(self) -> str:
        """What is written: all values, without the longest where it could not be read again."""
        kept = dict(self._values)
        while len((text := json_text(kept)).encode()) > SIZE_LIMIT:
            del kept[max(kept, key=lambda name: len(json.dumps({name: kept[name]})))]
        return text

    def recent_files(self) -> list[str]:
        """Paths of the last projects, newest first."""
        paths = (path for path in self.get("recent_files", []) if isinstance(path, str) and _is_text(path))
        return [path for path in paths if len(path) <= PATH_LIMIT][:RECENT_LIMIT]

    def add_recent_file(self, path: str, keep: int = RECENT_LIMIT) -> None:
        """Put a project first in the recent files."""
        others = [p for p in self.recent_files() if p != path]
        self.set("recent_files", [path, *others][:keep])
