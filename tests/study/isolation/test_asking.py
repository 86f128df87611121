"""What is asked about noisy neighbors: one question of a purpose at a time; answers of the engine's process; words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine.result.losses import Losses
from designer.model.project import Project
from designer.study.engine_process import EngineHost
from designer.study.isolation.neighbors import Neighbors, Question
from designer.study.isolation.table import losing_now, losing_words, percent, ranked, rows_of
from designer.study.run import Run
from designer.study.states import RunState
from tests.waiting import until


def losses(*rows: tuple[int, int, int, float]) -> Losses:
    victims, takers, hosts = (np.array([row[n] for row in rows], np.int64) for n in range(3))
    mhz_s = np.array([row[3] for row in rows])
    return Losses(0.0, 1.0, victims, takers, hosts, mhz_s, mhz_s / 1000.0, mhz_s / 500.0)


def test_that_a_question_is_asked_once_until_it_is_answered() -> None:
    orders: list[Any] = []
    neighbors = Neighbors(lambda *order: bool(orders.append(order)) or True)
    first, later, other = (Question("form", 0.0, end_s, (who,)) for end_s, who in ((1.0, 7), (2.0, 7), (2.0, 8)))
    assert [neighbors.lost(first), neighbors.lost(first), neighbors.lost(later)] == [None, None, None]
    assert orders == [("isolation", first)]
    neighbors.take(first, found := losses((7, 9, 1, 5.0)))
    assert neighbors.lost(first) is found and len(orders) == 1
    assert neighbors.lost(later) is found, "until the newer one is answered"
    assert orders[1:] == [("isolation", later)]
    assert neighbors.lost(other) is None
    assert orders[2:] == [("isolation", other)], "another VM need not wait"
    neighbors.forget()
    assert neighbors.lost(later) is None and len(orders) == 4


def test_that_losses_are_ranked_by_taker_and_by_host() -> None:
    found = losses((7, 8, 1, 5.0), (7, 8, 2, 4.0), (7, 2, 2, 8.0), (8, 7, 1, 1.0))
    assert found.of(7) == [(8, pytest.approx(0.009)), (2, pytest.approx(0.008))]
    assert found.by(2) == [(2, pytest.approx(0.016)), (8, pytest.approx(0.008))]
    assert ranked(found.by(2), found.hosts.tolist(), str)[0][0] == "migrations of 2"


def test_that_rows_say_victim_and_taker_the_largest_part_of_a_cpu_first() -> None:
    rows = rows_of(losses((7, 8, 1, 100.0), (7, 1, 1, 300.0), (8, 7, 1, 50.0)), lambda i: f"vm-{i}", 2)
    assert [(row.id, row.name) for row in rows] == [(7, "vm-7 to migrations of vm-1"), (7, "vm-7 to vm-8")]
    assert rows[0].values["Of its CPU"] == (pytest.approx(0.3), "fraction")
    assert rows[0].values["Of its steal"] == (pytest.approx(0.75), "fraction")
    assert rows[0].values["Steal, sum of vCPUs"] == (pytest.approx(0.6), "s")


def test_that_words_name_three_and_count_the_others() -> None:
    assert losing_words([]) == ""
    assert losing_words([("db", 0.08), ("batch", 0.04)]) == "loses 12% to db (8.0%), batch (4.0%)"
    many = [(f"vm-{n}", 0.01) for n in range(5)]
    assert losing_words(many) == "loses 5.0% to vm-0 (1.0%), vm-1 (1.0%), vm-2 (1.0%), 2 others"
    assert [percent(0.0994), percent(0.0996), percent(1.0)] == ["9.9%", "10%", "100%"]


def test_that_the_process_answers_beside_a_run_and_says_nothing_unasked(engine: EngineHost) -> None:
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone, cores=2, threads_per_core=1, mhz=1000.0, sharing="max_min",
                      cpu_overhead_frac=0.0)  # fmt: skip
    db, batch = (edit.place(project, "vm", host, name=n, vcpus=2, mhz=1000.0, load_frac=1.0) for n in ("db", "batch"))
    run = Run(project, engine, until_s=3600.0)
    run.speed = float("inf")
    run.start()
    until(lambda: run.poll() and run.state is RunState.FINISHED and bool(run.digest))
    whole = Question("table", 0.0, 3600.0)
    assert run.neighbors.lost(whole) is None
    until(lambda: run.poll() and run.neighbors.lost(whole))
    found = run.neighbors.lost(whole)
    assert found is not None
    assert sorted(zip(found.victims.tolist(), found.takers.tolist())) == sorted([(db, batch), (batch, db)])
    assert found.frac == pytest.approx([0.5, 0.5])
    run.scrub(600.0)
    until(lambda: run.poll() and run.view.frame is not None and run.view.frame.time_s == 600.0)
    until(lambda: run.poll() or losing_now(run.view, run.neighbors, db))
    until(lambda: run.poll() or losing_now(run.view, run.neighbors, db))
    assert losing_now(run.view, run.neighbors, db) == "loses 50% to batch (50%)"
    run.fail_now([batch])
    until(lambda: run.poll() and run.state is RunState.FINISHED and bool(run.digest))
    assert run.neighbors.lost(whole) is None, "the answer was of another past"
    until(lambda: run.poll() and run.neighbors.lost(whole))
    run.dispose()
