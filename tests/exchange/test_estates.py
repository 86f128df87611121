"""Exports of other programs become designs that run; what was guessed, made up or left out is told."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.cli import main
from designer.commands.estates.placing import place
from designer.commands.estates.updating import apply, compare
from designer.errors import ImportFileError, RuleError
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.reading import read_estate
from designer.exchange.estate.report import write_report
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.store.exchange.dump import dump
from designer.store.file import project_file
from tests.estates import named, placed, remarks, written

Tables = Mapping[str, Sequence[Sequence[Any]]]

VINFO = [
    ["VM", "Powerstate", "Template", "CPUs", "Memory", "Host", "Cluster", "Datacenter", "VM UUID"],
    ["web-1", "poweredOn", False, 2, "8,192", "esx-1", "prod", "Berlin", "u-1"],
    ["web-2", "poweredOff", "False", 4, 16384, "esx-2", "prod", "Berlin", "u-2"],
    ["gold", "poweredOff", "True", 2, 4096, "esx-2", "prod", "Berlin", "u-3"],
    ["", "", "", "", "", "", "", "", ""],
    ["lost", "poweredOn", False, 6, 32768, "esx-9", "prod", "Berlin", "u-4"],
    ["ghost", "poweredOff", False, 0, 0, "esx-1", "prod", "Berlin", "u-5"],
]
VHOST = [
    ["Host", "Datacenter", "Cluster", "Speed", "# CPU", "Cores per CPU", "# Cores", "# Memory", "HT Active"],
    ["esx-1", "Berlin", "prod", 2600, 2, 16, 32, 262144, True],
    ["esx-2", "Berlin", "prod", 2600, 2, 16, "", 262144, "False"],
]
VDATASTORE = [["Name", "Capacity MiB", "Hosts"], ["san-1", 1048576, "esx-1, esx-2"], ["odd", 1024, "nobody"]]
VDISK = [["VM", "Disk", "Capacity MiB", "Path"], ["web-1", "Hard disk 1", 20480, "[san-1] web-1/web-1.vmdk"],
         ["web-2", "Hard disk 1", 10240, ""], ["nobody", "Hard disk 1", 10240, ""]]  # fmt: skip
VCPU = [["VM", "Reservation", "Limit", "Level"], ["web-1", 1000, -1, "high"]]
TABS: Tables = {"vInfo": VINFO, "vHost": VHOST, "vDatastore": VDATASTORE, "vDisk": VDISK, "vCPU": VCPU}


def workbook(path: Path, tabs: Tables = TABS) -> Path:
    book = xlsxwriter.Workbook(str(path))
    for name, rows in tabs.items():
        sheet = book.add_worksheet(name)
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    book.close()
    return path


def tables(folder: Path, tabs: Tables = TABS, separator: str = ",") -> list[Path]:
    paths = []
    for name, rows in tabs.items():
        paths.append(folder / f"RVTools_tab{name}.csv")
        with paths[-1].open("w", newline="") as file:
            csv.writer(file, delimiter=separator).writerows(rows)
    return paths


def test_that_a_workbook_of_rvtools_becomes_a_design(tmp_path: Path) -> None:
    inventory = read_estate([workbook(tmp_path / "estate.xlsx")])
    assert inventory.counts == {"data_center": 1, "cluster": 1, "host": 3, "vm": 4, "datastore": 1, "volume": 1}
    project = placed(inventory)
    hosts, vms = named(project, "host"), named(project, "vm")
    one, two, made_up = (hosts[name].__dict__ for name in ("esx-1", "esx-2", "esx-9"))
    assert (one["cores"], one["mhz"], one["ram_mib"], one["threads_per_core"]) == (32, 2600.0, 262_144.0, 2)
    assert (one["hypervisor"], one["overcommit"], one["numa_nodes"]) == ("VMware ESXi", 0.0, 2)
    assert (two["cores"], two["threads_per_core"]) == (32, 1)  # 2 sockets of 16
    assert (made_up["cores"], made_up["ram_mib"]) == (8, 65_536.0)  # the least that holds 6 vCPUs and 32 GiB
    web = vms["web-1"].__dict__
    assert (web["vcpus"], web["ram_mib"], web["powered_on"], web["parent"]) == (2, 8192.0, True, one["id"])
    assert (web["cpu_reservation_mhz"], web["cpu_limit_mhz"], web["shares_level"]) == (1000.0, 0.0, "high")
    assert (web["foreign_id"], web["mhz"]) == ("u-1", 2600.0)
    assert not vms["web-2"].__dict__["powered_on"]
    assert vms["gold"].__dict__["template"]
    assert set(project.sources(named(project, "cluster")["prod"].id, "in_cluster")) == {
        row.id for row in hosts.values()
    }
    (disk,) = named(project, "volume").values()
    assert (disk.name, disk.size_gib, disk.type) == ("web-1 Hard disk 1", 20.0, "virtual_disk")
    assert project.targets(disk.id, "attached_to") == [web["id"]]
    assert project.elements[disk.parent].name == "san-1"


def test_that_what_was_guessed_made_up_and_left_out_is_told_and_written(tmp_path: Path) -> None:
    inventory = read_estate([workbook(tmp_path / "estate.xlsx")])
    said = remarks(inventory)
    assert said["Made up: VMs name a host that the export does not list."] == "esx-9"
    assert said["Left out: A VM without vCPUs or memory above 0, such as a placeholder."] == "ghost"
    assert said["Left out: A datastore that names no host of the export."] == "odd"
    assert said["Left out: A disk whose VM, size or datastore is not told."] == "web-2, nobody"
    write_report(tmp_path / "report.csv", [("Note", "=1+1", "@who"), *inventory.report()])
    rows = list(csv.reader((tmp_path / "report.csv").read_text("utf-8").splitlines()))
    assert rows[:2] == [["sort", "what", "who"], ["Note", "'=1+1", "'@who"]]
    assert len(rows) == 2 + len(said)


def test_that_vms_listed_twice_or_of_negative_size_are_told(tmp_path: Path) -> None:
    below = [
        ["less", "poweredOn", False, -2, 4096, "esx-1", "prod", "Berlin", "u-6"],
        [*VINFO[1][:5], "esx-2", *VINFO[1][6:]],
    ]
    inventory = read_estate([workbook(tmp_path / "estate.xlsx", {**TABS, "vInfo": [*VINFO, *below]})])
    said = remarks(inventory)
    assert said["Left out: A VM without vCPUs or memory above 0, such as a placeholder."] == "ghost, less"
    assert said["Left out: A VM that is listed twice; the first counts."] == "web-1"
    project = placed(inventory)
    assert project.elements[named(project, "vm")["web-1"].parent].name == "esx-1"


@pytest.mark.parametrize("separator", [",", ";"])
def test_that_the_csv_files_of_tabs_are_the_same_estate(tmp_path: Path, separator: str) -> None:
    of_tables = read_estate(tables(tmp_path, separator=separator))
    of_book = read_estate([workbook(tmp_path / "estate.xlsx")])
    assert of_tables.parts == of_book.parts
    assert of_tables.joins == of_book.joins


def test_that_a_datastore_of_thin_disks_holds_them(tmp_path: Path) -> None:
    small = [VDATASTORE[0], ["san-1", 10_240, "esx-1, esx-2"]]
    inventory = read_estate([workbook(tmp_path / "estate.xlsx", {**TABS, "vDatastore": small})])
    assert named(placed(inventory), "datastore")["san-1"].__dict__["capacity_gib"] == 20.0
    what = "Note: Its disks are thin and add to more than its capacity, which is raised to hold them."
    assert remarks(inventory)[what] == "san-1"


def test_that_the_command_makes_a_design_of_an_export_and_says_what_it_did(tmp_path: Path) -> None:
    files = [str(workbook(tmp_path / "estate.xlsx")), "-o", str(tmp_path / "estate.clouddesign")]
    done = CliRunner().invoke(main, ["import", *files, "--report", str(tmp_path / "report.csv")])
    assert done.exit_code == 0, done.output
    assert "estate.xlsx: 3 hosts, 4 VMs and 4 others." in done.output
    assert "Left out: A VM without vCPUs or memory above 0, such as a placeholder. ghost" in done.output
    assert (tmp_path / "report.csv").read_text("utf-8").count("Left out") == 3
    assert len(project_file.load(tmp_path / "estate.clouddesign").rows) > 11


def test_that_thousands_of_blank_rows_are_passed_over(tmp_path: Path) -> None:
    blank = [[""] * 9] * 3000
    inventory = read_estate([workbook(tmp_path / "estate.xlsx", {**TABS, "vInfo": [*VINFO[:2], *blank, *VINFO[2:]]})])
    assert inventory.count("vm") == 4


def test_that_a_cluster_of_proxmox_becomes_a_design(tmp_path: Path) -> None:
    gib = 2**30
    node = {"type": "node", "maxcpu": 16, "maxmem": 64 * gib, "status": "online"}
    guest = {"type": "qemu", "maxcpu": 4, "maxmem": 8 * gib, "status": "running", "template": 0}
    store = {"type": "storage", "maxdisk": 100 * gib, "content": "images", "shared": 1, "storage": "ceph"}
    value = {"data": [
        {**node, "id": "node/pve1", "node": "pve1"}, {**node, "id": "node/pve2", "node": "pve2"},
        {**guest, "id": "qemu/100", "name": "web", "node": "pve1"},
        {**guest, "id": "lxc/101", "type": "lxc", "name": "box", "node": "pve2", "status": "stopped", "maxcpu": 0.5},
        {**store, "id": "storage/pve1/ceph", "node": "pve1"}, {**store, "id": "storage/pve2/ceph", "node": "pve2"},
        {"type": "pool", "id": "/pool/x"},
    ]}  # fmt: skip
    inventory = read_estate([written(tmp_path / "cluster.json", value)])
    assert inventory.counts == {"data_center": 1, "host": 2, "cluster": 1, "vm": 2, "datastore": 1}
    project = placed(inventory)
    assert named(project, "cluster")["Proxmox cluster"].__dict__["rule"] == "proxmox"
    assert (named(project, "vm")["box"].__dict__["vcpus"], named(project, "vm")["box"].__dict__["powered_on"]) == (
        1,
        False,
    )
    assert named(project, "datastore")["ceph"].__dict__["capacity_gib"] == 100.0
    assert len(project.sources(named(project, "datastore")["ceph"].id, "sees")) == 2
    assert remarks(inventory)["Left out: Resources of Proxmox that a design does not hold."] == "pool /pool/x"


def test_that_answers_of_openstack_belong_together(tmp_path: Path) -> None:
    topology = {"cores": 16, "threads": 2, "sockets": 2}
    host = {"hypervisor_hostname": "c1", "vcpus": 64, "memory_mb": 131_072, "cpu_info": {"topology": topology}}
    server = {"id": "s-1", "name": "web", "status": "ACTIVE", "OS-EXT-SRV-ATTR:hypervisor_hostname": "c1"}
    files = [
        written(tmp_path / "hosts.json", {"hypervisors": [{**host, "service": {"host": "c1"}}]}),
        written(tmp_path / "servers.json", {"servers": [{**server, "flavor": {"id": "m"}}, {**server, "id": "s-2",
                                                        "name": "odd", "flavor": {"id": "none"}}]}),
        written(tmp_path / "flavors.json", {"flavors": [{"id": "m", "vcpus": 4, "ram": 8192}]}),
        written(tmp_path / "zones.json", {"availabilityZoneInfo": [
            {"zoneName": "west", "hosts": {"c1": {"nova-compute": {}}, "ctl": {"nova-scheduler": {}}}}]}),
    ]  # fmt: skip
    inventory = read_estate(files)
    project = placed(inventory)
    fields = named(project, "host")["c1"].__dict__
    assert (fields["cores"], fields["threads_per_core"], fields["ram_mib"]) == (32, 2, 131_072.0)
    assert named(project, "vm")["web"].__dict__["parent"] == fields["id"]
    assert list(named(project, "data_center")) == ["west"]
    assert remarks(inventory)["Left out: A server whose flavor is not told; add flavors/detail."] == "odd"


@pytest.mark.parametrize("upper", [False, True])
def test_that_govc_is_read_with_keys_of_its_old_and_new_versions(tmp_path: Path, upper: bool) -> None:
    host = {"self": {"type": "HostSystem", "value": "host-1"}, "name": "esx-1",
            "summary": {"hardware": {"numCpuCores": 16, "numCpuThreads": 32, "cpuMhz": 2300,
                                     "memorySize": 2**37}}}  # fmt: skip
    vm = {"self": {"value": "vm-7"}, "config": {"name": "web", "hardware": {"numCPU": 2, "memoryMB": 4096}},
          "runtime": {"powerState": "poweredOff", "host": {"value": "host-1"}}}  # fmt: skip
    value: Any = {"hostSystems": [host], "virtualMachines": [vm]}
    project = placed(read_estate([written(tmp_path / "info.json", _capital(value) if upper else value)]))
    esx = named(project, "host")["esx-1"].__dict__
    assert (esx["cores"], esx["threads_per_core"], esx["mhz"], esx["ram_mib"]) == (16, 2, 2300.0, 131_072.0)
    web = named(project, "vm")["web"].__dict__
    assert (web["parent"], web["powered_on"], web["foreign_id"]) == (esx["id"], False, "vm-7")


def _capital(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: _capital(one) for key, one in value.items()}
    return [_capital(one) for one in value] if isinstance(value, list) else value


def test_that_an_estate_is_placed_as_one_undo_step_beside_what_is_there(tmp_path: Path) -> None:
    project = Project(KINDS, LINKS)
    place(project, read_estate([workbook(tmp_path / "one.xlsx")]))
    before = list(dump(project.rows()))
    place(project, read_estate([workbook(tmp_path / "two.xlsx")]))
    first, second = (project.elements[i].__dict__ for i in project.children(ROOT_ID))
    assert first["x"] + first["w"] <= second["x"] or first["y"] + first["h"] <= second["y"]
    project.undo()
    assert list(dump(project.rows())) == before


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("cut.xlsx", b"PK\x03\x04 and no more", "no readable workbook"),
        ("odd.csv", b"a,b\n1,2\n", "which column tells Name of its VMs"),
        ("vHost.csv", b"Host\nesx-1\n", "no tab vInfo"),
        ("cut.json", b'{"data": [', "is no JSON"),
        ("deep.json", b"[" * 200_000, "nested too deep"),
        ("other.json", b'{"hello": 1}', "no export of a known program"),
        ("plan.drawio", b"<mxfile/>", "is a drawing"),
        ("empty.json", b'{"servers": []}', "lists nothing that a design holds"),
    ],
)
def test_that_a_file_that_is_no_estate_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((ImportFileError, RuleError), match=sentence):
        place(Project(KINDS, LINKS), read_estate([tmp_path / name]))


def test_that_a_workbook_that_unpacks_to_far_more_is_refused_before_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(80):
            part.write(b" " * 2**20)
    with pytest.raises(ImportFileError, match="unpacks to 80 MiB"):
        read_estate([path])


def test_that_files_of_two_programs_are_not_one_estate(tmp_path: Path) -> None:
    files = [written(tmp_path / "a.json", {"servers": []}), written(tmp_path / "b.json", {"virtualMachines": []})]
    with pytest.raises(ImportFileError, match=r"several programs \(OpenStack, govc\)"):
        read_estate(files)


def _vms(number: int) -> list[list[Any]]:
    rows = [
        [f"vm-{n}", "poweredOn", False, 2, 4096, f"esx-{n % 2 + 1}", "prod", "Berlin", f"id-{n}"] for n in range(number)
    ]
    return [list(VINFO[0]), *rows]


def test_that_a_later_export_says_what_is_new_changed_and_gone(tmp_path: Path) -> None:
    tabs = {"vInfo": _vms(60), "vHost": VHOST}
    project = placed(read_estate([workbook(tmp_path / "before.xlsx", tabs)]))
    before = list(dump(project.rows()))
    later = _vms(61)
    for row in later[1:51]:
        row[4] = 8192
    later[5][5] = "esx-2"  # vm-4 moved
    del later[60]  # vm-59 is gone
    update = compare(project, read_estate([workbook(tmp_path / "later.xlsx", {**tabs, "vInfo": later})]))
    assert sorted(change.name for change in update.changed) == sorted(f"vm-{n}" for n in range(50))
    assert [part.name for part in update.new] == ["vm-60"]
    assert [project.elements[i].name for i in update.gone] == ["vm-59"]
    assert apply(project, update) == "later.xlsx: 1 new, 50 changed, 1 gone."
    vms, hosts = named(project, "vm"), named(project, "host")
    assert (vms["vm-4"].ram_mib, vms["vm-4"].parent, vms["vm-60"].parent) == (
        8192.0,
        hosts["esx-2"].id,
        hosts["esx-1"].id,
    )
    assert compare(project, update.inventory).sentence == "0 new, 0 changed, 0 gone."
    project.undo()
    assert list(dump(project.rows())) == before


def test_that_a_new_host_comes_with_the_vms_that_stand_on_it(tmp_path: Path) -> None:
    project = placed(read_estate([workbook(tmp_path / "before.xlsx", {"vInfo": _vms(4), "vHost": VHOST})]))
    later = _vms(8)
    for row in later[5:]:
        row[5] = "esx-3"
    hosts = [*VHOST, ["esx-3", *VHOST[1][1:]]]
    update = compare(project, read_estate([workbook(tmp_path / "later.xlsx", {"vInfo": later, "vHost": hosts})]))
    assert sorted(part.name for part in update.new) == ["esx-3", "vm-4", "vm-5", "vm-6", "vm-7"]
    apply(project, update)
    host, vms = named(project, "host")["esx-3"], named(project, "vm")
    assert {vms[f"vm-{n}"].parent for n in range(4, 8)} == {host.id}
    assert project.targets(host.id, "in_cluster") == [named(project, "cluster")["prod"].id]
    assert compare(project, update.inventory).sentence == "0 new, 0 changed, 0 gone."


def test_that_an_update_from_another_estate_is_refused(tmp_path: Path) -> None:
    project = placed(read_estate([workbook(tmp_path / "before.xlsx")]))
    other = {"vInfo": [VINFO[0], ["x", "poweredOn", False, 2, 4096, "h", "c", "Paris", "other"]]}
    with pytest.raises(RuleError, match=r"Nothing of other\.xlsx is in this design"):
        compare(project, read_estate([workbook(tmp_path / "other.xlsx", other)]))


def test_that_reading_tells_how_far_it_is_and_ends_where_it_is_asked_to(tmp_path: Path) -> None:
    rows = [["vm", "cpus", "memory mb"], *([f"vm-{n}", 1, 2048] for n in range(1100))]
    guests = [{"id": f"qemu/{n}", "vmid": n, "type": "qemu", "node": "n1", "maxcpu": 1, "maxmem": 2**31}
              for n in range(1100)]  # fmt: skip
    files = [
        workbook(tmp_path / "tabs.xlsx", {"vInfo": _vms(1100), "vHost": VHOST}),
        workbook(tmp_path / "list.xlsx", {"List": rows}),
        written(tmp_path / "cluster.json", guests),
    ]
    for path in files:
        heard: list[float] = []
        whole = read_estate([path], going=heard.append)
        assert whole.count("vm") == 1100
        assert len(heard) >= 3
        assert heard == sorted(heard)
        assert 0.0 <= heard[0] <= heard[-1] <= 1.0

        def stop(part: float, last: float = heard[-1]) -> None:
            if part >= last:
                raise ImportFileError("enough")

        with pytest.raises(ImportFileError, match="enough"):
            read_estate([path], going=stop)


def test_that_placing_ends_where_it_is_asked_to_and_leaves_nothing(tmp_path: Path) -> None:
    inventory, project = read_estate(tables(tmp_path)), Project(KINDS, LINKS)

    def stop(done: int) -> None:
        assert done == 0  # before anything is in the design
        raise InterruptedError

    project.noted = stop
    with pytest.raises(InterruptedError):
        place(project, inventory)
    assert len(project.elements) == 1


def test_that_links_that_a_rule_refuses_are_told_and_the_others_are_made() -> None:
    inventory = Inventory("test", "test")
    for kind, above in (("data_center", ""), ("host", "data_center"), ("vm", "host"), ("cluster", "data_center")):
        inventory.put(kind, kind, above, kind)
    for source, target in (("host", "cluster"), ("vm", "cluster"), ("host", "cluster")):
        inventory.join("in_cluster", source, target)
    project = Project(KINDS, LINKS)
    assert place(project, inventory).links == 1
    left = [(sentence, who) for _, sentence, who in inventory.report()]
    assert [who for _, who in left] == ["vm", "host"]
    assert all(sentence.startswith("A link: ") for sentence, _ in left)


def test_that_the_command_brings_a_design_up_to_date_and_lists_what_changed(tmp_path: Path) -> None:
    tabs = {"vInfo": _vms(4), "vHost": VHOST}
    design, later = tmp_path / "d.clouddesign", _vms(4)
    later[2][4] = 8192
    args = ["import", str(workbook(tmp_path / "before.xlsx", tabs)), "-o", str(design)]
    assert CliRunner().invoke(main, args).exit_code == 0
    path = workbook(tmp_path / "later.xlsx", {**tabs, "vInfo": later})
    result = CliRunner().invoke(main, ["import", str(path), "--into", str(design), "-o", str(design)])
    assert result.exit_code == 0, result.output
    assert "later.xlsx: 0 new, 1 changed, 0 gone." in result.output
    assert "Changed: vm-1 Memory: 4 GiB → 8 GiB" in result.output
    rows = project_file.load(design).rows
    assert sorted(row.ram_mib for row in rows if row.kind == "vm") == [4096.0, 4096.0, 4096.0, 8192.0]


def test_that_more_than_a_design_holds_is_refused_at_the_first_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.exchange.estate.inventory.ELEMENT_LIMIT", 4)
    with pytest.raises(ImportFileError, match=r"^big\.xlsx: a design holds at most 4 elements\.$"):
        read_estate([workbook(tmp_path / "big.xlsx", {"vInfo": _vms(9), "vHost": VHOST})])
