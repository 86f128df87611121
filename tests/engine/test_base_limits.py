"""Replicas of databases that serve so many requests only: writes go to the primary, reads to those that are read."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from designer.engine import Constant, Domain, Queueing, Service, Simulation, Spec, TimedEvent, Vm, simulate
from designer.engine.state import keyframes
from designer.engine.tables.base_limits import BaseLimits
from designer.errors import SpecError

ZONES, NETS, DB, SHOP, PAGES, NEWS = (1, 2, 3), (4, 5, 6), 7, 50, 51, 52
WRITES, READS = {"through": ((DB,),)}, {"reads": (DB,)}


def world(*events: tuple[float, str, int], most: float = 100.0, replicas: tuple[int, ...] = NETS) -> Spec:
    """A shop that writes 150 requests a second, pages and news that read 150 and 90, from a database in three zones."""
    places = [Domain(zone, 0, "zone") for zone in ZONES]
    places += [Domain(net, zone, "subnet") for net, zone in zip(NETS, ZONES)]
    places += [Domain(DB, 0, "database", "orders", replicas=replicas, failover_s=60.0, replica_rps=most)]
    services = [
        Service(SHOP, Constant(150.0), 1.0, "shop", **WRITES), Service(PAGES, Constant(150.0), 1.0, "pages", **READS),
        Service(NEWS, Constant(90.0), 1.0, "news", **READS),
    ]  # fmt: skip
    vms = [Vm(20 + n, ZONES[2], 1, 1000.0, 64.0, service=service.id) for n, service in enumerate(services)]
    told = [TimedEvent(time_s, what, i) for time_s, what, i in events]  # type: ignore[arg-type]
    return Spec(places, (), vms, services, events=told, until_s=3600.0, sample_s=600.0)


def test_that_replicas_serve_so_many_and_the_rest_is_dropped_with_its_reason() -> None:
    """Writes: 100 of 150. Reads of two standbys: 200 of 240; of one, from 1,200 s on: 100. When only the primary is
    left, from 2,400 s on, it has 100 for 390 requests.
    """
    result = simulate(world((1200.0, "fail", NETS[1]), (2400.0, "fail", NETS[2])))
    both, alone = 100.0 / 240.0, 100.0 / 390.0
    served = np.array([[100.0, 125.0, 75.0]] * 2 + [[100.0, 150 * both, 90 * both]] * 2 + [[150.0, 150.0, 90.0]] * 2)
    served[4:] *= alone
    assert result.served_rps == pytest.approx(served)
    assert result.asked_rps == pytest.approx(np.array([[150.0, 150.0, 90.0]] * 6))
    why = "a replica of orders serves 100 a second at most"
    assert [(e.id, e.detail, e.value) for e in result.log if e.what == "dropping"] == [
        (SHOP, why, 50.0), (PAGES, why, pytest.approx(25.0)), (NEWS, why, pytest.approx(15.0)),
    ]  # fmt: skip
    loads = {load.place: (load.writes[0] / 600.0, load.reads[0] / 600.0) for load in result.databases.replicas}
    assert loads == {NETS[0]: (100.0, 0.0), NETS[1]: (0.0, pytest.approx(100.0)), NETS[2]: (0.0, pytest.approx(100.0))}


def test_that_a_limit_that_nobody_reaches_changes_nothing() -> None:
    free, wide = (
        simulate(world((900.0, "fail", NETS[0]), most=0.0)),
        simulate(world((900.0, "fail", NETS[0]), most=390.0)),
    )
    assert np.array_equal(free.served_rps, wide.served_rps)
    assert [(e.time_s, e.what, e.id, e.detail) for e in free.log] == [
        (e.time_s, e.what, e.id, e.detail) for e in wide.log
    ]


def test_that_slices_branches_and_saved_runs_hold_it_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST_STRIDE", 1)
    spec = world((700.0, "fail", NETS[0]), (1250.0, "fail", NETS[1]), (2100.0, "recover", NETS[0]))
    whole, run = simulate(spec), Simulation(spec)
    for time_s in (300.0, 710.0, 1300.0, 2222.0, 3600.0):
        run.advance(time_s)
        run.moment(time_s / 2.0)
    assert run.result().digest() == whole.digest()
    for time_s in (650.0, 730.0, 1900.0):
        branch = run.branch(time_s)
        for event in spec.events:
            if event.time_s > time_s:
                branch.inject(event)
        branch.advance(3600.0)
        assert branch.result().digest() == whole.digest()
    again = Simulation.revived(spec, run.columns(), spec.events, 3600.0, None)
    for time_s in (500.0, 1000.0, 1400.0, 3000.0):
        assert np.array_equal(again.moment(time_s).used, run.moment(time_s).used, equal_nan=True)


def test_that_what_passes_is_what_one_request_after_the_other_would_find() -> None:
    dice, limits = random.Random(4), BaseLimits(world())
    for _ in range(200):
        writer, readers = dice.choice([-1, 0, 1, 2]), dice.randrange(8)
        limits.hold({DB: (writer, readers)})
        asked = np.array([[dice.choice([0.0, 40.0, 300.0])] for _ in range(3)])
        shop, pages, news = (float(row[0]) for row in asked)
        read = [place for place in range(3) if readers >> place & 1]
        if read == [writer]:
            part = min(1.0, 100.0 / max(shop + pages + news, 1e-9))
            found = [part * shop, part * pages, part * news]
        else:
            write, reads = min(1.0, 100.0 / max(shop, 1e-9)), min(1.0, 100.0 * len(read) / max(pages + news, 1e-9))
            found = [shop * (write if writer >= 0 else 1.0), *(one * (reads if read else 1.0) for one in (pages, news))]
        assert limits.through(asked)[:, 0].tolist() == pytest.approx(found)


def test_that_a_limit_without_meaning_or_with_clients_who_wait_is_refused() -> None:
    with pytest.raises(SpecError, match="replica_rps must be a number from 0 on"):
        simulate(world(most=float("nan")))
    spec = world()
    queued = replace(spec.services[1], queueing=Queueing(waiting=5.0))
    with pytest.raises(SpecError, match="A replica of orders serves a limited number of requests"):
        simulate(replace(spec, services=[spec.services[0], queued, spec.services[2]]))
