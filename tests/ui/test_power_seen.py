"""Power and heat where they are seen: colors, lanes, the form, the log, the table and files of a run."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.checks.run import of_run
from designer.commands import edit
from designer.engine import TimedEvent
from designer.model.project import Project
from designer.study.engine_process import EngineHost
from designer.study.headless import Headless, run_headless
from designer.study.run import Run
from designer.ui.parts.theme import Theme
from designer.ui.plots.power_lane import PowerLane
from designer.ui.run.lanes import _silent
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.waiting import turns


def drawn(project: Project) -> dict[str, int]:
    """A data center with two hosts of 200 W on A and B; B alone carries 300 W, and a cooling unit carries 350 W."""
    ids = {"hall": edit.place(project, "data_center", 1, name="hall", pue=1.5, pue_fixed_frac=0.0, warming_k_min=6.0)}
    ids["A"] = edit.place(project, "power_feed", ids["hall"], name="A", limit_w=500.0)
    ids["B"] = edit.place(project, "power_feed", ids["hall"], name="B", limit_w=300.0)
    ids["cool"] = edit.place(project, "cooling", ids["hall"], name="cool", capacity_w=350.0)
    edit.connect(project, "cools", ids["cool"], ids["hall"])
    for n in range(2):
        host = ids[f"host-{n}"] = edit.place(
            project, "host", ids["hall"], name=f"host-{n}", cores=4, mhz=1000.0, idle_w=100.0, full_w=300.0,
            hypervisor="", cpu_overhead_frac=0.0, threads_per_core=1,
        )  # fmt: skip
        for feed in "AB":
            edit.connect(project, "feeds", ids[feed], host)
        ids[f"vm-{n}"] = edit.place(
            project, "vm", host, name=f"vm-{n}", vcpus=4 - 2 * n, mhz=1000.0, load_frac=0.5 + n / 2
        )
    service = ids["web"] = edit.place(project, "service", 1, name="web", rate_rps=400.0, work_mhz_s=5.0)
    edit.connect(project, "member", ids["vm-1"], service)
    edit.change(project, [project.root.id], {"until_h": 0.5, "energy_split": "vcpus"})
    return ids


@pytest.fixture
def done() -> tuple[Headless, dict[str, int]]:
    project = Project(KINDS, LINKS)
    ids = drawn(project)
    return run_headless(project, events=[TimedEvent(600.0, "fail", ids["A"])]), ids


def test_that_the_log_says_at_how_many_watts_a_feed_trips_and_what_its_limit_is(
    done: tuple[Headless, dict[str, int]],
) -> None:
    rows = [(row.time_s, row.text, row.detail) for row in done[0].log[:2]]
    assert rows[0] == (600.0, "A failed", "")
    assert rows[1][0] == 610.0
    assert rows[1][1] == "B trips at 400 W"
    assert rows[1][2] == "Its limit is 300 W"


def test_that_the_table_tells_watts_pue_and_energy(done: tuple[Headless, dict[str, int]]) -> None:
    run, ids = done
    rows = {row.id: row.values for row in run.summary}
    hall, feed = rows[ids["hall"]], rows[ids["B"]]
    power = run.result.power
    assert hall["PUE, mean"][0] == pytest.approx(power.facility_w.sum() / power.it_w.sum())
    assert hall["Facility power, mean"][1] == "W"
    assert hall["Temperature, most"][0] > 24.0
    assert feed["Power of feeds, most"][0] > 300.0
    vms = [rows[ids[name]]["Energy"][0] for name in ("vm-0", "vm-1")]
    assert sum(vms) == pytest.approx(run.result.total_energy_wh, rel=1e-9)
    assert rows[ids["web"]]["Energy"][0] == pytest.approx(vms[1])


def test_that_python_reads_what_halls_and_feeds_draw_step_by_step(done: tuple[Headless, dict[str, int]]) -> None:
    results = done[0].results
    facility, it = results.series("facility_w", "hall"), results.series("it_w", "hall")
    # Cooling carries 350 W of the 400 W: 70% of the surplus of 200 W at that load, and 60 W of losses.
    assert facility.values[:2] == pytest.approx(it.values[:2] + 140.0 * 350.0 / 400.0 + 60.0)
    assert results.series("feed_w", "A").values[:2] == pytest.approx(it.values[:2] / 2.0)
    assert results.series("temperature_c", "hall").unit == "°C"
    assert results.figure("energy_wh", "vm-0") > 0.0


def test_that_lanes_draw_watts_and_temperature_and_are_silent_without_power(
    done: tuple[Headless, dict[str, int]], theme: Theme, qtbot: QtBot
) -> None:
    project = Project(KINDS, LINKS)
    drawn(project)
    run = Run(project, EngineHost())
    assert {"facility", "feeds", "temperature"}.isdisjoint(_silent(run))
    assert {"facility", "feeds", "temperature"} <= _silent(Run(Project(KINDS, LINKS), EngineHost()))
    said = {}
    for name in ("facility_w", "feed_w", "temperature_c"):
        lane = PowerLane(theme, name)
        qtbot.addWidget(lane)
        lane.show_run(run, done[0].series, 100.0)
        said[name] = [(entry.name, entry.value) for entry in lane.legend.entries]
    watts = done[0].results.series("facility_w", "hall").values[0]
    assert [name for name, _ in said["feed_w"]] == ["A", "B"]
    assert said["facility_w"] == [("hall", f"{watts:.0f} W")]
    assert said["temperature_c"][0][1].endswith("°C")


def test_that_colors_and_the_form_tell_the_temperature_of_the_shown_moment(
    run_window: Window, session: Session, qtbot: QtBot
) -> None:
    ids = drawn(session.project)
    session.flush()
    QTest.mouseClick(run_window.run_bar.play, Qt.MouseButton.LeftButton)
    run = session.run
    assert run is not None
    qtbot.waitUntil(lambda: bool(run.digest))
    frame = run.view.frame
    assert frame is not None
    warm = frame.warmth_c[[frame.row_of(ids[name]) for name in ("hall", "host-0", "vm-0")]]
    assert warm[0] > 25.0
    assert np.all(warm == warm[0])
    session.select([ids["hall"]])

    def told(title: str) -> list[str]:
        turns()
        form = run_window.form.form
        assert form is not None
        form.show_load()
        return [text for name, _, text, _ in form.bars.lines if name == title]

    qtbot.waitUntil(lambda: bool(told("Temperature")))
    assert told("Temperature")[0].endswith("°C")


def test_that_a_run_finds_feeds_and_cooling_without_one_to_spare_at_its_peak(
    done: tuple[Headless, dict[str, int]],
) -> None:
    run, ids = done
    found = {f.check: f for f in of_run(run.series, run.spec, run.log, (), ()) if f.check in ("RUN-06", "RUN-07")}
    assert found["RUN-06"].text == "B would not carry the peak of the run without A"
    assert found["RUN-06"].elements == (ids["B"], ids["A"])
    assert found["RUN-07"].elements == (ids["hall"],)
    assert found["RUN-07"].detail == "IT drew 400 W; without its largest unit 0 W are carried away"


def test_that_the_form_of_a_vm_tells_its_part_of_the_watts(run_window: Window, session: Session, qtbot: QtBot) -> None:
    ids = drawn(session.project)
    session.flush()
    QTest.mouseClick(run_window.run_bar.play, Qt.MouseButton.LeftButton)
    run = session.run
    assert run is not None
    qtbot.waitUntil(lambda: bool(run.digest))
    session.select([ids["vm-0"]])
    turns()
    form = run_window.form.form
    assert form is not None
    form.show_load()
    assert [text for name, _, text, _ in form.bars.lines if name == "Power"] == ["200 W"]
