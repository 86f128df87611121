"""The long form of the tests of the store, and a table of figures.

`python -m tests.store.torture --kills 250 --power-cuts 400 --copies 200 --mutations 10000 --fuzz 60`
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time

from tests.store.designs import ROOT

KILLS = ["tests/store/test_kills.py", "tests/store/test_saving.py", "-k", "kill or copies or moment"]
DISK = ["tests/store/test_saving.py", "tests/store/test_working_copy.py", "tests/scenarios/test_troubles.py"]
BAD = ["tests/store/test_bad_list.py", "tests/store/test_bad_files.py", "tests/ui/test_bad_files.py",
       "tests/store/test_budget.py", "tests/store/test_holding.py", "tests/scenarios/test_starting.py"]  # fmt: skip
DAYS = ["tests/store/test_any_day.py", "tests/ui/test_any_day_seen.py"]


def run(env: dict[str, str], *arguments: str) -> tuple[bool, str, float]:
    """Some tests with these variables: whether all passed, what they printed, and seconds."""
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-8000:], file=sys.stderr)
    return done.returncode == 0, done.stdout, time.monotonic() - began


def main() -> int:
    """Run what is asked for; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, most in (("kills", 250), ("power-cuts", 400), ("copies", 200), ("mutations", 10_000), ("fuzz", 60)):
        parser.add_argument(f"--{name}", type=int, default=most)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--seed", default="1")
    given = parser.parse_args()
    jobs: list[tuple[str, dict[str, str], list[str]]] = [
        (f"{given.kills} kills while editing and at chosen moments, {given.copies} live copies",
         {"DESIGNER_KILLS": str(given.kills), "DESIGNER_COPIES": str(given.copies)}, KILLS),
        (f"{given.power_cuts} power cuts, and each flush left out in turn",
         {"DESIGNER_POWER_CUTS": str(given.power_cuts), "DESIGNER_BROKEN": "1"},
         ["tests/store/test_power_cuts.py"]),
        ("full disk, too large, read-only, file gone", {}, [*DISK, "-k", "not killed and not moment"]),
        ("list of bad files", {"DESIGNER_MUTATIONS": "2000", "DESIGNER_SEED": given.seed}, BAD),
        (f"{given.mutations} mutations, {given.fuzz} s of fuzzing",
         {"DESIGNER_MUTATIONS": str(given.mutations), "DESIGNER_FUZZ_S": str(given.fuzz), "DESIGNER_SEED": given.seed},
         ["tests/store/test_mutations.py"]),
        (f"{given.days} days of a user", {"DESIGNER_EXAMPLES": str(given.days)}, DAYS),
    ]  # fmt: skip
    jobs += [
        (f"{given.fuzz} s of fuzzing {target}", {"DESIGNER_FUZZ_S": str(given.fuzz), "DESIGNER_FUZZ_TARGET": target},
         ["tests/store/test_mutations.py", "-k", "fuzzing"])
        for target in ("file", "clipboard", "settings", "library", "runs", "csv")
    ]  # fmt: skip
    sound = True
    for what, env, arguments in jobs:
        passed, said, seconds = run(env, *arguments)
        sound = sound and passed
        count = re.findall(r"(\d+ passed.*?) in ", said)
        print(f"{'sound ' if passed else 'BROKEN'}  {what}: {count[-1] if count else 'nothing'}, {seconds:.0f} s")
        for line in re.findall(r"(?:power cuts|mutations|kills|copies): .*|\w+: [\d,]+ mutations in .*", said):
            print(f"          {line}")
        sys.stdout.flush()
    return 0 if sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
