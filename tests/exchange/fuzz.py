"""Fuzzing of CSV files that watches which lines of the readers a file reaches: `make fuzz`.

`python -m tests.exchange.fuzz SECONDS` prints figures; it ends with 0 when every file was read or refused with a
sentence, and no file took more memory than the budget.
"""

from __future__ import annotations

import gzip
import resource
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

BUDGET_MIB = 200
"""Most memory that any file may take above the program's own."""
LONGEST = 1_500
"""Most bytes of the choices that make one file."""
HEADS = (
    "vm,timestamp,cpu_percent", "time,web,db", "vm,0,60,120", "timestamp,cpu,mem", "Timestamp [ms];CPU usage [%]",
    "machine_id,wann,cpu_util", "name,cores,mhz,ram_gb", "VM,CPUs,Memory,Powerstate,Template", "name;host;vcpus;ram_mb",
    "sep=;", "#TYPE Selected", "",
)  # fmt: skip
CELLS = (
    "web-1", "web-1", "h1", "0", "60", "120", "300.5", "1789324745000", "1376314846", "190000000", "41", "-1", "101",
    "100.4", "0.435", "0,435", "2.000", "12.5%", "16 GB", "16,384 MB", "2.4 GHz", "poweredOff", "True", "", "NaN",
    "inf", "1e999", "1_0", "\u0661", "2026-10-25 02:30", "2026-02-15T11:50:00Z", '"', '"a\nb"', "x\x1b[2J", "\0",
    "w\xe9b", "9" * 400,
)  # fmt: skip
CODECS = ("utf-8", "utf-8", "utf-8", "utf-16", "cp1252", "utf-16-le")


def text_of(dice: Any) -> bytes:
    """A file of heads, cells and separators, or of any bytes."""
    if dice.ConsumeIntInRange(0, 9) == 0:
        return bytes(dice.ConsumeBytes(LONGEST))
    separator = dice.PickValueInList([",", ",", ";", "\t"])
    lines = [dice.PickValueInList(list(HEADS))]
    width = dice.ConsumeIntInRange(1, 5)
    for _ in range(dice.ConsumeIntInRange(0, 40)):
        uneven = dice.ConsumeIntInRange(0, 20) == 0
        lines.append(separator.join(dice.PickValueInList(list(CELLS)) for _ in range(width + uneven)))
    return "\n".join(lines).encode(dice.PickValueInList(list(CODECS)), "replace")


def fuzz(seconds: int, folder: Path) -> None:
    """Read files for some time; ends the process. What is found is left in the folder."""
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["designer.exchange"]):
        machines: Any = import_module("designer.exchange.machines_csv")
        traces: Any = import_module("designer.exchange.traces_csv")
    questions: Any = import_module("designer.exchange.questions")
    errors: Any = import_module("designer.errors")
    readers = (machines.read_hosts, machines.read_vms, traces.read_traces, traces.read_traces)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def one(data: bytes) -> None:
        dice = atheris.FuzzedDataProvider(data)
        answers = questions.Answers(
            cells=dice.PickValueInList([None, None, "percent", "fraction"]),
            time_unit=dice.PickValueInList([None, None, "s", "ms"]),
            decimal=dice.PickValueInList([None, None, "point", "comma"]),
            shape=dice.PickValueInList([None, None, None, "rows", "columns", "long", "machine"]),
            step_s=dice.PickValueInList([None, None, None, 60.0, 1e-6]),
            memory_unit=dice.PickValueInList([None, "MB"]),
        )
        read, packed = dice.PickValueInList(list(readers)), dice.ConsumeIntInRange(0, 9) == 0
        path = folder / ("file.csv.gz" if packed else "file.csv")
        text = text_of(dice)
        path.write_bytes(gzip.compress(text, 1) if packed else text)
        try:
            read(path, answers)
        except errors.DesignerError as error:
            assert str(error).endswith("."), str(error)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024
        assert grown < BUDGET_MIB, f"{grown:.0f} MiB"

    (folder / "corpus").mkdir()
    chance = Random(1)
    for number in range(60):
        (folder / "corpus" / str(number)).write_bytes(chance.randbytes(chance.randrange(40, LONGEST)))
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        "-print_final_stats=1",
        f"-artifact_prefix={folder}/",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], one)
    atheris.Fuzz()


def main(seconds: int) -> int:
    """Fuzz in a process of its own, and say what came of it."""
    with tempfile.TemporaryDirectory(prefix="designer-fuzz-") as folder:
        began = time.monotonic()
        command = [sys.executable, "-m", "tests.exchange.fuzz", str(seconds), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        runs = [line.rpartition(" ")[2] for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        if done.returncode or not runs:
            print(done.stderr[-6000:], file=sys.stderr)
            return 1
        print(
            f"{int(runs[-1]):,} CSV files in {time.monotonic() - began:.0f} s; read or refused with a sentence, each "
            f"within {BUDGET_MIB} MiB"
        )
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 2:
        fuzz(int(sys.argv[1]), Path(sys.argv[2]))
    else:
        raise SystemExit(main(int(sys.argv[1])))
