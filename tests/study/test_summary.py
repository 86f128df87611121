"""The table of a run: what is not known of a place is not summed up as if it were."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from designer.engine import Application, Constant, Credits, Domain, Group, Host, Spec, TimedEvent, Vm, simulate
from designer.study.series import SeriesReader
from designer.study.summary import SummaryRow, VmFigures, summarize

DOMAINS = [Domain(1, 0, "region", "r"), Domain(2, 1, "zone", "own"), Domain(3, 1, "zone", "rented"),
           Domain(4, 3, "subnet", "net")]  # fmt: skip


def rows(**more: Any) -> dict[str, SummaryRow]:
    """A run of one host in one zone and the provider's capacity in the other, by name."""
    host = Host(10, 2, 4, 1000.0, 64.0, name="h", power_w=(100.0, 200.0))
    vms = [Vm(20, 10, 1, 1000.0, 1.0, Constant(0.5)), *more.pop("vms", ())]
    spec = Spec(DOMAINS, [host], vms, until_s=3600.0, sample_s=600.0, **more)
    series = SeriesReader(spec).read(simulate(spec).store)
    return {row.name: row for row in summarize(series, spec, None, {})}


def energies(found: dict[str, SummaryRow]) -> dict[str, tuple[str, float]]:
    return {
        name: next((title, value[0]) for title, value in row.values.items() if title.startswith("Energy"))
        for name, row in found.items()
    }


def test_that_the_energy_of_a_place_is_that_of_its_hosts_where_a_part_of_it_is_rented() -> None:
    found = energies(rows(vms=[Vm(21, 4, 1, 1000.0, 1.0, Constant(0.5))]))
    assert found["r"] == found["Whole design"] == ("Energy of hosts", pytest.approx(112.5))
    assert found["own"] == found["h"] == ("Energy", pytest.approx(112.5))
    assert found["rented"][0] == found["net"][0] == "Energy"
    assert math.isnan(found["rented"][1]) and math.isnan(found["net"][1])


def test_that_all_is_known_where_all_stands_on_hosts() -> None:
    found = energies(rows())
    assert found["r"] == found["Whole design"] == ("Energy", pytest.approx(112.5))


def test_that_the_watts_of_what_a_group_may_launch_are_not_known_either() -> None:
    group = Group(50, 0, 1, 2, (4,), Vm(60, 4, 1, 1000.0, 1.0), "g")
    found = energies(rows(groups=[group]))
    assert found["r"][0] == found["Whole design"][0] == "Energy of hosts"


def test_that_a_host_that_nobody_tells_the_watts_of_makes_a_place_known_in_part() -> None:
    hosts = [Host(10, 2, 4, 1000.0, 64.0, name="own", power_w=(100.0, 200.0)),
             Host(11, 3, 4, 1000.0, 64.0, name="hired")]  # fmt: skip
    vms = [Vm(20, 10, 1, 1000.0, 1.0, Constant(0.5)), Vm(21, 11, 1, 1000.0, 1.0, Constant(0.5))]
    spec = Spec(DOMAINS, hosts, vms, until_s=3600.0, sample_s=600.0)
    result = simulate(spec)
    series = SeriesReader(spec).read(result.store)
    found = energies({row.name: row for row in summarize(series, spec, None, {})})
    assert found["r"] == found["Whole design"] == ("Energy of hosts", pytest.approx(112.5))
    assert math.isnan(found["rented"][1]) and math.isnan(found["hired"][1])
    assert result.total_energy_wh == pytest.approx(112.5)
    assert np.isnan(result.energy_wh[result.ids == 11]).all()


def test_that_down_counts_what_should_run_and_not_what_is_off() -> None:
    app = Application(31, 1, 1000.0, Constant(0.1), name="app")
    vms = [
        Vm(20, 10, 1, 1000.0, 1.0, Constant(0.5), name="runs", apps=(app,)),
        Vm(21, 10, 1, 1000.0, 1.0, Constant(0.5), name="off", powered_on=False),
        Vm(22, 10, 1, 1000.0, 999.0, Constant(0.5), name="refused"),
    ]
    host = Host(10, 2, 4, 1000.0, 64.0, name="h", power_w=(100.0, 200.0))
    events = (TimedEvent(600.0, "fail", 10), TimedEvent(900.0, "recover", 10))
    spec = Spec(DOMAINS, [host], vms, until_s=3600.0, sample_s=600.0, events=events)
    result = simulate(spec)
    names = {20: "runs", 21: "off", 22: "refused", 31: "app"}
    found = summarize(SeriesReader(spec).read(result.store), spec, VmFigures.of(result), names).of_kinds(["vm"])
    down = {row.name: row.values["Down"][0] for row in found}
    assert down == {"runs": 390.0, "off": 0.0, "refused": 3600.0, "app": 390.0}


def test_that_the_table_says_what_credits_a_vm_has_and_when_they_were_gone() -> None:
    vms = [
        Vm(20, 3, 2, 1000.0, 1.0, Constant(0.5), name="t", credits=Credits(6.0, 144.0, balance=27.0)),
        Vm(21, 3, 2, 1000.0, 1.0, Constant(1.0), name="u", credits=Credits(6.0, 9.0, unlimited=True)),
        Vm(22, 3, 2, 1000.0, 1.0, Constant(0.5), name="m"),
    ]
    spec = Spec(DOMAINS, vms=vms, until_s=3600.0, sample_s=600.0)
    result = simulate(spec)
    names = {vm.id: vm.name for vm in vms}
    found = summarize(SeriesReader(spec).read(result.store), spec, VmFigures.of(result), names).of_kinds({"vm"})
    t, u, m = (row.values for row in found)
    assert (t["CPU credits"], t["Credits used up after"]) == ((0.0, ""), (pytest.approx(1800.0), "s"))
    assert (u["Surplus credits"], u["Credits charged"]) == ((9.0, ""), (pytest.approx(105.0), ""))
    assert u["Price of credits charged"] == (pytest.approx(105.0 / 60.0 * 0.05), "USD")
    assert not any("redit" in title for title in m)


def test_that_a_reader_says_what_a_vm_has_at_a_moment() -> None:
    vm = Vm(20, 3, 2, 1000.0, 1.0, Constant(0.5), name="t", credits=Credits(6.0, 144.0, balance=27.0))
    spec = Spec(DOMAINS, vms=[vm, Vm(21, 3, 2, 1000.0, 1.0)], until_s=3600.0, sample_s=600.0)
    store, reader = simulate(spec).store, SeriesReader(spec)
    said = [reader.credits_of(store, 20, time_s) for time_s in (0.0, 600.0, 1700.0, 3600.0)]
    assert said == [None, (pytest.approx(18.0), 0.0), (pytest.approx(9.0), 0.0), (0.0, 0.0)]
    assert reader.credits_of(store, 21, 3600.0) is None
