"""How soon the window is there: frame, palette and demo, plots; warm starts of a new process each time."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

from tests.scenarios.test_startup import probe

REPEATS = 5
AIMS = {"frame": "< 0.5 s", "window": "< 1.5 s", "plots": ""}
SAYS = {"frame": "frame is visible", "window": "palette and demo are painted", "plots": "plots are there"}


def bare_s() -> float:
    """Seconds until an empty Qt window is painted in a new process."""
    code = "import time; t=time.perf_counter()\nfrom PySide6.QtWidgets import QApplication, QMainWindow\n" \
           "a=QApplication([]); w=QMainWindow(); w.resize(1440, 900); w.show(); a.processEvents(); " \
           "print(time.perf_counter()-t)"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def run() -> list[dict[str, Any]]:
    """The best of some starts, beside an empty Qt window."""
    probe()
    bare = min(bare_s() for _ in range(REPEATS))
    began = time.perf_counter()
    marks: list[dict[str, float]] = [probe()["marks"] for _ in range(REPEATS)]  # type: ignore[misc]
    whole = (time.perf_counter() - began) / REPEATS
    rows = [
        {"name": f"start: {SAYS[name]}", "value": min(m[name] for m in marks), "unit": "s", "beside": "empty Qt window",
         "beside_value": bare, "ratio": min(m[name] for m in marks) / bare, "aim": AIMS[name]}
        for name in AIMS
    ]  # fmt: skip
    return [*rows, {"name": "start to end of the process", "value": whole, "unit": "s"}]
