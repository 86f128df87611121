"""The spare process in which the next study begins at once: there when the window is idle, gone with it."""

from __future__ import annotations

from tests import copies

PROGRAM = """
import multiprocessing, time
from designer.app import App
from designer.ui.run.each_panel import EachPanel

def spares():
    return [one for one in multiprocessing.active_children() if one.name.endswith("-spare")]

app = App(time.perf_counter())
app.show(None, demo=True)
assert app.wait(lambda: "plots" in app.marks)
early = len(spares())
assert app.wait(lambda: bool(spares()))
(first,) = spares()
app.window.actions["run.each"].trigger()
panel = app.window.panels.feet["each"]
for kind, button in panel.kinds.items():
    button.setChecked(kind == "zone")
panel.begin.click()
assert app.wait(lambda: panel.model.answer is not None)
assert app.wait(lambda: not first.is_alive())
assert app.wait(lambda: bool(spares()))
print(early, len(panel.model.answer.falls) > 0, len(spares()))
app.close()
print(len(spares()))
"""


def test_that_a_study_takes_the_spare_process_and_the_idle_window_has_another() -> None:
    done = copies.run("-c", PROGRAM)
    assert done.stdout.split() == ["0", "True", "1", "0"], done.stderr


DYING = """
import os, signal, time
from designer.app import App
from designer.study.engine_process import SPARE, worked_out

app = App(time.perf_counter())
app.show(None, demo=True)
assert app.wait(lambda: "plots" in app.marks)
told, killed = [], set()
app.session.told.connect(told.append)

def kill():
    if SPARE.pid and SPARE.pid not in killed:
        killed.add(SPARE.pid)
        os.kill(SPARE.pid, signal.SIGKILL)
    return told

assert app.wait(kill)
app._keep_spare()
app._keep_spare()
print(len(killed), SPARE.pid, *told, sep="|")
app.close()
"""


def test_that_a_window_whose_spare_process_dies_again_and_again_says_so_once_and_starts_no_more() -> None:
    done = copies.run("-c", DYING)
    assert done.stdout.strip() == (
        "3|None|The process that is kept ready for studies stopped 3 times; each study starts its own from now on, "
        "which takes a moment longer."
    ), done.stderr
