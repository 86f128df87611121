"""The packing of a design: which VMs go onto which hosts, by their rules, and the answer in words."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.cli import main
from designer.commands import edit
from designer.model.element import id_text
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.fewest.answer import as_lines, rows, sentence
from designer.study.fewest.design import hosts_in, problem_of
from designer.study.fewest.problem import Problem
from designer.study.fewest.solver import fewest
from tests import copies

GIB = 1024.0


def site(*gibs: float, hosts: int = 5, **fields: object) -> tuple[Project, list[int], list[int]]:
    """Hosts of 32 GiB in a zone; a VM of each size, all on the first host, which has more memory to begin with."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    made = [edit.place(project, "host", zone, name=f"h{n}", ram_mib=32 * GIB, cores=64, **fields) for n in range(hosts)]
    vms = [edit.place(project, "vm", made[n % hosts], name=f"vm-{n}", vcpus=1, ram_mib=gib * GIB)
           for n, gib in enumerate(gibs)]  # fmt: skip
    return project, made, vms


def problem(project: Project) -> Problem:
    return problem_of(project, hosts_in(project))


GIBS = (20.0, 20.0, 16.0, 10.0, 6.0, 6.0, 6.0, 6.0, 6.0)


def test_that_the_vms_of_a_design_are_packed_and_the_answer_is_told() -> None:
    project, *_ = site(*GIBS)
    given = problem(project)
    found = fewest(given)
    assert rows(found) == [
        ("Now", "5"), ("First fit", "4"), ("Best fit", "4"), ("Worst fit", "3"), ("Optimum", "3"), ("Bound", "3"),
    ]  # fmt: skip
    assert sentence(given, found) == "3 of 5 hosts are enough for 9 VMs; fewer are not. What binds: memory."
    assert as_lines(given, found)[0] == "Now                    5"


def test_that_the_overhead_of_a_hypervisor_and_its_limits_count() -> None:
    project, *_ = site(16.0, 16.0, 16.0, 16.0)
    assert fewest(problem(project)).best == 2
    project, *_ = site(16.0, 16.0, 16.0, 16.0, vm_ram_base_mib=1.0)
    assert fewest(problem(project)).best == 4
    project, hosts, _ = site(1.0, 1.0, 1.0, 1.0)
    edit.change(project, hosts, {"cores": 2, "overcommit": 1.0})
    assert fewest(problem(project)).best == 2


def test_that_what_does_not_run_takes_no_room() -> None:
    project, _, vms = site(20.0, 20.0, 20.0)
    edit.change(project, vms[:1], {"powered_on": False})
    edit.change(project, vms[1:2], {"template": True})
    assert fewest(problem(project)).best == 1


def test_that_rules_and_pins_of_a_design_are_asked() -> None:
    project, hosts, vms = site(20.0, 10.0, 6.0, 6.0, 6.0)
    assert fewest(problem(project)).best == 2
    region = project.of_kind("region")[0].id
    near = edit.place(project, "affinity_rule", region, wants="together")
    for vm in vms[2:]:
        edit.connect(project, "ruled_by", vm, near)
    assert [len(item.vms) for item in problem(project).items] == [1, 1, 3]
    far = edit.place(project, "affinity_rule", region, name="racks", level="rack")
    for vm in vms[:3]:
        edit.connect(project, "ruled_by", vm, far)
    given = problem(project)
    assert fewest(given).best == 3
    assert given.notes == ("Rules by rack and zone are asked by host only: racks.",)
    edit.change(project, [near, far], {"strict": False})
    edit.connect(project, "pinned_to", vms[1], hosts[1])
    given = problem(project)
    packing = fewest(given).packing
    at = {vm: given.bins[host].id for host, items in packing.on.items() for n in items for vm in given.items[n].vms}
    assert at[vms[1]] == hosts[1]


def test_that_a_spread_group_is_asked_by_host_and_what_is_not_asked_is_told() -> None:
    project, _, vms = site(6.0, 6.0, 6.0)
    region = project.of_kind("region")[0].id
    spread, near = (edit.place(project, "placement_group", region, name=n, strategy=n) for n in ("spread", "cluster"))
    row = edit.place(project, "affinity_rule", region, name="row", level="rack", wants="together")
    for vm in vms[:2]:
        edit.connect(project, "placed_by", vm, spread)
        edit.connect(project, "ruled_by", vm, row)
    given = problem(project)
    assert fewest(given).best == 2
    assert given.notes == ("Rules by rack and zone are asked by host only: spread.", "Rules that are not asked: row.")
    edit.connect(project, "placed_by", vms[2], near)
    assert problem(project).notes[1] == "Rules that are not asked: cluster, row."


def test_that_only_the_hosts_of_the_selection_count() -> None:
    project, hosts, vms = site(10.0, 10.0, 10.0)
    given = problem_of(project, hosts_in(project, hosts[:2]))
    assert ([host.id for host in given.bins], [item.vms for item in given.items]) == (hosts[:2], [(vms[0],), (vms[1],)])


def test_that_the_command_line_says_the_same(tmp_path: Path) -> None:
    project, _, vms = site(*GIBS)
    file = tmp_path / "few.clouddesign"
    project_file.save(file, project.rows())
    done = CliRunner().invoke(main, ["fewest-hosts", str(file)])
    assert done.exit_code == 0
    assert done.output.splitlines()[-1] == "3 of 5 hosts are enough for 9 VMs; fewer are not. What binds: memory."
    found = json.loads(CliRunner().invoke(main, ["fewest-hosts", str(file), "--json"]).output)
    assert (found["hosts"], found["best"], found["bound"], found["proven"]) == (5, 3, 3, True)
    assert found["policies"] == {"first fit": 4, "best fit": 4, "worst fit": 3}
    assert sorted(vm for on in found["packing"].values() for vm in on) == sorted(map(id_text, vms))
    some = CliRunner().invoke(main, ["fewest-hosts", str(file), "--in", "h0", "--in", "h1"])
    assert some.output.splitlines()[0].split() == ["Now", "2"]


def test_that_a_process_prints_the_answer_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "few.clouddesign"
    project_file.save(file, site(17.0, 17.0, 17.0)[0].rows())  # memory alone would allow two: it must search
    done = copies.run("-m", "designer", "fewest-hosts", file, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["best"], found["bounds"]["memory"], found["proven"]) == (3, 2, True)


def test_that_the_command_line_says_why_there_is_no_answer(tmp_path: Path) -> None:
    project, hosts, _ = site(20.0)
    edit.change(project, hosts, {"ram_mib": 8 * GIB})
    file = tmp_path / "none.clouddesign"
    project_file.save(file, project.rows())
    done = CliRunner().invoke(main, ["fewest-hosts", str(file)])
    assert (done.exit_code, done.stderr) == (1, "cloud-designer: vm-0 fits on no host.\n")
    done = CliRunner().invoke(main, ["fewest-hosts", str(file), "--in", "nobody"])
    assert (done.exit_code, done.stderr) == (2, "cloud-designer: There is no element named nobody.\n")
    assert CliRunner().invoke(main, ["fewest-hosts", str(tmp_path / "gone.clouddesign")]).exit_code == 3
