"""What finds no room when a host is lost agrees with what the engine restarts."""

from __future__ import annotations

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.checks.live import findings_of
from designer.checks.registry import CHECKS
from designer.commands import edit
from designer.engine import TimedEvent, simulate
from designer.model.project import Project
from designer.study.build import build


@pytest.mark.parametrize("seed", range(12))
def test_that_a_cluster_without_the_finding_restarts_all_of_any_host(seed: int) -> None:
    rng = np.random.default_rng(seed)
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    cluster = edit.place(project, "cluster", zone)
    hosts = []
    for _ in range(int(rng.integers(2, 5))):
        host = edit.place(project, "host", zone, cores=8, ram_mib=16384.0, overcommit=float(rng.choice([0.0, 2.0])))
        edit.connect(project, "in_cluster", host, cluster)
        hosts.append(host)
        for _ in range(int(rng.integers(1, 4))):
            ram = 1024.0 * int(rng.integers(1, 5))
            edit.place(project, "vm", host, ram_mib=ram, vcpus=int(rng.integers(1, 5)), recovery="cluster")
    waits = {}
    for host in hosts:
        log = simulate(build(project, until_s=600.0, events=[TimedEvent(60.0, "fail", host)])).log
        waits[host] = sum(entry.what == "waiting" for entry in log)
    found = [finding for finding in findings_of(project, CHECKS) if finding.check == "REL-03"]
    if not found:
        assert set(waits.values()) == {0}
    else:
        # The check packs the largest first; the engine, in the order of the design, never does better here.
        assert waits[found[0].elements[1]] > 0


@pytest.mark.parametrize(
    ("of_host", "of_vm", "said"),
    [
        ({}, {"ram_mib": 9000.0}, "They have 8.789 GiB and 7.211 GiB are free on the other hosts."),
        ({"overcommit": 1.0}, {"vcpus": 6}, "They have 6 vCPUs, and the other hosts take 2 more."),
        ({}, {"cpu_reservation_mhz": 5000.0}, "They reserve 5,000 MHz, and 3,000 are left on the other hosts."),
    ],
)
def test_that_it_says_what_the_other_hosts_have_too_little_of(
    of_host: dict[str, float], of_vm: dict[str, float], said: str
) -> None:
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    cluster = edit.place(project, "cluster", zone)
    for _ in range(2):
        given = {"cores": 8, "mhz": 1000.0, "ram_mib": 16384.0, "overcommit": 4.0, **of_host}
        host = edit.place(project, "host", zone, **given)
        edit.connect(project, "in_cluster", host, cluster)
        edit.place(project, "vm", host, **{"ram_mib": 1024.0, "vcpus": 2, "recovery": "cluster", **of_vm})
    (finding,) = (one for one in findings_of(project, CHECKS) if one.check == "REL-03")
    assert finding.detail == said


def test_that_hosts_are_added_beside_a_full_rack_until_the_loss_of_one_leaves_room() -> None:
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    cluster = edit.place(project, "cluster", zone)
    rack = edit.place(project, "rack", edit.place(project, "data_center", zone), units_u=4)
    hosts = [edit.place(project, "host", rack, cores=8, ram_mib=16384.0, size_u=2) for _ in range(2)]
    for host in hosts:
        edit.connect(project, "in_cluster", host, cluster)
        for _ in range(2):
            edit.place(project, "vm", host, ram_mib=7000.0, vcpus=2, recovery="cluster")
    (finding,) = (one for one in findings_of(project, CHECKS) if one.check == "REL-03")
    fix = next(check.fix for check in CHECKS if check.id == "REL-03")
    assert fix is not None
    fix.run(project, finding)
    assert not [one for one in findings_of(project, CHECKS) if one.check in ("REL-03", "RUL-01")]
    (new,) = set(project.sources(cluster, "in_cluster")) - set(hosts)
    assert project.elements[new].parent == project.elements[rack].parent
    assert (project.elements[new].ram_mib, project.children(new)) == (16384.0, [])  # type: ignore[attr-defined]
