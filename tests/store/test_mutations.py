"""Mutations of real files, of clipboards and tables, in processes of their own: nothing but sentences for the user."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import subprocess
import sys

import pytest

from tests.copies import PIPE, Copy
from tests.pace import within
from tests.store.designs import ROOT

COUNT = int(os.environ.get("DESIGNER_MUTATIONS", "100"))
SEED = int(os.environ.get("DESIGNER_SEED", "1"))
WORKERS = 1 if COUNT < 1_000 else 2


def test_that_mutations_of_real_files_raise_nothing_but_sentences_and_take_little() -> None:
    workers = [
        Copy("-m", "tests.store.mutations", COUNT // WORKERS, SEED * 1000 + n, stdout=PIPE, stderr=PIPE)
        for n in range(WORKERS)
    ]
    counts: dict[str, int] = {}
    for worker in workers:
        said, trouble = worker.communicate()
        assert worker.returncode == 0, trouble[-3000:]
        for what, number in json.loads(said).items():
            if what == "slowest_s":
                assert within(number, 2.0)
            elif what == "megabytes":
                assert number < 170
            else:
                counts[what] = counts.get(what, 0) + number
    print(f"mutations: {counts}")
    assert sum(counts.values()) == COUNT // WORKERS * WORKERS
    assert counts["files refused"] > COUNT // 8
    assert counts["files opened"] > COUNT // 20


def test_that_fuzzing_by_what_is_reached_finds_nothing() -> None:
    if importlib.util.find_spec("atheris") is None and (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip("atheris has no wheel for this machine")
    asked = [os.environ.get("DESIGNER_FUZZ_S", "0"), *os.environ.get("DESIGNER_FUZZ_TARGET", "").split()]
    done = subprocess.run([sys.executable, "-m", "tests.store.fuzz", *asked], cwd=ROOT, capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
