"""Measures each module of this folder in a process of its own and prints one table.

A module has `run() -> list[dict]`; each row has name, value and unit, and where it is compared with something
measured in the same run also beside, beside_value and ratio (value ÷ beside_value); `first_call_s` is the time of
the first call, in which kernels are compiled or loaded, and is reported apart; `aim` is a text such as "<= 40x" or
"<= 1/4" (of the ratio) or "<= 16 ms" (of the value): the table says whether it is met.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def names() -> list[str]:
    """The benchmark modules of this folder."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def measured(name: str) -> list[Row]:
    """The rows of one module, measured in a new process."""
    command = [sys.executable, "-m", "tests.benchmarks", "--one", name]
    env = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        return [{"name": f"{name} failed with {done.returncode}", "failed": True}]
    rows: list[Row] = json.loads(done.stdout.splitlines()[-1])
    return rows


def line(row: Row) -> list[str]:
    """A row of the table as text."""
    value = f"{row['value']:,.4g} {row['unit']}" if "value" in row else ""
    beside = f"{row['beside_value']:,.4g} {row['unit']}  {row['beside']}" if row.get("beside") else ""
    ratio = f"{row['ratio']:.2f}x" if row.get("ratio") is not None else ""
    return [row["name"], value, beside, ratio, str(row.get("aim", "")), verdict(row)]


AIM = re.compile(r"(<=?) ([\d.,]+)(?:/([\d.]+))?(x| m?s\b)?")
SECONDS = {"s": 1.0, "ms": 1e-3}


def verdict(row: Row) -> str:
    """Whether a row meets all its aims; empty where it has none."""
    aims = list(AIM.finditer(str(row.get("aim", ""))))
    return ("met" if all(_is_met(row, aim) for aim in aims) else "MISSED") if aims and "value" in row else ""


def _is_met(row: Row, aim: re.Match[str]) -> bool:
    sign, number, below, unit = aim.groups()
    most = float(number.rstrip(",").replace(",", "")) / float(below or 1)
    if below or unit == "x":
        got = float(row["ratio"])
    else:
        own = (row["unit"].split() or [""])[-1]
        asked = unit.strip() if unit else own
        got = row["value"] * SECONDS.get(own, 1.0) / SECONDS.get(asked, 1.0)
    return bool(got <= most if sign == "<=" else got < most)


def print_table(head: list[str], lines: list[list[str]]) -> None:
    """Print columns, as wide as they need."""
    widths = [max(len(cells[i]) for cells in [head, *lines]) for i in range(len(head))]
    for cells in [head, ["-" * w for w in widths], *lines]:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def main(argv: list[str]) -> int:
    """Measure all modules, or those named; 1 when one failed."""
    if argv[:1] == ["--one"]:
        print(json.dumps(importlib.import_module(f"tests.benchmarks.{argv[1]}").run()), flush=True)
        os._exit(0)  # nothing is measured any more: a window need not be taken apart
    rows = [row for name in argv or names() for row in measured(name)]
    print_table(["what", "measured", "beside it", "ratio", "aim", ""], [line(row) for row in rows])
    first = [row for row in rows if row.get("first_call_s") is not None]
    if first:
        print("\nFirst call (kernels are compiled, or loaded from the cache), not in the figures above:")
        print_table(["what", "first call"], [[row["name"], f"{row['first_call_s']:.2f} s"] for row in first])
    return int(any(row.get("failed") for row in rows))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
