"""Finds out which system libraries Qt needs that are missing; installs them (Debian, Ubuntu, as root) or names them.

Runs before any package is there, with any Python 3. Ends with 0 when all is there, else 2.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

# Library that Qt's platform plugins load -> the Debian package that holds it.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
PROGRAMS = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "strace": "strace",
    "dbus-daemon": "dbus",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


def missing(with_screen: bool) -> list[str]:
    """Debian packages that are needed and not there; `with_screen` adds a virtual screen for tests."""
    wanted = [package for library, package in LIBRARIES.items() if not loads(library)]
    if not any(has_fonts(Path(folder).expanduser()) for folder in FONT_FOLDERS):
        wanted.append("fonts-dejavu-core")
    if importlib.util.find_spec("ensurepip") is None:
        wanted.append("python3-venv")
    if with_screen:
        wanted += [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    return wanted


def loads(library: str) -> bool:
    """True when the dynamic loader finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_fonts(folder: Path) -> bool:
    """True when there is any outline font in a folder."""
    return any(path.suffix.lower() in (".ttf", ".otf") for path in folder.rglob("*")) if folder.is_dir() else False


def install(packages: list[str]) -> bool:
    """Install Debian packages; False when that failed."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0


def main() -> int:
    """Say what is missing, install it when asked to and allowed to; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true", help="install what is missing when run as root")
    parser.add_argument("--with-screen", action="store_true", help="also a virtual screen and mouse, for tests")
    given = parser.parse_args()
    if not sys.platform.startswith("linux"):
        return 0
    wanted = missing(given.with_screen)
    if not wanted:
        return 0
    may = given.install and os.geteuid() == 0 and shutil.which("apt-get") is not None
    if may:
        print(f"Installing system libraries: {' '.join(wanted)}", flush=True)
        if install(wanted) and not missing(given.with_screen):
            return 0
    print("Some system libraries are missing. Install them and try again:", file=sys.stderr)
    print(f"  sudo apt-get install {' '.join(missing(given.with_screen))}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
