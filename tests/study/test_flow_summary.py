"""The table of a run tells how full what limits disks and the network is, and what VMs got of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.engine import Application, Constant, Domain, Flow, Group, Host, Limit, Service, Spec, Vm, simulate
from designer.study.series import SeriesReader
from designer.study.story import Story
from designer.study.summary import VmFigures, summarize

ZONE, OTHER, DISK, HOST, A, B, LINK = 1, 2, 3, 10, 20, 21, 90


def spec() -> Spec:
    """A VM that reads from a volume and sends to a VM in another zone, over the NIC of its host and a link."""
    return Spec(
        domains=[Domain(ZONE, 0, "zone", "a"), Domain(OTHER, 0, "zone", "b"), Domain(DISK, ZONE, "volume", "data")],
        hosts=[Host(HOST, ZONE, 4, 1000.0, 65_536.0, "h")],
        vms=[Vm(A, HOST, 2, 1000.0, 64.0, Constant(0.5), "web"), Vm(B, OTHER, 2, 1000.0, 64.0, Constant(0.5), "far")],
        limits=[
            Limit(DISK, "iops", 100.0, 400.0, 180_000.0, name="data"), Limit(HOST, "mbps", 800.0, way="out", name="h"),
            Limit(LINK, "mbps", 200.0, between=(ZONE, OTHER), name="a – b"),
        ],
        flows=[Flow(A, 400.0, DISK, 4.0, (DISK,)), Flow(A, 400.0, B)],
        until_s=1200.0,
        sample_s=600.0,
    )  # fmt: skip


def test_that_each_element_has_one_row_with_how_full_it_was() -> None:
    given = spec()
    result = simulate(given)
    table = summarize(SeriesReader(given).read(result.store), given, VmFigures.of(result), {A: "web", B: "far"})
    ids = [row.id for row in table]
    assert len(ids) == len(set(ids))
    rows = {row.id: row.values for row in table}
    kinds = {row.id: (row.kind, row.name) for row in table}
    assert (kinds[DISK], kinds[HOST], kinds[LINK]) == (("volume", "data"), ("host", "h"), ("link", "a – b"))
    assert rows[DISK]["IOPS, mean"] == (pytest.approx(1.0), "fraction")
    assert rows[HOST]["Network out, mean"] == (pytest.approx(0.25), "fraction")
    assert "CPU, mean" in rows[HOST]
    assert rows[LINK]["Network, most"] == (pytest.approx(1.0), "fraction")
    # 400 IOPS while 180,000 credits last, 600 s, then 100: the link lets it do half of its work, later a quarter.
    assert rows[A]["Disk asked for, mean"] == (pytest.approx(400.0), "IOPS")
    assert rows[A]["Disk served, mean"] == (pytest.approx(250.0), "IOPS")
    assert rows[A]["Network served, mean"] == (pytest.approx(200.0), "Mbit/s")
    assert rows[A]["Sent to other zones"] == (pytest.approx(200.0 * 1200 / 8000), "GB")
    assert rows[A]["Waiting, mean"] == (pytest.approx(0.5 * (0.5 + 0.75) / 2), "fraction")
    assert "Disk asked for, mean" not in rows[B]


def test_that_the_log_says_what_is_waited_for_in_sentences() -> None:
    given = spec()
    told = [(row.time_s, row.text, row.detail) for row in Story(given).tell(simulate(given).log)]
    assert told == [
        (0.0, "web waits for the network of a – b", "it does 50% of its work"),
        (600.0, "data has used up its burst balance", "100 IOPS are left"),
        (600.0, "web waits for the IOPS of data", "it does 25% of its work"),
    ]


def test_that_a_run_without_flows_has_no_rows_of_limits() -> None:
    given = Spec(hosts=spec().hosts, domains=spec().domains, limits=spec().limits, until_s=600.0)
    result = simulate(given)
    table = summarize(SeriesReader(given).read(result.store), given, VmFigures.of(result), {})
    assert {row.kind for row in table} == {"design", "zone", "host"}
    assert not any("Network" in title or "IOPS" in title for row in table for title in row.values)


def test_that_what_is_paid_for_is_summed_up_for_services_and_the_whole_design() -> None:
    given = spec()
    vms = [replace(given.vms[0], service=7), given.vms[1]]
    out = Flow(B, 80.0)
    shop = [Service(7, Constant(1.0), 1.0, "shop"), Service(8, Constant(0.0), 1.0, "idle")]
    given = replace(given, vms=vms, services=shop, flows=[*given.flows, out])
    result = simulate(given)
    table = summarize(SeriesReader(given).read(result.store), given, VmFigures.of(result), {A: "web", B: "far"})
    rows = {row.id: row.values for row in table}
    zones, internet = 200.0 * 1200 / 8000, 80.0 * 1200 / 8000
    assert rows[0]["Sent to other zones"] == (pytest.approx(zones), "GB")
    assert rows[0]["Sent to the internet"] == (pytest.approx(internet), "GB")
    assert rows[7]["Sent to other zones"] == (pytest.approx(zones), "GB")
    assert "Sent to the internet" not in rows[7]
    assert not [title for title in rows[8] if title.startswith("Sent")]


def test_that_what_applications_of_instances_send_is_that_of_their_service() -> None:
    app = Application(70, 1, 1000.0, Constant(0.5), service=7)
    template = Vm(50, ZONE, 1, 1000.0, 64.0, Constant(0.5), group=60, apps=(app,))
    given = Spec(
        domains=[Domain(ZONE, 0, "zone", "a")],
        services=[Service(7, Constant(1.0), 1.0, "shop")],
        groups=[Group(60, 1, 2, 3, (ZONE,), template)],
        flows=[Flow(70, 80.0)],
        until_s=1200.0,
        sample_s=600.0,
    )
    result = simulate(given)
    table = summarize(SeriesReader(given).read(result.store), given, VmFigures.of(result), {})
    rows = {row.id: row.values for row in table if row.kind in ("design", "service")}
    assert rows[0]["Sent to the internet"][0] > 0.0
    assert rows[7]["Sent to the internet"] == rows[0]["Sent to the internet"]
