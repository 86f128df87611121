"""The lane of migrations: how many are on their way, and when it has nothing to show."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import TimedEvent, simulate
from designer.model.project import Project
from designer.study.engine_process import EngineHost
from designer.study.run import Run
from designer.study.series import SeriesReader
from designer.ui.parts.theme import Theme
from designer.ui.plots.moves_lane import MovesLane
from designer.ui.plots.unreached_lane import UnreachedLane
from designer.ui.run.lanes import _silent


def two_hosts(rule: str) -> tuple[Project, list[int]]:
    """Two hosts of a cluster; two VMs of 8 GiB on the first."""
    project = Project(KINDS, LINKS)
    site = edit.place(project, "data_center")
    cluster = edit.place(project, "cluster", site)
    hosts = [edit.place(project, "host", site, migration_rule=rule, migration_mbps=1000.0) for _ in range(2)]
    for host in hosts:
        edit.connect(project, "in_cluster", host, cluster)
    for _ in range(2):
        edit.place(project, "vm", hosts[0], ram_mib=8192.0)
    return project, hosts


def test_that_the_lane_counts_vms_on_their_way_and_those_that_arrived(theme: Theme, qtbot: QtBot) -> None:
    project, hosts = two_hosts("kvm")
    run = Run(project, EngineHost(), until_s=3600.0)
    result = simulate(run.spec.with_events([TimedEvent(600.0, "drain", hosts[0])]))
    run.view.add(result.log)
    lane = MovesLane(theme)
    qtbot.addWidget(lane)
    series = SeriesReader(run.spec).read(result.store)
    for at_s, shown in (
        (599.0, [("on their way", "0"), ("arrived", "0")]),
        (601.0, [("on their way", "2"), ("arrived", "0")]),
        (None, [("on their way", "0"), ("arrived", "2")]),
    ):
        lane.show_run(run, series, at_s)
        assert [(entry.name, entry.value) for entry in lane.legend.entries] == shown


def test_that_vms_that_run_unreached_have_a_lane_where_there_is_a_network(theme: Theme, qtbot: QtBot) -> None:
    project, hosts = two_hosts("none")
    assert "unreached" in _silent(Run(project, EngineHost(), until_s=60.0))
    switch = edit.place(project, "switch", project.elements[hosts[0]].parent)
    edit.connect(project, "connects", switch, hosts[0])
    run = Run(project, EngineHost(), until_s=1200.0)
    result = simulate(run.spec.with_events([TimedEvent(600.0, "fail", switch)]))
    lane = UnreachedLane(theme)
    qtbot.addWidget(lane)
    for at_s, shown in ((599.0, "0"), (None, "2")):
        lane.show_run(run, SeriesReader(run.spec).read(result.store), at_s)
        assert [(entry.name, entry.value) for entry in lane.legend.entries] == [("run unreached", shown)]
    assert "unreached" not in _silent(run)


def test_that_a_run_in_which_no_host_migrates_has_no_such_lane() -> None:
    silent = ["moves" in _silent(Run(two_hosts(rule)[0], EngineHost(), until_s=60.0)) for rule in ("kvm", "none")]
    assert silent == [False, True]
