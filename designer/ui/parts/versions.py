"""Which program runs where: the first line of the log and of a report."""

from __future__ import annotations

import platform

from PySide6.QtCore import qVersion

from designer import __version__

PROGRAM = f"Cloud Designer {__version__}"


def versions() -> str:
    """Versions of the program and its libraries for a report; nothing of the user or the design."""
    return f"{PROGRAM}, Python {platform.python_version()}, Qt {qVersion()}, {platform.system()} {platform.machine()}"
