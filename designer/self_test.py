"""`cloud-designer --self-test`: checks that every part of this installation works, in a few seconds."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from designer.cli_terminal import say


def _files() -> str:
    from designer.assets import asset
    from designer.catalog import KINDS

    missing = [kind.icon for kind in KINDS.values() if not asset(f"icons/{kind.icon}").is_file()]
    if missing:
        raise RuntimeError(f"icons are missing: {', '.join(missing)}")
    return f"{len(KINDS)} kinds with their icons"


def _catalog() -> str:
    from designer.catalog.reference import ec2

    catalog = ec2.ec2()
    return f"{len(catalog.types):,} EC2 instance types in {len(catalog.regions)} regions"


def _round_trip() -> str:
    from designer.assets import asset
    from designer.model.element import values
    from designer.store.file import project_file

    loaded = project_file.load(asset("examples/web-shop.clouddesign"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "again.clouddesign"
        project_file.save(path, loaded.rows)
        again = project_file.load(path)
    if [values(row) for row in again.rows] != [values(row) for row in loaded.rows]:
        raise RuntimeError("a saved design differs after opening")
    return f"{len(loaded.rows)} rows saved and opened again"


def _engine() -> str:
    from designer.assets import asset
    from designer.catalog import KINDS, LINKS
    from designer.model.project import Project
    from designer.store.file import project_file
    from designer.study.headless import run_headless

    project = Project(KINDS, LINKS, project_file.load(asset("examples/web-shop.clouddesign")).rows)
    first, second = (run_headless(project, until_s=3600.0).digest for _ in range(2))
    if first != second:
        raise RuntimeError("the same run gave another result")
    return f"the demo ran for 1 h, fingerprint {first[:12]}"


def _window() -> str:
    from designer.app import App

    app = App(time.perf_counter())
    app.show(None, demo=True)
    complete = app.wait(lambda: "plots" in app.marks)
    shown = dict(app.marks)
    app.close()
    if not complete:
        raise RuntimeError("the window was not complete within a minute")
    return f"shown after {shown['frame']:.2f} s, complete after {shown['plots']:.2f} s"


CHECKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("Files", _files),
    ("Catalog", _catalog),
    ("Project file", _round_trip),
    ("Simulation", _engine),
    ("Window", _window),
)


def run() -> int:
    """Run all checks and print a line for each; 0 when all pass, else 1."""
    failed = 0
    for name, check in CHECKS:
        try:
            said = check()
        except Exception as error:
            failed += 1
            say(f"{name:14} FAILED  {type(error).__name__}: {error}", err=True)
        else:
            say(f"{name:14} ok      {said}")
    if failed:
        say(f"{failed} of {len(CHECKS)} checks failed; install Cloud Designer anew.", err=True)
    sys.stdout.flush()
    return 1 if failed else 0
