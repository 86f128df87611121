"""The few moves that help most: found, refused where a host is full or a rule forbids it, made and undone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.cli import main
from designer.commands import edit
from designer.commands.sizing.applying import rebalance as make_moves
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.sizing.moves import Rebalance
from designer.study.sizing.rebalance import rebalance

VM = {"vcpus": 4, "mhz": 2000.0, "ram_mib": 8192.0, "load_frac": 1.0}


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """A cluster of a hot host with three VMs on 8 cores, and a cold one with none."""
    hall = edit.place(project, "data_center", edit.place(project, "zone", edit.place(project, "region")))
    ids = {"hall": hall, "cluster": edit.place(project, "cluster", hall)}
    for name in ("hot", "cold"):
        ids[name] = edit.place(
            project, "host", hall, name=name, cores=8, mhz=2000.0, threads_per_core=1, ram_mib=65536.0,
            overcommit=4.0, cpu_overhead_frac=0.0, host_os_cpu_frac=0.0,
        )  # fmt: skip
        edit.connect(project, "in_cluster", ids[name], ids["cluster"])
    for n in range(3):
        ids[f"v{n}"] = edit.place(project, "vm", ids["hot"], name=f"v{n}", **VM)
    return ids


def told(found: Rebalance) -> list[tuple[str, str, str]]:
    """The moves by name."""
    return [(move.name, move.target.name, move.purpose) for move in found.moves]


def test_that_a_hot_host_gives_a_vm_to_a_cold_one_in_one_step_of_undo(project: Project, ids: dict[str, int]) -> None:
    loads = {ids["v0"]: 1.0, ids["v1"]: 1.0, ids["v2"]: 0.5}
    found = rebalance(project, loads)
    assert told(found) == [("v0", "cold", "cpu")] and not found.more
    (move,) = found.moves
    assert (move.source.cpu, move.source.cpu_after) == (pytest.approx(1.25), pytest.approx(0.75))
    assert (move.target.cpu, move.target.cpu_after) == (0.0, pytest.approx(0.5))
    assert move.source.ram > move.source.ram_after > 0.0 == move.target.ram
    assert move.why == "hot is asked for 125% of its CPU, then for 75%"
    assert project.elements[ids["v0"]].__dict__["parent"] == ids["hot"]  # the search changes nothing
    make_moves(project, found.places)
    assert project.elements[ids["v0"]].__dict__["parent"] == ids["cold"]
    assert rebalance(project, loads) == Rebalance()  # nothing is left to do
    assert project.undo() and project.elements[ids["v0"]].__dict__["parent"] == ids["hot"]
    edit.change(project, [ids["v0"]], {"locked": True})
    assert told(rebalance(project, loads)) == [("v1", "cold", "cpu")]


def test_that_the_command_tells_the_moves_of_a_saved_run(project: Project, ids: dict[str, int], tmp_path: Path) -> None:
    edit.change(project, [project.root.id], {"until_h": 0.25})
    path, out = tmp_path / "one.clouddesign", tmp_path / "two.clouddesign"
    project_file.save(path, project.rows())

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, [*words])
        return done.exit_code, done.output

    assert run("rebalance", str(path))[0] == 3  # no run is saved
    assert run("simulate", str(path), "--save", "day", "--quiet")[0] == 0
    assert run("rebalance", str(path)) == (
        0, "v0: hot -> cold: hot is asked for 150% of its CPU, then for 100%\n"
           "1 move, by what VMs ask for 95% of the time; no other helps\n",
    )  # fmt: skip
    code, told = run("rebalance", str(path), "--json", "--apply", str(out))
    (move,) = json.loads(told.partition("\n}")[0] + "\n}")["moves"]
    assert code == 0 and (move["name"], move["target"]["name"], move["purpose"]) == ("v0", "cold", "cpu")
    there = {row.id: row for row in project_file.load(out).rows}
    assert there[ids["v0"]].__dict__["parent"] == ids["cold"]
    assert run("rebalance", str(path), "--moves", "0")[0] == 2


def test_that_no_host_takes_what_has_no_room_or_what_a_rule_keeps_away(project: Project, ids: dict[str, int]) -> None:
    loads = {ids[f"v{n}"]: 1.0 for n in range(3)}
    other = edit.place(project, "vm", ids["cold"], name="other", **{**VM, "load_frac": 0.0, "ram_mib": 60000.0})
    loads[other] = 0.01
    assert rebalance(project, loads).moves == ()  # the cold host has CPU, and no memory
    edit.change(project, [other], {"ram_mib": 1024.0})
    rule = edit.place(project, "affinity_rule", ids["hall"], name="apart", wants="apart", strict=True, level="host")
    for vm in (ids["v0"], other):
        edit.connect(project, "ruled_by", vm, rule)
    assert told(rebalance(project, loads, 1)) == [("v1", "cold", "cpu")]
    edit.change(project, [ids["cluster"]], {"admission": "failover_hosts"})
    edit.change(project, [ids["cold"]], {"failover_host": True})
    assert rebalance(project, loads).moves == ()  # it is kept free for restarts
    edit.change(project, [ids["cluster"]], {"admission": "none"})
    assert told(rebalance(project, loads, 1)) == [("v1", "cold", "cpu")]
    for vm in ("v1", "v2"):
        edit.connect(project, "pinned_to", ids[vm], ids["hot"])
    assert rebalance(project, loads).moves == ()


def test_that_replicas_part_and_loads_even_out_where_nothing_is_missing(project: Project, ids: dict[str, int]) -> None:
    shop = edit.place(project, "service", name="shop", clients="inside")
    for vm in ("v1", "v2"):
        edit.connect(project, "member", ids[vm], shop)
    found = rebalance(project, {ids["v0"]: 0.4, ids["v1"]: 0.01, ids["v2"]: 0.01})
    assert [(move.purpose, move.shared) for move in found.moves] == [("apart", ("shop",))]
    assert found.moves[0].why == "2 VMs of shop stand on hot, then 1"
    first = rebalance(project, {ids["v0"]: 0.4, ids["v1"]: 0.01, ids["v2"]: 0.3}, 1)
    assert told(first) == [("v2", "cold", "apart")] and not first.more
    edit.delete(project, [shop])
    assert told(rebalance(project, {ids["v0"]: 0.4, ids["v1"]: 0.3, ids["v2"]: 0.3})) == [("v0", "cold", "even")]
    edit.change(project, [ids["hot"]], {"memory_rule": "kvm", "ram_overcommit": 2.0, "ram_mib": 20480.0})
    assert told(rebalance(project, dict.fromkeys((ids[f"v{n}"] for n in range(3)), 0.01)))[0][1:] == ("cold", "memory")
