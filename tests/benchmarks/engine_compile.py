"""The first run on a fresh machine: CPU of compiling all kernels, and how long a person waits for the first frame."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from designer.assets import asset

THINKS_S = 5.0
"""A person looks at the demo for so long before pressing Run."""

_ALL = """
import json, time
began = time.process_time()
import numba
imported = time.process_time()
from designer.engine.warm import warm_in_steps
steps = [time.process_time()]
for _ in warm_in_steps(alone=True):
    steps.append(time.process_time())
from tests.benchmarks.engine_compile import open_the_others
usual_s, others_s = steps[2] - steps[0], open_the_others()
from designer.engine.warm_all import sample
began = time.process_time()
sample()
print(json.dumps({
    "frame_s": steps[1] - steps[0], "usual_s": usual_s, "all_s": usual_s + others_s,
    "sampling_s": time.process_time() - began,
}))
"""
"""CPU of the kernels that most runs need, and of all: of flows, memory, response times, retries and balancers, too; and
of those that sample availability, which no run needs."""
_BARE = """
import json, time
import numpy as np
from tests.benchmarks.engine_utilisation import bare
began = time.process_time()
one, row = np.zeros(1), np.zeros(1, np.int64)
trace, used = np.zeros((1, 2), np.uint8), np.zeros((1, 2))
bare(np.array([0, 1]), row, row, one + 1, trace, 10.0, 1.0, 0, np.ones(2), one, used, one)
print(json.dumps(time.process_time() - began))
"""
_FRAME = """
import json, sys, time
from pathlib import Path
from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.engine_process import EngineHost
from designer.study.run import Run
if __name__ == "__main__":
    project = Project(KINDS, LINKS, project_file.load(Path(sys.argv[1])).rows)
    host = EngineHost()
    host.start()
    time.sleep(float(sys.argv[2]))
    began = time.monotonic()
    run = Run(project, host)
    run.start()
    while run.view.frame is None and time.monotonic() < began + 120:
        run.poll()
        time.sleep(0.005)
    waited = time.monotonic() - began
    run.dispose()
    host.stop()
    print(json.dumps(waited))
"""


def open_the_others() -> float:
    """CPU seconds of runs that need the kernels that are compiled only for designs of their kind."""
    from designer.engine import simulate
    from designer.engine.warm import doors_ready
    from designer.engine.warm_all import rare

    began = time.process_time()
    for spec in rare():
        simulate(spec)
    spent_s, (ready, count) = time.process_time() - began, doors_ready()
    assert ready == count, f"{count - ready} kernels are not compiled"
    return spent_s


def fresh(code: str, *args: str) -> Any:
    """What a program prints that runs in a home without anything compiled."""
    with tempfile.TemporaryDirectory(prefix="designer-fresh-") as home:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "XDG_"))}
        env |= {"HOME": home, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        path = Path(home) / "program.py"
        path.write_text(code, "utf-8")
        done = subprocess.run(
            [sys.executable, str(path), *args], env=env, stdout=subprocess.PIPE, text=True, check=True
        )
    return json.loads(done.stdout.splitlines()[-1])


def run() -> list[dict[str, Any]]:
    """CPU of the compiler, beside that for one bare loop; and the wait of a person."""
    found, bare_s = fresh(_ALL), fresh(_BARE)
    demo, every_s = str(asset("examples/web-shop.clouddesign")), found["all_s"] + found["sampling_s"]
    waits = {thinks: fresh(_FRAME, demo, str(thinks)) for thinks in (THINKS_S, 0.0)}
    return [
        {"name": "compile all kernels of runs in an empty cache, CPU", "value": found["all_s"], "unit": "s",
         "beside": "one bare loop", "beside_value": bare_s, "ratio": found["all_s"] / bare_s, "aim": "<= 15 s"},
        {"name": "those that sample availability, CPU", "value": found["sampling_s"], "unit": "s",
         "beside": "one bare loop", "beside_value": bare_s, "ratio": found["sampling_s"] / bare_s},
        {"name": "both: all kernels there are, CPU", "value": every_s, "unit": "s",
         "beside": "one bare loop", "beside_value": bare_s, "ratio": every_s / bare_s, "aim": "<= 15 s"},
        {"name": "of the first for what most runs need, CPU", "value": found["usual_s"], "unit": "s",
         "beside": "one bare loop", "beside_value": bare_s, "ratio": found["usual_s"] / bare_s},
        {"name": "of the first for the first frame, CPU", "value": found["frame_s"], "unit": "s",
         "beside": "one bare loop", "beside_value": bare_s, "ratio": found["frame_s"] / bare_s},
        *({"name": f"first frame on a fresh machine, Run pressed {thinks:g} s after the window, clock",
           "value": waited, "unit": "s", "aim": "<= 2 s" if thinks else ""} for thinks, waited in waits.items()),
    ]  # fmt: skip
