"""Builds the wheel and tries it as a user would: a new environment, away from the checkout, `--self-test` in it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
FORBIDDEN = ("planetlab", "tests/", ".pyc", "__pycache__")


def build() -> Path:
    """The wheel, built anew."""
    for old in DIST.glob("*.whl"):
        old.unlink()
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(DIST), str(ROOT)], check=True)
    return next(DIST.glob("*.whl"))


def faults(wheel: Path) -> list[str]:
    """What is wrong with the content of a wheel, as sentences."""
    with zipfile.ZipFile(wheel) as held:
        names = set(held.namelist())
    tracked = subprocess.run(["git", "ls-files", "resources"], cwd=ROOT, check=True, capture_output=True, text=True)
    missing = [name for name in tracked.stdout.split() if f"designer/{name}" not in names]
    found = [f"The wheel lacks {name}." for name in missing]
    found += [f"The wheel holds {n}." for n in sorted(names) if any(bad in n.lower() for bad in FORBIDDEN)]
    for name, what in (("LICENSE", "licence"), ("NOTICES", "notices of those whose figures it ships")):
        if not any(held.endswith(f"licenses/{name}") for held in names):
            found.append(f"The wheel lacks the {what}.")
    return found


def try_it(wheel: Path, folder: Path) -> None:
    """Install the wheel in a new environment and run what it installs there, without a screen."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    bin_folder = folder / "venv" / "bin"
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(ROOT / "constraints.txt")]
    subprocess.run([str(bin_folder / "python"), *install, str(wheel)], check=True)
    home = folder / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "PYTHON"))}
    environment.update(HOME=str(home), QT_QPA_PLATFORM="offscreen")
    for command in (["--version"], ["--self-test"]):
        subprocess.run([str(bin_folder / "cloud-designer"), *command], cwd=home, env=environment, check=True)


def main() -> int:
    """Build, look inside, install, run; the exit code."""
    wheel = build()
    found = faults(wheel)
    for fault in found:
        print(fault, file=sys.stderr)
    if found:
        return 1
    with tempfile.TemporaryDirectory(prefix="designer-wheel-") as folder:
        try_it(wheel, Path(folder))
    print(f"{wheel.name} ({wheel.stat().st_size / 1e6:.1f} MB) installs and runs on its own.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
