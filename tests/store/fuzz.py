"""Fuzzing that watches which lines a mutation reaches: `make fuzz`.

`python -m tests.store.fuzz SECONDS [TARGET]` prints figures; it ends with 0 when nothing but sentences for the user was
raised and memory stayed below the budget. SECONDS of 0: a few mutations. TARGET: file, clipboard, settings, library,
runs, csv, steps; without one all.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

from tests.store.memory import in_memory, most_megabytes

LONGEST = 600
"""Most bytes of the choices that make one mutation."""
FEW = 150
"""How many mutations are made where no time is given."""

INCLUDED = ["designer.store", "designer.commands.clipboard", "designer.exchange", "designer.settings",
            "designer.foreign", "designer.catalog.presets.own", "designer.engine.result"]  # fmt: skip
MEGABYTES = 512
"""Most memory above that of a process that has opened the sound files."""


def left_alone() -> list[str]:
    """All other modules of the program: the fuzzer takes each of a package whose begin is included."""
    names = [".".join(path.with_suffix("").parts) for path in Path("designer").rglob("*.py")]
    names = [name.removesuffix(".__init__") for name in names]
    return [name for name in names if not any(f"{name}.".startswith(f"{one}.") for one in INCLUDED)]


def fuzz(seconds: int, folder: Path, target: str) -> None:
    """Mutate for some time, or a few times; ends the process. What is found is left in the folder."""
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=INCLUDED, exclude=left_alone()):
        mutations: Any = import_module("tests.store.mutations")
    (folder / "files").mkdir()
    (folder / "corpus").mkdir()
    victim, chance = mutations.Victim(folder / "files"), Random(1)
    for number in range(40):
        (folder / "corpus" / str(number)).write_bytes(chance.randbytes(chance.randrange(20, LONGEST)))
    options = [
        f"-max_total_time={seconds}" if seconds else f"-runs={FEW}",
        f"-rss_limit_mb={most_megabytes() + MEGABYTES}",
        f"-max_len={LONGEST}",
        "-print_final_stats=1",
        f"-artifact_prefix={folder}/",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], victim.target(target))
    atheris.Fuzz()


def main(seconds: int, target: str = "") -> int:
    """Fuzz in a process of its own, and say what came of it."""
    with tempfile.TemporaryDirectory(prefix="designer-fuzz-", dir=in_memory()) as folder:
        began = time.monotonic()
        command = [sys.executable, "-m", "tests.store.fuzz", str(seconds), target, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        runs = re.findall(r"stat::number_of_executed_units: +(\d+)", done.stderr)
        peak = re.findall(r"stat::peak_rss_mb: +(\d+)", done.stderr)
        reached = re.findall(r"cov: (\d+) ft: (\d+)", done.stderr)
        if done.returncode or not runs:
            print(done.stderr[-6000:], file=sys.stderr)
            return 1
        first, last = reached[0], reached[-1]
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"{target or 'all'}: {int(runs[-1]):,} mutations in {time.monotonic() - began:.0f} s "
            f"({used.ru_utime + used.ru_stime:.0f} of the processor); branches reached: "
            f"{first[0]} by the first, {last[0]} in the end ({last[1]} features); {peak[-1]} MB at most; "
            "nothing but sentences for the user"
        )
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 3:
        fuzz(int(sys.argv[1]), Path(sys.argv[3]), sys.argv[2])
    else:
        raise SystemExit(main(int(sys.argv[1]), *sys.argv[2:]))
