"""Tables of any shape, Hyper-V and XCP-ng: what their columns tell, what is asked, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from click.testing import CliRunner

from designer.cli import main
from designer.commands.imports import attach_traces
from designer.errors import ImportFileError
from designer.exchange.estate.any_table import ColumnsError
from designer.exchange.estate.reading import read_estate
from designer.exchange.traces_csv import read_traces
from designer.study.headless import run_headless
from tests.estates import named, placed, remarks, written

POWERCLI_VMS = """"Name","PowerState","NumCpu","MemoryGB","VMHost","Notes"
"web-1","PoweredOn","4","16","esx-1",""
"db-1","PoweredOff","8","64.5","esx-2","old"
"""
POWERCLI_HOSTS = """"Name","ConnectionState","PowerState","NumCpu","CpuUsageMhz","CpuTotalMhz","MemoryTotalGB","Parent"
"esx-1","Connected","PoweredOn","32","1000","80000","511.5","Prod"
"esx-2","Connected","PoweredOn","32","1000","80000","511.5","Prod"
"""


def test_that_powercli_is_read_with_its_titles_and_units(tmp_path: Path) -> None:
    files = (
        written(tmp_path / "vms.csv", "#TYPE Selected\n" + POWERCLI_VMS),
        written(tmp_path / "h.csv", POWERCLI_HOSTS),
    )
    inventory = read_estate(files)
    project = placed(inventory)
    vms, hosts = named(project, "vm"), named(project, "host")
    assert {name: (vm.vcpus, vm.ram_mib, vm.powered_on) for name, vm in vms.items()} == {
        "web-1": (4, 16_384.0, True), "db-1": (8, 66_048.0, False)
    }  # fmt: skip
    assert project.elements[vms["db-1"].parent].name == "esx-2"
    assert (hosts["esx-1"].cores, hosts["esx-1"].mhz, hosts["esx-1"].ram_mib) == (32, 2500.0, 511.5 * 1024)
    assert list(named(project, "cluster")) == ["Prod"]
    assert "Notes" in remarks(inventory)["Left out: Columns that a design does not hold."]


VREALIZE_VMS = """"Name","Summary|Parent Host","Summary|Parent Cluster","Summary|Parent Datacenter",\
"Summary|Runtime|Power State","Configuration|Hardware|Number of CPUs (vCPUs)","Configuration|Hardware|Memory (KB)",\
"Memory|Usage (%)"
"web-1","esx-1.corp","Prod","Bonn","Powered On","4","16,777,216","41.5"
"db-1","esx-1.corp","Prod","Bonn","Powered Off","8","67,108,864",""
"""
VREALIZE_CPU = """"Name","Time","CPU|Usage (%)"
"web-1","12:00 AM 21 July 2026","12.5"
"web-1","12:05 AM 21 July 2026","40"
"db-1","12:00 AM 21 July 2026",""
"db-1","12:05 AM 21 July 2026","7"
"""


def test_that_vrealize_is_read_with_its_titles_units_and_dates_and_runs(tmp_path: Path) -> None:
    inventory = read_estate([written(tmp_path / "view.csv", VREALIZE_VMS)])
    project = placed(inventory)
    vms = named(project, "vm")
    assert {name: (vm.vcpus, vm.ram_mib, vm.powered_on) for name, vm in vms.items()} == {
        "web-1": (4, 16_384.0, True), "db-1": (8, 65_536.0, False)
    }  # fmt: skip
    assert project.elements[vms["db-1"].parent].name == "esx-1.corp"
    assert (list(named(project, "cluster")), list(named(project, "data_center"))) == (["Prod"], ["Bonn"])
    assert remarks(inventory)["Left out: Columns that a design does not hold."] == "Memory|Usage (%)"
    traces = read_traces(written(tmp_path / "cpu.csv", VREALIZE_CPU))
    assert (traces.step_s, traces.begin_s) == (300.0, 1_784_592_000.0)
    said = attach_traces(project, [vm.id for vm in vms.values()], traces).sentence
    assert said == "Attached 2 VMs to cpu.csv, by name."
    run = run_headless(project, until_s=600.0).result
    host = named(project, "host")["esx-1.corp"]
    mhz = (run.used[:2, 0] * host.cores * host.mhz).tolist()
    assert mhz == pytest.approx([0.125 * 4 * 2400, 0.4 * 4 * 2400])  # web-1's alone: db-1 is off


@pytest.mark.parametrize(
    ("cells", "ram", "said"),
    [
        (("4 GB", "2048 MB"), {4096.0, 2048.0}, ""),
        (("8192", "512"), {8192.0, 512.0}, "it is in MiB"),
        (("4096", "8 GB"), set(), "the cell “8 GB” names a unit and “4096” none, which by its size is in MiB"),
        (("17179869184", "16"), set(), "its numbers from 16 to 17,179,869,184 are not of one"),
    ],
)
def test_that_units_of_a_column_are_of_one_or_told_in_a_sentence(
    tmp_path: Path, cells: tuple[str, str], ram: set[float], said: str
) -> None:
    path = written(tmp_path / "list.csv", f"Name;vCPUs;Memory\na;2;{cells[0]}\nb;2;{cells[1]}\n")
    if not ram:
        with pytest.raises(ImportFileError, match=said):
            read_estate([path])
        return
    inventory = read_estate([path])
    assert {part.fields["ram_mib"] for part in inventory.parts.values() if part.kind == "vm"} == ram
    assert any(said in sentence for _, sentence, _ in inventory.report())


def test_that_a_list_that_people_keep_asks_for_a_column_and_takes_the_answer(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "list.xlsx")
    sheet = book.add_worksheet("Server")
    rows = [
        ("Servername", "Prozessoren", "RAM", "Standort"),
        ("a", 2, "8 GB", "Bonn"),
        ("b", 4, 32, "Bonn"),
    ]
    for n, row in enumerate(rows):
        sheet.write_row(n, 0, row)
    book.close()
    with pytest.raises(ColumnsError, match="which column tells vCPUs of its VMs") as asked:
        read_estate([tmp_path / "list.xlsx"])
    assert (asked.value.sort, asked.value.proposal) == ("vm", {"name": "Servername", "ram": "RAM"})
    answered = ("--column", "vm.vcpus=Prozessoren", "--column", "vm.center=Standort")
    out = tmp_path / "d.clouddesign"
    result = CliRunner().invoke(main, ["import", str(tmp_path / "list.xlsx"), *answered, "-o", str(out)])
    assert (result.exit_code, out.exists()) == (0, True), result.output
    assert "Guessed: “RAM” names no unit: by its size it is in GiB." in result.output
    inventory = read_estate([tmp_path / "list.xlsx"], {"vm.vcpus": "Prozessoren", "vm.center": "Standort"})
    assert {part.name: part.fields["ram_mib"] for part in inventory.parts.values() if part.kind == "vm"} == {
        "a": 8192.0, "b": 32_768.0
    }  # fmt: skip
    bad = CliRunner().invoke(main, ["import", str(tmp_path / "list.xlsx"), "--column", "vm.x=y", "-o", str(out)])
    assert (bad.exit_code, "a figure is one of host.center" in bad.output) == (2, True)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_that_hyper_v_is_read_as_json_and_csv(tmp_path: Path, form: str) -> None:
    vms: list[dict[str, Any]] = [
        {"VMName": "web", "VMId": "a1", "State": 2 if form == "json" else "Running", "ProcessorCount": 2,
         "MemoryAssigned": 4 * 2**30, "ComputerName": "HV1"},
        {"VMName": "off", "VMId": "a2", "State": 3 if form == "json" else "Off", "ProcessorCount": 4,
         "MemoryAssigned": 0, "MemoryStartup": 2**30, "ComputerName": "HV1"},
    ]  # fmt: skip
    host = {"ComputerName": "HV1", "LogicalProcessorCount": 32, "MemoryCapacity": 256 * 2**30}
    if form == "json":
        files = [written(tmp_path / "vms.json", vms), written(tmp_path / "host.json", host)]
    else:
        titles = list(vms[1])
        lines = [",".join(f'"{vm.get(title, 2**32)}"' for title in titles) for vm in vms]
        files = [written(tmp_path / "vms.csv", "\n".join([",".join(titles), *lines])),
                 written(tmp_path / "host.csv", ",".join(host) + "\n" + ",".join(map(str, host.values())))]  # fmt: skip
    project = placed(read_estate(files))
    found = {name: (vm.vcpus, vm.ram_mib, vm.powered_on, vm.foreign_id) for name, vm in named(project, "vm").items()}
    assert found == {"web": (2, 4096.0, True, "a1"), "off": (4, 1024.0, False, "a2")}
    assert (named(project, "host")["HV1"].cores, named(project, "host")["HV1"].ram_mib) == (32, 262_144.0)


XE_HOST = """uuid ( RO)                : h-1
          name-label ( RW): xen1
            cpu_info (MRO): cpu_count: 16; socket_count: 2; vendor: GenuineIntel; speed: 2394.454
        memory-total ( RO): 137438953472

"""
XE_VMS = """uuid ( RO)                 : v-0
           name-label ( RW): Control domain on host: xen1
          is-control-domain ( RO): true
            VCPUs-max ( RW): 16

uuid ( RO)                 : v-1
           name-label ( RW): web
          power-state ( RO): running
     memory-static-max ( RW): 4294967296
            VCPUs-max ( RW): 4
        is-a-template ( RW): false
          resident-on ( RO): h-1
"""


@pytest.mark.parametrize("form", ["xe", "xo"])
def test_that_xcp_ng_is_read_as_lists_and_as_json(tmp_path: Path, form: str) -> None:
    if form == "xe":
        files = [written(tmp_path / "hosts.txt", XE_HOST), written(tmp_path / "vms.txt", XE_VMS)]
    else:
        rows = [
            {"type": "host", "uuid": "h-1", "name_label": "xen1", "cpus": {"cores": 16, "sockets": 2},
             "memory": {"size": 137438953472}, "CPUs": {"speed": "2394.454"}},
            {"type": "VM", "uuid": "v-1", "name_label": "web", "power_state": "Running", "CPUs": {"number": 4},
             "memory": {"size": 4294967296}, "$container": "h-1"},
            {"type": "VBD", "uuid": "x"},
        ]  # fmt: skip
        files = [written(tmp_path / "all.json", rows)]
    project = placed(read_estate(files))
    host, vm = named(project, "host")["xen1"], named(project, "vm")["web"]
    assert (host.cores, host.mhz, host.ram_mib, host.hypervisor) == (16, 2394.454, 131_072.0, "Xen")
    assert (vm.vcpus, vm.ram_mib, vm.powered_on, vm.parent, vm.foreign_id) == (4, 4096.0, True, host.id, "v-1")
    assert list(named(project, "vm")) == ["web"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "", "is empty"),
        ("a.xlsx", "PK\x03\x04broken", "no readable workbook"),
        ("a.csv", "one,two\n1,2\n", "which column tells Name"),
        ("a.json", json.dumps([{"Name": "a"}]), "no export of a known program"),
        ("a.json", "[" * 50_000, "nested too deep"),
        ("a.xml", '<!DOCTYPE a [<!ENTITY b "cc">]><domain/>', "declares a document type"),
    ],
)
def test_that_what_is_no_table_is_refused_in_a_sentence(tmp_path: Path, name: str, content: str, sentence: str) -> None:
    with pytest.raises(ImportFileError, match=sentence):
        read_estate([written(tmp_path / name, content)])


def test_that_sizes_below_zero_and_rows_without_names_are_left_out_and_told(tmp_path: Path) -> None:
    table = "name,vcpus,memory mb,host\na,-2,1024,h\nb,2,-1,h\n,1,1,h\nc,2,1024,h\nc,2,1024,h\n"
    inventory = read_estate([written(tmp_path / "t.csv", table)])
    assert inventory.count("vm") == 1
    said = remarks(inventory)
    assert said["Left out: A row without a name, vCPUs or memory."] == "a, b"
    assert said["Left out: A VM that is listed twice; the first counts."] == "c"
