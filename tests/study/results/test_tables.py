"""The table of a run has a row for all that the run tells of, whatever sort of element it is."""

from __future__ import annotations

import numpy as np

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.element import id_text
from designer.model.project import Project
from designer.study.headless import run_headless
from designer.study.results.reading import Owners, RunResults
from designer.study.results.tables import blocks, choose


def powered() -> RunResults:
    """A data center with cooling, a feed with a limit, a host with a VM, and a service."""
    project = Project(KINDS, LINKS)
    hall = edit.place(project, "data_center", 1, name="hall", warming_k_min=6.0)
    feed = edit.place(project, "power_feed", hall, name="feed", limit_w=900.0)
    edit.connect(project, "cools", edit.place(project, "cooling", hall, capacity_w=500.0), hall)
    host = edit.place(project, "host", hall, name="host")
    edit.connect(project, "feeds", feed, host)
    vm = edit.place(project, "vm", host, name="vm", load_frac=0.5)
    edit.connect(project, "member", vm, edit.place(project, "service", 1, name="web"))
    edit.change(project, [project.root.id], {"until_h": 0.5})
    return run_headless(project, vm_series=lambda mib: None).results


def test_that_every_element_that_has_a_quantity_has_its_rows() -> None:
    run = powered()
    chosen = choose(run)
    assert [of.name for of in chosen.quantities] == [of.name for of in run.quantities if run.table(of)[0].size]
    kinds = {kind for kind, _ in chosen.elements.values()}
    assert {"data_center", "power_feed", "host", "vm", "service", "design"} <= kinds
    rows: dict[str, list[float]] = {}
    for _, block in blocks(run, chosen):
        for name in chosen.units:
            rows.setdefault(name, []).extend(block[name])
    at = {i: n for n, i in enumerate(dict.fromkeys(rows["id"]))}
    for of in chosen.quantities:
        which, cells = run.table(of)
        for k, n in enumerate(which.tolist()):
            first = 6 * at[id_text(run.owners(of.of).ids[n])]  # type: ignore[index]
            assert np.array_equal(rows[of.name][first : first + 6], np.array(cells[:, k], np.float64), equal_nan=True)


def test_that_choosing_looks_at_the_elements_of_a_sort_once() -> None:
    class Counted(RunResults):
        looks = 0

        def _owners_of(self, of: str) -> Owners:
            self.looks += 1
            return super()._owners_of(of)

    made = powered()
    run = Counted(made.spec, made.series_read, made.vms, {}, made.loads)
    choose(run, kinds=("vm",))
    assert run.looks == len({of.of for of in run.quantities})
