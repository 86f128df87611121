"""The long form of the tests of the store, and a table of figures.

`python -m tests.store.torture` takes about half an hour; `--whole` tries everything as often as a release should:
250 kills, 400 power cuts, 200 copies, 10,000 mutations, 100 days. Each count can be given. The table is printed in any
case: what breaks, dies, or takes too long is a line of it.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from typing import NamedTuple

from tests.store.designs import ROOT

KILLS = ["tests/store/test_kills.py", "tests/store/test_saving.py", "-k", "kill or copies or moment"]
DISK = ["tests/store/test_saving.py", "tests/store/test_working_copy.py", "tests/scenarios/test_troubles.py"]
BAD = ["tests/store/test_bad_list.py", "tests/store/test_bad_files.py", "tests/ui/test_bad_files.py",
       "tests/store/test_budget.py", "tests/store/test_holding.py", "tests/scenarios/test_starting.py"]  # fmt: skip
DAYS = ["tests/store/test_any_day.py", "tests/ui/test_any_day_seen.py"]
ANY = ["tests/store/test_round_trip.py", "tests/store/test_compare.py", "-k", "every or any or same or two or merge"]
FUZZED = ("file", "clipboard", "csv", "settings", "library", "runs", "steps")
COUNTS = {"kills": (60, 250), "power-cuts": (80, 400), "copies": (50, 200), "mutations": (3_000, 10_000),
          "fuzz": (60, 60), "days": (25, 100)}  # fmt: skip
"""How often each is tried (seconds for fuzzing), and how often with --whole."""
LONGEST_S = 3600.0
"""Most seconds of one job."""
FIGURES = r"(?:power cuts|mutations|kills|copies): .*|\w+: [\d,]+ mutations in .*"


class Job(NamedTuple):
    """Tests that are run together: what they try, their variables, and the arguments of pytest."""

    what: str
    env: dict[str, str]
    arguments: list[str]


class Outcome(NamedTuple):
    """What came of a job: a line of the table, and figures."""

    sound: bool
    line: str
    figures: list[str]


def jobs(given: argparse.Namespace) -> list[Job]:
    """All jobs with these counts."""
    found = [
        Job(f"{given.kills} kills while editing and at chosen moments, {given.copies} live copies",
            {"DESIGNER_KILLS": str(given.kills), "DESIGNER_COPIES": str(given.copies)}, KILLS),
        Job(f"{given.power_cuts} power cuts, and each flush left out in turn",
            {"DESIGNER_POWER_CUTS": str(given.power_cuts), "DESIGNER_BROKEN": "1"},
            ["tests/store/test_power_cuts.py"]),
        Job("full disk, too large, read-only, file gone", {}, [*DISK, "-k", "not killed and not moment"]),
        Job("eight budgets of memory", {"DESIGNER_BUDGETS": "0 1 2 4 8 16 24 32", "DESIGNER_ELEMENTS": "2000"},
            ["tests/scenarios/test_memory.py"]),
        Job("list of bad files", {"DESIGNER_MUTATIONS": "2000", "DESIGNER_SEED": given.seed}, BAD),
        Job(f"{given.mutations} mutations", {"DESIGNER_MUTATIONS": str(given.mutations), "DESIGNER_SEED": given.seed},
            ["tests/store/test_mutations.py", "-k", "not fuzzing"]),
        Job(f"{given.days} days of a user", {"DESIGNER_EXAMPLES": str(given.days)}, DAYS),
        Job(f"{4 * given.days} designs saved, compared and merged", {"DESIGNER_EXAMPLES": str(4 * given.days)}, ANY),
    ]  # fmt: skip
    fuzzing = ["tests/store/test_mutations.py", "-k", "fuzzing"]
    return found + [
        Job(f"{given.fuzz} s of fuzzing: {target}",
            {"DESIGNER_FUZZ_S": str(given.fuzz), "DESIGNER_FUZZ_TARGET": target}, fuzzing)
        for target in FUZZED
    ]  # fmt: skip


def run(job: Job, most_s: float = LONGEST_S) -> Outcome:
    """Run a job in a process group of its own, which ends with it, however it ends."""
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-rf", "-p", "no:cacheprovider", *job.arguments]
    env = {**os.environ, **job.env}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", start_new_session=True) as process:  # fmt: skip
        try:
            said, _ = process.communicate(timeout=most_s)
            how = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
            how = None
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if how != 0:
        print(said[-8000:], file=sys.stderr)
    summary = re.findall(r"(\d+ (?:passed|failed).*?) in ", said)
    line = f"{'sound ' if how == 0 else 'BROKEN'}  {job.what}: {_ending(how, summary, most_s)}"
    broken = [f"failed: {name}" for name in re.findall(r"^(?:FAILED|ERROR) (\S+)", said, re.MULTILINE)]
    figures = re.findall(FIGURES, said) + broken
    return Outcome(how == 0, f"{line}, {time.monotonic() - began:.0f} s", figures)


def _ending(how: int | None, summary: list[str], most_s: float) -> str:
    """How a job ended: its summary, or what became of it without one."""
    if how is None:
        return f"stopped after {most_s:.0f} s"
    if how < 0:
        return f"died of {signal.Signals(-how).name}"
    return summary[-1] if summary else f"ended with {how} and no summary"


def main(argv: list[str] | None = None) -> int:
    """Run what is asked for; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true")
    for name in COUNTS:
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", default="", help="jobs with this text in their name")
    given = parser.parse_args(argv)
    for name, counts in COUNTS.items():
        place = name.replace("-", "_")
        if getattr(given, place) is None:
            setattr(given, place, counts[given.whole])
    asked = [job for job in jobs(given) if given.only in job.what]
    outcomes: list[Outcome] = []
    try:
        for job in asked:
            outcomes.append(run(job))
            _print(outcomes[-1])
    finally:
        print(f"\n{len(outcomes)} of {len(asked)} jobs were run; {sum(one.sound for one in outcomes)} are sound.")
        for outcome in outcomes:
            _print(outcome)
    return 0 if all(outcome.sound for outcome in outcomes) else 1


def _print(outcome: Outcome) -> None:
    print(outcome.line)
    for figure in outcome.figures:
        print(f"          {figure}")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
