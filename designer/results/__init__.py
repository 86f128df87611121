"""Results of runs in Python: open a run that is saved in a project file, or make one, and read series as arrays.

```python
from designer.results import open_run

run = open_run("shop.clouddesign")              # the newest saved run; a second word names another
power = run.series("power_w", "ap-south-1a")    # an element by its name or id; a container holds all in it
power.time_s, power.values, power.unit          # arrays: seconds since the start of the run, W
[of.name for of in run.quantities]              # what the run tells; `of.title`, `of.unit`, `of.sums` describe it
run.figure("steal_frac", "web-1")               # of a VM over the whole run
```
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from designer.catalog import KINDS, LINKS
from designer.engine.result.blocks import SavedRun
from designer.engine.spec import TimedEvent
from designer.errors import FileError
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.aside import BLOCKS_LIMIT
from designer.store.file.run_design import design_of, with_design
from designer.study.headless import Headless, headless_of, run_headless
from designer.study.results.quantities import QUANTITIES as QUANTITIES
from designer.study.results.quantities import Quantity as Quantity
from designer.study.results.reading import ElementSeries as ElementSeries
from designer.study.results.reading import RunResults as RunResults
from designer.study.saving import packed_whole
from designer.words import tr


def saved_runs(path: Path | str) -> tuple[SavedRun, ...]:
    """The runs that are saved in a project file, the newest last. Raises FileError."""
    return project_file.load_whole(Path(path)).aside.runs


def open_run(path: Path | str, label: str | None = None) -> RunResults:
    """A run that is saved in a project file: the newest with a label, or the newest. It is not run again.

    Raises FileError where the file cannot be read or holds no such run, EngineError where the run is damaged.
    """
    runs = saved_runs(path)
    found = run_named(runs, label, Path(path).name)
    return results_of(found)


def run_named(runs: Sequence[SavedRun], label: str | None, name: str) -> SavedRun:
    """The newest run with a label (None: the newest) of a file of this name. Raises FileError."""
    whole = [run for run in runs if run.blocks and label in (None, run.label)]
    if whole:
        return whole[-1]
    labels = ", ".join(f"“{run.label}”" for run in runs if run.blocks and run.label)
    if label is not None and labels:
        raise FileError(tr("{0} holds no run labeled “{1}”. It holds {2}.", name, label, labels))
    raise FileError(
        tr("{0} holds no saved run. Run the design in the window and save it, or: cloud-designer simulate --save", name)
    )


def results_of(saved: SavedRun) -> RunResults:
    """The results of a saved run. Raises EngineError where it is damaged, SpecError where its design has no meaning."""
    return done_of(saved).results


def done_of(saved: SavedRun) -> Headless:
    """All of a saved run, without running it again. Raises as `results_of`."""
    return headless_of(saved, Project(KINDS, LINKS, design_of(saved)))


def save_run(path: Path | str, done: Headless, label: str) -> None:
    """Save a run with the project file that it was made of, under a label. Raises FileError, RuleError, EngineError."""
    loaded = project_file.load_whole(path)
    saved = with_design(packed_whole(done.simulation, BLOCKS_LIMIT), loaded.rows)
    aside = loaded.aside.with_run(saved).with_label(saved.id, label)
    project_file.save(path, loaded.rows, loaded.stamp, aside=aside)


def run_file(
    path: Path | str,
    *,
    until_s: float | None = None,
    seed: int | None = None,
    events: Sequence[TimedEvent] = (),
    vm_series: bool = False,
) -> RunResults:
    """Run the design of a project file to its end; its results. Raises FileError, SpecError.

    `vm_series`: also the load of each VM in each step, and how it is spread over the VMs of each place (`load_frac`,
    `vms_p50_frac` ...). Raises RuleError where they would take more than 256 MiB.
    """
    design = Project(KINDS, LINKS, project_file.load(Path(path)).rows)
    return run_headless(
        design, until_s=until_s, seed=seed, events=events, vm_series=(lambda mib: None) if vm_series else None
    ).results
